"""For the time of a check, what cannot be read is asked for once."""

import pytest
from support.remote import RemoteMemory

from podplanner.errors import BackendUnavailableError, ObjectCorruptError
from podplanner.store.upkeep.unreadable import UnreadableOnceBackend


class Rotten(RemoteMemory):
    """Cannot read the second half of an object, and says so slowly."""

    def __init__(self, cause):
        super().__init__()
        self.cause = cause

    def get(self, key, **limits):
        content = super().get(key, **limits)
        if content.startswith(b"rotten"):
            raise ObjectCorruptError(f"{key} cannot be read") from self.cause
        return content

    def read_into(self, key, offset, buffer):
        super().read_into(key, offset, buffer)
        if offset + len(buffer) > 3 and super().get(key).startswith(b"rotten"):
            raise ObjectCorruptError(f"{key} cannot be read") from self.cause


@pytest.fixture
def inner():
    backend = Rotten(BackendUnavailableError("500"))
    backend.put("a", [b"rotten"])
    backend.put("b", [b"good"])
    backend.total()
    return backend


def refused(ask):
    with pytest.raises(ObjectCorruptError, match="a cannot be read"):
        ask()


def test_the_whole_and_each_part_are_asked_for_once(inner):
    backend = UnreadableOnceBackend(inner)
    for _ in range(3):
        refused(lambda: backend.get("a"))
        refused(lambda: backend.read_into("a", 2, memoryview(bytearray(4))))
        refused(lambda: backend.read_into("a", 3, memoryview(bytearray(3))))
        backend.read_into("a", 0, memoryview(bytearray(3)))
        assert backend.get("b") == b"good"
    assert inner.requests["read"] == 1 + 1 + 3
    assert inner.requests["get"] == 1 + 1 + 1 + 3


def test_of_what_has_a_part_that_cannot_be_read_the_whole_is_not_asked_for(inner):
    backend = UnreadableOnceBackend(inner)
    refused(lambda: backend.read_into("a", 2, memoryview(bytearray(4))))
    inner.total()
    refused(lambda: backend.get("a"))
    assert inner.total() == 0


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
    assert inner.requests["get"] == 2
