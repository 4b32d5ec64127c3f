"""Pods for tests: the 22-line list of Storage Pod 3.0, and lists that are harder to print."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Quote, Reading, Section
from podplanner.catalog.parts import (
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
)
from podplanner.catalog.pod import Pod, assemble
from podplanner.rules.base import Finding, Rule, Severity, Verdict

DAY = date(2026, 11, 23)
_LIST = "Storage Pod 3.0 parts list, 2013-02-20"

CHASSIS = Chassis(
    sku="POD-CASE-45",
    title="Storage Pod 3.0 chassis, 4U, 45 drives",
    source=_LIST,
    rack_units=4,
    depth="28.0625 in",
    face_width="482.6 mm",
    data_bays=45,
    drive_rows=3,
    backplanes=9,
    fan_places=6,
    supply_places=2,
    assumptions={"depth": "published for the 45-drive chassis before Storage Pod 6.0"},
)

PARTS: Mapping[str, Part] = {
    part.sku: part
    for part in (
        CHASSIS,
        CHASSIS.model_copy(
            update={
                "sku": "POD-CASE-60",
                "depth": Decimal("852.4875"),
                "data_bays": 60,
                "drive_rows": 4,
            }
        ),
        CHASSIS.model_copy(update={"sku": "POD-CASE-60-SHORT", "data_bays": 60, "drive_rows": 4}),
        CHASSIS.model_copy(
            update={
                "sku": "CASE-24",
                "depth": Decimal(650),
                "data_bays": 24,
                "drive_rows": None,
                "body_width": Decimal(430),
                "assumptions": {},
            }
        ),
        CHASSIS.model_copy(update={"sku": "CASE-2U", "rack_units": 2}),
        CHASSIS.model_copy(update={"sku": "CASE-NO-FIGURES", "depth": None, "rack_units": None}),
        Supply(sku="PSM-5760V", title="Zippy PSM-5760V", source=_LIST, power="760 W"),
        Board(
            sku="MBD-X9SCL-F",
            title="Supermicro X9SCL-F",
            source=_LIST,
            form_factor="MicroATX",
            memory_slots=4,
        ),
        Backplane(sku="CFI-B53PM", title="CFI-B53PM", source=_LIST, ports=5, host_ports=1),
        Memory(sku="M391B5273DH0", title="Samsung 4 GB", source=_LIST, capacity="4 GB"),
        Processor(sku="I3-2100", title="Intel Core i3-2100", source=_LIST, socket="LGA1155"),
        Fan(
            sku="G1238M12B1-FSR",
            title="Mechatronics G1238M12B1-FSR",
            source=_LIST,
            size="120 mm",
            thickness="38 mm",
            wires=3,
        ),
        Adapter(sku="SY-PEX40008", title="Syba SY-PEX40008", source=_LIST, ports=4),
        Drive(
            sku="HD-4T",
            title="4 TB hard drive",
            source=_LIST,
            capacity="4 TB",
            form_factor="3.5in",
        ),
    )
}

_POD_3_0 = (
    ("case", "4U Custom Case", "Includes case, anti-vibration assemblies, power supply bracket",
     "POD-CASE-45", "1", "382.35", "382.35"),
    ("psu", "760 Watt Power Supply", "Zippy PSM-5760V", "PSM-5760V", "2", "269.00", "538.00"),
    ("mount", "Power Supply Vibration Dampener Kit", "Vantec VDK-PSU", None, "2", "3.99", "7.98"),
    ("motherboard", "Motherboard", "Supermicro MBD-X9SCL-F (MicroATX)", "MBD-X9SCL-F", "1",
     "146.00", "146.00"),
    ("backplane", "5 Port Backplane (SATA port multiplier)", "CFI-B53PM", "CFI-B53PM", "9",
     "40.00", "360.00"),
    ("ram", "8GB DDR3 RAM", "Samsung 4GB DDR3-1333 PC3-10600", "M391B5273DH0", "2", "38.00",
     "76.00"),
    ("cpu", "CPU", "Intel Core i3-2100", "I3-2100", "1", "114.00", "114.00"),
    ("fan", "Case fan", "Mechatronics G1238M(OR E)12B1-FSR 12V 3-Wire Fan", "G1238M12B1-FSR", "6",
     "12.62", "75.72"),
    ("sata_card", "Port PCIe SATA II Card", "Syba PCI Express SATA II 4-Port RAID Controller Card",
     "SY-PEX40008", "3", "48.00", "144.00"),
    ("cable", "SATA Cable", "Nippon Labs, right angle to straight, 3 ft, locking", None, "9",
     "1.50", "13.50"),
    ("switch", "On/off switch", 'FrozenCPU ele-302 Bulgin vandal switch, 12" lead, 2-pin', None,
     "1", "24.95", "24.95"),
    ("boot_drive", "Boot drive", 'Western Digital WD1600BPVT 160GB 2.5" Internal', None, "1",
     "48.99", "48.99"),
    ("screw", "Screw: 4-40 x 3/16 Phillips", "Boot drive", None, "4", "0.02", "0.08"),
    ("standoff", "Standoff: round 6-32 x 1/4 dia x 5/16 lng", "Motherboard mount", None, "1",
     "0.90", "0.90"),
    ("screw_2", "Screw: 6-32 x 3/16 Phillips pan SST", "Motherboard standoff", None, "1", "0.02",
     "0.02"),
    ("screw_3", "Screw: 6-32 x 1/4 Phillips pan ZPS", "Motherboard standoff", None, "9", "0.00",
     "0.04"),
    ("screw_4", "Screw: 4-40 x 5/16 Phillips pan ZPS", "Backplanes", None, "72", "0.02", "1.44"),
    ("terminal", "Crimp terminal: 22-30 AWG tin", "Fan assembly", None, "18", "0.02", "0.36"),
    ("housing", "Fan Connection Housing, 1x3", "Fan assembly", None, "6", "0.04", "0.24"),
    ("fan_mount", "Soft fan mount, 1 flat end", "AFMO2B", None, "12", "0.18", "2.10"),
    ("fan_mount_2", "Soft fan mount, 2 tab ends", "AFMO3B", None, "12", "0.18", "2.10"),
    ("tape", 'Foam tape, 1" x 50\' x 1/16", black', "Vibration lids", None, "5", "7.66", "3.83"),
)  # fmt: skip


def storage_pod_bill(
    *, case: str = "POD-CASE-45", backplanes: int = 9, extra: tuple[Line, ...] = ()
) -> BillOfMaterials:
    """Return the 22 lines as they are printed, with the given case and lines after them."""
    lines = [
        Line(
            id=name, title=title, description=description, part=part,
            matched=None if part is None else "likely" if name == "fan" else "exact",
            quantity=quantity, unit_price=unit_price, total=total,
        )
        for name, title, description, part, quantity, unit_price, total in _POD_3_0
    ]  # fmt: skip
    lines[0] = lines[0].model_copy(update={"part": case})
    lines[4] = lines[4].model_copy(update={"quantity": Decimal(backplanes)})
    return BillOfMaterials(
        title="Storage Pod 3.0",
        currency="USD",
        currency_assumed=True,
        day=date(2013, 2, 20),
        source=_LIST,
        stated_total="1942.59",
        lines=(*lines, *extra),
        file="storage_pod_3_0.csv",
    )


def drives(quantity: int) -> Line:
    """Return a line of data drives."""
    return Line(
        id="drive",
        title="SATA data drive",
        part="HD-4T",
        matched="exact",
        quantity=quantity,
        unit_price="180.00",
        total=quantity * Decimal("180.00"),
    )


def storage_pod(**changes: object) -> Pod:
    """Return `storage_pod_bill` joined to its parts."""
    return assemble(storage_pod_bill(**changes), PARTS, as_of=DAY)


def unpriced_pod() -> Pod:
    """Return a list that states no price, no currency, no date, and not every quantity."""
    bill = BillOfMaterials(
        title="45Drives test unit",
        lines=(
            Line(id="motherboard", title="Motherboard", part="MBD-X9SCL-F", quantity="1"),
            Line(id="psu", title="Power supply", part="PSM-5760V"),
            Line(id="backplane", title="Backplane", part="CFI-B53PM"),
        ),
    )
    return assemble(bill, PARTS, as_of=DAY)


def two_currency_pod() -> Pod:
    """Return a list in euros with one line in dollars, sections, charges, quotes, a reading."""
    bill = BillOfMaterials(
        title="NAS in two currencies",
        currency="EUR",
        day=date(2026, 10, 1),
        stated_total="1500",
        note="Ordered in two shops.",
        sections=(Section(name="Server", stated_total="1234.5"), Section(name="Drives")),
        charges=(
            Charge(kind="shipping", title="Versand", amount="14.90"),
            Charge(kind="discount", title="Rabatt", amount="-20"),
            Charge(kind="tax", title="MwSt.", percent="19", amount="190.00", included=True),
        ),
        quotes=(
            Quote(part="HD-4T", vendor="Shop A", unit_price="79.90", currency="EUR", pack="4",
                  day=date(2026, 11, 1), lead_days=3, link="https://shop.example/a?b=1&c=2"),
            Quote(part="HD-4T", vendor="Shop B", unit_price="70", currency="EUR",
                  valid_until=date(2026, 11, 2), link="javascript:alert(1)"),
            Quote(part="NOT-IN-LIST", unit_price="1"),
        ),
        lines=(
            Line(id="case", title="Gehäuse", part="CASE-24", section="Server", quantity="1",
                 unit_price="399", total="399"),
            Line(id="fan", title="Lüfter", part="G1238M12B1-FSR", section="Server",
                 quantity="3", unit_price="12.62", total="37.86", currency="USD"),
            Line(id="drive", title="Festplatte", part="HD-4T", section="Drives", quantity="10",
                 unit_price="85.5", total="855", discount_percent="0",
                 readings=(Reading(title="Festplatte 4", quantity="1", unit_price="855"),)),
            Line(id="cable", title="Kabel", section="Server", quantity="2.50", unit="m",
                 approximate=True),
        ),
    )  # fmt: skip
    return assemble(bill, PARTS, as_of=DAY)


HOSTILE_TITLE = '<script>alert("x")</script> & "quotes" | pipe \u202egnitrid\u202c'


def hostile_pod() -> Pod:
    """Return a list whose texts try to break out of a page, a table and a spreadsheet."""
    bill = BillOfMaterials(
        title=HOSTILE_TITLE,
        source="<img src=x onerror=alert(1)>\nsecond line | `code` [a](javascript:alert(1))",
        currency="USD",
        file="-evil.csv",
        stated_total="999999999999999999.99",
        lines=(
            Line(id="W" * 120, title="M" * 200, description="long words " * 30,
                 part="SKU-" + "9" * 90, quantity="999999999999", unit_price="123456.78901234",
                 total="123456789012345678.99", link="javascript:alert(1)"),
            Line(id="formula", title='=HYPERLINK("http://evil.example","x")', quantity="1",
                 unit_price="1", total="1", description="+1", maker="@SUM(A1)", mpn="-2+3",
                 note="\tTab", link="https://ok.example/<x>"),
            Line(id="rtl", title="\u202eמארז שרת 4U\u202c", description="شبكة تخزين",
                 quantity="1", unit_price="-5", total="-5"),
            Line(id="pipe", title="a | b\nc", description="</table></style><b>bold</b>",
                 note="control \x07 bell", unit="<b>m</b>", quantity="1"),
        ),
        notices=("The column <b>x</b> was left alone.",),
    )  # fmt: skip
    return assemble(bill, PARTS, as_of=DAY)


def _tape(_: Pod) -> "list[Finding]":  # type: ignore[return]
    """Stated totals agree with quantity x unit price.

    Why it matters: a wrong total is money. Fails when: they differ.
    """


def _rails(_: Pod) -> "list[Finding]":  # type: ignore[return]
    """Each supply survives the start of its drives."""


def _cable(_: Pod) -> "list[Finding]":  # type: ignore[return]
    """Every drive has a cable."""


COST_RULE = Rule("COST001", Severity.ERROR, _tape)  # type: ignore[arg-type]
POWER_RULE = Rule("PWR001", Severity.ERROR, _rails)  # type: ignore[arg-type]
CABLE_RULE = Rule("CBL001", Severity.NOTE, _cable)  # type: ignore[arg-type]


def verdicts_on(pod: Pod) -> tuple[Verdict, ...]:
    """Return findings written by hand: about the last line, the second, and the whole list."""
    last, second = pod.items[-1], pod.items[1]
    findings = (
        (COST_RULE, Finding(last, "5 x 7.66 is 38.30, the list says 3.83: a tenth.",
                            fix="Set the quantity to 0.5.", field="total")),
        (COST_RULE, Finding(None, "The lines come to 1942.60, the list states 1942.59.",
                            severity=Severity.WARNING)),
        (POWER_RULE, Finding.unknown(second, "The 12 V rail is unknown.", wants="the 12 V rail")),
        (CABLE_RULE, Finding(None, "The boot drive has no cable of its own in the list.")),
    )  # fmt: skip
    return tuple(Verdict(r, f, f.severity or r.severity) for r, f in findings)
