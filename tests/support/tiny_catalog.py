"""Small catalogs for `plan find`, drawn by hypothesis: few parts, all figures in play."""

from decimal import Decimal

from hypothesis import strategies as st

from podplanner.catalog.parts import PART, Part

_PRICED = {
    "price_currency": "USD", "price_date": "2026-11-24", "price_source": "a test",
    "source": "a test", "current": True,
}  # fmt: skip


def part(kind: str, sku: str, price: int | None, **figures: object) -> Part:
    """Return a part that is sold now; a price in whole dollars, None for what comes with a case."""
    priced = {} if price is None else {"price": Decimal(price)}
    return PART.validate_python(
        {"kind": kind, "sku": sku, "title": sku, **_PRICED, **priced, **figures}
    )


def _chassis(draw: st.DrawFn, number: int) -> tuple[Part, Part]:
    planes, ports = draw(st.integers(1, 2)), draw(st.integers(2, 3))
    fanout = draw(st.sampled_from(["direct", "expander"]))
    plane = part(
        "backplane", f"plane-{number}", None, ports=ports,
        host_ports=2 if fanout == "direct" else 1, host_connectors=1, connector="SFF-8643",
        fanout=fanout, interface="SAS", drive_rate="6 Gb/s",
        host_rate=draw(st.sampled_from(["1.5 Gb/s", "12 Gb/s"])),
        feeds_pin3=draw(st.sampled_from([False, False, True])), power_connectors=1, power="1 W",
        bay_form="3.5in",
    )  # fmt: skip
    case = part(
        "chassis", f"case-{number}", draw(st.integers(50, 90)), rack_units=draw(st.integers(1, 3)),
        depth="500 mm", face_width="482 mm", weight="10 kg", data_bays=planes * ports,
        backplanes=planes, backplane=plane.sku, bay_form="3.5in", board_forms=["ATX"],
        supply_form="CRPS", supply_places=2, shared_supplies=draw(st.booleans()), slots=2,
        slot_height="full", fan_places=2, boot_bays=0, included={plane.sku: planes, "fan": 1},
    )  # fmt: skip
    return case, plane


def _drive(draw: st.DrawFn, number: int) -> Part:
    terabytes = draw(st.sampled_from([4, 8]))
    return part(
        "drive", f"drive-{number}", draw(st.integers(80, 160)), capacity=f"{terabytes} TB",
        exact_bytes=terabytes * 10**12, form_factor="3.5in",
        interface=draw(st.sampled_from(["SATA", "SATA", "SAS"])), interface_rate="6 Gb/s",
        recording=draw(st.sampled_from(["CMR", "CMR", "SMR"])), sector_format="512e",
        pwdis=draw(st.booleans()), sustained_rate=f"{draw(st.sampled_from([120, 200, 260]))} MB/s",
        unrecoverable="1E-15", failures=draw(st.integers(1, 4)), drive_days=100_000,
        weight=draw(st.sampled_from(["0.7 kg", "3 kg"])),
        start_12v=draw(st.sampled_from(["1.5 A", "2 A"])), start_5v="0.8 A", idle_power="5 W",
        active_power=draw(st.sampled_from(["7 W", "9.4 W"])),
    )  # fmt: skip


def _board(draw: st.DrawFn, number: int) -> Part:
    slots = [
        {"lanes": lanes, "size": 16, "generation": draw(st.integers(2, 3)),
         "behind": draw(st.sampled_from(["cpu", "chipset"]))}
        for lanes in draw(st.lists(st.sampled_from([1, 4, 8]), min_size=2, max_size=3))
    ]  # fmt: skip
    return part(
        "board", f"board-{number}", draw(st.integers(50, 120)), form_factor="ATX", socket="A",
        memory_type="DDR4", memory_buffering=["UDIMM"], memory_slots=2, memory_max="64 GiB",
        ecc=True, slots=slots, chipset_lanes=1, chipset_generation=draw(st.integers(1, 3)),
        sata_ports=draw(st.sampled_from([2, 6])), sata_rate="6 Gb/s", lan_ports=1,
        lan_rate=draw(st.sampled_from(["1 Gb/s", "10 Gb/s"])),
        power=f"{draw(st.integers(20, 30))} W", cpu_connectors=draw(st.integers(1, 2)),
    )  # fmt: skip


def _supply(draw: st.DrawFn, number: int) -> Part:
    return part(
        "supply", f"supply-{number}", draw(st.integers(20, 60)),
        power=f"{draw(st.sampled_from([150, 250, 400]))} W",
        rail_12v=f"{draw(st.sampled_from([12, 30]))} A", rail_5v="10 A", overload_from="1.1",
        overload_to="1.5", efficiency=draw(st.sampled_from(["0.8", "0.9"])), form="CRPS",
        redundant=True, drive_connectors=draw(st.integers(2, 4)),
        cpu_connectors=draw(st.integers(1, 2)),
    )  # fmt: skip


def _adapter(draw: st.DrawFn, number: int) -> Part:
    connectors, width = draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 2]))
    return part(
        "adapter", f"adapter-{number}", draw(st.integers(20, 90)), ports=connectors * width,
        connectors=connectors, connector="SFF-8643", port_rate="6 Gb/s",
        interface=draw(st.sampled_from(["SATA", "SAS", "SAS"])),
        drives_max=draw(st.sampled_from([4, 64])),
        pcie_lanes=draw(st.sampled_from([1, 8])), pcie_generation=draw(st.integers(2, 3)),
        low_profile=True, power=f"{draw(st.integers(2, 9))} W",
    )  # fmt: skip


def _cpu(draw: st.DrawFn, number: int) -> Part:
    return part(
        "cpu", f"cpu-{number}", draw(st.integers(60, 90)), socket="A", cores=4,
        tdp=f"{draw(st.sampled_from([35, 65]))} W", memory_type="DDR4", memory_buffering=["UDIMM"],
        memory_max="64 GiB", ecc=True, pcie_lanes=draw(st.sampled_from([4, 16, 16])),
        pcie_generation=3, cooler_included=True,
    )  # fmt: skip


@st.composite
def catalogs(draw: st.DrawFn) -> dict[str, Part]:
    """Draw a catalog of which a few thousand designs can be made."""
    parts: list[Part] = [
        part("fan", "fan", 1, size="80 mm", thickness="25 mm", voltage="12 V", wires=4,
             power="2 W"),
        part("memory", "memory", draw(st.integers(30, 60)), capacity="16 GiB", memory_type="DDR4",
             ecc=True, buffering="UDIMM", power="3 W"),
        part("nic", "nic", draw(st.integers(20, 90)), ports=1, gigabits=10, connector="SFP+",
             pcie_lanes=4, pcie_generation=2, low_profile=True, power="5 W"),
        part("cable", "cable", 5, connector="SFF-8643", far_connector="SFF-8643", length="1000 mm"),
        part("cable", "reverse", 5, connector="SATA", far_connector="SFF-8643", length="1000 mm"),
        part("rail", "rail", 10, load_max="14 kg"), part("rail", "rail-2", 20, load_max="40 kg"),
    ]  # fmt: skip
    for number in range(draw(st.integers(1, 2))):
        parts += _chassis(draw, number)
    for make in (_cpu, _drive, _board, _supply, _adapter):
        parts += [make(draw, number) for number in range(draw(st.integers(1, 2)))]
    return {one.sku: one for one in parts}
