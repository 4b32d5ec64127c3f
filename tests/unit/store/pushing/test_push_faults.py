"""Every single call of a push fails once, in every way: nothing is half-visible, and it goes on."""

import threading
from dataclasses import replace

import pytest
from support.backends import POSSIBLE, Fault, FaultyBackend, NoFaults
from support.stores import contents, new_root, noise, write_tree

from podplanner.errors import BackendUnavailableError, NoSpaceError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import ModelName
from podplanner.store.pushing import PushOptions, push
from podplanner.store.reader import Reader
from podplanner.store.refs import Refs
from podplanner.store.root import open_root

CAT = ModelName.parse("cat")
ALIASED = PushOptions(alias="prod")
LARGE = 600_000  # an object of its own


class Nth:
    """One call of a method fails."""

    def __init__(self, method, number, fault):
        self.method, self.number, self.what = method, number, fault
        self.calls = 0
        self.lock = threading.Lock()

    def fault(self, method, key):
        if method != self.method:
            return None
        with self.lock:
            self.calls += 1
            return self.what if self.calls == self.number else None


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A first version, and one that has some of it and something new."""
    folder = tmp_path_factory.mktemp("sources")
    first = {"a": noise(LARGE, 1), "b": noise(50_000, 2)}
    second = {"a": noise(LARGE, 1), "b": noise(50_000, 3), "c": noise(LARGE, 4)}
    return write_tree(folder / "1", first), write_tree(folder / "2", second)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


FAULTS = [
    (method, fault)
    for method, faults in POSSIBLE.items()
    for fault in sorted(faults, key=lambda fault: fault.value)
    # A silent one nobody can know of until a check finds it; such a push calls neither of two.
    if fault is not Fault.SILENT_SHORT_WRITE and method not in ("read_into", "folders")
]


@pytest.mark.parametrize(("method", "fault"), FAULTS)
def test_whatever_call_fails_the_same_push_goes_on_after_a_crash(sources, method, fault):
    first, second = (files(source) for source in sources)
    number = 0
    while True:
        number += 1
        backend = FaultyBackend(MemoryBackend())
        root = new_root(backend)
        push(root, sources[0], "cat")
        root = replace(root, reader=Reader(backend), refs=Refs(backend))
        plan = backend.plan = Nth(method, number, fault)
        failed = False
        try:
            push(root, sources[1], "cat", ALIASED)
        except (BackendUnavailableError, NoSpaceError):
            failed = True
        backend.plan = NoFaults()
        if plan.calls < number:
            break
        live = root.refs.index(CAT).live
        assert failed or live == (1, 2)
        backend.crash()
        if fault is not Fault.LOST_FSYNC:
            assert contents(open_root(backend), "cat:1") == first
            assert 2 not in live or contents(open_root(backend), "cat:2") == second
        done = push(open_root(backend), sources[1], "cat", ALIASED)
        assert done.version == 2
        assert contents(open_root(backend), "cat:prod") == second
        assert contents(open_root(backend), "cat:1") == first
    assert number > 1, f"a push calls {method}"
    working = [thread.name for thread in threading.enumerate()]
    assert not [name for name in working if name.startswith(("push", "lease"))]
