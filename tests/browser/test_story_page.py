"""The page of the demo in a real Chromium: on a phone, on a desk, in the dark, on paper."""

from pathlib import Path

import pytest
from support.pages import A4, CLIPPED, LOW_CONTRAST, OVERFLOW, VIEWS
from support.stories import made_up_story

from podplanner.report.render import render_story_html

pytestmark = pytest.mark.browser

OPACITY = "() => getComputedStyle(document.querySelector('.flow--training .more')).opacity"
MOVING = """() => document.getAnimations().filter(a => a.playState === 'running').length"""


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    file = tmp_path_factory.mktemp("pages") / "story.html"
    file.write_text(render_story_html(made_up_story()), encoding="utf-8")
    return {"story": file}


@pytest.mark.parametrize("view", VIEWS)
def test_the_page_fits_reads_well_and_keeps_to_itself(opened, files, view):
    page = opened("story", **VIEWS[view])
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.said == []
    outside = [url for url in page.asked if not url.startswith("data:")]
    assert outside == [files["story"].as_uri()]


def test_paper_holds_everything_and_nothing_moves_there(opened):
    page = opened("story", viewport=A4, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(OPACITY) == "1"
    assert page.pdf(prefer_css_page_size=True, print_background=True).startswith(b"%PDF-")


def test_dots_move_along_the_flows_unless_motion_is_unwanted(opened):
    assert opened("story", **VIEWS["desk"]).evaluate(MOVING) > 10
    assert opened("story", **VIEWS["desk"], reduced_motion="reduce").evaluate(MOVING) == 0


def test_details_come_by_keyboard_without_a_script(opened):
    page = opened("story", **VIEWS["desk"])
    assert page.evaluate(OPACITY) == "0"
    page.focus(".flow--training .station")
    page.wait_for_timeout(400)  # it fades in
    assert page.evaluate(OPACITY) == "1"
    assert page.evaluate(OVERFLOW) <= 0


def test_the_flow_back_stands_below_the_answer_on_a_desk(opened):
    page = opened("story", **VIEWS["desk"])
    box = "name => document.querySelector(name).getBoundingClientRect()"
    model, data_set, feedback, following = (
        page.evaluate(f"({box})('{name}').toJSON()")
        for name in (".station--frozen", ".data-set", ".feedback", ".next")
    )
    assert feedback["top"] > model["bottom"]
    assert following["right"] < data_set["left"] < feedback["left"]
