"""Every rule: a bill that fails it, one that passes, and one of which it must say unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Link, Reading, Section
from podplanner.catalog.parts import (
    Accessory,
    Adapter,
    Backplane,
    Board,
    Chassis,
    Drive,
    Fan,
    Memory,
    Part,
    Processor,
    Supply,
    Wiring,
)
from podplanner.catalog.pod import Pod, assemble
from podplanner.rules import ALL_RULES
from podplanner.rules.base import Rule, Severity, Verdict, run

TODAY = date(2026, 11, 23)
RULES: Mapping[str, Rule] = {rule.code: rule for rule in ALL_RULES}
SUMS = tuple(rule for rule in ALL_RULES if rule.code.startswith("SUM"))
_HERE = {"title": "x", "source": "made up for a test"}

PARTS: Mapping[str, Part] = {
    part.sku: part
    for part in (
        Chassis(
            sku="CASE", data_bays=45, backplanes=9, fan_places=6, supply_places=2, **_HERE,
            default_wiring=(Wiring(supply=1, backplanes=(1, 2)),),
        ),
        Chassis(sku="CASE-PLAIN", **_HERE),
        Backplane(sku="PLANE", ports=5, host_ports=1, screws=8, **_HERE),
        Backplane(sku="PLANE-PLAIN", **_HERE),
        Adapter(sku="CARD", ports=4, **_HERE),
        Adapter(sku="HBA", ports=16, connectors=4, connector="SFF-8643", **_HERE),
        Backplane(sku="WIDE", ports=12, host_ports=12, host_connectors=3, connector="SFF-8643",
                  fanout="direct", **_HERE),
        Backplane(sku="NARROW", ports=8, host_ports=8, host_connectors=8, connector="SATA",
                  **_HERE),
        Chassis(sku="CASE-WITH", data_bays=24, backplane="WIDE", included={"WIDE": 2}, **_HERE),
        Board(sku="BOARD-SATA", sata_ports=6, **_HERE),
        Accessory(sku="MINI", kind="cable", connector="SFF-8643", **_HERE),
        Accessory(sku="BREAKOUT", kind="cable", connector="SFF-8643", far_connector="SATA",
                  **_HERE),
        Adapter(sku="CARD-PLAIN", **_HERE),
        Board(sku="BOARD", memory_slots=4, memory_max=16 * 2**30, **_HERE),
        Board(sku="BOARD-PLAIN", **_HERE),
        Processor(sku="CPU", **_HERE),
        Memory(sku="DIMM", capacity=4 * 2**30, **_HERE),
        Memory(sku="DIMM-8", capacity=8 * 2**30, **_HERE),
        Supply(sku="PSU", **_HERE),
        Fan(sku="FAN", wires=3, **_HERE),
        Fan(sku="FAN-PLAIN", **_HERE),
        Drive(sku="DISK", capacity=4 * 10**12, **_HERE),
        Accessory(sku="CABLE", kind="cable", **_HERE),
        Accessory(sku="TERMINAL", kind="terminal", **_HERE),
        Accessory(sku="HOUSING", kind="housing", **_HERE),
        Accessory(sku="AFM02", kind="fan_mount", **_HERE),
        Accessory(sku="SCREW", kind="screw", **_HERE),
        Accessory(sku="DAMPENER", kind="dampener", **_HERE),
        Accessory(sku="SWITCH", kind="switch", length="12 in", **_HERE),
    )
}  # fmt: skip


def bought(sku: str, quantity: object = 1, title: str = "", **more: object) -> Line:
    """Return a line that buys a known part."""
    return Line(id=more.pop("id", sku.lower()), part=sku, title=title or sku, quantity=quantity,
                **more)  # fmt: skip


def printed(quantity: object, unit: object, total: object, name: str = "a", **more: object) -> Line:
    """Return a line with the three numbers that a list prints."""
    return Line(id=name, title=name, quantity=quantity, unit_price=unit, total=total, **more)


def pod(*lines: Line, **bill: object) -> Pod:
    """Return a bill of these lines, joined to the parts of this file."""
    return assemble(BillOfMaterials(lines=lines, **bill), PARTS, as_of=TODAY)


def findings(code: str, what: Pod) -> tuple[Verdict, ...]:
    return run((RULES[code],), what)


@dataclass(frozen=True)
class Case:
    """What one rule says of three bills; `unknown` is None where it cannot lack a fact."""

    fails: Pod
    passes: Pod
    severity: Severity
    says: str
    unknown: Pod | None = None
    wants: str = ""


WHOLE = (
    printed(1, "20.30", "20.00", "a"),
    printed(1, "9.80", "10.00", "b"),
    printed(1, "31.10", "31.00", "c"),
    printed(1, "40.00", "40.00", "d"),
)
UNPRICED = Line(id="z", title="z", quantity=1)
BOOT = bought("DISK", 1, "Boot drive", id="boot")
ESSENTIAL = tuple(bought(sku) for sku in ("CASE", "PSU", "BOARD", "CPU", "DIMM"))
ERROR, WARNING, NOTE, UNKNOWN = (
    Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.UNKNOWN,
)  # fmt: skip

CASES: Mapping[str, Case] = {
    "SUM001": Case(
        pod(printed(5, "7.66", "3.83")), pod(printed("0.5", "7.66", "3.83")), ERROR, "38.30",
    ),
    "SUM002": Case(
        pod(printed(12, "0.18", "2.10")), pod(printed(12, "0.175", "2.10")), NOTE, "0.175",
    ),
    "SUM003": Case(pod(*WHOLE), pod(*WHOLE[:3]), NOTE, "rounded to 1.00"),
    "SUM004": Case(
        pod(*WHOLE, printed(1, "2.60", "3.00", "e")), pod(*WHOLE), WARNING, "hides 0.40",
    ),
    "SUM005": Case(
        pod(printed(2, "1.00", "2.00"), stated_total="3.00"),
        pod(printed(2, "1.00", "2.00"), stated_total="2.00"),
        ERROR, "+1.00",
        pod(printed(2, "1.00", "2.00"), UNPRICED, stated_total="3.00"), "missing prices",
    ),
    "SUM006": Case(
        pod(printed(1, "1.00", "1.00"), stated_total="0.99"),
        pod(printed(1, "1.00", "1.00"), stated_total="1.00"), NOTE, "-0.01",
    ),
    "SUM007": Case(
        pod(printed(1, "1.00", "1.00"), stated_total="5.00", stated_lines="5.00"),
        pod(printed(1, "1.00", "1.00"), stated_total="1.00", stated_lines="1.00"),
        NOTE, "they give 1.00 now",
    ),
    "SUM008": Case(
        pod(printed(1, "2.00", "2.00", section="s"), sections=[Section(name="s", stated_total=9)]),
        pod(printed(1, "2.00", "2.00", section="s"), sections=[Section(name="s", stated_total=2)]),
        ERROR, "+7",
        pod(Line(id="a", title="a", section="s"), sections=[Section(name="s", stated_total=9)]),
        "prices",
    ),
    "SUM009": Case(
        pod(printed(1, 1, 1), printed(1, 1, 1, "b", currency="EUR"), currency="USD"),
        pod(printed(1, 1, 1), printed(1, 1, 1, "b"), currency="USD"), WARNING, "not added up",
    ),
    "SUM010": Case(pod(Line(id="a", title="a")), pod(UNPRICED), UNKNOWN, "no quantity"),
    "SUM011": Case(pod(printed(0, 1, 0)), pod(printed(1, 1, 1)), WARNING, "0"),
    "SUM012": Case(
        pod(printed(1, "114.00", "114.00",
                    readings=[Reading(title="i3-210", quantity=1, unit_price="114.00")])),
        pod(printed(1, "114.00", "114.00")), WARNING, "i3-210",
    ),
    "SUM013": Case(
        pod(printed(1, 1, 1), charges=[Charge(kind="shipping", title="Freight")]),
        pod(printed(1, 1, 1), charges=[Charge(kind="shipping", title="Freight", amount=5)]),
        UNKNOWN, "Freight",
    ),
    "FIT001": Case(
        pod(bought("CASE"), bought("PLANE", 8)), pod(bought("CASE"), bought("PLANE", 9)),
        WARNING, "45 data bays, the backplanes take 40",
        pod(bought("CASE-PLAIN"), bought("PLANE", 9)), "data bays",
    ),
    "FIT002": Case(
        pod(bought("PLANE", 9), bought("CARD", 2)), pod(bought("PLANE", 9), bought("CARD", 3)),
        ERROR, "need 9 host ports, the adapters give 8",
        pod(bought("PLANE", 9), bought("CARD-PLAIN", 3)), "ports",
    ),
    "FIT003": Case(
        pod(bought("PLANE", 9), bought("CABLE", 8, "SATA cable")),
        pod(bought("PLANE", 9), bought("CABLE", 9, "SATA cable")), WARNING, "9 backplane links",
        pod(bought("PLANE-PLAIN", 9), bought("CABLE", 9, "SATA cable")), "host ports",
    ),
    "FIT004": Case(
        pod(bought("PLANE", 9), bought("CABLE", 9, "SATA cable"), BOOT),
        pod(bought("PLANE", 9), bought("CABLE", 10, "SATA cable"), BOOT), WARNING, "none",
        pod(bought("PLANE", None), bought("CABLE", 9, "SATA cable"), BOOT), "quantities",
    ),
    "FIT005": Case(
        pod(BOOT), pod(BOOT.model_copy(update={"quantity": Decimal(2)})), WARNING, "one boot drive",
    ),
    "FIT006": Case(
        pod(bought("CASE")), pod(bought("CASE"), bought("DISK", 45)), WARNING, "45 data drives",
        pod(bought("CASE"), bought("DISK", None)), "quantit",
    ),
    "FIT007": Case(
        pod(bought("FAN", 6), bought("TERMINAL", 17)),
        pod(bought("FAN", 6), bought("TERMINAL", 18)),
        WARNING, "18 wires, the list has 17",
        pod(bought("FAN-PLAIN", 6), bought("TERMINAL", 18)), "wires",
    ),
    "FIT008": Case(
        pod(bought("FAN", 6), bought("HOUSING", 5)), pod(bought("FAN", 6), bought("HOUSING", 6)),
        WARNING, "6 fans and 5", pod(bought("FAN", None), bought("HOUSING", 6)), "quantit",
    ),
    "FIT009": Case(
        pod(bought("FAN", 6), bought("AFM02", 23)), pod(bought("FAN", 6), bought("AFM02", 24)),
        WARNING, "24 mounts, the list has 23",
        pod(bought("FAN", None), bought("AFM02", 24)), "quantit",
    ),
    "FIT010": Case(
        pod(bought("PLANE", 9), bought("SCREW", 71, "Screw: backplanes")),
        pod(bought("PLANE", 9), bought("SCREW", 72, "Screw: backplanes")),
        WARNING, "need 72, the list has 71",
        pod(bought("PLANE-PLAIN", 9), bought("SCREW", 72, "Screw: backplanes")), "screws of one",
    ),
    "FIT011": Case(
        pod(bought("PSU", 2), bought("DAMPENER", 1, "Power supply dampener")),
        pod(bought("PSU", 2), bought("DAMPENER", 2, "Power supply dampener")),
        WARNING, "2 power supplies and 1",
        pod(bought("PSU", None), bought("DAMPENER", 2, "Power supply dampener")), "quantit",
    ),
    "FIT012": Case(
        pod(bought("BOARD"), bought("DIMM", 5)), pod(bought("BOARD"), bought("DIMM", 4)),
        ERROR, "5 memory modules and 4 slots",
        pod(bought("BOARD-PLAIN"), bought("DIMM", 2)), "memory slots",
    ),
    "FIT013": Case(
        pod(bought("DIMM", 2, "8GB DDR3 RAM", description="4GB DDR3-1333")),
        pod(bought("DIMM", 2, "4GB DDR3 RAM", description="4GB DDR3-1333")), NOTE, "8 GB",
    ),
    "FIT014": Case(
        pod(bought("CASE"), bought("FAN", 7)), pod(bought("CASE"), bought("FAN", 6)),
        WARNING, "6 places",
    ),
    "FIT015": Case(pod(*ESSENTIAL[:4]), pod(*ESSENTIAL), WARNING, "no memory"),
    "FIT016": Case(
        pod(bought("PSU", 2), bought("PSU", 2, id="again")), pod(bought("PSU", 2)),
        WARNING, "together 4",
    ),
    "TXT001": Case(
        pod(bought("SWITCH", 1, "Switch 125€ 2-pin"), currency="USD"),
        pod(bought("SWITCH", 1, 'Switch 12" 2-pin'), currency="USD"), WARNING, '12"',
    ),
    "TXT002": Case(
        pod(bought("AFM02", 1, "Mount AFMO2B")), pod(bought("AFM02", 1, "Mount AFM02B")),
        NOTE, "AFMO2B",
    ),
    "TXT003": Case(
        pod(Line(id="a", title="Fan", description="G1238M(OR E)12B1-FSR", quantity=1)),
        pod(Line(id="a", title="Fan", description="G1238M12B1-FSR", quantity=1)),
        NOTE, "G1238E12B1-FSR",
    ),
    "TXT004": Case(pod(Line(id="a", quantity=1)), pod(UNPRICED), WARNING, "does not say"),
    "LNK001": Case(
        pod(bought("PSU"), links=[Link.model_validate({"from": "psu.2", "to": "nobody"})]),
        pod(bought("PSU", 2), bought("PLANE"),
            links=[Link.model_validate({"to": "plane.1", "power": "psu.2"})]),
        ERROR, "psu.2",
    ),
    "LNK002": Case(
        pod(bought("CARD"), bought("PLANE", 2), links=[
            Link.model_validate({"from": "card.1:1", "to": f"plane.{n}"}) for n in (1, 2)]),
        pod(bought("CARD"), bought("PLANE", 2), links=[
            Link.model_validate({"from": f"card.1:{n}", "to": f"plane.{n}"}) for n in (1, 2)]),
        ERROR, "card.1:1",
    ),
    "LNK003": Case(
        pod(bought("CASE"), bought("PSU", 2), bought("PLANE", 9)),
        pod(bought("CASE"), bought("PSU", 2), bought("PLANE", 9),
            links=[Link.model_validate({"to": "plane.1", "power": "psu.1"})]),
        NOTE, "default",
        pod(bought("CASE-PLAIN"), bought("PSU", 2), bought("PLANE", 9)), "links",
    ),
    "PRC001": Case(pod(UNPRICED), pod(printed(1, 1, 1)), UNKNOWN, "no price"),
    "PRC002": Case(
        pod(printed(1, 1, 1)), pod(printed(1, 1, 1, price_date=date(2026, 11, 1))), NOTE, "no date",
    ),
    "PRC003": Case(
        pod(printed(1, 1, 1), date=date(2025, 11, 22)),
        pod(printed(1, 1, 1), date=date(2025, 11, 23)), WARNING, "more than a year",
    ),
    "PRC004": Case(
        pod(printed(1, 1, 1)), pod(printed(1, 1, 1), currency="EUR"), WARNING, "no currency",
    ),
    "PRC005": Case(
        pod(printed(1, 1, 1), currency="USD", currency_assumed=True),
        pod(printed(1, 1, 1), currency="USD"), NOTE, "USD is assumed",
    ),
    "PRC006": Case(
        pod(printed(1, 1, 1, approximate=True)), pod(printed(1, 1, 1)), NOTE, "approximate",
    ),
    "PRT001": Case(
        pod(bought("PSU", matched="likely")), pod(bought("PSU", matched="exact")), NOTE, "1 PSU",
    ),
    "PRT002": Case(pod(printed(1, 1, 1)), pod(bought("PSU")), UNKNOWN, "not in the catalog"),
}  # fmt: skip


def test_the_table_of_this_file_covers_every_rule():
    assert sorted(CASES) == sorted(RULES)
    assert len(RULES) == len(ALL_RULES), "a code is used twice"


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_every_rule_says_why_it_matters_and_when_it_fails(rule):
    page = rule.check.__doc__
    assert "Why it matters:" in page
    assert "Fails when:" in page
    assert rule.title.endswith(".")


@pytest.mark.parametrize("code", CASES)
def test_a_bad_bill_is_found_and_the_finding_says_a_fix(code):
    case = CASES[code]
    found = findings(code, case.fails)
    assert found
    assert {verdict.severity for verdict in found} == {case.severity}
    assert case.says in " ".join(verdict.finding.message for verdict in found)
    assert all(verdict.finding.fix for verdict in found)


@pytest.mark.parametrize("code", CASES)
def test_a_good_bill_passes(code):
    assert findings(code, CASES[code].passes) == ()


@pytest.mark.parametrize("code", [code for code, case in CASES.items() if case.unknown])
def test_a_lacking_fact_is_unknown_and_named(code):
    case = CASES[code]
    found = findings(code, case.unknown)
    assert [verdict.severity for verdict in found] == [UNKNOWN]
    assert case.wants in f"{found[0].finding.message} {found[0].finding.fix}"


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_an_empty_bill_has_no_findings(rule):
    assert findings(rule.code, pod()) == ()


# --- arithmetic ---


def test_a_wrong_total_names_every_change_that_would_mend_it():
    (verdict,) = findings("SUM001", pod(printed(5, "7.66", "3.83")))
    assert [(r.choice, r.value, r.safe) for r in verdict.finding.repairs] == [
        ("quantity", Decimal("0.5"), False),
        ("unit", Decimal("0.766"), False),
        ("total", Decimal("38.30"), False),
    ]


def test_a_repair_of_a_wrong_total_is_offered_only_where_the_number_is_short():
    (verdict,) = findings("SUM001", pod(printed(3, "7.00", "10.00")))
    assert [repair.choice for repair in verdict.finding.repairs] == ["total"]


@pytest.mark.parametrize(
    ("quantity", "unit", "total", "code"),
    [
        (9, "0.00", "0.04", "SUM002"),
        (12, "0.18", "2.10", "SUM002"),
        (12, "0.18", "2.09", "SUM001"),
        (12, "0.18", "2.22", "SUM002"),
        (12, "0.18", "2.23", "SUM001"),
        (1, "10.00", "10.01", "SUM002"),
        (1, "10.00", "10.02", "SUM001"),
        (0, "10.00", "5.00", "SUM001"),
        (2, "-5.00", "-10.00", None),
        (2, "5.00", "10", None),
    ],
)
def test_a_total_that_a_rounded_unit_price_explains_is_a_note_and_else_an_error(
    quantity, unit, total, code
):
    what = pod(printed(quantity, unit, total))
    found = [v.rule.code for v in run((RULES["SUM001"], RULES["SUM002"]), what)]
    assert found == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("quantity", "unit", "total", "severity"),
    [
        (300, "1.00", "301.00", NOTE),
        (300, "1.00", "301.01", WARNING),
        (1000, "0.50", "502.00", WARNING),
        (100, "0.10", "10.50", NOTE),
        (100, "0.02", "2.30", WARNING),
        (9, "0.00", "0.04", NOTE),
    ],
)
def test_a_rounding_that_hides_more_than_one_or_a_twentieth_is_a_warning(
    quantity, unit, total, severity
):
    (verdict,) = findings("SUM002", pod(printed(quantity, unit, total)))
    assert verdict.severity is severity


def test_a_step_of_whole_dollars_is_said_once_and_not_line_by_line():
    what = pod(*WHOLE)
    assert len(findings("SUM003", what)) == 1
    assert findings("SUM001", what) == ()
    assert findings("SUM002", what) == ()


def test_whole_totals_that_are_exact_have_no_rounding_step():
    lines = [printed(n, "3.00", 3 * n, f"l{n}") for n in range(1, 8)]
    assert findings("SUM003", pod(*lines)) == ()


def test_a_total_with_its_discount_is_right():
    assert findings("SUM001", pod(printed(2, "10.00", "18.00", discount_percent=10))) == ()
    (verdict,) = findings("SUM001", pod(printed(2, "10.00", "20.00", discount_percent=10)))
    assert "less 10 %" in verdict.finding.message


def test_shipping_and_discounts_count_in_the_grand_total():
    charges = [Charge(kind="shipping", title="s", amount="5.00"),
               Charge(kind="discount", title="d", amount="-1.00"),
               Charge(kind="tax", title="t", amount="3.00", included=True)]  # fmt: skip
    right = pod(printed(1, "10.00", "10.00"), charges=charges, stated_total="14.00")
    wrong = pod(printed(1, "10.00", "10.00"), charges=charges, stated_total="17.00")
    assert findings("SUM005", right) == ()
    assert [v.severity for v in findings("SUM005", wrong)] == [ERROR]


def test_half_a_cent_a_line_is_as_far_as_rounding_explains_a_grand_total():
    lines = [printed(1, "1.00", "1.00", f"l{n}") for n in range(10)]
    assert [v.rule.code for v in run(SUMS, pod(*lines, stated_total="10.05"))] == ["SUM006"]
    assert [v.rule.code for v in run(SUMS, pod(*lines, stated_total="10.06"))] == ["SUM005"]


def test_totals_in_several_currencies_are_never_called_wrong_or_right():
    what = pod(printed(1, 1, 1), printed(1, 1, 1, "b", currency="EUR"), currency="USD",
               stated_total=2)  # fmt: skip
    assert [v.rule.code for v in run(SUMS, what)] == ["SUM009"]


def test_an_edited_list_has_an_outdated_total_and_not_a_wrong_one():
    what = pod(printed(1, "1.00", "1.00"), stated_total="5.00", stated_lines="5.00")
    assert [v.rule.code for v in run(SUMS, what)] == ["SUM007"]


# --- structure ---


def test_memory_beyond_what_the_board_takes_is_an_error():
    (verdict,) = findings("FIT012", pod(bought("BOARD"), bought("DIMM-8", 4)))
    assert verdict.severity is ERROR
    assert findings("FIT012", pod(bought("BOARD"), bought("DIMM-8", 2))) == ()


def test_more_data_drives_than_bays_are_an_error_and_the_boot_drive_is_none():
    (verdict,) = findings("FIT006", pod(bought("CASE"), bought("DISK", 46), BOOT))
    assert verdict.severity is ERROR
    assert findings("FIT006", pod(bought("CASE"), bought("DISK", 45), BOOT)) == ()


def test_a_housing_with_too_few_ways_is_found():
    found = findings("FIT008", pod(bought("FAN", 6), bought("HOUSING", 6, "Housing 1x2")))
    assert len(found) == 1
    assert findings("FIT008", pod(bought("FAN", 6), bought("HOUSING", 6, "Housing 1x3"))) == ()


def test_a_power_cable_is_no_data_cable():
    what = pod(bought("PLANE", 9), bought("CABLE", 8, "SATA cable"),
               bought("CABLE", 9, "SATA power cable", id="power"))  # fmt: skip
    assert len(findings("FIT003", what)) == 1


def test_a_boot_drive_that_needs_no_cable_is_not_missed_one():
    stick = BOOT.model_copy(update={"title": "Boot drive, M.2 NVMe"})
    assert findings("FIT004", pod(bought("PLANE", 9), bought("CABLE", 9, "SATA"), stick)) == ()


def test_the_same_part_in_two_sections_is_no_duplicate():
    one = bought("PSU", section="a")
    other = bought("PSU", section="b", id="other")
    assert findings("FIT016", pod(one, other)) == ()


def test_the_same_words_twice_are_a_duplicate_and_lines_without_words_are_none():
    twice = (
        printed(1, 1, 1, "x"),
        printed(
            1,
            1,
            1,
            "y",
        ),
    )
    same = tuple(line.model_copy(update={"title": "Zip ties"}) for line in twice)
    assert len(findings("FIT016", pod(*same))) == 1
    blank = tuple(line.model_copy(update={"title": ""}) for line in twice)
    assert findings("FIT016", pod(*blank)) == ()


# --- ports and cables ---


def test_a_backplane_with_three_wide_sockets_needs_three_cables_and_not_twelve():
    right = pod(bought("WIDE"), bought("HBA"), bought("MINI", 3))
    assert findings("FIT002", right) == ()
    assert findings("FIT003", right) == ()
    (verdict,) = findings("FIT003", pod(bought("WIDE"), bought("HBA"), bought("MINI", 2)))
    assert "3 backplane sockets need a cable each, the list has 2" in verdict.finding.message


def test_sockets_run_out_before_links_do():
    what = pod(bought("WIDE"), bought("PLANE", 4), bought("HBA"))
    assert findings("FIT002", what) == ()
    parts = pod(bought("WIDE"), bought("CARD", 3))
    assert findings("FIT002", parts) == ()
    (verdict,) = findings("FIT002", pod(bought("WIDE", 2), bought("HBA")))
    assert "need 24 host ports, the adapters give 16" in verdict.finding.message


def test_a_breakout_cable_has_four_plugs():
    what = pod(bought("NARROW"), bought("HBA"), bought("BREAKOUT", 2))
    assert findings("FIT003", what) == ()
    (verdict,) = findings("FIT003", pod(bought("NARROW"), bought("HBA"), bought("BREAKOUT", 1)))
    assert "8 backplane links need a cable each, the list has 4" in verdict.finding.message


def test_mini_sas_cables_leave_the_boot_drive_its_sata_cable():
    cables = bought("MINI", 3), bought("CABLE", 1, "SATA cable")
    assert findings("FIT004", pod(bought("WIDE"), *cables, BOOT)) == ()
    (verdict,) = findings("FIT004", pod(bought("WIDE"), cables[0], BOOT))
    assert verdict.severity is WARNING
    fanned = pod(bought("NARROW"), bought("BREAKOUT", 2), cables[1], BOOT)
    assert findings("FIT004", fanned) == ()


def test_the_boards_own_ports_count_where_they_are_known():
    assert findings("FIT002", pod(bought("PLANE", 6), bought("BOARD-SATA"))) == ()
    enough = pod(bought("PLANE", 9), bought("CARD"), bought("BOARD-SATA"), BOOT)
    assert findings("FIT002", enough) == ()
    what = pod(bought("PLANE", 10), bought("CARD"), bought("BOARD-SATA"), BOOT)
    (verdict,) = findings("FIT002", what)
    assert "need 10 host ports, the adapters give 4 and the board 5" in verdict.finding.message


def test_backplanes_that_come_with_the_case_and_are_not_listed_are_unknown_and_named():
    (verdict,) = findings("FIT002", pod(bought("CASE-WITH"), bought("HBA")))
    assert verdict.severity is UNKNOWN
    assert "2 x WIDE come with the case" in verdict.finding.message
    listed = pod(bought("CASE-WITH"), bought("WIDE", 2), bought("HBA", 2), bought("MINI", 6))
    for code in ("FIT001", "FIT002", "FIT003"):
        assert findings(code, listed) == ()


# --- text ---


def test_the_inch_mark_is_a_safe_repair_only_where_the_part_has_that_length():
    (sure,) = findings("TXT001", pod(bought("SWITCH", 1, "Switch 125€ 2-pin"), currency="USD"))
    assert [(r.field, r.value, r.safe) for r in sure.finding.repairs] == [
        ("title", 'Switch 12" 2-pin', True)
    ]
    (unsure,) = findings("TXT001", pod(bought("CABLE", 1, "Cable 185€"), currency="USD"))
    assert [repair.safe for repair in unsure.finding.repairs] == [False]


def test_euros_in_a_list_in_euros_are_euros():
    assert findings("TXT001", pod(bought("SWITCH", 1, "Switch 125€"), currency="EUR")) == ()


def test_text_in_a_wrong_encoding_is_mended_safely():
    (verdict,) = findings("TXT001", pod(Line(id="a", title="LÃ¼fter", quantity=1)))
    assert [(r.value, r.safe) for r in verdict.finding.repairs] == [("Lüfter", True)]
    assert findings("TXT001", pod(Line(id="a", title="Lüfter Größe 8″", quantity=1))) == ()


def test_a_letter_o_stays_where_no_part_with_a_zero_is_known():
    assert findings("TXT002", pod(Line(id="a", title="Mount AFMO2B", quantity=1))) == ()
    assert findings("TXT002", pod(bought("SWITCH", 1, "Mount AFMO2B"))) == ()
    assert findings("TXT002", pod(bought("AFM02", 1, "MOUNT TO FRONT"))) == ()


# --- links and prices ---


@pytest.mark.parametrize("end", ["nobody", "psu.3", "psu.0", "card.1:5", "card.1:0", "psu..1", ""])
def test_an_end_of_a_link_that_does_not_exist_is_an_error(end):
    link = Link.model_validate({"to": "plane.1", "power": "psu.1", "from": end})
    what = pod(bought("PSU", 2), bought("CARD"), bought("PLANE", 9), links=[link])
    assert [v.severity for v in findings("LNK001", what)] == [ERROR]


def test_two_cables_into_one_backplane_are_an_error():
    links = [Link.model_validate({"from": f"card.1:{n}", "to": "plane.1"}) for n in (1, 2)]
    what = pod(bought("CARD"), bought("PLANE", 2), links=links)
    assert len(findings("LNK002", what)) == 1


@pytest.mark.parametrize("code", ["SUM010", "PRC001", "PRC002", "PRC003", "PRC004", "PRC006",
                                  "PRT001", "PRT002"])  # fmt: skip
def test_a_finding_that_repeats_is_one_with_a_count(code):
    day = date(2013, 2, 20)
    many = {
        "SUM010": [Line(id=f"l{n}", title="x") for n in range(5)],
        "PRC001": [Line(id=f"l{n}", title="x", quantity=1) for n in range(5)],
        "PRC003": [printed(1, 1, 1, f"l{n}", price_date=day) for n in range(5)],
        "PRC006": [printed(1, 1, 1, f"l{n}", approximate=True) for n in range(5)],
        "PRT001": [bought("PSU", id=f"l{n}", matched="likely") for n in range(5)],
    }.get(code, [printed(1, 1, 1, f"l{n}") for n in range(5)])
    (verdict,) = findings(code, pod(*many))
    assert verdict.finding.count == 5
    assert "5" in verdict.finding.message


def test_findings_stand_with_the_worst_first_and_then_in_the_order_of_the_rules():
    what = pod(printed(5, "7.66", "3.83"), printed(12, "0.18", "2.10", "b"), UNPRICED)
    verdicts = run(ALL_RULES, what)
    rank = {ERROR: 0, WARNING: 1, UNKNOWN: 2, NOTE: 3}
    order = [(rank[v.severity], list(RULES).index(v.rule.code)) for v in verdicts]
    assert order == sorted(order)
