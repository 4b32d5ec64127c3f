"""Models of XGBoost: saved here, asked in another process; files that would end the process."""

import json
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.adapters.ubjson import read_ubjson
from podplanner.models.adapters.xgboost import ADAPTER
from podplanner.models.adapters.xgboost_model import check_model
from podplanner.store import MemoryFiles

xgboost = pytest.importorskip("xgboost", reason="needs XGBoost")
pytest.importorskip("sklearn", reason="needs scikit-learn, for the wrappers")

_NUMBERS = np.random.RandomState(0).rand(60, 4).astype("f4")
_LABELS = np.arange(60) % 3
_GOAL = _NUMBERS[:, 0]
_MIXED = np.c_[_NUMBERS[:, :3], np.arange(60) % 5]


def _matrix(numbers, label=None, **more):
    return xgboost.DMatrix(numbers, label, nthread=1, **more)


def _boosters():
    two = np.c_[_GOAL, _NUMBERS[:, 1]]
    data = _matrix(_NUMBERS, _GOAL, feature_names=list("abcd"))
    common = {"max_depth": 3, "nthread": 1}
    return {
        "trees": xgboost.train({**common, "gamma": 0.01, "tree_method": "exact"}, data, 4),
        "dart": xgboost.train({**common, "booster": "dart", "rate_drop": 0.5}, data, 4),
        "linear": xgboost.train({"booster": "gblinear", "nthread": 1}, data, 4),
        "leaves": xgboost.train({**common, "grow_policy": "lossguide", "max_leaves": 5}, data, 4),
        "vectors": xgboost.train(
            {**common, "multi_strategy": "multi_output_tree"}, _matrix(_NUMBERS, two), 2
        ),
        "categories": xgboost.train(
            {**common, "max_cat_to_onehot": 2},
            _matrix(_MIXED, _GOAL, feature_types=["q", "q", "q", "c"], enable_categorical=True),
            3,
        ),
    }


@pytest.fixture(scope="module")
def boosters():
    return _boosters()


@pytest.fixture(scope="module")
def classifier():
    return xgboost.XGBClassifier(
        n_estimators=6, max_depth=2, learning_rate=0.3, random_state=5, n_jobs=1,
        early_stopping_rounds=2,
    ).fit(_NUMBERS, _LABELS, eval_set=[(_NUMBERS[::2], _LABELS[::2])], verbose=False)  # fmt: skip


def wrappers():
    """Return one of each wrapper, trained."""
    group = np.repeat(np.arange(6), 10)
    few = {"n_estimators": 3, "max_depth": 2, "n_jobs": 1}
    return [
        xgboost.XGBRegressor(**few).fit(_NUMBERS, _GOAL),
        xgboost.XGBRanker(**few).fit(_NUMBERS, _LABELS, qid=group),
        xgboost.XGBRFClassifier(**few).fit(_NUMBERS, _LABELS),
        xgboost.XGBRFRegressor(**few).fit(_NUMBERS, _GOAL),
    ]


def push(content, store, path="model.ubj"):
    store.push(MemoryFiles({path: [memoryview(content)]}), "cat")


