"""GGUF: files saved as they are; the same arrays and fields in another process, and numbers."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.model_files import gguf_file, quantised, weight
from support.saved import elsewhere, flip

from podplanner.errors import (
    FileAccessError,
    FormatError,
    MissingPackageError,
    ObjectCorruptError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models import load, origin, save
from podplanner.models.gguf_header import read_fields, summary
from podplanner.store import MemoryFiles

gguf = pytest.importorskip("gguf", reason="needs gguf")

NUMBERS = np.random.default_rng(3).standard_normal((6, 64)).astype("f4")


def written(folder, name="tiny.gguf", *, shard=None, tensor="blk.0.q"):
    """Write a file by the package gguf itself."""
    file = folder / name
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(2)
    writer.add_float32("llama.rope.freq_base", 0.5)
    writer.add_array("tokenizer.ggml.tokens", ["a", "ö", ""])
    writer.add_array("tokenizer.ggml.scores", [0.5, -1.0, 2.0])
    writer.add_bool("general.flag", True)
    if shard is not None:
        writer.add_uint16("split.count", shard)
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(tensor, gguf.quants.quantize(NUMBERS, kind), raw_dtype=kind)
    writer.add_tensor(f"{tensor}.norm", NUMBERS[0])
    writer.add_tensor(f"{tensor}.half", NUMBERS.astype("f2"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


class Bytes:
    def __init__(self, content):
        self.content = content

    def read_at(self, offset, length):
        return self.content[offset : offset + length]


def test_arrays_and_fields_are_the_same_elsewhere_without_the_package(store, tmp_path):
    saved = save(written(tmp_path), "team/cat", store=store)
    here = load("team/cat", store=store)
    assert here["blk.0.q"].shape == (6, 2 * 34)
    assert here["blk.0.q"].dtype == np.uint8
    out = elsewhere(
        f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load, origin
found = load("team/cat", store={store.address!r})
print(origin(found).digest)
for name in sorted(found):
    print(name, found[name].shape, found[name].dtype, found[name].flags.writeable,
          found[name].tobytes().hex())
print({{name: value for name, value in found.fields.items() if name != "tokenizer.ggml.scores"}})
print(found.fields["tokenizer.ggml.scores"].tolist(), found.dequantized("blk.0.q.half").dtype)
try:
    found.dequantized("blk.0.q")
except MissingPackageError as error:
    print(error, error.hint)
""",
        without=("gguf",),
    ).splitlines()
    assert out[0] == saved.manifest
    for line, name in zip(out[1:4], sorted(here), strict=True):
        array = here[name]
        assert line == f"{name} {array.shape} {array.dtype} False {array.tobytes().hex()}"
    assert out[4] == str(
        {
            "general.architecture": "llama", "llama.block_count": 2, "llama.rope.freq_base": 0.5,
            "tokenizer.ggml.tokens": ("a", "ö", ""), "general.flag": True,
        }
    )  # fmt: skip
    assert out[5] == "[0.5, -1.0, 2.0] float32"
    assert out[6] == (
        "gguf is not installed, and is needed to dequantise Q8_0 Run `pip install gguf`."
    )


def test_numbers_are_those_of_the_package_itself(store, tmp_path):
    file = written(tmp_path)
    save(file, "cat", store=store)
    found = load("cat", store=store)
    for one in gguf.GGUFReader(file).tensors:
        expected = gguf.quants.dequantize(one.data, one.tensor_type).reshape(one.shape[::-1])
        assert np.array_equal(found.dequantized(one.name), expected)
    with pytest.raises(UnknownNameError, match="no tensor 'other'"):
        found.dequantized("other")


def test_the_header_is_recorded(store, tmp_path):
    save(written(tmp_path), "cat", store=store)
    metadata = origin(load("cat", store=store)).metadata
    assert metadata["library_name"] == "gguf"
    assert metadata["extra"]["saved"] == {
        "kind": "gguf", "files": ["tiny.gguf"], "architecture": "llama", "quantization": "F16",
        "parameters": 6 * 64 * 2 + 64,
    }  # fmt: skip


