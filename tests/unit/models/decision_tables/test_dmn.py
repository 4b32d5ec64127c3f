"""DMN: decision tables as modelling programs write them."""

import pytest
from support.rule_texts import DISHES

from podplanner.errors import FormatError, UnsafeContentError
from podplanner.models.decision_tables import DecisionTable


def test_a_table_is_read_and_decides():
    found = DecisionTable.from_text(DISHES)
    assert (found.name, found.hit_policy) == ("Dish", "FIRST")
    assert [str(one.allowed) for one in found.inputs] == ['"Fall","Spring","Summer","Winter"', "-"]
    assert found.outputs[0].allowed == ("Stew", "Steak, rare", "Salad")
    decision = found.decide({"season": "Winter", "guests": 8})
    assert decision.outputs == {"dish": "Stew"}
    assert decision.hits[0].because == "Cold; warms"
    assert found.decide({"season": "Fall", "guests": 100}).outputs == {"dish": "Steak, rare"}
    assert found.decide({"season": "Summer", "guests": 1}).outputs == {"dish": "Salad"}
    assert DecisionTable.from_text(found.to_json()) == found


def test_older_namespaces_are_read_too():
    for space in ("http://www.omg.org/spec/DMN/20151101/dmn.xsd",
                  "http://www.omg.org/spec/DMN/20180521/MODEL/"):  # fmt: skip
        text = DISHES.replace("https://www.omg.org/spec/DMN/20191111/MODEL/", space)
        assert DecisionTable.from_text(text).name == "Dish"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('hitPolicy="FIRST"', 'hitPolicy="OUTPUT ORDER"', "hitPolicy 'OUTPUT ORDER' is not known"),
        ("<text>season</text>", "<text>date(now())</text>", r"'date\(now\(\)\)' is no name"),
        ("<text>season</text>", "<text>a + b</text>", r"'a \+ b' is no name"),
        ('typeRef="integer"', 'typeRef="date"', "'guests' has the type 'date'"),
        ('<text>"Stew"</text>', "<text>2 + 2</text>", r"line 14: '2 \+ 2' is no value"),
        ('<text>"Stew"</text>', '<text>"Soup"</text>', 'rule 1: dish cannot be "Soup"'),
        ("<text><![CDATA[<= 8]]></text>", "<text>matches(x)</text>", "line 14: 'matches' is no"),
        ("<inputEntry><text></text></inputEntry>", "", "line 21: a rule has another number"),
        ("<outputEntry>", '<outputEntry expressionLanguage="juel">', "in the language 'juel'"),
        ("decisionTable", "literalExpression", "has 0 decision tables"),
        ("spec/DMN/", "spec/BPMN/", "has 0 decision|no decision model"),
        ("</definitions>", "", "not well-formed"),
    ],
)
def test_what_is_beyond_tests_and_literals_is_refused(old, new, words):
    assert old in DISHES
    with pytest.raises(FormatError, match=words):
        DecisionTable.from_text(DISHES.replace(old, new))


def test_nothing_that_the_xml_names_is_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("season")
    for head in (
        f'<!DOCTYPE definitions [<!ENTITY a SYSTEM "file://{secret}">]>',
        '<!DOCTYPE definitions SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE definitions [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    ):
        with pytest.raises(UnsafeContentError, match="declares"):
            DecisionTable.from_text(DISHES.replace("<definitions", head + "<definitions"))
    with pytest.raises((FormatError, UnsafeContentError)):
        DecisionTable.from_text(DISHES.replace("season", "&a;"))
