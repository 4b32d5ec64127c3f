"""Which figures a part must state before it can be offered in a new pod."""

from collections.abc import Mapping

from podplanner.catalog.parts import Part

_PRICE = ("price", "price_currency", "price_date", "price_source")

NEEDED: Mapping[str, tuple[str, ...]] = {
    "chassis": (
        *_PRICE, "rack_units", "depth", "weight", "data_bays", "backplanes", "backplane",
        "bay_form", "board_forms", "supply_form", "supply_places", "shared_supplies", "slots",
        "slot_height", "fan_places", "boot_bays", "included",
    ),
    "backplane": (
        "ports", "host_ports", "host_connectors", "connector", "fanout", "interface",
        "drive_rate", "host_rate", "feeds_pin3", "power_connectors", "power", "bay_form",
    ),
    "supply": (
        *_PRICE, "power", "rail_12v", "rail_5v", "overload_from", "overload_to", "efficiency",
        "form", "redundant", "drive_connectors", "cpu_connectors",
    ),
    "board": (
        *_PRICE, "form_factor", "socket", "memory_type", "memory_buffering", "memory_slots",
        "memory_max", "ecc", "slots", "sata_ports", "sata_rate", "lan_ports", "lan_rate",
        "power", "cpu_connectors",
    ),
    "cpu": (
        *_PRICE, "socket", "cores", "tdp", "memory_type", "memory_buffering", "memory_max",
        "ecc", "pcie_lanes", "pcie_generation", "cooler_included",
    ),
    "memory": (*_PRICE, "capacity", "memory_type", "ecc", "buffering", "power"),
    "adapter": (
        *_PRICE, "ports", "connectors", "connector", "interface", "port_rate", "drives_max",
        "pcie_lanes", "pcie_generation", "low_profile", "power",
    ),
    "nic": (
        *_PRICE, "ports", "gigabits", "connector", "pcie_lanes", "pcie_generation",
        "low_profile", "power",
    ),
    "drive": (
        *_PRICE, "capacity", "exact_bytes", "form_factor", "interface", "interface_rate",
        "recording", "sector_format", "pwdis", "sustained_rate", "unrecoverable", "failures",
        "drive_days", "weight", "start_12v", "start_5v", "idle_power", "active_power",
    ),
    "fan": (*_PRICE, "size", "thickness", "voltage", "wires", "power"),
    "cooler": (*_PRICE, "sockets", "tdp_max", "height"),
    "rail": (*_PRICE, "load_max"),
    "cable": (*_PRICE, "connector", "far_connector", "length"),
}  # fmt: skip
"""Kind -> the figures that the rules of `plan find` read."""


def missing_figures(part: Part) -> tuple[str, ...]:
    """Return the figures that `part` lacks for being offered; kinds without any need none.

    A backplane comes with its case, and so does a part that is `included` in one: its price is
    the case's.
    """
    stated = part.model_fields_set
    return tuple(figure for figure in NEEDED.get(part.kind, ()) if figure not in stated)
