"""A card as lines for a terminal."""

import textwrap
from collections.abc import Iterator, Sequence

from podplanner.drives.pulling.card import Card, Step
from podplanner.report.card_words import (
    say_bay,
    say_drive,
    say_group,
    say_losses,
    say_neighbour,
    say_rebuild,
    say_spare,
    say_verdict,
)

_WIDTH = 100
# Columns; commands are longer where names are, since a broken one cannot be copied.
_HEAD = 11
# Columns of the words at the left.
_MOST = 6
# Drives of which one may be it; `--json` names all.


def card_lines(card: Card) -> tuple[str, ...]:
    """Return the card as lines of plain text, none longer than 100 characters but commands.

    The first line begins with the safety, in its own words, for a colour to be put on it.
    """
    return tuple(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    yield f"{card.pull.safety.value}: {say_bay(card.bay)}, {say_drive(card)}"
    yield ""
    yield from _field("safety", card.pull.reason)
    yield from _field("reason", card.reason)
    yield from _field("verdict", say_verdict(card))
    for words in card.evidence:
        yield from _field("", words)
    if card.candidates:
        named = [
            f"{one.serial} in bay {one.bay}" if one.bay is not None else one.serial
            for one in card.candidates[:_MOST]
        ]
        more = len(card.candidates) - _MOST
        yield from _field("one of", "; ".join(named) + (f" and {more} more" if more > 0 else ""))
    if card.bay is None and not card.candidates:
        yield from _field("where", "no bay map says where it is: `podplanner drive bays learn` "
                          "makes its light blink")  # fmt: skip
    if card.neighbours:
        yield from _field("beside it", "; ".join(say_neighbour(one) for one in card.neighbours))
    for group in card.groups:
        yield from _field("group", say_group(group))
        yield from _field("", say_losses(group))
        if group.rebuild is not None:
            yield from _field("", say_rebuild(group.rebuild))
    yield from _spare(card)
    yield from _steps("to replace it (podplanner runs none of these commands)", card.steps)
    yield from _steps("afterwards", card.after)
    if card.based_on:
        yield ""
        yield from _field("based on", ", ".join(card.based_on))


def _spare(card: Card) -> Iterator[str]:
    search = card.spare
    if search.found is not None:
        yield from _field("spare", say_spare(search.found, search.need_bytes))
    elif search.need_bytes is not None:
        yield from _field("spare", f"none is known that fits: it needs {search.need_bytes:,} bytes")
    elif card.spare.refused:
        yield from _field("spare", search.refused[0])
        return
    for words in search.refused[:_MOST]:
        yield from _field("", f"not {words}")


def _steps(heading: str, steps: Sequence[Step]) -> Iterator[str]:
    if not steps:
        return
    yield ""
    yield heading
    for number, step in enumerate(steps, 1):
        yield from _wrapped(f"{number:>3}. ", step.words, 5)
        if step.command:
            yield f"       {step.command}"


def _field(head: str, words: str) -> Iterator[str]:
    yield from _wrapped(f"{head:<{_HEAD}}", words, _HEAD)


def _wrapped(head: str, words: str, indent: int) -> Iterator[str]:
    """Yield words in lines; names that are longer than a line stay whole."""
    lines = textwrap.wrap(words, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines or [""]):
        yield (head if number == 0 else " " * indent) + line
