"""Figures over time as a line of blocks and as a chart."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from support.drives.rounds import DAY, START

from podplanner.report.drive_values import Point
from podplanner.report.sparkline import ASCII, BLOCKS, blocks_for, sampled, sparkline
from podplanner.report.trend_chart import trend_chart

SVG = "{http://www.w3.org/2000/svg}"


def test_a_sparkline_has_a_sign_for_each_value_and_a_space_for_each_gap():
    assert sparkline([0, None, 7, 7]) == "▁ ██"
    assert sparkline([]) == ""
    assert sparkline([None, None]) == "  "


def test_what_never_moved_lies_at_the_bottom_however_large():
    assert sparkline([5, 5, 5]) == "▁▁▁"


def test_signs_follow_the_order_of_values():
    signs = sparkline(list(range(100)))
    assert list(signs) == sorted(signs, key=BLOCKS.index)
    assert set(signs) == set(BLOCKS)


@pytest.mark.parametrize(
    ("encoding", "blocks"),
    [("utf-8", BLOCKS), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("no-such", ASCII)],
)
def test_blocks_are_used_only_where_the_terminal_has_them(encoding, blocks):
    assert blocks_for(encoding) == blocks
    assert len(ASCII) == len(BLOCKS)


def points(*days_and_values):
    return [Point(START + days * DAY, value) for days, value in days_and_values]


def test_few_points_are_side_by_side_and_many_are_spread_over_time():
    few = [(p.at, p.value) for p in points((0, 1), (300, 2))]
    assert sampled(few, 10) == [1, 2]
    many = [(p.at, p.value) for p in points(*((day, day) for day in [*range(10), *range(30, 40)]))]
    found = sampled(many, 8)
    assert found[0] == 4
    assert found[-1] == 39
    assert None in found
    assert len(found) == 8


def test_readings_of_one_moment_are_one_sample():
    assert sampled([(START, value) for value in range(5)], 2) == [4, None]


def chart(found, **more):
    drawn = trend_chart(found, name="a", title="T & t", description="D < d", **more)
    return ET.fromstring(drawn) if drawn else None


def test_the_chart_names_itself_and_has_dates_and_numbers():
    root = chart(points((0, 0), (10, 8)), unit="pending & sectors", accepted=3)
    assert root.find(f"{SVG}title").text == "T & t"
    assert root.find(f"{SVG}desc").text == "D < d"
    assert root.get("aria-labelledby") == "a-title a-text"
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"2024-03-04", "2024-03-14", "0", "8", "accepted 3", "pending & sectors"} <= set(words)


def joined(root):
    return [line for line in root.iter(f"{SVG}line") if "--bar" in line.get("style", "")]


def test_a_long_silence_is_not_bridged():
    daily = [(day, day) for day in [*range(10), *range(40, 50)]]
    root = chart(points(*daily))
    assert len(joined(root)) == 18
    assert len(list(root.iter(f"{SVG}circle"))) == 20


def test_two_readings_are_joined_however_far_apart():
    assert len(joined(chart(points((0, 1), (400, 2))))) == 1


@pytest.mark.parametrize("found", [[], points((0, 1)), points((0, 1), (0, 2))])
def test_where_there_is_nothing_to_draw_nothing_is_drawn(found):
    assert chart(found) is None


@pytest.mark.parametrize(
    "values", [(0, 0), (5, 5), (2**62, 2**62 + 1), (0, 2**62), (-5, 5), (3, 4)]
)
def test_whatever_the_values_every_dot_lies_in_the_picture(values):
    root = chart(points(*enumerate(values)), accepted=values[0], limit=10)
    height = int(root.get("height"))
    for dot in root.iter(f"{SVG}circle"):
        assert 0 <= float(dot.get("cy")) <= height
        assert 0 <= float(dot.get("cx").rstrip("%")) <= 100
    assert len(list(root.iter(f"{SVG}text"))) < 20


def test_a_day_is_marked_by_the_hour():
    found = [Point(START + timedelta(hours=hours), hours) for hours in range(6)]
    words = [text.text for text in chart(found).iter(f"{SVG}text")]
    assert "12:00" in words
    assert "17:00" in words


def test_many_readings_are_a_line_without_dots_but_the_last():
    root = chart(points(*((day, day % 7) for day in range(200))))
    assert len(list(root.iter(f"{SVG}circle"))) == 1
