"""Decision tables: what they decide, by which rule and why; what is wrong with them."""

import json
import weakref
from decimal import Decimal

import numpy as np
import pytest
from support.rule_texts import DISCOUNT

from podplanner.errors import (
    ConflictError,
    FileAccessError,
    FormatError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models.decision_tables import DecisionTable, RuleBase


def table(rules, policy="UNIQUE", *, allowed=None, default=None, **more):
    """Return a table over the number x and the text y, with the output z."""
    output = {"name": "z", "type": "number", "allowed": allowed or [], "default": default}
    return DecisionTable.from_text(
        json.dumps(
            {
                "format": "podplanner/decision-table/1", "name": "t", "hit_policy": policy,
                "inputs": [{"name": "x", "type": "number"}, {"name": "y", "type": "string"}],
                "outputs": [{key: value for key, value in output.items() if value is not None}],
                "rules": [
                    {"when": {"x": x, "y": y}, "then": {"z": z}} for x, y, z in rules
                ],
                **more,
            }
        )
    )  # fmt: skip


def test_a_decision_says_which_rule_fired_and_why():
    found = DecisionTable.from_text(DISCOUNT).decide({"age": 7, "member": True})
    assert found.outputs == {"percent": 50, "note": "half"}
    (hit,) = found.hits
    assert (hit.rule, hit.name, hit.because) == (1, "children", "they pay half")
    assert hit.why == ("age 7 meets < 12",)
    found = DecisionTable.from_text(DISCOUNT).decide({"age": 64.5, "member": False})
    assert found.hits[0].why == ("age 64.5 meets [12..65)", "member false meets false")


def test_numbers_are_exact():
    # As floats 0.1 + 0.2 is beyond 0.3, and 2 ** 53 + 1 is 2 ** 53.
    found = table([("<= 0.3", "-", 1), ("> 0.3", "-", 2)])
    assert found.decide({"x": Decimal("0.1") + Decimal("0.2"), "y": ""}).outputs["z"] == 1
    found = table([("9007199254740993", "-", 1), ("9007199254740992", "-", 2)])
    assert found.decide({"x": 2**53 + 1, "y": ""}).outputs["z"] == 1
    assert found.decide({"x": np.int64(2**53), "y": ""}).outputs["z"] == 2
    summed = table([("-", "-", 0.1)] * 3, "COLLECT", aggregation="SUM")
    assert str(summed.decide({"x": 0, "y": ""}).outputs["z"]) == "0.3"
    assert table([("0.1", "-", 5)]).decide({"x": np.float64(0.1), "y": ""}).outputs["z"] == 5


RULES = [("< 5", "-", 3), ("< 9", '"a"', 1), ("< 9", '"a","b"', 3)]


@pytest.mark.parametrize(
    ("policy", "more", "outputs", "rules"),
    [
        ("FIRST", {}, 3, [1]),
        ("PRIORITY", {"allowed": [1, 3]}, 1, [2]),
        ("PRIORITY", {"allowed": [3, 1]}, 3, [1]),
        ("RULE ORDER", {}, (3, 1, 3), [1, 2, 3]),
        ("COLLECT", {}, (3, 1, 3), [1, 2, 3]),
        ("COLLECT", {"aggregation": "SUM"}, 7, [1, 2, 3]),
        ("COLLECT", {"aggregation": "MIN"}, 1, [1, 2, 3]),
        ("COLLECT", {"aggregation": "MAX"}, 3, [1, 2, 3]),
        ("COLLECT", {"aggregation": "COUNT"}, 3, [1, 2, 3]),
    ],
)
def test_hit_policies(policy, more, outputs, rules):
    found = table(RULES, policy, **more).decide({"x": 4, "y": "a"})
    assert found.outputs == {"z": outputs}
    assert [hit.rule for hit in found.hits] == rules


def test_rules_that_may_not_hit_together_are_told():
    with pytest.raises(ConflictError, match=r"rules 1 and 2 and 3 of .t. hit at once for x = 4, y"):
        table(RULES).decide({"x": 4, "y": "a"})
    with pytest.raises(ConflictError, match="which ANY does not allow"):
        table(RULES, "ANY").decide({"x": 4, "y": "a"})
    agreed = table(RULES, "ANY").decide({"x": 4, "y": "b"})
    assert (agreed.outputs, [hit.rule for hit in agreed.hits]) == ({"z": 3}, [1, 3])


def test_when_no_rule_hits_the_default_counts_or_it_is_an_error():
    nothing = {"x": 99, "y": "c"}
    with pytest.raises(ConflictError, match=r'no rule of .t. covers x = 99, y = "c"'):
        table(RULES).decide(nothing)
    found = table(RULES, default=8).decide(nothing)
    assert (found.outputs, found.hits) == ({"z": 8}, ())
    assert table(RULES, "COLLECT").decide(nothing).outputs == {"z": ()}
    assert table(RULES, "COLLECT", aggregation="COUNT").decide(nothing).outputs == {"z": 0}
    with pytest.raises(ConflictError):
        table(RULES, "COLLECT", aggregation="SUM").decide(nothing)


def test_inputs_that_do_not_fit_are_told():
    discount = DecisionTable.from_text(DISCOUNT)
    for inputs, error, words in (
        ({"age": 1}, WrongUsageError, "the input 'member' is missing"),
        ({"age": 1, "member": True, "size": 3}, UnknownNameError, "no input 'size'"),
        ({"age": "1", "member": True}, WrongUsageError, "age has to be a number, and '1'"),
        ({"age": True, "member": True}, WrongUsageError, "age has to be a number, and True"),
        ({"age": None, "member": True}, WrongUsageError, "age has to be a number, and None"),
        ({"age": float("nan"), "member": True}, WrongUsageError, "age: NaN is no number"),
        ({"age": 1, "member": 1}, WrongUsageError, "member has to be a boolean, and 1"),
        ({"age": 121, "member": True}, WrongUsageError, "age cannot be 121"),
    ):
        with pytest.raises(error, match=words):
            discount.decide(inputs)


def told(found):
    return [str(problem) for problem in found.problems()]


def test_a_table_without_gaps_and_overlaps_has_no_problems():
    assert told(DecisionTable.from_text(DISCOUNT)) == []


def test_gaps_and_overlaps_are_found_before_use():
    found = table([("< 5", "-", 1), ("[5..7)", '"a"', 2), ("(6..9]", "-", 3)])
    assert told(found) == [
        'rules 2 and 3 both hit at x (6..7), y "a"',
        'no rule covers x [5..6], y not("a")',
        "no rule covers x > 9",
    ]
    one_number = table([("< 5", "-", 1), ("> 5", "-", 2)])
    assert told(one_number) == ["no rule covers x 5"]
    assert told(table([("< 5", "-", 1), ("> 5", "-", 2)], default=0)) == []
    assert told(table([("< 5", "-", 1), ("< 5", "-", 1)], "COLLECT")) == []
    assert told(table([("-", "-", 1), ("< 5", "-", 1)], "ANY")) == []
    assert told(table([("-", "-", 1), ("< 5", "-", 2)], "ANY")) == [
        "rules 1 and 2 both hit at x < 5"
    ]
    assert told(table([("< 9", "-", 1), ("< 5", "-", 2), ("-", "-", 3)], "FIRST")) == [
        "rule 2 is never reached: an earlier one covers x < 5"
    ]


def test_every_problem_is_one_that_a_decision_has_too():
    found = table([("< 5", "-", 1), ("[5..7)", '"a"', 2), ("(6..9]", "-", 3)])
    for inputs in (
        {"x": 5.5, "y": "b"},
        {"x": 6, "y": ""},
        {"x": 10, "y": "a"},
        {"x": 6.5, "y": "a"},
    ):
        with pytest.raises(ConflictError):
            found.decide(inputs)


def test_a_table_too_large_to_look_at_says_so():
    text = {
        "format": "podplanner/decision-table/1", "name": "large", "hit_policy": "FIRST",
        "inputs": [{"name": f"x{number}", "type": "number"} for number in range(12)],
        "outputs": [{"name": "z", "type": "number"}],
        "rules": [
            {"when": {f"x{column}": f"> {row * column % 31}" for column in range(12)},
             "then": {"z": row}}
            for row in range(60)
        ],
    }  # fmt: skip
    kinds = {problem.kind for problem in DecisionTable.from_text(json.dumps(text)).problems()}
    assert kinds & {"unchecked", "gap"}


def test_equal_tables_are_equal_texts_whatever_they_were_read_from():
    found = DecisionTable.from_text(DISCOUNT)
    again = DecisionTable.from_text(found.to_json())
    assert again == found
    assert again.to_json() == found.to_json()
    assert '"percent": 10.5' in found.to_json()
    assert '"percent": 25' in found.to_json()
    other = DISCOUNT.replace("10.50", "10.5").replace("< 12", "  not( >= 12.0 )")
    assert DecisionTable.from_text(other).to_json() == found.to_json()


@pytest.mark.parametrize("default", ["", "x", False, 0])
def test_every_default_is_written_and_read_again(default):
    kind = {str: "string", bool: "boolean", int: "number"}[type(default)]
    found = DecisionTable.from_text(
        json.dumps(
            {
                "format": "podplanner/decision-table/1",
                "name": "t",
                "outputs": [{"name": "z", "type": kind, "default": default}],
                "inputs": [{"name": "x", "type": "boolean"}],
                "rules": [{"when": {"x": "true"}, "then": {"z": default}}],
            }
        )
    )
    assert DecisionTable.from_text(found.to_json()) == found
    assert found.decide({"x": False}).outputs == {"z": default}


def test_a_table_cannot_be_changed():
    found = DecisionTable.from_text(DISCOUNT)
    with pytest.raises(AttributeError):
        found.name = "other"
    with pytest.raises(TypeError):
        found.decide({"age": 1, "member": True}).outputs["percent"] = 0
    assert weakref.ref(found)() is found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"UNIQUE"', '"BEST"', "hit_policy: Input should be 'UNIQUE'"),
        ('name = "age"', 'name = "age"\nunit = "y"', "inputs.0.unit: Extra inputs"),
        ('type = "number"', 'type = "date"', "inputs.0.type"),
        ("decision-table/1", "decision-table/2", "no rules of a known format"),
        ('"< 12"', '"< twelve"', "rule 1: 'twelve' is no value"),
        ("{ age =", "{ agee =", "rule 1 names the input 'agee'"),
        ("note = \"half\" }", "notes = 1 }", "rule 1 names the output 'notes'"),
        ("percent = 50, ", "", "rule 1 says nothing of 'percent'"),
        ("percent = 50", 'percent = "x"', "rule 1: percent has to be a number"),
        ("percent = 50", "percent = nan", "NaN is no number that can be kept"),
        ("percent = 50", "percent = 2020-01-01", "percent: Value error, it has to be a number"),
        ("percent = 50", "percent = 1e999", "no number that can be kept"),
        ('"UNIQUE"', '"UNIQUE"\n[[inputs]]\nname = "age"\ntype = "number"', "two columns have"),
        ('hit_policy = "UNIQUE"', 'aggregation = "SUM"', "only COLLECT has an aggregation"),
        ('"UNIQUE"', '"COLLECT"\naggregation = "SUM"', "SUM needs exactly one output"),
        ('"UNIQUE"', '"PRIORITY"', "PRIORITY needs the allowed values"),
        ('name = "discount"', "", "the rules cannot be used: name: Field required"),
        ('name = "discount"', 'name = "discount', "no TOML"),
        ('name = "discount"', "name = 3", "name: Input should be a valid string"),
    ],
)  # fmt: skip
def test_tables_that_contradict_themselves_are_refused(old, new, words):
    assert old in DISCOUNT
    with pytest.raises(FormatError, match=words):
        DecisionTable.from_text(DISCOUNT.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ('{"a": 1, "a": 2}', "a key stands twice"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": 1e400}', "no number that can be kept"),
        ("[" * 100_000, "no TOML"),
        ('{"a":' * 100_000, "no JSON"),
        ('{"a": "\\ud800"}', "half a character"),
        ("", "no rules of a known format"),
        ("<x/>", "no decision model"),
    ],
)
def test_what_is_no_table_is_refused(text, words):
    with pytest.raises(FormatError, match=words):
        DecisionTable.from_text(text)


def test_files_are_read_and_those_that_cannot_be_are_named(tmp_path):
    with pytest.raises(FileAccessError, match="No such file"):
        DecisionTable.from_file(tmp_path / "none.toml")
    (tmp_path / "discount.toml").write_text(DISCOUNT)
    assert DecisionTable.from_file(tmp_path / "discount.toml").name == "discount"
    with pytest.raises(FormatError, match="this is a decision table"):
        RuleBase.from_file(tmp_path / "discount.toml")
