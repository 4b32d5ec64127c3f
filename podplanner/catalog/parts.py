"""Parts: one thing one can buy, with its figures and their sources.

A figure that nobody has published stays absent (None): unknown is never zero.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from podplanner.catalog.strict import Strict
from podplanner.units.quantity import Amps, Bytes, Millimetres, Volts, Watts


class PartBase(Strict):
    """What every part states."""

    sku: str = Field(min_length=1)
    """The maker's part number, spelt as the maker spells it."""
    title: str = Field(min_length=1)
    maker: str | None = None
    aliases: tuple[str, ...] = ()
    """Other numbers under which the very same part is sold."""
    phrases: tuple[str, ...] = ()
    """Wordings under which lists name the part when they print no number: all words must occur."""
    source: str = Field(min_length=1)
    """Where the figures come from."""
    sources: dict[str, str] = Field(default_factory=dict)
    """Figure -> its own source, where that differs from `source`."""
    source_date: date | None = None
    """When the source was written or read."""
    assumptions: dict[str, str] = Field(default_factory=dict)
    """Figure -> why it is assumed: no source was found."""
    note: str = ""
    price: Decimal | None = None
    """A price seen once, per piece, in `price_currency`; see `price_source` and `price_date`."""
    price_currency: str | None = None
    price_date: date | None = None
    price_source: str | None = None


class Wiring(Strict):
    """Which backplanes hang on which supply when a list does not say."""

    supply: int = Field(ge=1)
    backplanes: tuple[int, ...]
    """Numbered from 1."""


class Chassis(PartBase):
    """A case, with the bays it was made for."""

    kind: Literal["chassis"] = "chassis"
    rack_units: int | None = None
    depth: Millimetres | None = None
    face_width: Millimetres | None = None
    """Width of the rack face, ears included (19 in racks: 482.6 mm, IEC 60297)."""
    body_width: Millimetres | None = None
    data_bays: int | None = None
    drive_rows: int | None = None
    """Rows (assemblies) in which the data drives stand."""
    backplanes: int | None = None
    backplane_rows: int | None = None
    fan_places: int | None = None
    supply_places: int | None = None
    boot_bays: int | None = None
    default_wiring: tuple[Wiring, ...] = ()


class Supply(PartBase):
    """A power supply."""

    kind: Literal["supply"] = "supply"
    power: Watts | None = None
    """Rated output, all rails together."""
    rail_12v: Amps | None = None
    rail_5v: Amps | None = None


class Board(PartBase):
    """A motherboard."""

    kind: Literal["board"] = "board"
    form_factor: str | None = None
    socket: str | None = None
    memory_type: str | None = None
    memory_slots: int | None = None
    memory_max: Bytes | None = None
    pcie_slots: int | None = None
    sata_ports: int | None = None


class Processor(PartBase):
    """A CPU."""

    kind: Literal["cpu"] = "cpu"
    socket: str | None = None
    cores: int | None = None
    tdp: Watts | None = None
    memory_type: str | None = None
    memory_max: Bytes | None = None
    ecc: bool | None = None


class Memory(PartBase):
    """A memory module; one piece is one module."""

    kind: Literal["memory"] = "memory"
    capacity: Bytes | None = None
    """Size of one module (memory is sold in binary sizes: 4 GiB printed as 4GB)."""
    memory_type: str | None = None
    ecc: bool | None = None


class Backplane(PartBase):
    """A board that drives plug into."""

    kind: Literal["backplane"] = "backplane"
    ports: int | None = None
    """Drives it takes."""
    host_ports: int | None = None
    """Links to the host that it needs (a port multiplier: 1)."""
    chip: str | None = None
    screws: int | None = None
    """Screws or standoffs that hold one."""


class Adapter(PartBase):
    """A card that gives ports for drives."""

    kind: Literal["adapter"] = "adapter"
    ports: int | None = None
    chip: str | None = None
    pcie_lanes: int | None = None
    pcie_generation: int | None = None


class Nic(PartBase):
    """A network card."""

    kind: Literal["nic"] = "nic"
    ports: int | None = None
    gigabits: Decimal | None = None
    """Of one port, in Gb/s."""


class Drive(PartBase):
    """A hard drive or solid-state drive as the maker specifies it."""

    kind: Literal["drive"] = "drive"
    capacity: Bytes | None = None
    """Size printed on the label, decimal (18 TB is 18 * 10**12 bytes)."""
    exact_bytes: int | None = None
    form_factor: Literal["3.5in", "2.5in", "M.2", "U.2"] | None = None
    interface: Literal["SATA", "SAS", "NVMe"] | None = None
    recording: Literal["CMR", "SMR", "SSD"] | None = None
    start_12v: Amps | None = None
    """Peak of the 12 V rail while the motor starts."""
    start_5v: Amps | None = None
    idle_power: Watts | None = None
    active_power: Watts | None = None


class Fan(PartBase):
    """A fan."""

    kind: Literal["fan"] = "fan"
    size: Millimetres | None = None
    thickness: Millimetres | None = None
    voltage: Volts | None = None
    wires: int | None = None
    speed_rpm: int | None = None


class Accessory(PartBase):
    """What holds, joins or quiets the rest: it has a name and little else to check."""

    kind: Literal[
        "cable", "switch", "dampener", "screw", "standoff", "fan_mount", "terminal", "housing",
        "tape", "rail", "bracket", "cooler", "other",
    ]  # fmt: skip
    length: Millimetres | None = None
    ports: int | None = None


Part = Annotated[
    Chassis | Supply | Board | Processor | Memory | Backplane | Adapter | Nic | Drive | Fan
    | Accessory,
    Field(discriminator="kind"),
]  # fmt: skip

PART: TypeAdapter[Part] = TypeAdapter(Part)
"""Reads a part from the mapping that a part file holds."""
