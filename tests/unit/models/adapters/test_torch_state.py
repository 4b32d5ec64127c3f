"""Tensors of torch by name and nested state: the same bit for bit elsewhere, nothing unsafe."""

import collections
import json
import math
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.nested_state import FORMAT, put_together, take_apart
from podplanner.store import MemoryFiles

torch = pytest.importorskip("torch", reason="needs torch")

STEP = """
import hashlib, torch
def one_step(model, optimizer):
    optimizer.zero_grad()
    model(torch.randn(6, 8)).sin().sum().backward()
    optimizer.step()
    return hashlib.sha256(b"".join(
        value.reshape(-1).view(torch.uint8).numpy().tobytes()
        for value in model.state_dict().values()
    )).hexdigest()
"""
# The same in both processes.


def bytes_of(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def same(one, other):
    """Return whether two states are the same: types, order of keys, and every bit."""
    if isinstance(one, dict):
        one, other = list(one.items()), list(other.items())
    if isinstance(one, list | tuple):
        return (
            type(one) is type(other)
            and len(one) == len(other)
            and all(same(a, b) for a, b in zip(one, other, strict=True))
        )
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return (one.dtype, one.shape, bytes_of(one)) == (other.dtype, other.shape, bytes_of(other))
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, float):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or struct.pack("d", one) == struct.pack("d", other)
    return one == other


