"""What the wrappers do beyond the port, and that the faults made up for tests do what they say."""

import pytest
from support.backends import Always, Fault, FaultyBackend, Scripted, Seeded

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    ObjectCorruptError,
    ObjectMissingError,
    OutcomeUnknownError,
)
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.retrying import RetryingBackend

IO = Fault.IO_ERROR


def retrying(plan, *, tries=4):
    inner = MemoryBackend()
    for number in range(5):
        inner.put(f"a/{number}", [b"x"])
    waits: list[float] = []
    backend = RetryingBackend(
        FaultyBackend(inner, plan), tries=tries, sleep=waits.append, jitter=lambda: 1.0
    )
    # It is known to be there: before its first answer nobody waits long.
    backend.free_bytes()
    return backend, waits


def test_who_has_never_answered_is_not_waited_for():
    waits: list[float] = []
    backend = RetryingBackend(FaultyBackend(MemoryBackend(), Dead()), sleep=waits.append)
    with pytest.raises(BackendUnavailableError):
        backend.get("store.json")
    assert len(waits) == 2


def test_who_was_waited_for_in_vain_is_not_waited_for_twice():
    backend, waits = retrying(Scripted("put", dict.fromkeys(range(1, 10), IO)), tries=6)
    with pytest.raises(BackendUnavailableError):
        backend.put("a/1", [b"y"])
    assert len(waits) == 5
    with pytest.raises(BackendUnavailableError):
        backend.put("a/1", [b"y"])
    assert len(waits) == 7
    # It answers again: from now on it is waited for again.
    backend.put("a/1", [b"y"])
    assert backend.get("a/1") == b"y"


def test_a_refusal_is_an_answer():
    waits: list[float] = []
    backend = RetryingBackend(
        FaultyBackend(MemoryBackend(), Always("head", IO)), tries=6, sleep=waits.append
    )
    with pytest.raises(ObjectMissingError):
        backend.get("none")
    with pytest.raises(BackendUnavailableError):
        backend.head("none")
    assert len(waits) == 5


CALLS = {
    "get": lambda backend: backend.get("a/1"),
    "read_into": lambda backend: backend.read_into("a/1", 0, memoryview(bytearray(1))),
    "head": lambda backend: backend.head("a/1"),
    "put": lambda backend: backend.put("a/1", [b"y"]),
    "delete": lambda backend: backend.delete("a/1"),
    "now": lambda backend: backend.now(),
}


@pytest.mark.parametrize("method", CALLS)
def test_what_did_not_answer_is_asked_again_after_growing_waits(method):
    backend, waits = retrying(Scripted(method, {1: IO, 2: IO, 3: IO}))
    CALLS[method](backend)
    assert waits == [0.1, 0.2, 0.4]


class Dead:
    """Fails whatever is asked."""

    def fault(self, method, key):
        return IO


class Unread:
    """Answers about objects, and never gives them out."""

    def fault(self, method, key):
        return IO if method in ("get", "read_into") else None


@pytest.mark.parametrize("method", ["get", "read_into"])
def test_what_is_there_and_cannot_be_read_is_corrupt(method):
    backend, waits = retrying(Unread())
    with pytest.raises(ObjectCorruptError, match="a/1"):
        CALLS[method](backend)
    assert len(waits) == 3


@pytest.mark.parametrize("method", ["get", "read_into"])
def test_a_backend_that_comes_back_at_the_last_moment_is_read(method):
    backend, _ = retrying(Scripted(method, {1: IO, 2: IO, 3: IO, 4: IO}))
    CALLS[method](backend)


@pytest.mark.parametrize("method", CALLS)
def test_who_never_answers_is_given_up(method):
    backend, waits = retrying(Dead())
    with pytest.raises(BackendUnavailableError):
        CALLS[method](backend)
    assert len(waits) == 3


def test_waits_are_bounded_and_spread():
    waits: list[float] = []
    backend = RetryingBackend(
        FaultyBackend(MemoryBackend(), Always("now", IO)),
        tries=12,
        sleep=waits.append,
        jitter=lambda: 0.0,
    )
    backend.free_bytes()
    with pytest.raises(BackendUnavailableError):
        backend.now()
    assert max(waits) == 5.0
    assert waits[0] == 0.05


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (Always("create", Fault.LOST_REPLY), OutcomeUnknownError),
        (Always("create", IO), BackendUnavailableError),
    ],
)
def test_create_is_asked_once(plan, wanted):
    backend, waits = retrying(plan)
    with pytest.raises(wanted):
        backend.create("b", b"x")
    assert waits == []


def test_settle_is_asked_once():
    backend, waits = retrying(Always("settle", Fault.FAILED_FSYNC))
    with pytest.raises(BackendUnavailableError):
        backend.settle(["a/1"])
    assert waits == []


def test_other_errors_are_not_asked_again():
    backend, waits = retrying(Always("put", Fault.NO_SPACE))
    with pytest.raises(NoSpaceError):
        backend.put("a/1", [b"y"])
    with pytest.raises(ObjectMissingError):
        backend.get("none")
    with pytest.raises(ObjectCorruptError):
        backend.get("a/1", limit=0)
    assert waits == []


