"""ONNX: saved here, run in another process with the same answers; weights beside the model."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.saved import elsewhere, flip, make_store

from podplanner.errors import (
    FileAccessError,
    FormatError,
    MissingPackageError,
    ObjectCorruptError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.models import load, origin, save
from podplanner.models.onnx_graph import look_at
from podplanner.store import MemoryFiles

onnx = pytest.importorskip("onnx", reason="needs onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")

GIVEN = np.linspace(-1, 1, 64, dtype="f4").reshape(1, 64)


def made(width=64, *, nodes=None, more=()):
    weight = np.random.default_rng(5).standard_normal((width, 64)).astype("f4")
    helper = onnx.helper
    return helper.make_model(
        helper.make_graph(
            nodes or [helper.make_node("MatMul", ["x", "w"], ["y"])],
            "g",
            [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, width])],
            [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 64])],
            [onnx.numpy_helper.from_array(weight, "w"), *more],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
        producer_name="a test",
    )


def answer(session, width=64):
    return session.run(None, {"x": np.linspace(-1, 1, width, dtype="f4").reshape(1, width)})[0]


def external_in_memory():
    model = made(1)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="w.bin")
    return model.SerializeToString()


def split_model(folder, location="weights.bin"):
    """Write a model whose weights lie beside it."""
    folder.mkdir()
    onnx.save_model(
        made(), folder / "model.onnx", save_as_external_data=True, location="weights.bin",
        size_threshold=0,
    )  # fmt: skip
    if location != "weights.bin":
        file = folder / "model.onnx"
        model = onnx.load_model(file, load_external_data=False)
        for entry in model.graph.initializer[0].external_data:
            if entry.key == "location":
                entry.value = location
        file.write_bytes(model.SerializeToString())
    return folder / "model.onnx"


SMALL = external_in_memory()


def test_it_answers_the_same_in_another_process_and_missing_packages_are_named(store, tmp_path):
    saved = save(made(), "team/cat", store=store)
    here = load("team/cat", store=store)
    save(split_model(tmp_path / "split"), "split", store=store)
    ours = answer(load("split", store=store))
    assert ours.tobytes() == answer(here).tobytes()
    out = elsewhere(
        f"""
import numpy as np
from podplanner.models import load, origin
given = np.linspace(-1, 1, 64, dtype="f4").reshape(1, 64)
for name in ("team/cat", "split"):
    session = load(name, store={store.address!r})
    print(session.run(None, {{"x": given}})[0].tobytes().hex())
found = load("team/cat", store={store.address!r})
print(origin(found).digest, "onnx" in sys.modules)
"""
    )
    expected = ours.tobytes().hex()
    # A machine that only infers needs no package onnx.
    assert out.split() == [expected, expected, saved.manifest, "False"]
    out = elsewhere(
        f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
for framework in ("onnxruntime", "onnx"):
    try:
        load("team/cat", store={store.address!r}, framework=framework)
    except MissingPackageError as error:
        print(error, error.hint)
""",
        without=("onnxruntime", "onnx"),
    )
    assert out.splitlines() == [
        "onnxruntime is not installed, and is needed to load team/cat:1 "
        "Run `pip install onnxruntime`.",
        "onnx is not installed, and is needed to load team/cat:1 as a ModelProto "
        "Run `pip install onnx`.",
    ]


