"""The smallest spare, in bytes, that fits."""

from datetime import date
from decimal import Decimal

import pytest
from support.drives.array_states import Leaf, Pool, Top, document, leaves, raidz2_pool
from support.drives.array_states_drives import (
    BYTES,
    a_drive,
    a_pod,
    arrays_in,
    bays,
    serial,
)

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.parts import PART
from podplanner.catalog.pod import assemble
from podplanner.drives.assessment import Verdict
from podplanner.drives.pulling.choosing import first_card
from podplanner.drives.pulling.sparing import bytes_of_label

TIB8 = 8_001_563_222_016
# Of every drive of 8 TB (IDEMA LBA1-03).


def search(tmp_path, *others, spares=(), bill=None, spare_bays=(), known=(), **fields):
    """Return what is found for a dying drive 1 of a raidz2 of six."""
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool(spares=spares)))
    the_map = bays(12, spare=spare_bays)
    drives = [a_drive(1, Verdict.REPLACE, **fields), *(a_drive(n) for n in range(2, 7)), *others]
    placed = [
        type(d)(d.reading, d.assessment, bay=the_map.at(d.reading.identity.serial or ""))
        for d in drives
    ]
    return first_card(a_pod(*placed), state, bay_map=the_map, bill=bill, known=known).spare


def waiting(*numbers):
    return tuple(Leaf(serial(n), "AVAIL") for n in numbers)


def a_bill(*lines):
    """Return a bill of (SKU, capacity, changes of part, changes of line)."""
    parts = {
        sku: PART.validate_python({"kind": "drive", "sku": sku, "title": sku, "source": "a test",
                                   "capacity": capacity, "interface": "SATA", **part})
        for sku, capacity, part, _ in lines
    }  # fmt: skip
    listed = tuple(
        Line(id=f"l{n}", part=sku, title=sku, quantity=Decimal(10), **line)
        for n, (sku, _, _, line) in enumerate(lines, 1)
    )
    return assemble(BillOfMaterials(lines=listed), parts, as_of=date(2026, 11, 30))


def test_the_smallest_that_fits_is_taken(tmp_path):
    found = search(tmp_path, a_drive(7, capacity_bytes=TIB8), a_drive(8), spares=waiting(7, 8))
    assert found.need_bytes == BYTES
    assert (found.found.serial, found.found.size_bytes) == ("MADE0008", BYTES)


def test_one_byte_too_few_is_too_few(tmp_path):
    found = search(tmp_path, a_drive(7, capacity_bytes=BYTES - 1), spares=waiting(7))
    assert found.found is None
    assert any("1 too few" in words for words in found.refused)


@pytest.mark.parametrize(("fields", "words"), [
    ({"smr": True}, "SMR"), ({"logical_sector_bytes": 4096}, "4096"), ({"known": False}, ""),
])  # fmt: skip
def test_a_spare_that_does_not_do_is_refused(tmp_path, fields, words):
    found = search(tmp_path, a_drive(7, **fields), spares=waiting(7), logical_sector_bytes=512)
    assert found.found is None
    assert any(words in refused for refused in found.refused) or not words


@pytest.mark.parametrize("verdict", [Verdict.WARNING, Verdict.REPLACE, Verdict.UNKNOWN])
def test_a_spare_that_is_not_sound_is_refused(tmp_path, verdict):
    found = search(tmp_path, a_drive(7, verdict), spares=waiting(7))
    assert found.found is None
    assert any(str(verdict) in refused for refused in found.refused)


def test_a_spare_of_the_bay_map_does_as_well(tmp_path):
    found = search(tmp_path, a_drive(9), spare_bays=(9,))
    assert (found.found.kind, found.found.bay) == ("spare in a bay", 9)


def test_a_member_is_no_spare_whatever_the_map_says(tmp_path):
    assert search(tmp_path, spare_bays=(4,)).found is None


def test_labels_hold_what_makers_agreed_upon():
    assert [bytes_of_label(n * 10**9) for n in (500, 1_000, 4_000, 8_000, 20_000)] == [
        500_107_862_016, 1_000_204_886_016, BYTES, TIB8, 20_000_588_955_648,
    ]  # fmt: skip


def test_the_bill_names_its_line_when_no_spare_is_in_the_pod(tmp_path):
    bill = a_bill(("BIG-8T", "8 TB", {}, {"spares": Decimal(2)}),
                  ("FIT-4T", "4 TB", {}, {"spares": Decimal(1)}),
                  ("NOSPARE-4T", "4 TB", {}, {}))  # fmt: skip
    found = search(tmp_path, bill=bill).found
    assert (found.name, found.line, found.position, found.on_shelf) == ("FIT-4T", "l2", 2, 1)
    assert found.assumed


def test_exact_bytes_of_a_part_count_more_than_its_label(tmp_path):
    bill = a_bill(("SHORT-4T", "4 TB", {"exact_bytes": BYTES - 4096}, {"spares": Decimal(1)}))
    found = search(tmp_path, bill=bill)
    assert found.found is None
    assert any("4,096 too few" in words for words in found.refused)


@pytest.mark.parametrize("part", [{"recording": "SMR"}, {"interface": "SAS"}])
def test_lines_that_do_not_do_are_refused(tmp_path, part):
    bill = a_bill(("BAD-4T", "4 TB", part, {"spares": Decimal(1)}))
    assert search(tmp_path, bill=bill).found is None


def test_a_spare_in_the_pod_names_the_line_that_bought_it(tmp_path):
    bill = a_bill(("UP-4000", "4 TB", {}, {"spares": Decimal(3)}))
    found = search(tmp_path, a_drive(7), spares=waiting(7), bill=bill).found
    assert (found.kind, found.serial, found.line) == ("hot spare", "MADE0007", "l1")


def test_a_missing_drive_needs_what_its_neighbours_have(tmp_path):
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool(Leaf("MADE0001", "UNAVAIL"))))
    drives = [a_drive(n, capacity_bytes=BYTES if n < 5 else TIB8) for n in range(2, 7)]
    card = first_card(a_pod(*drives), state, bay_map=None)
    assert card.spare.need_bytes == BYTES


def test_a_distributed_spare_of_the_same_draid_fits(tmp_path):
    tops = (Top("draid2:4d:11c:1s-0", leaves(1, 11)), Top("draid2:4d:11c:1s-1", leaves(12, 11)))
    spares = (Leaf("", "AVAIL", name="draid2-1-0"), Leaf("", "AVAIL", name="draid2-0-0"))
    state = arrays_in(tmp_path, pool_json=document(Pool(tops, spares=spares)))
    drives = (a_drive(1, Verdict.REPLACE), *(a_drive(n) for n in range(2, 23)))
    card = first_card(a_pod(*drives), state, bay_map=None)
    assert card.spare.found.name == "draid2-0-0"
    assert any(step.command.endswith(" draid2-0-0") for step in card.steps)
