"""The Pareto front: the designs that no other equals or exceeds in everything."""

from collections.abc import Sequence
from typing import TypeVar

from podplanner.planning.find.design import Vector

_T = TypeVar("_T")

_BLOCK = 1024
# Candidates that are compared at once: large enough that few blocks are made, small enough that a
# set of them and of the front found so far is a short number.


def front(candidates: Sequence[tuple[Vector, _T]]) -> list[tuple[Vector, _T]]:
    """Return the candidates that no other equals or exceeds in every place of its vector.

    Of several with equal vectors the first stays. In the order of their vectors: cheapest first.

    In that order a candidate can only be dominated by one before it, for a vector that is at most
    another in each place comes first. Sets of candidates are bits of whole numbers: those that are
    as good in one place are found by one sweep in its order, and those as good in all places by
    `&` of five such sets.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate[0])
    kept: list[tuple[Vector, _T]] = []
    for start in range(0, len(ordered), _BLOCK):
        block = ordered[start : start + _BLOCK]
        kept += _survivors(kept, block)
    return kept


def _survivors(
    kept: Sequence[tuple[Vector, _T]], block: Sequence[tuple[Vector, _T]]
) -> list[tuple[Vector, _T]]:
    """Return those of a block that neither what was kept nor an earlier one of it dominates."""
    vectors = [vector for vector, _ in kept]
    vectors += [vector for vector, _ in block]
    first = len(kept)
    # Every one that is sorted before: a candidate's own bit, and later ones, are left out.
    better = [(1 << (first + n)) - 1 for n in range(len(block))]
    for place in range(1, 5):
        _narrow(better, vectors, first, place)
    return [candidate for candidate, found in zip(block, better, strict=True) if not found]


def _narrow(better: list[int], vectors: Sequence[Vector], first: int, place: int) -> None:
    """Leave in each set of `better` those that are at least as good in one place."""
    order = sorted(range(len(vectors)), key=lambda n: vectors[n][place])
    reached, position = 0, 0
    while position < len(order):
        value, end = vectors[order[position]][place], position
        while end < len(order) and vectors[order[end]][place] == value:
            reached |= 1 << order[end]
            end += 1
        for n in order[position:end]:
            if n >= first:
                better[n - first] &= reached
        position = end
