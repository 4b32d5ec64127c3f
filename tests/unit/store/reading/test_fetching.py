"""Fetching: what lies together is read together, and what is wrong is never handed out."""

import numpy as np
import pytest
from support.hand_made import Bundle, Watched, put_alone

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.digest import digest_of
from podplanner.store.reading.fetching import Fetcher
from podplanner.store.reading.rows import Row
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD

KIB = 2**10


@pytest.fixture
def backend():
    return Watched(MemoryBackend())


def numbers(seed, count=40_000):
    """Return bf16 weights as training leaves them."""
    wide = np.random.default_rng(seed).normal(0, 0.02, count).astype("<f4")
    return (wide.view("<u4") >> 16).astype("<u2").tobytes()


def flip(backend, key, offset):
    content = bytearray(backend.get(key))
    content[offset] ^= 1
    backend.put(key, [bytes(content)])


def nudged(plain):
    """Return weights of which every tenth has moved by one step."""
    words = np.frombuffer(plain, "<u2").copy()
    words[::10] += 1
    return words.tobytes()


def test_every_encoding_comes_back(backend):
    base = numbers(1)
    plain = {RAW: numbers(2), ZSTD: b"words " * 9000, FAST: numbers(3), DELTA: nudged(base)}
    bundle = Bundle(backend)
    bundle.add(plain[RAW])
    bundle.add(plain[ZSTD], policy="fast")
    bundle.add(plain[FAST], policy="fast", dtype="BF16")
    bundle.add(plain[DELTA], dtype="BF16", base=base)
    rows = [Row(piece, place) for piece, place in bundle.put()]
    assert [row.place.encoding for row in rows] == [RAW, ZSTD, FAST, DELTA]
    fetcher = Fetcher(backend)
    assert [bytes(found) for found in fetcher.fetch_all(rows)] == list(plain.values())
    assert [bytes(fetcher.fetch(row)) for row in rows] == list(plain.values())
    for row, expected in zip(rows, plain.values(), strict=True):
        out = bytearray(len(expected))
        fetcher.fetch_into(row, memoryview(out))
        assert out == expected


def test_pieces_that_lie_together_are_read_in_one_go(backend):
    bundle = Bundle(backend)
    contents = [bytes([n]) * 5000 for n in range(50)]
    for content in contents:
        bundle.add(content)
    rows = [Row(*row) for row in bundle.put()]
    fetcher = Fetcher(backend)
    assert [bytes(found) for found in fetcher.fetch_all(rows)] == contents
    assert len(backend.reads) == 1
    assert fetcher.fetched_bytes == 50 * 5000


def test_what_lies_far_apart_is_read_apart(backend):
    bundle = Bundle(backend)
    for content in (b"a" * 1000, b"b" * 1000, bytes(1024 * KIB), b"c" * 1000):
        bundle.add(content)
    rows = [Row(*row) for row in bundle.put()]
    fetcher = Fetcher(backend)
    wanted = [rows[0], rows[1], rows[3]]
    assert [bytes(found[:1]) for found in fetcher.fetch_all(wanted)] == [b"a", b"b", b"c"]
    assert [length for _, _, length in backend.reads] == [2000, 1000]


def test_a_base_is_read_once_for_many_differences(backend):
    base = numbers(1)
    bundle = Bundle(backend)
    plain = [nudged(base), nudged(nudged(base))]
    for content in plain:
        bundle.add(content, dtype="BF16", base=base)
    rows = [Row(*row) for row in bundle.put()]
    fetcher = Fetcher(backend)
    assert [bytes(found) for found in fetcher.fetch_all(rows)] == plain
    assert [key for key, _, _ in backend.reads].count(rows[0].place.base.object.key) == 1


