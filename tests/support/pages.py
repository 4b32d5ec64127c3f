"""How pages are looked at in a browser, and what must hold of every one."""

VIEWS = {
    "phone": {"viewport": {"width": 360, "height": 800}},
    "phone-dark": {"viewport": {"width": 360, "height": 800}, "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 768, "height": 1024}},
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "desk-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
A4 = {"width": 688, "height": 1009}
# A4 less the margins of the page, in CSS pixels (182 x 267 mm at 96 dpi).

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

CLIPPED = """() => {
  // Texts whose box leaves the window, unless a region scrolls or the eye shall not see them.
  const width = document.documentElement.clientWidth, found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('.skip, title, desc, .cards thead')) continue;
    const region = parent.closest('.region');
    if (region && region.scrollWidth > region.clientWidth) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      if (box.right > width + 1 || box.left < -1) { found.push(node.textContent.trim()); break; }
  }
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBoundingClientRect();
    const frame = text.closest('svg').getBoundingClientRect();
    if (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2
        || box.bottom > frame.bottom + 2) found.push('svg: ' + text.textContent);
  }
  return found;
}"""

CONTRAST = """
  const parse = colour => {
    const n = colour.match(/[\\d.]+/g).map(Number);
    return n.length === 4 && n[3] === 0 ? null : n.slice(0, 3);
  };
  const light = rgb => {
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const below = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    if (![...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const value = ratio(parse(getComputedStyle(element).color), below(element));
    if (value < 4.5) found.push(`${element.className} ${value.toFixed(2)}`);
  }
"""
"""How words of the page stand out from what is painted below them; gathers `found`."""

LOW_CONTRAST = (
    """() => {
  // Words of the page against what is painted below them; drawings have tests of their own."""
    + CONTRAST
    + """
  for (const text of document.querySelectorAll('svg.bandwidth text, svg.chart text')) {
    const value = ratio(parse(getComputedStyle(text).fill), below(text));
    if (value < 4.5) found.push(`svg ${text.className.baseVal} ${value.toFixed(2)}`);
  }
  return [...new Set(found)];
}"""
)
