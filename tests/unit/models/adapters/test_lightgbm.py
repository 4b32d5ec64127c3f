"""Models of LightGBM: saved here, asked in another process; files that would end the process."""

import json
import warnings
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.adapters.lightgbm import ADAPTER
from podplanner.models.adapters.lightgbm_model import check_model
from podplanner.store import MemoryFiles

lightgbm = pytest.importorskip("lightgbm", reason="needs LightGBM")
pytest.importorskip("sklearn", reason="needs scikit-learn, for the wrappers")

_NUMBERS = np.random.RandomState(0).rand(120, 4)
_LABELS = np.arange(120) % 3
_WORDS = np.array(["cat", "dog", "ox"])[_LABELS]
_GOAL = _NUMBERS[:, 0] + (np.arange(120) % 5 == 2)
_MIXED = np.c_[_NUMBERS[:, :3], np.arange(120) % 5]
_SAID = {"extra": {"saved": {"kind": ADAPTER.kind}}}
_FEW = {"verbose": -1, "num_leaves": 6, "num_threads": 1}
_COMMON = {**_FEW, "min_data_in_leaf": 3}


def _train(numbers, goal, rounds=3, categories=(), names="auto", **more):
    data = lightgbm.Dataset(
        numbers, goal, categorical_feature=list(categories), feature_name=names, params=more
    )
    return lightgbm.train({**_COMMON, **more}, data, rounds)


@pytest.fixture(scope="module")
def boosters():
    return {
        "trees": _train(_NUMBERS, _GOAL, names=list("abcd")),
        "classes": _train(_NUMBERS, _LABELS, objective="multiclass", num_class=3),
        "each": _train(_NUMBERS, _LABELS, objective="multiclassova", num_class=3),
        "categories": _train(_MIXED, _GOAL, categories=[3], min_data_per_group=2),
        "linear": _train(_NUMBERS, _GOAL, linear_tree=True),
        "forest": _train(_NUMBERS, _GOAL, boosting="rf", bagging_freq=1, bagging_fraction=0.5),
        "dart": _train(_NUMBERS, _GOAL, boosting="dart"),
        "nothing": _train(_NUMBERS, np.ones(120)),
    }


@pytest.fixture(scope="module")
def classifier():
    model = lightgbm.LGBMClassifier(
        n_estimators=20, learning_rate=0.3, random_state=5, n_jobs=1, num_leaves=6, verbose=-1,
        min_child_samples=3,
    )  # fmt: skip
    with warnings.catch_warnings():
        # 4.7 wants `eval_X`, which 4.6 does not have.
        warnings.simplefilter("ignore", lightgbm.basic.LGBMDeprecationWarning)
        return model.fit(
            _NUMBERS[::2], _WORDS[::2], eval_set=[(_NUMBERS[1::2], _WORDS[1::2])],
            callbacks=[lightgbm.early_stopping(2, verbose=False)],
        )  # fmt: skip


def push(content, store, **more):
    store.push(MemoryFiles({"model.txt": [memoryview(content)]}), "cat", **more)


