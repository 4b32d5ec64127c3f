"""Pushes and repairs that were stopped, taken for dead, and woke up."""

from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import Writer, pull, push

from podplanner.errors import LeaseLostError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.lease import PREFIX, find_leases
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root
from podplanner.store.session import Session
from podplanner.store.upkeep import collect, delete
from podplanner.store.upkeep.ending import look_at_leases

CAT = ModelName.parse("cat")
FILES = {"f": [Random(1).randbytes(600), Random(2).randbytes(90)]}


@pytest.fixture
def seconds():
    return [1_000_000.0]


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request, seconds):
    return make_root(request.param(clock=lambda: seconds[0]))


def gc(root, grace_s=0):
    return collect(root, grace_s=grace_s, progress=Silent())


STEPS = ["leased", "looked for the parent", "stored an object", "stored tables",
         "stored the manifest", "stored the layout", "settled", "decided"]  # fmt: skip


@pytest.mark.parametrize("grace", [0, 5])
@pytest.mark.parametrize("stop", STEPS)
def test_a_push_taken_for_dead_never_publishes_wherever_it_was_stopped(root, seconds, stop, grace):
    writer = Writer(root, CAT, FILES, lease_seconds=600)
    steps = writer.steps()
    for word in steps:
        if word == stop:
            break
    seconds[0] += 601
    gc(root, grace)
    seconds[0] += 6
    gc(root, grace)
    with pytest.raises(LeaseLostError, match="took it for dead"):
        list(steps)
    assert root.refs.latest(CAT) is None
    again = push(root, "cat", FILES)
    gc(root, 0)
    assert pull(root, "cat", again.number) == FILES


def test_a_push_that_published_before_it_was_taken_for_dead_has_published(root, seconds):
    writer = Writer(root, CAT, FILES, lease_seconds=600)
    steps = writer.steps()
    for word in steps:
        if word == "published":
            break
    steps.close()
    seconds[0] += 601
    gc(root)
    gc(root)
    assert pull(root, "cat", 1) == FILES


def test_a_repair_taken_for_dead_leaves_the_layout_in_force(root, seconds):
    push(root, "cat", FILES)
    version = root.refs.version(CAT, 1)
    session = Session(root.backend, CAT, what="repair", lease_seconds=600)
    layout = session.put_document("layouts", b"another layout, which a collection removes")
    seconds[0] += 601
    gc(root)
    with pytest.raises(LeaseLostError):
        session.relay(version, layout, why="repair")
    session.lease.stop_renewing()
    assert pull(root, "cat", 1) == FILES


def test_a_repair_that_died_after_its_decision_has_its_place_taken(root, seconds, monkeypatch):
    push(root, "cat", FILES)
    version = root.refs.version(CAT, 1)
    session = Session(root.backend, CAT, what="repair", lease_seconds=600)
    layout = session.put_document("layouts", b"another layout, which a collection removes")
    with monkeypatch.context() as patch:
        patch.setattr("podplanner.store.session.claim", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            session.relay(version, layout, why="repair")
    session.lease.stop_renewing()
    seconds[0] += 601
    gc(root)
    assert root.refs.index(CAT).relayouts == {1: 1}
    assert root.refs.version(CAT, 1).layout == version.layout
    assert pull(root, "cat", 1) == FILES


def test_a_lease_whose_record_the_listing_misses_still_counts(root, seconds):
    session = Session(root.backend, CAT, lease_seconds=600)

    class Missing(MemoryBackend):
        """A listing during which `lease.json` is being replaced."""

        def keys(self, prefix, *, after=""):
            found = root.backend.keys(prefix, after=after)
            return (info for info in found if not info.key.endswith("/lease.json"))

        def get(self, key, **options):
            return root.backend.get(key, **options)

        def head(self, key):
            return root.backend.head(key)

    leases = look_at_leases(Missing(), seconds[0], grace_s=0)
    assert [lease.id for lease in leases.live] == [session.lease.id]
    session.lease.release()
    assert find_leases(root.backend) == []


def test_a_lease_that_has_just_begun_holds_every_sweep_back(root, seconds):
    push(root, "cat", FILES)
    delete(root, Reference.parse("cat:1"))
    seconds[0] += 1
    root.backend.put(f"{PREFIX}0123456789abcdef/begun", [b"1"])
    # What it may refer to cannot be told yet, so nothing is even marked.
    assert gc(root).marked_objects == 0
    seconds[0] += 601
    assert gc(root).freed_objects > 0
    assert [lease.is_over for lease in find_leases(root.backend)] == [True]


def test_remains_of_a_log_are_removed_at_once_and_their_push_is_fenced(root):
    root.backend.put(f"{PREFIX}0123456789abcdef/log-00000003", [b"late"])
    gc(root)
    left = [info.key.rpartition("/")[2] for info in root.backend.keys(PREFIX)]
    assert left == ["commit-0000.json"]


def test_a_push_whose_lease_a_power_cut_has_torn_does_not_publish(root, seconds):
    writer = Writer(root, CAT, FILES, lease_seconds=600)
    steps = writer.steps()
    for word in steps:
        if word == "settled":
            break
    root.backend.delete(f"{PREFIX}{writer.session.lease.id}/begun")
    root.backend.put(f"{PREFIX}{writer.session.lease.id}/lease.json", [b""])
    seconds[0] += 1
    gc(root)
    with pytest.raises(LeaseLostError):
        list(steps)
    assert pull(root, "cat", push(root, "cat", FILES).number) == FILES
