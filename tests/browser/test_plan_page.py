"""The plan of a pod in a real Chromium: on a phone, on a desk, in the dark, on paper."""

from decimal import Decimal
from pathlib import Path

import pytest
from support.pages import A4, CLIPPED, LOW_CONTRAST, OVERFLOW, VIEWS
from support.plans import plan_of, shipped_pod
from support.sample_pods import hostile_pod, unpriced_pod

from podplanner.report.render import render_plan_html

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
