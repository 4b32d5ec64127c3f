"""Rules as JSON and TOML: what a document may say, and the one way in which it is written."""

import json
from decimal import Decimal
from operator import itemgetter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictStr, ValidationError

from podplanner.errors import FormatError
from podplanner.models.decision_tables.original import Original
from podplanner.models.decision_tables.regions import everything
from podplanner.models.decision_tables.rule_base import Condition, Production, RuleBase
from podplanner.models.decision_tables.table import (
    Aggregation,
    DecisionTable,
    HitPolicy,
    Input,
    Output,
    Rule,
)
from podplanner.models.decision_tables.unary_tests import parse_test
from podplanner.models.decision_tables.values import Kind, Value, checked, plain_text, written

TABLE_FORMAT = "podplanner/decision-table/1"
RULES_FORMAT = "podplanner/rule-base/1"
_Name = Annotated[StrictStr, Field(min_length=1, max_length=1000)]
_Words = Annotated[StrictStr, Field(max_length=10_000)]


def _value(value: Any) -> Value:
    """Return a value of a document, numbers in the one form that they have."""
    if isinstance(value, Decimal):
        return checked(value)
    if isinstance(value, bool | str):
        return value
    raise ValueError("it has to be a number, a text, true or false")


_Value = Annotated[Any, PlainValidator(_value)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Input(_Document):
    name: _Name
    type: Kind
    allowed: StrictStr = "-"
    """A unary test."""


class _Output(_Document):
    name: _Name
    type: Kind
    allowed: tuple[_Value, ...] = ()
    default: _Value = None


class _Rule(_Document):
    name: _Words = ""
    when: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    """Input -> a unary test; an input that is left out may be anything."""
    then: dict[StrictStr, _Value]
    because: _Words = ""


class _Table(_Document):
    format: Literal["podplanner/decision-table/1"]
    name: _Name
    hit_policy: HitPolicy = "UNIQUE"
    aggregation: Aggregation | None = None
    inputs: tuple[_Input, ...] = ()
    outputs: tuple[_Output, ...]
    rules: tuple[_Rule, ...]


class _Production(_Document):
    name: _Name
    when: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    """Fact -> a unary test."""
    then: dict[StrictStr, _Value]
    because: _Words = ""


class _RuleBase(_Document):
    format: Literal["podplanner/rule-base/1"]
    name: _Name
    rules: tuple[_Production, ...]


def from_document(content: object, original: Original) -> DecisionTable | RuleBase:
    """Return the rules that a document holds.

    Args:
        content: What JSON or TOML gave, numbers as Decimal.
        original: The text it stood in.

    Raises:
        FormatError: It says something that no document says, or contradicts itself.
    """
    _demand_texts(content)
    named = content.get("format") if isinstance(content, dict) else None
    try:
        if named == TABLE_FORMAT:
            return _table(_Table.model_validate(content), original)
        if named == RULES_FORMAT:
            return _rule_base(_RuleBase.model_validate(content), original)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise FormatError(
            f"the rules cannot be used: {place}: {first['msg']}",
            hint="See docs/models.md for what rules look like.",
        ) from error
    raise FormatError(
        f"these are no rules of a known format: {str(named)[:80]!r}",
        hint=f'Write `"format": "{TABLE_FORMAT}"` or `"format": "{RULES_FORMAT}"`.',
    )


def table_to_json(table: DecisionTable) -> str:
    """Return a table as JSON, in the one way in which it is written."""
    document: dict[str, Any] = {
        "format": TABLE_FORMAT,
        "name": table.name,
        "hit_policy": table.hit_policy,
        "inputs": [
            _without_empty(name=one.name, type=one.kind, allowed=_test(str(one.allowed)))
            for one in table.inputs
        ],
        "outputs": [
            _without_empty(name=one.name, type=one.kind, allowed=list(one.allowed))
            | ({} if one.default is None else {"default": one.default})
            for one in table.outputs
        ],
        "rules": [
            _without_empty(
                name=rule.name,
                because=rule.because,
                when={
                    one.name: str(test)
                    for one, test in zip(table.inputs, rule.when, strict=True)
                    if not test.everything
                },
                then={one.name: value for one, value in zip(table.outputs, rule.then, strict=True)},
            )
            for rule in table.rules
        ],
    }
    if table.aggregation is not None:
        document["aggregation"] = table.aggregation
    return _encoded(document) + "\n"


def rules_to_json(base: RuleBase) -> str:
    """Return rules over facts as JSON, in the one way in which they are written."""
    rules = [
        _without_empty(
            name=rule.name,
            because=rule.because,
            when={one.fact: str(one.test) for one in rule.when},
            then=dict(rule.then),
        )
        for rule in base.rules
    ]
    return _encoded({"format": RULES_FORMAT, "name": base.name, "rules": rules}) + "\n"


def _table(document: _Table, original: Original) -> DecisionTable:
    inputs = tuple(
        Input(one.name, one.type, parse_test(one.allowed, one.type)[0]) for one in document.inputs
    )
    outputs = tuple(
        Output(one.name, one.type, one.allowed, one.default) for one in document.outputs
    )
    rules = tuple(
        _rule(number, one, inputs, outputs) for number, one in enumerate(document.rules, start=1)
    )
    return DecisionTable(
        document.name, inputs, outputs, rules, document.hit_policy, document.aggregation, original
    )


def _rule(number: int, rule: _Rule, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> Rule:
    where = f"rule {number}"
    _demand_known(where, rule.when, {one.name for one in inputs}, "input")
    _demand_known(where, rule.then, {one.name for one in outputs}, "output")
    for one in outputs:
        if one.name not in rule.then:
            raise FormatError(f"{where} says nothing of {one.name!r}", hint="Give it a value.")
    try:
        when = tuple(parse_test(rule.when.get(one.name, "-"), one.kind)[0] for one in inputs)
        then = tuple(rule.then[one.name] for one in outputs)
    except FormatError as error:
        raise FormatError(f"{where}: {error.message}", hint=error.hint) from error
    return Rule(when, then, rule.name, rule.because)


def _rule_base(document: _RuleBase, original: Original) -> RuleBase:
    rules = []
    for number, rule in enumerate(document.rules, start=1):
        try:
            when = tuple(_condition(fact, test) for fact, test in sorted(rule.when.items()))
            then = tuple(sorted(rule.then.items(), key=itemgetter(0)))
        except FormatError as error:
            raise FormatError(f"rule {number}: {error.message}", hint=error.hint) from error
        rules.append(Production(rule.name, when, then, rule.because))
    return RuleBase(document.name, tuple(rules), original)


def _condition(fact: str, test: str) -> Condition:
    if test.strip() in ("", "-"):
        return Condition(fact, everything("string"), None)
    region, kind = parse_test(test)
    return Condition(fact, region, kind)


def _demand_texts(content: object) -> None:
    if isinstance(content, str):
        plain_text(content)
    elif isinstance(content, dict):
        for key, value in content.items():
            plain_text(key)
            _demand_texts(value)
    elif isinstance(content, list):
        for one in content:
            _demand_texts(one)


def _demand_known(where: str, given: dict[str, Any], known: set[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise FormatError(
                f"{where} names the {what} {name[:80]!r}, which there is none of",
                hint=f"Declare it among the {what}s.",
            )


def _test(text: str) -> str:
    return "" if text == "-" else text


def _without_empty(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [], {})}


def _encoded(value: Any, indent: str = "") -> str:
    """Return a value as JSON: keys sorted, numbers with exactly their digits."""
    inner = indent + "  "
    if isinstance(value, dict):
        pairs = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_encoded(value[key], inner)}"
                 for key in sorted(value)]  # fmt: skip
        return "{\n" + ",\n".join(pairs) + f"\n{indent}}}" if pairs else "{}"
    if isinstance(value, list):
        items = [inner + _encoded(one, inner) for one in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]" if items else "[]"
    return written(value)
