"""What is wrong with the rules of a table together, found before any of them is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from podplanner.models.decision_tables.regions import Region, cells, joined
from podplanner.models.decision_tables.table import DecisionTable

_MOST_OF_A_KIND = 50
# Problems of one kind that are told; whoever mends those looks again.
_MOST_STEPS = 1_000_000
# Rules held against parts of an input, about a second.
_MOST_PAIRS = 1_000_000
# Pairs of rules, likewise a few seconds.


@dataclass(frozen=True, slots=True)
class TableProblem:
    """Something that is wrong with rules together."""

    kind: Literal["gap", "overlap", "unreachable", "unchecked"]
    """`gap`: no rule covers it; `overlap`: two do that may not; `unreachable`: a rule that never
    decides anything; `unchecked`: the table is too large to look at whole."""
    rules: tuple[int, ...]
    """Their numbers, from 1."""
    where: str
    """The inputs: `age >= 65, kind "cat"`; empty: any."""

    def __str__(self) -> str:
        """Say it in words."""
        numbers = " and ".join(map(str, self.rules))
        words = {
            "gap": "no rule covers",
            "overlap": f"rules {numbers} both hit at",
            "unreachable": f"rule {numbers} is never reached: an earlier one covers",
            "unchecked": "too many parts to look at all of them",
        }
        return f"{words[self.kind]} {self.where or 'any input'}".strip()


def problems(table: DecisionTable) -> tuple[TableProblem, ...]:
    """Return what is wrong with the rules of a table; see `DecisionTable.problems`."""
    found = list(_overlaps(table))
    covered = all(one.default is not None for one in table.outputs)
    if not covered and table.hit_policy not in ("RULE ORDER", "COLLECT"):
        found += _Gaps(table).find()
    return tuple(found)


def _overlaps(table: DecisionTable) -> Iterator[TableProblem]:
    """Yield pairs of rules that may not both hit, and rules that an earlier one hides."""
    told = pairs = 0
    if table.hit_policy not in ("UNIQUE", "ANY", "FIRST"):
        return
    for second in range(len(table.rules)):
        for first in range(second):
            pairs += 1
            if pairs > _MOST_PAIRS:
                yield TableProblem("unchecked", (), "")
                return
            problem = _of_pair(table, first, second)
            if problem is None:
                continue
            yield problem
            told += 1
            if told == _MOST_OF_A_KIND:
                return
            if problem.kind == "unreachable":
                break


def _of_pair(table: DecisionTable, first: int, second: int) -> TableProblem | None:
    one, other = table.rules[first], table.rules[second]
    if table.hit_policy == "ANY" and one.then == other.then:
        return None
    common = []
    for column, left, right in zip(table.inputs, one.when, other.when, strict=True):
        both = left.meet(right).meet(column.allowed)
        if both.empty:
            return None
        common.append(both)
    if table.hit_policy != "FIRST":
        return TableProblem("overlap", (first + 1, second + 1), _where(table, common))
    own = [
        right.meet(column.allowed) for column, right in zip(table.inputs, other.when, strict=True)
    ]
    if common != own:
        return None
    return TableProblem("unreachable", (second + 1,), _where(table, own))


class _Gaps:
    """Looks for inputs that no rule covers: input by input, part by part."""

    def __init__(self, table: DecisionTable) -> None:
        self._table = table
        self._parts = [
            cells([rule.when[number] for rule in table.rules], one.kind, one.allowed)
            for number, one in enumerate(table.inputs)
        ]
        self._sound: set[tuple[int, frozenset[int]]] = set()
        """Where, and with which rules left, nothing is uncovered: seen once, known."""
        self._found: list[TableProblem] = []
        self._steps = 0

    def find(self) -> list[TableProblem]:
        """Return the gaps, and whether all were looked for."""
        if not self._walk(0, frozenset(range(len(self._table.rules))), []):
            self._found.append(TableProblem("unchecked", (), ""))
        return self._found

    def _walk(self, number: int, rules: frozenset[int], before: list[Region]) -> bool:
        """Look at one input with the rules that earlier ones leave; False: it takes too long."""
        if not rules:
            rest = [one.allowed for one in self._table.inputs[number:]]
            self._found.append(TableProblem("gap", (), _where(self._table, before + rest)))
            return True
        if number == len(self._parts) or (number, rules) in self._sound:
            return True
        known = len(self._found)
        for region, left in self._divided(number, rules):
            self._steps += len(rules)
            if self._steps > _MOST_STEPS:
                return False
            if len(self._found) >= _MOST_OF_A_KIND:
                return True
            if not self._walk(number + 1, left, [*before, region]):
                return False
        if len(self._found) == known:
            self._sound.add((number, rules))
        return True

    def _divided(self, number: int, rules: frozenset[int]) -> list[tuple[Region, frozenset[int]]]:
        """Return the parts of an input with the rules that hold there; alike ones are one part."""
        by_rules: dict[frozenset[int], list[Region]] = {}
        for part in self._parts[number]:
            left = frozenset(
                one for one in rules if not self._table.rules[one].when[number].meet(part).empty
            )
            by_rules.setdefault(left, []).append(part)
        return [(joined(parts), left) for left, parts in by_rules.items()]


def _where(table: DecisionTable, regions: list[Region]) -> str:
    """Return a part of the inputs in words; inputs that may be anything are left out."""
    pairs = zip(table.inputs, regions, strict=True)
    return ", ".join(f"{one.name} {region}" for one, region in pairs if region != one.allowed)
