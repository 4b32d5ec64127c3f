"""The chart of temperatures: every drive once, each against its own limit."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.report.drive_chart import MOST_SPOTS, Spot, temperature_chart

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {"name": "t", "title": "Temperatures", "description": "All of them", "foot": "bay"}


def drawn(*spots: Spot) -> ElementTree.Element:
    return ElementTree.fromstring(temperature_chart(spots, **WORDS))


def of(chart, tag, style):
    return [e for e in chart.iter(SVG + tag) if style in e.get("class", "").split()]


def test_no_drive_makes_no_chart():
    assert temperature_chart((), **WORDS) == ""


def test_every_drive_is_a_dot_and_every_limit_a_bar():
    chart = drawn(Spot(1, 30, 60), Spot(2, 41, None), Spot(3, 62, 60, "error"))
    assert len(of(chart, "circle", "spot")) == 3
    assert len(of(chart, "line", "limit")) == 2
    assert len(of(chart, "circle", "ring")) == 1


def test_warmer_is_higher_and_a_drive_above_its_limit_is_above_its_bar():
    chart = drawn(Spot(1, 30, 60), Spot(2, 62, 60))
    cool, hot = (float(e.get("cy")) for e in of(chart, "circle", "spot"))
    bars = [float(e.get("y1")) for e in of(chart, "line", "limit")]
    assert hot < bars[1] < cool
    assert bars[0] == bars[1]


@pytest.mark.parametrize("number", [1, 7, 15, 45, 60, 120])
def test_the_numbers_of_bays_are_few_enough_for_a_phone(number):
    chart = drawn(*(Spot(n, 30, 60) for n in range(1, number + 1)))
    at = [float(e.get("x")[:-1]) for e in of(chart, "text", "value") if e.get("dx") is None]
    assert 1 <= len(at) <= 12
    assert all(after - before >= 7 for before, after in pairwise(at))


def test_bays_are_named_by_their_own_number_where_some_are_missing():
    chart = drawn(*(Spot(n, 30, 60) for n in range(1, 46) if n not in (3, 9)))
    named = [e.text for e in of(chart, "text", "value") if e.get("dx") is None]
    assert named == ["5", "10", "15", "20", "25", "30", "35", "40", "45"]


def test_words_are_escaped_and_read_out():
    chart = drawn(Spot(None, 30, None, "", "<b>&"))
    assert [e.text for e in of(chart, "text", "label")][-1] == "bay"
    assert "<b>&" in [e.text for e in of(chart, "text", "label")]
    assert chart.get("role") == "img"
    assert chart.get("aria-labelledby") == "t-title t-text"
    assert chart.find(f"{SVG}desc").text == "All of them"


@given(
    st.lists(
        st.builds(
            Spot,
            st.none() | st.integers(1, 10_000),
            st.integers(-60, 150),
            st.none() | st.integers(-60, 150),
            st.sampled_from(["", "warning", "error"]),
        ),
        min_size=1,
        max_size=MOST_SPOTS,
    )
)
def test_everything_lies_within_the_picture(spots):
    chart = drawn(*spots)
    height = float(chart.get("height"))
    for dot in of(chart, "circle", "spot"):
        assert 0 <= float(dot.get("cx")[:-1]) <= 100
        assert 34 <= float(dot.get("cy")) <= height - 46
    lines = of(chart, "line", "grid")
    assert 2 <= len(lines) <= 10
