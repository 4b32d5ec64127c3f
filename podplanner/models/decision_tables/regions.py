"""Sets of values that a condition holds for: what a condition means, whatever its words are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from podplanner.models.decision_tables.values import Kind, Value, written

Cut: TypeAlias = tuple[Decimal, int]
"""A place between numbers: (5, 0) just before 5, (5, 1) just after it."""
Span: TypeAlias = tuple[Cut, Cut]
"""All numbers between two places."""

FIRST: Cut = (Decimal("-Infinity"), 0)
LAST: Cut = (Decimal("Infinity"), 1)


@dataclass(frozen=True, slots=True)
class NumberRegion:
    """A set of numbers: spans in order that do not touch."""

    spans: tuple[Span, ...]

    def holds(self, value: Value) -> bool:
        """Return whether a number is in it."""
        return any(low <= (value, 0) < high for low, high in self.spans)

    def meet(self, other: "Region") -> "NumberRegion":
        """Return what is in both."""
        found = []
        for low, high in self.spans:
            for start, end in _spans(other):
                if max(low, start) < min(high, end):
                    found.append((max(low, start), min(high, end)))
        return NumberRegion(tuple(sorted(found)))

    def inverse(self) -> "NumberRegion":
        """Return all other numbers."""
        edges = [FIRST, *(edge for span in self.spans for edge in span), LAST]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return NumberRegion(tuple((low, high) for low, high in pairs if low < high))

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.spans

    @property
    def everything(self) -> bool:
        """Whether every number is in it."""
        return self.spans == ((FIRST, LAST),)

    def __str__(self) -> str:
        """Write it as a unary test."""
        return "-" if self.everything else ",".join(map(_span, self.spans))


@dataclass(frozen=True, slots=True)
class NameRegion:
    """A set of texts, or of true and false: those named, or all others."""

    names: frozenset[str | bool]
    others: bool = False

    def holds(self, value: Value) -> bool:
        """Return whether a value is in it."""
        return (value in self.names) != self.others

    def meet(self, other: "Region") -> "NameRegion":
        """Return what is in both."""
        names, others = _names(other)
        if self.others and others:
            return NameRegion(self.names | names, others=True)
        if not self.others:
            return NameRegion(frozenset(one for one in self.names if (one in names) != others))
        return NameRegion(frozenset(one for one in names if one not in self.names))

    def inverse(self) -> "NameRegion":
        """Return all others."""
        return NameRegion(self.names, others=not self.others)

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.names and not self.others

    @property
    def everything(self) -> bool:
        """Whether everything is in it."""
        return not self.names and self.others

    def __str__(self) -> str:
        """Write it as a unary test."""
        if self.everything:
            return "-"
        words = ",".join(sorted(map(written, self.names)))
        return f"not({words})" if self.others else words


Region: TypeAlias = NumberRegion | NameRegion


def everything(kind: Kind) -> Region:
    """Return the region of all values of a kind."""
    if kind == "number":
        return NumberRegion(((FIRST, LAST),))
    return NameRegion(frozenset(), others=True)


def numbers(spans: Iterable[Span]) -> NumberRegion:
    """Return the region of all numbers in any of some spans."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if low >= high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return NumberRegion(tuple(merged))


def settled(region: Region, kind: Kind) -> Region:
    """Return a region in the one form that it has: of true and false both is everything."""
    if kind != "boolean" or not isinstance(region, NameRegion):
        return region
    named = frozenset(one for one in (True, False) if region.holds(one))
    return everything(kind) if len(named) == 2 else NameRegion(named)


def cells(regions: Sequence[Region], kind: Kind, allowed: Region) -> list[Region]:
    """Return the smallest parts of `allowed` that no region divides further, in order."""
    if kind == "number":
        edges = sorted({FIRST, LAST, *(edge for one in (*regions, allowed) for span in _spans(one)
                                       for edge in span)})  # fmt: skip
        found: list[Region] = [NumberRegion((span,)) for span in pairwise(edges)]
    else:
        named = {name for one in (*regions, allowed) for name in _names(one)[0]}
        if kind == "boolean":
            named = {True, False}
        found = [NameRegion(frozenset([name])) for name in sorted(named)]
        if kind == "string":
            found.append(NameRegion(frozenset(named), others=True))
    return [one for one in found if not one.meet(allowed).empty]


def joined(some: Sequence[Region]) -> Region:
    """Return the region of some cells of one input together."""
    first = some[0]
    if isinstance(first, NumberRegion):
        return numbers(span for one in some for span in _spans(one))
    open_ones = [one for one in some if _names(one)[1]]
    plain = frozenset(name for one in some if not _names(one)[1] for name in _names(one)[0])
    if open_ones:
        return NameRegion(_names(open_ones[0])[0] - plain, others=True)
    return NameRegion(plain)


def _spans(region: Region) -> tuple[Span, ...]:
    if not isinstance(region, NumberRegion):
        raise TypeError("numbers and names have nothing in common")
    return region.spans


def _names(region: Region) -> tuple[frozenset[str | bool], bool]:
    if not isinstance(region, NameRegion):
        raise TypeError("numbers and names have nothing in common")
    return region.names, region.others


def _span(span: Span) -> str:
    (low, after_low), (high, after_high) = span
    if span[0] == FIRST:
        return f"{'<=' if after_high else '<'} {written(high)}"
    if span[1] == LAST:
        return f"{'>' if after_low else '>='} {written(low)}"
    if low == high:
        return written(low)
    return f"{'(' if after_low else '['}{written(low)}..{written(high)}{']' if after_high else ')'}"
