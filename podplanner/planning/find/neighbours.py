"""The designs next to one: one step in each choice, as a person would try to save something."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from podplanner.catalog.drive_layout import DriveLayout, LayoutError, read_layout
from podplanner.planning.find.body import Body
from podplanner.planning.find.cards import Cards, cards_of, nics_for
from podplanner.planning.find.cases import Case
from podplanner.planning.find.design import Design
from podplanner.planning.find.exact import mills
from podplanner.planning.find.feed import DriveLoad, Feed, feeds_of
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.layouts import Pace, capacity, layouts_of
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Frame, wirings_of


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A design one step away.

    Attributes:
        change: The step in words: `raidz1 instead of raidz2`.
        design: None: nothing of the kind can be put together.
        obstacle: Why not; empty where there is a design.
    """

    change: str
    design: Design | None
    obstacle: str = ""


def neighbours(design: Design, stock: Stock) -> Iterator[Neighbour]:
    """Yield the designs one step away from one: in drives, layout, network, pods, case ..."""
    for step in (
        _fewer_drives, _less_parity, _wider_groups, _fewer_pods, _smaller_drive, _slower_network,
        _cheaper_cards, _cheaper_supply, _cheaper_case,
    ):  # fmt: skip
        found = step(design, stock)
        if found is not None:
            yield found


def _family(layout: DriveLayout) -> str:
    return layout.written.partition(":")[0]


def _fewer_drives(design: Design, stock: Stock) -> Neighbour | None:
    """Return the next lower number of drives that can be grouped in the same way."""
    for drives in range(design.drives - 1, 0, -1):
        alike = [design.layout] if design.layout.is_cluster else [
            layout for layout in layouts_of(drives)
            if _family(layout) == _family(design.layout) and layout.parity == design.layout.parity
        ]  # fmt: skip
        if alike:
            best = max(alike, key=lambda layout: _likeness(layout, design, drives))
            return Neighbour(
                f"{drives} drives a pod instead of {design.drives} ({best})",
                replace(design, drives=drives, layout=best),
            )
    return None


def _likeness(layout: DriveLayout, design: Design, drives: int) -> tuple[bool, bool, int]:
    """Return how much a layout is like that of a design, and then how much it stores."""
    mine = design.layout
    stores = capacity(layout, design.pace, drives, design.pods)
    return layout.spares == mine.spares, layout.data == mine.data, stores


def _less_parity(design: Design, stock: Stock) -> Neighbour | None:
    layout = design.layout
    if layout.parity < 2:
        return None
    words = {
        "raidz": f"raidz{layout.parity - 1}:{layout.width}x{layout.groups}",
        "draid": f"draid{layout.parity - 1}:{layout.data}d:{layout.width}c:{layout.spares}s"
                 f"x{layout.groups}",
        "mdraid": f"mdraid5:{layout.width}x{layout.groups}" if layout.level == 6 else "",
        "mirror": _narrower_mirror(design), "ceph-rep": f"ceph-rep:{layout.parity}",
        "ceph-ec": f"ceph-ec:{layout.data}+{layout.parity - 1}",
    }.get(layout.scheme, "")  # fmt: skip
    if not words:
        return None
    try:
        less = read_layout(words)
    except LayoutError:
        return None
    return Neighbour(f"{less} instead of {layout}", replace(design, layout=less))


def _narrower_mirror(design: Design) -> str:
    width = design.layout.width - 1
    return "" if design.drives % width else f"mirror:{width}x{design.drives // width}"


def _wider_groups(design: Design, stock: Stock) -> Neighbour | None:
    """Return the next wider groups with the same parity, which store more."""
    layout = design.layout
    if layout.is_cluster or layout.scheme == "single" or layout.data == 1:
        return None
    wider = [
        other for other in layouts_of(design.drives)
        if _family(other) == _family(layout) and other.spares == layout.spares
        and other.width > layout.width and other.data >= layout.data
    ]  # fmt: skip
    if not wider:
        return None
    best = min(wider, key=lambda other: (other.width, -other.data))
    return Neighbour(f"{best} instead of {layout}", replace(design, layout=best))


def _fewer_pods(design: Design, stock: Stock) -> Neighbour | None:
    if design.pods == 1:
        return None
    less = design.pods - 1
    pods = "1 pod" if less == 1 else f"{less} pods"
    if design.layout.is_cluster and less < design.layout.width:
        return Neighbour(
            f"{pods} instead of {design.pods}", None,
            f"{design.layout} keeps its {design.layout.width} parts in as many pods, so that any "
            "pod may fail",
        )  # fmt: skip
    return Neighbour(f"{pods} instead of {design.pods}", replace(design, pods=less))


