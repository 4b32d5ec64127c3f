from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import pull, push

from podplanner.errors import (
    ConflictError,
    ObjectMissingError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root
from podplanner.store.upkeep import collect, delete, undelete
from podplanner.store.upkeep.collection import Collection, Order

CAT = ModelName.parse("cat")
FILES = {"f": [Random(1).randbytes(600), Random(2).randbytes(90)]}


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request):
    root = make_root(request.param())
    push(root, "cat", FILES)
    push(root, "cat", {"f": [Random(3).randbytes(600)]})
    return root


def ref(word):
    return Reference.parse(word)


def test_a_deleted_version_is_gone_from_lists_and_comes_back_whole(root):
    assert str(delete(root, ref("cat:1"))) == "cat:1"
    assert root.refs.index(CAT).live == (2,)
    with pytest.raises(UnknownNameError, match="is deleted"):
        root.refs.resolve(ref("cat:1"))
    undelete(root, ref("cat:1"))
    assert root.refs.index(CAT).live == (1, 2)
    assert pull(root, "cat", 1) == FILES


def test_a_number_is_never_used_twice(root):
    delete(root, ref("cat:2"))
    assert push(root, "cat", FILES).number == 3


def test_to_delete_one_says_which(root):
    with pytest.raises(WrongUsageError, match="does not say which version"):
        delete(root, ref("cat"))
    with pytest.raises(WrongUsageError, match="does not say which version"):
        undelete(root, ref("cat:prod"))


def test_what_is_not_there_cannot_be_deleted_nor_undeleted(root):
    with pytest.raises(UnknownNameError):
        delete(root, ref("cat:9"))
    with pytest.raises(UnknownNameError):
        undelete(root, ref("cat:9"))
    with pytest.raises(UnknownNameError):
        undelete(root, ref("dog:1"))
    delete(root, ref("cat:1"))
    with pytest.raises(UnknownNameError, match="is deleted"):
        delete(root, ref("cat:1"))


def test_what_is_not_deleted_stays_when_it_is_undeleted(root):
    assert undelete(root, ref("cat:1")).number == 1


def test_a_version_with_an_alias_is_deleted_only_by_force_and_the_alias_goes(root):
    root.refs.move_alias(CAT, "prod", 1)
    root.refs.move_alias(CAT, "best", 2)
    for word in ("cat:1", "cat:prod"):
        with pytest.raises(ConflictError, match="is named by prod"):
            delete(root, ref(word))
    delete(root, ref("cat:prod"), force=True)
    assert root.refs.aliases(CAT) == {"best": 2}
    undelete(root, ref("cat:1"))
    assert root.refs.aliases(CAT) == {"best": 2}


def test_a_deletion_that_was_cut_off_before_the_aliases_is_finished_by_the_next(root):
    root.refs.move_alias(CAT, "prod", 1)
    root.refs.bury(CAT, 1)
    delete(root, ref("cat:1"), force=True)
    assert root.refs.aliases(CAT) == {}


def test_after_the_sweep_it_cannot_come_back_and_the_record_says_what_it_was(root):
    delete(root, ref("cat:1"))
    collect(root, grace_s=0, progress=Silent())
    with pytest.raises(ConflictError, match="a collection has given its content up"):
        undelete(root, ref("cat:1"))
    assert root.refs.record(CAT, 1).total_bytes == 690
    assert root.refs.index(CAT).swept == {1}


def test_it_can_come_back_until_its_fate_is_decided_and_the_sweep_then_spares_it(root):
    delete(root, ref("cat:1"))
    steps = Collection(root, Order(grace_s=0), Silent()).steps()
    for word in steps:
        if word.startswith("decided the end"):
            break
    undelete(root, ref("cat:1"))
    assert "decided 1" in list(steps)
    assert pull(root, "cat", 1) == FILES


def test_an_undelete_that_died_half_way_is_finished_by_the_collection(root):
    delete(root, ref("cat:1"))
    stone = root.refs.tombstone(CAT, 1)
    root.refs._decide(CAT, 1, stone, root.refs._fate("undeleted"))
    assert 1 in root.refs.index(CAT).deleted
    collect(root, grace_s=0, progress=Silent())
    assert root.refs.index(CAT).live == (1, 2)
    assert pull(root, "cat", 1) == FILES


def test_what_is_not_whole_any_more_stays_deleted(root):
    delete(root, ref("cat:1"))
    opened = root.open(root.refs.version(CAT, 1))
    (_, place), *_ = opened.rows()
    root.backend.put(place.object.key, [b"short"])
    with pytest.raises(ObjectMissingError, match="cat:1 stays deleted"):
        undelete(root, ref("cat:1"))
    assert root.refs.index(CAT).live == (2,)


def test_a_version_deleted_after_the_epoch_was_opened_lives_through_its_sweep(root):
    """A pull that began before the deletion has the whole grace time."""
    seconds = [5_000_000.0]
    root = make_root(MemoryBackend(clock=lambda: seconds[0]))
    push(root, "cat", FILES)
    delete(root, ref("cat:1"))
    seconds[0] += 1
    collect(root, grace_s=60, progress=Silent())
    undelete(root, ref("cat:1"))
    seconds[0] += 59
    delete(root, ref("cat:1"))
    seconds[0] += 2
    assert collect(root, grace_s=60, progress=Silent()).freed_objects == 0
    undelete(root, ref("cat:1"))
    assert pull(root, "cat", 1) == FILES
