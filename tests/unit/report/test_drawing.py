import re
from decimal import Decimal
from itertools import combinations
from xml.etree import ElementTree

import pytest
from support.sample_pods import CHASSIS, PARTS, drives, storage_pod, two_currency_pod, unpriced_pod

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.pod import assemble
from podplanner.report.drawing import draw
from podplanner.report.layout import Box, Layout, lay_out
from podplanner.report.shape import Refusal, Shape, millimetres, shape_of

SVG = "{http://www.w3.org/2000/svg}"


def elements(svg, tag, style):
    return [e for e in ElementTree.fromstring(svg).iter(SVG + tag)
            if style in e.get("class", "").split()]  # fmt: skip


def layout_of(pod) -> Layout:
    shape = shape_of(pod)
    assert isinstance(shape, Shape)
    layout = lay_out(shape)
    assert isinstance(layout, Layout)
    return layout


def overlaps(a: Box, b: Box) -> bool:
    return (a.x < b.x + b.width and b.x < a.x + a.width
            and a.y < b.y + b.depth and b.y < a.y + a.depth)  # fmt: skip


PODS = {
    "45 drives": storage_pod(extra=(drives(45),)),
    "60 drives": storage_pod(case="POD-CASE-60", backplanes=12, extra=(drives(60),)),
    "24 bays": two_currency_pod(),
}


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS.keys())
def test_nothing_overlaps_and_everything_lies_inside_the_body(pod):
    layout = layout_of(pod)
    solid = [*(bay.box for bay in layout.bays), *(b.box for b in layout.fans),
             *(b.box for b in layout.rear)]  # fmt: skip
    for a, b in combinations(solid, 2):
        assert not overlaps(a, b)
    for a, b in combinations([block.box for block in layout.backplanes], 2):
        assert not overlaps(a, b)
    for box in [*solid, *(block.box for block in layout.backplanes)]:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.body.width
        assert box.y + box.depth <= layout.body.depth


@pytest.mark.parametrize(
    ("pod", "bays", "rows", "backplanes", "fans", "rear"),
    [
        (PODS["45 drives"], 45, 3, 9, 6, 3),
        (PODS["60 drives"], 60, 4, 12, 6, 3),
        (PODS["24 bays"], 24, 2, 0, 3, 0),
    ],
    ids=PODS.keys(),
)
def test_counts_follow_the_bill(pod, bays, rows, backplanes, fans, rear):
    layout = layout_of(pod)
    assert [bay.number for bay in layout.bays] == list(range(1, bays + 1))
    assert len({bay.box.y for bay in layout.bays}) == rows
    assert len(layout.backplanes) == backplanes
    assert len(layout.fans) == fans
    assert len(layout.rear) == rear


def test_the_drawing_is_to_scale():
    top = draw(PODS["45 drives"]).top
    (case,) = elements(top, "rect", "case")
    (face,) = elements(top, "rect", "face")
    depth, width = Decimal(case.get("height")), Decimal(face.get("width"))
    assert abs(depth / width - CHASSIS.depth / CHASSIS.face_width) < Decimal("0.0001")
    bay = elements(top, "rect", "bay")[0]
    assert (bay.get("width"), bay.get("height")) == ("26.1", "101.6")
    fan = elements(top, "rect", "fan")[0]
    assert (fan.get("width"), fan.get("height")) == ("120", "38")


def test_the_face_is_as_high_as_its_rack_units():
    face = draw(PODS["45 drives"]).face
    rect = elements(face, "rect", "face")[0]
    assert (rect.get("width"), rect.get("height")) == ("482.6", "177.8")
    assert len(elements(face, "circle", "hole")) == 2 * 3 * 4
    assert "4U = 177.8 mm" in face
    assert len(elements(face, "circle", "behind")) == 3


def test_every_bay_is_drawn_with_its_number_and_bays_without_a_drive_are_empty():
    top = draw(storage_pod(extra=(drives(20),))).top
    assert len(elements(top, "rect", "filled")) == 20
    assert len(elements(top, "rect", "empty")) == 25
    assert [e.text for e in elements(top, "text", "number")] == [str(n) for n in range(1, 46)]
    assert [e.text for e in elements(top, "text", "band-name")][:2] == [
        "backplane 1",
        "backplane 2",
    ]


def test_what_is_assumed_is_printed_as_assumed():
    drawing = draw(storage_pod())
    assert "body 440 mm wide (assumed)" in drawing.top
    assert "712.8 mm deep (assumed)" in drawing.top
    words = " ".join(drawing.caption)
    assert "schematic" in words
    assert "Assumed" in words
    assert "all bays are drawn empty" in words
    assert "(assumed)" not in draw(two_currency_pod()).top


def test_a_pod_that_does_not_fit_its_case_is_refused_in_words():
    drawing = draw(storage_pod(case="POD-CASE-60-SHORT", backplanes=12))
    assert drawing.top is None
    assert drawing.face is not None
    assert "726.4 mm, the case is 712.8 mm deep" in drawing.missing[0]


def test_a_case_too_low_for_standing_drives_is_refused_in_words():
    drawing = draw(storage_pod(case="CASE-2U"))
    assert drawing.top is None
    assert "147 mm high, the case 88.9 mm" in drawing.missing[0]


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        (unpriced_pod(), "holds no case"),
        (storage_pod(case="NOT-IN-CATALOG"), "not in the catalog"),
        (storage_pod(extra=(Line(id="case_2", title="Case", quantity="1"),)), "2 cases"),
        (storage_pod(case="CASE-NO-FIGURES"), "depth"),
    ],
)
def test_without_figures_there_is_a_reason_instead_of_a_drawing(pod, words):
    drawing = draw(pod)
    assert drawing.top is None
    assert words in drawing.missing[0]


@pytest.mark.parametrize("quantity", ["1000000000000", "201", "10000"])
def test_an_absurd_count_is_refused_at_once(quantity):
    pod = storage_pod(extra=(Line(id="fans", title="Fan", quantity=quantity),))
    assert isinstance(shape_of(pod), Refusal)
    assert draw(pod).top is None


@pytest.mark.parametrize(("bays", "ports"), [(7, 5), (30, 4), (12, 24), (1, 1), (44, 5)])
def test_any_count_draws_or_says_why_not(bays, ports):
    case = CHASSIS.model_copy(update={"sku": "C", "data_bays": bays, "drive_rows": None})
    plate = PARTS["CFI-B53PM"].model_copy(update={"ports": ports})
    bill = BillOfMaterials(
        lines=(
            Line(id="case", title="Case", part="C", quantity="1"),
            Line(id="bp", title="Backplane", part="CFI-B53PM", quantity=-(-bays // ports)),
        )
    )
    layout = layout_of(assemble(bill, {"C": case, "CFI-B53PM": plate}, as_of=PODS_DAY))
    assert len(layout.bays) == bays
    for a, b in combinations([bay.box for bay in layout.bays], 2):
        assert not overlaps(a, b)


PODS_DAY = storage_pod().as_of


def test_no_colour_is_written_into_the_drawing():
    drawing = draw(PODS["45 drives"])
    for svg in (drawing.top, drawing.face):
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b|rgb\(|style=", svg)
        assert 'role="img"' in svg


def test_lengths_are_written_to_a_tenth():
    assert millimetres(Decimal("712.7875")) == "712.8 mm"
    assert millimetres(Decimal(440)) == "440 mm"