def _smaller_drive(design: Design, stock: Stock) -> Neighbour | None:
    """Return the next cheaper drive that the case takes."""
    mine = design.pace.drive
    cheaper = [drive for drive in stock.drives if mills(drive.price) < mills(mine.price)
               and (drive.exact_bytes or 0) <= (mine.exact_bytes or 0)]  # fmt: skip
    if not cheaper:
        return None
    best = max(cheaper, key=lambda drive: (mills(drive.price), drive.sku))
    return Neighbour(f"{best.sku} instead of {mine.sku}", replace(design, pace=Pace.of(best)))


def _with_cards(design: Design, cards: Cards) -> Design:
    return replace(design, body=replace(design.body, cards=cards))


def _slower_network(design: Design, stock: Stock) -> Neighbour | None:
    """Return the fastest network that is slower and cheaper."""
    body, mine = design.body, design.body.cards
    slower: list[Cards] = []
    for nic, count in nics_for(body.frame, stock):
        cards = cards_of(body.host.board, body.frame, mine.wiring, nic, count)
        if cards is not None and cards.net < mine.net and cards.cost < mine.cost:
            slower.append(cards)
    if not slower:
        return None
    best = max(slower, key=lambda cards: (cards.net, -cards.cost))
    return Neighbour(f"{_network(best)} instead of {_network(mine)}", _with_cards(design, best))


def _network(cards: Cards) -> str:
    return "the board's own ports" if cards.nic is None else f"{cards.nics} x {cards.nic.sku}"


def _cheaper_cards(design: Design, stock: Stock) -> Neighbour | None:
    """Return the next cheaper way of cabling the backplanes."""
    body, mine = design.body, design.body.cards
    cheaper = [w for w in wirings_of(body.frame, stock) if w.cost < mine.wiring.cost]
    if not cheaper:
        return None
    best = max(cheaper, key=lambda wiring: wiring.cost)
    words = " and ".join(
        f"{g.count} x {g.adapter.sku}" if g.adapter else "the board's SATA ports"
        for g in best.groups
    )
    change = f"{words} for the backplanes"
    cards = cards_of(body.host.board, body.frame, best, mine.nic, mine.nics)
    if cards is None:
        return Neighbour(change, None, f"{body.host.board.sku} has no slots for them")
    return Neighbour(change, _with_cards(design, cards))


def _cheaper_supply(design: Design, stock: Stock) -> Neighbour | None:
    mine = design.body.feed
    cheaper = [feed for feed in feeds_of(design.body.frame, stock) if feed.cost < mine.cost]
    if not cheaper:
        return None
    best = max(cheaper, key=lambda feed: (feed.cost, feed.supply.sku))
    return Neighbour(
        f"{_supplies(best)} instead of {_supplies(mine)}",
        replace(design, body=replace(design.body, feed=best)),
    )


def _supplies(feed: Feed) -> str:
    return f"{feed.count} x {feed.supply.sku}"


def _cheaper_case(design: Design, stock: Stock) -> Neighbour | None:
    """Return the design in the next cheaper case, with the cheapest body that carries it there."""
    mine = design.body.frame.chassis
    cheaper = [case for case in stock.chassis if mills(case.price) < mills(mine.price)]
    if not cheaper:
        return None
    chassis = max(cheaper, key=lambda case: (mills(case.price), case.sku))
    change = f"case {chassis.sku} instead of {mine.sku}"
    frame = Frame.of(chassis, stock)
    if frame is None or frame.bays < design.drives:
        bays = chassis.data_bays or 0
        return Neighbour(change, None, f"{bays} bays, {design.drives} drives a pod")
    body = _body_in(Case(frame, stock, design.pace.rate), design)
    if body is None:
        return Neighbour(change, None, f"no board, supply and rails for {design.drives} drives fit")
    return Neighbour(change, replace(design, body=body))


def _body_in(case: Case, design: Design) -> Body | None:
    drive, drives = design.pace.drive, design.drives
    osds = design.layout.scheme.startswith("ceph")
    rails = case.rails(drive, drives)
    offer = case.offer(
        memory_wanted(drives=drives, osds=osds), drives, DriveLoad.of(drive),
        sas=drive.interface == "SAS",
    )  # fmt: skip
    if offer is None or not rails or not case.takes(drive):
        return None
    quick = [option for option in offer.options if option.net >= design.body.cards.net]
    return case.body((quick or offer.options)[0], rails[0])
