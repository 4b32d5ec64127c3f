"""Rules over facts: what follows, in which steps, and what contradicts itself."""

import weakref

import pytest
from support.rule_texts import ANIMALS, DISCOUNT

from podplanner.errors import ConflictError, FormatError, UnknownNameError, WrongUsageError
from podplanner.models.decision_tables import DecisionTable, RuleBase

TOM = {"has fur": True, "claws": True, "weight": 4.5}


@pytest.fixture
def animals():
    return RuleBase.from_text(ANIMALS)


def test_new_facts_follow_from_facts_and_rules_until_none_does(animals):
    found = animals.infer(TOM)
    assert dict(found.facts) == {
        "has fur": True, "claws": True, "weight": found.facts["weight"], "mammal": True,
        "cat": True, "legs": 4, "purrs": True,
    }  # fmt: skip
    assert [step.rule for step in found.steps] == ["mammals", "cats", "purring"]
    cats = found.steps[1]
    assert cats.why == (
        "claws true meets true",
        "mammal true meets true",
        "weight 4.5 meets < 10",
    )
    assert dict(cats.facts) == {"cat": True, "legs": 4}
    assert cats.because == "small mammals with claws"


def test_why_a_fact_is_known_can_be_asked(animals):
    found = animals.infer(TOM)
    assert [step.rule for step in found.why("purrs")] == ["mammals", "cats", "purring"]
    assert [step.rule for step in found.why("mammal")] == ["mammals"]
    assert found.why("claws") == ()
    with pytest.raises(UnknownNameError, match="nothing says anything of 'wings'"):
        found.why("wings")


def test_rules_in_a_circle_end_and_the_same_facts_give_the_same_steps(animals):
    found = animals.infer({"mammal": True})
    assert [step.rule for step in found.steps] == ["fur"]
    again = animals.infer(dict(reversed(TOM.items())))
    assert again.steps == animals.infer(TOM).steps


def test_what_is_not_known_meets_no_condition():
    rules = RuleBase.from_text("""
format = "podplanner/rule-base/1"
name = "n"
rules = [
  { name = "a", when = { x = "not(1)" }, then = { y = true } },
  { name = "b", when = { x = "-" }, then = { known = true } },
  { name = "c", then = { always = "yes" } },
]""")
    assert dict(rules.infer({}).facts) == {"always": "yes"}
    assert dict(rules.infer({"x": 2}).facts) == {"x": 2, "y": True, "known": True, "always": "yes"}


def test_contradictions_are_told_with_both_rules(animals):
    with pytest.raises(ConflictError, match="the rule 'cats' says legs is 4, and what was given"):
        animals.infer(TOM | {"legs": 3})
    with pytest.raises(ConflictError, match="legs is 4, and what was given says true"):
        animals.infer(TOM | {"legs": True})
    two = ANIMALS + '[[rules]]\nname = "dogs"\nwhen = {cat = "true"}\nthen = {legs = 5}\n'
    with pytest.raises(ConflictError, match="'dogs' says legs is 5, and the rule 'cats' says 4"):
        RuleBase.from_text(two).infer(TOM)


def test_facts_of_another_kind_than_the_rules_test_are_told(animals):
    with pytest.raises(WrongUsageError, match='weight is "light", and a rule tests it for < 10'):
        animals.infer(TOM | {"weight": "light"})
    with pytest.raises(WrongUsageError, match="size has to be a number, text, true or false"):
        animals.infer({"size": [1]})


def test_equal_rules_are_equal_texts(animals):
    again = RuleBase.from_text(animals.to_json())
    assert again == animals
    assert again.to_json() == animals.to_json()
    assert again.infer(TOM).steps == animals.infer(TOM).steps


def test_rules_cannot_be_changed(animals):
    with pytest.raises(AttributeError):
        animals.rules = ()
    with pytest.raises(TypeError):
        animals.infer(TOM).facts["cat"] = False
    assert weakref.ref(animals)() is animals


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "cats"', 'name = "purring"', "rule 2 of 'animals' says nothing, or has no name"),
        ("then = { purrs = true }", "then = {}", "rule 1 of 'animals' says nothing"),
        ('cat = "true"', 'cat = "maybe"', "rule 1: 'maybe' is no value"),
        ('cat = "true"', "cat = true", "rules.0.when.cat: Input should be a valid string"),
        ("legs = 4", "legs = [4]", "the rules cannot be used"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(old, new, words):
    assert old in ANIMALS
    with pytest.raises(FormatError, match=words):
        RuleBase.from_text(ANIMALS.replace(old, new, 1))


def test_each_kind_of_rules_says_when_it_is_the_other():
    with pytest.raises(FormatError, match="this is a decision table"):
        RuleBase.from_text(DISCOUNT)
    with pytest.raises(FormatError, match="these are rules over facts"):
        DecisionTable.from_text(ANIMALS)
