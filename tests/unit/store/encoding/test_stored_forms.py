"""The bytes of the stored forms, pinned: docs/store-format.md shows the same vectors."""

import pytest
import zstandard

from podplanner.errors import ObjectCorruptError
from podplanner.store.encoding import decode
from podplanner.store.encoding.delta import encode_difference
from podplanner.store.encoding.elements import Element
from podplanner.store.encoding.fast import decode_fast, encode_fast
from podplanner.store.encoding.form import Form, run_as_is
from podplanner.store.encoding.frames import unpack
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD

BF16 = Element(2, 8)

# 1.0, -1.0, 2.0 and one byte more.
FAST_PLAIN = bytes.fromhex("803f 80bf 0040 07")
FAST_RAW = bytes.fromhex(
    "01 02 08 01 0000 0200"  # version, width, exponent bits, tail, number, runs
    "00 00 03000000 03000000"  # codecs, sizes
    "7f 7f 80"  # exponents
    "00 01 00"  # mantissas, then the sign
    "07"
)
FAST_FRAME = bytes.fromhex(
    "01 02 08 00 0000 0200"
    "01 00 0a000000 03000000"
    "28b52ffd 20 03 1b0000 7f"  # a frame of 3 bytes: one block that repeats 7f
    "00 01 00"
)
# 1.0, -1.0, 0.0078125 and one byte more; each moved by one step.
DELTA_BASE = bytes.fromhex("803f 80bf 003c 07")
DELTA_PLAIN = bytes.fromhex("813f 81bf ff3b aa")
DELTA_FORM = bytes.fromhex(
    "01 02 08 01 7f00 0400"  # as above; the number is the largest exponent, 127; 4 runs
    "00 00 00 00 03000000 03000000 01000000 40000000"
    "00 00 00"  # upper bytes of the sizes of the differences
    "01 01 01"  # lower bytes
    "60"  # signs: 0, 1, 1
    "02000000 00000000 00000000 00000000 00000000 00000000 00000000 01000000"
    "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000"
    "aa"
)


def read(stored, encoding, length, base=None):
    out = memoryview(bytearray(length))
    decode(memoryview(stored), encoding, length, out, base and memoryview(base))
    return bytes(out)


def joined(parts):
    return b"".join(bytes(part) for part in parts)


def test_raw_is_the_piece_itself():
    assert read(b"any bytes", RAW, 9) == b"any bytes"


def test_zstd_is_one_frame():
    assert read(zstandard.compress(b"any bytes" * 9, 19), ZSTD, 81) == b"any bytes" * 9


def test_fast_with_runs_as_they_are():
    assert read(FAST_RAW, FAST, 7) == FAST_PLAIN


def test_fast_with_a_packed_run():
    assert read(FAST_FRAME, FAST, 6) == bytes.fromhex("803f 80bf 803f")


def test_delta_is_written_and_read():
    parts = encode_difference(memoryview(DELTA_PLAIN), memoryview(DELTA_BASE), BF16)
    assert joined(parts) == DELTA_FORM
    assert read(DELTA_FORM, DELTA, 7, DELTA_BASE) == DELTA_PLAIN


def test_what_does_not_shrink_by_planes_has_no_fast_form():
    assert encode_fast(memoryview(FAST_PLAIN), BF16) is None


# --- lies ---

LIES = {
    "nothing": (b"", "cut off"),
    "half a head": (FAST_RAW[:7], "cut off"),
    "another version": (b"\x02" + FAST_RAW[1:], "no form that is known"),
    "a width of 3": (b"\x01\x03" + FAST_RAW[2:], "no form that is known"),
    "more exponent than number": (b"\x01\x02\x10" + FAST_RAW[3:], "another piece"),
    "another tail": (b"\x01\x02\x08\x00" + FAST_RAW[4:], "another piece"),
    "a number that means nothing": (FAST_RAW[:4] + b"\x01" + FAST_RAW[5:], "no form"),
    "65,535 runs": (FAST_RAW[:6] + b"\xff\xff" + FAST_RAW[8:], "no form that is known"),
    "an unknown codec": (FAST_RAW[:8] + b"\x07" + FAST_RAW[9:], "of no known codec"),
    "a run of 4 GiB": (FAST_RAW[:10] + b"\xff" * 4 + FAST_RAW[14:], "longer or shorter"),
    "one run longer, one shorter": (
        FAST_RAW[:10] + b"\4\0\0\0\2\0\0\0" + FAST_RAW[18:],
        "longer or shorter",
    ),
    "a byte too many": (FAST_RAW + b"\0", "longer or shorter"),
    "a byte too few": (FAST_RAW[:-1], "longer or shorter"),
    "cut inside the sizes": (FAST_RAW[:12], "cut off"),
}


