"""DMN: one decision table in XML, as modelling programs write it, its tests in S-FEEL.

Source: OMG, Decision Model and Notation 1.3 (formal/21-01-01), DMN13.xsd. Expressions are never
computed: an input is a name, an output entry a literal.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast, get_args

from podplanner.errors import FormatError
from podplanner.models.decision_tables.original import Original
from podplanner.models.decision_tables.table import (
    Aggregation,
    DecisionTable,
    HitPolicy,
    Input,
    Output,
    Rule,
)
from podplanner.models.decision_tables.unary_tests import parse_test
from podplanner.models.decision_tables.values import STRING, Kind, Value, literal
from podplanner.models.safe_xml import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

_KINDS: dict[str, Kind] = {
    "number": "number", "integer": "number", "long": "number", "double": "number",
    "string": "string", "boolean": "boolean",
}  # fmt: skip
# FEEL's types, and those that Camunda's modeller writes.
_NAME = re.compile(r"[^\W\d][\w .'-]*")
# A name of FEEL without operators: everything else would be an expression.
_LANGUAGES = re.compile(r"(?:s-?feel|feel|.*/FEEL/?)", re.IGNORECASE)
_PART = re.compile(rf"\s*({STRING.pattern}|[^,\"]+?)\s*(?:,|$)")


def parse_dmn(text: str) -> DecisionTable:
    """Return the decision table that a document holds.

    Raises:
        FormatError: It holds none or several, or something beyond S-FEEL's tests and literals.
        UnsafeContentError: It declares a document type.
    """
    root = parse_xml(text, what="the decision model")
    if _tag(root) != "definitions" or "DMN" not in str(root.tag):
        raise FormatError("the document is no decision model", hint="Export DMN 1.1 to 1.3.")
    tables = list(root.iter("{*}decisionTable"))
    if len(tables) != 1:
        raise FormatError(
            f"the decision model has {len(tables)} decision tables, and needs one",
            hint="Export each decision to a file of its own.",
        )
    try:
        return _table(tables[0], Original("dmn", text))
    except FormatError as error:
        raise FormatError(f"the decision model: {error.message}", hint=error.hint) from error


def _table(element: "_Element", original: Original) -> DecisionTable:
    decision = element.getparent()
    name = "" if decision is None else str(decision.get("name") or decision.get("id") or "")
    inputs = tuple(_input(one) for one in _children(element, "input"))
    outputs = tuple(_output(one, name) for one in _children(element, "output"))
    rules = tuple(_rule(one, inputs, outputs) for one in _children(element, "rule"))
    return DecisionTable(
        name=name or "decision",
        inputs=inputs,
        outputs=outputs,
        rules=rules,
        hit_policy=cast("HitPolicy", _one_of(element, "hitPolicy", HitPolicy) or "UNIQUE"),
        aggregation=cast("Aggregation | None", _one_of(element, "aggregation", Aggregation)),
        original=original,
    )


def _one_of(element: "_Element", attribute: str, words: object) -> str | None:
    found = element.get(attribute)
    if found is None:
        return None
    if found not in get_args(words):
        raise FormatError(
            f"the {attribute} {found[:40]!r} is not known here",
            hint=f"Choose one of {', '.join(get_args(words))}.",
        )
    return str(found)


def _input(element: "_Element") -> Input:
    expression = next(_children(element, "inputExpression"), None)
    name = "" if expression is None else _text(expression)
    if expression is None or not _NAME.fullmatch(name):
        raise FormatError(
            f"the input {name[:80]!r} is no name",
            hint="Compute it before, and give the table a name: expressions are never computed.",
        )
    kind = _kind(expression, name)
    values = next(_children(element, "inputValues"), None)
    return Input(name, kind, parse_test("-" if values is None else _text(values), kind)[0])


def _output(element: "_Element", decision: str) -> Output:
    name = str(element.get("name") or element.get("label") or decision or "output")
    values = next(_children(element, "outputValues"), None)
    default = next(_children(element, "defaultOutputEntry"), None)
    return Output(
        name,
        _kind(element, name),
        () if values is None else tuple(_listed(_text(values))),
        None if default is None else literal(_text(default)),
    )


def _listed(text: str) -> Iterator[Value]:
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise FormatError(f"{text[at : at + 40]!r} is no list of values")
        yield literal(match[1])
        at = match.end()


def _rule(element: "_Element", inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> Rule:
    tests = list(_children(element, "inputEntry"))
    values = list(_children(element, "outputEntry"))
    line = element.sourceline
    if len(tests) != len(inputs) or len(values) != len(outputs):
        raise FormatError(f"line {line}: a rule has another number of entries than of columns")
    try:
        return Rule(
            tuple(parse_test(_text(test), one.kind)[0]
                  for test, one in zip(tests, inputs, strict=True)),
            tuple(literal(_text(value)) for value in values),
            name=str(element.get("label") or ""),
            because="; ".join(
                filter(None, (
                    *(_plain(one) for one in _children(element, "description")),
                    *(_text(one) for one in _children(element, "annotationEntry")),
                ))
            ),
        )  # fmt: skip
    except FormatError as error:
        raise FormatError(f"line {line}: {error.message}", hint=error.hint) from error


def _kind(element: "_Element", name: str) -> Kind:
    word = str(element.get("typeRef") or "")
    kind = _KINDS.get(word.rpartition(":")[2])
    if kind is None:
        raise FormatError(
            f"{name[:80]!r} has the type {word[:40]!r}", hint="Make it number, string or boolean."
        )
    return kind


def _children(element: "_Element", tag: str) -> "Iterator[_Element]":
    return (one for one in element.iterchildren() if _tag(one) == tag)


def _tag(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: "_Element") -> str:
    """Return the text of an entry; FormatError: it is in another language than FEEL."""
    language = element.get("expressionLanguage")
    if language is not None and not _LANGUAGES.fullmatch(language):
        raise FormatError(
            f"an entry is in the language {language[:80]!r}", hint="Write it in S-FEEL."
        )
    inner = next(_children(element, "text"), None)
    return "" if inner is None else _plain(inner)


def _plain(element: "_Element") -> str:
    return "".join(map(str, element.itertext())).strip()
