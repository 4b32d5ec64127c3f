"""Rules: saved here, decided by in another process, the same; never run as code."""

import pytest
from support.rule_texts import ANIMALS, DISCOUNT, DISHES
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError, UnsafeContentError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.decision_tables import DecisionTable, RuleBase
from podplanner.models.decision_tables.rule_base import Production
from podplanner.store import MemoryFiles


def test_rules_decide_the_same_in_another_process(store):
    table, base = DecisionTable.from_text(DISCOUNT), RuleBase.from_text(ANIMALS)
    saved = save(table, "team/discount", store=store)
    save(base, "animals", store=store)
    inputs, facts = {"age": 30, "member": True}, {"has fur": True, "claws": True, "weight": 4.5}
    out = elsewhere(
        f"""
from podplanner.models import load, origin
table = load("team/discount", store={store.address!r})
base = load("animals", store={store.address!r})
print(table.decide({inputs}))
print(base.infer({facts}).steps)
print(origin(table).digest)
""",
        without=("torch", "onnx", "onnxruntime", "gguf", "sklearn"),
    )
    assert out.splitlines() == [
        repr(table.decide(inputs)),
        repr(base.infer(facts).steps),
        saved.manifest,
    ]


def test_the_text_that_rules_came_from_is_kept_and_equal_rules_are_equal_files(store):
    found = DecisionTable.from_text(DISCOUNT)
    save(found, "a", store=store)
    again = load("a", store=store)
    assert again == found
    assert again.original.text == DISCOUNT
    assert not save(again, "a", store=store).created
    save(DecisionTable.from_text(found.to_json()), "b", store=store)
    with store.open("a", "rules.json") as one, store.open("b", "rules.json") as other:
        assert one.readall() == other.readall() == found.to_json().encode()
    assert load("b", store=store).original is None
    assert origin(again).metadata["extra"]["saved"] == {
        "kind": "rules", "file": "rules.json", "rules": 4,
        "class": "podplanner.models.decision_tables.table.DecisionTable",
    }  # fmt: skip


def test_flipped_bits_are_noticed(store, tmp_path):
    save(RuleBase.from_text(ANIMALS), "animals", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("animals", store=store)


def test_texts_that_no_file_can_hold_are_refused(store):
    then = (("fact", "\ud800"),)
    base = RuleBase("n", (Production("rule", (), then),))
    with pytest.raises(FormatError, match="half a character"):
        save(base, "animals", store=store)


def pushed(store, **files):
    contents = {name.replace("_", "."): [memoryview(text.encode())] for name, text in files.items()}
    store.push(MemoryFiles(contents), "rules")


def test_pushed_files_are_loaded_and_one_of_several_is_named(store):
    pushed(store, dinner_dmn=DISHES, README_md="words")
    winter = {"season": "Winter", "guests": 2}
    assert load("rules", store=store).decide(winter).outputs == {"dish": "Stew"}
    save(load("rules", store=store), "saved", store=store)
    assert load("saved", store=store).original.suffix == "dmn"
    assert load("saved", store=store).decide(winter).outputs == {"dish": "Stew"}
    pushed(store, dinner_dmn=DISHES, rules_json=DecisionTable.from_text(DISCOUNT).to_json())
    with pytest.raises(FormatError, match="2 files"):
        load("rules", store=store)
    assert load("rules", store=store, path="dinner.dmn").name == "Dish"
    pushed(store, rules_json="{}")
    with pytest.raises(FormatError, match=r"rules\.json of rules:3: these are no rules"):
        load("rules", store=store)


def test_hostile_xml_is_refused(store):
    pushed(store, x_dmn='<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>')
    with pytest.raises(UnsafeContentError, match="declares entities"):
        load("rules", store=store)


@pytest.mark.parametrize("options", [{"factory": dict}, {"framework": "torch"}, {"trusted": ["a"]}])
def test_options_that_make_no_sense_are_refused(store, options):
    save(RuleBase.from_text(ANIMALS), "animals", store=store)
    with pytest.raises(WrongUsageError, match="makes no sense for rules"):
        load("animals", store=store, **options)
