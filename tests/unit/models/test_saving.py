"""Save: what a version is, what it records without being asked, and what is refused."""

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from support.saved import elsewhere, make_store

from podplanner.errors import (
    FileAccessError,
    FormatError,
    NotPermittedError,
    UnknownNameError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.models import Dataset, load, save
from podplanner.store import Store, open_store
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.root import make_root

MODEL = {"w": np.arange(6, dtype="f4").reshape(2, 3)}


@pytest.fixture
def quick():
    """A store in memory."""
    return Store(make_root(MemoryBackend()))


def metadata(store, reference="cat"):
    return store.show(reference).metadata


def test_what_is_passed_is_recorded_exactly(quick):
    save(
        MODEL,
        "cat",
        store=quick,
        hyperparameters={"rate": np.float32(0.1), "layers": (3, 1), "seed": None},
        metrics={"accuracy": 0.93, "loss": float("nan"), "exact": Decimal("0.930")},
        dataset=["squad@sha256:" + "ab" * 32, Dataset("pets", rows=7)],
        meta={"license": "mit", "run": {"id": 7}, "extra": {"note": "x"}},
    )
    said = metadata(quick)
    assert said["hyperparameters"] == {"rate": {"decimal": "0.1"}, "layers": [3, 1]}
    assert said["metrics"] == {
        "accuracy": {"decimal": "0.93"},
        "loss": "nan",
        "exact": {"decimal": "0.930"},
    }
    assert [one["name"] for one in said["datasets"]] == ["squad", "pets"]
    assert said["license"] == "mit"
    assert said["extra"]["run"] == {"id": 7}
    assert said["extra"]["note"] == "x"


def test_what_is_known_is_recorded_without_asking(quick):
    save(MODEL, "cat", store=quick)
    said = metadata(quick)
    assert said["library_name"] == "numpy"
    assert said["environment"]["numpy"] == np.__version__
    assert {"python", "cpu", "memory", "podplanner"} <= set(said["environment"])
    assert said["extra"]["saved"]["kind"] == "tensors"


def test_what_meta_says_and_what_arguments_say_come_together(quick):
    save(
        MODEL,
        "cat",
        store=quick,
        hyperparameters={"a": 1},
        metrics={"accuracy": 1},
        dataset="squad",
        meta={
            "hyperparameters": {"a": 0, "b": 2},
            "metrics": {"loss": 3, "accuracy": 0},
            "datasets": "pets",
            "environment": {"cluster": "red"},
            "extra": {"saved": {"kind": "rules"}, "seeds": {"mine": 1}},
        },
    )
    said = metadata(quick)
    assert said["hyperparameters"] == {"a": 1, "b": 2}
    assert said["metrics"] == {"accuracy": 1, "loss": 3}
    assert [one["name"] for one in said["datasets"]] == ["pets", "squad"]
    assert said["environment"]["cluster"] == "red"
    assert said["extra"]["seeds"] == {"mine": 1}
    assert said["extra"]["saved"]["kind"] == "tensors"


def test_metrics_that_a_card_only_names_give_way_to_values(quick):
    save(MODEL, "cat", store=quick, metrics={"accuracy": 1}, meta={"metrics": ["accuracy"]})
    assert metadata(quick)["metrics"] == {"accuracy": 1}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"hyperparameters": {"a": {"b": object()}}}, r"hyperparameters\.a\.b is a object"),
        ({"metrics": {"a": np.zeros(2000)}}, r"metrics\.a is an array of 2,000 numbers"),
        ({"metrics": [1]}, "metrics must hold keys and values"),
        ({"meta": {"environment": "x"}}, "environment must hold keys and values"),
        ({"meta": {"extra": [1]}}, "extra must hold keys and values"),
        ({"meta": {"parent": "cat:1"}}, None),
        ({"dataset": {"nome": "x"}}, "a dataset needs a name"),
    ],
)
def test_metadata_that_cannot_be_kept_is_refused_by_its_key_and_nothing_stored(quick, said, says):
    if says is None:
        save(MODEL, "cat", store=quick, **said)
        assert metadata(quick)["extra"]["parent"] == "cat:1"
        return
    with pytest.raises(WrongUsageError, match=says):
        save(MODEL, "cat", store=quick, **said)
    assert quick.models() == []