def test_a_listing_goes_on_where_it_broke():
    backend, waits = retrying(Scripted("keys", {1: IO, 3: IO, 4: IO, 8: IO}))
    assert [info.key for info in backend.keys("")] == [f"a/{number}" for number in range(5)]
    # What had been listed before it broke was given out before it was asked again.
    assert len(waits) == 2


@pytest.mark.parametrize("method", ["keys", "folders"])
def test_a_listing_that_gets_nowhere_is_given_up(method):
    backend, waits = retrying(Always(method, IO))
    with pytest.raises(BackendUnavailableError):
        list(getattr(backend, method)(""))
    assert len(waits) == 3


def test_folders_are_not_told_twice_when_a_listing_breaks():
    inner = MemoryBackend()
    for name in "abcd":
        inner.put(f"{name}/x", [b""])
    backend = RetryingBackend(
        FaultyBackend(inner, Scripted("folders", {2: IO, 3: IO})), sleep=lambda _: None
    )
    assert list(backend.folders("")) == list("abcd")


def test_nobody_can_ask_less_than_once():
    with pytest.raises(ValueError):
        RetryingBackend(MemoryBackend(), tries=0)


# The faults of the tests


def faulty(plan=None) -> FaultyBackend:
    return FaultyBackend(MemoryBackend(), plan)


def test_a_fault_that_does_nothing_does_nothing():
    for fault in (Fault.NO_SPACE, Fault.IO_ERROR):
        backend = faulty(Scripted("put", {1: fault}))
        with pytest.raises((NoSpaceError, BackendUnavailableError)):
            backend.put("a", [b"x"])
        assert backend.head("a") is None
        backend.put("a", [b"x"])


def test_a_lost_reply_follows_the_work():
    backend = faulty(Scripted("put", {1: Fault.LOST_REPLY}))
    with pytest.raises(BackendUnavailableError):
        backend.put("a", [b"x"])
    assert backend.get("a") == b"x"
    backend.plan = Scripted("delete", {1: Fault.LOST_REPLY})
    with pytest.raises(BackendUnavailableError):
        backend.delete("a")
    assert backend.head("a") is None


@pytest.mark.parametrize("fault", [Fault.SHORT_WRITE, Fault.SILENT_SHORT_WRITE])
def test_a_short_write_leaves_half(fault):
    backend = faulty(Scripted("put", {1: fault}))
    if fault is Fault.SHORT_WRITE:
        with pytest.raises(BackendUnavailableError):
            backend.put("a", [b"abcd", b"ef"])
    else:
        backend.put("a", [b"abcd", b"ef"])
    assert backend.get("a") == b"abc"


def test_a_crash_forgets_what_was_not_settled():
    backend = faulty()
    for key in ("settled", "new", "changed"):
        backend.put(key, [b"1"])
    backend.settle(["settled", "changed"])
    backend.put("changed", [b"2"])
    backend.put("changed", [b"3"])
    assert backend.create("created", b"1")
    assert backend.unsettled == {"new", "changed"}
    assert backend.crash() == ("changed", "new")
    assert {info.key for info in backend.keys("")} == {"settled", "changed", "created"}
    assert backend.get("changed") == b"1"
    assert backend.crash() == ()


@pytest.mark.parametrize("fault", [Fault.LOST_FSYNC, Fault.FAILED_FSYNC])
def test_a_settle_that_lies_or_fails_settles_nothing(fault):
    backend = faulty(Scripted("settle", {1: fault}))
    backend.put("a", [b"1"])
    if fault is Fault.FAILED_FSYNC:
        with pytest.raises(BackendUnavailableError):
            backend.settle(["a"])
    else:
        backend.settle(["a"])
        with pytest.raises(ObjectMissingError):
            faulty(Always("settle", fault)).settle(["none"])
    assert backend.crash() == ("a",)
    assert backend.head("a") is None


def test_a_crash_may_spare_what_the_disk_had_written():
    backend = faulty()
    backend.put("a", [b"1"])
    backend.put("b", [b"1"])
    assert backend.crash(survives=lambda key: key == "b") == ("a",)
    assert backend.get("b") == b"1"


def test_seeded_faults_are_the_same_each_time_and_all_kinds_happen():
    def run(seed: int) -> list[str]:
        plan = Seeded(seed, dict.fromkeys(Fault, 0.05))
        backend = faulty(plan)
        told = []
        for number in range(400):
            for work in (
                lambda key=f"a/{number}": backend.put(key, [b"xy"]),
                lambda key=f"b/{number}": backend.create(key, b"x"),
                lambda key=f"a/{number}": backend.settle([key]),
                lambda: list(backend.keys("b/")),
            ):
                try:
                    work()
                    told.append("")
                except Exception as error:  # noqa: BLE001 - whatever was planned
                    told.append(str(error))
        assert {fault for _, fault in plan.happened} == set(Fault)
        return told

    assert run(1) == run(1) != run(2)
