"""The Pareto front: the designs that no other equals or exceeds in everything."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeVar

from podplanner.planning.find.design import Vector
from podplanner.planning.find.dominance import uncovered

_T = TypeVar("_T")

_BLOCK = 1024
# Candidates that are compared at once: large enough that few blocks are made, small enough that a
# set of them and of the front found so far is a short number.


def front(candidates: Sequence[tuple[Vector, _T]]) -> list[tuple[Vector, _T]]:
    """Return the candidates that no other equals or exceeds in every place of its vector.

    Of several with equal vectors the first stays. In the order of their vectors: cheapest first.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate[0])
    kept: list[tuple[Vector, _T]] = []
    for start in range(0, len(ordered), _BLOCK):
        both = [*kept, *ordered[start : start + _BLOCK]]
        kept += [both[n] for n in uncovered([vector for vector, _ in both], len(kept))]
    return kept


_WAITING = 48
# Vectors that are looked through one by one before the sets are made anew.


class Incumbents:
    """Designs that were found so far: nothing that one of them covers is worth looking at."""

    def __init__(self) -> None:
        """Start with none."""
        self._vectors: list[tuple[Vector, None]] = []
        self._waiting: list[Vector] = []
        self._steps: list[list[int]] = [[] for _ in range(5)]
        self._sets: list[list[int]] = [[] for _ in range(5)]

    def add(self, vectors: Iterable[Vector]) -> None:
        """Take in designs that meet the need."""
        self._waiting += vectors
        if len(self._waiting) > _WAITING:
            self._vectors = front([*self._vectors, *((v, None) for v in self._waiting)])
            self._waiting = []
            for place in range(5):
                self._sort(place)

    def cover(self, best: Vector) -> bool:
        """Return whether one of them is at least as good in every place as `best`."""
        found = -1
        for steps, sets, value in zip(self._steps, self._sets, best, strict=True):
            position = bisect_right(steps, value)
            found &= sets[position - 1] if position else 0
            if not found:
                break
        if found > 0:
            return True
        cost, capacity, read, nines, watts = best
        return any(
            v[0] <= cost and v[1] <= capacity and v[2] <= read and v[3] <= nines and v[4] <= watts
            for v in self._waiting
        )

    def _sort(self, place: int) -> None:
        """Make the sets of those that are at least as good in one place as each value of it."""
        order = sorted(range(len(self._vectors)), key=lambda n: self._vectors[n][0][place])
        steps: list[int] = []
        sets: list[int] = []
        reached = 0
        for n in order:
            reached |= 1 << n
            value = self._vectors[n][0][place]
            if steps and steps[-1] == value:
                sets[-1] = reached
            else:
                steps.append(value)
                sets.append(reached)
        self._steps[place], self._sets[place] = steps, sets
