"""Parts: one thing one can buy, with its figures and their sources.

A figure that nobody has published stays absent (None): unknown is never zero.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from podplanner.catalog.strict import Strict
from podplanner.units.quantity import (
    Amps,
    Bytes,
    BytesPerSecond,
    Gigabits,
    Kilograms,
    Millimetres,
    Volts,
    Watts,
)

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
"""A share of 0 to 1 (`"0.94"` is 94 %)."""
Buffering = Literal["UDIMM", "RDIMM", "LRDIMM", "SODIMM"]


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
    assumed_on: date | None = None
    """When the assumptions were made."""
    class_part: bool = False
    """Stands for a class of parts (`20 TB CMR SATA class`), not for one that a maker sells."""
    current: bool = False
    """Sold new when the file was written; only such parts are offered for new pods."""
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


class Hookup(Strict):
    """Where the data links of a backplane go when a list does not say."""

    backplane: int = Field(ge=1)
    """Numbered from 1."""
    adapter: int = Field(ge=0)
    """Numbered from 1; 0 is the board's own ports."""
    connector: int | None = Field(default=None, ge=1)


class Slot(Strict):
    """PCI Express slots of one sort on a board."""

    count: Positive = 1
    lanes: Positive
    """Electrical lanes."""
    size: Positive
    """Mechanical size: the longest card edge that fits (16 takes an x16 card)."""
    generation: Positive
    behind: Literal["cpu", "chipset"] | None = None
    """Where the lanes come from: the chipset's share one link to the CPU."""


class Chassis(PartBase):
    """A case, with the bays it was made for."""

    kind: Literal["chassis"] = "chassis"
    rack_units: int | None = None
    weight: Kilograms | None = None
    """Without drives, board and what is not `included`."""
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
    """Places for 2.5 in drives beside the data bays, such as those that hold the system."""
    bay_form: Literal["3.5in", "2.5in"] | None = None
    """The largest drive that a data bay takes."""
    board_forms: tuple[str, ...] = ()
    """Form factors of the boards that fit (`ATX`, `MicroATX`, `EATX`)."""
    supply_form: str | None = None
    """Form of the supplies that fit (`PS2`, `CRPS`, `mini-redundant`)."""
    slots: int | None = None
    """Openings for expansion cards."""
    slot_height: Literal["full", "low"] | None = None
    cooler_height: Millimetres | None = None
    """Room above the board for a CPU cooler."""
    shared_supplies: bool | None = None
    """Whether the supplies feed one common bus, so that each can carry what another leaves."""
    backplane: str | None = None
    """SKU of the backplanes that the case is made for."""
    included: dict[str, int] = Field(default_factory=dict)
    """SKU -> pieces that come with the case at its price (backplanes, supplies, fans, rails)."""
    default_wiring: tuple[Wiring, ...] = ()
    default_hookup: tuple[Hookup, ...] = ()


class Supply(PartBase):
    """A power supply."""

    kind: Literal["supply"] = "supply"
    power: Watts | None = None
    """Rated output, all rails together."""
    rail_12v: Amps | None = None
    rail_5v: Amps | None = None
    rail_3v3: Amps | None = None
    combined_5v_3v3: Amps | None = None
    """What 5 V and 3.3 V give together."""
    overload_from: Decimal | None = None
    """Where over-current protection may act at the earliest, as a share of the rating (`"1.1"`)."""
    overload_to: Decimal | None = None
    """Where it acts at the latest (`"1.6"`)."""
    efficiency: Share | None = None
    """Output over input at about half load."""
    form: str | None = None
    """`PS2`, `CRPS`, `mini-redundant` ...: must be the case's `supply_form`."""
    redundant: bool | None = None
    """Whether it is a module made to share one bus with others."""
    drive_connectors: int | None = None
    """Plugs for drives and backplanes (four-pin and SATA power together)."""
    cpu_connectors: int | None = None
    """Eight-pin plugs for processors (EPS12V)."""


