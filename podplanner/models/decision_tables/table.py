"""Decision tables: rules in order, conditions on inputs, and a policy for several that hit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from podplanner.errors import FormatError, UnknownNameError, WrongUsageError
from podplanner.models.decision_tables.original import Original
from podplanner.models.decision_tables.regions import Region
from podplanner.models.decision_tables.unary_tests import in_words
from podplanner.models.decision_tables.values import Kind, Value, given, kind_of, written

if TYPE_CHECKING:
    from podplanner.models.decision_tables.checking import TableProblem

HitPolicy: TypeAlias = Literal["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "COLLECT"]
Aggregation: TypeAlias = Literal["SUM", "MIN", "MAX", "COUNT"]

MOST_RULES = 10_000
MOST_COLUMNS = 200
"""Tables that people wrote have up to a few hundred rules and twenty columns."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a rule looks at."""

    name: str
    kind: Kind
    allowed: Region
    """Values that there can be."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a rule decides."""

    name: str
    kind: Kind
    allowed: tuple[Value, ...] = ()
    """Values that there can be, the one that wins under PRIORITY first; none: any."""
    default: Value | None = None
    """When no rule hits."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row."""

    when: tuple[Region, ...]
    """A condition for each input."""
    then: tuple[Value, ...]
    """A value for each output."""
    name: str = ""
    because: str = ""
    """Why the rule is there, in words of whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that hit, and why."""

    rule: int
    """Its number in the table, from 1."""
    name: str
    why: tuple[str, ...]
    """Each condition that the inputs met: `age 7 meets < 10`."""
    because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table decided."""

    outputs: Mapping[str, Value | tuple[Value, ...]]
    """Name -> value; under RULE ORDER and COLLECT without an aggregation the values of all rules
    that hit, in their order."""
    hits: tuple[Hit, ...]
    """The rules that the outputs come from; none: these are the defaults."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class DecisionTable:
    """A decision table, as DMN has them; never changed, nothing in it is run.

    Raises:
        FormatError: Rules and columns do not fit, or the policy cannot work with them.
    """

    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    hit_policy: HitPolicy = "UNIQUE"
    aggregation: Aggregation | None = None
    original: Original | None = field(default=None, compare=False, repr=False)
    """The text that it was read from, where that is not its own form."""

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise FormatError(f"the table {self.name!r}: {problem}", hint="Mend the table.")

    @classmethod
    def from_text(cls, text: str) -> "DecisionTable":
        """Return the table that a text in JSON, TOML or DMN describes.

        Raises:
            FormatError: It cannot be read, or contradicts itself.
            UnsafeContentError: XML that declares a document type.
        """
        from podplanner.models.decision_tables.reading import read_rules

        found = read_rules(text)
        if not isinstance(found, cls):
            raise FormatError("these are rules over facts", hint="Use `RuleBase.from_text`.")
        return found

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "DecisionTable":
        """Return the table of a file; see `from_text`.

        Raises:
            FileAccessError: It cannot be read.
            FormatError: As `from_text`.
        """
        from podplanner.models.text_files import read_text

        return cls.from_text(read_text(path))

    def to_json(self) -> str:
        """Return the table as JSON; equal tables are equal texts, whatever they were read from."""
        from podplanner.models.decision_tables.documents import table_to_json

        return table_to_json(self)

    def decide(self, inputs: Mapping[str, Any]) -> Decision:
        """Return what the table decides, and which rules say so.

        Args:
            inputs: Name -> number (int, Decimal, float by its shortest digits), text, or bool.

        Raises:
            ConflictError: No rule hits and there is no default; or several hit, and under UNIQUE
                or ANY they may not, or not with different outputs.
            UnknownNameError: There is no such input.
            WrongUsageError: An input is missing, of another kind, or not allowed.
        """
        from podplanner.models.decision_tables.deciding import decide

        values = self._values(inputs)
        hits = [
            number
            for number, rule in enumerate(self.rules)
            if all(one.holds(value) for one, value in zip(rule.when, values, strict=True))
        ]
        chosen, outputs = decide(self, hits, values)
        return Decision(MappingProxyType(outputs), tuple(self._hit(one, values) for one in chosen))

    def problems(self) -> "tuple[TableProblem, ...]":
        """Return what is wrong with the rules together, found without any input.

        Inputs that no rule covers; rules that overlap where the policy does not let them; rules
        that another one always goes before.
        """
        from podplanner.models.decision_tables.checking import problems

        return problems(self)

    def described(self, values: tuple[Value, ...]) -> str:
        """Return inputs in words: `age = 7, kind = "cat"`."""
        pairs = zip(self.inputs, values, strict=True)
        return ", ".join(f"{one.name} = {written(value)}" for one, value in pairs)

    def _values(self, inputs: Mapping[str, Any]) -> tuple[Value, ...]:
        for name in inputs:
            if all(name != one.name for one in self.inputs):
                raise UnknownNameError(
                    f"the table {self.name!r} has no input {name!r}",
                    hint=f"It has {', '.join(one.name for one in self.inputs)}.",
                )
        found = []
        for one in self.inputs:
            if one.name not in inputs:
                raise WrongUsageError(
                    f"the input {one.name!r} is missing", hint=f"Give a {one.kind}."
                )
            value = given(inputs[one.name], one.kind, one.name)
            if not one.allowed.holds(value):
                raise WrongUsageError(
                    f"{one.name} cannot be {written(value)}", hint=f"Give one of {one.allowed}."
                )
            found.append(value)
        return tuple(found)

    def _hit(self, number: int, values: tuple[Value, ...]) -> Hit:
        rule = self.rules[number]
        met = zip(self.inputs, values, rule.when, strict=True)
        why = tuple(
            in_words(one.name, value, test) for one, value, test in met if not test.everything
        )
        return Hit(number + 1, rule.name, why, rule.because)


