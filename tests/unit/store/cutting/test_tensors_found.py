"""Each format is known by its content, and its tensors are found where they are."""

import numpy as np
import pytest
from support.cuts import check_spans, cuts, understood
from support.model_files import (
    MemoryFile,
    Weight,
    gguf_file,
    message,
    npy_file,
    npz_file,
    onnx_file,
    onnx_tensor,
    quantised,
    safetensors_file,
    torch_file,
    weight,
    with_header,
    zip_file,
)

from podplanner.store.cutting import understand
from podplanner.store.cutting.ggml import BLOCKS

WEIGHTS = (
    weight("model.embed_tokens.weight", (3000, 64), seed=1),
    weight("layers.0.norm.weight", (64,), seed=2),
    weight("layers.0.q.weight", (512, 256), seed=3),
    weight("layers.0.empty", (0, 7), seed=4),
    weight("layers.1.scale", (), seed=5, dtype="F32"),
    weight("layers.1.q.weight", (512, 300), seed=6, dtype="F32"),
)


def agrees(content: bytes, weights, found) -> None:
    listed = found.tensors
    assert listed is not None
    assert set(listed.names) == {one.name for one in weights}
    assert list(listed.offsets) == sorted(listed.offsets)
    by_name = {one.name: one for one in weights}
    columns = zip(
        listed.names, listed.dtypes, listed.shapes, listed.offsets, listed.lengths, strict=True
    )
    for name, dtype, shape, offset, length in columns:
        one = by_name[name]
        assert (dtype, shape) == (one.dtype, one.shape)
        assert content[offset : offset + length] == one.content


def of_torch(weights) -> bytes:
    return torch_file([one.content for one in weights])


def large(found) -> set[int]:
    pairs = zip(found.tensors.offsets, found.tensors.lengths, strict=True)
    return {offset for offset, length in pairs if length >= 64 * 1024}


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        ("safetensors", safetensors_file(WEIGHTS, {"format": "pt"})),
        ("gguf", gguf_file(WEIGHTS)),
        ("gguf", gguf_file(WEIGHTS, {"tokens": ["a", "bc", ""] * 50_000}, alignment=4096)),
        ("onnx", onnx_file(WEIGHTS)),
    ],
    ids=["safetensors", "gguf", "gguf with a vocabulary", "onnx"],
)
def test_tensors_are_found_and_large_ones_are_cut_at(format_, content):
    found = understood(content)
    assert found.format == format_
    agrees(content, WEIGHTS, found)
    assert large(found) <= cuts(found)
    for span in found.spans():
        if span.tensor is None:
            continue
        number = found.tensors.names.index(span.tensor)
        assert span.offset - span.start == found.tensors.offsets[number]
        assert span.start + span.length <= found.tensors.lengths[number]
        assert span.dtype == found.tensors.dtypes[number]
        assert span.width == {"BF16": 2, "F32": 4}[span.dtype]


@pytest.mark.parametrize("make", [safetensors_file, onnx_file, gguf_file, of_torch])
def test_only_headers_are_read_of_what_is_understood(make):
    content = make([weight(f"q{number}", (1024, 2048), seed=number) for number in range(8)])
    file = MemoryFile(content)
    found = understand(file, len(content), name="x")
    assert found.format is not None
    check_spans(list(found.spans()), len(content))
    # GGUF is read by 256 KiB.
    assert file.taken <= max(len(content) // 100, 2**18 + 64)


def test_the_header_is_a_piece_of_its_own():
    content = safetensors_file(WEIGHTS)
    header = 8 + int.from_bytes(content[:8], "little")
    assert next(understood(content).spans()).lengths[0] == header


def test_types_of_gguf_are_as_long_as_ggml_says():
    weights = [
        quantised("token_embd.weight", (600, 512), seed=1, dtype="GGML:Q4_K"),
        quantised("blk.0.q.weight", (256, 512), seed=2, dtype="GGML:Q8_0"),
        quantised("blk.0.k.weight", (64, 64), seed=3, dtype="GGML:Q4_0"),
        weight("output_norm.weight", (512,), seed=4, dtype="F32"),
    ]
    content = gguf_file(weights)
    found = understood(content)
    agrees(content, weights, found)
    spans = [span for span in found.spans() if span.dtype == "GGML:Q4_K"]
    assert {span.width for span in spans} == {0}


def test_a_gguf_of_a_type_that_is_not_known_is_cut_but_not_listed():
    weights = [weight("a", (64, 1024), seed=1), weight("b", (64, 1024), seed=2)]
    content = gguf_file(weights)
    info = content.index(b"\1\0\0\0\0\0\0\0a") + 9 + 4 + 16
    assert content[info : info + 4] == (30).to_bytes(4, "little")
    assert 99 not in BLOCKS
    content = content[:info] + (99).to_bytes(4, "little") + content[info + 4 :]
    found = understood(content)
    assert found.format == "gguf"
    assert found.tensors is None
    assert {content.index(weights[0].content), content.index(weights[1].content)} <= cuts(found)


def test_a_type_that_safetensors_may_get_later_is_listed_as_it_is_written():
    content = with_header({"x": {"dtype": "F3_NEW", "shape": [8], "data_offsets": [0, 3]}}, b"abc")
    found = understood(content)
    assert found.format == "safetensors"
    assert found.tensors.dtypes == ("F3_NEW",)
    assert found.tensors.lengths == (3,)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.arange(60_000, dtype="<f4").reshape(300, 200), "F32"),
        (np.arange(60_000, dtype="<f2").reshape(300, 10, 20), "F16"),
        (np.arange(7, dtype="<i8"), "I64"),
        (np.array(True), "BOOL"),
        (np.zeros((0, 3), "u1"), "U8"),
        (np.ones(9, "<c8"), "C64"),
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, str) else "",
)
def test_an_array_of_numpy_is_listed_under_the_name_of_its_file(array, word):
    content = npy_file(array)
    found = understood(content)
    assert found.format == "npy"
    listed = found.tensors
    assert listed.names == ("file.bin",)
    assert listed.dtypes == (word,)
    assert listed.shapes == (array.shape,)
    start = listed.offsets[0]
    assert content[start : start + listed.lengths[0]] == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.ones((200, 200), ">f4"),
        np.array(["ab", "cde"] * 40_000),
        np.array(["2020-01-01"] * 9, dtype="datetime64[s]"),
        np.ones(40_000, "V2"),
        np.ones(9, np.longdouble),
    ],
    ids=["big-endian", "text", "dates", "void", "long double"],
)
def test_an_array_of_a_type_without_a_word_is_cut_but_not_listed(array):
    content = npy_file(array)
    found = understood(content)
    assert found.format == "npy"
    assert found.tensors is None
    header = len(content) - array.nbytes
    assert header in cuts(found)


