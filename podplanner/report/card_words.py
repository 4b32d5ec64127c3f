"""What a card says, in words, for terminals and pages alike."""

from podplanner.catalog.bay_map import MappedBay
from podplanner.drives.arrays.state import Rebuild
from podplanner.drives.pulling.card import Card, InGroup, Neighbour, Spare
from podplanner.units.words import say_span


def say_bay(bay: MappedBay | None) -> str:
    """Return where a drive is: `bay 17 (backplane 4, place 2)`."""
    if bay is None:
        return "bay unknown"
    where = f"place {bay.place}"
    if bay.backplane is not None:
        where = f"backplane {bay.backplane}, {where}"
    return f"bay {bay.number} ({where})"


def say_drive(card: Card) -> str:
    """Return model, serial number and device."""
    label = f"serial number {card.serial}" if card.serial else "serial number unknown"
    device = f" ({card.device})" if card.device else ""
    return f"{card.model or 'model unknown'}, {label}{device}"


def say_verdict(card: Card) -> str:
    """Return the verdict on the drive itself, with its reason where the card has another."""
    if card.drive is None:
        return f"{card.verdict.value}: it was not read"
    own = card.drive.assessment.reason
    return card.verdict.value if own in ("", card.reason) else f"{card.verdict.value}: {own}"


def say_neighbour(neighbour: Neighbour) -> str:
    """Return what is in the bay beside."""
    if neighbour.empty:
        return f"bay {neighbour.bay} is empty"
    return f"bay {neighbour.bay} has {neighbour.serial or 'a drive of unknown serial number'}"


def say_group(group: InGroup) -> str:
    """Return a group, the member's state in it, and what it still stands."""
    name = group.array if group.group == group.array else f"{group.group} of {group.array}"
    return f"{name} ({group.group_kind}), as {group.member}: {group.state}"


def say_losses(group: InGroup) -> str:
    """Return how many more drives may go, now and after the pull."""
    now, after = group.spare_losses, group.after_pull
    if now is None or after is None:
        return "how many more drives it may lose is not known"
    if now < 0:
        return "it has lost more drives than it can"
    if after == now:
        return f"can lose {_more(now)}; pulling this one changes nothing"
    then = _more(after) if after >= 0 else "none: this one is one too many"
    return f"can lose {_more(now)}; without this one, {then}"


def _more(number: int) -> str:
    return "no more drive" if number == 0 else f"{number} more drive{'' if number == 1 else 's'}"


def say_rebuild(rebuild: Rebuild) -> str:
    """Return a rebuild, how far it is, and how long it takes yet."""
    words = rebuild.words
    if rebuild.percent is not None:
        words += f", {rebuild.percent:.1f} % done"
    if rebuild.left_s is not None:
        words += f", about {say_span(rebuild.left_s)} to go"
    return words


def say_spare(spare: Spare, need_bytes: int | None) -> str:
    """Return a spare, its size in bytes beside the least that fits, and its line in the bill."""
    what = f"{spare.kind} {spare.name}"
    if spare.serial:
        what += f", serial number {spare.serial}"
    if spare.bay is not None:
        what += f", in bay {spare.bay}"
    least = "" if need_bytes is None else f" (at least {need_bytes:,} are needed)"
    if spare.kind == "distributed spare":
        what += ", spread over the drives of the group"
    elif spare.assumed:
        what += f": {spare.size_bytes:,} bytes{least}, as drives of its label hold; see it accepted"
    else:
        what += f": {spare.size_bytes:,} bytes{least}"
    if spare.line is not None:
        bought = _bought(spare)
        what += f"; line {spare.position} of the bill ({spare.line}){bought}"
    return what


def _bought(spare: Spare) -> str:
    if spare.on_shelf is None:
        return ""
    if spare.on_shelf == 0:
        return ", which buys no spares: order one" if spare.kind == "line of the bill" else ""
    return f", which buys {spare.on_shelf} spare{'' if spare.on_shelf == 1 else 's'}"
