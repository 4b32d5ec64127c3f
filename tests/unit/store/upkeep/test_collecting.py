from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import Writer, pull, push

from podplanner.errors import (
    ConflictError,
    ObjectCorruptError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.epochs import list_epochs, read_epochs
from podplanner.store.lease import DEAD_KEPT_SECONDS, PREFIX
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root
from podplanner.store.upkeep import collect, delete, undelete, undo_epoch
from podplanner.store.upkeep.collection import Collection, Order

CAT = ModelName.parse("team/cat")


class Clock:
    """The store's clock, which stands until it is moved."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self):
        self.warnings = []

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request, clock):
    return make_root(request.param(clock=clock))


def gc(root, clock, **options):
    options.setdefault("progress", Silent())
    return collect(root, clock=clock, **options)


def files(seed, count=6, size=300):
    random = Random(seed)
    return {"model.bin": [random.randbytes(size) for _ in range(count)]}


def keys(root, prefix):
    return [info.key for info in root.backend.keys(prefix)]


def size_of(root, prefix="objects/"):
    return sum(info.size for info in root.backend.keys(prefix))


def ref(word):
    return Reference.parse(word)


def test_a_store_in_use_has_nothing_to_collect(root, clock):
    push(root, "team/cat", files(1))
    found = gc(root, clock, grace_s=0)
    assert (found.epoch, found.marked_objects, found.freed_bytes) == (None, 0, 0)
    assert found.sweep_after is None
    assert pull(root, "team/cat", 1) == files(1)


def test_a_deleted_version_is_marked_then_freed_after_the_grace_time(root, clock):
    push(root, "team/cat", files(1))
    push(root, "team/cat", files(2))
    delete(root, ref("team/cat:1"))
    clock.seconds += 5
    marked = gc(root, clock, grace_s=3600)
    assert marked.epoch == 1
    assert marked.marked_objects > 0
    assert marked.freed_objects == 0
    assert marked.sweep_after == "1970-01-12T14:46:45.000Z"
    clock.seconds += 3599
    assert gc(root, clock, grace_s=3600).freed_objects == 0
    before = size_of(root)
    clock.seconds += 1
    freed = gc(root, clock, grace_s=3600)
    assert (freed.freed_objects, freed.freed_bytes) == (
        marked.marked_objects,
        marked.marked_bytes,
    )
    assert before - size_of(root) == freed.freed_bytes
    assert pull(root, "team/cat", 2) == files(2)


def test_without_grace_it_is_marked_and_freed_at_once_documents_too(root, clock):
    push(root, "team/cat", files(1))
    delete(root, ref("team/cat:1"))
    found = gc(root, clock, grace_s=0)
    assert found.freed_bytes == found.marked_bytes == 1800
    for prefix in ("objects/", "tables/", "manifests/", "layouts/"):
        assert keys(root, prefix) == []
    assert found.sweep_after is None
    assert [sorted(epoch.parts) for epoch in list_epochs(root.backend)] == [
        ["closed", "end", "sweep"]
    ]


def test_what_a_live_version_shares_stays(root, clock):
    shared = [Random(9).randbytes(700) for _ in range(3)]
    push(root, "a", {"f": [*shared, b"x" * 600]})
    push(root, "b", {"f": [*shared, b"y" * 600]})
    delete(root, ref("a:1"))
    assert gc(root, clock, grace_s=0).freed_bytes == 600
    assert pull(root, "b", 1)["f"][:3] == shared


def test_pinned_bytes_are_what_nobody_uses_of_bundles_in_use(root, clock):
    first = files(1)
    push(root, "a", first, bundle=10_000)
    push(root, "a", {"model.bin": first["model.bin"][:2]})
    assert gc(root, clock, grace_s=0).pinned_bytes == 0
    delete(root, ref("a:1"))
    assert gc(root, clock, grace_s=0).pinned_bytes == 4 * 300


def test_a_dry_run_writes_nothing_and_foretells_what_comes(root, clock):
    push(root, "a", files(1))
    push(root, "a", files(2))
    before = keys(root, "")
    foretold = gc(root, clock, grace_s=0, keep_last=1, dry_run=True)
    assert keys(root, "") == before
    assert foretold.expired == ("a:1",)
    assert foretold.epoch is None
    found = gc(root, clock, grace_s=0, keep_last=1)
    assert (foretold.freed_objects, foretold.freed_bytes) == (
        found.freed_objects,
        found.freed_bytes,
    )
    assert found.freed_bytes == 1800


def test_a_dry_run_foretells_what_is_swept_and_when(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    assert gc(root, clock, grace_s=60, dry_run=True).sweep_after == "1970-01-12T13:47:40.000Z"
    gc(root, clock, grace_s=60)
    clock.seconds += 60
    before = keys(root, "")
    assert gc(root, clock, grace_s=60, dry_run=True).freed_bytes == 1800
    assert keys(root, "") == before


def test_undo_takes_an_epoch_back(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    epoch = gc(root, clock, grace_s=60).epoch
    assert undo_epoch(root, epoch).epoch == epoch
    assert undo_epoch(root, epoch).epoch == epoch
    undelete(root, ref("a:1"))
    clock.seconds += 61
    found = gc(root, clock, grace_s=60)
    assert (found.epoch, found.freed_objects) == (None, 0)
    assert pull(root, "a", 1) == files(1)


def test_what_was_undone_is_marked_again_under_the_next_number(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    undo_epoch(root, gc(root, clock, grace_s=60).epoch)
    assert gc(root, clock, grace_s=60).epoch == 2


def test_undo_refuses_what_has_been_swept_or_never_was(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    gc(root, clock, grace_s=0)
    with pytest.raises(ConflictError, match="has been swept"):
        undo_epoch(root, 1)
    with pytest.raises(UnknownNameError, match="no epoch 7"):
        undo_epoch(root, 7)


def test_a_push_that_began_before_holds_the_sweep_back_and_is_named(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    clock.seconds += 10
    writer = Writer(root, CAT, files(1))
    steps = writer.steps()
    next(steps)
    clock.seconds += 10
    found = gc(root, clock, grace_s=0)
    assert found.freed_objects == 0
    assert "push of team/cat by " in found.waiting_for[0]
    for _ in steps:
        pass
    clock.seconds += 1
    found = gc(root, clock, grace_s=0)
    assert found.waiting_for == ()
    assert pull(root, "team/cat", 1) == files(1)


def test_a_push_that_knows_of_the_epoch_does_not_hold_it_back_and_uses_nothing_of_it(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    gc(root, clock, grace_s=60)
    clock.seconds += 100
    writer = Writer(root, CAT, files(1))
    steps = writer.steps()
    next(steps)
    assert gc(root, clock, grace_s=60).freed_bytes == 1800
    for _ in steps:
        pass
    assert pull(root, "team/cat", 1) == files(1)
    assert all("-1" in key for key in keys(root, "objects/"))


def test_a_dead_push_is_fenced_and_what_it_stored_can_be_used_until_the_grace_time_is_over(
    root, clock
):
    writer = Writer(root, CAT, files(1), lease_seconds=600)
    steps = writer.steps()
    while next(steps) != "stored the layout":
        pass
    steps.close()
    clock.seconds += 601
    found = gc(root, clock, grace_s=3600)
    assert (found.waiting_for, found.marked_objects) == ((), 0)
    clock.seconds += 3600
    found = gc(root, clock, grace_s=3600)
    assert found.marked_bytes == 1800
    clock.seconds += 3600
    assert gc(root, clock, grace_s=3600).freed_bytes == 1800
    assert [key.rpartition("/")[2] for key in keys(root, PREFIX)] == ["commit-0000.json"]
    clock.seconds += DEAD_KEPT_SECONDS + 1
    gc(root, clock, grace_s=3600)
    assert keys(root, PREFIX) == []


def test_a_push_that_died_between_its_decision_and_its_record_loses_the_number(root, clock):
    writer = Writer(root, CAT, files(1), lease_seconds=600)
    steps = writer.steps()
    while next(steps) != "decided":
        pass
    steps.close()
    clock.seconds += 601
    gc(root, clock, grace_s=0)
    assert push(root, "team/cat", files(2)).number == 2
    assert gc(root, clock, grace_s=0).freed_objects == 0
    assert pull(root, "team/cat", 2) == files(2)


def test_a_damaged_table_stops_the_collection_and_names_the_version(root, clock):
    push(root, "a", files(1))
    push(root, "a", files(2))
    version = root.refs.version(ModelName.parse("a"), 2)
    opened = root.open(version)
    key = next(key.key for key in opened.document_keys() if key.kind == "tables")
    for key in opened.document_keys():
        if key.kind == "tables":
            root.backend.put(key.key, [b"rubbish"])
    with pytest.raises(ObjectCorruptError, match="a:2 cannot be read") as caught:
        gc(root, clock, grace_s=0)
    assert "store check" in caught.value.hint
    delete(root, ref("a:2"))
    gc(root, clock, grace_s=0)
    assert pull(root, "a", 1) == files(1)


def test_a_crashed_sweep_is_finished_by_the_next_collector(root, clock):
    push(root, "a", files(1, count=12))
    delete(root, ref("a:1"))
    words = list(Collection(root, Order(grace_s=0), Silent()).steps())
    assert any(word.startswith("deleted") for word in words)
    # The same again, stopped after each step in turn.
    for stop in range(len(words) + 3):
        push(root, "b", files(100 + stop, count=12))
        delete(root, ref(f"b:{stop + 1}"))
        steps = Collection(root, Order(grace_s=0), Silent()).steps()
        for _ in zip(range(stop), steps, strict=False):
            pass
        steps.close()
        gc(root, clock, grace_s=0)
        assert keys(root, "objects/") == []
        assert not any(epoch.open for epoch in list_epochs(root.backend))


def test_decisions_are_kept_thirty_days_and_count_for_pushes(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    gc(root, clock, grace_s=0)
    assert len(read_epochs(root.backend).lists) == 1
    clock.seconds += 29 * 86400
    gc(root, clock, grace_s=0)
    assert len(read_epochs(root.backend).lists) == 1
    clock.seconds += 2 * 86400
    gc(root, clock, grace_s=0)
    assert read_epochs(root.backend).lists == ()
    assert read_epochs(root.backend).highest == 1


def test_what_is_under_way_in_one_epoch_is_not_marked_in_the_next(root, clock):
    push(root, "a", files(1))
    delete(root, ref("a:1"))
    assert gc(root, clock, grace_s=60).marked_bytes == 1800
    push(root, "b", files(2))
    delete(root, ref("b:1"))
    assert gc(root, clock, grace_s=60).marked_bytes == 1800
    assert gc(root, clock, grace_s=60).epoch is None
    clock.seconds += 60
    assert gc(root, clock, grace_s=60).freed_bytes == 3600


@pytest.mark.parametrize("grace", [-1, float("nan")])
def test_a_grace_time_that_is_none_is_refused(root, clock, grace):
    with pytest.raises(WrongUsageError, match="is no time"):
        gc(root, clock, grace_s=grace)


def test_a_grace_time_below_what_is_safe_there_is_refused(root, clock):
    with pytest.raises(WrongUsageError, match="too short") as caught:
        gc(root, clock, grace_s=0, least_grace_s=600)
    assert "--grace 600" in caught.value.hint
