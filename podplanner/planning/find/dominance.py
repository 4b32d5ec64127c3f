"""Which things of a sort no better choice needs: those that another is at least as good as in all.

docs/adr/0008-pruning-by-dominance.md proves where in the search this changes no answer.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_T = TypeVar("_T")

Merits = tuple[float, ...]
"""Figures of a thing, of each of which more is better."""


def undominated(things: Iterable[_T], merits: Callable[[_T], Merits]) -> list[_T]:
    """Return the things that no other equals or exceeds in every merit, in falling merits.

    Of several with equal merits the first stays.

    >>> undominated(["bb", "a", "cc"], lambda word: (len(word), -ord(word[0])))
    ['bb', 'a']
    """
    rated = sorted(((merits(thing), n, thing) for n, thing in enumerate(things)),
                   key=lambda entry: (tuple(-merit for merit in entry[0]), entry[1]))  # fmt: skip
    kept: list[tuple[Merits, _T]] = []
    for mine, _, thing in rated:
        if not any(_covers(other, mine) for other, _ in kept):
            kept.append((mine, thing))
    return [thing for _, thing in kept]


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    for mine, its in zip(one, other, strict=True):  # noqa: SIM110 (a loop is twice as quick here)
        if mine < its:
            return False
    return True
