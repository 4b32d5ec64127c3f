"""Every piece comes back from its stored form, and no stored form harms its reader."""

import struct
import tracemalloc

import numpy as np
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podplanner.errors import ObjectCorruptError
from podplanner.store.encoding import decode, encode, encode_delta
from podplanner.store.encoding.delta import GROUPS, encode_difference
from podplanner.store.encoding.elements import WIDTHS, Element, element_of
from podplanner.store.encoding.fast import encode_fast
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD

DTYPES = ["BF16", "F16", "F32", "F64", "C64", "F8_E4M3", "F8_E5M2", "I8", "U16", "I32", "I64",
          "BOOL", "GGML:Q4_K", "unheard of"]  # fmt: skip
ENCODINGS = [RAW, ZSTD, FAST, DELTA]
some = settings(max_examples=150, deadline=None)
many = settings(max_examples=400, deadline=None)


@st.composite
def contents(draw) -> bytes:
    """Return bytes of any length: arbitrary, of few values, or numbers as training makes them."""
    kind = draw(st.sampled_from(["bytes", "few", "weights", "repeats"]))
    if kind == "bytes":
        return draw(st.binary(max_size=300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # 70,000 numbers are more than one block of the transforms.
    count = draw(st.sampled_from([1, 7, 255, 4_000, 70_000]))
    tail = draw(st.binary(max_size=7))
    if kind == "few":
        return rng.integers(0, 3, count).astype(np.uint8).tobytes() + tail
    if kind == "repeats":
        return rng.bytes(97) * (count // 97 + 1) + tail
    words = (rng.standard_normal(count) * 0.02).astype(np.float32).view(np.uint32)
    return (words >> draw(st.sampled_from([0, 16]))).astype("<u4").tobytes() + tail


@st.composite
def pairs(draw) -> tuple[bytes, bytes]:
    """Return two contents of one length: unrelated, or one a small change of the other."""
    base = draw(contents())
    if draw(st.booleans()):
        other = draw(contents())
        shorter = min(len(base), len(other))
        return other[:shorter], base[:shorter]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    changed = np.frombuffer(base, np.uint8).copy()
    places = rng.integers(0, len(base), len(base) // 20) if base else []
    changed[places] += rng.integers(0, 256, len(places)).astype(np.uint8)
    return changed.tobytes(), base


widths = st.sampled_from([0, 1, 2, 3, 4, 8, 18])
dtypes = st.sampled_from(["", *DTYPES])
elements = st.sampled_from(
    [*map(Element, WIDTHS), Element(1, 4), Element(1, 5), Element(2, 5), Element(2, 8),
     Element(4, 8), Element(8, 11)]
)  # fmt: skip


def read(
    stored: bytes, encoding: int, length: int, base: bytes | None = None, offset: int = 0
) -> bytes:
    """Return what is decoded, all buffers at an odd address when `offset` is odd."""
    room = memoryview(bytearray(length + offset))[offset:]
    shifted = memoryview(bytes(offset) + stored)[offset:]
    below = None if base is None else memoryview(bytes(offset) + base)[offset:]
    decode(shifted, encoding, length, room, below)
    return bytes(room)


def joined(parts) -> bytes:
    return b"".join(bytes(memoryview(part).cast("B")) for part in parts)


@many
@given(contents(), st.sampled_from(["raw", "fast"]), widths, dtypes, st.integers(0, 3))
def test_every_content_comes_back_by_every_policy(plain, policy, width, dtype, offset):
    given_buffer = memoryview(bytes(offset) + plain)[offset:]
    found = encode(given_buffer, policy=policy, width=width, dtype=dtype)
    stored = joined(found.parts)
    assert len(stored) == found.size <= len(plain)
    assert (found.encoding == RAW) == (stored == plain)
    assert read(stored, found.encoding, len(plain), offset=offset) == plain


@many
@given(pairs(), elements, st.integers(0, 3))
def test_every_difference_comes_back(pair, element, offset):
    plain, base = pair
    shifted = [memoryview(bytes(offset) + content)[offset:] for content in pair]
    stored = joined(encode_difference(*shifted, element))
    assert read(stored, DELTA, len(plain), base, offset) == plain


@some
@given(pairs(), widths, dtypes)
def test_a_difference_is_small_or_not_given(pair, width, dtype):
    plain, base = pair
    found = encode_delta(memoryview(plain), memoryview(base), width=width, dtype=dtype)
    if found is not None:
        assert found.encoding == DELTA
        assert len(joined(found.parts)) == found.size <= 0.6 * len(plain)
        assert read(joined(found.parts), DELTA, len(plain), base) == plain


# --- a second reader, written from docs/store-format.md and nothing else ---


def second_reader(stored: bytes, length: int, base: bytes | None) -> bytes:
    """Return the piece of a FAST form, or with a base of a DELTA form, number by number."""
    version, width, bits, tail_length, top, count = struct.unpack_from("<BBBBHH", stored)
    assert (version, tail_length) == (1, length % width)
    codecs = stored[8 : 8 + count]
    sizes = struct.unpack_from(f"<{count}I", stored, 8 + count)
    at, runs = 8 + 5 * count, []
    for codec, size in zip(codecs, sizes, strict=True):
        run = stored[at : at + size]
        runs.append(zstandard.ZstdDecompressor().decompress(run) if codec else run)
        at += size
    tail = stored[at:]
    assert len(tail) == tail_length
    numbers = [int.from_bytes(column, "big") for column in zip(*runs[:width], strict=True)]
    ones = 2 ** (8 * width)
    if base is None:
        if bits and width > 1:
            numbers = [number >> 1 | (number & 1) << (8 * width - 1) for number in numbers]
        return b"".join(number.to_bytes(width, "little") for number in numbers) + tail
    signs = iter(int.from_bytes(runs[width], "big") >> (8 * len(runs[width]) - 1 - i) & 1
                 for i in range(8 * len(runs[width])))  # fmt: skip
    steps = [-number if number and next(signs) else number for number in numbers]
    counts = struct.unpack("<16I", runs[width + 1])
    starts = [sum(counts[:group]) for group in range(16)]

    def line(number: int) -> int:
        return number ^ (ones // 2 - 1) if bits and number >= ones // 2 else number

    found = []
    for place in range(0, length - tail_length, width):
        old = int.from_bytes(base[place : place + width], "little")
        exponent = old >> (8 * width - 1 - bits) & (2**bits - 1)
        group = min(max(top - exponent, 0), 15)
        new = line((line(old) + steps[starts[group]]) % ones)
        starts[group] += 1
        found.append(new.to_bytes(width, "little"))
    return b"".join(found) + tail


@settings(max_examples=60, deadline=None)
@given(contents().filter(lambda content: len(content) < 20_000), elements)
def test_a_reader_made_from_the_specification_reads_planes(plain, element):
    parts = encode_fast(memoryview(plain), element)
    if parts is not None:
        assert second_reader(joined(parts), len(plain), None) == plain


@settings(max_examples=60, deadline=None)
@given(pairs().filter(lambda pair: len(pair[0]) < 20_000), elements)
def test_a_reader_made_from_the_specification_reads_differences(pair, element):
    plain, base = pair
    stored = joined(encode_difference(memoryview(plain), memoryview(base), element))
    assert second_reader(stored, len(plain), base) == plain


# --- what no encoder writes ---


def survives(stored: bytes, encoding: int, length: int, base: bytes | None = None) -> None:
    """Assert that decoding fills `out` or raises the one error, in bounded memory."""
    out = memoryview(bytearray(length))
    tracemalloc.start()
    try:
        decode(memoryview(stored), encoding, length, out, base and memoryview(base))
    except ObjectCorruptError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # Three times the length, and the scratch of a block (4 MiB at 8 bytes a number).
    assert peak <= 3 * length + 4 * 2**20


@many
@given(
    st.binary(max_size=200), st.integers(-1, 9), st.sampled_from([0, 1, 5, 1_000, 2**31])
)  # fmt: skip
@example(b"\x28\xb5\x2f\xfd", ZSTD, 5)
def test_arbitrary_bytes_are_refused_or_fill_the_piece(stored, encoding, length):
    length = min(length, 100_000)
    base = bytes(length) if encoding == DELTA else None
    survives(stored, encoding, length, base)


@many
@given(contents(), pairs(), elements, st.data())
def test_a_stored_form_that_was_tampered_with_does_no_harm(plain, pair, element, data):
    encoding = data.draw(st.sampled_from([ZSTD, FAST, DELTA]))
    base = None
    if encoding == ZSTD:
        stored = zstandard.compress(plain, 1)
    elif encoding == FAST:
        stored = joined(encode_fast(memoryview(plain), element) or [plain])
    else:
        plain, base = pair
        stored = joined(encode_difference(memoryview(plain), memoryview(base), element))
    broken = bytearray(stored)
    for _ in range(data.draw(st.integers(1, 4))):
        # The head is where the lies are: half of the changes go there.
        end = data.draw(st.sampled_from([min(len(broken), 60), len(broken)]))
        if end:
            broken[data.draw(st.integers(0, end - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(broken), encoding, len(plain), base)


@many
@given(contents(), pairs(), elements, st.data())
def test_cut_or_lengthened_forms_are_refused(plain, pair, element, data):
    encoding = data.draw(st.sampled_from([RAW, ZSTD, FAST, DELTA]))
    base = None
    if encoding == ZSTD:
        stored = zstandard.compress(plain, 1)
    elif encoding == FAST:
        stored = joined(encode_fast(memoryview(plain), element) or [])
    elif encoding == DELTA:
        plain, base = pair
        stored = joined(encode_difference(memoryview(plain), memoryview(base), element))
    else:
        stored = plain
    if not (stored and plain):
        return
    cut = data.draw(st.integers(0, len(stored) - 1))
    for wrong in (stored[:cut], stored + b"\0", stored + stored):
        with pytest.raises(ObjectCorruptError):
            read(wrong, encoding, len(plain), base)


@some
@given(contents(), elements, st.integers(-8, 8).filter(bool))
def test_another_length_than_the_piece_has_is_refused(plain, element, more):
    parts = encode_fast(memoryview(plain), element)
    length = len(plain) + more
    if parts is None or length < 0:
        return
    # A head that says only `tail` fits any piece with as many odd bytes; then a run tells.
    with pytest.raises(ObjectCorruptError):
        read(joined(parts), FAST, length)


@some
@given(pairs(), elements.filter(lambda element: element.exponent_bits), st.data())
def test_groups_that_are_not_the_bases_are_refused(pair, element, data):
    plain, base = pair
    stored = bytearray(joined(encode_difference(memoryview(plain), memoryview(base), element)))
    tail = len(plain) % element.width
    at = len(stored) - tail - 4 * GROUPS
    counts = list(struct.unpack_from(f"<{GROUPS}I", stored, at))
    group = data.draw(st.integers(0, GROUPS - 1))
    counts[group] = data.draw(st.integers(0, 2**32 - 1).filter(lambda n: n != counts[group]))
    struct.pack_into(f"<{GROUPS}I", stored, at, *counts)
    with pytest.raises(ObjectCorruptError):
        read(bytes(stored), DELTA, len(plain), base)


def test_the_names_of_elements_are_known():
    assert element_of(2, "BF16") == Element(2, 8)
    assert element_of(3, "unheard of") == Element(1)
