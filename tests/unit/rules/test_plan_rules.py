"""Rules of `plan check`: a pod that fails each, one that passes, one of which it says unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from support.made_up import made

from podplanner.catalog.bill import BillOfMaterials, Line, Link
from podplanner.catalog.naming import slug
from podplanner.catalog.parts import Part
from podplanner.catalog.pod import Pod, assemble
from podplanner.rules import (
    PLAN_RULES,
    connectors,
    drives,
    interfaces,
    memory,
    mounting,
    power,
    processor,
    slots,
)
from podplanner.rules.base import Rule, Severity, Verdict, run
from podplanner.rules.mounting import Rack, rack_rules

TODAY = date(2026, 11, 24)
MINE: tuple[Rule, ...] = (
    *slots.RULES, *processor.RULES, *memory.RULES, *connectors.RULES, *interfaces.RULES,
    *mounting.RULES, *drives.RULES, *power.RULES,
)  # fmt: skip
RULES: Mapping[str, Rule] = {rule.code: rule for rule in MINE}
ERROR, WARNING, NOTE, UNKNOWN = (
    Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.UNKNOWN,
)  # fmt: skip
GIB = 2**30
TB = 10**12


CPU_SLOT = {"lanes": 8, "size": 8, "generation": 3, "behind": "cpu"}
FED = {"start_12v": "2 A", "start_5v": "0.5 A", "idle_power": "6 W", "active_power": "9 W"}

PARTS: Mapping[str, Part] = {
    part.sku: part
    for part in (
        # boards: three slots of eight lanes; one long slot with four lanes
        made("board", "BOARD", slots=[{**CPU_SLOT, "count": 3}], socket="LGA 1700", ecc=True,
             memory_type="DDR5", memory_buffering=["UDIMM"], memory_slots=4, memory_max=128 * GIB,
             form_factor="ATX", sata_ports=4, m2_slots=1, cpu_connectors=1, power="40 W"),
        made("board", "BOARD-X4", slots=[{**CPU_SLOT, "lanes": 4}, {**CPU_SLOT, "size": 4}]),
        made("board", "BOARD-OLD", slots=[{**CPU_SLOT, "generation": 2}], socket="LGA1155",
             ecc=False, memory_type="DDR3", memory_buffering=["RDIMM"], form_factor="EATX",
             cpu_connectors=2, sata_ports=0, port_multiplier=False, fis_switching=False),
        made("board", "BOARD-SOMEWHERE", slots=[{"lanes": 16, "size": 16, "generation": 3,
                                                 "count": 2}]),
        made("board", "BOARD-DARK"),
        made("cpu", "CPU", socket="LGA1700", pcie_lanes=20, tdp="65 W", memory_type="DDR4/DDR5",
             memory_buffering=["UDIMM"], memory_max=192 * GIB, ecc=True, cooler_included=True),
        made("cpu", "CPU-SMALL", socket="LGA1700", pcie_lanes=8, memory_max=32 * GIB, ecc=False,
             cooler_included=False, tdp="300 W"),
        made("cpu", "CPU-DARK"),
        made("memory", "DIMM", capacity=32 * GIB, memory_type="DDR5", buffering="UDIMM", ecc=True),
        made("memory", "DIMM-DDR4", capacity=32 * GIB, memory_type="DDR4", buffering="RDIMM",
             ecc=False),
        made("memory", "DIMM-DARK"),
        made("cooler", "COOLER", sockets=["LGA1700", "AM5"], tdp_max="180 W", height="60 mm"),
        made("cooler", "COOLER-AM5", sockets=["AM5"], tdp_max="180 W", height="160 mm"),
        made("cooler", "COOLER-DARK"),
        # cards
        made("adapter", "HBA", ports=16, connectors=4, connector="SFF-8643", interface="SAS",
             pcie_lanes=8, pcie_generation=3, low_profile=True, drives_max=240,
             port_multiplier=False, fis_switching=False, power="10 W"),
        made("adapter", "HBA-FEW", ports=8, connectors=2, connector="SFF-8643", interface="SAS",
             pcie_lanes=8, pcie_generation=3, drives_max=16),
        made("adapter", "SATA4", ports=4, connector="SATA", interface="SATA", pcie_lanes=4,
             pcie_generation=3, low_profile=False, port_multiplier=True, fis_switching=True,
             power="5 W"),
        made("adapter", "SATA4-PLAIN", ports=4, connector="SATA", interface="SATA",
             port_multiplier=False, fis_switching=False),
        made("adapter", "CARD-DARK"),
        made("nic", "NIC", pcie_lanes=8, pcie_generation=3, low_profile=True, power="10 W"),
        # backplanes
        made("backplane", "PM5", ports=5, host_ports=1, connector="SATA", fanout="multiplier",
             interface="SATA", feeds_pin3=True, power_connectors=2, bay_form="3.5in", power="5 W"),
        made("backplane", "EXP12", ports=12, host_ports=4, host_connectors=1, connector="SFF-8643",
             fanout="expander", interface="SAS", feeds_pin3=False, power_connectors=3,
             bay_form="3.5in", power="10 W"),
        made("backplane", "EXP36", ports=36, host_ports=4, host_connectors=1,
             connector="SFF-8643", fanout="expander", interface="SAS"),
        made("backplane", "SLIM8", ports=8, host_ports=8, host_connectors=2, connector="SFF-8087",
             fanout="direct", interface="SAS", bay_form="2.5in"),
        made("backplane", "PLANE-DARK", ports=5, host_ports=1),
        # cases, rails
        made("chassis", "CASE", data_bays=12, slot_height="low", slots=2, cooler_height="65 mm",
             board_forms=["ATX", "MicroATX"], supply_form="CRPS", supply_places=2, fan_places=3,
             boot_bays=2, weight="20 kg", depth="700 mm", rack_units=2, bay_form="3.5in",
             included={"FAN": 3}),
        made("chassis", "CASE-TWO", data_bays=10, default_wiring=[
            {"supply": 1, "backplanes": [1]}, {"supply": 2, "backplanes": [2]}]),
        made("chassis", "CASE-DARK"),
        made("rail", "RAIL", load_max="60 kg"),
        made("rail", "RAIL-WEAK", load_max="25 kg"),
        made("rail", "RAIL-DARK"),
        made("fan", "FAN", power="5 W"),
        # cables
        made("cable", "MINI", connector="SFF-8643", far_connector="SFF-8643"),
        made("cable", "BREAKOUT", connector="SFF-8643", far_connector="SATA"),
        made("cable", "SATA-CABLE", connector="SATA"),
        # supplies
        made("supply", "PSU", form="CRPS", power="800 W", rail_12v="66 A", rail_5v="30 A",
             overload_from="1.1", overload_to="1.6", drive_connectors=6, cpu_connectors=1),
        made("supply", "PSU-TINY", form="PS2", power="60 W", rail_12v="5 A", rail_5v="1 A",
             overload_from="1.1", overload_to="1.6", drive_connectors=1, cpu_connectors=1),
        made("supply", "MODULE", form="CRPS", power="120 W", rail_12v="10 A", rail_5v="10 A",
             overload_from="1.1", overload_to="1.6", redundant=True),
        made("supply", "PSU-DARK"),
        # drives
        made("drive", "SATA", capacity=4 * TB, exact_bytes=4000787030016, form_factor="3.5in",
             interface="SATA", recording="CMR", sector_format="512e", pwdis=False,
             weight="0.7 kg", **FED),
        made("drive", "SATA-LESS", capacity=4 * TB, exact_bytes=4000787029504,
             form_factor="3.5in", interface="SATA", recording="CMR", sector_format="4Kn"),
        made("drive", "SATA-8", capacity=8 * TB, form_factor="3.5in", interface="SATA",
             recording="CMR", sector_format="512e"),
        made("drive", "SAS", capacity=4 * TB, form_factor="3.5in", interface="SAS", pwdis=True,
             recording="SMR", weight="60 kg", **FED),
        made("drive", "SMR", capacity=4 * TB, recording="SMR", interface="SATA"),
        made("drive", "HM-SMR", capacity=4 * TB, recording="HM-SMR"),
        made("drive", "NVME", form_factor="U.2", interface="NVMe"),
        made("drive", "M2", form_factor="M.2", interface="NVMe"),
        made("drive", "SSD", form_factor="2.5in", interface="SATA", recording="SSD"),
        made("drive", "DISK-DARK"),
    )
}  # fmt: skip


def pod(*parts: object, layout: str | None = None, links: tuple[dict[str, str], ...] = ()) -> Pod:
    """Return a pod of `SKU`, `SKU x quantity` or whole lines."""
    lines = [part if isinstance(part, Line) else _line(str(part)) for part in parts]
    bill = BillOfMaterials(
        lines=tuple(lines), layout=layout, links=tuple(Link.model_validate(x) for x in links)
    )
    return assemble(bill, PARTS, as_of=TODAY)


def _line(written: str) -> Line:
    sku, _, quantity = written.partition(" x ")
    number = None if quantity == "?" else Decimal(quantity or 1)
    return Line(id=sku.lower(), part=sku, title=sku, quantity=number)


def titled(sku: str, title: str, quantity: int = 1) -> Line:
    """Return a line whose words say more than its part."""
    return Line(id=slug(title), part=sku, title=title, quantity=quantity)


def findings(code: str, what: Pod) -> tuple[Verdict, ...]:
    return run((RULES[code],), what)


@dataclass(frozen=True)
class Case:
    """What one rule says of three pods; the unknown one is None where it cannot lack a fact."""

    fails: Pod
    passes: Pod
    severity: Severity
    says: str
    unknown: Pod | None
    wants: str = ""


BOOT = titled("SATA", "Boot drive")
TWO_PLANES = ("PM5 x 2", "SATA4", "SATA x 10")
CASES: Mapping[str, Case] = {
    "SLT001": Case(
        pod("BOARD", "HBA x 3", "NIC"), pod("BOARD", "HBA x 2", "NIC"), ERROR,
        "4 cards need a slot each, the board has 3", pod("BOARD-DARK", "HBA"), "slots",
    ),
    "SLT002": Case(
        pod("BOARD-X4", "HBA"), pod("BOARD", "HBA"), WARNING,
        "x8 of generation 3 (7,877 MB/s), its slot x4 of generation 3: 3,938 MB/s are left",
        pod("BOARD", "CARD-DARK"), "lanes and generation",
    ),
    "SLT003": Case(
        pod("BOARD", "CPU-SMALL", "HBA", "NIC"), pod("BOARD", "CPU", "HBA", "NIC"), WARNING,
        "the cards use 16 lanes (8 + 8), the processor has 8",
        pod("BOARD", "CPU-DARK", "HBA"), "lanes",
    ),
    "SLT004": Case(
        pod("CASE", "SATA4"), pod("CASE", "HBA"), ERROR, "full height",
        pod("CASE", "HBA-FEW"), "low-profile",
    ),
    "SLT005": Case(
        pod("CASE", "HBA x 3"), pod("CASE", "HBA x 2"), ERROR,
        "3 cards need an opening each, the chassis has 2", pod("CASE-DARK", "HBA"), "slots",
    ),
    "CPU001": Case(
        pod("BOARD-OLD", "CPU"), pod("BOARD", "CPU"), ERROR,
        "made for LGA1700, the board has LGA1155", pod("BOARD-DARK", "CPU"), "sockets",
    ),
    "CPU002": Case(
        pod("CPU-SMALL"), pod("CPU-SMALL", "COOLER"), ERROR, "no cooler comes",
        pod("CPU-DARK"), "cooler",
    ),
    "CPU003": Case(
        pod("CPU", "COOLER-AM5"), pod("CPU", "COOLER"), ERROR, "the processor needs LGA1700",
        pod("CPU-DARK", "COOLER"), "socket",
    ),
    "CPU004": Case(
        pod("CASE", "COOLER-AM5"), pod("CASE", "COOLER"), ERROR, "160 mm high, the chassis has 65",
        pod("CASE", "COOLER-DARK"), "height",
    ),
    "MEM001": Case(
        pod("BOARD", "CPU", "DIMM-DDR4"), pod("BOARD", "CPU", "DIMM"), ERROR,
        "the module is DDR4, the board takes DDR5", pod("BOARD-DARK", "DIMM"), "memory type",
    ),
    "MEM002": Case(
        pod("BOARD", "CPU", "DIMM-DDR4"), pod("BOARD", "CPU", "DIMM"), ERROR,
        "RDIMM, the board takes UDIMM", pod("BOARD-DARK", "DIMM"), "buffering",
    ),
    "MEM003": Case(
        pod("BOARD", "CPU-SMALL", "DIMM x 4"), pod("BOARD", "CPU", "DIMM x 4"), ERROR,
        "the processor takes 32 GiB of memory, the list has 128 GiB",
        pod("BOARD-DARK", "CPU", "DIMM"), "memory slots, and the most memory that the board",
    ),
    "MEM004": Case(
        pod("BOARD", "CPU-SMALL", "DIMM", layout="raidz2:15x3"), pod("BOARD", "CPU", "DIMM"),
        WARNING, "not guarded for raidz2:15x3: no ECC in the processor CPU-SMALL",
        pod("BOARD", "CPU-DARK", "DIMM"), "the processor CPU-DARK has ECC",
    ),
    "CON001": Case(
        pod("PM5 x 9", "SATA4", "BOARD"), pod("PM5 x 8", "SATA4", "BOARD"), ERROR,
        "need 9 links, the adapters give 4 and the board 4",
        pod("PM5 x 9", "SATA4"), "SATA ports of the board",
    ),
    "CON002": Case(
        pod("EXP12", "HBA", "BREAKOUT"), pod("EXP12", "HBA", "MINI"), WARNING,
        "1 data cables SFF-8643 to SFF-8643 are wanted, the list has 0",
        pod("EXP12", "HBA"), "data cables",
    ),
    "CON003": Case(
        pod("PM5 x 4", "SATA4", "PSU"), pod("PM5 x 3", "SATA4", "PSU"), WARNING,
        "take 8 plugs, the supply has 6", pod("PM5 x 3", "SATA4", "PSU-DARK"), "how many",
    ),
    "CON004": Case(
        pod("BOARD-OLD", "PSU"), pod("BOARD", "PSU"), WARNING, "2 eight-pin plugs, the supplies",
        pod("BOARD-DARK", "PSU"), "eight-pin",
    ),
    "CON005": Case(
        pod("EXP36", "HBA-FEW", "SATA x 36"), pod("EXP36", "HBA", "SATA x 36"), ERROR,
        "36 drives hang on the adapter, it manages 16",
        pod("PM5 x 4", "SATA4", "SATA x 20"), "manages",
    ),
    "BUS001": Case(
        pod("PM5", "SATA4", "SAS x 5"), pod("EXP12", "HBA", "SAS x 5"), ERROR,
        "does not fit the SATA backplane PM5", pod("EXP12", "HBA", "DISK-DARK x 5"), "interface",
    ),
    "BUS002": Case(
        pod("EXP12", "SATA4"), pod("EXP12", "HBA"), ERROR, "expander EXP12 hangs on SATA ports",
        pod("PLANE-DARK", "SATA4"), "whether it is an expander",
    ),
    "BUS003": Case(
        pod("PM5", "SATA4-PLAIN"), pod("PM5", "SATA4"), ERROR,
        "does not speak to port multipliers", pod("PM5", "CARD-DARK"), "port_multiplier",
    ),
    "BUS004": Case(
        pod("PM5", "SATA4", "SAS x 5"), pod("PM5", "SATA4", "SATA x 5"), ERROR,
        "pin 3 turns the drive off, and PM5 feeds it", pod("PM5", "SATA4", "SATA-8 x 5"), "PWDIS",
    ),
    "MNT001": Case(
        pod("SLIM8", "HBA", "SATA x 8"), pod("EXP12", "HBA", "SATA x 8"), ERROR,
        "the drive is 3.5in, the bays take 2.5in", pod("EXP12", "HBA", "DISK-DARK"), "form factor",
    ),
    "MNT002": Case(
        pod("CASE", "SATA x 13"), pod("CASE", "SATA x 12"), ERROR, "13 data drives and 12 bays",
        pod("CASE", "SATA x ?"), "number of drives",
    ),
    "MNT003": Case(
        pod("CASE", "BOARD-OLD"), pod("CASE", "BOARD"), ERROR,
        "the board is EATX, the chassis takes ATX", pod("CASE", "BOARD-DARK"), "form factor",
    ),
    "MNT004": Case(
        pod("CASE", "PSU-TINY"), pod("CASE", "PSU x 2"), ERROR,
        "the supply is PS2, the chassis takes CRPS", pod("CASE", "PSU-DARK"), "form",
    ),
    "MNT005": Case(
        pod("CASE", "FAN x 2"), pod("CASE", "FAN x 3"), UNKNOWN,
        "3 x FAN come with the case, the list has 2", None,
    ),
    "MNT006": Case(
        pod("CASE", "RAIL-WEAK", "SATA x 12"), pod("CASE"), ERROR,
        "weigh 28.4 kg (1 x 20 + 12 x 0.7), the rails carry 25 kg",
        pod("CASE", "RAIL-DARK", "SATA x 12"), "what the rails carry",
    ),
    "DRV001": Case(
        pod("SMR x 15", layout="raidz2:15"), pod("SATA x 15", layout="raidz2:15"), ERROR,
        "drive-managed SMR in raidz2:15x1",
        pod("DISK-DARK x 15", layout="raidz2:15"), "recording",
    ),
    "DRV002": Case(
        pod("SATA x 2", "SATA-LESS x 2"), pod("SATA x 2", "SATA-8"), WARNING, "4Kn drives",
        pod("SATA x 2", "SAS"), "sector format",
    ),
    "DRV003": Case(
        pod("SATA x 2", "SATA-8 x 2", layout="mirror:2x2"),
        pod("SATA x 2", "SATA-LESS x 2", layout="mirror:2x2"), WARNING, "up to 8 TB stay idle",
        pod("SATA x 2", "DISK-DARK x 2", layout="mirror:2x2"), "size",
    ),
    "DRV004": Case(
        pod("SATA x 4", titled("SATA-LESS", "Spare drive")),
        pod("SATA-LESS x 4", titled("SATA", "Spare drive")), ERROR,
        "4,000,787,029,504 bytes, the smallest drive 4,000,787,030,016: 512 too few",
        pod("SATA x 4", titled("SAS", "Spare drive")), "exact bytes",
    ),
    "DRV005": Case(
        pod("SATA x 14", titled("SATA", "Hot spare"), layout="raidz2:15"),
        pod("SATA x 15", layout="raidz2:15"), ERROR, "the list has 15, 1 of them called spares",
        pod("SATA x ?", layout="raidz2:15"), "quantity",
    ),
    # Ten drives of 2 A, 0.5 A and 9 W.
    "PWR001": Case(
        pod(*TWO_PLANES, "PSU-TINY"), pod(*TWO_PLANES, "PSU"), ERROR,
        "10 drives take 20 A at 12 V while they start, with the rest of the pod 21.25 A, of 5 A "
        "(425 %)", pod(*TWO_PLANES, "PSU-DARK"), "12 V rail",
    ),
    "PWR002": Case(
        pod(*TWO_PLANES, "PSU-TINY"), pod(*TWO_PLANES, "PSU"), ERROR, "5 A at 5 V",
        pod(*TWO_PLANES, "PSU-DARK"), "5 V rail",
    ),
    "PWR003": Case(
        pod(*TWO_PLANES, "PSU-TINY"), pod(*TWO_PLANES, "PSU"), ERROR, "265 W while they start",
        pod(*TWO_PLANES, "PSU-DARK"), "rated watts",
    ),
    "PWR004": Case(
        pod(*TWO_PLANES, "PSU-TINY"), pod(*TWO_PLANES, "PSU"), ERROR, "90 W at work",
        pod(*TWO_PLANES, "PSU-DARK"), "rated watts",
    ),
    "PWR005": Case(
        pod("CASE-TWO", *TWO_PLANES, "PSU x 2"), pod(*TWO_PLANES, "PSU"), WARNING,
        "supply 1 stops 5 drives (backplanes 1); supply 2 stops 5 drives (backplanes 2)",
        pod(*TWO_PLANES, "PSU x 2"), "shared_supplies",
    ),
    "PWR006": Case(
        pod("CASE-TWO", *TWO_PLANES, "PSU x 2"), pod(*TWO_PLANES, "PSU"), NOTE,
        "the default of the case is used: supply 1: 5 drives, backplanes 1",
        pod(*TWO_PLANES, "PSU x 2"), "links",
    ),
}  # fmt: skip


def test_the_table_of_this_file_covers_every_rule_but_that_of_the_rack():
    assert list(CASES) == list(RULES)
    assert len(RULES) == len(MINE), "a code is used twice"
    assert {*RULES, "MNT007"} <= {rule.code for rule in PLAN_RULES}
    assert len({rule.code for rule in PLAN_RULES}) == len(PLAN_RULES)


@pytest.mark.parametrize("code", CASES)
def test_a_bad_pod_is_found_and_the_finding_says_a_fix(code):
    case = CASES[code]
    found = findings(code, case.fails)
    assert case.severity in {verdict.severity for verdict in found}
    assert case.says in " ".join(verdict.finding.message for verdict in found)
    assert all(verdict.finding.fix for verdict in found)


@pytest.mark.parametrize("code", CASES)
def test_a_good_pod_passes(code):
    assert findings(code, CASES[code].passes) == ()


@pytest.mark.parametrize("code", [code for code, case in CASES.items() if case.unknown])
def test_a_lacking_fact_is_unknown_and_named(code):
    case = CASES[code]
    found = findings(code, case.unknown)
    assert {verdict.severity for verdict in found} == {UNKNOWN}
    said = " ".join(f"{v.finding.message} {v.finding.fix}" for v in found)
    assert case.wants in said


@pytest.mark.parametrize("rule", PLAN_RULES, ids=lambda rule: rule.code)
def test_an_empty_list_has_no_findings(rule):
    assert run((rule,), pod()) == ()


@pytest.mark.parametrize("rule", PLAN_RULES, ids=lambda rule: rule.code)
def test_every_rule_says_why_it_matters_and_when_it_fails(rule):
    assert "Why it matters:" in rule.check.__doc__
    assert "Fails when:" in rule.check.__doc__
    assert rule.title.endswith(".")


# --- slots ---


def test_a_long_card_gets_the_long_slot_though_a_short_one_would_like_it():
    board = made("board", "TWO-SLOTS", slots=[{**CPU_SLOT, "size": 16}, {**CPU_SLOT, "lanes": 4}])
    long = made("adapter", "LONG", pcie_lanes=4, pcie_generation=3, pcie_size=16)
    lines = tuple(_line(sku) for sku in ("TWO-SLOTS", "NIC", "LONG"))
    parts = {**PARTS, "TWO-SLOTS": board, "LONG": long}
    what = assemble(BillOfMaterials(lines=lines), parts, as_of=TODAY)
    assert findings("SLT001", what) == ()
    (short,) = findings("SLT002", what)
    assert short.finding.item.part.sku == "NIC"


def test_cards_that_are_too_long_for_what_is_left_find_no_slot():
    (verdict,) = findings("SLT001", pod("BOARD-X4", "HBA", "NIC"))
    assert "the board has 1 of x8, 1 of x4: 1 of them find none" in verdict.finding.message


def test_an_older_generation_alone_is_a_note():
    (verdict,) = findings("SLT002", pod("BOARD-OLD", "HBA"))
    assert verdict.severity is NOTE
    assert "4,000 MB/s are left" in verdict.finding.message


def test_lanes_of_slots_that_may_hang_behind_the_chipset_are_unknown_where_it_matters():
    (verdict,) = findings("SLT003", pod("BOARD-SOMEWHERE", "CPU-SMALL", "HBA", "NIC"))
    assert verdict.severity is UNKNOWN
    assert findings("SLT003", pod("BOARD-SOMEWHERE", "CPU", "HBA", "NIC")) == ()


# --- memory and processor ---


def test_a_broken_chain_is_a_warning_whatever_else_is_not_stated():
    (verdict,) = findings("MEM004", pod("BOARD-DARK", "CPU-SMALL", "DIMM"))
    assert verdict.severity is WARNING


@pytest.mark.parametrize("parts", [("DIMM",), ("BOARD", "DIMM"), ("CPU", "DIMM")])
def test_memory_is_not_taken_as_guarded_by_parts_that_are_not_there(parts):
    (verdict,) = findings("MEM004", pod(*parts))
    assert verdict.severity is UNKNOWN


def test_a_small_cooler_is_found_by_its_watts():
    (verdict,) = findings("CPU003", pod("CPU-SMALL", "COOLER"))
    assert "gives off 300 W, the cooler takes 180 W" in verdict.finding.message


def test_more_modules_than_slots_are_an_error():
    (verdict,) = findings("MEM003", pod("BOARD", "CPU", "DIMM x 5"))[:1]
    assert "5 modules and 4 slots" in verdict.finding.message


# --- plugs ---


def test_sockets_of_four_links_are_counted_as_sockets():
    (verdict,) = findings("CON001", pod("EXP12 x 5", "HBA", "BOARD-OLD"))
    assert verdict.severity is ERROR
    assert findings("CON001", pod("EXP12 x 4", "HBA", "BOARD-OLD")) == ()
    (verdict,) = findings("CON001", pod("SLIM8 x 2", "PM5", "HBA", "BOARD-OLD"))
    assert "need 17 links, the adapters give 16 and the board 0" in verdict.finding.message


def test_drives_without_a_backplane_need_a_port_each():
    (verdict,) = findings("CON001", pod("CASE", "SATA x 9", "SATA4", "BOARD"))
    assert "the drives need 9 links, the adapters give 4 and the board 4" in verdict.finding.message
    assert findings("CON001", pod("CASE", "SATA x 8", "SATA4", "BOARD")) == ()


def test_a_breakout_cable_serves_four_drives_and_a_straight_one_either_way():
    assert findings("CON002", pod("CASE-TWO", "HBA", "SATA x 4", "BREAKOUT")) == ()
    turned = made("cable", "TURNED", connector="SFF-8087", far_connector="SFF-8643")
    lines = tuple(_line(sku) for sku in ("SLIM8", "HBA", "TURNED x 2"))
    what = assemble(
        BillOfMaterials(lines=lines), {**PARTS, "TURNED": turned}, as_of=TODAY
    )  # fmt: skip
    assert findings("CON002", what) == ()


def test_a_cable_that_only_its_words_describe_counts():
    cable = Line(id="c", title="SATA data cable", category="cable", quantity=1)
    assert findings("CON002", pod("PM5", "SATA4", cable)) == ()
    wires = Line(id="c", title="SATA power cable", category="cable", quantity=1)
    (verdict,) = findings("CON002", pod("PM5", "SATA4", wires))
    assert verdict.severity is UNKNOWN


def test_plugs_are_counted_on_each_separate_supply():
    links = tuple({"to": f"pm5.{n}", "power": f"psu.{1 if n < 5 else 2}"} for n in range(1, 6))
    (verdict,) = findings("CON003", pod("PM5 x 5", "SATA4 x 2", "PSU x 2", links=links))
    assert "on supply 1 take 8 plugs" in verdict.finding.message


# --- interfaces ---


@pytest.mark.parametrize("drive", ["NVME", "M2"])
def test_an_nvme_drive_works_on_no_sata_or_sas_backplane(drive):
    (verdict,) = findings("BUS001", pod("EXP12", "HBA", drive))
    assert verdict.severity is ERROR


def test_a_sas_drive_on_a_sas_backplane_behind_a_sata_card_is_an_error():
    (verdict,) = findings("BUS001", pod("SLIM8", "SATA4 x 2", "SAS x 8"))
    assert "hangs on SATA ports" in verdict.finding.message


def test_power_disable_without_a_backplane_is_a_warning():
    (verdict,) = findings("BUS004", pod("CASE", "HBA", "SAS x 4"))
    assert verdict.severity is WARNING


def test_a_multiplier_on_the_boards_own_ports_is_looked_at_there():
    what = pod("PM5", titled("BOARD", "Board"), "SATA4-PLAIN x 0")
    assert {v.severity for v in findings("BUS003", what)} == {UNKNOWN}


# --- places ---


def test_boot_drives_need_their_own_places():
    modules = titled("M2", "Boot drive M.2", 2)
    (verdict,) = findings("MNT002", pod("BOARD", modules))
    assert "2 boot drives and 1 M.2 slots" in verdict.finding.message
    small = titled("SSD", "Boot drive", 2)
    assert findings("MNT002", pod("CASE", small)) == ()
    (verdict,) = findings("MNT002", pod("CASE-DARK", small))
    assert verdict.severity is UNKNOWN
    (verdict,) = findings("MNT002", pod("CASE", titled("SSD", "Boot drive", 3)))
    assert verdict.severity is ERROR
    assert "3 boot drives and 2 boot bays" in verdict.finding.message


@pytest.mark.parametrize("line", [BOOT, titled("DISK-DARK", "Boot drive")])
def test_whether_a_boot_drive_of_another_form_fits_is_not_known(line):
    (verdict,) = findings("MNT002", pod("CASE", line))
    assert verdict.severity is UNKNOWN
    assert "takes 2.5 in drives" in verdict.finding.message


@pytest.mark.parametrize(
    ("title", "sure"),
    [("Boot drive 2.5 in", True), ("Boot drive", False), ("Boot drive USB", True),
     ("Boot eMMC module", True)],
)  # fmt: skip
def test_the_form_of_a_boot_drive_may_stand_in_its_line(title, sure):
    found = findings("MNT002", pod("CASE", Line(id="b", title=title, category="drive", quantity=1)))
    assert (found == ()) is sure


def test_a_module_goes_into_no_bay():
    (verdict,) = findings("MNT001", pod("EXP12", "HBA", "M2"))
    assert verdict.severity is ERROR


def test_rails_that_bear_the_pod_are_a_note_with_the_sum():
    (verdict,) = findings("MNT006", pod("CASE", "RAIL", "SATA x 12"))
    assert verdict.severity is NOTE
    assert "not counted" in verdict.finding.message


def test_what_is_known_of_the_weight_may_already_be_too_much():
    (verdict,) = findings("MNT006", pod("CASE-DARK", "RAIL", "SAS x 2"))
    assert verdict.severity is ERROR


@pytest.mark.parametrize(
    ("rack", "case", "severities"),
    [
        (Rack(), "CASE", [NOTE]),
        (Rack(), "CASE-DARK", []),
        (Rack(Decimal(700), 2), "CASE", []),
        (Rack(Decimal(699)), "CASE", [ERROR]),
        (Rack(units=1), "CASE", [ERROR]),
        (Rack(Decimal(700), 2), "CASE-DARK", [UNKNOWN, UNKNOWN]),
    ],
)
def test_the_chassis_is_compared_with_the_room_of_a_rack(rack, case, severities):
    assert [v.severity for v in run(rack_rules(rack), pod(case))] == severities


# --- drives ---


@pytest.mark.parametrize(
    ("layout", "drive", "severity"),
    [
        ("mirror:2x2", "SMR", WARNING), (None, "SMR", WARNING), ("draid2:6d:24c:0s", "SMR", ERROR),
        ("single", "SMR", None), ("mirror:2x2", "HM-SMR", ERROR), ("mirror:2x2", "DISK-DARK", None),
    ],
)  # fmt: skip
def test_a_shingled_drive_is_as_bad_as_its_layout_makes_it(layout, drive, severity):
    found = findings("DRV001", pod(f"{drive} x 4", layout=layout))
    assert [v.severity for v in found] == ([] if severity is None else [severity])


def test_drives_beyond_the_layout_are_a_note():
    (verdict,) = findings("DRV005", pod("SATA x 17", layout="raidz2:15"))
    assert verdict.severity is NOTE
    assert "2 are hot spares" in verdict.finding.message


def test_a_spare_that_prints_a_smaller_size_is_too_small_without_its_bytes():
    (verdict,) = findings("DRV004", pod("SATA-8 x 4", titled("SATA", "Spare drive")))
    assert verdict.severity is ERROR
    assert findings("DRV004", pod("SATA x 4", titled("SATA-8", "Spare drive"))) == ()


# --- power ---


def test_what_may_hang_on_either_supply_is_no_more_than_a_warning():
    links = ({"to": "pm5.1", "power": "psu-tiny.1"}, {"to": "pm5.2", "power": "psu.1"})
    what = pod("PM5 x 2", "SATA4", "SATA x 1", "PSU-TINY", "PSU", "FAN x 13", links=links)
    found = [v for v in findings("PWR001", what) if "supply 1" in v.finding.message]
    assert [v.severity for v in found] == [WARNING]
    assert "if it hangs here" in found[0].finding.message


def test_supplies_on_one_bus_are_redundant_only_when_the_others_suffice():
    enough, short = pod("EXP12", "HBA", "SATA x 3", "MODULE x 3"), pod(
        "EXP12", "HBA", "SATA x 10", "MODULE x 2"
    )  # fmt: skip
    assert findings("PWR005", enough) == ()
    found = findings("PWR005", short)
    assert {v.severity for v in found} == {WARNING}
    assert "when one supply fails: 2 supplies less one: 10 drives take 20 A" in (
        found[0].finding.message
    )


def test_a_start_that_is_too_much_says_what_staggering_brings():
    (verdict,) = findings("PWR001", pod(*TWO_PLANES, "PSU-TINY"))
    # Five start with 2 A each, five turn with 6 W / 12 V each.
    assert "one backplane after the other: the drives take 12.5 A at most" in verdict.finding.fix


def test_a_list_without_data_drives_leaves_the_supplies_unknown():
    (verdict,) = findings("PWR006", pod("PM5", "SATA4", "PSU"))
    assert verdict.severity is UNKNOWN


# --- Quantities that nobody knows ---


@pytest.mark.parametrize("quantity", [None, Decimal("4.5")])
def test_drives_of_unknown_number_pass_no_check_of_power(quantity):
    more = Line(id="more", part="SATA", title="more", quantity=quantity)
    what = pod("CASE", "HBA", "PSU x 2", "SATA x 2", more)
    (verdict,) = findings("PWR006", what)
    assert verdict.severity is UNKNOWN
    assert "how many data drives" in verdict.finding.message


def test_boot_drives_of_unknown_number_pass_no_check_of_plugs():
    boot = Line(id="b", part="SSD", title="Boot drive", quantity=None)
    (verdict,) = findings("CON003", pod("CASE", "HBA", "PSU", "SATA", boot))
    assert verdict.severity is UNKNOWN
    assert "boot drives" in verdict.finding.fix
