"""The card of the drive to see to first, in the pieces that a page sets."""

from collections.abc import Iterator

from podplanner.drives.pulling.card import Card, Safety, Step
from podplanner.report.card_words import (
    say_bay,
    say_group,
    say_losses,
    say_neighbour,
    say_rebuild,
    say_spare,
    say_verdict,
)
from podplanner.report.drive_values import CardEntry, StepEntry
from podplanner.report.drive_words import SEVERITIES, clean
from podplanner.report.values import Fact
from podplanner.report.wording import listed

_SAFETIES = {Safety.SAFE: "ok", Safety.WAIT: "warning", Safety.DO_NOT_PULL: "error"}
_MOST = 6
# Drives of which it may be one, and spares that do not do; the JSON form names all.


def card_entry(card: Card | None) -> CardEntry | None:
    """Return the card in words; None: there is none."""
    if card is None:
        return None
    return CardEntry(
        raw=card,
        place=f"bay {card.bay.number}"
        if card.bay is not None
        else clean(card.device or "") or "bay unknown",
        name=clean(card.serial or "", 64) or "serial number unknown",
        verdict=card.verdict.value,
        severity=SEVERITIES[card.verdict],
        safety=card.pull.safety.value,
        safety_severity=_SAFETIES[card.pull.safety],
        why_safe=clean(card.pull.reason),
        why=(clean(card.reason), *(clean(words) for words in card.evidence)),
        facts=tuple(Fact(label, clean(words)) for label, words in _facts(card)),
        steps=tuple(_step(step) for step in card.steps),
        after=tuple(_step(step) for step in card.after),
        based_on=", ".join(clean(words) for words in card.based_on),
    )


def _step(step: Step) -> StepEntry:
    # A command is typed as it stands: no space of it is touched, and none is shown in part.
    if step.command.isprintable():
        return StepEntry(clean(step.words), step.command)
    return StepEntry(f"{clean(step.words)} (a name in its command cannot be printed)", "")


def _facts(card: Card) -> Iterator[tuple[str, str]]:
    if card.bay is not None:
        yield "Where", say_bay(card.bay)
        if card.device:
            yield "Device", card.device
    elif not card.candidates:
        yield "Where", "no bay map says where it is: `podplanner drive bays learn` makes its " \
            "light blink"  # fmt: skip
    if card.model:
        yield "Model", card.model
    if (own := say_verdict(card)) != card.verdict.value:
        yield "Verdict", own
    if card.candidates:
        named = tuple(
            one.serial if one.bay is None else f"{one.serial} in bay {one.bay}"
            for one in card.candidates
        )
        yield "One of", listed(named, _MOST)
    if card.neighbours:
        yield "Beside it", "; ".join(say_neighbour(neighbour) for neighbour in card.neighbours)
    for group in card.groups:
        yield "Group", f"{say_group(group)}; {say_losses(group)}"
        if group.rebuild is not None:
            yield "Rebuild", say_rebuild(group.rebuild)
    yield from _spare(card)


def _spare(card: Card) -> Iterator[tuple[str, str]]:
    search = card.spare
    if search.found is not None:
        yield "Spare", say_spare(search.found, search.need_bytes)
    elif search.need_bytes is not None:
        yield "Spare", f"none is known that fits: it needs {search.need_bytes:,} bytes"
    for words in search.refused[:_MOST]:
        yield "No spare", words
