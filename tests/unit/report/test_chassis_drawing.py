"""The picture of the case tells each verdict by colour, by sign and in words."""

import re
from xml.etree import ElementTree

import pytest
from support.drives.painted import checked_drive, painted

from podplanner.catalog.bay_map import SCHEMA, BayMap
from podplanner.catalog.library import find_part, library
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.making import map_of_chassis, map_of_count
from podplanner.drives.checked import CheckedPod
from podplanner.report.bay_cells import SIGNS, Look, cells_of
from podplanner.report.chassis_drawing import COLOURS, draw_chassis
from podplanner.report.chassis_page import chassis_page
from podplanner.report.shape import Refusal

SVG = "{http://www.w3.org/2000/svg}"


def case(sku):
    return map_of_chassis(find_part(library(), sku))


MAPS = {
    "45": lambda: case("STORAGE-POD-3.0-CASE"),
    "60": lambda: case("CLASS-CASE-4U-60-TOP"),
    "unknown": lambda: map_of_count(24),
    "unknown-with-backplanes": lambda: map_of_count(36, each=4),
    "front-loading": lambda: case("RM43-320-RS"),
    "wide": lambda: map_of_count(100, each=20),
}


def root(svg):
    assert isinstance(svg, str)
    return ElementTree.fromstring(svg)


def elements(svg, tag, style):
    return [e for e in root(svg).iter(SVG + tag) if style in e.get("class", "").split()]


def titles(svg):
    return [e.find(f"{SVG}title").text for e in root(svg).iter(SVG + "g")
            if e.find(f"{SVG}title") is not None]  # fmt: skip


@pytest.fixture(params=MAPS.values(), ids=MAPS.keys())
def bay_map(request):
    return request.param()


def test_every_bay_is_drawn_once_with_its_number(bay_map):
    svg = draw_chassis(*painted(bay_map))
    shown = [e.text for e in elements(svg, "text", "number")]
    assert sorted(map(int, shown)) == [b.number for b in bay_map.bays]


def test_no_two_bays_overlap_and_none_leaves_the_picture(bay_map):
    svg = draw_chassis(*painted(bay_map))
    x0, y0, width, height = map(float, root(svg).get("viewBox").split())
    boxes = []
    for group in root(svg).iter(SVG + "g"):
        if group.find(f"{SVG}title") is None:
            continue
        box = group.find(f"{SVG}rect")
        x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        assert x >= x0
        assert y >= y0
        assert x + w <= x0 + width
        assert y + h <= y0 + height
        assert all(x + w <= a + 0.02 or a + c <= x + 0.02 or y + h <= b + 0.02
                   or b + d <= y + 0.02 for a, b, c, d in boxes)  # fmt: skip
        boxes.append((x, y, w, h))
    assert len(boxes) == len(bay_map.bays)


def test_colours_follow_the_verdicts():
    svg = draw_chassis(*painted(MAPS["45"]()))
    fills = [e.get("fill") for e in elements(svg, "rect", "filled")]
    bays, key = fills[:41], fills[41:]
    assert bays.count(COLOURS[Look.REPLACE]) == 1
    assert bays.count(COLOURS[Look.OK]) == 37
    assert sorted(key) == sorted(COLOURS.values())


def test_a_bay_says_its_serial_verdict_and_reason_when_one_points_at_it():
    said = titles(draw_chassis(*painted(MAPS["45"]())))
    (seven,) = [words for words in said if words.startswith("Bay 7:")]
    assert "REPLACE" in seven
    assert "Z3000007" in seven
    assert "Reason of bay 7." in seven
    (five,) = [words for words in said if words.startswith("Bay 5:")]
    assert "was not read" in five


def test_what_is_not_there_is_told_apart():
    svg = draw_chassis(*painted(MAPS["45"]()))
    for style in ("unread", "empty", "spare", "open"):
        assert len(elements(svg, "rect", style)) == 2  # the bay, and the key


