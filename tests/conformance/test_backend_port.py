"""Every promise of the port of the backends, kept by every backend.

The names of the tests are the promises; `docs/store-backends.md` says them in words.
"""

import array
import mmap
import multiprocessing
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conformance.registry import CASES, READERS, create_in_rounds, opened, params, prepare
from support.backends import Always, Fault, FaultyBackend

from podplanner.errors import (
    NotPermittedError,
    ObjectCorruptError,
    ObjectMissingError,
    OutcomeUnknownError,
)
from podplanner.store.backend import DOCUMENT_LIMIT, Backend, Cleared
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.backends.retrying import RetryingBackend

MIB = 2**20


@pytest.fixture(params=params(CASES))
def backend(request, tmp_path: Path) -> Iterator[Backend]:
    prepare(request, request.param, tmp_path)
    with opened(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=READERS)
def reader(request, backend: Backend) -> Backend:
    return READERS[request.param](backend)


@pytest.fixture(params=params(name for name, case in CASES.items() if case.shared))
def shared(request, tmp_path: Path) -> Iterator[tuple[Backend, Backend]]:
    """Two backends on one place, as two machines have them."""
    prepare(request, request.param, tmp_path)
    with opened(request.param, tmp_path) as one, opened(request.param, tmp_path) as other:
        yield one, other


def listed(backend: Backend, prefix: str = "", after: str = "") -> list[str]:
    return [info.key for info in backend.keys(prefix, after=after)]


def read(backend: Backend, key: str, offset: int, size: int) -> bytes:
    buffer = bytearray(size)
    backend.read_into(key, offset, memoryview(buffer))
    return bytes(buffer)


# Keys

HOSTILE = (
    "",
    "/",
    "/etc/passwd",
    "a/",
    "a//b",
    "..",
    "../a",
    "a/..",
    "a/../../b",
    "a..b",
    ".",
    "./a",
    "a/./b",
    ".hidden",
    "a/.hidden",
    "A",
    "Thumbs.db",
    "a b",
    "a\\b",
    "c:a",
    "a\0",
    "a\n",
    "é",
    "a/é",
    "_a",
    "-a",
    "x" * 513,
)


def test_what_is_no_key_is_refused_by_every_method(backend):
    methods = (
        backend.get,
        lambda key: backend.read_into(key, 0, memoryview(bytearray(1))),
        backend.head,
        lambda key: backend.put(key, [b"x"]),
        lambda key: backend.create(key, b"x"),
        backend.delete,
        lambda key: backend.settle([key]),
    )
    for key in HOSTILE:
        for ask in methods:
            with pytest.raises(ValueError):
                ask(key)
    assert listed(backend) == []


def test_what_is_no_prefix_is_refused(backend):
    for prefix in ("a", "/", "../", "a//", "A/", "a/../", "a\0/", ".tmp/"):
        with pytest.raises(ValueError):
            list(backend.keys(prefix))
        with pytest.raises(ValueError):
            list(backend.folders(prefix))


def test_every_key_can_be_written_read_listed_and_deleted(backend):
    for key in (
        "a",
        "0",
        "%",
        "a.b-c_d%2f",
        "tmp/a",
        "a/b/c/d/e/f",
        "con",
        "x" * 200,
        "a/" * 30 + "z",
    ):
        backend.put(key, [b"content"])
        assert backend.get(key) == b"content"
        assert listed(backend) == [key]
        backend.delete(key)
        assert backend.create(key, b"other") is True
        assert backend.get(key) == b"other"
        backend.settle([key])
        backend.delete(key)


# Reading


def test_get_returns_the_whole_object(backend, reader):
    backend.put("a/b", [bytes(range(256)) * 5000])
    assert reader.get("a/b") == bytes(range(256)) * 5000


def test_get_returns_an_empty_object(backend, reader):
    backend.put("a/b", [])
    assert reader.get("a/b") == b""


def test_get_names_the_key_that_is_missing(backend, reader):
    with pytest.raises(ObjectMissingError, match="objects/aa/none"):
        reader.get("objects/aa/none")


def test_get_refuses_what_is_larger_than_the_limit(backend, reader):
    backend.put("a", [b"x" * 1000])
    assert len(reader.get("a", limit=1000)) == 1000
    with pytest.raises(ObjectCorruptError, match="a"):
        reader.get("a", limit=999)


