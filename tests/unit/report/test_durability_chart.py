"""The chart of nines: what stands where, and that it is an image of its own."""

import re
from itertools import pairwise
from xml.etree import ElementTree

from podplanner.planning.durability import AnnualFailureRate, Rebuild, group_losses
from podplanner.planning.durability.answer import Question
from podplanner.planning.durability.spread import plain_groups
from podplanner.report.durability_chart import Curve, Spot, as_file, chart_of, durability_chart

NAMESPACE = "{http://www.w3.org/2000/svg}"


def question(afr=0.0157, hours=72.0, parity=2):
    return Question(
        plain_groups(data=13, parity=parity, groups=1, pods=1), 1,
        AnnualFailureRate(afr, None, None, "a test"), Rebuild(0.0, hours, ()),
    )  # fmt: skip


def texts(svg):
    root = ElementTree.fromstring(svg)
    return {text.text: text for text in root.iter(f"{NAMESPACE}text")}


def lines(svg):
    root = ElementTree.fromstring(svg)
    return [line for line in root.iter(f"{NAMESPACE}line") if "linecap" in line.get("style", "")]


def test_a_line_for_each_rate_and_the_asked_one_marked():
    svg = chart_of(question(), "parallel")
    said = texts(svg)
    for rate in ("0.392%", "0.785%", "1.57%", "3.14%", "6.28%"):
        assert rate in said
    assert "font-weight" in said["1.57%"].get("style")
    assert len(lines(svg)) == 5 * 48
    loss = group_losses(drives=15, parity=2, afr=0.0157, rebuild_h=72).parallel
    assert 3.5e-7 < loss < 3.6e-7
    assert "3 d: 6.5 nines" in said


def test_the_spot_lies_on_its_line():
    svg = chart_of(question(), "window")
    root = ElementTree.fromstring(svg)
    (dot,) = root.iter(f"{NAMESPACE}circle")
    across, down = float(dot.get("cx")[:-1]), float(dot.get("cy"))
    near = [
        line for line in lines(svg)
        if "cumulative" in line.get("style")
        and float(line.get("x1")[:-1]) - 0.01 <= across <= float(line.get("x2")[:-1]) + 0.01
    ]  # fmt: skip
    assert any(abs(float(line.get("y1")) - down) < 6 for line in near)


def test_lines_fall_with_time_and_lie_lower_for_higher_rates():
    curves = [Curve("1%", (1e-9, 1e-7, 1e-5)), Curve("2%", (1e-8, 1e-6, 1e-4))]
    svg = durability_chart(curves, (1, 10, 100), name="c", title="t", description="d")
    found = [(float(line.get("y1")), float(line.get("y2"))) for line in lines(svg)]
    assert all(y1 < y2 for y1, y2 in found)
    assert found[0][0] < found[2][0]


def test_nothing_to_draw():
    assert chart_of(question(afr=0.0), "window") == ""
    assert durability_chart([], (1, 2), name="c", title="t", description="d") == ""
    nothing = [Curve("0%", (0.0, 0.0))]
    assert durability_chart(nothing, (1, 2), name="c", title="t", description="d") == ""


def test_names_of_lines_that_end_together_do_not_touch():
    curves = [Curve(f"{n}%", (1e-3, 1.0)) for n in range(1, 6)]
    svg = durability_chart(curves, (1, 2), name="c", title="t", description="d")
    places = sorted(float(text.get("y")) for label, text in texts(svg).items() if "%" in label)
    assert all(b - a >= 17 for a, b in pairwise(places))
    assert places[-1] <= 335


def test_everything_stays_in_the_picture_for_any_question():
    for afr, hours, parity in ((1e-6, 0.1, 10), (50.0, 8760, 1), (0.01, 8760, 3), (1.0, 0.2, 0)):
        svg = chart_of(question(afr, hours, parity), "serial")
        for place in re.findall(r'(?:x|x1|x2|cx)="([\d.]+)%"', svg):
            assert 0 <= float(place) <= 100
        for place in re.findall(r'(?:y|y1|y2|cy)="([\d.]+)"', svg):
            assert 0 <= float(place) <= 382
        assert "nan" not in svg


def test_it_is_named_and_described_for_those_who_do_not_see_it():
    root = ElementTree.fromstring(chart_of(question(), "parallel", name="pod1"))
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    found = {element.get("id"): element.text for element in root if element.get("id")}
    assert set(named) == set(found)
    assert "by the parallel model" in found["pod1-text"]
    assert "1.57%" in found["pod1-text"]


def test_words_from_outside_are_escaped():
    curves = [Curve("<1%>", (1e-3, 1e-2))]
    svg = durability_chart(
        curves, (1, 2), name='a"b', title="<t>", description="&", spot=Spot(1.5, 5e-3, "<x>")
    )
    assert "<1%>" in texts(svg)


def test_a_file_needs_no_page():
    text = as_file(chart_of(question(), "parallel"))
    root = ElementTree.fromstring(text)
    assert float(root.get("width")) > 0
    assert text.count("<svg") == 2
    colours = set(re.findall(r"var\((--[a-z]+)", text))
    assert colours <= set(re.findall(r"(--[a-z]+):", text))
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