class Board(PartBase):
    """A motherboard."""

    kind: Literal["board"] = "board"
    form_factor: str | None = None
    socket: str | None = None
    memory_type: str | None = None
    """The generation: `DDR3`, `DDR4`, `DDR5`."""
    memory_buffering: tuple[Buffering, ...] = ()
    """What sorts of module it takes."""
    memory_slots: int | None = None
    memory_max: Bytes | None = None
    ecc: bool | None = None
    pcie_slots: int | None = None
    slots: tuple[Slot, ...] = ()
    chipset_lanes: int | None = None
    """Lanes of the link between CPU and chipset, behind which SATA ports and some slots hang."""
    chipset_generation: int | None = None
    sata_ports: int | None = None
    sata_rate: Gigabits | None = None
    port_multiplier: bool | None = None
    """Whether its own SATA ports speak to port multipliers."""
    fis_switching: bool | None = None
    """Whether they switch by FIS: all drives behind a multiplier at work at once."""
    m2_slots: int | None = None
    lan_ports: int | None = None
    lan_rate: Gigabits | None = None
    """Of one port."""
    power: Watts | None = None
    """Its own draw without processor and cards."""
    cpu_connectors: int | None = None
    """Eight-pin plugs that it wants (EPS12V)."""


class Processor(PartBase):
    """A CPU."""

    kind: Literal["cpu"] = "cpu"
    socket: str | None = None
    cores: int | None = None
    tdp: Watts | None = None
    memory_type: str | None = None
    """The generations it takes, parted by a slash: `DDR4/DDR5`."""
    memory_buffering: tuple[Buffering, ...] = ()
    memory_max: Bytes | None = None
    ecc: bool | None = None
    pcie_lanes: int | None = None
    pcie_generation: int | None = None
    cooler_included: bool | None = None


class Memory(PartBase):
    """A memory module; one piece is one module."""

    kind: Literal["memory"] = "memory"
    capacity: Bytes | None = None
    """Size of one module (memory is sold in binary sizes: 4 GiB printed as 4GB)."""
    memory_type: str | None = None
    ecc: bool | None = None
    buffering: Buffering | None = None
    power: Watts | None = None


class Backplane(PartBase):
    """A board that drives plug into."""

    kind: Literal["backplane"] = "backplane"
    ports: int | None = None
    """Drives it takes."""
    host_ports: int | None = None
    """Links (lanes) to the host that it needs (a port multiplier: 1, a direct one: one a drive)."""
    host_connectors: int | None = None
    """Sockets on which these links come (four lanes on one mini-SAS socket); None: one a link."""
    connector: str | None = None
    """Sort of these sockets: `SATA`, `SFF-8087`, `SFF-8643` ..."""
    fanout: Literal["multiplier", "expander", "direct"] | None = None
    """How many drives share a link: a SATA port multiplier, a SAS expander, or none does."""
    interface: Literal["SATA", "SAS"] | None = None
    """SAS takes SAS and SATA drives, SATA only SATA drives."""
    drive_rate: Gigabits | None = None
    """Line rate of one drive's port."""
    host_rate: Gigabits | None = None
    """Line rate of one link to the host."""
    feeds_pin3: bool | None = None
    """Whether pin 3 of a drive's power plug has 3.3 V, which keeps drives with PWDIS off."""
    power_connectors: int | None = None
    """Power plugs that one wants."""
    power: Watts | None = None
    """Its own draw without drives."""
    bay_form: Literal["3.5in", "2.5in"] | None = None
    """The largest drive that it takes."""
    chip: str | None = None
    screws: int | None = None
    """Screws or standoffs that hold one."""


