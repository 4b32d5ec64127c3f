"""What a case takes as its computer: board, processor, cooler, memory and boot drives."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Accessory, Board, Chassis, Drive, Memory, Processor
from podplanner.planning.find.dominance import Merits, undominated
from podplanner.planning.find.exact import load, mills
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Wiring

BOOT_DRIVES = 2
# A mirror: with one, a pod is down until it is replaced and set up anew (`bom check`, FIT005).

LEAST_MEMORY = 16 * 2**30
# What Canonical asks for Ubuntu on a storage host (MicroCeph documentation, "Memory requirements");
# taken for every layer that keeps data, so that file systems have something to cache in.
OSD_MEMORY = 4 * 2**30
# `osd_memory_target`, its default; a hard drive's OSD needs 4 GB at the least (the same page).


def memory_wanted(*, drives: int, osds: bool) -> int:
    """Return the bytes of memory that a pod with that many data drives needs.

    >>> memory_wanted(drives=12, osds=True) // 2**30
    64
    """
    return LEAST_MEMORY + (drives * OSD_MEMORY if osds else 0)


@dataclass(frozen=True)
class Host:
    """A board with what sits in it.

    Attributes:
        cooler: None: one comes with the processor.
        boot: Of which there are `BOOT_DRIVES`; None: the stock has none.
        boot_cable: For each of them; None: they need none.
    """

    board: Board
    cpu: Processor
    cooler: Accessory | None
    memory: Memory
    modules: int
    boot: Drive | None
    boot_cable: Accessory | None = None

    @cached_property
    def cost(self) -> int:
        """Return the price in mills."""
        return (
            mills(self.board.price) + mills(self.cpu.price)
            + mills(self.cooler.price if self.cooler else None)
            + self.modules * mills(self.memory.price)
            + BOOT_DRIVES * mills(self.boot.price if self.boot else None)
            + self.sata_boots * mills(self.boot_cable.price if self.boot_cable else None)
        )  # fmt: skip

    @cached_property
    def milliwatts(self) -> int:
        """Return the draw at most."""
        return (
            load(self.board.power) + load(self.cpu.tdp) + self.modules * load(self.memory.power)
            + BOOT_DRIVES * load(self.boot.active_power if self.boot else None)
        )  # fmt: skip

    @cached_property
    def memory_bytes(self) -> int:
        """Return the memory of all modules."""
        return self.modules * (self.memory.capacity or 0)

    @property
    def sata_boots(self) -> int:
        """Return the boot drives that take a SATA port and a plug for power."""
        return BOOT_DRIVES if self.boot is not None and self.boot.form_factor != "M.2" else 0

    def free_ports(self, wiring: Wiring | None = None) -> int:
        """Return the board's SATA ports that boot drives leave; cards may have ports for these."""
        on_cards = 0 if wiring is None else min(wiring.spare_ports, self.sata_boots)
        return max((self.board.sata_ports or 0) - self.sata_boots + on_cards, 0)

    @property
    def lanes(self) -> int:
        """Return the processor's PCI Express lanes."""
        return self.cpu.pcie_lanes or 0

    @property
    def merits(self) -> Merits:
        """Return what makes one host of a board better than another of the same board."""
        return (
            -self.cost, -self.milliwatts, self.memory_bytes, self.lanes, self.free_ports(),
            -self.sata_boots,
        )  # fmt: skip


def boards_for(chassis: Chassis, stock: Stock) -> Iterator[Board]:
    """Yield the boards that a case takes."""
    forms = {normal(form) for form in chassis.board_forms}
    return (board for board in stock.boards if normal(board.form_factor or "") in forms)


def hosts_of(board: Board, chassis: Chassis, stock: Stock) -> Iterator[Host]:
    """Yield every way of filling a board that fits, in the order of the stock."""
    boots = tuple(boot for boot in stock.boots if _takes_boot(board, chassis, boot))
    if stock.boots and not boots:
        return
    # Boot drives sit beside the board: a cable of any length reaches them.
    plain = [c for c in stock.cables if c.connector == "SATA" and c.far_connector == "SATA"]
    cable = min(plain, key=lambda cable: (mills(cable.price), cable.sku), default=None)
    for cpu in stock.processors:
        if normal(cpu.socket or "?") != normal(board.socket or ""):
            continue
        for cooler in _coolers(cpu, chassis, stock):
            for memory in stock.memories:
                for modules in _modules(board, cpu, memory):
                    for boot in boots or (None,):
                        yield Host(board, cpu, cooler, memory, modules, boot, cable)


def _takes_boot(board: Board, chassis: Chassis, boot: Drive) -> bool:
    if boot.form_factor == "M.2":
        return (board.m2_slots or 0) >= BOOT_DRIVES
    # A case that does not say where boot drives go is taken to have room for two of 2.5 in.
    return (board.sata_ports or 0) >= BOOT_DRIVES and (
        chassis.boot_bays is None or chassis.boot_bays >= BOOT_DRIVES
    )


def _coolers(cpu: Processor, chassis: Chassis, stock: Stock) -> Iterator[Accessory | None]:
    if cpu.cooler_included:
        yield None
        return
    socket, room = normal(cpu.socket or ""), chassis.cooler_height
    for cooler in stock.coolers:
        fits = socket in {normal(known) for known in cooler.sockets}
        if not fits or cooler.tdp_max is None or cpu.tdp is None or cpu.tdp > cooler.tdp_max:
            continue
        if room is None or cooler.height is None or cooler.height <= room:
            yield cooler


def _modules(board: Board, cpu: Processor, memory: Memory) -> range:
    """Return the numbers of modules that board and processor take."""
    of_cpu = {name.strip().upper() for name in (cpu.memory_type or "").split("/")}
    kind = (memory.memory_type or "").upper()
    if kind != (board.memory_type or "").upper() or kind not in of_cpu:
        return range(0)
    if memory.buffering not in board.memory_buffering or (
        memory.buffering not in cpu.memory_buffering
    ):
        return range(0)
    most = min(board.memory_max or 0, cpu.memory_max or 0) // (memory.capacity or 1)
    return range(1, min(board.memory_slots or 0, most) + 1)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of one board that are worth trying, and how many there are in all."""

    board: Board
    best: tuple[Host, ...]
    number: int


def best_hosts(board: Board, chassis: Chassis, stock: Stock) -> Hosts:
    """Return the hosts of a board that no other equals or exceeds."""
    every = tuple(hosts_of(board, chassis, stock))
    return Hosts(board, tuple(undominated(every, lambda host: host.merits)), len(every))
