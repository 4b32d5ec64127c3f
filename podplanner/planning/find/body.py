"""A pod without its data drives: a case with its host, cards, supplies and rails."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from podplanner.catalog.parts import Accessory, Drive, Fan
from podplanner.planning.find.cards import Cards, every_card
from podplanner.planning.find.exact import load, mills
from podplanner.planning.find.feed import DriveLoad, Feed, feeds_of, plugs_wanted
from podplanner.planning.find.host import Host, boards_for, hosts_of, memory_wanted
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame, wirings_of

RACK_WIDTH = Decimal("430")
# Millimetres. The posts of a 19 in rack stand 450 mm apart (IEC 60297-3-100): a case that is much
# narrower stands on a shelf, and rails have nothing to hold.


@dataclass(frozen=True)
class Body:
    """A pod without its data drives.

    Attributes:
        rail: None: the case stands on a shelf.
        case_milliwatts: Of backplanes and fans, which come with the case.
    """

    frame: Frame
    host: Host
    cards: Cards
    feed: Feed
    rail: "Rail | None"
    case_milliwatts: int

    @cached_property
    def cost(self) -> int:
        """Return the price in mills."""
        return (
            mills(self.frame.chassis.price) + self.host.cost + self.cards.cost + self.feed.cost
            + (self.rail.cost if self.rail else 0)
        )  # fmt: skip

    @cached_property
    def rest(self) -> int:
        """Return the draw of everything but data drives, in milliwatts at most."""
        return self.case_milliwatts + self.host.milliwatts + self.cards.milliwatts

    def watts(self, drives: int, one: DriveLoad) -> float:
        """Return what the pod takes from the wall with so many data drives at work."""
        return wall_watts(self.rest, drives, one, self.feed)

    @property
    def fits(self) -> bool:
        """Return whether its parts go together, whatever the drives."""
        return go_together(self.frame, self.host, self.cards) and plugs_suffice(
            self.frame, self.host, self.feed
        )

    def holds(self, drive: Drive, drives: int, *, osds: bool) -> bool:
        """Return whether it takes, starts and carries so many drives, with memory for them.

        Args:
            drive: The model.
            drives: How many.
            osds: Whether each is an OSD of Ceph.
        """
        return (
            drives <= self.frame.bays
            and takes(self.frame, drive)
            and (drive.interface != "SAS" or self.cards.wiring.sas)
            and self.host.memory_bytes >= memory_wanted(drives=drives, osds=osds)
            and manages(self.frame, self.cards, drives)
            and (self.rail is None or self.rail.bears(self.frame, drive, drives))
            and self.feed.carries(self.rest, drives, DriveLoad.of(drive))
        )


def wall_watts(rest: int, drives: int, one: DriveLoad, feed: Feed) -> float:
    """Return what is taken from the wall at work, in watts."""
    return (rest + drives * one.active) / 1000 / feed.efficiency


def go_together(frame: Frame, host: Host, cards: Cards) -> bool:
    """Return whether a host has the ports and the lanes that its cards and cables take."""
    if cards.cpu_lanes > host.lanes or cards.wiring.board_ports > host.free_ports(cards.wiring):
        return False
    return bool(cards.nics or host.board.lan_ports) and frame.bays > 0


def plugs_suffice(frame: Frame, host: Host, feed: Feed) -> bool:
    """Return whether supplies have plugs for backplanes, boot drives and board."""
    drive_plugs, cpu_plugs = feed.drive_plugs, feed.cpu_plugs
    if drive_plugs is not None and plugs_wanted(frame) + host.sata_boots > drive_plugs:
        return False
    return cpu_plugs is None or (host.board.cpu_connectors or 0) <= cpu_plugs


def takes(frame: Frame, drive: Drive) -> bool:
    """Return whether a drive goes into the bays of a case, and starts on its backplanes."""
    plane = frame.backplane
    if drive.form_factor == "3.5in" and (plane.bay_form or frame.chassis.bay_form) == "2.5in":
        return False
    if drive.interface == "SAS" and plane.interface != "SAS":
        return False
    return not (drive.pwdis and plane.feeds_pin3)


def manages(frame: Frame, cards: Cards, drives: int) -> bool:
    """Return whether every adapter manages its drives, even if all of them hang on it."""
    for group in cards.wiring.groups:
        adapter = group.adapter
        if adapter is None or adapter.drives_max is None:
            continue
        most = drives if frame.shares else min(drives, adapter.ports or drives)
        if most > adapter.drives_max:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Rail:
    """A set of rails.

    Attributes:
        included: It comes with the case, at its price.
    """

    part: Accessory
    included: bool

    @property
    def cost(self) -> int:
        """Return its price in mills."""
        return 0 if self.included else mills(self.part.price)

    def bears(self, frame: Frame, drive: Drive, drives: int) -> bool:
        """Return whether it bears the case with its drives, as `plan check` (MNT006) reckons."""
        case, most = frame.chassis.weight, self.part.load_max
        if most is None or case is None or drive.weight is None:
            return True
        return case + drives * drive.weight <= most


def rails_for(frame: Frame, stock: Stock) -> tuple[Rail | None, ...]:
    """Return the rails to choose from; None alone where the case stands on a shelf."""
    chassis = frame.chassis
    for part, _ in stock.included(chassis):
        if isinstance(part, Accessory) and part.kind == "rail":
            return (Rail(part, included=True),)
    if chassis.face_width is None and (chassis.body_width or RACK_WIDTH) < RACK_WIDTH:
        return (None,)
    return tuple(Rail(part, included=False) for part in stock.rails) or (None,)


def case_milliwatts(frame: Frame, stock: Stock) -> int:
    """Return the draw of backplanes and fans that come with a case."""
    fans = sum(
        number * load(part.power)
        for part, number in stock.included(frame.chassis)
        if isinstance(part, Fan)
    )
    return fans + frame.planes * load(frame.backplane.power)


def every_body(stock: Stock) -> Iterator[Body]:
    """Yield every body that can be built from a stock, one by one, in its order."""
    for chassis in stock.chassis:
        if (frame := Frame.of(chassis, stock)) is None:
            continue
        wirings = tuple(wirings_of(frame, stock))
        feeds, rails = tuple(feeds_of(frame, stock)), rails_for(frame, stock)
        rest = case_milliwatts(frame, stock)
        for board in boards_for(chassis, stock):
            for cards in every_card(board, frame, stock, wirings):
                for host in hosts_of(board, chassis, stock):
                    for feed in feeds:
                        for rail in rails:
                            body = Body(frame, host, cards, feed, rail, rest)
                            if body.fits:
                                yield body