def test_a_base_from_elsewhere_is_taken_when_it_is_the_right_one(backend):
    base = numbers(1)
    bundle = Bundle(backend)
    bundle.add(nudged(base), dtype="BF16", base=base)
    row = Row(*bundle.put()[0])

    def find(wanted, out):
        assert wanted.digest == digest_of(base)
        out[:] = base
        return True

    assert bytes(Fetcher(backend, find_base=find).fetch(row)) == nudged(base)
    assert row.place.base.object.key not in {key for key, _, _ in backend.reads}


def test_a_base_from_elsewhere_that_is_wrong_is_read_from_the_store(backend):
    base = numbers(1)
    bundle = Bundle(backend)
    bundle.add(nudged(base), dtype="BF16", base=base)
    row = Row(*bundle.put()[0])

    def lie(wanted, out):
        out[:] = bytes(len(out))
        return True

    assert bytes(Fetcher(backend, find_base=lie).fetch(row)) == nudged(base)


@pytest.mark.parametrize("alone", [True, False])
def test_one_flipped_bit_is_found_and_the_object_named(backend, alone):
    bundle = Bundle(backend)
    for content in (numbers(1), numbers(2)):
        bundle.add(content)
    rows = [Row(*row) for row in bundle.put()]
    key = rows[0].place.object.key
    flip(backend, key, rows[1].place.offset + 17)
    fetcher = Fetcher(backend)
    assert bytes(fetcher.fetch(rows[0])) == numbers(1)
    with pytest.raises(ObjectCorruptError, match=key):
        fetcher.fetch(rows[1]) if alone else list(fetcher.fetch_all(rows))


@pytest.mark.parametrize("encoding", ["fast", "delta"])
def test_a_flipped_bit_in_a_packed_piece_names_the_object(backend, encoding):
    base = numbers(1)
    bundle = Bundle(backend)
    if encoding == "fast":
        bundle.add(numbers(2), policy="fast", dtype="BF16")
    else:
        bundle.add(nudged(base), dtype="BF16", base=base)
    row = Row(*bundle.put()[0])
    for offset in range(0, row.place.stored, max(1, row.place.stored // 40)):
        flip(backend, row.place.object.key, offset)
        with pytest.raises(ObjectCorruptError, match=row.place.object.key):
            Fetcher(backend).fetch(row)
        flip(backend, row.place.object.key, offset)
    assert Fetcher(backend).fetch(row)


def test_a_damaged_base_names_the_object_of_the_base(backend):
    base = numbers(1)
    bundle = Bundle(backend)
    bundle.add(nudged(base), dtype="BF16", base=base)
    row = Row(*bundle.put()[0])
    flip(backend, row.place.base.object.key, 0)
    with pytest.raises(ObjectCorruptError, match=row.place.base.object.key):
        Fetcher(backend).fetch(row)


def test_a_base_that_failed_is_not_remembered_as_good(backend):
    base = numbers(1)
    bundle = Bundle(backend)
    bundle.add(nudged(base), dtype="BF16", base=base)
    row = Row(*bundle.put()[0])
    flip(backend, row.place.base.object.key, 0)
    fetcher = Fetcher(backend)
    for _ in range(2):
        with pytest.raises(ObjectCorruptError):
            fetcher.fetch(row)
    flip(backend, row.place.base.object.key, 0)
    assert bytes(fetcher.fetch(row)) == nudged(base)


def test_a_lost_object_is_missing_and_a_short_one_corrupt(backend):
    piece, place = put_alone(backend, numbers(1))
    backend.put(place.object.key, [numbers(1)[:-1]])
    with pytest.raises(ObjectCorruptError, match=place.object.key):
        Fetcher(backend).fetch(Row(piece, place))
    backend.delete(place.object.key)
    with pytest.raises(ObjectMissingError, match=place.object.key):
        Fetcher(backend).fetch(Row(piece, place))


def test_a_raw_piece_whose_stored_form_is_longer_is_refused(backend):
    piece, place = put_alone(backend, numbers(1))
    longer = Row(piece._replace(length=piece.length - 1), place)
    with pytest.raises(ObjectCorruptError, match=place.object.key):
        Fetcher(backend).fetch(longer)
