"""Laws of cutting: every byte in one piece, and what does not change is not stored again."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts import MIB, new_bytes, stored, understood
from support.model_files import (
    Weight,
    gguf_file,
    noise,
    npz_file,
    onnx_file,
    safetensors_file,
    torch_file,
    weight,
)

KIB = 1024
SAFETENSORS = b"\x20" + bytes(7) + b"{"
MAGICS = st.sampled_from(
    [b"", b"GGUF\3\0\0\0", b"\x93NUMPY\1\0", b"PK\3\4", b"PK\5\6", b"\x08\x08", SAFETENSORS]
)  # fmt: skip


@given(
    MAGICS,
    st.binary(max_size=500),
    st.integers(0, 300 * KIB),
    st.binary(max_size=100),
    st.sampled_from([0, 64 * KIB, MIB, 8 * MIB, 2**40]),
    st.lists(st.tuples(st.integers(-9, 400 * KIB), st.integers(-9, 400 * KIB)), max_size=4),
)
def test_any_bytes_are_covered_by_pieces_in_order(magic, head, middle, tail, piece_bytes, holes):
    understood(magic + head + bytes(middle) + tail, piece_bytes=piece_bytes, holes=holes)


def layers(count: int, *, start: int = 0) -> list[Weight]:
    """Return the tensors of a small transformer: large ones, with small ones between."""
    found = []
    for number in range(start, start + count):
        seed = 10 * number
        found += [
            weight(f"layers.{number}.norm.weight", (512,), seed=seed),
            weight(f"layers.{number}.q.weight", (512, 512), seed=seed + 1),
            weight(f"layers.{number}.up.weight", (1400, 512), seed=seed + 2),
            weight(f"layers.{number}.norm2.weight", (512,), seed=seed + 3),
            weight(f"layers.{number}.bias", (300,), seed=seed + 4),
        ]
    return found


def changed(one: Weight, *, seed: int = 9_000) -> Weight:
    return Weight(one.name, one.dtype, one.shape, noise(len(one.content), seed))


def as_npz(weights) -> bytes:
    return npz_file(
        {one.name: np.frombuffer(one.content, "<i2").reshape(one.shape) for one in weights}
    )


def as_torch(weights) -> bytes:
    return torch_file([one.content for one in weights])


MODEL = [
    weight("embed_tokens.weight", (4000, 512), seed=1),
    *layers(6),
    weight("lm_head.weight", (4000, 512), seed=2),
]
SIZE = sum(len(one.content) for one in MODEL)
WRITERS = {
    "safetensors": safetensors_file,
    "gguf": gguf_file,
    "onnx": onnx_file,
    "npz": as_npz,
    "torch": as_torch,
}
DESCRIPTION = 24 * KIB
# Headers, names, checksums and what shares a piece with them: counted for all 32 tensors.


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@settings(max_examples=6)
@given(st.integers(0, len(MODEL) - 1))
def test_a_changed_tensor_renews_its_own_pieces_only(write, number):
    after = list(MODEL)
    after[number] = changed(MODEL[number])
    new = new_bytes([write(MODEL)], [write(after)])
    assert new <= len(MODEL[number].content) + DESCRIPTION


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@settings(max_examples=6)
@given(st.integers(0, len(MODEL)))
def test_an_inserted_tensor_renews_its_own_pieces_only(write, place):
    extra = weight("adapter.weight", (200, 300), seed=77)
    after = [*MODEL[:place], extra, *MODEL[place:]]
    assert new_bytes([write(MODEL)], [write(after)]) <= len(extra.content) + DESCRIPTION


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@settings(max_examples=6)
@given(st.integers(0, len(MODEL) - 1))
def test_a_removed_tensor_renews_descriptions_only(write, place):
    after = [*MODEL[:place], *MODEL[place + 1 :]]
    assert new_bytes([write(MODEL)], [write(after)]) <= DESCRIPTION


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
@settings(max_examples=6)
@given(st.lists(st.integers(1, len(MODEL) - 1), max_size=3))
def test_other_shards_renew_descriptions_only(write, places):
    edges = [0, *sorted(places), len(MODEL)]
    shards = [MODEL[first:last] for first, last in pairwise(edges)]
    assert new_bytes([write(MODEL)], [write(shard) for shard in shards if shard]) <= 2 * DESCRIPTION


@settings(max_examples=10)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=4))
def test_an_edited_header_renews_itself_only(metadata):
    before, after = safetensors_file(MODEL, {"format": "pt"}), safetensors_file(MODEL, metadata)
    header = 8 + int.from_bytes(after[:8], "little")
    assert new_bytes([before], [after]) <= header
    pairs = {f"general.{key}": value for key, value in metadata.items()}
    assert new_bytes([gguf_file(MODEL)], [gguf_file(MODEL, pairs)]) <= DESCRIPTION


def test_a_long_vocabulary_in_a_header_is_cut_by_content():
    tokens = [noise(8, number).hex() for number in range(60_000)]
    before = gguf_file(MODEL[:3], {"a": "short", "tokens": tokens})
    after = gguf_file(MODEL[:3], {"a": "somewhat longer", "tokens": tokens})
    assert new_bytes([before], [after]) < MIB


@pytest.mark.parametrize("write", [safetensors_file, gguf_file, onnx_file, as_npz])
@pytest.mark.parametrize("rows", [1, 64])
def test_rows_more_of_vocabulary_renew_the_ends_of_two_matrices(write, rows):
    after = [
        Weight(one.name, one.dtype, (one.shape[0] + rows, 512),
               one.content + noise(rows * 512 * 2, place))
        if one.shape[0] == 4000 else one
        for place, one in enumerate(MODEL)
    ]  # fmt: skip
    own = 2 * rows * 512 * 2
    assert new_bytes([write(MODEL)], [write(after)]) <= own + 2 * 256 * KIB + DESCRIPTION


SMALL = [weight(f"layers.{n // 6}.lora{n % 6}", (n % 6 + 1, 2_000), seed=n) for n in range(400)]
# 5 MiB of tensors of 4 to 24 KB, which share pieces.


@settings(max_examples=25)
@given(st.integers(0, len(SMALL) - 1), st.sampled_from(["insert", "remove", "grow", "change"]))
def test_small_tensors_are_cut_at_the_same_ones_again_after_an_edit(place, edit):
    one = SMALL[place]
    if edit == "insert":
        after = [*SMALL[:place], weight("new", (3, 1_000), seed=8_000), *SMALL[place:]]
    elif edit == "remove":
        after = [*SMALL[:place], *SMALL[place + 1 :]]
    else:
        content = one.content + noise(4_000, 5) if edit == "grow" else noise(len(one.content), 5)
        grown = Weight(one.name, one.dtype, (len(content) // 2,), content)
        after = [*SMALL[:place], grown, *SMALL[place + 1 :]]
    header = 64 * KIB
    assert new_bytes([safetensors_file(SMALL)], [safetensors_file(after)]) < header + 768 * KIB


def test_layers_that_are_renumbered_are_not_stored_again():
    renumbered = [
        Weight(one.name.replace("layers.", "layers.1"), one.dtype, one.shape, one.content)
        for one in SMALL
    ]
    assert new_bytes([safetensors_file(SMALL)], [safetensors_file(renumbered)]) < 64 * KIB


def test_small_tensors_share_pieces_of_one_type():
    found = understood(safetensors_file(SMALL))
    header, *spans = found.spans()
    lengths = [length for span in spans for length in span.lengths]
    assert header.width == 0
    assert {(span.dtype, span.width, span.tensor) for span in spans} == {("BF16", 2, None)}
    assert max(lengths) <= 128 * KIB
    assert min(lengths[:-1]) >= 32 * KIB


def test_the_same_tensors_in_another_format_share_their_large_pieces():
    had, has = stored(safetensors_file(MODEL)), stored(gguf_file(MODEL))
    assert sum(length for digest, length in has.items() if digest not in had) <= DESCRIPTION


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 6 * MIB), st.binary(min_size=1, max_size=50)),
                min_size=1, max_size=3))  # fmt: skip
def test_an_edit_of_what_is_not_understood_renews_what_is_around_it(edits):
    before = noise(6 * MIB, 3)
    after = before
    for place, inserted in edits:
        after = after[:place] + inserted + after[place:]
    assert new_bytes([before], [after]) <= len(edits) * 3 * MIB
