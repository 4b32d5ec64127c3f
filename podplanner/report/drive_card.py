"""The card of the drive to see to first, in the pieces that a page sets."""

from collections.abc import Iterator

from podplanner.drives.pulling.card import Card, InGroup, Neighbour, Safety, Spare, Step
from podplanner.report.drive_values import CardEntry, StepEntry
from podplanner.report.drive_words import SEVERITIES, clean, size_words
from podplanner.report.values import Fact
from podplanner.report.wording import plural

_SAFETIES = {Safety.SAFE: "ok", Safety.WAIT: "warning", Safety.DO_NOT_PULL: "error"}


def card_entry(card: Card | None) -> CardEntry | None:
    """Return the card in words; None: there is none."""
    if card is None:
        return None
    place = clean(card.device or "") or "a bay that is not known"
    if card.bay is not None:
        place = f"bay {card.bay.number}"
    return CardEntry(
        place=place,
        bay=None if card.bay is None else card.bay.number,
        name=clean(card.serial or "", 64) or "serial number unknown",
        serial=card.serial,
        model=clean(card.model or "", 64),
        device=clean(card.device or ""),
        verdict=card.verdict.value,
        severity=SEVERITIES[card.verdict],
        safety=card.pull.safety.value,
        safety_severity=_SAFETIES[card.pull.safety],
        why_safe=clean(card.pull.reason),
        why=(clean(card.reason), *(clean(words) for words in card.evidence)),
        facts=tuple(_facts(card)),
        steps=tuple(_step(step) for step in card.steps),
        after=tuple(_step(step) for step in card.after),
        based_on=", ".join(clean(words) for words in card.based_on),
    )


def _step(step: Step) -> StepEntry:
    # A command is typed as it stands: no space of it is touched, and none is shown in part.
    if step.command.isprintable():
        return StepEntry(clean(step.words), step.command)
    return StepEntry(f"{clean(step.words)} (a name in its command cannot be printed)", "")


def _facts(card: Card) -> Iterator[Fact]:
    if card.model:
        yield Fact("Model", clean(card.model, 64))
    if card.device and card.bay is not None:
        yield Fact("Device", clean(card.device))
    for neighbour in card.neighbours:
        yield Fact(f"Beside it, bay {neighbour.bay}", _neighbour(neighbour))
    for group in card.groups:
        yield Fact("In", _group(group))
    if card.candidates:
        yield Fact("It is one of", "; ".join(
            clean(one.serial, 64) + (f" in bay {one.bay}" if one.bay is not None else "")
            for one in card.candidates
        ))  # fmt: skip
    search = card.spare
    if search.need_bytes is not None:
        yield Fact("Needs at least", size_words(search.need_bytes))
    yield Fact("Put in its stead", "nothing that fits is known" if search.found is None
               else _spare(search.found))  # fmt: skip
    for words in search.refused:
        yield Fact("Does not do", clean(words))


def _neighbour(neighbour: Neighbour) -> str:
    if neighbour.serial:
        return clean(neighbour.serial, 64)
    return "empty" if neighbour.empty else "serial number not known"


def _group(group: InGroup) -> str:
    words = f"{group.array}, {group.group} ({group.group_kind}), as {group.member}: {group.state}"
    if group.after_pull is None:
        words += "; how many more it can lose is not known"
    else:
        words += f"; without this drive it can lose {max(group.after_pull, 0)} more"
    if group.rebuild is not None:
        words += f"; {group.rebuild.words}"
    return clean(words)


def _spare(spare: Spare) -> str:
    parts = [f"{spare.kind} {spare.name}"]
    if spare.serial:
        parts.append(f"serial {spare.serial}")
    if spare.bay is not None:
        parts.append(f"in bay {spare.bay}")
    parts.append(size_words(spare.size_bytes) + (", as its label says" if spare.assumed else ""))
    if spare.position is not None:
        parts.append(f"line {spare.position} of the list ({spare.line})" if spare.line
                     else f"line {spare.position} of the list")  # fmt: skip
    if spare.on_shelf is not None:
        parts.append(f"{plural(spare.on_shelf, 'spare')} beyond those in bays")
    return clean("; ".join(parts))
