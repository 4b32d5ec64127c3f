"""The data drives that a list buys, as capacity takes them."""

from datetime import date
from pathlib import Path

import pytest

from podplanner.catalog.opening import open_bill
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import assemble
from podplanner.planning.capacity import CapacityError, drive_bytes, holdings_of

EXACT = Drive(
    sku="EX-4T", title="EX-4T drive", source="test", capacity="4 TB", exact_bytes=4_000_787_030_016
)
LABEL = Drive(sku="LA-3T", title="LA-3T drive", source="test", capacity="3 TB")
NAMELESS = Drive(sku="NO-0T", title="NO-0T drive", source="test")


def pod_of(tmp_path: Path, *lines: str):
    text = "schema = 'podplanner/bill/1'\ntitle = 'p'\ncurrency = 'USD'\n" + "\n".join(lines)
    file = tmp_path / "pod.toml"
    file.write_text(text, encoding="utf-8")
    parts = {part.sku: part for part in (EXACT, LABEL, NAMELESS)}
    return assemble(open_bill(str(file), parts), parts, as_of=date(2026, 1, 1))


def line(sku: str, quantity: int) -> str:
    return (
        f"[[line]]\nid = {sku.lower()!r}\npart = {sku!r}\ntitle = {sku!r}\nquantity = {quantity}\n"
    )


def test_exact_bytes_are_taken_as_they_are():
    assert drive_bytes(EXACT).bytes == 4_000_787_030_016
    assert drive_bytes(EXACT).assumption == ""


def test_a_label_is_taken_and_said():
    found = drive_bytes(LABEL)
    assert found.bytes == 3 * 10**12
    assert "LA-3T is taken at its label" in found.assumption


def test_a_size_that_the_catalog_only_assumes_is_said():
    why = "as every drive of that label"
    assumed = EXACT.model_copy(update={"assumptions": {"exact_bytes": why}})
    assert drive_bytes(assumed).assumption == f"EX-4T: its size is assumed, {why}."


def test_an_unknown_size_is_no_size():
    with pytest.raises(CapacityError, match="NO-0T is not known"):
        drive_bytes(NAMELESS)


def test_a_list_holds_its_data_drives(tmp_path):
    held = holdings_of(pod_of(tmp_path, line("EX-4T", 45)))
    assert (held.drives, held.drive_bytes, held.assumptions) == (45, 4_000_787_030_016, ())
    assert held.in_pods(3) == 135


def test_the_smallest_of_several_sizes_counts(tmp_path):
    held = holdings_of(pod_of(tmp_path, line("EX-4T", 40), line("LA-3T", 5)))
    assert (held.drives, held.drive_bytes) == (45, 3 * 10**12)
    assert any("several sizes" in sentence for sentence in held.assumptions)
    assert any("label" in sentence for sentence in held.assumptions)


def test_a_list_without_data_drives_or_sizes_is_refused(tmp_path):
    with pytest.raises(CapacityError, match="no data drives"):
        holdings_of(pod_of(tmp_path))
    with pytest.raises(CapacityError, match="not known"):
        holdings_of(pod_of(tmp_path, line("NO-0T", 3)))
