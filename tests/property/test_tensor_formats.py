"""Any tensors in any format are found where they were written; a damaged header raises nothing."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cuts import cuts, understood
from support.model_files import (
    GGML_BLOCKS,
    ONNX_TYPES,
    Weight,
    gguf_file,
    npz_file,
    onnx_file,
    quantised,
    safetensors_file,
    torch_file,
    weight,
    zip_file,
)

LARGE = 64 * 1024
EXTENTS = st.integers(0, 400)
SHAPES = st.lists(EXTENTS, max_size=3).map(tuple).filter(lambda s: np.prod(s, dtype=float) < 10**6)
NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).filter(
        lambda name: name != "__metadata__" and '"data_offsets"' not in name
    ),
    unique=True,
    max_size=6,
)


@dataclass(frozen=True)
class Made:
    """A file and the tensors that are in it."""

    content: bytes
    weights: tuple[Weight, ...]


@st.composite
def safetensors_files(draw) -> Made:
    names = draw(NAMES)
    types = st.sampled_from(["BF16", "F32", "F64", "U8", "F8_E4M3"])
    weights = tuple(
        weight(name, draw(SHAPES), seed=n, dtype=draw(types)) for n, name in enumerate(names)
    )
    metadata = draw(st.none() | st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
    return Made(safetensors_file(weights, metadata, pad=draw(st.sampled_from([1, 8]))), weights)


@st.composite
def gguf_files(draw) -> Made:
    weights = []
    for n, name in enumerate(draw(NAMES)):
        dtype = draw(st.sampled_from(sorted(GGML_BLOCKS)))
        shape = (draw(st.integers(1, 200)), GGML_BLOCKS[dtype][0] * draw(st.integers(1, 4)))
        weights.append(quantised(name, shape, seed=n, dtype=dtype))
    values = st.text(max_size=9) | st.integers(0, 2**32 - 1)
    values |= st.lists(st.text(max_size=9)) | st.lists(st.floats(width=32))
    pairs = draw(st.dictionaries(st.text(min_size=1, max_size=9), values, max_size=5))
    alignment = draw(st.sampled_from([8, 32, 64, 4096]))
    return Made(gguf_file(weights, pairs, alignment=alignment), tuple(weights))


@st.composite
def onnx_files(draw) -> Made:
    names = [name for name in draw(NAMES) if name]
    types = st.sampled_from(sorted(set(ONNX_TYPES) & {"F32", "U8", "F16", "BF16"}))
    weights = tuple(
        weight(name, draw(SHAPES), seed=n, dtype=draw(types)) for n, name in enumerate(names)
    )
    return Made(onnx_file(weights, nodes=draw(st.integers(0, 20))), weights)


@st.composite
def npz_files(draw) -> Made:
    words = {"F32": "<f4", "F64": "<f8", "U8": "|u1", "I64": "<i8"}
    names = [f"t{n}" for n in range(draw(st.integers(1, 4)))]
    weights = tuple(
        weight(name, draw(SHAPES), seed=n, dtype=draw(st.sampled_from(sorted(words))))
        for n, name in enumerate(names)
    )
    arrays = {
        one.name: np.frombuffer(one.content, words[one.dtype]).reshape(one.shape) for one in weights
    }
    return Made(npz_file(arrays), weights)


FORMATS = {
    "safetensors": safetensors_files(),
    "gguf": gguf_files(),
    "onnx": onnx_files(),
    "zip": npz_files(),
}


@pytest.mark.parametrize("format_", FORMATS)
@given(data=st.data())
def test_the_tensors_that_were_written_are_listed_and_cut_at(format_, data):
    made = data.draw(FORMATS[format_])
    found = understood(made.content)
    assert found.format == format_
    listed = found.tensors
    columns = zip(
        listed.names, listed.dtypes, listed.shapes, listed.offsets, listed.lengths, strict=True
    )
    seen = {
        Weight(name, dtype, shape, made.content[offset : offset + length])
        for name, dtype, shape, offset, length in columns
    }
    assert seen == set(made.weights)
    begins = cuts(found)
    for offset, length in zip(listed.offsets, listed.lengths, strict=True):
        assert length < LARGE or offset in begins


LAYERS = [weight(f"layer.{n}", (100, 64), seed=n) for n in range(9)]
SAMPLES = {
    "safetensors": safetensors_file(LAYERS),
    "gguf": gguf_file(LAYERS, {"tokens": ["a", "b"] * 9}),
    "onnx": onnx_file(LAYERS),
    "npz": npz_file({f"layer.{n}": np.full((100, n), n) for n in range(9)}),
    "torch": torch_file([weight("x", (5_000,), seed=n).content for n in range(9)]),
    "zip": zip_file({f"file{n}": bytes(1_000 * n) for n in range(9)}),
    "compressed": zip_file({f"file{n}": bytes(1_000 * n) for n in range(9)}, method=8),
}  # fmt: skip
NUMBERS = st.sampled_from(
    [0, 1, 7, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**53, 2**62, 2**63, 2**64 - 1]
)


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """A file with some of its description of itself changed; its tensors are mostly noise."""
    out = bytearray(content)
    edge = min(len(out), 2_000)
    places = st.integers(0, edge - 1) | st.integers(len(out) - edge, len(out) - 1)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(places)
        kind = draw(st.sampled_from(["flip", "number", "text", "swap", "cut", "insert", "zero"]))
        if not out or at >= len(out):
            break
        if kind == "flip":
            out[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "number":
            width = draw(st.sampled_from([2, 4, 8]))
            out[at : at + width] = draw(NUMBERS).to_bytes(8, "little")[:width]
        elif kind == "text":
            out[at : at + 1] = str(draw(NUMBERS)).encode()
        elif kind == "swap":
            other = draw(places) % len(out)
            out[at : at + 8], out[other : other + 8] = out[other : other + 8], out[at : at + 8]
        elif kind == "cut":
            del out[at : at + draw(st.integers(1, 5_000))]
        elif kind == "insert":
            out[at:at] = draw(st.binary(max_size=20))
        else:
            out[at : at + 16] = bytes(16)
    return bytes(out)


@pytest.mark.parametrize("sample", SAMPLES)
@given(data=st.data())
def test_a_file_with_a_damaged_description_raises_nothing_and_is_covered(sample, data):
    content = data.draw(damaged(SAMPLES[sample]))
    found = understood(content)
    for listed in [found.tensors] if found.tensors else []:
        assert all(
            0 <= offset <= offset + length <= len(content)
            for offset, length in zip(listed.offsets, listed.lengths, strict=True)
        )
    for member in found.members:
        if member.sound:
            assert 0 <= member.offset <= member.offset + member.length <= len(content)


@pytest.mark.parametrize("sample", SAMPLES)
@given(st.data())
def test_a_file_that_is_cut_off_anywhere_is_covered(sample, data):
    content = SAMPLES[sample]
    end = data.draw(st.integers(0, len(content) - 1))
    found = understood(content[:end])
    assert found.format is None or end == 0
