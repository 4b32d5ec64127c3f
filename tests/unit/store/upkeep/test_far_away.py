"""Upkeep of a store where each call is a request: how many there are, and how many at once."""

from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import Writer, pull, push

from podplanner.store.doctor import PREFIX as DOCTOR
from podplanner.store.lease import find_leases
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root
from podplanner.store.upkeep import check, collect, delete, stats, undelete
from podplanner.store.upkeep.retention import Retention, expired_versions

VERSIONS = 20
OBJECTS = 30
CAT = ModelName.parse("cat")


@pytest.fixture
def seconds():
    return [1_000_000.0]


@pytest.fixture
def root(seconds):
    """A store with twenty versions of thirty objects and a pair of tables each."""
    root = make_root(RemoteMemory(clock=lambda: seconds[0]))
    for number in range(VERSIONS):
        push(root, "cat", files(number))
    root.backend.total()
    return root


def files(seed):
    random = Random(seed)
    return {"f": [random.randbytes(600) for _ in range(OBJECTS)]}


def slowly(root):
    root.backend.delay_s = 0.002
    root.backend.most_under_way = 0


def test_marking_reads_what_each_version_has_once_and_many_side_by_side(root):
    collect(root, grace_s=0, progress=Silent())
    requests = dict(root.backend.requests)
    # Record, layout, manifest, and the table of places.
    assert requests["get"] == 4 * VERSIONS
    assert sum(requests.values()) <= 4 * VERSIONS + 16
    slowly(root)
    collect(root, grace_s=0, progress=Silent())
    assert 2 <= root.backend.most_under_way <= 8


def test_a_table_that_versions_share_is_read_once(root):
    for _ in range(10):
        push(root, "dog", files(1))
    root.backend.total()
    stats(root)
    assert root.backend.requests["get"] == 4 * VERSIONS + 3 * 10


def test_a_sweep_lists_and_deletes_by_the_thousand(root):
    for number in range(1, VERSIONS):
        root.refs.bury(CAT, number)
    root.backend.total()
    found = collect(root, grace_s=0, progress=Silent())
    assert (found.freed_objects, found.freed_bytes) == (19 * OBJECTS, 19 * OBJECTS * 600)
    assert root.backend.requests["delete all"] <= 3
    assert root.backend.requests["delete"] <= 2
    assert root.backend.requests["list"] <= 40
    assert pull(root, "cat", VERSIONS) == files(VERSIONS - 1)
    for prefix, left in (("objects/", OBJECTS), ("tables/", 2), ("layouts/", 1)):
        assert len(list(root.backend.keys(prefix))) == left


def test_a_dry_run_counts_by_listings(root, seconds):
    for number in range(1, VERSIONS):
        root.refs.bury(CAT, number)
    collect(root, grace_s=60, progress=Silent())
    seconds[0] += 61
    root.backend.total()
    told = collect(root, grace_s=60, dry_run=True, progress=Silent(), clock=lambda: seconds[0])
    assert (told.freed_objects, told.freed_bytes) == (19 * OBJECTS, 19 * OBJECTS * 600)
    assert root.backend.requests["head"] <= 2
    assert collect(root, grace_s=60, progress=Silent()).freed_objects == told.freed_objects


def test_versions_expire_and_are_given_up_side_by_side(root):
    slowly(root)
    found = collect(root, grace_s=0, keep_last=1, progress=Silent())
    assert found.expired == tuple(f"cat:{number}" for number in range(1, VERSIONS))
    assert root.refs.index(CAT).swept == set(range(1, VERSIONS))
    assert 2 <= root.backend.most_under_way <= 8


def test_of_many_models_records_and_aliases_are_read_side_by_side(root):
    for number in range(12):
        for one in range(3):
            push(root, f"m{number:02}", {"f": [bytes([number, one])]})
        root.refs.move_alias(ModelName.parse(f"m{number:02}"), "prod", 1)
    slowly(root)
    root.backend.total()
    gone = list(expired_versions(root, Retention(keep_last=1), 0.0, Silent()))
    assert gone[: VERSIONS - 1] == [(CAT, number) for number in range(1, VERSIONS)]
    assert [(str(model), n) for model, n in gone[VERSIONS - 1 :]] == [
        (f"m{number:02}", 2) for number in range(12)
    ]
    # One listing, a record of each version; of each model its aliases, and what the one names.
    assert root.backend.total() == 1 + VERSIONS + 36 + 1 + 12 * 2
    assert 2 <= root.backend.most_under_way <= 2 * 8


def test_a_check_reads_every_object_once_and_lists_little(root):
    found = check(root, progress=Silent())
    assert found.ok
    assert found.objects == VERSIONS * OBJECTS
    requests = root.backend.requests
    assert requests["read"] == VERSIONS * OBJECTS
    # Of each version its record, and four documents: to know what it needs, and to verify them.
    assert requests["get"] == VERSIONS * (1 + 4 + 4)
    assert requests["list"] <= 8
    assert requests["head"] == 0


def test_a_quick_check_of_lost_objects_asks_for_each_and_reads_none(root):
    keys = [info.key for info in root.backend.keys("objects/")]
    root.backend.delete_all(keys[::2])
    slowly(root)
    found = check(root, quick=True, progress=Silent())
    assert {(one.kind, one.object) for one in found.problems} == {
        ("lost", key) for key in keys[::2]
    }
    assert root.backend.requests["read"] == 0
    assert 2 <= root.backend.most_under_way <= 8


def test_undeleting_looks_for_all_that_is_needed_side_by_side(root):
    delete(root, Reference.parse("cat:3"))
    slowly(root)
    undelete(root, Reference.parse("cat:3"))
    assert 2 <= root.backend.most_under_way <= 8
    assert pull(root, "cat", 3) == files(2)


def test_many_dead_pushes_are_ended_and_cleaned_up_after_side_by_side(root, seconds):
    for number in range(6):
        writer = Writer(root, CAT, files(100 + number))
        for step in writer.steps():
            if step == "stored the manifest":
                break
        writer.session.lease.stop_renewing()
    assert len(find_leases(root.backend)) == 6
    seconds[0] += 100_000
    slowly(root)
    collect(root, grace_s=0, progress=Silent())
    assert 2 <= root.backend.most_under_way <= 8
    assert all(lease.is_over for lease in find_leases(root.backend))
    assert len(list(root.backend.keys("objects/"))) == VERSIONS * OBJECTS


def test_what_a_killed_doctor_left_goes_after_a_while(root, seconds):
    keys = [f"{DOCTOR}try-1/{number}" for number in range(30)] + [f"{DOCTOR}try-2"]
    for key in [*keys, f"{DOCTOR}0000000001.json"]:
        root.backend.put(key, [b"x"])
    seconds[0] += 800
    collect(root, grace_s=0, progress=Silent())
    assert len(list(root.backend.keys(DOCTOR))) == 32
    seconds[0] += 200
    root.backend.put(f"{DOCTOR}try-3", [b"of one that runs"])
    root.backend.total()
    collect(root, grace_s=0, progress=Silent())
    left = [info.key for info in root.backend.keys(DOCTOR)]
    assert left == [f"{DOCTOR}0000000001.json", f"{DOCTOR}try-3"]
    assert root.backend.requests["delete"] == 0
