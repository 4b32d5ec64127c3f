"""A file that lies about itself is cut by content all the same, and an archive's members said."""

import io
import struct
import zipfile

import numpy as np
import pytest
from support.cuts import understood
from support.model_files import (
    gguf_file,
    message,
    noise,
    npy_file,
    onnx_file,
    onnx_tensor,
    safetensors_file,
    torch_file,
    varint,
    weight,
    with_header,
    zip_file,
)

BODY = noise(300_000, 1)
HALF = {"dtype": "U8", "shape": [150_000], "data_offsets": [0, 150_000]}


def entry(dtype="U8", shape=(10,), offsets=(0, 10)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def raw_header(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text + BODY


SAFETENSORS_LIES = {
    "overlap": with_header({"a": entry(), "b": entry(offsets=(5, 15))}, BODY),
    "beyond the end": with_header({"a": entry(shape=(10**6,), offsets=(0, 10**6))}, BODY),
    "empty and beyond the end": with_header({"a": entry(shape=(0,), offsets=(9**9, 9**9))}, BODY),
    "wrong sum": with_header({"a": entry(shape=(11,))}, BODY),
    "backwards": with_header({"a": entry(offsets=(10, 0))}, BODY),
    "negative": with_header({"a": entry(offsets=(-10, 0))}, BODY),
    "negative shape": with_header({"a": entry(shape=(-2, -5))}, BODY),
    "shape that overflows": with_header({"a": entry(shape=(2**32, 2**32, 2**32))}, BODY),
    "offsets that overflow": with_header({"a": entry(offsets=(2**64, 2**64 + 10))}, BODY),
    "type that is no word": with_header({"a": entry(dtype="u8 or so")}, BODY),
    "too many dimensions": with_header({"a": entry(shape=(1,) * 65 + (10,))}, BODY),
    "one name twice": raw_header(
        b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
        b'"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}'
    ),
    "nested": raw_header(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "nested lists": raw_header(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "metadata that is no text": with_header({"__metadata__": {"a": 1}}, BODY),
    "no object": raw_header(b"{]" + b" " * 100),
    "not UTF-8": raw_header(b'{"\xff": 1}'),
    "header longer than any": struct.pack("<Q", 40 * 2**20) + b"{" + bytes(40 * 2**20),
    "too many tensors": raw_header(
        b"{" + b",".join(b'"%d":%s' % (n, b'{"dtype":"U8","shape":[0],"data_offsets":[0,0]}')
                         for n in range(140_000)) + b"}"
    ),
    "name longer than any": with_header({"a" * 5000: entry()}, BODY),
}  # fmt: skip


@pytest.mark.parametrize("content", SAFETENSORS_LIES.values(), ids=SAFETENSORS_LIES.keys())
def test_safetensors_that_lies_is_cut_by_content(content):
    found = understood(content)
    assert (found.format, found.tensors) == (None, None)


def gguf_head(tensors: int, pairs: int) -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", 3, tensors, pairs)


def gguf_text(word: bytes) -> bytes:
    return struct.pack("<Q", len(word)) + word


def gguf_info(shape: tuple[int, ...], kind: int, offset: int, name: bytes = b"t") -> bytes:
    extents = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return gguf_text(name) + extents + struct.pack("<IQ", kind, offset)


def gguf_alignment(value: int) -> bytes:
    return gguf_text(b"general.alignment") + struct.pack("<II", 4, value)


GGUF_LIES = {
    "too many tensors": gguf_head(10**7, 0) + BODY,
    "too many pairs": gguf_head(0, 10**7) + BODY,
    "endless key": gguf_head(0, 1) + struct.pack("<Q", 2**63) + BODY,
    "endless text": gguf_head(0, 1) + gguf_text(b"k") + struct.pack("<IQ", 8, 2**63) + BODY,
    "endless array": gguf_head(0, 1) + gguf_text(b"k") + struct.pack("<IIQ", 9, 10, 2**62) + BODY,
    "endless texts": gguf_head(0, 1) + gguf_text(b"k") + struct.pack("<IIQ", 9, 8, 2**62) + BODY,
    "texts that do not fit": gguf_head(0, 1) + gguf_text(b"k")
    + struct.pack("<IIQ", 9, 8, 3) + gguf_text(b"a") + struct.pack("<Q", 10**6) + BODY,
    "arrays in arrays": gguf_head(0, 1) + gguf_text(b"k") + struct.pack("<IIQ", 9, 9, 5) + BODY,
    "unknown value": gguf_head(0, 1) + gguf_text(b"k") + struct.pack("<I", 77) + BODY,
    "two alignments": gguf_head(0, 2) + gguf_alignment(32) * 2 + BODY,
    "no alignment": gguf_head(0, 1) + gguf_alignment(0) + BODY,
    "odd alignment": gguf_head(0, 1) + gguf_alignment(48) + BODY,
    "text as alignment": gguf_head(0, 1) + gguf_text(b"general.alignment")
    + struct.pack("<I", 8) + gguf_text(b"32") + BODY,
    "too many dimensions": gguf_head(1, 0) + gguf_info((1,) * 9, 0, 0) + BODY,
    "shape that overflows": gguf_head(1, 0) + gguf_info((2**40, 2**40), 0, 0) + BODY,
    "no whole blocks": gguf_head(1, 0) + gguf_info((33,), 2, 0) + BODY,
    "not aligned": gguf_head(1, 0) + gguf_info((4,), 0, 1) + BODY,
    "beyond the end": gguf_head(1, 0) + gguf_info((2**20,), 0, 0) + BODY,
    "overlap": gguf_head(2, 0) + gguf_info((64,), 0, 0) + gguf_info((64,), 0, 32, b"b") + BODY,
    "one name twice": gguf_head(2, 0) + gguf_info((8,), 0, 0) + gguf_info((8,), 0, 32) + BODY,
    "name that is no text": gguf_head(1, 0) + gguf_info((8,), 0, 0, b"\xff") + BODY,
    "ends in its header": gguf_file([weight("a", (100, 100), seed=1)])[:60],
    "version of another world": struct.pack("<4sIQQ", b"GGUF", 9, 0, 0) + BODY,
}  # fmt: skip


@pytest.mark.parametrize("content", GGUF_LIES.values(), ids=GGUF_LIES.keys())
def test_gguf_that_lies_is_cut_by_content(content):
    found = understood(content)
    assert (found.format, found.tensors) == (None, None)


def npy(header: str, body: bytes = BODY) -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + body


NPY_LIES = {
    "beyond the end": npy_file(np.ones(9000))[:-1],
    "code": npy("{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,), }"),
    "objects": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
    "negative": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"),
    "overflow": npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }"
    ),
    "nested": npy("(" * 20_000 + ")" * 20_000),
    "unknown version": b"\x93NUMPY\x09\0" + bytes(100),
    "endless header": b"\x93NUMPY\2\0" + struct.pack("<I", 2**31) + BODY,
    "ends in its header": b"\x93NUMPY\1\0v",
}


@pytest.mark.parametrize("content", NPY_LIES.values(), ids=NPY_LIES.keys())
def test_npy_that_lies_is_cut_by_content(content):
    found = understood(content)
    assert (found.format, found.tensors) == (None, None)


def model(*graph: tuple[int, int | bytes]) -> bytes:
    return message((1, 8), (7, message(*graph)), (8, message((2, 17))))


TENSOR = weight("w", (300,), seed=3, dtype="F32")
ONNX_LIES = {
    "wrong sum": model((5, message((1, 9), (2, 1), (8, b"w"), (9, b"1234")))),
    "one name twice": model((5, onnx_tensor(TENSOR)), (5, onnx_tensor(TENSOR))),
    "bytes twice": model((5, onnx_tensor(TENSOR) + message((9, b"1234")))),
    "two graphs": model() + message((7, b"")),
    "no graph": message((1, 8), (8, message((2, 17)))),
    "no operators": message((1, 8), (7, b"")),
    "unknown field": onnx_file([TENSOR]) + message((9, 1)),
    "IR version": message((1, 1000), (7, b""), (8, b"")),
    "cut off": onnx_file([TENSOR])[:-5],
    "reaches beyond its message": message((1, 8), (7, varint(5 << 3 | 2) + varint(99)), (8, b"")),
    "endless number": b"\x08" + b"\xff" * 30,
    "number beyond 64 bits": b"\x08" + b"\xff" * 9 + b"\x7f",
    "groups": message((1, 8), (8, b"")) + bytes([7 << 3 | 3]),
    "field zero": message((1, 8), (7, bytes([2, 0])), (8, b"")),
    "shape that overflows": model((5, message((1, 2**40), (1, 2**40), (2, 1), (9, b"1234")))),
    "name that is no text": model((5, message((1, 1), (2, 1), (8, b"\xff"), (9, b"1234")))),
}


@pytest.mark.parametrize("content", ONNX_LIES.values(), ids=ONNX_LIES.keys())
def test_onnx_that_lies_is_cut_by_content(content):
    found = understood(content)
    assert (found.format, found.tensors) == (None, None)


def test_graphs_within_graphs_are_followed_only_so_far():
    graph = message((5, onnx_tensor(weight("w", (50_000,), seed=1))))
    for _ in range(200):
        node = message((5, message((6, graph), (20, 5))))
        graph = message((1, node))
    found = understood(message((1, 8), (7, graph), (8, message((2, 17)))))
    assert found.format == "onnx"
    assert found.tensors is not None
    assert found.tensors.names == ()


STORAGES = [noise(70_000, n) for n in range(3)]
TORCH = torch_file(STORAGES)


def swapped(content: bytes, old: bytes, new: bytes, *, which: int = 0) -> bytes:
    """Replace one occurrence, counted from the start or, below 0, from the end."""
    assert len(old) == len(new)
    at = -1
    for _ in range(which + 1 if which >= 0 else 1):
        at = content.index(old, at + 1)
    if which < 0:
        at = content.rindex(old)
    return content[:at] + new + content[at + len(old) :]


ENTRY = TORCH.rindex(b"PK\1\2")
# The directory's entry of archive/version, the last member.
ZIP_LIES = {
    "other name in the local header": swapped(TORCH, b"data.pkl", b"evil.pkl"),
    "other name in the directory": swapped(TORCH, b"data.pkl", b"evil.pkl", which=-1),
    "other method": TORCH[: ENTRY + 10] + b"\x08\0" + TORCH[ENTRY + 12 :],
    "encrypted by its word": TORCH[: ENTRY + 8] + b"\x09" + TORCH[ENTRY + 9 :],
    "longer than it is": TORCH[: ENTRY + 20] + b"\xff" * 3 + b"\0\xff\xff\xff\0" + TORCH[ENTRY + 28 :],  # noqa: E501
    "no header where it should be": TORCH[: ENTRY + 42] + b"\1" + TORCH[ENTRY + 43 :],
    "one name twice": swapped(swapped(TORCH, b"data/1", b"data/0"), b"data/1", b"data/0", which=-1),
    "a tail": TORCH + b"more",
    "a head": b"PK\3\4 and more" + TORCH,
    "two ends": TORCH[:-2] + struct.pack("<H", 22) + b"PK\5\6" + bytes(18),
    "wrong count": TORCH[:-14] + b"\1\0\1\0" + TORCH[-10:],
    "wrong count in zip64": swapped(TORCH, struct.pack("<2Q", 6, 6), struct.pack("<2Q", 6, 7)),
}  # fmt: skip


@pytest.mark.parametrize("content", ZIP_LIES.values(), ids=ZIP_LIES.keys())
def test_an_archive_that_lies_is_cut_by_content_and_its_members_said(content):
    found = understood(content)
    assert (found.format, found.tensors) == (None, None)
    readable = zipfile.is_zipfile(io.BytesIO(content))
    if readable:
        try:
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        except zipfile.BadZipFile:
            names = []
        assert {name for name in names if name} <= {member.name for member in found.members}


def test_a_member_that_disagrees_is_named():
    found = understood(ZIP_LIES["other name in the local header"])
    assert [member.name for member in found.members if not member.sound] == ["archive/data.pkl"]


def test_members_of_one_name_are_both_named():
    found = understood(ZIP_LIES["one name twice"])
    assert [member.name for member in found.members if not member.sound] == ["archive/data/0"] * 2


def test_members_behind_other_bytes_are_found():
    found = understood(b"#!/bin/sh\nexit\n" + TORCH)
    assert found.format is None
    assert [member.name for member in found.members][:1] == ["archive/data.pkl"]
    pickled = found.members[0]
    assert pickled.length == 4
    assert (b"#!/bin/sh\nexit\n" + TORCH)[pickled.offset :][:4] == b"\x80\x02}."


def test_a_directory_that_overlaps_its_members_is_not_sound():
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("a", STORAGES[0])
        archive.writestr("b", b"")
    content = twice.getvalue()
    entry_b = content.rindex(b"PK\1\2")
    offset = struct.pack("<I", 5)
    content = content[: entry_b + 42] + offset + content[entry_b + 46 :]
    found = understood(content)
    assert found.format is None
    assert {member.name: member.sound for member in found.members} == {"a": False, "b": False}


def test_an_archive_within_an_archive_is_not_opened():
    content = zip_file({"inner.zip": TORCH, "inner.safetensors": safetensors_file([TENSOR])})
    found = understood(content)
    assert found.format == "zip"
    assert found.tensors is None
    assert [member.name for member in found.members] == ["inner.zip", "inner.safetensors"]
