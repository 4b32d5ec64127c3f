"""A stored file reads like any other, and gives no byte that is not verified."""

import io
import random
import shutil
import threading
import zipfile

import pytest
from support.hand_made import Bundle, HandMade, Watched, hole, put_alone
from support.stores import new_root, noise

from podplanner.errors import ObjectCorruptError, ObjectMissingError, UnknownNameError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.reading import StoredFile, cat, open_file
from podplanner.store.reading.ranges import KEPT_BYTES
from podplanner.store.root import open_root

REFERENCE = Reference.parse("cat")
MIB = 2**20
PARTS = [noise(70_000, 1), noise(100, 2), noise(30_000, 3), noise(1, 4), noise(200_000, 5)]
WHOLE = b"".join(PARTS[:2]) + bytes(5000) + b"".join(PARTS[2:])


@pytest.fixture
def root():
    return new_root(Watched(MemoryBackend()))


@pytest.fixture
def stored(root):
    bundle = Bundle(root.backend)
    for part in PARTS[1:4]:
        bundle.add(part)
    small = bundle.put()
    rows = [put_alone(root.backend, PARTS[0]), small[0], hole(5000), *small[1:]]
    rows.append(put_alone(root.backend, PARTS[4]))
    before, after = put_alone(root.backend, b"before"), put_alone(root.backend, b"after")
    HandMade({"a": [before], "b/c": rows, "d": [after], "e": []}, table_pieces=2).publish(
        root, "cat"
    )
    return root


def test_all_of_it(stored):
    with open_file(stored, REFERENCE, "b/c") as file:
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        assert file.size == len(WHOLE)
        assert file.read() == WHOLE
        assert file.read() == b""
    assert b"".join(cat(stored, REFERENCE, "b/c")) == WHOLE


@pytest.mark.parametrize(("path", "content"), [("a", b"before"), ("d", b"after"), ("e", b"")])
def test_its_neighbours(stored, path, content):
    with open_file(stored, REFERENCE, path) as file:
        assert file.read() == content
        assert file.read(1) == b""
    assert b"".join(cat(stored, REFERENCE, path)) == content


def test_any_range_as_of_a_plain_file(stored):
    chance = random.Random(7)
    twin = io.BytesIO(WHOLE)
    with open_file(stored, REFERENCE, "b/c") as file:
        for _ in range(400):
            whence = chance.choice([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END])
            low = {io.SEEK_SET: 0, io.SEEK_CUR: -twin.tell(), io.SEEK_END: -len(WHOLE)}[whence]
            offset = chance.randrange(low, len(WHOLE) + 100)
            assert file.seek(offset, whence) == twin.seek(offset, whence)
            size = chance.choice([0, 1, 10, 5000, 80_000, 10**6])
            assert file.read(size) == twin.read(size)
            assert file.tell() == twin.tell()
            assert file.pread(size, offset := abs(offset)) == WHOLE[offset : offset + size]


def test_positions_that_are_none(stored):
    with open_file(stored, REFERENCE, "b/c") as file:
        with pytest.raises(ValueError, match="before the beginning"):
            file.seek(-1)
        with pytest.raises(ValueError, match="number 9"):
            file.seek(0, 9)
        with pytest.raises(ValueError, match="negative"):
            file.pread(1, -1)
        assert file.seek(10**12) == 10**12
        assert file.read(10) == b""
        with pytest.raises(io.UnsupportedOperation):
            file.write(b"x")
    with pytest.raises(ValueError, match="closed"):
        file.read(1)
    with pytest.raises(ValueError, match="closed"):
        file.seek(0)


def test_readers_of_python_take_it(stored, tmp_path):
    with open_file(stored, REFERENCE, "b/c") as file, (tmp_path / "copy").open("wb") as out:
        shutil.copyfileobj(file, out)
    assert (tmp_path / "copy").read_bytes() == WHOLE
    with io.BufferedReader(open_file(stored, REFERENCE, "b/c"), 1000) as file:
        file.seek(69_990)
        assert file.read(30) == WHOLE[69_990:70_020]


