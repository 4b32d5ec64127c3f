"""The scatter of designs: every design is there, in its place, and readable by machines."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.report.front_chart import Spot, front_chart, front_file

SVG = "{http://www.w3.org/2000/svg}"
SPOTS = (
    Spot(1, 12_000.0, 60.0, "9 nines"),
    Spot(2, 15_000.0, 75.0, "9 nines"),
    Spot(3, 21_000.0, 110.0, "11 nines"),
)


def drawn(spots=SPOTS, **options):
    return ET.fromstring(
        front_chart(
            spots, name="front", title="Designs", description="By cost", currency="USD", **options
        )
    )


def test_every_design_is_a_dot_with_its_number():
    svg = drawn()
    assert len(svg.findall(f"{SVG}circle")) == 3
    words = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"1", "2", "3", "9 nines", "11 nines"} <= set(words)


def test_dearer_is_further_right_and_larger_is_higher():
    dots = drawn().findall(f"{SVG}circle")
    across = [float(dot.get("cx").rstrip("%")) for dot in reversed(dots)]
    down = [float(dot.get("cy")) for dot in reversed(dots)]
    assert across == sorted(across)
    assert down == sorted(down, reverse=True)


def test_demand_and_budget_are_lines_with_their_words():
    words = [text.text for text in drawn(asked_terabytes=50.0, budget=25_000.0).iter(f"{SVG}text")]
    assert "asked for: 50 TB" in words
    assert "budget" in words
    assert "budget" not in [text.text for text in drawn().iter(f"{SVG}text")]


def test_words_of_neighbours_do_not_lie_on_each_other():
    close = (*SPOTS, Spot(4, 12_010.0, 60.0, "9 nines"))
    svg = drawn(close)
    assert [t.text for t in svg.iter(f"{SVG}text")].count("9 nines") == 2


def test_nothing_to_draw_is_nothing():
    assert front_chart((), name="x", title="x", description="x", currency="USD") == ""


def test_a_file_of_its_own_brings_its_colours():
    chart = front_chart(SPOTS, name="front", title="A & B", description="x", currency="USD")
    file = front_file(chart)
    root = ET.fromstring(file)
    assert root.find(f"{SVG}style") is not None
    assert root.get("width") == "640"
    assert root.find(f"{SVG}title").text == "A & B"


@given(
    st.lists(
        st.tuples(st.floats(1, 1e9), st.floats(0.001, 1e6)), min_size=1, max_size=12
    )
)  # fmt: skip
def test_every_dot_lies_within_the_frame(places):
    spots = [Spot(n, cost, size, "x") for n, (cost, size) in enumerate(places, 1)]
    for dot in drawn(spots).findall(f"{SVG}circle"):
        assert 9.0 <= float(dot.get("cx").rstrip("%")) <= 96.0
        assert 34.0 <= float(dot.get("cy")) <= 340.0


@pytest.mark.parametrize("same", [1.0, 12345.0])
def test_designs_that_are_all_alike_can_be_drawn(same):
    svg = ET.tostring(drawn((Spot(1, same, same, "9 nines"),)), encoding="unicode")
    assert not re.search("nan|inf", svg)
