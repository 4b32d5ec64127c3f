"""What is chosen for which content, how small it gets, and what it takes."""

import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np
import pytest

from podplanner.store.encoding import decode, encode, encode_delta
from podplanner.store.encoding.delta import encode_difference
from podplanner.store.encoding.elements import Element, element_of
from podplanner.store.encoding.planes import join, split
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD

PIECE = 2 * 2**20


def view(values) -> memoryview:
    return memoryview(np.ascontiguousarray(values).view(np.uint8).tobytes())


@pytest.fixture(scope="module")
def weights():
    """Numbers as layers have them: Gaussian, each layer with a scale of its own."""
    rng = np.random.default_rng(5)
    scales = 0.02 * 2 ** rng.uniform(-1.5, 1.5, (16, 1))
    return (rng.standard_normal((16, PIECE // 32)) * scales).astype(np.float32).reshape(-1)


def test_numbers_stay_raw_by_the_policy_raw_and_are_not_copied(weights):
    plain = view(weights)
    found = encode(plain, policy="raw", width=4, dtype="F32")
    assert (found.encoding, found.size) == (RAW, len(plain))
    assert found.parts[0] is plain


# What the Gaussian's entropy leaves of each type, and half a point for the coder.
SIZES = {"BF16": 66.7, "F16": 84.8, "F32": 83.7, "F8_E4M3": 82.0, "F8_E5M2": 70.5}
KINDS = {
    "BF16": ml_dtypes.bfloat16,
    "F16": np.float16,
    "F32": np.float32,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
}


@pytest.mark.parametrize("dtype", SIZES)
def test_weights_shrink_by_the_policy_fast(weights, dtype):
    kind = np.dtype(KINDS[dtype])
    plain = view((weights * (50 if kind.itemsize == 1 else 1)).astype(kind))
    found = encode(plain, policy="fast", width=kind.itemsize, dtype=dtype)
    assert found.encoding == FAST
    assert 100 * found.size / len(plain) <= SIZES[dtype]
    out = memoryview(bytearray(len(plain)))
    decode(memoryview(b"".join(found.parts)), FAST, len(plain), out)
    assert out == plain


def test_clean_numbers_shrink_much_more(weights):
    """Weights trained in bf16 and saved as fp32 have two bytes of zeros each."""
    clean = weights.astype(ml_dtypes.bfloat16).astype(np.float32)
    found = encode(view(clean), policy="fast", width=4, dtype="F32")
    assert found.size < 0.36 * clean.nbytes


def test_what_does_not_shrink_stays_raw():
    noise = memoryview(np.random.default_rng(1).bytes(PIECE))
    for policy in ("raw", "fast"):
        for width, dtype in ((0, ""), (4, "I32"), (1, "U8")):
            found = encode(noise, policy=policy, width=width, dtype=dtype)
            assert found.encoding == RAW
            assert found.parts[0] is noise


@pytest.mark.parametrize("policy", ["raw", "fast"])
def test_bytes_of_no_type_are_packed_where_a_sample_shrinks(policy):
    text = memoryview(b"".join(b"parameter %d of a layer\n" % n for n in range(100_000)))
    found = encode(text, policy=policy, width=0, dtype="")
    assert found.encoding == ZSTD
    assert found.size < len(text) / 5


@pytest.mark.parametrize("length", [0, 1, 2, 3, 17])
@pytest.mark.parametrize("dtype", ["", "BF16", "F64"])
def test_what_is_too_short_to_shrink_stays_raw(length, dtype):
    found = encode(memoryview(bytes(length)), policy="fast", width=2, dtype=dtype)
    assert (found.encoding, found.size) == (RAW, length)


# --- differences ---


def stepped(weights, steps):
    """Return bf16 weights, and the same after updates of AdamW's size, kept in fp32 between."""
    rng = np.random.default_rng(8)
    start = weights.astype(ml_dtypes.bfloat16)
    moved = start.astype(np.float32)
    for _ in range(steps):
        moved += 2e-5 * np.sign(rng.standard_normal(len(moved))).astype(np.float32)
    return start, moved.astype(ml_dtypes.bfloat16)


def test_one_step_of_training_is_stored_in_a_few_percent(weights):
    start, moved = stepped(weights, 1)
    found = encode_delta(view(moved), view(start), width=2, dtype="BF16")
    assert found.encoding == DELTA
    assert found.size < 0.04 * moved.nbytes


def test_one_wild_number_costs_next_to_nothing(weights):
    start, moved = stepped(weights, 1)
    tame = encode_delta(view(moved), view(start), width=2, dtype="BF16").size
    start, moved = start.copy(), moved.copy()
    start[77], moved[78] = np.inf, np.nan
    wild = encode_delta(view(moved), view(start), width=2, dtype="BF16").size
    assert wild < tame * 1.01 + 100


def test_unrelated_weights_have_no_difference_worth_storing(weights):
    start, _ = stepped(weights, 0)
    assert encode_delta(view(start), view(start[::-1]), width=2, dtype="BF16") is None


def test_integers_differ_as_integers():
    counts = np.arange(PIECE // 8, dtype=np.int64) * 12_345
    found = encode_delta(view(counts - 3), view(counts), width=8, dtype="I64")
    assert found.size < 0.001 * counts.nbytes


def test_bases_of_another_length_are_a_bug():
    with pytest.raises(ValueError, match="a base of 2 bytes for a piece of 3"):
        encode_delta(memoryview(b"abc"), memoryview(b"ab"), width=1, dtype="U8")


# --- what it takes ---


def test_memory_stays_within_three_times_the_piece(weights):
    start, moved = stepped(weights, 3)
    plain, base = view(moved), view(start)
    out = memoryview(bytearray(len(plain)))
    for encoding, work in {
        FAST: lambda: encode(plain, policy="fast", width=2, dtype="BF16"),
        DELTA: lambda: encode_delta(plain, base, width=2, dtype="BF16"),
    }.items():
        tracemalloc.start()
        found = work()
        encoded = tracemalloc.get_traced_memory()[1]
        stored = memoryview(b"".join(found.parts))
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        decode(stored, encoding, len(plain), out, base)
        decoded = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert out == plain
        # 4 MiB: the scratch of a block.
        assert max(encoded, decoded) <= 3 * len(plain) + 4 * 2**20


def test_threads_do_not_disturb_each_other(weights):
    start, moved = stepped(weights, 3)
    plain, base = view(moved), view(start)

    def work(number):
        part, below = plain[number * 1000 :], base[number * 1000 :]
        whole = encode(part, policy="fast", width=2, dtype="BF16")
        step = encode_delta(part, below, width=2, dtype="BF16")
        for found in (whole, step):
            out = memoryview(bytearray(len(part)))
            decode(memoryview(b"".join(found.parts)), found.encoding, len(part), out, below)
            assert out == part
        return whole.size, step.size

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(8)))
    assert together == [work(number) for number in range(8)]


def test_words_of_the_other_order_of_bytes_come_apart_and_together():
    """On a big-endian machine the format's words are the foreign ones; here the reverse."""
    words = np.arange(0, 2**32, 12_345_678, dtype=np.uint32)
    for turned in (False, True):
        planes = split(words.astype(">u4"), turned=turned)
        for ours, theirs in zip(split(words, turned=turned), planes, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        back = np.empty(len(words), ">u4")
        join(planes, back, turned=turned)
        np.testing.assert_array_equal(back, words)


def test_an_element_is_known_by_its_name_else_by_its_width():
    assert element_of(0, "F8_E5M2") == Element(1, 5)
    assert element_of(8, "I64") == Element(8)
    assert element_of(18, "GGML:Q4_0") == Element(1)
    assert Element(2, 8).mantissa_bits == 7


def test_raw_numbers_are_encoded_and_decoded_without_numpy():
    """An unchanged push takes a tenth of a second in all; numpy alone takes that."""
    code = (
        "import sys\n"
        "from podplanner.store.encoding import decode, encode\n"
        "found = encode(memoryview(b'numbers!'), policy='raw', width=4, dtype='F32')\n"
        "decode(found.parts[0], found.encoding, 8, memoryview(bytearray(8)))\n"
        "sys.exit(bool({'numpy', 'zstandard'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_differences_of_less_than_one_element_are_the_tail():
    assert b"".join(encode_difference(memoryview(b"abc"), memoryview(b"xyz"), Element(4, 8)))[
        -3:
    ] == (b"abc")
