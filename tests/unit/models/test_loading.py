"""Load: pinned, verified, frozen, and never led astray by what a store says."""

import copy
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from support.networks import ASIA
from support.rule_texts import DISCOUNT
from support.saved import elsewhere, flip, make_store

from podplanner.errors import (
    ConflictError,
    FormatError,
    ObjectCorruptError,
    PodplannerError,
    SignatureError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models import load, origin, save
from podplanner.models.registry import ALL_ADAPTERS
from podplanner.store import MemoryFiles, Store, open_store
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.root import make_root

MODEL = {"w": np.arange(6, dtype="f4").reshape(2, 3)}


@pytest.fixture
def quick():
    """A store in memory."""
    return Store(make_root(MemoryBackend()))


def test_a_digest_pins_the_version(quick):
    saved = save(MODEL, "cat", store=quick)
    found = load("cat", store=quick, digest=saved.manifest.upper())
    assert origin(found).digest == saved.manifest
    save({"w": np.zeros(1)}, "cat", store=quick)
    with pytest.raises(ConflictError, match=f"not {saved.manifest}") as raised:
        load("cat", store=quick, digest=saved.manifest)
    assert "cat:2" in raised.value.message
    assert origin(load("cat:1", store=quick, digest=saved.manifest)).version == 1


def test_an_alias_that_moves_meanwhile_does_not_mix_versions(quick, monkeypatch):
    rng = np.random.default_rng(0)
    models = [{name: rng.random(50_000) for name in "abc"} for _ in range(2)]
    for model in models:
        save(model, "cat", store=quick)
    quick.alias("cat:1", "prod")
    backend = quick.root.backend
    reads, real = [], backend.get

    def get(key):
        found = real(key)
        if key.startswith("manifests/"):
            # The version has just been looked up, and nothing of its content been read.
            reads.append(key)
            quick.root.refs.move_alias(_name("cat"), "prod", 2)
        return found

    monkeypatch.setattr(backend, "get", get)
    found = load("cat:prod", store=quick)
    assert reads
    assert origin(found).version == 1
    assert all(np.array_equal(found[name], models[0][name]) for name in "abc")
    assert origin(load("cat:prod", store=quick)).version == 2


def _name(word):
    from podplanner.store.names import ModelName

    return ModelName.parse(word)


def test_what_is_loaded_is_frozen_unless_it_is_to_be_trained(quick):
    save(MODEL, "cat", store=quick)
    with pytest.raises(ValueError, match="read-only"):
        load("cat", store=quick)["w"][0, 0] = 7
    trainable = load("cat", store=quick, trainable=True)
    trainable["w"][0, 0] = 7
    assert load("cat", store=quick)["w"][0, 0] == 0


def test_names_that_are_not_there_are_said(quick):
    save(MODEL, "cat", store=quick)
    for wrong in ("dog", "cat:9", "cat:prod"):
        with pytest.raises(UnknownNameError):
            load(wrong, store=quick)
    for wrong in ("", "a/b/c", "cat:-1", "../cat"):
        with pytest.raises(WrongUsageError):
            load(wrong, store=quick)
    quick.delete("cat:1")
    with pytest.raises(UnknownNameError):
        load("cat:1", store=quick)


def test_a_version_must_be_signed_where_it_is_required(quick, tmp_path):
    pytest.importorskip("model_signing", reason="needs model-signing")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def pair(name):
        key = ec.generate_private_key(ec.SECP256R1())
        private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        public.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        return private, public

    (private, public), (_, other) = pair("mine"), pair("other")
    save(MODEL, "cat", store=quick)
    with pytest.raises(SignatureError):
        load("cat", store=quick, require_signature=public)
    save({"w": np.ones(3)}, "cat", store=quick, sign_with=private)
    assert load("cat", store=quick, require_signature=public)["w"].tolist() == [1, 1, 1]
    with pytest.raises(SignatureError):
        load("cat", store=quick, require_signature=other)


def test_a_store_that_may_only_be_read_is_enough(tmp_path):
    made = make_store(tmp_path / "here")
    save(MODEL, "cat", store=made)
    before = sorted(path for path in Path(made.address).rglob("*"))
    found = load("cat", store=open_store(made.address, read_only=True))
    assert np.array_equal(found["w"], MODEL["w"])
    assert sorted(path for path in Path(made.address).rglob("*")) == before


@pytest.mark.parametrize("kind", ["objects", "tables", "manifests"])
def test_tampering_is_noticed_wherever_it_is(store, tmp_path, kind):
    save({"w": np.arange(200_000, dtype="f4")}, "cat", store=store)
    assert flip(tmp_path / "store", kind=kind)
    with pytest.raises(ObjectCorruptError):
        load("cat", store=open_store(store.address))


def test_threads_load_at_once(quick):
    for number in range(4):
        save({"w": np.full(60_000, number)}, "cat", store=quick)
    wrong = []

    def work(number):
        for _ in range(5):
            found = load(f"cat:{number + 1}", store=quick)
            if not (found["w"] == number).all() or origin(found).version != number + 1:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# What a store says of a version is a stranger's


def hostile(store, files, saved, name="cat"):
    store.push(
        MemoryFiles({path: [memoryview(content)] for path, content in files.items()}),
        name,
        meta={"extra": {"saved": saved}},
        new_version=True,
    )


def tensors_file():
    from safetensors.numpy import save as dump

    return dump(MODEL)


@pytest.mark.parametrize("saved", ["text", [1], {"kind": 7}, {"kind": ["tensors"]}, {}], ids=str)
def test_without_a_kind_the_files_say_what_it_is(quick, saved):
    hostile(quick, {"any.safetensors": tensors_file()}, saved)
    assert np.array_equal(load("cat", store=quick)["w"], MODEL["w"])


@pytest.mark.parametrize("kind", ["pickle", "os.system", "../../evil", "TENSORS", " tensors"])
def test_a_kind_that_is_not_known_is_refused_and_nothing_imported(quick, kind):
    hostile(quick, {"any.safetensors": tensors_file()}, {"kind": kind})
    before = set(sys.modules)
    with pytest.raises(FormatError, match="cannot load models of the kind"):
        load("cat", store=quick)
    assert set(sys.modules) == before


def test_a_class_that_is_named_is_not_imported(quick, tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    for kind in ("tensors", "torch-module", "state", "transformers", "scikit-learn"):
        hostile(
            quick,
            {"model.safetensors": tensors_file(), "config.json": b'{"model_type": "evil"}'},
            {"kind": kind, "class": "evil.Evil", "factory": "evil.make"},
        )
        with suppress(PodplannerError):
            load("cat", store=quick)
        assert "evil" not in sys.modules


_PATHS = (
    "model.skops", "model.ubj", "model.txt", "model.onnx", "model.gguf", "model.bif",
    "config.json", "adapter_config.json", "adapter_model.safetensors", "model.safetensors",
    "state.json", "rules.json", "network.xml", "model.json",
)  # fmt: skip
_OTHERS = {
    "nothing that is known": {"x": b"x"},
    "garbage": dict.fromkeys(_PATHS, b"garbage"),
    "empty": dict.fromkeys(_PATHS, b""),
}


@pytest.mark.parametrize("entry", ALL_ADAPTERS, ids=lambda entry: entry.kind)
# Frameworks warn of what they read; here they read garbage.
@pytest.mark.filterwarnings("ignore")
def test_a_kind_whose_files_are_another_kinds_is_an_error_of_ours(quick, entry):
    for files in _OTHERS.values():
        hostile(quick, files, {"kind": entry.kind})
        with pytest.raises(PodplannerError, match=r"^[^\n]+$"):
            load("cat", store=quick)
    # Tensors are given as such by every kind that is made of them.
    hostile(quick, {"model.safetensors": tensors_file()}, {"kind": entry.kind})
    if entry.kind in ("tensors", "state", "torch-module", "transformers", "peft"):
        with suppress(PodplannerError):
            assert set(load("cat", store=quick)) == {"w"}
    else:
        with pytest.raises(PodplannerError):
            load("cat", store=quick)


def linear():
    torch = pytest.importorskip("torch", reason="needs torch")
    return torch.nn.Linear(2, 1), {"factory": lambda: torch.nn.Linear(2, 1)}


def state():
    torch = pytest.importorskip("torch", reason="needs torch")
    made = torch.nn.Linear(2, 1)
    made(torch.ones(1, 2)).sum().backward()
    optimizer = torch.optim.AdamW(made.parameters())
    optimizer.step()
    return {"model": made.state_dict(), "optimizer": optimizer.state_dict(), "step": 3}, {}


def estimator():
    pytest.importorskip("skops", reason="needs skops")
    linear_model = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")
    return linear_model.LogisticRegression().fit([[0.0], [1.0]], [0, 1]), {}


def booster():
    xgboost = pytest.importorskip("xgboost", reason="needs xgboost")
    x, y = np.arange(8.0).reshape(-1, 1), np.arange(8) > 3
    return xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(x, y), {}


def trees():
    lightgbm = pytest.importorskip("lightgbm", reason="needs lightgbm")
    x, y = np.arange(60.0).reshape(-1, 1), np.arange(60) > 30
    model = lightgbm.LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1, min_child_samples=2)
    return model.fit(x, y), {}


def graph():
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    ends = [helper.make_tensor_value_info(name, number, [1]) for name in "xy"]
    inner = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(inner, opset_imports=opset, ir_version=9), {}


def table():
    from podplanner.models.decision_tables import DecisionTable

    return DecisionTable.from_text(DISCOUNT), {}


def network():
    from podplanner.models.bayesian import BayesianNetwork

    return BayesianNetwork.from_text(ASIA), {}


def arrays():
    return MODEL, {}


_SELDOM = ("file", "wrapper", "base", "best_iteration", "form", "original", "heads", "classes")
_MAKERS = (arrays, linear, state, estimator, booster, trees, graph, table, network)
_WRONG = (None, True, -1, "../x", [1], {"x": 1}, "9" * 400)


@pytest.mark.parametrize("make", _MAKERS)
@pytest.mark.filterwarnings("ignore")  # as above
def test_details_of_the_wrong_kind_are_an_error_of_ours_or_do_no_harm(quick, make):
    model, options = make()
    pushed = save(model, "good", store=quick)
    shown = quick.show("good")
    said = shown.metadata["extra"]["saved"]
    files = {file.path: b"".join(quick.cat("good", file.path)) for file in shown.files}
    assert origin(load("good", store=quick, **options)).digest == pushed.manifest
    for place, key in list(_places(said)):
        for wrong in _WRONG:
            changed = copy.deepcopy(said)
            inner = changed
            for step in place:
                inner = inner[step]
            if wrong is None:
                del inner[key]
            else:
                inner[key] = wrong
            hostile(quick, files, changed)
            with suppress(PodplannerError):
                load("cat", store=quick, **options)
    for wrong in _WRONG:
        # What adapters write only of some models.
        hostile(quick, files, {**said, **dict.fromkeys(_SELDOM, wrong)})
        with suppress(PodplannerError):
            load("cat", store=quick, **options)


def _places(value, place=()):
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))[:2]
    else:
        return
    for key in keys:
        yield place, key
        yield from _places(value[key], (*place, key))


def test_a_process_that_loads_needs_no_more_than_the_kind_needs(store):
    save(MODEL, "cat", store=store)
    out = elsewhere(
        f"""
from podplanner.models import load, origin
found = load("cat", store={store.address!r})
print(found["w"].sum(), "torch" in sys.modules)
""",
        without=("sklearn", "transformers", "xgboost", "lightgbm", "onnx", "safetensors"),
    )
    assert out == "15.0 False\n"