def test_get_has_a_limit_when_nobody_says_one(backend):
    backend.put("a", [bytes(MIB)] * 64 + [b"x"])
    assert backend.head("a").size == DOCUMENT_LIMIT + 1
    with pytest.raises(ObjectCorruptError):
        backend.get("a")


def test_read_into_fills_the_buffer_from_the_offset(backend, reader):
    alphabet = b"abcdefghijklmnopqrstuvwxyz"
    backend.put("a", [alphabet])
    for offset, size in [(0, 26), (0, 1), (25, 1), (5, 10), (26, 0), (3, 0)]:
        assert read(reader, "a", offset, size) == alphabet[offset : offset + size]


def test_read_into_says_when_the_object_ends_before_the_buffer_is_full(backend, reader):
    backend.put("a", [b"abcdefghijklmnopqrstuvwxyz"])
    for offset, size in [(0, 27), (26, 1), (25, 2), (10**9, 1)]:
        with pytest.raises(ObjectCorruptError, match="a"):
            read(reader, "a", offset, size)


def test_read_into_names_the_key_that_is_missing(backend, reader):
    with pytest.raises(ObjectMissingError, match="objects/aa/none"):
        read(reader, "objects/aa/none", 0, 1)


def test_read_into_fills_buffers_of_any_kind(backend, reader):
    backend.put("a", [np.arange(1000, dtype="<u4")])
    numbers = array.array("I", [0]) * 1000
    reader.read_into("a", 0, memoryview(numbers))
    assert list(numbers) == list(range(1000))
    with mmap.mmap(-1, 4000) as pages:
        view = memoryview(pages)
        reader.read_into("a", 0, view)
        assert bytes(view) == np.arange(1000, dtype="<u4").tobytes()
        view.release()


def test_head_says_size_and_time_by_the_stores_own_clock(backend, reader):
    earliest = backend.now()
    backend.put("a/b", [b"12345"])
    info = reader.head("a/b")
    assert (info.key, info.size) == ("a/b", 5)
    assert earliest - 1 <= info.time <= backend.now() + 1
    # A second: what some file servers round times to.


def test_head_of_nothing_is_none(backend, reader):
    backend.put("a/b", [b"x"])
    assert reader.head("a/c") is None
    assert reader.head("a") is None
    assert reader.head("a/b/c") is None
    assert reader.head("b/c") is None


# Writing


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"", b"a", b"", bytearray(b"b"), memoryview(b"c"), b""],
        [array.array("d", [1.5, 2.5])],
        [np.arange(100, dtype=np.int16)],
        [np.zeros((3, 0), dtype=np.float32), b"x"],
        [b"0123456789"] * 3000,
    ],
    ids=["none", "empty", "mixed", "array", "numpy", "empty-numpy", "many"],
)
def test_put_joins_its_parts(backend, parts):
    backend.put("a", parts)
    assert backend.get("a") == b"".join(memoryview(part).tobytes() for part in parts)


LARGE = (512 * 1024 - 1, 512 * 1024, MIB + 1, 8 * MIB + 4097)
CUTS = (None, 1, 4096, 400_001)
# Of the object, into parts: whole and aligned, whole blocks, and not.


@pytest.mark.parametrize("size", LARGE)
def test_large_objects_come_back_as_they_were(backend, size):
    with mmap.mmap(-1, size) as pages:
        pages.write(random.Random(size).randbytes(size))
        view = memoryview(pages)
        for cut in CUTS:
            parts = [view] if cut is None else [view[:cut], view[cut:]]
            backend.put("objects/aa/large", parts)
            backend.settle(["objects/aa/large"])
            assert backend.head("objects/aa/large").size == size
            assert backend.get("objects/aa/large") == view
            del parts
        view.release()


def test_put_replaces_what_was_there_whole(backend):
    backend.put("a", [b"x" * MIB])
    backend.put("a", [b"short"])
    assert backend.get("a") == b"short"
    assert backend.head("a").size == 5


def test_put_replaces_what_was_created(backend):
    assert backend.create("a", b"created")
    backend.put("a", [b"put"])
    assert backend.get("a") == b"put"
    assert backend.create("a", b"again") is False


def test_put_does_not_keep_the_callers_buffer(backend):
    buffer = bytearray(b"a" * MIB)
    backend.put("a", [buffer])
    buffer[:] = b"b" * MIB
    assert backend.get("a") == b"a" * MIB