@pytest.mark.parametrize(("stored", "why"), LIES.values(), ids=LIES)
def test_a_head_that_lies_is_refused(stored, why):
    with pytest.raises(ObjectCorruptError, match=why) as caught:
        read(stored, FAST, 7)
    assert "--repair-from" in caught.value.hint


DELTA_LIES = {
    "an exponent beyond 8 bits": (4, "0001", "an exponent that is none"),
    "groups that hold more": (28 + 7, "03000000", "larger or smaller"),
    "groups of others": (28 + 7, "0100000001000000", "not those of the base"),
}


@pytest.mark.parametrize(("at", "lie", "why"), DELTA_LIES.values(), ids=DELTA_LIES)
def test_a_difference_that_lies_is_refused(at, lie, why):
    stored = bytearray(DELTA_FORM)
    stored[at : at + len(lie) // 2] = bytes.fromhex(lie)
    with pytest.raises(ObjectCorruptError, match=why):
        read(bytes(stored), DELTA, 7, DELTA_BASE)


def test_fewer_signs_than_differences_are_refused():
    form = Form.read(memoryview(DELTA_FORM), length=7, more=2)
    runs = [*form.runs[:2], run_as_is(b""), form.runs[3]]
    lying = joined(Form(BF16, form.number, runs, form.tail).parts())
    with pytest.raises(ObjectCorruptError, match="longer or shorter"):
        read(lying, DELTA, 7, DELTA_BASE)


def test_a_base_of_another_length_is_refused():
    with pytest.raises(ObjectCorruptError, match="base has 6 bytes"):
        read(DELTA_FORM, DELTA, 7, DELTA_BASE[:6])


def test_an_unknown_encoding_is_refused():
    with pytest.raises(ObjectCorruptError, match="number 4"):
        read(b"", 4, 0)


def test_wrong_calls_are_bugs_and_say_so():
    with pytest.raises(ValueError, match="room for 3 bytes"):
        decode(memoryview(b"abcd"), RAW, 4, memoryview(bytearray(3)))
    with pytest.raises(ValueError, match="with its base"):
        read(DELTA_FORM, DELTA, 7)


# --- frames ---


def frame(content_size: int, *, window: int | None = None, blocks: bytes) -> bytes:
    """Return a frame that states what it is told to state."""
    head = b"\x28\xb5\x2f\xfd"
    if window is None:
        return head + b"\xe0" + content_size.to_bytes(8, "little") + blocks
    return head + b"\xc0" + bytes([window]) + content_size.to_bytes(8, "little") + blocks


REPEATED = bytes.fromhex("1b0000 7f")


FRAMES = {
    "a bomb: 2^60 bytes": frame(2**60, blocks=REPEATED),
    "a byte more than is due": frame(4, blocks=REPEATED),
    "states what is due, holds less": frame(3, blocks=bytes.fromhex("130000 7f")),
    "states what is due, holds more": frame(3, blocks=bytes.fromhex("230000 7f")),
    "a window of 2 TiB": frame(3, window=0xF8, blocks=REPEATED),
    "a window of 128 MiB, cut off": frame(3, window=0x88, blocks=REPEATED[:2]),
    "states nothing": bytes.fromhex("28b52ffd 00 58") + REPEATED,
    "a dictionary": bytes.fromhex("28b52ffd 21 05 03") + REPEATED,
    "a frame to skip": bytes.fromhex("502a4d18 03000000 7f7f7f"),
    "two frames": frame(3, blocks=REPEATED) * 2,
    "no frame": b"not a frame at all",
    "nothing": b"",
}


def test_a_frame_as_it_should_be_unpacks():
    assert unpack(memoryview(frame(3, blocks=REPEATED)), 3) == b"\x7f\x7f\x7f"
    assert unpack(memoryview(frame(3, window=0, blocks=REPEATED)), 3) == b"\x7f\x7f\x7f"


@pytest.mark.parametrize("stored", FRAMES.values(), ids=FRAMES)
def test_frames_that_lie_are_refused(stored):
    with pytest.raises(ObjectCorruptError):
        unpack(memoryview(stored), 3)


def test_nothing_is_decoded_into_a_fast_form_of_no_elements():
    empty = joined(Form(BF16, 0, [run_as_is(b"")] * 2, b"\x05").parts())
    out = memoryview(bytearray(1))
    decode_fast(memoryview(empty), out)
    assert bytes(out) == b"\x05"