def test_boosters_and_wrappers_answer_the_same_bit_for_bit_in_another_process(
    store, boosters, classifier
):
    wanted, files = {}, {}
    for name, booster in boosters.items():
        files[f"{name}.ubj"] = ADAPTER.write(booster).files["model.ubj"]
        inputs = _MIXED if name == "categories" else _NUMBERS
        matrix = _matrix(
            inputs, feature_names=booster.feature_names, feature_types=booster.feature_types
        )
        wanted[name] = sha256(booster.predict(matrix).tobytes()).hexdigest()
    # One push for all of them.
    store.push(MemoryFiles(files), "all", meta={"extra": {"saved": {"kind": ADAPTER.kind}}})
    for wrapper in [classifier, *wrappers()]:
        name = type(wrapper).__name__
        save(wrapper, name.lower(), store=store)
        ask = getattr(wrapper, "predict_proba", wrapper.predict)
        wanted[name] = sha256(ask(_NUMBERS).tobytes()).hexdigest()
    out = elsewhere(
        f"""
import json, numpy as np, xgboost
from hashlib import sha256
from podplanner.models import load
numbers = np.array({_NUMBERS.tolist()}, "f4")
mixed = np.array({_MIXED.tolist()})
found = {{}}
for name in {list(wanted)!r}:
    where = ("all", name + ".ubj") if name in {list(boosters)!r} else (name.lower(), None)
    model = load(where[0], store={store.address!r}, path=where[1])
    if isinstance(model, xgboost.Booster):
        matrix = xgboost.DMatrix(mixed if name == "categories" else numbers,
            feature_names=model.feature_names, feature_types=model.feature_types)
        answer = model.predict(matrix)
    else:
        assert type(model).__name__ == name
        answer = getattr(model, "predict_proba", model.predict)(numbers)
    found[name] = sha256(answer.tobytes()).hexdigest()
print(json.dumps(found))
"""
    )
    assert json.loads(out) == wanted


def test_a_wrapper_keeps_its_settings_classes_and_best_round(store, classifier):
    saved = save(classifier, "cat", store=store)
    found = load("cat", store=store)
    assert type(found) is xgboost.XGBClassifier
    assert str(found.get_params()) == str(classifier.get_params())
    assert found.best_iteration == classifier.best_iteration
    assert found.classes_.tolist() == [0, 1, 2]
    assert found.n_features_in_ == 4
    said = origin(found).metadata
    assert origin(found).digest == saved.manifest
    assert said["hyperparameters"]["learning_rate"] == {"decimal": "0.3"}
    assert said["extra"]["seeds"]["random_state"] == 5
    assert said["extra"]["saved"]["class"] == "xgboost.sklearn.XGBClassifier"
    assert said["environment"]["xgboost"] == xgboost.__version__
    nodes = "".join(classifier.get_booster().get_dump()).count("\n")
    assert said["extra"]["saved"]["parameters"] == nodes


def test_functions_among_the_settings_are_left_out_and_named(store):
    def error(goal, guess):
        return float(abs(goal - guess).mean())

    model = xgboost.XGBRegressor(n_estimators=2, eval_metric=error, n_jobs=1, base_score=0.5)
    save(model.fit(_NUMBERS, _GOAL), "cat", store=store)
    found = load("cat", store=store)
    assert found.get_params()["eval_metric"] is None
    assert found.get_params()["base_score"] == 0.5
    with store.open("cat", "wrapper.json") as file:
        assert json.loads(file.read())["left_out"] == ["eval_metric"]


def test_a_booster_keeps_attributes_and_names(store, boosters):
    booster = boosters["trees"].copy()
    booster.set_attr(best_iteration="2", said="a cat")
    save(booster, "cat", store=store)
    found = load("cat", store=store)
    assert found.attributes() == {"best_iteration": "2", "said": "a cat"}
    assert found.feature_names == ["a", "b", "c", "d"]
    assert load("cat", store=store, trainable=True).num_boosted_rounds() == 4


@pytest.mark.parametrize(("name", "form"), [("any.ubj", "ubj"), ("any.json", "json")])
def test_files_that_were_pushed_are_recognised(name, form, store, boosters):
    push(boosters["trees"].save_raw(form), store, name)
    assert load("cat", store=store).num_boosted_rounds() == 4


def test_other_json_is_not_taken_for_a_model(store):
    push(b'{"learner_rate": 1}', store, "config.json")
    with pytest.raises(FormatError, match="nothing in cat:1 is a model"):
        load("cat", store=store)


def test_what_is_not_trained_is_refused(store):
    with pytest.raises(FormatError, match="has not been trained"):
        save(xgboost.XGBClassifier(), "cat", store=store)


