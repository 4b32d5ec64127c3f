"""The page of the demo: what it says is what was measured, and nothing of it runs or is fetched."""

import re
import struct
import zlib
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.stories import DIGEST, made_up_story, picture, version

from podplanner.report.render import render_story_html
from podplanner.report.story import page_of
from podplanner.report.story_drawing import curves, network, share_bar
from podplanner.report.story_pixels import picture_data, png_of, tiles_data
from podplanner.report.story_values import CurvePoint, Tile


def pixels_of(png):
    """Read a PNG without filters: width, height, colour type and its bytes, checksums tried."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, header = 8, b"", None
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (stated,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert stated == zlib.crc32(kind + body)
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, _, colour, *_ = header
    rows = zlib.decompress(data)
    wide = len(rows) // height
    assert all(rows[row * wide] == 0 for row in range(height))
    return (
        width,
        height,
        colour,
        b"".join(rows[row * wide + 1 : (row + 1) * wide] for row in range(height)),
    )


def within(address):
    return b64decode(address.removeprefix("data:image/png;base64,"))


@pytest.mark.parametrize(("size", "colour"), [(1, 0), (3, 2), (4, 6)])
def test_a_png_holds_the_pixels_that_it_was_given(size, colour):
    pixels = bytes(range(3 * 2 * size))
    assert pixels_of(png_of(pixels, 3, 2)) == (3, 2, colour, pixels)


def test_a_picture_in_the_page_is_the_picture_of_the_run():
    shown = picture("cat")
    assert pixels_of(within(picture_data(shown))) == (32, 32, 0, shown.pixels)


def test_a_weight_of_nothing_is_clear_and_signs_have_colours_of_their_own():
    data, width, height = tiles_data([Tile(bytes((128, 255, 1, 128)), 2)])
    _, _, _, pixels = pixels_of(within(data))
    none, more, less, _ = (pixels[place : place + 4] for place in range(0, 16, 4))
    assert (width, height) == (2, 2)
    assert none[3] == 0
    assert more[3] == less[3] == 255
    assert more[0] > more[2]
    assert less[2] > less[0]


def test_tiles_stand_side_by_side_in_rows_of_four():
    _, width, height = tiles_data([Tile(bytes(4), 2)] * 5)
    assert (width, height) == (4 * 3 - 1, 2 * 3 - 1)


def test_curves_go_where_the_training_went():
    drawn = curves([CurvePoint(2.0, 0.0), CurvePoint(1.0, 0.5), CurvePoint(0.0, 1.0)], "demo/cat:1")
    loss, right = re.findall(r'polyline class="(?:loss|right)" points="([^"]*)"', drawn)
    assert loss == "0.0,6.0 50.0,50.0 100.0,94.0"
    assert right == "0.0,94.0 50.0,50.0 100.0,6.0"
    assert "epoch 2: loss 1.000, 50.0% right" in drawn


def test_a_training_of_one_epoch_has_a_curve():
    drawn = curves([CurvePoint(0.0, 0.3)], "x")
    assert drawn.count("<title>") == 1
    assert "nan" not in drawn


@pytest.mark.parametrize("share", [0.0, 0.4, 0.5, 0.9])
def test_as_many_units_are_hollow_as_are_left_out(share):
    assert network(share).count('class="out"') == round(share * 10)


def test_a_bar_has_the_lengths_of_its_shares():
    drawn = share_bar([("shared", 0.75), ("bar", 0.25)], "a & b")
    assert 'class="shared" x="0.00" y="0" width="75.00"' in drawn
    assert 'class="bar" x="75.00" y="0" width="25.00"' in drawn
    assert "a &amp; b" in drawn


def test_the_page_says_what_was_measured():
    page = render_story_html(made_up_story())
    for said in (
        "82.5%",
        "0.6%",
        "same bits",
        "7,342.60 USD",
        "bay 23",
        DIGEST,
        "164,966",
        "wrong: it is a dog",
        "It said cat; it is a dog.",
        "learning rate",
        "0.04",
    ):
        assert said in page, said


def test_answers_that_differ_are_called_different():
    story = made_up_story()
    page = render_story_html(replace(story, inference=replace(story.inference, same_bits=False)))
    assert "the answers differ" in page
    assert "same bits" not in page
    assert "equal, bit for bit" not in page


def test_a_run_without_errors_and_without_a_drive_to_pull_has_a_page():
    story = made_up_story()
    right = tuple(one for one in story.inference.answers if one.said == one.picture.kind)
    page = page_of(replace(
        story,
        inference=replace(story.inference, answers=right),
        feedback=replace(story.feedback, said="cat", correction="cat"),
        drives=replace(story.drives, drive=None, place="", reason="", waiting=()),
    ))  # fmt: skip
    assert page.feedback_words == "Nothing was wrong this time."
    assert page.glance[-1].figure == "none"


def test_the_first_version_may_be_the_better_one():
    page = page_of(made_up_story(promoted="demo/cat:1"))
    assert page.best.reference == "demo/cat:1"
    assert [one.prod for one in page.trained] == [True, False]


class Outside(HTMLParser):
    """Gathers scripts, handlers, and addresses that are not in the page or beside it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name.startswith("on") or (
                name in ("src", "href", "data") and re.match(r"(?!data:)[a-z]+:|//", value or "")
            ):
                self.found.append((tag, name, value))
        if tag in ("script", "iframe", "object", "embed"):
            self.found.append((tag, None, None))


def test_nothing_runs_and_nothing_is_fetched():
    looked = Outside()
    looked.feed(render_story_html(made_up_story()))
    assert looked.found == []


def test_names_from_outside_stay_words():
    evil = '"><script>alert(1)</script>'
    story = made_up_story(
        trained=(replace(version(1, new=1), reference=evil, what=evil),),
        promoted=evil, base=evil, versions={evil: evil},
    )  # fmt: skip
    story = replace(story, drives=replace(story.drives, drive=evil, reason=evil, waiting=(evil,)))
    looked = Outside()
    looked.feed(render_story_html(story))
    assert looked.found == []
