"""Threads of a push: what one has in hand counts for the others, and all end when it fails."""

import threading
import time

import pytest
from support.backends import Always, Fault, FaultyBackend
from support.stores import contents, new_root, noise, write_tree

from podplanner.errors import BackendUnavailableError, NoSpaceError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.lease import Lease
from podplanner.store.pushing import PushOptions, ends, hashing, push
from podplanner.store.pushing.known import Known
from podplanner.store.pushing.placing import StoringPlacer


class BeforeTheFirst:
    """Lets a later span claim a piece before the first one, and store it after that."""

    def __init__(self, monkeypatch, fail=None):
        self.claimed = threading.Event()
        self.fail = fail
        place, claim, store = StoringPlacer.place, Known.claim, StoringPlacer.store

        def late_place(placer, piece, plain, span, start, path):
            if path == "a.bin":
                assert self.claimed.wait(5)
            return place(placer, piece, plain, span, start, path)

        def early_claim(known, piece):
            answer = claim(known, piece)
            self.claimed.set()
            return answer

        def slow_store(placer, *rest):
            time.sleep(0.3)
            if self.fail is not None:
                raise self.fail
            store(placer, *rest)

        monkeypatch.setattr(StoringPlacer, "place", late_place)
        monkeypatch.setattr(Known, "claim", early_claim)
        monkeypatch.setattr(StoringPlacer, "store", slow_store)
        monkeypatch.setattr(ends, "_FILE_END", 1)


def test_a_table_that_ends_waits_for_a_piece_that_a_later_span_has_in_hand(tmp_path, monkeypatch):
    root = new_root()
    same = noise(1000, 1)
    source = write_tree(tmp_path / "m", {"a.bin": same, "b.bin": same})
    BeforeTheFirst(monkeypatch)
    assert push(root, source, "cat", PushOptions(threads=2)).new_bytes == 1000
    assert contents(root, "cat") == {"a.bin": same, "b.bin": same}


def test_a_failure_in_a_later_span_is_told_as_it_is(tmp_path, monkeypatch):
    root = new_root()
    same = noise(1000, 1)
    source = write_tree(tmp_path / "m", {"a.bin": same, "b.bin": same})
    BeforeTheFirst(monkeypatch, NoSpaceError("full"))
    with pytest.raises(NoSpaceError, match="full"):
        push(root, source, "cat", PushOptions(threads=2))


def test_no_thread_goes_on_when_closing_a_table_fails(tmp_path, monkeypatch):
    """The error comes from outside of the threads, which have spans in hand."""
    monkeypatch.setattr(ends, "_FILE_END", 1)
    monkeypatch.setattr(hashing, "digest_of", _slowly(hashing.digest_of))
    at_work = []
    stop = Lease.stop_renewing

    def look_and_stop(lease):
        at_work.extend(one.name for one in threading.enumerate() if one.name.startswith("push"))
        stop(lease)

    monkeypatch.setattr(Lease, "stop_renewing", look_and_stop)
    backend = FaultyBackend(MemoryBackend())
    root = new_root(backend)
    backend.plan = Always("put", Fault.IO_ERROR, "objects/")
    source = write_tree(tmp_path / "m", {"a.bin": b"a"} | {f"b{n}": b"%d" % n for n in range(9)})
    with pytest.raises(BackendUnavailableError):
        push(root, source, "cat", PushOptions(threads=2))
    assert at_work == []


def _slowly(digest_of):
    def slow(*parts):
        time.sleep(0.05)
        return digest_of(*parts)

    return slow