def test_boosters_and_wrappers_answer_the_same_bit_for_bit_in_another_process(
    store, boosters, classifier
):
    few = {"n_estimators": 3, "num_leaves": 6, "n_jobs": 1, "verbose": -1}
    wrappers = [
        classifier,
        lightgbm.LGBMRegressor(**few).fit(_NUMBERS, _GOAL),
        lightgbm.LGBMRanker(**few).fit(_NUMBERS, _LABELS, group=[20] * 6),
    ]
    wanted, files = {}, {}
    for name, booster in boosters.items():
        files[f"{name}.txt"] = ADAPTER.write(booster).files["model.txt"]
        answer = booster.predict(_MIXED if name == "categories" else _NUMBERS, num_threads=1)
        wanted[name] = sha256(answer.tobytes()).hexdigest()
    # One push for all of them.
    store.push(MemoryFiles(files), "all", meta=_SAID)
    for wrapper in wrappers:
        name = type(wrapper).__name__
        save(wrapper, name.lower(), store=store)
        ask = getattr(wrapper, "predict_proba", wrapper.predict)
        wanted[name] = sha256(ask(_NUMBERS).tobytes()).hexdigest()
    out = elsewhere(
        f"""
import json, numpy as np, lightgbm
from hashlib import sha256
from podplanner.models import load
numbers, mixed = np.array({_NUMBERS.tolist()}), np.array({_MIXED.tolist()})
found = {{}}
for name in {list(wanted)!r}:
    where = ("all", name + ".txt") if name in {list(boosters)!r} else (name.lower(), None)
    model = load(where[0], store={store.address!r}, path=where[1])
    if isinstance(model, lightgbm.Booster):
        answer = model.predict(mixed if name == "categories" else numbers, num_threads=1)
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
    assert type(found) is lightgbm.LGBMClassifier
    assert found.get_params() == classifier.get_params()
    assert found.classes_.tolist() == ["cat", "dog", "ox"]
    assert found.classes_.dtype == classifier.classes_.dtype
    assert found.predict(_NUMBERS).tolist() == classifier.predict(_NUMBERS).tolist()
    assert found.best_iteration_ == classifier.best_iteration_ > 0
    # What came after the best round is kept too.
    assert found.booster_.current_iteration() == classifier.booster_.current_iteration()
    assert found.n_features_in_ == 4
    assert found.objective_ == "multiclass"
    said = origin(found).metadata
    assert origin(found).digest == saved.manifest
    assert said["hyperparameters"]["learning_rate"] == {"decimal": "0.3"}
    assert said["extra"]["seeds"]["random_state"] == 5
    assert said["environment"]["lightgbm"] == lightgbm.__version__
    assert said["extra"]["saved"]["wrapper"] == "LGBMClassifier"
    assert said["extra"]["saved"]["parameters"] == ADAPTER.write(classifier).parameters > 0
    again = load("cat", store=store, trainable=True)
    again.fit(_NUMBERS, _WORDS)


def test_classes_that_are_numbers_come_back_as_numbers(store):
    model = lightgbm.LGBMClassifier(n_estimators=2, num_leaves=4, n_jobs=1, verbose=-1)
    save(model.fit(_NUMBERS, _LABELS.astype("i2") * 10), "cat", store=store)
    found = load("cat", store=store)
    assert found.classes_.tolist() == [0, 10, 20]
    assert found.predict(_NUMBERS).dtype == model.predict(_NUMBERS).dtype


def test_learned_numbers_are_thresholds_and_values(boosters):
    nodes = boosters["trees"].dump_model()["tree_info"]
    leaves = sum(tree["num_leaves"] for tree in nodes)
    assert ADAPTER.write(boosters["trees"]).parameters == leaves + (leaves - len(nodes))


def test_a_booster_keeps_names_categories_and_best_round(store, boosters):
    booster = boosters["trees"]
    booster.best_iteration = 2
    booster.pandas_categorical = [["a", "b"]]
    save(booster, "cat", store=store)
    found = load("cat", store=store)
    assert found.best_iteration == 2
    assert found.feature_name() == ["a", "b", "c", "d"]
    assert found.pandas_categorical == [["a", "b"]]
    assert found.num_trees() == 3
    booster.best_iteration, booster.pandas_categorical = -1, None


def test_files_that_were_pushed_are_recognised(store, boosters):
    text = boosters["trees"].model_to_string().encode()
    files = {"any.txt": [memoryview(text)], "README.txt": [memoryview(b"tree of a cat")]}
    store.push(MemoryFiles(files), "cat")
    assert load("cat", store=store).num_trees() == 3
    push(b"a text", store)
    with pytest.raises(FormatError, match="nothing in cat:2 is a model"):
        load("cat", store=store)


def test_what_cannot_come_back_the_same_is_refused(store):
    with pytest.raises(FormatError, match="has not been trained"):
        save(lightgbm.LGBMClassifier(), "cat", store=store)

    def own(goal, guess):
        return guess - goal, np.ones_like(goal)

    model = lightgbm.LGBMRegressor(objective=own, n_estimators=2, n_jobs=1, verbose=-1)
    with pytest.raises(FormatError, match="is a function") as raised:
        save(model.fit(_NUMBERS, _GOAL), "cat", store=store)
    assert raised.value.hint == "Save its `booster_`."
    save(model.booster_, "cat", store=store)


def test_options_of_tensors_are_refused(store, boosters):
    save(boosters["trees"], "cat", store=store)
    with pytest.raises(WrongUsageError):
        load("cat", store=store, device="cuda")


def test_flipped_bits_are_noticed(tmp_path, store, boosters):
    save(boosters["trees"], "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_a_pull_needs_no_package_and_loading_names_what_is_missing(store, tmp_path, classifier):
    save(classifier, "cat", store=store)
    for module, package in (("lightgbm", "lightgbm"), ("sklearn", "scikit-learn")):
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
        assert (tmp_path / module / "model.txt").is_file()


def _replaced(booster, old, new):
    """Return a model with one change, and with sizes of its trees that are true again."""
    text = booster.model_to_string(num_iteration=-1)
    before, found, after = text.partition(old)
    assert found
    text = before + new + after
    if "Tree=0" not in before:
        return text
    head, name, sizes = text.partition("tree_sizes=")
    first, space, others = sizes.partition(" ")
    return head + name + str(int(first) + len(new) - len(old)) + space + others


_HARMFUL = {
    "no beginning": ("tree\n", "cats\n", "does not begin"),
    "sizes that lie": ("tree_sizes=", "tree_sizes=9", "other sizes"),
    "no features": ("max_feature_idx=3", "max_feature_idx=9", "other feature_names"),
    "words for numbers": ("split_gain=", "split_gain=x", "split_gain are no numbers"),
    "a line of its own": ("num_cat=0", "num_cat_0", "says nothing"),
    "an underscore": ("leaf_count=", "leaf_count=1_", "leaf_count are no numbers"),
    "fewer leaves": ("num_leaves=6", "num_leaves=5", "values for 5 leaves"),
    "other classes": ("multiclass num_class:3", "multiclass num_class:9", "of other classes"),
    "a feature out of range": ("split_feature=", "split_feature=9", "feature"),
    "a negative feature": ("split_feature=", "split_feature=-", "feature"),
    "a child twice": ("left_child=", "left_child=-", "leads out of itself"),
    "a child out of range": ("right_child=", "right_child=-9", "leads out of itself"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), _HARMFUL.values(), ids=_HARMFUL)
def test_what_would_end_the_process_is_refused(old, new, words, store, boosters):
    push(_replaced(boosters["classes"], old, new).encode(), store, meta=_SAID)
    with pytest.raises(FormatError, match=words):
        load("cat", store=store)


@pytest.mark.parametrize(
    "content", ["", "{}", "tree\n", "tree\nversion=v4\n", "tree\nend of trees\n"]
)
def test_what_is_no_model_is_refused(content):
    with pytest.raises(FormatError):
        check_model(content)


def test_a_model_that_is_cut_off_is_refused(boosters):
    text = boosters["categories"].model_to_string()
    for size in range(0, text.index("end of trees"), 31):
        with pytest.raises(FormatError):
            check_model(text[:size])


def test_categories_and_linear_leaves_are_looked_at(boosters):
    for name, old, new in (
        ("categories", "cat_boundaries=0 1", "cat_boundaries=0 9"),
        ("categories", "num_cat=1", "num_cat=0"),
        ("linear", "num_features=", "num_features=9"),
    ):
        with pytest.raises(FormatError, match=r"tree 0: (its|it has)"):
            check_model(_replaced(boosters[name], old, new))


@pytest.mark.parametrize("wrong", [{"kind": "os.system"}, {"settings": []}, {"known": {}}, None])
def test_a_wrapper_that_is_not_on_our_list_is_not_made(wrong, store, classifier):
    written = ADAPTER.write(classifier)
    said = json.loads(bytes(written.files["wrapper.json"][0]))
    content = b"{" if wrong is None else json.dumps(said | wrong).encode()
    files = {**written.files, "wrapper.json": [memoryview(content)]}
    kept = {"kind": "lightgbm", "wrapper": "LGBMClassifier"}
    store.push(MemoryFiles(files), "cat", meta={"extra": {"saved": kept}})
    with pytest.raises(FormatError, match="cat:1"):
        load("cat", store=store)


@settings(max_examples=100)
@given(st.data())
def test_no_model_that_is_changed_raises_anything_else(boosters, data):
    booster = boosters[data.draw(st.sampled_from(sorted(boosters)))]
    content = bytearray(booster.model_to_string(num_iteration=-1).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(content) - 1))
        content[where] = data.draw(st.integers(0, 255))
    try:
        assert check_model(content.decode("utf-8", "replace")) > 0
    except FormatError as error:
        # Some changes are only of values.
        assert error.hint  # noqa: PT017
