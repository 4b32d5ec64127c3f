"""The drawing and the text of a placement show every bay, its group and its member."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from support.sample_pods import drives, storage_pod

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.placement import Placement, place
from podplanner.report.placement_drawing import COLOURS, draw_placement, look_of
from podplanner.report.placement_text import bay_lines, failure_rows
from podplanner.report.shape import Refusal

SVG = "{http://www.w3.org/2000/svg}"


def placed(layout, number=45, **changes):
    pod = storage_pod(extra=(drives(number),), **changes)
    found = place(pod, read_layout(layout))
    assert isinstance(found, Placement)
    return pod, found


def elements(svg, tag, style):
    return [e for e in ElementTree.fromstring(svg).iter(SVG + tag)
            if style in e.get("class", "").split()]  # fmt: skip


def words(svg, style):
    return [element.text for element in elements(svg, "text", style)]


def test_every_bay_has_its_number_and_its_label():
    svg = draw_placement(*placed("raidz2:15x3"))
    assert words(svg, "number") == [str(n) for n in range(1, 46)]
    assert sorted(words(svg, "label")) == sorted(
        f"{g}.{m}" for g in (1, 2, 3) for m in range(1, 16)
    )
    assert len(elements(svg, "rect", "data")) == 45 + 3  # and one in the key for each group


def test_spares_and_empty_bays_are_drawn_as_such():
    svg = draw_placement(*placed("raidz2:10x4", 42))
    assert words(svg, "label").count("spare") == 2
    assert words(svg, "label").count("empty") == 3
    assert len(elements(svg, "rect", "spare")) == 2
    assert len(elements(svg, "rect", "empty")) == 3


def test_a_group_has_one_colour_on_every_bay():
    _, placement = pod_and_placement = placed("raidz2:15x3")
    svg = draw_placement(*pod_and_placement)
    fills = [e.get("fill") for e in elements(svg, "rect", "data")][:45]
    expected = [look_of(seat.group)[0] for seat in placement.seats]
    assert fills == expected
    assert len(set(fills)) == 3


def test_the_first_48_groups_all_look_different():
    looks = [look_of(group) for group in range(1, 49)]
    assert len(set(looks)) == 48
    # Neighbouring numbers differ in colour alone too.
    assert all(one[0] != other[0] for one, other in pairwise(looks))


def luminance(colour):
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", COLOURS)
def test_black_letters_are_read_well_on_every_colour(colour):
    contrast = (luminance(colour) + 0.05) / (luminance("#111111") + 0.05)
    assert contrast >= 7  # WCAG 2, level AAA


def test_the_drawing_stands_alone_and_follows_light_and_dark():
    svg = draw_placement(*placed("mirror:2x22"))
    assert "prefers-color-scheme: dark" in svg
    assert not re.search(r"(href|src)=|<script|@import", svg)
    used = set(re.findall(r"url\(#([\w-]+)\)", svg))
    there = {e.get("id") for e in ElementTree.fromstring(svg).iter(SVG + "pattern")}
    assert used
    assert used <= there


def test_the_words_below_say_what_may_go_and_what_may_not():
    svg = draw_placement(*placed("raidz2:15x3"))
    text = " ".join(words(svg, "soft"))
    assert "Survives the loss of any one backplane" in text
    assert "supply" in text.partition("Offline when it fails:")[2]


def test_a_case_that_cannot_be_drawn_is_refused_with_the_reason():
    pod, placement = placed("raidz2:15x3", case="CASE-NO-FIGURES")
    refusal = draw_placement(pod, placement)
    assert isinstance(refusal, Refusal)
    assert "depth" in refusal.reason
    pod, placement = placed("raidz2:15x3", case="POD-CASE-60")
    refusal = draw_placement(pod, placement)
    assert isinstance(refusal, Refusal)
    assert "60 bays" in refusal.reason


# --- text ---


def test_the_text_has_the_rows_of_the_case_with_their_backplanes():
    pod, placement = placed("raidz2:15x3")
    lines = bay_lines(pod, placement)
    assert [line for line in lines if line.startswith("row")] == ["row 1 (front)", "row 2", "row 3"]
    assert lines[1].split() == ["backplane", "1", "backplane", "2", "backplane", "3"]
    labels = [label for line in lines for label in re.findall(r"\d+\.\d+", line)]
    assert labels == [seat.label for seat in placement.seats]


def test_a_case_of_unknown_rows_has_a_line_for_each_backplane():
    pod, placement = placed("raidz2:15x3", case="CASE-NO-FIGURES")
    lines = bay_lines(pod, placement)
    assert [line.strip() for line in lines[::2]] == [f"backplane {n}" for n in range(1, 10)]
    assert [len(line.split()) for line in lines[1::2]] == [5] * 9


def test_like_components_share_a_row_of_the_table():
    rows = failure_rows(placed("raidz2:15x3")[1])
    assert [
        (r.component, r.drives, r.worst, r.verdict) for r in rows if "backplane" in r.component
    ] == [("backplane 1-9", "5", "2", "safe")]
    uneven = failure_rows(placed("raidz3:20x2", 40)[1])
    said = [(r.component, r.drives) for r in uneven if "backplane" in r.component]
    assert sum(int(drives_) * run_length(name) for name, drives_ in said) == 40


def run_length(name):
    first, _, last = name.rpartition(" ")[2].partition("-")
    return int(last or first) - int(first) + 1
