"""The plan of a pod in a real Chromium: on a phone, on a desk, in the dark, on paper."""

from decimal import Decimal
from pathlib import Path

import pytest
from browser.test_bill_page import (
    A4,
    CLIPPED,
    OVERFLOW,
    VIEWS,
    browser,
)
from support.plans import plan_of, shipped_pod
from support.sample_pods import hostile_pod, unpriced_pod

from podplanner.report.render import render_plan_html

__all__ = ["browser"]

pytestmark = pytest.mark.browser

PLANS = {
    "shipped": lambda: plan_of(shipped_pod("storage-pod-3.0", drive="ST4000NM0033"),
                               "raidz2:15x3"),
    "priced": lambda: plan_of(shipped_pod("storage-pod-3.0"), "ceph-ec:8+3", pods=20,
                              watts=Decimal(500), drive_price=Decimal(120)),
    "many-unknowns": lambda: plan_of(shipped_pod("storage-pod-4.5")),
    "unpriced": lambda: plan_of(unpriced_pod(), "single"),
    "hostile": lambda: plan_of(hostile_pod(), "mirror:3x15"),
}  # fmt: skip

LOW_CONTRAST = """() => {
  // Words of the page against what is painted below them; drawings have tests of their own.
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
  for (const text of document.querySelectorAll('svg.bandwidth text, svg.chart text')) {
    const value = ratio(parse(getComputedStyle(text).fill), below(text));
    if (value < 4.5) found.push(`svg ${text.className.baseVal} ${value.toFixed(2)}`);
  }
  return [...new Set(found)];
}"""

BARS = """() => {
  // Bars that are not seen: no height, or a first piece without width.
  const seen = [...document.querySelectorAll('.bars svg')];
  const flat = seen.filter(svg => [...svg.querySelectorAll('rect')].some(rect => {
    const box = rect.getBoundingClientRect();
    return box.height < 8 || box.width < 0.5;
  }));
  return [seen.length, flat.length];
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("plans")
    found = {}
    for name, plan in PLANS.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(render_plan_html(plan()), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser, files):
    """Open a page and gather what the browser complains about or asks for."""
    contexts = []

    def open_page(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: page.said.append("a dialog opened"))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(files[name].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PLANS)
def test_a_page_fits_reads_well_and_keeps_to_itself(opened, files, name, view):
    page = opened(name, **VIEWS[view])
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.said == []
    assert [url for url in page.asked if url != files[name].as_uri() and url != "data:,"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PLANS)
def test_paper_holds_everything_in_legible_colours(opened, name, scheme):
    page = opened(name, viewport=A4, color_scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    for paper in page.query_selector_all("svg.bandwidth .paper, svg.placement .paper"):
        assert paper.evaluate("shape => getComputedStyle(shape).fill") == "rgb(255, 255, 255)"
    assert page.pdf(prefer_css_page_size=True, print_background=True).startswith(b"%PDF-")


@pytest.mark.parametrize("view", ["phone", "desk-dark"])
def test_every_bar_is_seen(opened, view):
    bars, flat = opened("priced", **VIEWS[view]).evaluate(BARS)
    assert bars > 10
    assert flat == 0


def test_the_table_of_failures_is_cards_on_a_phone_and_a_table_on_a_desk(opened):
    display = "() => getComputedStyle(document.querySelector('.cards tbody tr')).display"
    assert opened("shipped", **VIEWS["phone"]).evaluate(display) == "grid"
    assert opened("shipped", **VIEWS["desk"]).evaluate(display) == "table-row"


def test_every_part_of_the_plan_is_reached_from_its_head(opened):
    page = opened("shipped", **VIEWS["desk"])
    for number in range(page.locator("nav a").count()):
        page.locator("nav a").nth(number).click()
        assert page.evaluate("() => document.querySelector(':target').tagName") == "H2"
