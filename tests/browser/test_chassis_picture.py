"""The picture of a case in a real Chromium: on a desk, on a phone, in the light and in the dark."""

import pytest
from support.drives.painted import checked_drive, painted
from support.pages import OVERFLOW

from podplanner.catalog.library import find_part, library
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.making import map_of_chassis, map_of_count
from podplanner.report.bay_cells import Look, cells_of
from podplanner.report.chassis_drawing import COLOURS, draw_chassis
from podplanner.report.chassis_page import chassis_page

pytestmark = pytest.mark.browser

MAPS = {
    "45": lambda: map_of_chassis(find_part(library(), "STORAGE-POD-3.0-CASE")),
    "60": lambda: map_of_chassis(find_part(library(), "CLASS-CASE-4U-60-TOP")),
    "unknown": lambda: map_of_count(36, each=12),
}
VIEWS = {
    f"{name}-{scheme}": {"viewport": size, "color_scheme": scheme}
    for scheme in ("light", "dark")
    for name, size in (("phone", {"width": 390, "height": 844}),
                       ("desk", {"width": 1280, "height": 900}))
}  # fmt: skip

OUTSIDE = """() => {
  // Words and signs of a bay that leave it, or that lie on one another.
  const found = [];
  for (const bay of document.querySelectorAll('svg g > title')) {
    const group = bay.parentElement, box = group.querySelector('rect').getBoundingClientRect();
    const pieces = [...group.querySelectorAll('text, path.stroke')];
    const boxes = pieces.map(piece => piece.getBoundingClientRect());
    boxes.forEach((b, i) => {
      if (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1
          || b.bottom > box.bottom + 2) found.push('outside: ' + bay.textContent);
      // The box of a text is as high as its line: a quarter of it holds nothing.
      for (const c of boxes.slice(i + 1)) {
        const over = Math.min(b.bottom, c.bottom) - Math.max(b.top, c.top);
        if (over > 0.45 * Math.min(b.height, c.height)) found.push('over: ' + bay.textContent);
      }
    });
  }
  const frame = document.querySelector('svg').getBoundingClientRect();
  for (const text of document.querySelectorAll('svg text')) {
    const b = text.getBoundingClientRect();
    if (b.left < frame.left - 1 || b.right > frame.right + 1) found.push(text.textContent);
  }
  return found;
}"""
FILLS = """() => [...document.querySelectorAll('svg g > title')].map(
  title => getComputedStyle(title.parentElement.querySelector('rect')).fill)"""
KEY_OVER_KEY = """() => {
  const texts = [...document.querySelectorAll('svg > text')].map(t => t.getBoundingClientRect());
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.4 * a.height;
  return texts.filter((a, i) => texts.slice(i + 1).some(b => over(a, b))).length;
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("cases"), {}
    for name, bay_map in MAPS.items():
        pod, filled = painted(bay_map(), checked_drive("W" * 20, Verdict.WARNING))
        svg = draw_chassis(pod, filled)
        page = chassis_page(svg, cells_of(pod, filled), "Pod 3")
        for kind, text in (("svg", svg), ("html", page)):
            found[name, kind] = folder / f"{name}.{kind}"
            found[name, kind].write_text(text, encoding="utf-8")
    return found


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["svg", "html"])
@pytest.mark.parametrize("name", MAPS)
def test_everything_lies_in_its_bay_and_nothing_on_another(opened, files, name, kind, view):
    page = opened(name, kind, **VIEWS[view])
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(KEY_OVER_KEY) == 0
    assert page.evaluate(OVERFLOW) <= 0
    assert page.said == []
    assert {url for url in page.asked if url != "data:,"} == {files[name, kind].as_uri()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_verdict_has_one_colour_by_day_and_by_night(opened, scheme):
    page = opened("45", "svg", color_scheme=scheme)
    red = tuple(int(COLOURS[Look.REPLACE][i : i + 2], 16) for i in (1, 3, 5))
    fills = page.evaluate(FILLS)
    assert len(fills) == 45
    assert fills[6] == f"rgb{red}"
    assert fills.count(fills[6]) == 1


def test_the_dark_picture_is_dark_to_the_edge(opened):
    page = opened("unknown", "svg", viewport={"width": 400, "height": 900}, color_scheme="dark")
    edge = page.screenshot(clip={"x": 0, "y": 0, "width": 1, "height": 1})
    light = opened("unknown", "svg", viewport={"width": 400, "height": 900}, color_scheme="light")
    assert edge != light.screenshot(clip={"x": 0, "y": 0, "width": 1, "height": 1})
