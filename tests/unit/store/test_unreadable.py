"""For the time of a check, what cannot be read is asked for once."""

from collections import Counter
from random import Random

import pytest
from support.store_writer import push

from podplanner.errors import BackendUnavailableError, ObjectCorruptError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.progress import Silent
from podplanner.store.reading import verify
from podplanner.store.root import make_root
from podplanner.store.unreadable import UnreadableOnceBackend
from podplanner.store.upkeep import check


class Rotten(MemoryBackend):
    """Cannot read the second half of an object, and says so slowly."""

    def __init__(self, cause):
        super().__init__()
        self.cause = cause
        self.asked = Counter()

    def get(self, key, **limits):
        self.asked[f"get {key}"] += 1
        content = super().get(key, **limits)
        if content.startswith(b"rotten"):
            raise ObjectCorruptError(f"{key} cannot be read") from self.cause
        return content

    def read_into(self, key, offset, buffer):
        self.asked[f"read {key} {offset}"] += 1
        super().read_into(key, offset, buffer)
        if offset + len(buffer) > 3 and super().get(key).startswith(b"rotten"):
            raise ObjectCorruptError(f"{key} cannot be read") from self.cause


@pytest.fixture
def inner():
    backend = Rotten(BackendUnavailableError("500"))
    backend.put("a", [b"rotten"])
    backend.put("b", [b"good"])
    return backend


def refused(ask):
    with pytest.raises(ObjectCorruptError, match="a cannot be read"):
        ask()


def test_the_whole_and_each_part_are_asked_for_once(inner):
    backend = UnreadableOnceBackend(inner)
    for _ in range(3):
        refused(lambda: backend.get("a"))
        refused(lambda: backend.read_into("a", 2, memoryview(bytearray(4))))
        backend.read_into("a", 0, memoryview(bytearray(3)))
        assert backend.get("b") == b"good"
    assert inner.asked == {"get a": 1, "get b": 3, "read a 2": 1, "read a 0": 3}


def test_of_what_has_a_part_that_cannot_be_read_the_whole_is_not_asked_for(inner):
    backend = UnreadableOnceBackend(inner)
    refused(lambda: backend.read_into("a", 2, memoryview(bytearray(4))))
    inner.asked.clear()
    refused(lambda: backend.get("a"))
    assert not inner.asked


def test_an_object_of_which_three_parts_cannot_be_read_is_given_up(inner):
    backend = UnreadableOnceBackend(inner)
    for length in (6, 5, 4):
        refused(lambda length=length: backend.read_into("a", 0, memoryview(bytearray(length))))
    inner.asked.clear()
    refused(lambda: backend.read_into("a", 0, memoryview(bytearray(3))))
    assert not inner.asked
    backend.read_into("b", 0, memoryview(bytearray(3)))


@pytest.mark.parametrize("writes", ["put", "delete", "delete_all"])
def test_what_is_written_anew_is_read_again(inner, writes):
    backend = UnreadableOnceBackend(inner)
    refused(lambda: backend.get("a"))
    if writes == "put":
        backend.put("a", [b"mended"])
    else:
        backend.delete("a") if writes == "delete" else backend.delete_all(["a", "b"])
        assert backend.create("a", b"mended")
    assert backend.get("a") == b"mended"


def test_what_is_damaged_and_quickly_told_is_asked_for_again():
    inner = Rotten(None)
    inner.put("a", [b"rotten"])
    backend = UnreadableOnceBackend(inner)
    for _ in range(2):
        refused(lambda: backend.get("a"))
    assert inner.asked["get a"] == 2


class RottenBundle(MemoryBackend):
    """Cannot read one object, until it is written again."""

    def __init__(self):
        super().__init__()
        self.rotten = ""
        self.refused = 0

    def read_into(self, key, offset, buffer):
        if key == self.rotten:
            self.refused += 1
            raise ObjectCorruptError(f"{key} cannot be read") from BackendUnavailableError("500")
        super().read_into(key, offset, buffer)

    def put(self, key, parts):
        super().put(key, parts)
        self.rotten = "" if key == self.rotten else self.rotten


class Elsewhere(MemoryBackend):
    @property
    def address(self):
        return "memory:elsewhere"


@pytest.fixture
def rotten():
    """Return a store whose one bundle of fifty pieces cannot be read, and another with them."""
    root, other = make_root(RottenBundle()), make_root(Elsewhere())
    pieces = [Random(number).randbytes(90) for number in range(50)]
    push(root, "cat", {"a": pieces[:40], "b": pieces[40:]}, bundle=10_000)
    push(other, "dog", {"z": pieces[::-1]}, bundle=700)
    (info,) = root.backend.keys("objects/")
    root.backend.rotten = info.key
    return root, other


def test_verifying_a_bundle_that_cannot_be_read_ends_soon(rotten):
    root, _ = rotten
    assert verify(root, Reference.parse("cat"), threads=1).bad == ("a", "b")
    assert root.backend.refused == 3


def test_a_bundle_that_cannot_be_read_is_put_together_from_a_store_that_lies_otherwise(rotten):
    root, other = rotten
    assert check(root, repair_from=other, progress=Silent()).ok
    assert root.backend.refused == 1
    assert verify(root, Reference.parse("cat")).bad == ()


def test_without_another_store_it_is_given_up_soon(rotten):
    root, _ = rotten
    assert not check(root, repair=True, progress=Silent()).ok
    assert root.backend.refused <= 4