def test_training_goes_on_in_another_process_from_a_state(store):
    scope = {}
    exec(STEP, scope)
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, betas=(0.9, 0.95))
    scope["one_step"](model, optimizer)
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": 3,
        "random": {"torch": torch.get_rng_state(), "numpy": np.arange(624, dtype="u4")},
    }
    saved = save(state, "team/cat", store=store)
    threads = torch.get_num_threads()
    # As there: sums are made in another order by more threads.
    torch.set_num_threads(1)
    here = scope["one_step"](model, optimizer)
    torch.set_num_threads(threads)
    out = elsewhere(
        STEP
        + f"""
from podplanner.models import load, origin
state = load("team/cat", store={store.address!r}, trainable=True)
model = torch.nn.Sequential(torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 4))
optimizer = torch.optim.AdamW(model.parameters())
model.load_state_dict(state["model"])
optimizer.load_state_dict(state["optimizer"])
torch.set_rng_state(state["random"]["torch"])
print(one_step(model, optimizer), state["step"], origin(state).digest)
"""
    )
    assert out == f"{here} 3 {saved.manifest}\n"
    # Without torch there are arrays; and tensors without it name what is missing.
    out = elsewhere(
        f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
found = load("team/cat", store={store.address!r}, framework="numpy")
print(found["step"], found["optimizer"]["state"][0]["exp_avg"].flags.writeable)
print(found["optimizer"]["param_groups"][0]["betas"], found["random"]["numpy"][-1])
try:
    load("team/cat", store={store.address!r})
except MissingPackageError as error:
    print(error.hint)
""",
        without=("torch",),
    )
    hint = 'Run `pip install torch`, or ask for arrays with `framework="numpy"`.'
    assert out == f"3 False\n(0.9, 0.95) 623\n{hint}\n"


def test_every_type_and_layout_of_flat_tensors_comes_back(store):
    base = torch.arange(24.0).reshape(4, 6)
    model = {
        "view": base[1:3],
        "turned": base.t(),
        "shared": base,
        "again": base,
        "brain": base.bfloat16(),
        "tiny": base.to(torch.float8_e4m3fn),
        "complex": torch.complex(base, -base).conj(),
        "flags": base > 3,
        "scalar": torch.tensor(3, dtype=torch.int64),
        "empty": torch.zeros(0, 3),
        "learned": torch.nn.Parameter(base.clone()),
    }
    save(model, "cat", store=store)
    found = load("cat", store=store)
    assert origin(found).reference == "cat:1"
    assert set(found) == set(model)
    for name, tensor in model.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        assert bytes_of(found[name]) == bytes_of(tensor.resolve_conj())
        assert not found[name].requires_grad
    arrays = load("cat", store=store, framework="numpy")
    assert arrays["brain"].dtype.name == "bfloat16"
    assert not arrays["view"].flags.writeable
    assert load("cat", store=store, framework="numpy", trainable=True)["view"].flags.writeable


def test_tensors_that_no_adapter_wrote_come_as_those_of_torch_and_into_a_module(store):
    save({"weight": np.ones((2, 3), "f4"), "bias": np.zeros(2, "f4")}, "cat", store=store)
    assert isinstance(load("cat", store=store, framework="torch")["bias"], torch.Tensor)
    module = load("cat", store=store, into=torch.nn.Linear(3, 2))
    assert module.weight.sum() == 6
    assert not module.training


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"a": {"b": [{1, 2}]}}, "a.b.0 is a set"),
        ({"a": b"bytes"}, "a is a bytes"),
        ({"a": np.float32(1)}, r"a is a numpy.float32.*"),
        ({"a": {1.5: 2}}, "a has the key 1.5"),
        ({"a": {True: 2}}, "a has the key True"),
        ({"a": "\ud800"}, "a is a str"),
        ({"a": torch.optim.SGD([torch.zeros(1)])}, "a is a torch.optim.sgd.SGD"),
        ({"a": collections.namedtuple("Point", "x y")(1, 2)}, r"a is a .*Point"),
        ({"a": torch.zeros(2, device="meta")}, "no values yet"),
        ({"a": torch.eye(2).to_sparse()}, "is of the layout sparse_coo"),
    ],
)
def test_what_has_no_safe_form_is_refused_by_its_path(store, state, words):
    with pytest.raises(FormatError, match=words) as refused:
        save({"w": torch.zeros(1), "step": 1, **state}, "cat", store=store)
    assert refused.value.hint
    assert store.models() == []


def test_nested_state_of_arrays_alone_needs_no_torch(store):
    state = {"layers": [{"w": np.ones(3, "f4")}], "step": 1, 7: (np.zeros(2), None)}
    save(state, "cat", store=store)
    save({3: np.ones(2)}, "dog", store=store)
    out = elsewhere(
        f"""
from podplanner.models import load
found = load("cat", store={store.address!r})
print(found["layers"][0]["w"].tolist(), found[7][0].tolist(), found[7][1])
print(load("dog", store={store.address!r})[3].tolist())
""",
        without=("torch",),
    )
    assert out == "[1.0, 1.0, 1.0] [0.0, 0.0] None\n[1.0, 1.0]\n"


def test_a_state_that_holds_itself_is_refused(store):
    state = {"w": torch.zeros(1)}
    state["self"] = state
    with pytest.raises(FormatError, match="holds itself"):
        save(state, "cat", store=store)


def test_options_that_make_no_sense_for_nested_state_are_refused(store):
    save({"model": {"w": torch.zeros(1)}, "step": 1}, "cat", store=store)
    for options in ({"into": torch.nn.Linear(1, 1)}, {"path": "x"}, {"framework": "jax"}):
        with pytest.raises(WrongUsageError):
            load("cat", store=store, **options)


def test_flipped_bits_of_state_are_noticed(store, tmp_path):
    save({"model": {"w": torch.arange(300_000.0)}, "step": 1}, "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_tensors_beside_the_document_that_do_not_fit_it_are_refused(store):
    save({"model": {"w": torch.zeros(1)}, "step": 1}, "cat", store=store)
    content = {
        path: bytes(b"".join(store.cat("cat", path)))
        for path in ("state.json", "state.safetensors")
    }
    meta = {"extra": {"saved": {"kind": "state", "form": "nested"}}}

    def pushed(**files):
        memory = {path: [memoryview(one)] for path, one in files.items()}
        store.push(MemoryFiles(memory), "other", meta=meta)
        return load("other", store=store)

    assert pushed(**content)["step"] == 1
    with pytest.raises(FormatError, match="which is not there"):
        pushed(**{"state.json": content["state.json"]})
    with pytest.raises(FormatError, match=r"has no state\.json"):
        pushed(**{"state.safetensors": content["state.safetensors"]})
    empty = msgspec.json.encode({"format": FORMAT, "state": {"dict": []}})
    with pytest.raises(FormatError, match="does not name"):
        pushed(**{**content, "state.json": empty})
    with pytest.raises(FormatError, match="too large"):
        pushed(**{**content, "state.json": b" " * (2**25 + 1)})


def nothing_there(kind, name):
    raise KeyError(name)


HOSTILE = (
    b"",
    b"\xff",
    b"[]",
    b"{}",
    b"[" * 100_000,
    b'{"format":"podplanner-state/2","state":{"dict":[]}}',
    b'{"format":["podplanner-state/1"],"state":{"dict":[]}}',
    *(
        json.dumps({"format": FORMAT, "state": state}).encode()
        for state in (
            None,
            [],
            {"dict": {}},
            {"dict": [["a"]]},
            {"dict": [["a", 1], ["a", 2]]},
            {"dict": [[True, 1]]},
            {"dict": [[None, 1]]},
            {"dict": [[{"float": "1.0"}, 1]]},
            {"dict": [["a", 1.5]]},
            {"dict": [["a", 2**53]]},
            {"dict": [["a", {"int": "0x1"}]]},
            {"dict": [["a", {"int": "9" * 50}]]},
            {"dict": [["a", {"int": "0x" + "f" * 20_000}]]},
            {"dict": [["a", {"float": "1_0.0"}]]},
            {"dict": [["a", {"float": " 1.0"}]]},
            {"dict": [["a", {"float": "os.system"}]]},
            {"dict": [["a", {"tensor": "missing"}]]},
            {"dict": [["a", {"array": "missing"}]]},
            {"dict": [["a", {"tensor": 1}]]},
            {"dict": [["a", {"tuple": "ab"}]]},
            {"dict": [["a", {"class": "os.system"}]]},
            {"dict": [["a", {"tuple": [], "dict": []}]]},
        )
    ),
)


@pytest.mark.parametrize("document", HOSTILE, ids=lambda one: repr(one[30:70]))
def test_hostile_documents_are_refused(document):
    with pytest.raises(FormatError):
        put_together(document, nothing_there)


def test_a_document_that_is_nested_deep_is_refused():
    node = 1
    for _ in range(70):
        node = {"tuple": [node]}
    document = json.dumps({"format": FORMAT, "state": {"dict": [["a", node]]}}).encode()
    with pytest.raises(FormatError, match="nested more than 64 deep"):
        put_together(document, nothing_there)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps(text).encode()))
def test_no_bytes_make_anything_but_a_format_error(document):
    with pytest.raises(FormatError):
        put_together(document, nothing_there)


TENSORS = st.builds(
    lambda shape, dtype: torch.ones(shape).to(dtype),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from([torch.float32, torch.bfloat16, torch.int64, torch.bool]),
)
ARRAYS = st.builds(lambda size: np.arange(size, dtype="f4"), st.integers(0, 4))
WORDS = st.text(max_size=8) | st.sampled_from(["a.b", "a", "", "__metadata__", "data_offsets"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | WORDS
)
NODES = st.recursive(
    SCALARS | TENSORS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(WORDS | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


def kind_of(value):
    kinds = {torch.Tensor: "tensor", np.ndarray: "array"}
    return kinds.get(type(value))


@given(st.dictionaries(WORDS | st.integers(-(2**60), 2**60), NODES, max_size=4))
@settings(max_examples=200)
def test_nested_state_comes_back_from_its_document(state):
    parts = take_apart(state, kind_of)
    assert not parts.tensors.keys() & parts.arrays.keys()
    found = {"tensor": parts.tensors, "array": parts.arrays}
    assert same(state, put_together(parts.document, lambda kind, name: found[kind][name]))


@given(st.dictionaries(WORDS | st.integers(), NODES, max_size=4))
@settings(max_examples=15)
def test_nested_state_comes_back_from_a_store(state):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from support.saved import make_store

    state["step"] = torch.tensor(1)
    with TemporaryDirectory() as folder:
        store = make_store(Path(folder) / "store")
        save(state, "cat", store=store)
        found = load("cat", store=store)
    assert same(state, dict(found))
