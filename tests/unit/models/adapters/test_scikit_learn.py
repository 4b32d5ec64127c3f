"""Estimators of scikit-learn: saved here, asked in another process; files that are made to harm."""

import json
import sys
import warnings
import zipfile
from contextlib import suppress
from hashlib import sha256
from io import BytesIO

import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn")
pytest.importorskip("skops", reason="needs skops")

import numpy as np
import scipy.sparse
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import Birch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from support.estimators import CANNOT_BE_SAVED, answers, trained
from support.saved import elsewhere, flip, make_store
from threadpoolctl import threadpool_limits

from podplanner.errors import (
    FormatError,
    ObjectCorruptError,
    PodplannerError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.models import load, origin, save
from podplanner.models.adapters.scikit_learn import ADAPTER
from podplanner.models.adapters.skops_file import looked_through
from podplanner.models.adapters.skops_types import TRUSTED
from podplanner.store import MemoryFiles

_NUMBERS = np.random.RandomState(0).rand(120, 4)
_LABELS = (_NUMBERS[:, 0] > 0.5).astype(int)


def doubled(numbers):
    return numbers * 2


@pytest.fixture(scope="module")
def line():
    return LogisticRegression(C=0.5, random_state=3).fit(_NUMBERS, _LABELS)


def push(content, store, path="model.skops"):
    # The push itself refuses some of what is made to harm; whoever harms says the word.
    store.push(MemoryFiles({path: [memoryview(content)]}), "cat", allow_pickle=True)


def edited(content, change):
    """Return a skops file after `change(schema, members)`."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    schema = change(schema, members) or schema
    members["schema.json"] = json.dumps(schema).encode()
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return file.getvalue()


def nodes(value):
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


# Everything there is


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """Store one of every estimator; give the store, their answers, and what could not be saved.

    All in one version, which costs one push.
    """
    store = make_store(tmp_path_factory.mktemp("everything") / "store")
    found, refused, files = {}, {}, {}
    with warnings.catch_warnings(), threadpool_limits(1):
        # One thread: they are small. The warnings are of estimators that see far too little.
        warnings.simplefilter("ignore")
        for name, estimator in trained():
            try:
                (files[f"{name}.skops"],) = ADAPTER.write(estimator).files.values()
            except FormatError as error:
                refused[name] = str(error)
            else:
                found[name] = digest(answers(name, estimator))
    store.push(MemoryFiles(files), "all", meta={"extra": {"saved": {"kind": ADAPTER.kind}}})
    return store, found, refused


def digest(found):
    return sha256(repr(sorted(found.items())).encode()).hexdigest()


def test_every_estimator_answers_the_same_bit_for_bit_in_another_process(everything):
    store, found, refused = everything
    assert set(refused) == set(CANNOT_BE_SAVED)
    assert len(found) > 190
    out = elsewhere(
        f"""
import sys, json
from hashlib import sha256
sys.path.insert(0, "tests")
from threadpoolctl import threadpool_limits
from support.estimators import answers
from podplanner.models import load
found = {{}}
for name in {list(found)!r}:
    answer = answers(name, load("all", store={store.address!r}, path=name + ".skops"))
    found[name] = sha256(repr(sorted(answer.items())).encode()).hexdigest()
print(json.dumps(found))
"""
    )
    assert json.loads(out) == found


def test_all_of_our_list_is_there_or_of_another_version():
    """Names that nothing has are wrong, or are of versions that came or went."""
    gone = {
        "sklearn.compose._column_transformer._RemainderColsList",
        "numpy.asarray",
        "scipy._external.array_api_compat.numpy._aliases.asarray",
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
    }
    for name in set(TRUSTED) - gone:
        module, _, last = name.rpartition(".")
        __import__(module)
        assert hasattr(sys.modules[module], last), name


# What is kept and recorded


def test_a_pipeline_is_recorded_frozen_and_known(store):
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.5, random_state=3, solver="saga", tol=1e-2)
    ).fit(_NUMBERS, _LABELS)
    saved = save(model, "cat", store=store)
    found = load("cat", store=store)
    assert origin(found).digest == saved.manifest
    said = origin(found).metadata
    assert said["library_name"] == "sklearn"
    assert said["hyperparameters"]["logisticregression__C"] == {"decimal": "0.5"}
    assert said["hyperparameters"]["standardscaler"] == "sklearn.preprocessing._data.StandardScaler"
    assert said["extra"]["seeds"]["logisticregression__random_state"] == 3
    assert said["extra"]["saved"]["class"] == "sklearn.pipeline.Pipeline"
    assert said["extra"]["saved"]["parameters"] == 4 + 1
    assert {"scikit-learn", "skops", "numpy"} <= set(said["environment"])
    with pytest.raises(ValueError, match="read-only"):
        found[-1].coef_[0, 0] = 1
    again = load("cat", store=store, trainable=True)
    again[-1].coef_[0, 0] = 1
    again.fit(_NUMBERS, _LABELS)
    assert np.array_equal(again.predict_proba(_NUMBERS), model.predict_proba(_NUMBERS))


def test_learned_numbers_are_weights_and_trees():
    tree = RandomForestClassifier(n_estimators=2, max_depth=2, random_state=0)
    tree.fit(_NUMBERS, _LABELS)
    inner = sum((one.tree_.children_left != -1).sum() for one in tree.estimators_)
    leaves = sum((one.tree_.children_left == -1).sum() for one in tree.estimators_)
    assert ADAPTER.write(tree).parameters == inner + 2 * leaves
    net = MLPClassifier(hidden_layer_sizes=(3,), max_iter=500, tol=1, random_state=0)
    assert ADAPTER.write(net.fit(_NUMBERS, _LABELS)).parameters == 4 * 3 + 3 + 3 + 1
    assert ADAPTER.write(KNeighborsClassifier().fit(_NUMBERS, _LABELS)).parameters is None


def test_settings_that_are_data_are_told_by_their_shape():
    prior = GaussianNB(priors=np.full(2, 0.5)).fit(_NUMBERS, _LABELS)
    assert ADAPTER.write(prior).hyperparameters["priors"] == "numpy.ndarray of shape (2,)"
    many = make_pipeline(FunctionTransformer(np.log1p, kw_args={"a": list(range(100))}))
    found = ADAPTER.write(many).hyperparameters
    assert found["functiontransformer__kw_args"] == {"a": "list of 100"}
    assert found["functiontransformer__func"] == "numpy.log1p"


def test_another_version_of_scikit_learn_is_warned_of(store, line):
    def older(schema, members):
        schema["content"]["content"]["_sklearn_version"]["content"] = '"1.3.0"'

    push(edited(skops.io.dumps(line), older), store)
    with pytest.warns(InconsistentVersionWarning, match=r"from version 1\.3\.0"):
        load("cat", store=store)


def test_what_skops_has_no_form_for_is_refused(store):
    with pytest.raises(FormatError, match="skops cannot save this Birch") as raised:
        save(Birch(n_clusters=2).fit(_NUMBERS), "cat", store=store)
    assert raised.value.hint


def test_options_of_tensors_are_refused(store, line):
    save(line, "cat", store=store)
    for option in ({"into": line}, {"factory": dict}, {"framework": "torch"}, {"device": "cuda"}):
        with pytest.raises(WrongUsageError):
            load("cat", store=store, **option)


def test_own_functions_are_refused_until_they_are_trusted(store):
    save(FunctionTransformer(doubled).fit(_NUMBERS), "cat", store=store)
    name = f"{__name__}.doubled"
    with pytest.raises(UnsafeContentError, match="not trusted: ") as raised:
        load("cat", store=store)
    assert name in str(raised.value)
    assert f"trusted=[{name!r}]" in raised.value.hint
    found = load("cat", store=store, trusted=[name])
    assert np.array_equal(found.transform(_NUMBERS), _NUMBERS * 2)


def test_what_is_no_estimator_is_refused(store):
    push(skops.io.dumps({"a": 1}), store)
    with pytest.raises(FormatError, match="holds a dict, and no estimator"):
        load("cat", store=store)


def test_flipped_bits_are_noticed(tmp_path, store, line):
    save(line, "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_a_pull_needs_no_package_and_loading_names_what_is_missing(store, line, tmp_path):
    save(line, "cat", store=store)
    for module, package in (("sklearn", "scikit-learn"), ("skops", "skops")):
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
        assert f"pip install {package}" in out
        assert (tmp_path / module / "model.skops").is_file()


# Files that are made to do harm


def _node(name, kind="ObjectNode", **more):
    module, _, last = name.rpartition(".")
    return {"__class__": last, "__module__": module, "__loader__": kind, "__id__": 1, **more}


def _list(*content):
    return _node("builtins.list", "ListNode", content=list(content)) | {"__id__": 2}


def _tuple(*content):
    return _node("builtins.tuple", "TupleNode", content=list(content)) | {"__id__": 3}


def _json(value):
    return _node("builtins.str", "JsonNode", content=json.dumps(value), is_json=True) | {
        "__id__": None
    }


_NAMED = {
    "a function": _node("os.system", "FunctionNode"),
    "a type": _node("subprocess.Popen", "TypeNode"),
    "an object": _node("side_effect.Thing"),
    "a call": _node("os.system", "ConstructorFromReduceNode", content=_tuple(_json("touch made"))),
    "an import by list": _node("side_effect.Thing", "ListNode", content=[]),
    "an import by array": _node("side_effect.Thing", "NdArrayNode", type="json", content=[],
                                shape=_tuple()),
    "a loss": _node("side_effect.Thing", "LossNode", content=_tuple(),
                    __reduce__={"args": _tuple()}),
    "an operator": _node("operator.methodcaller", "OperatorFuncNode",
                         attrs=_tuple(_json("system"))),
    "a partial": _node("functools.partial", "PartialNode", content={
        "func": _node("os.system", "FunctionNode") | {"__id__": 5},
        "args": _tuple(), "kwds": _tuple(), "namespace": _json(None)}),
    "a random state": _node("side_effect.Thing", "RandomStateNode", content=_json(None)),
    "a method": _node("sklearn.linear_model._logistic.LogisticRegression", "MethodNode", content={
        "func": "fit",
        "obj": _node("sklearn.linear_model._logistic.LogisticRegression") | {"__id__": 9}}),
}  # fmt: skip


@pytest.mark.parametrize("node", _NAMED.values(), ids=_NAMED)
def test_nothing_that_a_file_names_is_imported_or_called(node, store, tmp_path, monkeypatch, line):
    (tmp_path / "side_effect.py").write_text("open('made', 'w')\nThing = dict\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)

    def hide(schema, members):
        schema["content"]["content"]["verbose"] = node

    push(edited(skops.io.dumps(line), hide), store)
    with pytest.raises(UnsafeContentError, match="not trusted: ") as raised:
        load("cat", store=store)
    assert "side_effect" not in sys.modules
    assert not (tmp_path / "made").exists()
    assert "trusted=[" in raised.value.hint


@pytest.mark.parametrize(
    "node",
    [
        _node("numpy.mean", "ConstructorFromReduceNode", content=_tuple(_json(1))),
        _node("sklearn.calibration._CalibratedClassifier", "DictNode", content={},
              key_types=_list()),
        _node("sklearn.utils._bunch.Bunch", "ListNode", content=[]),
        _node("sklearn.cluster._kmeans._kmeans_single_lloyd", "TypeNode"),
    ],
    ids=["a function", "a class", "a dict as list", "a function as type"],
)  # fmt: skip
def test_what_is_trusted_is_not_called_in_other_ways(node, store):
    push(edited(skops.io.dumps({}), lambda schema, _: schema | node), store)
    with pytest.raises(UnsafeContentError, match="would call"):
        load("cat", store=store)


def test_nothing_stands_behind_the_number_of_something_else(store, line):
    def swap(schema, members):
        known = schema["content"]["content"]
        known["verbose"] = known["coef_"] | {"file": known["intercept_"]["file"]}

    push(edited(skops.io.dumps(line), swap), store)
    with pytest.raises(FormatError, match="have the same number"):
        load("cat", store=store)


def _zipped(members, **options):
    file = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", **options) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def _schema(node, protocol=2):
    return json.dumps(node | {"protocol": protocol, "_skops_version": "0.16"})


def _nested_bomb():
    inner = _zipped([("data.npy", b"\0" * 2**27)], compression=zipfile.ZIP_DEFLATED)
    node = _node("scipy.sparse._csr.csr_matrix", "SparseMatrixNode", type="scipy", file="1.npz")
    return _zipped([("schema.json", _schema(node)), ("1.npz", inner)])


_BROKEN = {
    "no archive": b"abc",
    "nothing": b"",
    "no schema": _zipped([("other.json", "{}")]),
    "no JSON": _zipped([("schema.json", "{")]),
    "no object": _zipped([("schema.json", "[1]")]),
    "no protocol": _zipped([("schema.json", "{}")]),
    "protocol 0": _zipped([("schema.json", _schema({}, 0))]),
    "a protocol to come": _zipped([("schema.json", _schema({}, 99))]),
    "no names": _zipped([("schema.json", _schema({"__loader__": "ListNode"}))]),
    "a kind that nobody knows": _zipped([("schema.json", _schema(_node("a.b", "EvalNode")))]),
    "a kind that nobody writes": _zipped([("schema.json", _schema(_node("a.b", "CachedNode")))]),
    "nested": _zipped([("schema.json", '{"a":' * 200_000 + "1" + "}" * 200_000)]),
    "a file that is not there": _zipped([
        ("schema.json", _schema(_node("numpy.ndarray", "NdArrayNode", type="numpy", file="1.npy")))
    ]),
    "an array of objects": _zipped([
        ("schema.json", _schema(_node("numpy.ndarray", "NdArrayNode", type="numpy", file="1.npy"))),
        ("1.npy", b"\x93NUMPY\x01\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
         .ljust(127) + b"\n" + b"\x80\x04."),
    ]),
    "far more than it holds": _zipped([
        ("schema.json", _schema(_node("numpy.ndarray", "NdArrayNode", type="numpy", file="1.npy"))),
        ("1.npy", b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, "
         b"'shape': (1000000000000000,), }".ljust(127) + b"\n"),
    ]),
    "a bomb": _zipped([("schema.json", b" " * 2**27)], compression=zipfile.ZIP_DEFLATED),
    "a bomb inside": _nested_bomb(),
    "another compression": _zipped([("schema.json", "{}")], compression=zipfile.ZIP_LZMA),
    "a name twice": _zipped([("schema.json", "{}"), ("schema.json", "{}")]),
}  # fmt: skip


@pytest.mark.parametrize("content", _BROKEN.values(), ids=_BROKEN)
def test_what_is_broken_is_refused(content, store):
    push(content, store)
    with pytest.raises(FormatError):
        load("cat", store=store)


@settings(max_examples=40)
@given(st.data())
def test_no_file_that_is_changed_raises_anything_else(line, data):
    content = bytearray(skops.io.dumps(line))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.integers(0, len(content) - 1))
        content[where] = data.draw(st.integers(0, 255))
    with suppress(PodplannerError):
        looked_through(content)


def _changed_forest(name, change):
    forest = RandomForestClassifier(n_estimators=1, max_depth=3, random_state=0)
    content = skops.io.dumps(forest.fit(_NUMBERS, _LABELS))

    def edit(schema, members):
        (tree,) = (one for one in nodes(schema) if one["__loader__"] == "TreeNode")
        node = tree["content"]["content"][name]
        file = BytesIO()
        array = np.load(BytesIO(members[node["file"]]))
        change(array)
        np.save(file, array)
        members[node["file"]] = file.getvalue()

    return edited(content, edit)


def _first(field, value):
    def change(array):
        array[field][0] = value

    return change


_TREES = {
    "a child out of range": ("left_child", 10**6),
    "a child below": ("right_child", -7),
    "a ring": ("left_child", 0),
    "a feature out of range": ("feature", 10**6),
    "a feature below": ("feature", -3),
}


@pytest.mark.parametrize(("field", "value"), _TREES.values(), ids=_TREES)
def test_trees_that_lead_out_of_themselves_are_refused(field, value, store):
    push(_changed_forest("nodes", _first(field, value)), store)
    with pytest.raises(FormatError, match="a tree in the skops file"):
        load("cat", store=store)


def test_trees_that_would_be_made_from_beyond_their_arrays_are_refused(store):
    forest = RandomForestClassifier(n_estimators=1, max_depth=3, random_state=0)

    def more(schema, members):
        (tree,) = (one for one in nodes(schema) if one["__loader__"] == "TreeNode")
        tree["__reduce__"]["args"]["content"][2] = _json(10**6)

    push(edited(skops.io.dumps(forest.fit(_NUMBERS, _LABELS)), more), store)
    with pytest.raises(FormatError, match="other classes than outputs"):
        load("cat", store=store)


def test_trees_of_more_features_than_their_forest_takes_are_refused(store):
    forest = RandomForestClassifier(n_estimators=1, max_depth=3, random_state=0)
    forest.fit(_NUMBERS, _LABELS)
    forest.n_features_in_ = 1
    push(skops.io.dumps(forest), store)
    with pytest.raises(FormatError, match="trees of other features"):
        load("cat", store=store)


@pytest.mark.parametrize(("field", "value"), [("left", 10**6), ("feature_idx", 77)])
def test_trees_of_histograms_are_looked_at_too(field, value, store):
    model = HistGradientBoostingClassifier(max_iter=1, early_stopping=False)
    model.fit(_NUMBERS, _LABELS)
    model._predictors[0][0].nodes[field][0] = value
    push(skops.io.dumps(model), store)
    with pytest.raises(FormatError, match="a tree in the skops file"):
        load("cat", store=store)


def test_search_trees_and_sparse_matrices_are_looked_at_too(store):
    content = skops.io.dumps(KNeighborsClassifier().fit(_NUMBERS, _LABELS))

    def edit(schema, members):
        (tree,) = (one for one in nodes(schema) if one["__class__"] == "KDTree")
        name = tree["content"]["content"][1]["file"]
        file = BytesIO()
        np.save(file, np.load(BytesIO(members[name])) + 10**6)
        members[name] = file.getvalue()

    push(edited(content, edit), store)
    with pytest.raises(FormatError, match="names points that it does not have"):
        load("cat", store=store)
    matrix = scipy.sparse.csr_matrix(np.eye(4))
    matrix.indices[0] = 10**6
    push(skops.io.dumps({"matrix": matrix}), store)
    with pytest.raises(FormatError, match="a sparse matrix"):
        load("cat", store=store)