def test_flipped_bits_are_noticed(store, tmp_path):
    save(split_model(tmp_path / "split"), "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_the_graph_itself_comes_with_its_weights_and_can_be_saved_again(store, tmp_path):
    save(split_model(tmp_path / "split"), "cat", store=store)
    found = load("cat", store=store, framework="onnx")
    assert onnx.numpy_helper.to_array(found.proto.graph.initializer[0]).shape == (64, 64)
    assert origin(found).reference == "cat:1"
    save(found, "cat", store=store)
    assert (
        answer(load("cat:2", store=store)).tobytes() == answer(load("cat:1", store=store)).tobytes()
    )
    assert origin(load("cat:2", store=store)).metadata["extra"]["saved"]["file"] == "model.onnx"


def test_what_the_model_says_of_itself_is_recorded(store):
    save(made(), "cat", store=store)
    saved = origin(load("cat", store=store)).metadata
    assert saved["library_name"] == "onnx"
    assert saved["environment"]["onnx"] == onnx.__version__
    assert saved["extra"]["saved"] == {
        "kind": "onnx", "file": "model.onnx", "ir_version": 9, "opset": {"ai.onnx": 17},
        "producer": "a test", "parameters": 64 * 64,
    }  # fmt: skip


@pytest.mark.parametrize(
    "location", ["../weights.bin", "/etc/passwd", "a/../../b", "*/_ORT_MEM_ADDR_/*", "C:\\x", ""]
)
def test_paths_that_lead_elsewhere_are_refused_on_both_ways(store, tmp_path, location):
    file = split_model(tmp_path / "split", location)
    (tmp_path / "weights.bin").write_bytes(bytes(64 * 64 * 4))
    with pytest.raises((UnsafeContentError, FormatError)):
        save(file, "cat", store=store)
    store.push(tmp_path / "split", "cat")
    for framework in ("onnxruntime", "onnx"):
        with pytest.raises((UnsafeContentError, FormatError)):
            load("cat", store=store, framework=framework)


def test_weights_that_are_reached_by_a_link_or_missing_are_refused(store, tmp_path):
    file = split_model(tmp_path / "split")
    weights = file.parent / "weights.bin"
    weights.rename(tmp_path / "secret")
    with pytest.raises(FileAccessError, match="which is not beside it"):
        save(file, "cat", store=store)
    weights.symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafeContentError, match="reached by a link"):
        save(file, "cat", store=store)
    store.push(MemoryFiles({"model.onnx": file}), "cat")
    # A file of that name where the program runs is none of the model's.
    with pytest.raises(FormatError, match="which it does not have"):
        load("cat", store=store)


def test_weights_shorter_than_the_model_says_are_refused(store, tmp_path):
    file = split_model(tmp_path / "split")
    (file.parent / "weights.bin").write_bytes(bytes(100))
    save(file, "cat", store=store)
    with pytest.raises(FormatError, match="onnxruntime cannot run cat:1"):
        load("cat", store=store)
    with pytest.raises(FormatError, match="outside of its file"):
        load("cat", store=store, framework="onnx")


def test_weights_inside_a_node_that_lie_elsewhere_are_found_and_refused(store):
    constant = onnx.numpy_helper.from_array(np.zeros((64, 64), "f4"), "hidden")
    constant.ClearField("raw_data")
    constant.data_location = onnx.TensorProto.EXTERNAL
    constant.external_data.add(key="location", value="beside.bin")
    helper = onnx.helper
    nodes = [
        helper.make_node("Constant", [], ["c"], value=constant),
        helper.make_node("MatMul", ["x", "c"], ["y"]),
    ]
    content = made(nodes=nodes).SerializeToString()
    assert look_at(content).hidden == "hidden"
    files = {"model.onnx": [memoryview(content)], "beside.bin": [memoryview(bytes(64 * 64 * 4))]}
    store.push(MemoryFiles(files), "cat")
    with pytest.raises(FormatError, match="hidden of cat:1 lies in another file"):
        load("cat", store=store)


def test_external_weights_are_found_wherever_a_tensor_can_be():
    helper, proto = onnx.helper, onnx.TensorProto
    tensor = proto(name="t", data_type=proto.FLOAT, data_location=proto.EXTERNAL)
    tensor.external_data.add(key="location", value="far.bin")
    inner = helper.make_graph([], "inner", [], [], [tensor])
    sparse = onnx.SparseTensorProto(values=tensor, indices=tensor, dims=[1])
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner)
    places = []
    for change in (
        lambda m: m.graph.node.append(node),
        lambda m: m.graph.sparse_initializer.append(sparse),
        lambda m: m.functions.add(name="f").node.append(node),
        lambda m: (
            m.functions.add(name="f").attribute_proto.add(name="a", type=4).t.CopyFrom(tensor)
        ),
        lambda m: m.training_info.add().initialization.CopyFrom(inner),
        lambda m: m.training_info.add().algorithm.node.append(node),
        lambda m: m.graph.node.add(op_type="C").attribute.add(name="a").tensors.append(tensor),
        lambda m: m.graph.node.add(op_type="C").attribute.add(name="a").graphs.append(inner),
        lambda m: m.graph.node.add(op_type="C").attribute.add().sparse_tensors.append(sparse),
        lambda m: m.graph.node.add(op_type="C").attribute.add().sparse_tensor.CopyFrom(sparse),
    ):
        model = made()
        change(model)
        places.append(look_at(model.SerializeToString()))
    assert [(one.locations, one.hidden) for one in places] == [(("far.bin",), "t")] * len(places)