def test_an_array_of_records_is_cut_by_content():
    content = npy_file(np.zeros(9, dtype=[("a", "<f4"), ("b", "<i4")]))
    assert understood(content).format is None


def test_arrays_of_npz_are_listed_and_cut_at():
    fortran = np.asfortranarray(np.arange(60_000, dtype="<f4").reshape(300, 200))
    arrays = {"w": fortran, "b": np.arange(5.0), "deep/er": np.ones((200, 200), "<f4")}
    content = npz_file(arrays)
    found = understood(content)
    listed = found.tensors
    assert set(listed.names) == set(arrays)
    assert [listed.names[number] for number in listed.fortran] == ["w"]
    for name, offset, length, shape in zip(
        listed.names, listed.offsets, listed.lengths, listed.shapes, strict=True
    ):
        order = "F" if name == "w" else "C"
        raw = np.frombuffer(content[offset : offset + length], arrays[name].dtype)
        assert np.array_equal(raw.reshape(shape, order=order), arrays[name])
    assert large(found) <= cuts(found)


def test_a_compressed_npz_is_not_cut_inside_and_lists_nothing():
    found = understood(npz_file({"w": np.arange(200_000)}, compressed=True))
    assert found.format == "zip"
    assert found.tensors is None
    assert [member.method for member in found.members] == [8]


def test_storages_of_torch_are_cut_at_and_members_said():
    storages = [weight(str(n), (40_000 + n,), seed=n).content for n in range(3)]
    content = torch_file(storages)
    found = understood(content)
    assert found.format == "zip"
    assert found.tensors is None
    names = [member.name for member in found.members]
    assert names == ["archive/data.pkl", "archive/byteorder", "archive/data/0",
                     "archive/data/1", "archive/data/2", "archive/version"]  # fmt: skip
    assert all(member.sound for member in found.members)
    for member, storage in zip(found.members[2:5], storages, strict=True):
        assert content[member.offset : member.offset + member.length] == storage
        assert member.offset in cuts(found)


def test_long_members_that_are_no_storages_are_cut_by_content():
    h5 = weight("h5", (1_000_000,), seed=9).content
    found = understood(zip_file({"config.json": b"{}", "model.weights.h5": h5}))
    moved = understood(zip_file({"config.json": b"{}", "model.weights.h5": b"more" + h5}))
    assert found.format == moved.format == "zip"
    assert len(cuts(found)) > 5
    assert len(cuts(found) & {offset - 4 for offset in cuts(moved)}) >= len(cuts(found)) - 3


def test_constants_and_subgraphs_of_onnx_are_cut_at():
    constant = weight("c", (300, 300), seed=1)
    content = onnx_file(WEIGHTS[:1], constants=[constant])
    found = understood(content)
    assert content.index(constant.content) in cuts(found)
    assert found.tensors.names == (WEIGHTS[0].name,)
    inner = message((5, onnx_tensor(constant)))
    node = message((4, b"If"), (5, message((1, b"then_branch"), (6, inner), (20, 5))))
    model = message((1, 8), (7, message((1, node), (2, b"g"))), (8, message((2, 17))))
    found = understood(model)
    assert found.format == "onnx"
    assert found.tensors is None
    assert model.index(constant.content) in cuts(found)


def test_bytes_of_onnx_that_lie_in_another_file_are_not_listed():
    external = message((1, 3), (2, 1), (8, b"w"), (13, message((1, b"location"))), (14, 1))
    model = message((1, 8), (7, message((5, external))), (8, message((2, 17))))
    found = understood(model)
    assert found.format == "onnx"
    assert found.tensors.names == ()


def test_bytes_between_and_behind_tensors_are_cut_as_what_they_are():
    one = Weight("x", "U8", (70_000,), weight("x", (70_000,), seed=1, dtype="U8").content)
    body = b"gap!" + one.content + b"behind" * 50_000
    header = {"x": {"dtype": "U8", "shape": [70_000], "data_offsets": [4, 70_004]}}
    content = with_header(header, body)
    found = understood(content)
    assert found.format == "safetensors"
    start = content.index(one.content)
    assert {start, start + 70_000} <= cuts(found)


def test_empty_and_tiny_files_are_cut_too():
    assert list(understood(b"").spans()) == []
    assert [span.lengths for span in understood(b"x").spans()] == [(1,)]