def test_a_reader_never_sees_half_a_put(backend):
    contents = [bytes([letter]) * size for letter, size in ((97, 700_000), (98, 900_001))]
    backend.put("a", [contents[0]])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                backend.put("a", [content[:1000], content[1000:]])

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for _ in range(100):
                assert backend.get("a") in contents
        finally:
            stop.set()
        writing.result()


def test_create_makes_an_object_once(backend):
    assert backend.create("models/a/1.json", b"first") is True
    assert backend.create("models/a/1.json", b"second") is False
    assert backend.get("models/a/1.json") == b"first"


def test_create_takes_an_empty_object_for_one(backend):
    assert backend.create("a", b"") is True
    assert backend.create("a", b"x") is False
    assert backend.get("a") == b""


def test_create_finds_what_was_put(backend):
    backend.put("a", [b"put"])
    assert backend.create("a", b"created") is False
    assert backend.get("a") == b"put"


def test_create_makes_again_what_was_deleted(backend):
    for content in (b"one", b"two", b"three"):
        assert backend.create("gc/1.json", content) is True
        assert backend.get("gc/1.json") == content
        backend.delete("gc/1.json")


@pytest.mark.parametrize("name", params(CASES))
def test_of_many_threads_that_create_exactly_one_wins(name, tmp_path, request):
    prepare(request, name, tmp_path)
    with opened(name, tmp_path) as backend:
        race_threads(backend, min(CASES[name].rounds, 25))


def race_threads(backend: Backend, rounds: int) -> None:
    count = 6
    barrier = threading.Barrier(count)

    def race(own: int) -> list[int]:
        won = []
        for number in range(rounds):
            barrier.wait(30)
            if backend.create(f"race/{number:04}.json", str(own).encode()):
                won.append(number)
        return won

    with ThreadPoolExecutor(count) as pool:
        wins = list(pool.map(race, range(count)))
    assert sorted(number for won in wins for number in won) == list(range(rounds))
    for own, won in enumerate(wins):
        for number in won:
            assert backend.get(f"race/{number:04}.json") == str(own).encode()


@pytest.mark.parametrize("name", params(name for name, case in CASES.items() if case.shared))
def test_of_many_processes_that_create_exactly_one_wins(name, tmp_path, request):
    prepare(request, name, tmp_path)
    count, rounds = 3, CASES[name].rounds
    context = multiprocessing.get_context("spawn")
    barrier, wins = context.Barrier(count), context.Queue()
    children = [
        context.Process(target=create_in_rounds, args=(name, str(tmp_path), rounds, barrier, wins))
        for _ in range(count)
    ]
    for child in children:
        child.start()
    found, ended = {}, 0
    while ended < count:
        said = wins.get(timeout=60)
        if said is None:
            ended += 1
        else:
            assert found.setdefault(said[0], said[1]) == said[1], f"two winners of {said[0]}"
    for child in children:
        child.join(30)
    wins.close()
    wins.join_thread()
    assert sorted(found) == list(range(rounds))
    with opened(name, tmp_path) as backend:
        for number, own in found.items():
            assert backend.get(f"race/{number:04}.json") == f"{own} ".encode() * 50
        assert backend.clear_leftovers(backend.now() + 3600) == Cleared(0, 0)


def test_a_create_whose_answer_is_lost_is_known_by_reading(backend):
    lossy = FaultyBackend(backend, Always("create", Fault.LOST_REPLY))
    asked = RetryingBackend(lossy, sleep=lambda _: pytest.fail("it must not be asked twice"))
    with pytest.raises(OutcomeUnknownError):
        asked.create("models/a/1.json", b"own")
    assert asked.get("models/a/1.json") == b"own"
    with pytest.raises(OutcomeUnknownError):
        asked.create("models/a/1.json", b"another's")
    assert asked.get("models/a/1.json") == b"own"


def test_a_create_whose_request_is_lost_is_known_by_reading(backend):
    lossy = FaultyBackend(backend, Always("create", Fault.LOST_REQUEST))
    with pytest.raises(OutcomeUnknownError):
        RetryingBackend(lossy).create("a", b"own")
    assert backend.head("a") is None


def test_delete_removes_one_object(backend):
    backend.put("a/b", [b"1"])
    backend.put("a/c", [b"2"])
    backend.delete("a/b")
    assert backend.head("a/b") is None
    assert listed(backend) == ["a/c"]
    with pytest.raises(ObjectMissingError):
        backend.get("a/b")


