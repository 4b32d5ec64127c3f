"""What a file declares, put together to a network; what does not fit is told with its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from podplanner.errors import FormatError
from podplanner.models.bayesian.network import (
    MOST_STATES,
    BayesianNetwork,
    Variable,
    first_problem,
    problem_of_name,
    problem_of_row,
    problem_of_shape,
)
from podplanner.store.paths import printable

Table = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Declared:
    """A variable as a file declares it."""

    name: str
    states: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Rows:
    """The probabilities of one variable as a file gives them."""

    table: tuple[Sequence[float], int] | None = None
    """All at once, the states of the variable itself slowest; and the line."""
    default: tuple[Sequence[float], int] | None = None
    rows: dict[tuple[str, ...], tuple[Sequence[float], int]] = field(default_factory=dict)
    """States of the parents -> one row and its line."""

    def take_table(self, numbers: Sequence[float], line: int) -> None:
        """Take in all numbers of a table."""
        if self.table is not None or self.rows or self.default is not None:
            raise _error(line, "a table beside another or beside rows")
        self.table = (numbers, line)

    def take_default(self, numbers: Sequence[float], line: int) -> None:
        """Take in the row for all states that have none of their own."""
        if self.table is not None or self.default is not None:
            raise _error(line, "a default row beside another or beside a table")
        self.default = (numbers, line)

    def take_row(self, states: tuple[str, ...], numbers: Sequence[float], line: int) -> None:
        """Take in the row for some states of the parents."""
        if self.table is not None or states in self.rows:
            raise _error(line, "a row that stands twice, or beside a table")
        self.rows[states] = (numbers, line)


@dataclass(frozen=True, slots=True)
class Block:
    """How a variable depends on others, as a file gives it."""

    name: str
    parents: tuple[str, ...]
    rows: Rows
    line: int


def assembled(name: str, declared: Sequence[Declared], blocks: Sequence[Block]) -> BayesianNetwork:
    """Return the network of a file.

    Raises:
        FormatError: Something does not fit; names the line.
    """
    known = _declared_once(declared)
    by_name: dict[str, Block] = {}
    for block in blocks:
        if block.name in by_name:
            raise _error(block.line, f"{printable(block.name)} has probabilities already")
        for word in (block.name, *block.parents):
            if word not in known:
                raise _error(block.line, f"there is no variable {printable(word)}")
        if len({block.name, *block.parents}) != 1 + len(block.parents):
            raise _error(block.line, "a variable stands twice among itself and its parents")
        by_name[block.name] = block
    for one in declared:
        if one.name not in by_name:
            raise _error(one.line, f"{printable(one.name)} has no probabilities")
    variables, numbers = [], 0
    for one in declared:
        block = by_name[one.name]
        shape = (*(len(known[parent].states) for parent in block.parents), len(one.states))
        if problem := problem_of_shape(one.name, shape, numbers):
            raise _error(block.line, str(problem))
        numbers += prod(shape)
        variables.append(Variable(one.name, one.states, block.parents, _table(block, shape, known)))
    if problem := problem_of_name(name) or first_problem(variables):
        line = by_name[problem.variable].line if problem.variable else 1
        raise _error(line, str(problem))
    return BayesianNetwork(name, tuple(variables))


def _declared_once(declared: Sequence[Declared]) -> dict[str, Declared]:
    known: dict[str, Declared] = {}
    for one in declared:
        if one.name in known:
            raise _error(one.line, f"{printable(one.name)} is declared twice")
        if not 1 <= len(one.states) <= MOST_STATES or len(set(one.states)) != len(one.states):
            raise _error(
                one.line, f"{printable(one.name)} has no states, too many, or one of them twice"
            )
        for word in (one.name, *one.states):
            if problem := problem_of_name(word):
                raise _error(one.line, str(problem))
        known[one.name] = one
    return known


def _table(block: Block, shape: tuple[int, ...], known: Mapping[str, Declared]) -> Table:
    """Return the table of a variable from what its file gives."""
    if block.rows.table is not None:
        return _from_table(block, shape)
    table = np.zeros(shape)
    given = np.zeros(shape[:-1], dtype=bool)
    if block.rows.default is not None:
        row, line = block.rows.default
        _check_row(row, shape[-1], line)
        table[...], given[...] = row, True
    above = [known[parent].states for parent in block.parents]
    for states, (row, line) in block.rows.rows.items():
        if len(states) != len(above) or any(
            state not in those for state, those in zip(states, above, strict=True)
        ):
            raise _error(
                line, f"({', '.join(map(printable, states))}) are no states of the parents"
            )
        _check_row(row, shape[-1], line)
        place = tuple(those.index(state) for state, those in zip(states, above, strict=True))
        table[place], given[place] = row, True
    if not given.all():
        missing = np.unravel_index(int(np.argmin(given)), given.shape) if above else ()
        said = [printable(those[int(one)]) for one, those in zip(missing, above, strict=True)]
        raise _error(
            block.line,
            f"{printable(block.name)} has no probabilities"
            + (f" given {', '.join(said)}" if said else ""),
        )
    return table


def _from_table(block: Block, shape: tuple[int, ...]) -> Table:
    numbers, line = block.rows.table or ((), block.line)
    if len(numbers) != prod(shape):
        raise _error(line, f"{len(numbers)} probabilities where there have to be {prod(shape)}")
    table = np.moveaxis(np.array(numbers).reshape(shape[-1:] + shape[:-1]), 0, -1)
    for row in table.reshape(-1, shape[-1]).tolist():
        _check_row(row, shape[-1], line)
    return table


def _check_row(row: Sequence[float], count: int, line: int) -> None:
    if len(row) != count:
        raise _error(line, f"{len(row)} probabilities where there have to be {count}")
    if words := problem_of_row(row):
        raise _error(line, words)


def _error(line: int, words: str) -> FormatError:
    return FormatError(f"line {line}: {words}", hint="Mend the network where the line says.")