def test_what_looks_like_a_secret_is_warned_of(quick):
    with pytest.warns(UserWarning, match=r"hyperparameters\.api_key looks like a secret") as told:
        save(MODEL, "cat", store=quick, hyperparameters={"api_key": "hunter2"})
    assert told[0].filename == __file__


def test_the_same_model_twice_is_one_version(quick):
    first = save(MODEL, "cat", store=quick, hyperparameters={"a": 1})
    again = save(dict(MODEL), "cat", store=quick, hyperparameters={"a": 1})
    assert (again.version, again.created, again.manifest) == (1, False, first.manifest)
    assert save(MODEL, "cat", store=quick, hyperparameters={"a": 2}).version == 2
    assert save(MODEL, "cat", store=quick, hyperparameters={"a": 2}, new_version=True).version == 3


def test_the_same_model_is_the_same_version_from_another_process(store):
    # The environment differs where pytest has more of it; what is saved there does not.
    code = f"""
import numpy as np
from podplanner.models import save
saved = save({{"w": np.ones(3)}}, "cat", store={store.address!r})
print(saved.version, saved.created)
"""
    assert [elsewhere(code), elsewhere(code)] == ["1 True\n", "1 False\n"]


def test_equal_content_is_stored_once(quick):
    rng = np.random.default_rng(0)
    model = {name: rng.random(100_000, dtype="f4") for name in "abcd"}
    first = save(model, "cat", store=quick)
    model["a"] = model["a"] + 1
    second = save(model, "cat", store=quick)
    assert first.new_bytes >= 1_600_000
    assert second.new_bytes < 420_000


def test_a_delta_is_much_smaller_and_comes_back_the_same(quick):
    rng = np.random.default_rng(0)
    base = rng.standard_normal(400_000).astype("f4")
    save({"w": base}, "cat", store=quick)
    tuned = {"w": (base.view("u4") + rng.integers(0, 3, 400_000, dtype="u4")).view("f4")}
    pushed = save(tuned, "cat", store=quick, delta=True)
    assert pushed.stored_bytes < 0.4 * tuned["w"].nbytes
    assert np.array_equal(load("cat", store=quick)["w"].view("u4"), tuned["w"].view("u4"))


def test_the_parent_is_the_version_that_it_was_loaded_from(quick):
    for number in range(3):
        save({"w": np.full(3, number)}, "cat", store=quick)
    model = load("cat:1", store=quick, trainable=True)
    model["w"] += 10
    save(model, "cat", store=quick)
    assert quick.show("cat:4").record.parent == "cat:1"
    save(model, "dog", store=quick)
    assert quick.show("dog:1").record.parent == "cat:1"
    save({"w": np.zeros(1)}, "cat", store=quick)
    assert quick.show("cat:5").record.parent == "cat:4"
    save({"w": np.zeros(2)}, "cat", store=quick, parent="dog:1")
    assert quick.show("cat:6").record.parent == "dog:1"
    with pytest.raises(UnknownNameError):
        save(MODEL, "cat", store=quick, parent="cat:99")


def test_a_model_of_another_store_has_no_parent_here(quick):
    other = Store(make_root(_Elsewhere()))
    save(MODEL, "cat", store=other)
    model = load("cat", store=other)
    save({"w": np.zeros(1)}, "cat", store=quick)
    save(model, "dog", store=quick)
    assert quick.show("dog:1").record.parent is None


class _Elsewhere(MemoryBackend):
    @property
    def address(self):
        return "memory:elsewhere"


def test_a_parent_that_was_deleted_meanwhile_does_not_lose_the_training(quick):
    for number in range(2):
        save({"w": np.full(3, number)}, "cat", store=quick)
    model = load("cat:1", store=quick, trainable=True)
    model["w"] += 10
    quick.delete("cat:1")
    with pytest.warns(UserWarning, match="cat:1, from which this was loaded, is deleted") as told:
        save(model, "cat", store=quick)
    assert told[0].filename == __file__
    assert quick.show("cat:3").record.parent == "cat:2"