def test_delete_of_nothing_is_no_error(backend):
    backend.delete("a")
    backend.delete("a/b/c")
    backend.put("a/b", [b"1"])
    backend.delete("a")
    backend.delete("a/b/c")
    assert listed(backend) == ["a/b"]


def test_what_one_has_written_everybody_sees_at_once(shared):
    one, other = shared
    for number in range(20):
        key = f"a{number % 3}/b{number}"
        assert other.head(key) is None
        one.put(key, [b"put"])
        assert other.get(key) == b"put"
        assert other.create(key, b"created") is False
        other.put(key, [b"replaced"])
        assert one.get(key) == b"replaced"
        assert one.head(key).size == 8
        other.delete(key)
        assert one.head(key) is None
        assert listed(one) == listed(other) == []


# Listing

TREE = (
    "a",
    "a%b/x",
    "a-b",
    "a-b2/x",
    "a.b",
    "a0",
    "a_",
    "ab/c",
    "ab/c-d",
    "ab/c.d",
    "ab/c0/x",
    "b/0",
)
# "a" is an object, and "%", "-", "." come before "/" while "0" and "_" come after it.


@pytest.fixture
def tree(backend: Backend) -> Backend:
    for key in random.Random(4).sample(TREE, len(TREE)):
        backend.put(key, [key.encode()])
    return backend


def test_keys_come_in_the_order_of_their_code_points(tree, reader):
    assert listed(reader) == sorted(TREE)


@pytest.mark.parametrize(
    "prefix", ["ab/", "ab/c0/", "b/", "a%b/", "none/", "a/", "ab/c/", "ab/none/"]
)
def test_keys_of_a_prefix_are_those_below_it(tree, reader, prefix):
    assert listed(reader, prefix) == [key for key in sorted(TREE) if key.startswith(prefix)]


@pytest.mark.parametrize("prefix", ["", "ab/"])
def test_keys_begin_after_the_key_given(tree, reader, prefix):
    for after in [*TREE, "0", "a-", "a-b/", "ab", "ab/", "ab/c0", "ab/c0/y", "zz"]:
        wanted = [key for key in sorted(TREE) if key.startswith(prefix) and key > after]
        assert listed(reader, prefix, after) == wanted


def test_keys_come_with_size_and_time(tree, reader):
    for info in reader.keys(""):
        assert info == reader.head(info.key)
        assert info.size == len(info.key)


def test_any_set_of_keys_is_listed_in_order(backend):
    chance = random.Random(17)
    letters = "ab0%._-/"
    keys: set[str] = set()
    while len(keys) < 150:
        word = "".join(chance.choices(letters, k=chance.randint(1, 9)))
        segments = word.split("/")
        if ".." in word or not all(segment and segment[0] in "ab0%" for segment in segments):
            continue
        key = "/".join([f"{segment}d" for segment in segments[:-1]] + [f"{segments[-1]}f"])
        # Folders end in d and objects in f, so that none is both.
        keys.add(key)
    for key in keys:
        backend.put(key, [b""])
    assert listed(backend) == sorted(keys)
    for after in chance.sample(sorted(keys), 20):
        assert listed(backend, after=after) == [key for key in sorted(keys) if key > after]


def test_what_is_made_or_removed_meanwhile_hides_nothing_else(backend):
    steady = [f"{folder}/s{number:03}" for folder in ("a", "b", "c") for number in range(40)]
    for key in steady:
        backend.put(key, [b""])
        backend.put(key.replace("s", "r"), [b""])
    seen = []
    for number, info in enumerate(backend.keys("")):
        seen.append(info.key)
        backend.put(f"b/n{number:03}", [b""])
        backend.delete(f"b/r{number % 40:03}")
        backend.delete(f"c/r{39 - number % 40:03}")
    assert [key for key in seen if "/s" in key] == steady
    assert seen == sorted(set(seen))


def test_a_listing_is_given_up_without_harm(tree):
    listing = tree.keys("")
    next(listing)
    listing.close()
    assert listed(tree) == sorted(TREE)


def test_folders_are_the_names_that_have_keys_below_them(tree, reader):
    assert list(reader.folders("")) == ["a%b", "a-b2", "ab", "b"]
    assert list(reader.folders("ab/")) == ["c0"]
    assert list(reader.folders("ab/c0/")) == []
    assert list(reader.folders("none/")) == []