def test_flipped_bits_are_noticed(store, tmp_path):
    save(written(tmp_path), "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_a_model_in_several_files_is_one(store, tmp_path):
    names = [f"m-0000{number}-of-00002.gguf" for number in (1, 2)]
    first, second = (
        written(tmp_path, name, shard=2, tensor=f"blk.{number}")
        for number, name in enumerate(names)
    )
    save(second, "cat", store=store)
    found = load("cat", store=store)
    assert sorted(found) == sorted(
        f"blk.{number}{tail}" for number in (0, 1) for tail in ("", ".norm", ".half")
    )
    assert len(load("cat", store=store, path=names[1])) == 3
    first.rename(tmp_path / "away.gguf")
    with pytest.raises(FileAccessError, match="m-00001-of-00002"):
        save(second, "cat", store=store)
    store.push(MemoryFiles({names[1]: second, "m-00003-of-00002.gguf": second}), "broken")
    with pytest.raises(FormatError, match="has 2 of the 2 files"):
        load("broken", store=store)
    with pytest.raises(FormatError, match="says that the model is in 2 files"):
        save(second.rename(tmp_path / "alone.gguf"), "cat", store=store)


def test_a_pushed_folder_is_loaded_and_one_of_several_files_is_named(store, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    written(folder)
    store.push(folder, "cat")
    assert load("cat", store=store).fields["llama.block_count"] == 2
    (folder / "other.gguf").write_bytes(gguf_file([weight("w", (4, 8), seed=1, dtype="F32")]))
    store.push(folder, "cat")
    with pytest.raises(FormatError, match="2 files") as raised:
        load("cat", store=store)
    assert "path=" in raised.value.hint
    assert list(load("cat", store=store, path="other.gguf")) == ["w"]
    assert load("cat", store=store, path="other.gguf", trainable=True)["w"].flags.writeable


@pytest.mark.parametrize("content", [b"GGUF", b"no file of that kind at all", b"GGUF" * 20])
def test_what_is_no_gguf_is_refused_on_both_ways(store, tmp_path, content):
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(FormatError, match="no GGUF file"):
        save(file, "cat", store=store)
    store.push(MemoryFiles({"bad.gguf": file}), "cat")
    with pytest.raises(FormatError, match="no GGUF file"):
        load("cat", store=store)


def test_files_that_are_missing_or_empty_are_named(store, tmp_path):
    with pytest.raises(FileAccessError, match="No such file"):
        save(tmp_path / "none.gguf", "cat", store=store)
    (tmp_path / "empty.gguf").touch()
    with pytest.raises(FormatError, match="is empty"):
        save(tmp_path / "empty.gguf", "cat", store=store)


def test_options_that_make_no_sense_are_refused(store, tmp_path):
    save(written(tmp_path), "cat", store=store)
    for options in ({"into": {}}, {"framework": "torch"}, {"device": "cuda"}):
        with pytest.raises(WrongUsageError):
            load("cat", store=store, **options)


def test_a_package_too_old_for_a_type_is_named(store, monkeypatch):
    file = gguf_file([quantised("w", (2, 256), seed=1, dtype="GGML:Q4_K")])
    store.push(MemoryFiles({"m.gguf": [memoryview(file)]}), "cat")
    found = load("cat", store=store)
    monkeypatch.setattr(gguf.quants, "_type_traits", {})
    with pytest.raises(FormatError, match="stored as Q4_K, which gguf cannot dequantise"):
        found.dequantized("w")
    monkeypatch.setitem(__import__("sys").modules, "gguf", None)
    with pytest.raises(MissingPackageError):
        found.dequantized("w")


def test_words_that_are_no_text_keep_their_bytes():
    head = struct.pack("<4sIQQ", b"GGUF", 3, 0, 1)
    pair = struct.pack("<Q", 1) + b"k" + struct.pack("<IQ", 8, 2) + b"\xff\xfe"
    content = head + pair
    value = read_fields(Bytes(content), len(content))["k"]
    assert value.encode("utf-8", "surrogateescape") == b"\xff\xfe"
    twice = struct.pack("<4sIQQ", b"GGUF", 3, 0, 2) + pair * 2
    with pytest.raises(FormatError, match="two fields are named 'k'"):
        read_fields(Bytes(twice), len(twice))


PAIRS = {"words": ["a", "bc"], "numbers": [1.0, 2.0]}
WHOLE = gguf_file([quantised("w", (2, 256), seed=1, dtype="GGML:Q4_K")], PAIRS)


@given(st.data())
def test_any_bytes_are_a_header_or_a_format_error(data):
    content = bytearray(WHOLE)
    changes = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for at, value in data.draw(st.lists(changes, max_size=6)):
        content[at] = value
    whole = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        found = summary(Bytes(whole), len(whole))
    except FormatError:
        return
    assert found.tensors == 1
