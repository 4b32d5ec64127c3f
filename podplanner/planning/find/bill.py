"""A design written down as the bill of one pod, that `bom check` and `plan check` can read."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from podplanner.catalog.bill import BillOfMaterials, Line, Link
from podplanner.catalog.parts import Part
from podplanner.planning.find.design import Design
from podplanner.planning.find.host import BOOT_DRIVES
from podplanner.planning.find.stock import Stock
from podplanner.planning.find.wiring import Cabled, Frame, room_of

_WITH_THE_CASE = "comes with the case, at its price"


def bill_of(design: Design, stock: Stock, *, currency: str, day: date, title: str) -> (
    BillOfMaterials
):  # fmt: skip
    """Return the bill of one pod of a design; its note says how many pods there are.

    Args:
        design: What to write.
        stock: Where the parts that come with the case are looked up.
        currency: Of all prices.
        day: The day of the bill; each price has its own.
        title: Of the bill.
    """
    pods = design.pods
    order = f"One of {pods} pods: `bom cost --pods {pods}` prices the order, with its spares once."
    order = order if pods > 1 else "One pod."
    bill = BillOfMaterials.model_validate({
        "title": title, "currency": currency, "date": day, "layout": design.layout.written,
        "source": "podplanner plan find", "note": order,
    })  # fmt: skip
    lines = tuple(_lines(design, stock))
    return bill.model_copy(update={"lines": lines, "links": tuple(_links(design))})


def _lines(design: Design, stock: Stock) -> Iterator[Line]:
    body = design.body
    frame, host, cards = body.frame, body.host, body.cards
    yield _line("case", "Case", frame.chassis, 1)
    for number, (part, count) in enumerate(stock.included(frame.chassis), 1):
        name = "backplane" if part.sku == frame.backplane.sku else f"with_case_{number}"
        yield _line(name, part.kind.capitalize(), part, count, free=True)
    yield _line("supply", "Power supply", body.feed.supply, body.feed.count)
    yield _line("board", "Motherboard", host.board, 1)
    yield _line("cpu", "Processor", host.cpu, 1)
    if host.cooler is not None:
        yield _line("cooler", "Cooler", host.cooler, 1)
    yield _line("memory", "Memory", host.memory, host.modules)
    for number, group in enumerate(cards.wiring.groups, 1):
        if group.adapter is not None:
            yield _line(f"adapter_{number}", "Adapter", group.adapter, group.count)
    yield from _cables(design, stock)
    if cards.nic is not None:
        yield _line("network", "Network card", cards.nic, cards.nics)
    if host.boot is not None:
        yield _line("boot", "Boot drive", host.boot, BOOT_DRIVES)
    if body.rail is not None and not body.rail.included:
        yield _line("rails", "Rails", body.rail.part, 1)
    data = _line("data", "Data drive", design.pace.drive, design.drives)
    spares = Decimal(design.spares) if design.spares else None
    yield data.model_copy(update={"spares": spares})


def _line(name: str, category: str, part: Part, count: int, *, free: bool = False) -> Line:
    return Line(
        id=name, part=part.sku, title=part.title, maker=part.maker, category=category,
        quantity=Decimal(count), unit_price=Decimal(0) if free else part.price,
        price_date=None if free else part.price_date, note=_WITH_THE_CASE if free else "",
    )  # fmt: skip


def _cables(design: Design, stock: Stock) -> Iterator[Line]:
    """Yield the data cables, those of one sort on one line, and those of the boot drives."""
    counts: dict[str, int] = {}
    for group in design.body.cards.wiring.groups:
        counts[group.cable.sku] = counts.get(group.cable.sku, 0) + group.cables
    host = design.body.host
    if host.boot_cable is not None and host.sata_boots:
        sku = host.boot_cable.sku
        counts[sku] = counts.get(sku, 0) + host.sata_boots
    by_sku = {cable.sku: cable for cable in stock.cables}
    for number, (sku, count) in enumerate(counts.items(), 1):
        yield _line(f"cable_{number}", "Data cable", by_sku[sku], count)


def _links(design: Design) -> Iterator[Link]:
    """Yield where every backplane hangs, with its data and with its power.

    A cable that fans out from one socket to several ends is not stated: a link has one end, and
    two links from one socket would be two plugs in it (`bom check`, LNK002).
    """
    body = design.body
    frame, used = body.frame, 0
    for number, group in enumerate(body.cards.wiring.groups, 1):
        if _fans_out(group, frame.lanes):
            return
        for start in _sockets(group, number, frame):
            plane, socket = divmod(used, frame.sockets)
            yield Link.model_validate({"from": start, "to": f"backplane.{plane + 1}:{socket + 1}"})
            used += 1
    for plane in range(1, frame.planes + 1):
        yield Link.model_validate({"power": "supply.1", "to": f"backplane.{plane}"})
    yield Link.model_validate({"power": "supply.1", "to": "board"})


def _fans_out(group: Cabled, lanes: int) -> bool:
    return group.adapter is not None and group.cables < group.sockets and lanes == 1


def _sockets(group: Cabled, number: int, frame: Frame) -> Iterator[str]:
    """Yield the host's end of each cable of a group, in the order of the backplanes' sockets.

    Single ports that are gathered to a wide socket are named by the first of them.
    """
    if group.adapter is None:
        yield from (f"board:{1 + n * frame.lanes}" for n in range(group.sockets))
        return
    each = room_of(group.adapter, frame)
    width = max((group.adapter.ports or 1) // (group.adapter.connectors or 1), 1)
    step = frame.lanes if width == 1 else 1
    for n in range(group.sockets):
        piece, place = divmod(n, each)
        yield f"adapter_{number}.{piece + 1}:{1 + place * step}"
