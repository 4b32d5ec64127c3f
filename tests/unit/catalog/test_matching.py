"""Lines find their parts by the numbers that they print, and say how sure that is."""

import pytest

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.library import library
from podplanner.catalog.matching import Index, alternates, identify, match_line
from podplanner.catalog.parts import Accessory, Backplane, Board, Fan, Supply

SOURCE = "made up for this test"
PARTS = {
    part.sku: part
    for part in (
        Board(sku="MBD-X9SCL-F", title="Board", maker="Supermicro", source=SOURCE),
        Supply(sku="PSM-5760V", title="Supply", maker="Zippy", source=SOURCE),
        Backplane(sku="CFI-B53PM", title="Backplane", maker="CFI", source=SOURCE),
        Fan(sku="G1238M12B1-FSR", title="Fan", source=SOURCE, aliases=("FAN-120-38",)),
        Accessory(kind="cable", sku="S330", title="Cable", maker="Sunrich", source=SOURCE,
                  phrases=("right angle sata cable",)),
    )
}  # fmt: skip
INDEX = Index.of(PARTS)


def match(title, **fields):
    """Return (part, confidence) of a line with that title, or None."""
    found = match_line(Line(id="line", title=title, **fields), INDEX)
    return found and (found.sku, found.confidence)


@pytest.mark.parametrize(
    ("title", "sku"),
    [
        ("Supermicro MBD-X9SCL-F (MicroATX)", "MBD-X9SCL-F"),
        ("zippy psm-5760v", "PSM-5760V"),
        ("(CFI-B53PM)", "CFI-B53PM"),
        ("FAN-120-38 with guard", "G1238M12B1-FSR"),
        ("Sunrich S330 cable", "S330"),
    ],
)
def test_number_itself_in_the_line_is_an_exact_match(title, sku):
    assert match(title) == (sku, "exact")


@pytest.mark.parametrize(
    ("title", "sku"),
    [
        ("Supermicro X9SCL-F", "MBD-X9SCL-F"),
        ("PSM-576OV", "PSM-5760V"),
        ("PSM 5760V", "PSM-5760V"),
        ("CFI B53PM", "CFI-B53PM"),
        ("CFI-B53PM-B", "CFI-B53PM"),
        ("fan G1238M(OR E)12B1-FSR", "G1238M12B1-FSR"),
        ("SATA cable, right angle", "S330"),
    ],
)
def test_number_that_differs_a_little_is_a_likely_match(title, sku):
    assert match(title) == (sku, "likely")


@pytest.mark.parametrize(
    "title",
    ["a plain screw", "S330", "X9SCM", "CFI-B53PMXYZ", "760 Watt Power Supply", "-", '"""', ""],
)
def test_line_without_a_known_number_has_no_match(title):
    assert match(title) is None


def test_short_number_in_its_own_field_is_an_exact_match():
    assert match("cable", mpn="S330") == ("S330", "exact")


def test_board_is_found_in_the_shipped_catalog_with_and_without_its_prefix():
    index = Index.of(library())
    for title in ("Supermicro MBD-X9SCL-F", "Supermicro X9SCL-F"):
        found = match_line(Line(id="board", title=title), index)
        assert found is not None
        assert (found.sku, found.confidence) == ("MBD-X9SCL-F", "exact")


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("fan G1238M(OR E)12B1-FSR 12V", ("G1238M12B1-FSR", "G1238E12B1-FSR")),
        ("AB(or CD)1", ("AB1", "CD1")),
        ("fan or fan", None),
        ("", None),
    ],
)
def test_two_numbers_in_one_field_are_both_spelt_out(text, both):
    assert alternates(text) == both


def test_part_that_a_person_wrote_stays():
    line = Line(id="fan", part="CFI-B53PM", title="PSM-5760V")
    bill = BillOfMaterials(lines=(line,))
    assert identify(bill, PARTS) is bill


def test_line_that_is_a_bill_of_its_own_is_no_part():
    bill = BillOfMaterials(lines=(Line(id="pod", bill="pod.toml", title="PSM-5760V"),))
    assert identify(bill, PARTS).lines[0].part is None


def test_line_that_says_nothing_is_left_alone():
    bill = BillOfMaterials(lines=(Line(id="one", quantity=1), Line(id="two", title="PSM-5760V")))
    assert [line.part for line in identify(bill, PARTS).lines] == [None, "PSM-5760V"]
