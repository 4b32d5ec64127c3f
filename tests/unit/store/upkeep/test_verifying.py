"""Verifying what lies in a store: what is wrong with it, in bounded memory, by few requests."""

import threading
import time

import pytest
from support.remote import RemoteMemory

from podplanner.errors import BackendUnavailableError, ObjectCorruptError
from podplanner.store import policy
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.digest import digest_of
from podplanner.store.documents import pack
from podplanner.store.reader import DocumentKey
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep import verifying
from podplanner.store.upkeep.verifying import verify_all


def put(backend, content):
    key = ObjectKey(digest_of(content))
    backend.put(key.key, [content])
    return key, len(content)


def kinds(backend, lying):
    return [verdict.kind for verdict in verify_all(backend, lying)]


@pytest.mark.parametrize("kind", [MemoryBackend, RemoteMemory], ids=["near", "far"])
def test_what_is_wrong_is_said_in_the_order_of_the_keys(kind):
    backend = kind()
    lying = [put(backend, b"%d" % number * 300_000) for number in range(9)]
    document = DocumentKey("layouts", digest_of(b"{}"))
    backend.put(document.key, [pack(b"{}")])
    flipped, lost, short = lying[2], lying[4], lying[6]
    backend.put(flipped[0].key, [b"x" * flipped[1]])
    backend.delete(lost[0].key)
    backend.put(short[0].key, [b"6" * 1000])
    expected = [None, None, "flipped", None, "lost", None, "truncated", None, None, None]
    assert kinds(backend, [*lying, (document, 20)]) == expected
    backend.put(document.key, [pack(b"[]")])
    assert kinds(backend, [(document, 20)]) == ["flipped"]


class Rotten(RemoteMemory):
    """Objects that are there and cannot be read, as `RetryingBackend` tells of them."""

    def __init__(self, error):
        super().__init__()
        self.error = error
        self.rotten = set()

    def read_into(self, key, offset, buffer):
        self._fail(key)
        super().read_into(key, offset, buffer)

    def get(self, key, **limits):
        self._fail(key)
        return super().get(key, **limits)

    def _fail(self, key):
        if key in self.rotten:
            raise self.error


def told_by_an_engine():
    error = ObjectCorruptError("it is there, and the engine says: rot")
    error.__cause__ = BackendUnavailableError("500")
    return error


@pytest.mark.parametrize("error", [told_by_an_engine(), BackendUnavailableError("rot")])
def test_an_object_that_cannot_be_read_is_flipped_and_does_not_end_the_rest(error):
    backend = Rotten(error)
    backend.put(policy.KEY, [b"{}"])
    lying = [put(backend, b"%d" % number * 1000) for number in range(5)]
    backend.rotten = {lying[1][0].key, lying[3][0].key}
    verdicts = list(verify_all(backend, lying))
    assert [verdict.kind for verdict in verdicts] == [None, "flipped", None, "flipped", None]
    assert ["rot" in verdict.why for verdict in verdicts] == [False, True, False, True, False]


def test_a_store_that_cannot_be_reached_is_no_verdict():
    backend = Rotten(BackendUnavailableError("nobody answers"))
    lying = [put(backend, b"%d" % number * 1000) for number in range(5)]
    backend.rotten = {lying[1][0].key, policy.KEY}
    with pytest.raises(BackendUnavailableError, match="nobody answers"):
        kinds(backend, lying)


def test_far_away_an_object_takes_one_request_however_long_it_is():
    backend = RemoteMemory()
    lying = [put(backend, b"%d" % number * 5_000_000) for number in range(3)]
    backend.total()
    assert kinds(backend, lying) == [None, None, None]
    assert backend.total() == 3


class Scales(RemoteMemory):
    """Weighs the buffers that are being filled at the same time."""

    def __init__(self, **options):
        super().__init__(**options)
        self.held = self.most = 0
        self.scale = threading.Lock()

    def read_into(self, key, offset, buffer):
        with self.scale:
            self.held += buffer.nbytes
            self.most = max(self.most, self.held)
        time.sleep(0.002)
        super().read_into(key, offset, buffer)
        with self.scale:
            self.held -= buffer.nbytes


def test_no_more_is_read_at_once_than_fits_into_memory(monkeypatch):
    monkeypatch.setattr(verifying, "_HELD_BYTES", 5000)
    backend = Scales(at_once=32)
    lying = [put(backend, b"%3d" % number * (1 + 300 * (number % 4))) for number in range(60)]
    assert set(kinds(backend, lying)) == {None}
    assert 2000 < backend.most <= 5000
    assert backend.most_under_way <= 32