@pytest.mark.parametrize("name", params(CASES))
def test_a_folder_ends_with_its_last_key(name, tmp_path, request):
    prepare(request, name, tmp_path)
    ends = CASES[name].ends_folders
    with opened(name, tmp_path) as backend:
        backend.put("a/b/c", [b""])
        backend.put("a/d", [b""])
        backend.delete("a/b/c")
        assert list(backend.folders("")) == ["a"]
        assert list(backend.folders("a/")) in ([[]] if ends else [[], ["b"]])
        backend.delete("a/d")
        assert list(backend.folders("")) in ([[]] if ends else [[], ["a"]])
        assert listed(backend) == []
        backend.put("a/b/c", [b""])
        assert list(backend.folders("a/")) == ["b"]


def test_many_objects_are_removed_at_once_and_what_is_not_there_is_no_error(backend):
    names = [f"many/{number:04}" for number in range(1100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: backend.put(name, [b"x"]), names[:1050]))
    backend.put("many0", [b"stays"])
    backend.delete_all(iter(names))
    assert listed(backend) == ["many0"]
    backend.delete_all([])


def test_nothing_is_listed_where_nothing_is(reader):
    assert listed(reader) == []
    assert list(reader.folders("")) == []


# Durability, time, space


def test_settle_takes_any_number_of_keys_from_any_iterable(backend):
    keys = [f"objects/{number % 16:x}a/{number}" for number in range(100)]
    for key in keys:
        backend.put(key, [key.encode()])
    backend.settle(key for key in keys)
    backend.settle([])
    backend.settle(keys[:3])
    assert {key: backend.get(key) for key in keys} == {key: key.encode() for key in keys}


@pytest.mark.parametrize("others", [0, 5, 50])
def test_settle_names_the_key_that_is_missing(backend, others):
    keys = [f"objects/aa/{number}" for number in range(others)]
    for key in keys:
        backend.put(key, [b"x"])
    with pytest.raises(ObjectMissingError, match="objects/aa/none"):
        backend.settle([*keys, "objects/aa/none"])


def test_now_is_the_clock_that_objects_are_dated_by(backend):
    before = backend.now()
    backend.put("a", [b""])
    time.sleep(0.02)
    after = backend.now()
    assert before <= after
    assert before - 1 <= backend.head("a").time <= after + 1
    assert listed(backend) == ["a"]


def test_free_bytes_is_unknown_or_a_number_of_bytes(reader):
    free = reader.free_bytes()
    assert free is None or free >= 0


def test_clear_leftovers_removes_no_object(backend):
    backend.put("tmp/a", [b"x" * MIB])
    backend.put("objects/aa/b", [b"x" * 10])
    assert backend.create("models/a/1.json", b"x")
    before = [*backend.keys("")]
    assert backend.clear_leftovers(backend.now() + 3600) == Cleared(0, 0)
    assert [*backend.keys("")] == before


def test_an_address_is_words(reader):
    assert isinstance(reader.address, str)
    assert reader.address


# Threads and wrappers


def test_every_method_may_be_called_from_several_threads(backend):
    def work(own: int) -> None:
        chance = random.Random(own)
        for number in range(30):
            key = f"own/{own}/{chance.randrange(5)}"
            content = chance.randbytes(chance.choice((0, 10, 600_000)))
            backend.put(key, [content])
            backend.settle([key])
            assert backend.get(key) == content
            assert backend.head(key).size == len(content)
            assert backend.create(f"created/{own}-{number}", content)
            assert key in listed(backend, f"own/{own}/")
            assert str(own) in list(backend.folders("own/"))
            backend.delete(key)
            assert backend.head(key) is None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_folders_that_empty_and_fill_lose_no_object(backend):
    """Whoever removes a folder's last object must not take a new one's folder away."""

    def work(own: int) -> None:
        for number in range(60):
            key = f"deep/er/{own}-{number}"
            if number % 2:
                backend.put(key, [b"x"])
            else:
                assert backend.create(key, b"x")
            assert backend.get(key) == b"x"
            backend.delete(key)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert listed(backend) == []


def test_a_read_only_backend_refuses_every_write(backend):
    backend.put("a", [b"x"])
    refusing = ReadOnlyBackend(backend)
    for write in (
        lambda: refusing.put("b", [b"x"]),
        lambda: refusing.create("b", b"x"),
        lambda: refusing.delete("a"),
        lambda: refusing.settle(["a"]),
        lambda: refusing.now(),
        lambda: refusing.clear_leftovers(0),
    ):
        with pytest.raises(NotPermittedError, match="reading only"):
            write()
    assert listed(backend) == ["a"]
