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
    rated = sorted(((tuple(-m for m in merits(thing)), n, thing) for n, thing in enumerate(things)),
                   key=lambda entry: entry[:2])  # fmt: skip
    costs = [cost for cost, _, _ in rated]
    return [rated[n][2] for n in uncovered(costs)]


def uncovered(vectors: Sequence[Sequence[float]], first: int = 0) -> list[int]:
    """Return the indexes, from `first`, of vectors that none before them covers.

    A vector covers another where it is at most as large in every place. The vectors are sorted, so
    one that covers another comes before it. Sets of them are bits of whole numbers: those that are
    as good in one place are found by one sweep in its order, and those as good in all places by
    `&` of such sets.
    """
    better = [(1 << n) - 1 for n in range(first, len(vectors))]
    if not better:
        return []
    for place in range(1, len(vectors[first])):
        _narrow(better, vectors, first, place)
    return [first + n for n, found in enumerate(better) if not found]


def _narrow(
    better: list[int], vectors: Sequence[Sequence[float]], first: int, place: int
) -> None:  # fmt: skip
    """Leave in each set of `better` those that are at least as good in one place."""
    values = [vector[place] for vector in vectors]
    least = values[0]
    if values.count(least) == len(values):
        return
    order = sorted(range(len(values)), key=values.__getitem__)
    reached, position = 0, 0
    while position < len(order):
        value, end = values[order[position]], position
        while end < len(order) and values[order[end]] == value:
            reached |= 1 << order[end]
            end += 1
        for n in order[position:end]:
            if n >= first:
                better[n - first] &= reached
        position = end
