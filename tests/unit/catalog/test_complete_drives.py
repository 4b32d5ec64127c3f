"""The catalog has enough drives with every figure that a new pod is chosen by, and says whence."""

from collections import Counter
from decimal import Decimal

import pytest
import tomli

from podplanner.catalog.completeness import missing_figures
from podplanner.catalog.parts import PART
from podplanner.resources import data_dir

FILES = sorted((data_dir("bom") / "parts" / "drive").glob("*.toml"))
DRIVES = tuple(
    PART.validate_python(tomli.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    for path in FILES
)
CURRENT = tuple(drive for drive in DRIVES if drive.current)
BY_SKU = {drive.sku: drive for drive in DRIVES}

FLEET_FAILURES, FLEET_DAYS = 4_372, 101_906_290
# Backblaze, Hard Drive Failure Rates for 2024: the totals of the table.
SISTERS = {"HUH721212ALE601": "HUH721212ALE604"}
# Drives that take the counts of one that differs in encryption only.

each_drive = pytest.mark.parametrize("drive", DRIVES, ids=lambda drive: drive.sku)
each_current = pytest.mark.parametrize("drive", CURRENT, ids=lambda drive: drive.sku)


def start_watts(sku, count):
    """Return what `count` drives draw while all their motors start."""
    drive = BY_SKU[sku]
    return count * (drive.start_12v * 12 + drive.start_5v * 5)


def rate(drive):
    return drive.failures / drive.drive_days * 365


@each_current
def test_current_drive_states_every_figure_that_is_needed(drive):
    assert missing_figures(drive) == ()


def test_there_are_enough_current_drives_of_every_sort():
    sorts = Counter((drive.interface, drive.recording) for drive in CURRENT)
    assert len(CURRENT) >= 40
    assert sorts["SATA", "CMR"] >= 25
    assert sorts["SATA", "SMR"] >= 2
    assert sorts["SAS", "CMR"] >= 3
    assert sorts["SATA", "SSD"] >= 2
    assert sorts["NVMe", "SSD"] >= 1
    assert sum(drive.sector_format == "4Kn" for drive in CURRENT) >= 2
    assert sum(drive.class_part for drive in CURRENT) <= 2, "real parts come first"


def test_current_hard_drives_come_in_every_usual_size():
    sizes = {drive.capacity // 10**12 for drive in CURRENT if drive.recording == "CMR"}
    assert sizes == {4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24}


@each_drive
def test_figure_is_either_sourced_or_assumed_and_an_assumption_gives_its_reason(drive):
    assert not drive.sources.keys() & drive.assumptions.keys()
    assert (drive.assumed_on is not None) == bool(drive.assumptions)
    assert (drive.price_source == "assumption") == ("price" in drive.assumptions)
    for figure, reason in drive.assumptions.items():
        assert drive.class_part or len(reason.split()) >= 4, figure


def test_figures_of_a_class_are_all_assumed_and_those_of_a_real_drive_are_not():
    for drive in CURRENT:
        facts = drive.model_fields_set - {
            "kind", "sku", "title", "maker", "aliases", "class_part", "current", "source",
            "source_date", "sources", "assumptions", "assumed_on", "note", "price_currency",
            "price_date", "price_source",
        }  # fmt: skip
        assert (facts == drive.assumptions.keys()) == drive.class_part, drive.sku


@each_drive
def test_size_is_whole_sectors_and_the_same_for_all_drives_of_one_capacity(drive):
    if drive.exact_bytes is not None:
        assert drive.exact_bytes % 4096 == 0
        assert {d.exact_bytes for d in DRIVES if d.capacity == drive.capacity} <= {
            drive.exact_bytes,
            None,
        }


@each_drive
def test_failures_are_seen_in_drive_days_and_never_claim_perfection(drive):
    assert (drive.failures is None) == (drive.drive_days is None)
    if drive.failures is not None:
        assert drive.failures > 0, "no failure seen would be a rate of 0"
        assert 0.002 < rate(drive) < 0.06


def test_assumed_failures_are_those_of_a_sister_or_follow_the_fleet():
    fleet = FLEET_FAILURES / FLEET_DAYS * 365
    assumed = {drive.sku: drive for drive in DRIVES if "failures" in drive.assumptions}
    for sku, sister in SISTERS.items():
        assert assumed.pop(sku).failures == BY_SKU[sister].failures
    assert all(rate(drive) == pytest.approx(fleet, rel=1e-4) for drive in assumed.values())
    assert all(drive.failures <= 5 for drive in assumed.values()), "uncounted: a wide interval"


@each_current
def test_powers_and_currents_are_those_of_a_drive(drive):
    assert drive.idle_power < drive.active_power
    assert drive.start_12v * 12 + drive.start_5v * 5 >= drive.idle_power
    if drive.recording != "SSD":
        assert Decimal("1.4") <= drive.start_12v <= Decimal("2.5")
        assert Decimal(4) <= drive.idle_power <= Decimal(9)
        assert Decimal("0.5") <= drive.weight <= Decimal("0.8")


@each_current
def test_reads_no_faster_than_its_link_can_carry(drive):
    # 8b/10b on SATA and on SAS-3 leaves 8 of 10 bits; 128b/130b on PCI Express nearly all.
    share = Decimal("0.8") if drive.interface != "NVMe" else Decimal(1)
    assert drive.sustained_rate * 8 <= drive.interface_rate * 10**9 * share


def test_pods_start_at_the_watts_of_the_data_sheet():
    # Seagate, Constellation ES.3 SAS Product Manual, Rev. C, table 2: 2.16 A and 0.63 A.
    for sku in ("ST4000NM0023", "CLASS-HDD-4TB-CMR-SATA"):
        assert start_watts(sku, 25) == Decimal("726.75")
        assert start_watts(sku, 20) == Decimal("581.40")
    # Its SATA sister, by its own manual (100671511, Rev. E): 0.52 A.
    assert start_watts("ST4000NM0033", 25) == Decimal("713.00")


def test_shingled_drives_say_what_they_are_not_for():
    shingled = [drive for drive in DRIVES if drive.recording == "SMR"]
    assert shingled
    assert all("parity" in drive.note for drive in shingled)


def test_ultrastars_with_the_legacy_pin_3_do_not_heed_it():
    ultrastars = [drive for drive in DRIVES if drive.sku.startswith("WUH72")]
    sata = [drive for drive in ultrastars if drive.interface == "SATA"]
    assert len(sata) >= 6
    assert all((drive.sku[-2] == "L") == (drive.pwdis is False) for drive in sata)
    assert all(drive.pwdis for drive in ultrastars if drive.interface == "SAS")