def _problem(table: DecisionTable) -> str | None:
    """Return what does not fit, in words."""
    sides = [[one.name for one in table.inputs], [one.name for one in table.outputs]]
    if not table.name:
        return "it has no name"
    if not table.outputs or not table.rules:
        return "it has no outputs" if not table.outputs else "it has no rules"
    if len(table.rules) > MOST_RULES or sum(map(len, sides)) > MOST_COLUMNS:
        return f"it has more than {MOST_RULES} rules or {MOST_COLUMNS} columns"
    for names in sides:
        if len(set(names)) != len(names) or "" in names:
            return "two columns have one name, or one has none"
    for output in table.outputs:
        values = (*output.allowed, *(() if output.default is None else (output.default,)))
        if problem := _problem_of(output, values):
            return problem
    for number, rule in enumerate(table.rules, start=1):
        if len(rule.when) != len(table.inputs) or len(rule.then) != len(table.outputs):
            return f"rule {number} has another number of conditions or of outputs"
        for output, value in zip(table.outputs, rule.then, strict=True):
            if problem := _problem_of(output, (value,)):
                return f"rule {number}: {problem}"
    return _problem_of_policy(table)


def _problem_of(output: Output, values: tuple[Value, ...]) -> str | None:
    for value in values:
        if kind_of(value) != output.kind:
            return f"{output.name} has to be a {output.kind}, and {written(value)} is none"
        if output.allowed and value not in output.allowed:
            return f"{output.name} cannot be {written(value)}"
    return None


def _problem_of_policy(table: DecisionTable) -> str | None:
    if table.aggregation is not None and table.hit_policy != "COLLECT":
        return "only COLLECT has an aggregation"
    if table.aggregation in ("SUM", "MIN", "MAX") and [one.kind for one in table.outputs] != [
        "number"
    ]:
        return f"{table.aggregation} needs exactly one output, a number"
    if table.aggregation == "COUNT" and len(table.outputs) != 1:
        return "COUNT needs exactly one output"
    if table.hit_policy == "PRIORITY" and not any(one.allowed for one in table.outputs):
        return "PRIORITY needs the allowed values of an output, the one that wins first"
    return None