class Adapter(PartBase):
    """A card that gives ports for drives."""

    kind: Literal["adapter"] = "adapter"
    ports: int | None = None
    """Links (lanes) for drives or backplanes."""
    connectors: int | None = None
    """Sockets on which these links come (four lanes on one mini-SAS socket); None: one a link."""
    connector: str | None = None
    """Sort of these sockets: `SATA`, `SFF-8087`, `SFF-8643` ..."""
    interface: Literal["SATA", "SAS"] | None = None
    """SAS speaks to SAS and SATA drives and to expanders."""
    port_rate: Gigabits | None = None
    """Line rate of one link."""
    port_multiplier: bool | None = None
    """Whether its ports speak to SATA port multipliers."""
    fis_switching: bool | None = None
    """Whether they switch by FIS: all drives behind a multiplier at work at once."""
    drives_max: int | None = None
    """Drives that it manages, expanders included."""
    chip: str | None = None
    pcie_lanes: int | None = None
    pcie_generation: int | None = None
    pcie_size: int | None = None
    """Mechanical size of the card edge, where it is longer than the electrical lanes."""
    low_profile: bool | None = None
    """Whether it fits a low slot, with a bracket that comes with it."""
    power: Watts | None = None


class Nic(PartBase):
    """A network card."""

    kind: Literal["nic"] = "nic"
    ports: int | None = None
    gigabits: Decimal | None = None
    """Of one port, in Gb/s."""
    connector: str | None = None
    """`RJ45`, `SFP+`, `SFP28`, `QSFP28` ..."""
    pcie_lanes: int | None = None
    pcie_generation: int | None = None
    low_profile: bool | None = None
    power: Watts | None = None


class Drive(PartBase):
    """A hard drive or solid-state drive as the maker specifies it."""

    kind: Literal["drive"] = "drive"
    capacity: Bytes | None = None
    """Size printed on the label, decimal (18 TB is 18 * 10**12 bytes)."""
    exact_bytes: int | None = None
    form_factor: Literal["3.5in", "2.5in", "M.2", "U.2"] | None = None
    interface: Literal["SATA", "SAS", "NVMe"] | None = None
    interface_rate: Gigabits | None = None
    recording: Literal["CMR", "SMR", "HM-SMR", "SSD"] | None = None
    """`SMR` is managed by the drive, `HM-SMR` by the host."""
    sector_format: Literal["512n", "512e", "4Kn"] | None = None
    pwdis: bool | None = None
    """Whether pin 3 of its power plug turns it off (SATA 3.3 PWDIS, SAS-3)."""
    sustained_rate: BytesPerSecond | None = None
    """The most that it reads in sequence, at the outer tracks."""
    unrecoverable: Decimal | None = Field(default=None, gt=0, lt=1)
    """Unrecoverable read errors per bit read, at most (`"1E-15"`)."""
    failures: int | None = Field(default=None, ge=0)
    """Failures seen in `drive_days`; annualized failure rate = failures / drive_days x 365."""
    drive_days: int | None = Field(default=None, ge=1)
    afr_stated: Share | None = None
    """The maker's own annualized failure rate: a promise, not a measurement."""
    weight: Kilograms | None = None
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
    power: Watts | None = None


class Accessory(PartBase):
    """What holds, joins or quiets the rest: it has a name and little else to check."""

    kind: Literal[
        "cable", "switch", "dampener", "screw", "standoff", "fan_mount", "terminal", "housing",
        "tape", "rail", "bracket", "cooler", "other",
    ]  # fmt: skip
    length: Millimetres | None = None
    ports: int | None = None
    connector: str | None = None
    """Of a data cable: the sort of plug at the host's end."""
    far_connector: str | None = None
    """And at the drives' end, where it differs."""
    load_max: Kilograms | None = None
    """Of rails: the most that they carry."""
    sockets: tuple[str, ...] = ()
    """Of a cooler: the CPU sockets that it fits."""
    tdp_max: Watts | None = None
    """Of a cooler: the most that it takes away."""
    height: Millimetres | None = None


Part = Annotated[
    Chassis | Supply | Board | Processor | Memory | Backplane | Adapter | Nic | Drive | Fan
    | Accessory,
    Field(discriminator="kind"),
]  # fmt: skip

PART: TypeAdapter[Part] = TypeAdapter(Part)
"""Reads a part from the mapping that a part file holds."""
