"""The drives of a pod in a real Chromium: on a phone, on a desk, in the dark, on paper."""

from pathlib import Path

import pytest
from support.pages import A4, CLIPPED, LOW_CONTRAST, OVERFLOW, VIEWS
from unit.report.test_drive_page import REPORTS

from podplanner.report.render import render_drives_html

pytestmark = pytest.mark.browser

SPOTS = """() => {
  // Drives of the chart of temperatures that are not seen, or hang out of it.
  const frame = document.querySelector('svg.temperatures').getBoundingClientRect();
  const spots = [...document.querySelectorAll('svg.temperatures .spot')];
  const lost = spots.filter(spot => {
    const box = spot.getBoundingClientRect();
    return box.width < 4 || box.left < frame.left || box.right > frame.right
      || box.top < frame.top || box.bottom > frame.bottom;
  });
  return [spots.length, lost.length];
}"""

NUMBERS = """() => {
  // Numbers below the chart of temperatures that touch each other.
  const numbers = [...document.querySelectorAll('svg.temperatures .value[text-anchor=middle]')];
  const boxes = numbers.map(number => number.getBoundingClientRect());
  return boxes.filter((box, n) => n && box.left < boxes[n - 1].right + 2).length;
}"""


DATES = """() => {
  // Dates below the charts of trends that touch each other.
  let touching = 0, seen = 0;
  for (const chart of document.querySelectorAll('svg.trend')) {
    const dates = [...chart.querySelectorAll('.value')].filter(
      text => /^[0-9]{4}-/.test(text.textContent)
        && getComputedStyle(text).visibility === 'visible');
    const boxes = dates.map(date => date.getBoundingClientRect());
    touching += boxes.filter((box, n) => n && box.left < boxes[n - 1].right + 2).length;
    seen += dates.length;
  }
  return [seen, touching];
}"""


FULLEST = ("full", "hostile")
LOOKS = [
    (name, view)
    for name in REPORTS
    for view in (VIEWS if name in FULLEST else ("phone", "desk-dark"))
]
"""The fullest pages in every view; the others in the narrowest and in the dark."""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("drives")
    found = {}
    for name, report in REPORTS.items():
        found[name] = folder / f"{name.replace(' ', '-')}.html"
        found[name].write_text(render_drives_html(report()), encoding="utf-8")
    return found


@pytest.mark.parametrize(("name", "view"), LOOKS)
def test_a_page_fits_reads_well_and_keeps_to_itself(opened, files, name, view):
    page = opened(name, **VIEWS[view])
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.said == []
    assert [url for url in page.asked if url != files[name].as_uri() and url != "data:,"] == []


@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in REPORTS), ("full", "dark")]
)
def test_paper_is_white_and_legible(opened, name, scheme):
    page = opened(name, viewport=A4, color_scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    for paper in page.query_selector_all("svg.chassis .paper"):
        assert paper.evaluate("shape => getComputedStyle(shape).fill") == "rgb(255, 255, 255)"
    assert page.pdf(prefer_css_page_size=True, print_background=True).startswith(b"%PDF-")


@pytest.mark.parametrize("view", ["phone", "desk-dark"])
@pytest.mark.parametrize("name", ["full", "sixty"])
def test_every_drive_is_seen_in_the_chart_of_temperatures(opened, name, view):
    page = opened(name, **VIEWS[view])
    spots, lost = page.evaluate(SPOTS)
    assert spots >= 44
    assert lost == 0
    assert page.evaluate(NUMBERS) == 0


@pytest.mark.parametrize("view", VIEWS)
def test_dates_of_trends_do_not_touch(opened, view):
    seen, touching = opened("full", **VIEWS[view]).evaluate(DATES)
    assert seen >= 2
    assert touching == 0


def test_dates_of_trends_do_not_touch_on_paper(opened):
    page = opened("full", viewport=A4)
    page.emulate_media(media="print")
    seen, touching = page.evaluate(DATES)
    assert seen >= 2
    assert touching == 0


def test_what_to_do_first_is_seen_without_scrolling(opened):
    for view in ("phone", "desk"):
        page = opened("full", **VIEWS[view])
        assert page.locator(".pull h3").bounding_box()["y"] < VIEWS[view]["viewport"]["height"]


def test_the_table_of_drives_is_cards_on_a_phone_and_a_table_on_a_desk(opened):
    display = "() => getComputedStyle(document.querySelector('.cards tbody tr')).display"
    assert opened("full", **VIEWS["phone"]).evaluate(display) == "grid"
    assert opened("full", **VIEWS["desk"]).evaluate(display) == "table-row"


def test_every_part_of_the_page_is_reached_from_its_head(opened):
    page = opened("full", **VIEWS["desk"])
    for number in range(page.locator("nav a").count()):
        page.locator("nav a").nth(number).click()
        assert page.evaluate("() => document.querySelector(':target').tagName") == "H2"


def test_a_drive_of_the_table_leads_to_its_evidence_also_where_that_is_folded(opened):
    page = opened("full", **VIEWS["desk"])
    page.locator("#drives ~ .region tbody a").nth(0).click()
    assert page.evaluate("() => document.querySelector(':target').tagName") == "ARTICLE"
    page.locator("#drives ~ .region tbody a").nth(10).click()
    assert page.evaluate("() => document.querySelector(':target').tagName") == "DETAILS"
