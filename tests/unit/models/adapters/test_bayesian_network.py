"""Bayesian networks: trained here, asked in another process, the same bit for bit."""

import pytest
from support.networks import ASIA
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError, UnsafeContentError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.bayesian import BayesianNetwork
from podplanner.store import MemoryFiles

ROWS = [
    {name: ("yes", "no")[number * factor % 7 % 2] for factor, name in enumerate(
        ("asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"), 1)}
    for number in range(50)
]  # fmt: skip


def test_a_trained_network_answers_the_same_in_another_process(store):
    trained = BayesianNetwork.from_text(ASIA).fit(ROWS)
    saved = save(trained, "team/asia", store=store)
    evidence = {"xray": "yes", "smoke": "no"}
    here = [trained.posterior(one.name, evidence) for one in trained.variables]
    out = elsewhere(
        f"""
from podplanner.models import load, origin
found = load("team/asia", store={store.address!r})
print([found.posterior(one.name, {evidence}) for one in found.variables])
print(found.most_probable({evidence}), found.probability({evidence}))
print(origin(found).digest, *[name for name in sys.modules if name in ("torch", "sklearn")])
""",
        without=("torch", "onnx", "onnxruntime", "gguf"),
    )
    assert out.splitlines() == [
        repr(here),
        f"{trained.most_probable(evidence)} {trained.probability(evidence)}",
        # The names are there because they are hidden.
        f"{saved.manifest} torch",
    ]
    again = load("team/asia", store=store)
    for one, other in zip(trained.variables, again.variables, strict=True):
        assert one.table.tobytes() == other.table.tobytes()
    assert origin(again).metadata["extra"]["saved"] == {
        "kind": "bayesian-network", "file": "model.bif", "variables": 8, "parameters": 18,
    }  # fmt: skip
    assert not save(again, "team/asia", store=store).created


def test_flipped_bits_are_noticed(store, tmp_path):
    save(BayesianNetwork.from_text(ASIA), "asia", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("asia", store=store)


def pushed(store, **files):
    contents = {name.replace("_", "."): [memoryview(text.encode())] for name, text in files.items()}
    store.push(MemoryFiles(contents), "asia")


def test_a_pushed_file_is_loaded_and_one_of_several_is_named(store):
    pushed(store, asia_bif=ASIA, README_md="words")
    assert load("asia", store=store).parameters == 18
    pushed(store, asia_bif=ASIA, other_bif="nonsense")
    with pytest.raises(FormatError, match="2 files"):
        load("asia", store=store)
    assert load("asia", store=store, path="asia.bif").parameters == 18
    with pytest.raises(FormatError, match=r"other\.bif of asia:2: line 1: 'nonsense'"):
        load("asia", store=store, path="other.bif")


def test_hostile_xml_is_refused(store):
    pushed(store, asia_xmlbif='<!DOCTYPE BIF [<!ENTITY a "aa">]><BIF>&a;</BIF>')
    with pytest.raises(UnsafeContentError, match="declares entities"):
        load("asia", store=store)


@pytest.mark.parametrize("options", [{"into": object()}, {"framework": "torch"}, {"device": "cpu"}])
def test_options_that_make_no_sense_are_refused(store, options):
    save(BayesianNetwork.from_text(ASIA), "asia", store=store)
    with pytest.raises(WrongUsageError, match="makes no sense for a Bayesian network"):
        load("asia", store=store, **options)