def test_options_of_tensors_are_refused(store, boosters):
    save(boosters["trees"], "cat", store=store)
    with pytest.raises(WrongUsageError):
        load("cat", store=store, framework="torch")


def test_flipped_bits_are_noticed(tmp_path, store, boosters):
    save(boosters["trees"], "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_a_pull_needs_no_package_and_loading_names_what_is_missing(store, tmp_path, classifier):
    save(classifier, "cat", store=store)
    for module, package in (("xgboost", "xgboost"), ("sklearn", "scikit-learn")):
        out = elsewhere(
            f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
from podplanner.store import open_store
open_store({store.address!r}).pull("cat", {str(tmp_path / module)!r})
try:
    load("cat", store={store.address!r})
except MissingPackageError as error:
    print(error, error.hint)
""",
            without=(module,),
        )
        assert f"{package} is not installed, and is needed to load cat:1" in out
        assert (tmp_path / module / "model.ubj").is_file()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"{", b"not", b'{"a": 1}', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe",
        b"{L" + b"\x7f" + b"\xff" * 7, b'{"learner": {}, "learner": {}}', b"binf\0\0\0",
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused(content, store):
    with pytest.raises(FormatError):
        check_model(content)


def test_a_model_that_is_cut_off_is_refused(boosters):
    for form in ("ubj", "json"):
        content = bytes(boosters["trees"].save_raw(form))
        for size in range(0, len(content), 97):
            with pytest.raises(FormatError):
                check_model(content[:size])


_HARMFUL = {
    "a child out of range": ("left_children", 10**6, "leads out"),
    "the root as a child": ("left_children", 0, "leads out"),
    "a child twice": ("right_children", 1, "lead to the same"),
    "a feature out of range": ("split_indices", 77, "feature"),
    "a parent out of range": ("parents", 10**6, "parents"),
}


@pytest.mark.parametrize(("name", "value", "words"), _HARMFUL.values(), ids=_HARMFUL)
def test_trees_that_lead_out_of_themselves_are_refused(name, value, words, store, boosters):
    model = json.loads(bytes(boosters["trees"].save_raw("json")))
    model["learner"]["gradient_booster"]["model"]["trees"][0][name][0] = value
    push(json.dumps(model, separators=(",", ":")).encode(), store, "model.json")
    with pytest.raises(FormatError, match=f"tree 0: .*{words}"):
        load("cat", store=store)


@pytest.mark.parametrize("wrong", [{"kind": "os.system"}, {"settings": []}, {"known": 1}, None])
def test_a_wrapper_that_is_not_on_our_list_is_not_made(wrong, store, classifier):
    written = ADAPTER.write(classifier)
    said = json.loads(bytes(written.files["wrapper.json"][0]))
    content = b"{" if wrong is None else json.dumps(said | wrong).encode()
    files = {**written.files, "wrapper.json": [memoryview(content)]}
    kept = {"kind": "xgboost", "wrapper": "XGBClassifier"}
    store.push(MemoryFiles(files), "cat", meta={"extra": {"saved": kept}})
    with pytest.raises(FormatError, match=r"wrapper\.json of cat:1"):
        load("cat", store=store)


@settings(max_examples=60)
@given(st.data())
def test_no_model_that_is_changed_raises_anything_else(boosters, data):
    content = bytearray(boosters[data.draw(st.sampled_from(sorted(boosters)))].save_raw("ubj"))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(content) - 1))
        content[where] = data.draw(st.integers(0, 255))
    try:
        check_model(content)
    except FormatError:
        return
    # What passes is told no lies about lengths, at least.
    assert isinstance(read_ubjson(content), dict)


@given(st.binary(max_size=200))
def test_reading_any_bytes_ends(content):
    try:
        read_ubjson(content)
    except ValueError as error:
        # Most bytes are no UBJSON; a few are.
        assert str(error)  # noqa: PT017