def test_the_key_counts_every_look():
    svg = draw_chassis(*painted(MAPS["60"]()))
    said = [e.text for e in root(svg).iter(SVG + "text")]
    for words in ("REPLACE: 1", "WARNING: 1", "UNKNOWN: 1", "WATCH: 1", "OK: 52", "not read: 1"):
        assert words in said


def test_the_drive_with_the_highest_risk_of_those_to_be_replaced_is_outlined():
    bay_map = map_of_count(4)
    drives = (
        checked_drive("Z1", Verdict.REPLACE, risk=0.5),
        checked_drive("Z2", Verdict.REPLACE, risk=2.0),
        checked_drive("Z3", Verdict.WARNING),
    )
    filled = bay_map.model_copy(
        update={
            "bays": tuple(
                bay.model_copy(update={"serial": f"Z{bay.number}"}) for bay in bay_map.bays
            )
        }
    )
    pod = CheckedPod(painted(bay_map)[0].at, drives)  # fmt: skip
    cells = cells_of(pod, filled)
    assert [cell.number for cell in cells.of.values() if cell.pull] == [2]
    assert [c.number for c in cells_of(pod, filled, 3).of.values() if c.pull] == [3]
    assert len(elements(draw_chassis(pod, filled), "rect", "pull")) == 1


def test_nothing_is_outlined_where_nothing_is_to_be_replaced():
    pod = CheckedPod(painted(map_of_count(4))[0].at, (checked_drive("Z1", Verdict.WARNING),))
    filled = map_of_count(4)
    assert elements(draw_chassis(pod, filled), "rect", "pull") == []


def test_front_and_rear_are_said_where_they_are_known_and_only_there():
    known = [e.text for e in elements(draw_chassis(*painted(MAPS["45"]())), "text", "soft")]
    assert {"front", "rear"} <= set(known)
    unknown = [e.text for e in elements(draw_chassis(*painted(map_of_count(24))), "text", "soft")]
    assert not {"front", "rear"} & set(unknown)
    assert "not known" in " ".join(unknown)


def test_a_drive_in_no_bay_is_named_below():
    svg = draw_chassis(*painted(MAPS["45"](), checked_drive("ELSEWHERE", Verdict.REPLACE)))
    assert "ELSEWHERE (REPLACE)" in " ".join(e.text for e in elements(svg, "text", "soft"))


@pytest.mark.parametrize("serial", ["<script>alert(1)</script>", "a&b\"'", "\x00\x1b[2J\x07",
                                    "\ud800", "﷽" * 40, "\u202egnp"])  # fmt: skip
def test_what_a_drive_says_cannot_break_the_picture(serial):
    pod, bay_map = painted(map_of_count(24), checked_drive(serial, Verdict.REPLACE))
    svg = draw_chassis(pod, bay_map)
    root(svg).find("x")
    assert "<script" not in svg
    assert "<script" not in chassis_page(svg, cells_of(pod, bay_map), serial)
    svg.encode()


def test_the_picture_stands_alone_and_follows_light_and_dark():
    svg = draw_chassis(*painted(MAPS["45"]()))
    assert "prefers-color-scheme: dark" in svg
    assert not re.search(r"(href|src)=|<script|@import", svg)
    used = set(re.findall(r"url\(#([\w-]+)\)", svg))
    assert used == {e.get("id") for e in root(svg).iter(SVG + "pattern")}


@pytest.mark.parametrize(
    ("bay_map", "words"),
    [(BayMap(format=SCHEMA), "no bays"), (map_of_count(500), "240 bays")],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(bay_map, words):
    refusal = draw_chassis(CheckedPod(painted(map_of_count(4))[0].at, ()), bay_map)
    assert isinstance(refusal, Refusal)
    assert words in refusal.reason


def luminance(colour):
    """Relative luminance of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", COLOURS)
def test_letters_are_read_well_on_every_colour(look):
    ink = "#ffffff" if look is Look.REPLACE else "#111111"
    light, dark = sorted((luminance(COLOURS[look]), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 7  # WCAG 2, level AAA


def test_every_look_has_a_sign_of_its_own():
    assert len(set(SIGNS.values())) == len(Look) == len(SIGNS)
