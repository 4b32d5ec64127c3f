"""The page of a bill in a real Chromium: on a phone, on a desk, in the dark, on paper."""

from pathlib import Path

import pytest
from support.pages import A4, CLIPPED, CONTRAST, OVERFLOW, VIEWS
from support.reports import report_on
from support.sample_pods import (
    drives,
    hostile_pod,
    storage_pod,
    two_currency_pod,
    unpriced_pod,
)

from podplanner.report.render import render_html

pytestmark = pytest.mark.browser

PODS = {
    "storage-pod": lambda: storage_pod(extra=(drives(20),)),
    "sixty": lambda: storage_pod(case="POD-CASE-60", backplanes=12, extra=(drives(60),)),
    "two-currencies": two_currency_pod,
    "no-prices": unpriced_pod,
    "hostile": hostile_pod,
}
NUMBERS_IN_BAYS = """() => {
  const numbers = [...document.querySelectorAll('.drawing .number')];
  return numbers.filter(number => {
    const box = number.getBoundingClientRect();
    const bay = number.previousElementSibling.getBoundingClientRect();
    return box.left < bay.left - 0.5 || box.right > bay.right + 0.5;
  }).map(number => number.textContent);
}"""

LOW_CONTRAST = (
    "() => {"
    + CONTRAST
    + """
  const onto = {number: null, 'band-name': null, name: null};
  for (const text of document.querySelectorAll('svg text')) {
    const kind = text.classList[0];
    let under = kind in onto ? text.previousElementSibling : null;
    while (under && (under.tagName === 'text' || getComputedStyle(under).fill === 'none'))
      under = under.previousElementSibling;
    const fill = under && parse(getComputedStyle(under).fill);
    const value = ratio(parse(getComputedStyle(text).fill), fill || below(text));
    if (value < 4.5) found.push(`svg ${text.className.baseVal} ${value.toFixed(2)}`);
  }
  return [...new Set(found)];
}"""
)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, pod in PODS.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(render_html(report_on(pod())), encoding="utf-8")
    return found


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PODS)
def test_a_page_fits_reads_well_and_keeps_to_itself(opened, files, name, view):
    page = opened(name, **VIEWS[view])
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(NUMBERS_IN_BAYS) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.said == []
    assert [url for url in page.asked if url != files[name].as_uri() and url != "data:,"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PODS)
def test_paper_holds_everything_in_legible_colours(opened, name, scheme):
    page = opened(name, viewport=A4, color_scheme=scheme)
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert page.evaluate("() => getComputedStyle(document.querySelector('thead') ?? "
                         "document.body).display") in ("table-header-group", "block")  # fmt: skip
    assert page.pdf(prefer_css_page_size=True, print_background=True).startswith(b"%PDF-")


def test_lines_are_cards_on_a_phone_and_a_table_on_a_desk(opened):
    display = "() => getComputedStyle(document.querySelector('#line-1')).display"
    assert opened("storage-pod", **VIEWS["phone"]).evaluate(display) == "grid"
    assert opened("storage-pod", **VIEWS["desk"]).evaluate(display) == "table-row"


def test_the_drawing_on_the_screen_has_the_proportions_of_the_case(opened):
    page = opened("storage-pod", **VIEWS["desk"])
    ratio = page.evaluate("""() => {
      const box = selector => document.querySelector(selector).getBoundingClientRect();
      return box('.drawing--top .bay').height / box('.drawing--top .bay').width;
    }""")
    assert abs(ratio - 101.6 / 26.1) < 0.05


def test_a_marker_leads_to_its_finding(opened):
    page = opened("storage-pod", **VIEWS["desk"])
    page.click("#line-23 .severity")
    assert page.evaluate("() => document.querySelector(':target').tagName") == "ARTICLE"
