"""SLT: does every card have a slot, and the lanes that it was bought for?

A list does not say which card sits where: the best seats that the board allows are taken. What
the chipset's link leaves of their rates is a matter of bandwidth.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from podplanner.catalog import facts
from podplanner.catalog.parts import Adapter, Board, Chassis, Nic, Processor, Slot
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.planning.seating import Seating, seat
from podplanner.planning.seats import Card
from podplanner.planning.topology import units_of
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import plain


def _megabytes(rate: int) -> str:
    """Write a rate in MB/s (10**6 bytes)."""
    return f"{plain(Decimal(rate) / 10**6, 0)} MB/s"


def _seating(pod: Pod) -> Seating | None:
    """Return where the cards of a pod sit; None where a quantity is not stated."""
    adapters, nics = units_of(pod, "adapter"), units_of(pod, "nic")
    return None if adapters is None or nics is None else seat(pod, adapters, nics)


def _items(pod: Pod) -> tuple[Item, ...]:
    return (*pod.of_kind("adapter"), *pod.of_kind("nic"))


def _pairs(pod: Pod) -> tuple[tuple[Card, Slot], ...]:
    """Return the cards that found a slot of the board, with it."""
    seating = _seating(pod)
    seats = seating.seats if seating else ()
    return tuple((seat.card, seat.slot) for seat in seats if seat.slot is not None)


def _sizes(cards: Iterable[Card]) -> str:
    return ", ".join("unknown" if card.edge is None else f"x{card.edge}" for card in cards)


def cards_have_slots(pod: Pod) -> Iterator[Finding]:
    """The board has a slot for every card.

    Why it matters: a card without a slot stays in its box, and so do the drives behind it.

    Fails when: however the cards are seated, one finds no slot that is long enough. Unknown when
    the slots of the board, the length of a card or a quantity are not stated.
    """
    items, seating, board = _items(pod), _seating(pod), facts.board(pod)
    if not items:
        return
    if seating is None:
        yield Finding.unknown(items[0], "how many cards there are is not known",
                              wants="the quantity of each card")  # fmt: skip
        return
    cards = [seat.card for seat in seating.seats]
    slots = None if board is None else sum(s.count for s in board.slots) or board.pcie_slots
    if slots is not None and len(cards) > slots:
        yield Finding(
            items[0], f"{len(cards)} cards need a slot each, the board has {slots}",
            fix="Choose a board with more slots, or cards with more ports.", field="quantity",
        )  # fmt: skip
    elif board is None or not seating.is_known:
        yield Finding.unknown(
            items[0], f"whether the board has slots for {len(cards)} cards (lengths: "
            f"{_sizes(cards)}) is not known",
            wants="the board's slots, with lanes, size and generation",
        )  # fmt: skip
    else:
        yield from _without_slot(seating, board)


def _without_slot(seating: Seating, board: Board) -> Iterator[Finding]:
    cards = [seat.card for seat in seating.seats]
    standing = [seat.card for seat in seating.seats if seat.slot is None]
    sizes = ", ".join(f"{slot.count} of x{slot.size}" for slot in board.slots)
    if standing:
        yield Finding(
            standing[0].unit.item, f"the cards need slots of {_sizes(cards)}, the board has "
            f"{sizes}: {len(standing)} of them find none", fix="Choose a board with longer slots.",
        )  # fmt: skip
    elif any(card.edge is None for card in cards):
        unknown = next(card for card in cards if card.edge is None)
        yield Finding.unknown(
            unknown.unit.item, f"whether the card fits a slot ({sizes}) is not known",
            wants="the PCI Express lanes of the card",
        )  # fmt: skip


def cards_have_their_lanes(pod: Pod) -> Iterator[Finding]:
    """Every card has a slot with as many lanes as it uses.

    Why it matters: a card in a narrower slot works, at the rate that is left.

    Fails when: in the best seating a card gets fewer lanes than it has; a note when it gets an
    older generation. Unknown when the lanes or the generation of a card are not stated.
    """
    said: set[tuple[int, int, int]] = set()
    for card, slot in _pairs(pod):
        item, full, left = card.unit.item, card.rate(None), card.rate(slot)
        key = (item.position, slot.lanes, slot.generation)
        if key in said:
            continue
        said.add(key)
        if card.lanes is None or full is None or left is None:
            yield Finding.unknown(item, "what the card's link carries is not known",
                                  wants="its PCI Express lanes and generation")  # fmt: skip
        elif left < full:
            short = slot.lanes < card.lanes
            yield Finding(
                item, f"the card has x{card.lanes} of generation {card.generation} "
                f"({_megabytes(full)}), its slot x{slot.lanes} of generation "
                f"{slot.generation}: {_megabytes(left)} are left",
                fix="Choose a board with a wider slot, or accept the rate.",
                severity=Severity.WARNING if short else Severity.NOTE,
            )  # fmt: skip


def processor_has_the_lanes(pod: Pod) -> Iterator[Finding]:
    """The processor has as many lanes as the cards in its slots use.

    Why it matters: a board's slots share the lanes of the processor; with a smaller processor
    some of them are narrower, or dead.

    Fails when: the lanes of the cards at the processor are more than it has. Unknown when its
    lanes are not stated, or where a slot hangs and the sum matters.
    """
    cpus = pod.of_kind("cpu")
    pairs = [pair for pair in _pairs(pod) if pair[1].behind != "chipset"]
    if not pairs or len(cpus) != 1:
        return
    cpu = cpus[0].part
    number = pieces(cpus)
    lanes = cpu.pcie_lanes if isinstance(cpu, Processor) else None
    have = None if lanes is None or number is None else lanes * number
    widths = [min(card.lanes or slot.lanes, slot.lanes) for card, slot in pairs]
    need, sum_words = sum(widths), " + ".join(str(width) for width in widths)
    if have is None:
        yield Finding.unknown(
            cpus[0], f"the cards use {need} lanes ({sum_words}); those of the processor are not "
            "known", wants="the processor's PCI Express lanes",
        )  # fmt: skip
    elif need > have and all(slot.behind == "cpu" and card.lanes for card, slot in pairs):
        yield Finding(
            cpus[0], f"the cards use {need} lanes ({sum_words}), the processor has {have}",
            fix="Choose a processor with more lanes, or fewer cards.",
        )  # fmt: skip
    elif need > have:
        yield Finding.unknown(
            cpus[0], f"the cards use {need} lanes ({sum_words}), the processor has {have}",
            wants="the lanes of every card, and which slots hang at the processor, which behind "
            "the chipset",
        )  # fmt: skip


def brackets_fit_the_chassis(pod: Pod) -> Iterator[Finding]:
    """Every card has a bracket that fits the chassis.

    Why it matters: a card of full height does not go into a low chassis.

    Fails when: the chassis takes low cards and a card is none. Unknown when one of the two is not
    stated.
    """
    chassis = pod.chassis.part if pod.chassis else None
    if pod.chassis is None:
        return
    height = chassis.slot_height if isinstance(chassis, Chassis) else None
    for item in _items(pod):
        part = item.part
        low = part.low_profile if isinstance(part, Adapter | Nic) else None
        if height == "full" or low:
            continue
        if height == "low" and low is False:
            yield Finding(item, "the chassis takes low cards, this one has full height",
                          fix="Choose a low-profile card.")  # fmt: skip
        else:
            yield Finding.unknown(
                item, "whether the card's bracket fits the chassis is not known",
                wants="the height of the chassis' slots"
                if height is None else "whether the card is low-profile",
            )  # fmt: skip


def chassis_has_the_openings(pod: Pod) -> Iterator[Finding]:
    """The chassis has an opening for every card.

    Why it matters: a card needs a slot in the board and an opening in the back.

    Fails when: there are more cards than openings. Unknown when the openings or a quantity are not
    stated.
    """
    items, number, chassis = _items(pod), pieces(_items(pod)), pod.chassis
    if not items or chassis is None:
        return
    have = chassis.part.slots if isinstance(chassis.part, Chassis) else None
    if have is None or number is None:
        yield Finding.unknown(chassis, "whether all cards have an opening is not known",
                              wants="the chassis' slots, and the number of cards")  # fmt: skip
    elif number > have:
        yield Finding(
            chassis, f"{number} cards need an opening each, the chassis has {have}",
            fix="Choose another chassis, or cards with more ports.",
        )  # fmt: skip


RULES = (
    Rule("SLT001", Severity.ERROR, cards_have_slots),
    Rule("SLT002", Severity.WARNING, cards_have_their_lanes),
    Rule("SLT003", Severity.WARNING, processor_has_the_lanes),
    Rule("SLT004", Severity.ERROR, brackets_fit_the_chassis),
    Rule("SLT005", Severity.ERROR, chassis_has_the_openings),
)