def test_more_files_travel_with_the_model(quick, tmp_path):
    (tmp_path / "notes").write_text("from a disk")
    save(
        MODEL,
        "cat",
        store=quick,
        files={"README.md": b"hello", "more/notes.txt": tmp_path / "notes", "b": bytearray(b"x")},
    )
    assert b"".join(quick.cat("cat", "README.md")) == b"hello"
    assert b"".join(quick.cat("cat", "more/notes.txt")) == b"from a disk"
    assert np.array_equal(load("cat", store=quick)["w"], MODEL["w"])


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"model.safetensors": b"x"}, WrongUsageError),
        ({"MODEL.safetensors": b"x"}, UnsafeContentError),
        ({"../up": b"x"}, UnsafeContentError),
        ({"/etc/passwd": b"x"}, UnsafeContentError),
        ({"a": "/nonexistent/file"}, FileAccessError),
        ({"a": "/"}, WrongUsageError),
        ({"a.pkl": b"\x80\x04cposix\nsystem\n."}, UnsafeContentError),
    ],
    ids=str,
)
def test_files_that_cannot_travel_are_refused_and_nothing_stored(quick, files, error):
    with pytest.raises(error):
        save(MODEL, "cat", store=quick, files=files)
    assert quick.models() == []


def test_what_has_no_adapter_is_refused(quick):
    for model in (object(), {}, {"a": object()}, 7, None):
        with pytest.raises(FormatError):
            save(model, "cat", store=quick)


def test_a_store_that_may_only_be_read_refuses(tmp_path):
    made = make_store(tmp_path / "here")
    with pytest.raises(NotPermittedError):
        save(MODEL, "cat", store=open_store(made.address, read_only=True))


def test_an_alias_names_the_new_version(quick):
    save(MODEL, "cat", store=quick, alias="prod")
    assert quick.models()[0].aliases == {"prod": 1}


def test_the_store_may_be_an_address_or_what_the_environment_says(store, monkeypatch):
    save(MODEL, "cat", store=store.address)
    monkeypatch.setenv("PODPLANNER_STORE", store.address)
    assert np.array_equal(load("cat")["w"], MODEL["w"])
    assert save({"w": np.zeros(1)}, "cat").version == 2


def test_two_that_save_at_once_get_two_versions(store):
    code = f"""
import sys, numpy as np
from podplanner.models import save
for number in range(4):
    save({{"w": np.full(9, int(sys.argv[1]) * 10 + number)}}, "cat", store={store.address!r})
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(2)]
    assert [process.wait(120) for process in running] == [0, 0]
    found = {
        int(load(f"cat:{number}", store=store)["w"][0])
        for number in store.root.refs.index(_name("cat")).live
    }
    assert found == {0, 1, 2, 3, 10, 11, 12, 13}


def _name(word):
    from podplanner.store.names import ModelName

    return ModelName.parse(word)


def test_importing_takes_no_framework_and_little_time():
    out = elsewhere(
        """
import time
import podplanner, msgspec, blake3
began = time.process_time()
import podplanner.models
from podplanner.models import Dataset, feedback, follow, load, origin, read_feedback, save, training
taken = time.process_time() - began
import podplanner.models.adapters
from podplanner.models.registry import ALL_ADAPTERS, adapter_of
for entry in ALL_ADAPTERS:
    adapter_of(entry.kind)
heavy = {"torch", "transformers", "sklearn", "skops", "xgboost", "lightgbm", "onnx", "onnxruntime",
    "gguf", "peft", "lightning", "accelerate", "safetensors", "pandas", "scipy", "boto3"}
print(sorted(heavy & set(sys.modules)), taken)
"""
    )
    names, taken = out.rsplit(" ", 1)
    assert names == "[]"
    # Measured 0.05 s of processor time; a framework takes seconds.
    assert float(taken) < 0.5