def test_an_archive_is_read_in_place(root):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one", noise(90_000, 1))
        archive.writestr("two", b"2")
    content = packed.getvalue()
    rows = [
        put_alone(root.backend, content[n : n + 10_000]) for n in range(0, len(content), 10_000)
    ]
    HandMade({"a.zip": rows}).publish(root, "cat")
    root.backend.reads.clear()
    with open_file(root, REFERENCE, "a.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("two") == b"2"
    assert root.backend.read_bytes < len(content) / 3


def test_small_reads_in_a_row_read_each_piece_once(stored):
    stored.backend.reads.clear()
    with open_file(stored, REFERENCE, "b/c") as file:
        while file.read(700):
            pass
    assert stored.backend.read_bytes == len(WHOLE) - 5000


def test_only_the_pieces_of_the_range_are_read(stored):
    stored.backend.reads.clear()
    with open_file(stored, REFERENCE, "b/c") as file:
        assert file.pread(50, 70_020) == WHOLE[70_020:70_070]
    assert stored.backend.read_bytes == 100


def test_what_it_keeps_is_bounded(root):
    contents = [noise(6 * MIB, n) for n in range(8)]
    HandMade({"a": [put_alone(root.backend, one) for one in contents]}).publish(root, "cat")
    root.backend.reads.clear()
    with open_file(root, REFERENCE, "a") as file:
        for n in range(8):
            assert file.pread(10, n * 6 * MIB + 5) == contents[n][5:15]
        assert root.backend.read_bytes == 8 * 6 * MIB
        assert file._range._kept_bytes <= KEPT_BYTES
        file.pread(10, 7 * 6 * MIB)
        assert root.backend.read_bytes == 8 * 6 * MIB, "the last piece is kept"
        file.pread(10, 0)
        assert root.backend.read_bytes == 9 * 6 * MIB, "the first one is not kept any more"


def test_one_file_from_many_threads(stored):
    wrong = []

    def read(seed):
        chance = random.Random(seed)
        for _ in range(150):
            offset, size = chance.randrange(len(WHOLE)), chance.randrange(5000)
            if file.pread(size, offset) != WHOLE[offset : offset + size]:
                wrong.append((offset, size))

    with open_file(stored, REFERENCE, "b/c") as file:
        threads = [threading.Thread(target=read, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_long_hole_costs_nothing_to_skip(root):
    tail = put_alone(root.backend, b"end")
    HandMade({"a": [hole(2**45), tail]}).publish(root, "cat")
    with open_file(root, REFERENCE, "a") as file:
        assert file.seek(-3, io.SEEK_END) == 2**45
        assert file.read() == b"end"
        assert file.pread(10, 2**44) == bytes(10)


def damage(root, content):
    key = put_alone(root.backend, content)[1].object.key
    root.backend.put(key, [content[:-1] + bytes([content[-1] ^ 1])])
    return key


def test_a_flipped_bit_is_told_and_the_rest_can_be_read(stored):
    key = damage(stored, PARTS[4])
    with open_file(stored, REFERENCE, "b/c") as file:
        start = len(WHOLE) - len(PARTS[4])
        buffer = bytearray(20)
        file.seek(start - 10)
        with pytest.raises(ObjectCorruptError, match=f"b/c of cat:1 is hurt: {key}") as caught:
            file.readinto(buffer)
        assert "--repair-from" in caught.value.hint
        assert buffer[10:] == bytes(10), "nothing of the bad piece is handed out"
        assert file.tell() == start - 10
        assert file.pread(start, 0) == WHOLE[:start]
    chunks = cat(stored, REFERENCE, "b/c")
    with pytest.raises(ObjectCorruptError, match="b/c of cat:1"):
        list(chunks)


def test_a_lost_object_is_told(stored):
    key = put_alone(stored.backend, PARTS[0])[1].object.key
    stored.backend.delete(key)
    with (
        open_file(stored, REFERENCE, "b/c") as file,
        pytest.raises(ObjectMissingError, match=f"b/c of cat:1 is hurt.*{key}"),
    ):
        file.read()


def test_a_file_that_is_not_there_is_told_at_once(stored):
    with pytest.raises(UnknownNameError, match="no file b/x; it has a, b/c, d, e"):
        cat(stored, REFERENCE, "b/x")
    with pytest.raises(UnknownNameError, match="no model dog"):
        open_file(stored, Reference.parse("dog"), "a")


def test_many_files_are_not_all_named(root):
    HandMade({f"f{n:03}": [] for n in range(300)}).publish(root, "cat")
    with pytest.raises(UnknownNameError, match="f007 and 292 more"):
        open_file(root, REFERENCE, "f")


def test_reading_writes_nothing(stored):
    before = {info.key for info in stored.backend.keys("")}
    reader = open_root(stored.backend)
    with open_file(reader, REFERENCE, "b/c") as file:
        assert isinstance(file, StoredFile)
        file.read()
    assert {info.key for info in stored.backend.keys("")} == before