@pytest.mark.parametrize(
    "content",
    [b"no model", b"\x08\x09", b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 40, b"ORTM" * 9,
     b"\x3a\x02" * 300 + b"\x08\x08"],
)  # fmt: skip
def test_what_is_no_model_is_refused(store, tmp_path, content):
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    with pytest.raises(FormatError, match="no ONNX model"):
        save(file, "cat", store=store)
    store.push(MemoryFiles({"model.onnx": file}), "cat")
    with pytest.raises(FormatError, match="no ONNX model"):
        load("cat", store=store)


@given(st.data())
def test_any_bytes_are_a_model_or_a_format_error(data):
    content = bytearray(SMALL)
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=6)
    ):
        content[at] = value
    whole = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = look_at(whole)
    except FormatError:
        return
    # What is taken for a model has to be one that the library reads alike.
    try:
        model = onnx.load_model_from_string(whole)
    except Exception:  # noqa: BLE001  of whatever kind: the library does not read it
        return
    assert found.opsets == {
        one.domain or "ai.onnx": min(one.version % 2**64, 2**31) for one in model.opset_import
    }
    outside = {
        entry.value
        for tensor in model.graph.initializer
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        for entry in tensor.external_data
        if entry.key == "location"
    }
    assert outside <= set(found.locations)


def test_files_that_are_not_there_or_empty_are_named(store, tmp_path):
    with pytest.raises(FileAccessError, match=r"none\.onnx cannot be read: No such file"):
        save(str(tmp_path / "none.onnx"), "cat", store=store)
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(FormatError, match=r"empty\.onnx is empty"):
        save(tmp_path / "empty.onnx", "cat", store=store)


def test_a_model_that_has_its_weights_elsewhere_is_not_saved_from_memory(store, tmp_path):
    model = onnx.load_model(split_model(tmp_path / "split"), load_external_data=False)
    with pytest.raises(FormatError, match=r"lie in weights\.bin, not in the ModelProto"):
        save(model, "cat", store=store)


def test_operators_that_nobody_knows_are_named(store):
    node = onnx.helper.make_node("Steal", ["x"], ["y"], domain="com.evil")
    model = made(nodes=[node])
    model.opset_import.add(domain="com.evil", version=1)
    save(model, "cat", store=store)
    with pytest.raises(FormatError, match="onnxruntime cannot run cat:1"):
        load("cat", store=store)


def test_a_pushed_folder_is_loaded_and_one_of_several_files_is_named(store, tmp_path):
    folder = split_model(tmp_path / "split").parent
    (folder / "README.md").write_text("words")
    store.push(folder, "one")
    assert answer(load("one", store=store)).shape == (1, 64)
    (folder / "other.onnx").write_bytes(made(32).SerializeToString())
    store.push(folder, "two")
    with pytest.raises(FormatError, match=r"2 files that ends? in \.onnx") as raised:
        load("two", store=store)
    assert "path=" in raised.value.hint
    assert answer(load("two", store=store, path="other.onnx"), 32).shape == (1, 64)


def test_options_that_make_no_sense_are_refused(store):
    save(made(), "cat", store=store)
    for options in (
        {"into": object()}, {"factory": object}, {"framework": "torch"}, {"trainable": True},
        {"device": "tpu"}, {"device": "cuda:x"},
    ):  # fmt: skip
        with pytest.raises(WrongUsageError):
            load("cat", store=store, **options)


def test_weights_that_are_named_by_way_of_this_folder_are_found(store, tmp_path):
    save(split_model(tmp_path / "split", "./weights.bin"), "cat", store=store)
    assert answer(load("cat", store=store)).shape == (1, 64)
    assert load("cat", store=store, framework="onnx").proto.graph.initializer[0].raw_data


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="has a GPU build"
)
def test_a_runtime_without_a_gpu_says_what_to_install(store):
    save(made(), "cat", store=store)
    with pytest.raises(MissingPackageError, match="cannot use a GPU") as raised:
        load("cat", store=store, device="cuda:1")
    assert "onnxruntime-gpu" in raised.value.hint
    assert answer(load("cat", store=store, device="cpu")).shape == (1, 64)


def test_equal_models_make_one_version(store, tmp_path):
    first = save(made(), "cat", store=store)
    assert not save(made(), "cat", store=store).created
    other = make_store(Path(tmp_path / "other"))
    assert save(made(), "cat", store=other).manifest == first.manifest
