"""Rules over facts: what follows from what is known, until nothing new does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from types import MappingProxyType
from typing import Any

from podplanner.errors import ConflictError, FormatError, UnknownNameError, WrongUsageError
from podplanner.models.decision_tables.original import Original
from podplanner.models.decision_tables.regions import Region
from podplanner.models.decision_tables.unary_tests import in_words
from podplanner.models.decision_tables.values import Kind, Value, given, kind_of, written

MOST_RULES = 10_000


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one fact."""

    fact: str
    test: Region
    kind: Kind | None
    """Of the values that it tests; None: any value will do, the fact has to be known."""


@dataclass(frozen=True, slots=True)
class Production:
    """When all conditions hold, these facts do too."""

    name: str
    when: tuple[Condition, ...]
    then: tuple[tuple[str, Value], ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that fired."""

    rule: str
    why: tuple[str, ...]
    """Each condition that was met: `has fur true meets true`."""
    facts: Mapping[str, Value]
    """What became known by it."""
    because: str


@dataclass(frozen=True, slots=True)
class Inferred:
    """What follows from some facts."""

    facts: Mapping[str, Value]
    """Those given, then those that follow, in the order in which they became known."""
    steps: tuple[Step, ...]
    _needs: Mapping[str, tuple[str, ...]] = field(repr=False)

    def why(self, fact: str) -> tuple[Step, ...]:
        """Return the steps that led to a fact, in order; none: it was given.

        Raises:
            UnknownNameError: It is not known.
        """
        if fact not in self.facts:
            raise UnknownNameError(
                f"nothing says anything of {fact!r}", hint="Look at `facts` for what is known."
            )
        wanted, waiting = set[str](), [fact]
        while waiting:
            one = waiting.pop()
            if one not in wanted:
                wanted.add(one)
                waiting += self._needs.get(one, ())
        return tuple(step for step in self.steps if wanted & step.facts.keys())


@dataclass(frozen=True, slots=True, weakref_slot=True)
class RuleBase:
    """Rules over facts; never changed, nothing in it is run.

    Facts are only ever added, so inference ends, also where rules lead to each other in a circle.

    Raises:
        FormatError: There are no rules or too many, two have one name, or one says nothing.
    """

    name: str
    rules: tuple[Production, ...]
    original: Original | None = field(default=None, compare=False, repr=False)
    """The text that they were read from, where that is not their own form."""

    def __post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        if not self.name or not 1 <= len(names) <= MOST_RULES:
            raise FormatError(
                f"the rule base {self.name!r} has {len(names)} rules",
                hint=f"Give it a name, and 1 to {MOST_RULES:,} rules.",
            )
        for number, rule in enumerate(self.rules, start=1):
            if not rule.then or not rule.name or names.index(rule.name) != number - 1:
                raise FormatError(
                    f"rule {number} of {self.name!r} says nothing, or has no name of its own",
                    hint="Give every rule a `name` and a `then`.",
                )

    @classmethod
    def from_text(cls, text: str) -> "RuleBase":
        """Return the rules that a text in JSON or TOML describes.

        Raises:
            FormatError: It cannot be read, or contradicts itself.
        """
        from podplanner.models.decision_tables.reading import read_rules

        found = read_rules(text)
        if not isinstance(found, cls):
            raise FormatError("this is a decision table", hint="Use `DecisionTable.from_text`.")
        return found

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "RuleBase":
        """Return the rules of a file; see `from_text`.

        Raises:
            FileAccessError: It cannot be read.
            FormatError: As `from_text`.
        """
        from podplanner.models.text_files import read_text

        return cls.from_text(read_text(path))

    def to_json(self) -> str:
        """Return the rules as JSON; equal rules are equal texts, whatever they were read from."""
        from podplanner.models.decision_tables.documents import rules_to_json

        return rules_to_json(self)

    def infer(self, facts: Mapping[str, Any]) -> Inferred:
        """Return all that follows from some facts, and how.

        Rules are gone through in order, again and again, until none says anything new. A
        condition on a fact that is not known does not hold, `not(...)` included.

        Args:
            facts: Name -> number (int, Decimal, float by its shortest digits), text, or bool.

        Raises:
            ConflictError: A rule says something else of a fact than is known.
            WrongUsageError: A fact is no value, or of another kind than a condition tests.
        """
        known = {name: given(value, None, name) for name, value in facts.items()}
        by = dict.fromkeys(known, "what was given")
        steps: list[Step] = []
        needs: dict[str, tuple[str, ...]] = {}
        waiting = list(self.rules)
        while True:
            left = []
            for rule in waiting:
                if not all(_holds(one, known) for one in rule.when):
                    left.append(rule)
                    continue
                new = _new_facts(rule, known, by)
                if not new:
                    continue
                why = tuple(in_words(one.fact, known[one.fact], one.test) for one in rule.when)
                steps.append(Step(rule.name, why, MappingProxyType(new), rule.because))
                known |= new
                by |= dict.fromkeys(new, f"the rule {rule.name!r}")
                needs |= dict.fromkeys(new, tuple(one.fact for one in rule.when))
            if len(left) == len(waiting):
                break
            waiting = left
        return Inferred(MappingProxyType(known), tuple(steps), needs)


def _holds(one: Condition, known: Mapping[str, Value]) -> bool:
    value = known.get(one.fact)
    if value is None:
        return False
    if one.kind is None:
        return True
    if kind_of(value) != one.kind:
        raise WrongUsageError(
            f"{one.fact} is {written(value)}, and a rule tests it for {one.test}",
            hint=f"Give a {one.kind}.",
        )
    return one.test.holds(value)


def _new_facts(
    rule: Production, known: Mapping[str, Value], by: Mapping[str, str]
) -> dict[str, Value]:
    """Return what a rule says that is not known; ConflictError: something else is."""
    new = {}
    for fact, value in rule.then:
        there = known.get(fact)
        if there is None:
            new[fact] = value
        elif (kind_of(there), there) != (kind_of(value), value):
            raise ConflictError(
                f"the rule {rule.name!r} says {fact} is {written(value)}, and {by[fact]} says "
                f"{written(there)}",
                hint="Make the conditions of one of them narrower.",
            )
    return new
