"""A Bayesian network over discrete variables: its graph and its tables, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from podplanner.errors import FormatError, UnknownNameError
from podplanner.store.paths import printable

if TYPE_CHECKING:
    from os import PathLike

    Table = np.ndarray[Any, np.dtype[np.float64]]

LARGEST_TABLE = 2**24
"""Numbers in one table that inference makes on the way: 128 MiB."""
MOST_NUMBERS = 2**22
"""In all tables of a network; the largest of the bnlearn repository (mildew) learns 540,150."""
MOST_STATES = 65_536
"""Of one variable; the published networks have up to 100."""
MOST_PARENTS = 30
"""Of one variable: every numpy can have 32 axes."""
LONGEST_NAME = 1000
TOLERANCE = 1e-6
"""By which a row of probabilities may miss 1: files have them rounded to a few digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """A variable, and how its states depend on those of its parents."""

    name: str
    states: tuple[str, ...]
    parents: tuple[str, ...]
    table: "Table"
    """Probabilities, an axis for each parent in order, the last one for its own states."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class BayesianNetwork:
    """Variables with their tables; asked by `posterior`, trained by `fit`.

    Answers are the same bit for bit on every machine: the order of all sums and products is fixed
    by the network itself.

    Raises:
        FormatError: A table does not fit, a row does not sum to 1, or the graph has a cycle.
    """

    name: str
    variables: tuple[Variable, ...]
    """In the order of the file; any order will do."""
    _positions: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        own = tuple(_frozen(variable) for variable in self.variables)
        problem = problem_of_name(self.name) or first_problem(own)
        if problem is not None:
            raise FormatError(
                str(problem), hint="Mend the network, and give it as text to see the line."
            )
        object.__setattr__(self, "variables", own)
        positions = {variable.name: number for number, variable in enumerate(own)}
        object.__setattr__(self, "_positions", positions)

    @classmethod
    def untrained(
        cls,
        states: Mapping[str, Sequence[str]],
        parents: Mapping[str, Sequence[str]] | None = None,
        *,
        name: str = "unknown",
    ) -> "BayesianNetwork":
        """Return a network in which every state is as likely as the others: `fit` trains it.

        Args:
            states: Name of a variable -> its states.
            parents: Name of a variable -> the variables that it depends on.
            name: Of the network.

        Raises:
            FormatError: There is a cycle, a parent that is no variable, or a table too large.
        """
        above = parents or {}
        if unknown := set(above) - set(states):
            raise FormatError(f"{sorted(unknown)[0]!r} has parents and no states")
        made = []
        for one, own in states.items():
            given = tuple(above.get(one, ()))
            shape = (*(len(states.get(parent, ())) for parent in given), len(own))
            if problem := problem_of_shape(one, shape):
                raise FormatError(str(problem))
            table = np.full(shape, 1 / len(own) if own else 0.0)
            made.append(Variable(one, tuple(own), given, table))
        return cls(name, tuple(made))

    @classmethod
    def from_text(cls, text: str) -> "BayesianNetwork":
        """Return the network that a text in BIF 0.15 or XMLBIF 0.3 describes.

        Raises:
            FormatError: It cannot be read, or contradicts itself; names the line.
            UnsafeContentError: XML that declares entities.
        """
        if text.lstrip("\ufeff \t\r\n").startswith("<"):
            from podplanner.models.bayesian.xmlbif import parse_xmlbif

            return parse_xmlbif(text)
        from podplanner.models.bayesian.bif import parse_bif

        return parse_bif(text)

    @classmethod
    def from_file(cls, path: "str | PathLike[str]") -> "BayesianNetwork":
        """Return the network of a file; see `from_text`.

        Raises:
            FileAccessError: It cannot be read.
            FormatError: As `from_text`.
        """
        from podplanner.models.text_files import read_text

        return cls.from_text(read_text(path))

    def to_bif(self) -> str:
        """Return the network in BIF 0.15; what is read back has the same tables bit for bit."""
        from podplanner.models.bayesian.bif import write_bif

        return write_bif(self)

    def variable(self, name: str) -> Variable:
        """Return a variable.

        Raises:
            UnknownNameError: There is none of that name.
        """
        return self.variables[self.position(name)]

    def position(self, name: str) -> int:
        """Return which of the variables has a name.

        Raises:
            UnknownNameError: None has.
        """
        found = self._positions.get(name)
        if found is None:
            raise UnknownNameError(
                f"the network has no variable {printable(str(name))}",
                hint=f"It has {_some(one.name for one in self.variables)}.",
            )
        return found

    def state(self, name: str, state: str) -> int:
        """Return which of a variable's states has a name.

        Raises:
            UnknownNameError: There is no such variable, or none of its states has.
        """
        states = self.variable(name).states
        if state not in states:
            raise UnknownNameError(
                f"{printable(name)} has no state {printable(str(state))}",
                hint=f"It has {_some(states)}.",
            )
        return states.index(state)

    @property
    def parameters(self) -> int:
        """Numbers that can be learned: in each row all but the last, which the others give."""
        return sum(
            one.table.size // len(one.states) * (len(one.states) - 1) for one in self.variables
        )

    def posterior(
        self, variable: str, evidence: Mapping[str, str] | None = None
    ) -> dict[str, float]:
        """Return how likely each state of a variable is, given what is known of others.

        Args:
            variable: Its name.
            evidence: Name of a variable -> its state.

        Raises:
            UnknownNameError: There is no such variable or state.
            ConflictError: The evidence is impossible.
            WrongUsageError: Exact inference would need a table that is too large.
        """
        from podplanner.models.bayesian.inference import posterior

        return posterior(self, variable, evidence or {})

    def probability(self, evidence: Mapping[str, str]) -> float:
        """Return how likely some states are together; 0.0 when they are impossible.

        Raises:
            UnknownNameError: There is no such variable or state.
            WrongUsageError: Exact inference would need a table that is too large.
        """
        from podplanner.models.bayesian.inference import probability

        return probability(self, evidence)

    def most_probable(self, evidence: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the likeliest states of all variables together, given those of some.

        Of states that are equally likely the one that is declared first is taken.

        Raises:
            UnknownNameError: There is no such variable or state.
            ConflictError: The evidence is impossible.
            WrongUsageError: Exact inference would need a table that is too large.
        """
        from podplanner.models.bayesian.inference import most_probable

        return most_probable(self, evidence or {})

    def fit(self, rows: Iterable[Mapping[str, str]], *, prior: float = 1.0) -> "BayesianNetwork":
        """Return a network of the same graph whose tables are counted from rows.

        Args:
            rows: Name of a variable -> its state; each row says something of every variable.
            prior: Counted for every state before any row is (Laplace's rule is 1).

        Raises:
            UnknownNameError: A row has a state that is none.
            WrongUsageError: A row leaves out a variable; the prior is below 0; or it is 0 and
                some states of parents are in no row.
        """
        from podplanner.models.bayesian.learning import fit

        return fit(self, rows, prior=prior)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a network."""

    variable: str
    words: str

    def __str__(self) -> str:
        return f"{printable(self.variable)}: {self.words}" if self.variable else self.words


def problem_of_name(name: str) -> Problem | None:
    """Return what is wrong with a name: BIF cannot write quotes and control characters."""
    if not name or len(name) > LONGEST_NAME:
        return Problem("", "a name is empty or longer than 1000 characters")
    if '"' in name or not name.isprintable():
        return Problem("", f"the name {name[:80]!a} has a quote or a character without a form")
    return None


def problem_of_row(row: Sequence[float]) -> str | None:
    """Return what is wrong with probabilities of the states of a variable, in words."""
    if any(not 0.0 <= one <= 1.0 for one in row):
        return "a probability is not between 0 and 1"
    if abs(sum(row) - 1.0) > TOLERANCE:
        return f"the probabilities sum to {sum(row)!r}, not 1"
    return None


def problem_of_shape(variable: str, shape: Sequence[int], before: int = 0) -> Problem | None:
    """Return the problem of a table that does not fit in memory beside those before it."""
    if len(shape) > MOST_PARENTS + 1:
        return Problem(variable, f"it has more than {MOST_PARENTS} parents")
    if before + prod(shape) > MOST_NUMBERS:
        return Problem(variable, f"with it the tables have more than {MOST_NUMBERS:,} numbers")
    return None


def first_problem(variables: Sequence[Variable]) -> Problem | None:
    """Return what is wrong first; None when the network is sound."""
    known = {one.name: one for one in variables}
    if not variables or len(known) != len(variables):
        return Problem("", "two variables have one name" if variables else "there are no variables")
    numbers = 0
    for one in variables:
        problem = _problem_of(one, known) or problem_of_shape(one.name, one.table.shape, numbers)
        if problem is not None:
            return problem
        numbers += one.table.size
    return _cycle(known)


def _problem_of(one: Variable, known: Mapping[str, Variable]) -> Problem | None:
    for name in (one.name, *one.states):
        if problem := problem_of_name(name):
            return problem
    if not one.states or len(one.states) > MOST_STATES:
        return Problem(one.name, f"it has {len(one.states)} states")
    if len(set(one.states)) != len(one.states):
        return Problem(one.name, "two states have one name")
    for parent in one.parents:
        if parent not in known:
            return Problem(one.name, f"its parent {printable(parent)} is no variable")
    if len(set(one.parents)) != len(one.parents) or one.name in one.parents:
        return Problem(one.name, "a parent stands twice, or is the variable itself")
    shape = (*(len(known[parent].states) for parent in one.parents), len(one.states))
    if one.table.shape != shape:
        return Problem(one.name, f"its table has the shape {one.table.shape}, not {shape}")
    rows = one.table.reshape(-1, len(one.states))
    within = ((rows >= 0) & (rows <= 1)).all(axis=1) & (abs(rows.sum(axis=1) - 1) <= TOLERANCE)
    if not within.all():
        # Reckoned again where it may be wrong: in the words of one row.
        words = problem_of_row(rows[int(np.argmin(within))].tolist())
        return Problem(one.name, words) if words else None
    return None


def _cycle(known: Mapping[str, Variable]) -> Problem | None:
    """Return the problem of a cycle: parents are taken away until none is left."""
    waiting = {name: set(one.parents) for name, one in known.items()}
    below: dict[str, list[str]] = {name: [] for name in known}
    for name, one in known.items():
        for parent in one.parents:
            below[parent].append(name)
    ready = [name for name, above in waiting.items() if not above]
    while ready:
        name = ready.pop()
        del waiting[name]
        for child in below[name]:
            waiting[child].discard(name)
            if not waiting[child]:
                ready.append(child)
    if not waiting:
        return None
    # From any that is left, upwards: after as many steps as there are one has been met twice.
    name = next(iter(waiting))
    for _ in waiting:
        name = next(parent for parent in known[name].parents if parent in waiting)
    return Problem(name, "it depends on itself, by way of its parents")


def _frozen(variable: Variable) -> Variable:
    """Return a variable with a table of its own that cannot be written to."""
    # A zero with a sign is the same probability; added to 0.0 it loses the sign.
    table = np.array(variable.table, dtype=np.float64) + 0.0
    table.flags.writeable = False
    return Variable(variable.name, tuple(variable.states), tuple(variable.parents), table)


def _some(names: Iterable[str]) -> str:
    few = [printable(name) for name in names]
    return ", ".join(few[:8]) + (f" and {len(few) - 8} more" if len(few) > 8 else "")
