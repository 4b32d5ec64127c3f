"""Rules of any shape: tests, tables and what is wrong with them, held against plain Python."""

import itertools
import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podplanner.errors import ConflictError, FormatError, PodplannerError
from podplanner.models.decision_tables import DecisionTable, RuleBase
from podplanner.models.decision_tables.reading import read_rules
from podplanner.models.decision_tables.unary_tests import parse_test

POINTS = [Decimal(number) / 2 for number in range(-2, 13)]
# Every end of an interval below, and a number between each two.


@st.composite
def number_tests(draw):
    """Draw a test of numbers from 0 to 5, and the same as a function."""
    parts, functions = [], []
    for _ in range(draw(st.integers(1, 3))):
        low, high = sorted(draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
        form = draw(st.sampled_from(["<", "<=", ">", ">=", "", "[]", "()", "[)", "(]"]))
        if len(form) < 2 or "=" in form:
            parts.append(f"{form}{low}")
            functions.append(
                {
                    "<": lambda x, low=low: x < low,
                    "<=": lambda x, low=low: x <= low,
                    ">": lambda x, low=low: x > low,
                    ">=": lambda x, low=low: x >= low,
                    "": lambda x, low=low: x == low,
                }[form]
            )
        else:
            parts.append(f"{form[0]}{low} .. {high}{form[1]}")
            functions.append(
                lambda x, low=low, high=high, form=form: (
                    (x > low or (form[0] == "[" and x == low))
                    and (x < high or (form[1] == "]" and x == high))
                )
            )
    negated = draw(st.booleans())
    text = ", ".join(parts)
    return (
        f"not({text})" if negated else text,
        lambda x: any(function(x) for function in functions) != negated,
    )


@given(number_tests())
def test_a_test_holds_where_its_words_say(drawn):
    text, function = drawn
    expected = [bool(function(point)) for point in POINTS]
    try:
        region, _ = parse_test(text, "number")
    except FormatError as error:
        assert "can never hold" in error.message  # noqa: PT017
        assert not any(expected)
        return
    assert [region.holds(point) for point in POINTS] == expected
    assert parse_test(str(region), "number")[0] == region
    if not region.everything:
        assert region.inverse().inverse() == region
        assert region.meet(region.inverse()).empty


NAME_TESTS = st.sampled_from(["-", '"a"', '"b"', '"a","b"', 'not("a")', 'not("b","c")'])
BOOLEAN_TESTS = st.sampled_from(["-", "true", "false"])


@st.composite
def tables(draw, policy):
    rules = []
    for number in range(draw(st.integers(1, 5))):
        text = draw(number_tests())[0]
        with suppress(FormatError):
            parse_test(text, "number")
            when = {"x": text, "y": draw(NAME_TESTS), "z": draw(BOOLEAN_TESTS)}
            rules.append({"when": when, "then": {"out": number % 3}})
    rules = rules or [{"then": {"out": 0}}]
    kinds = {"x": "number", "y": "string", "z": "boolean"}
    return DecisionTable.from_text(
        json.dumps(
            {
                "format": "podplanner/decision-table/1", "name": "t", "hit_policy": policy,
                "inputs": [{"name": name, "type": kind} for name, kind in kinds.items()],
                "outputs": [{"name": "out", "type": "number"}],
                "rules": rules,
            }
        )
    )  # fmt: skip


EVERY_INPUT = [
    {"x": x, "y": y, "z": z} for x, y, z in itertools.product(POINTS, "abcd", (True, False))
]


@settings(max_examples=50)
@given(tables("UNIQUE"))
def test_a_table_has_no_problems_exactly_when_it_decides_everything(table):
    failed = False
    for inputs in EVERY_INPUT:
        try:
            table.decide(inputs)
        except ConflictError:
            failed = True
    assert bool(table.problems()) == failed


@settings(max_examples=50)
@given(tables("FIRST"))
def test_the_first_rule_that_holds_decides(table):
    uncovered = False
    for inputs in EVERY_INPUT:
        hits = [
            rule
            for rule in table.rules
            if all(
                test.holds(value) for test, value in zip(rule.when, inputs.values(), strict=True)
            )
        ]
        if hits:
            assert table.decide(inputs).outputs["out"] == hits[0].then[0]
        else:
            uncovered = True
            with pytest.raises(ConflictError):
                table.decide(inputs)
    assert uncovered == any(problem.kind == "gap" for problem in table.problems())
    for problem in table.problems():
        if problem.kind == "unreachable":
            hits = [table.decide(inputs).hits for inputs in EVERY_INPUT if _decides(table, inputs)]
            assert all(one[0].rule != problem.rules[0] for one in hits)


def _decides(table, inputs):
    with suppress(ConflictError):
        table.decide(inputs)
        return True
    return False


@given(tables("COLLECT"))
def test_a_table_is_written_and_read_again(table):
    again = DecisionTable.from_text(table.to_json())
    assert again == table
    assert again.to_json() == table.to_json()


FACTS = "abcdef"


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(FACTS), max_size=3), st.sampled_from(FACTS)),
        min_size=1, max_size=12,
    ),
    st.sets(st.sampled_from(FACTS)),
)  # fmt: skip
def test_inference_ends_with_the_least_set_that_the_rules_close(rules, known):
    base = RuleBase.from_text(
        json.dumps(
            {
                "format": "podplanner/rule-base/1",
                "name": "r",
                "rules": [
                    {
                        "name": str(number),
                        "when": dict.fromkeys(sorted(when), "true"),
                        "then": {then: True},
                    }
                    for number, (when, then) in enumerate(rules)
                ],
            }
        )
    )
    closed = set(known)
    while more := {then for when, then in rules if when <= closed} - closed:
        closed |= more
    found = base.infer(dict.fromkeys(sorted(known), True))
    assert set(found.facts) == closed
    for fact in closed:
        steps = found.why(fact)
        assert bool(steps) == (fact not in known)


@given(st.text() | st.text(alphabet="{}[]<>=\"':, \nformat01./-podplannerdecisiontable"))
def test_any_text_is_rules_or_an_error_that_says_so(text):
    with pytest.raises(PodplannerError):
        read_rules(text)


@given(st.text(alphabet='[](),.<>=-0123456789 "ntoraefl\\') | st.text())
def test_any_text_is_a_test_or_a_format_error(text):
    for kind in ("number", "string", "boolean", None):
        with suppress(FormatError):
            region, found = parse_test(text, kind)
            assert parse_test(str(region), found)[0] == region
