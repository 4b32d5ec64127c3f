"""Clusters as Ceph's own documents tell them."""

import json

import pytest
from support.drives.array_states_ceph import cluster

from podplanner.drives.arrays.joining import Told, state_of
from podplanner.drives.arrays.recognising import kind_of
from podplanner.drives.arrays.state import MemberState

ALL = {"1.0": ("active+clean", (0, 1, 2)), "1.1": ("active+clean", (1, 2, 3))}


def read(left_out=(), **words):
    files = cluster(**words)
    return state_of(
        Told(name, kind_of(content) or "", json.loads(json.dumps(content)))
        for name, content in files.items()
        if name not in left_out
    )


def group_of(state):
    (array,) = state.arrays
    (group,) = array.groups
    return group


def test_every_document_is_recognised():
    assert {kind_of(c) for c in cluster(acting=ALL, drained=()).values()} == {
        "ceph-status", "ceph-osd-dump", "ceph-osd-metadata", "ceph-pgs", "ceph-destroyable",
    }  # fmt: skip


def test_three_copies_may_lose_two():
    state = read()
    assert state.trouble == ()
    assert state.arrays[0].trouble == ()
    group = group_of(state)
    assert (group.tolerance, group.gone) == (2, 0)
    member = group.members[0]
    assert (member.name, member.path, member.serial) == ("osd.0", "/dev/sda", "MADE0001")
    assert member.size_bytes == 4_000_783_007_744


def test_erasure_coding_may_lose_as_many_as_its_profile_says():
    assert group_of(read(kind=3, size=6, min_size=5, osds=6)).tolerance == 2


def test_without_the_profile_the_lower_bound_holds():
    files = cluster(kind=3, size=6, min_size=5)
    pools = [{"pool_id": 1, **p} for p in files["dump.json"]["pools"]]
    told = [Told(n, kind_of(c), c) for n, c in files.items() if n != "dump.json"]
    tree = {"nodes": [{"id": 0, "name": "osd.0", "type": "osd", "status": "up", "reweight": 1.0}],
            "stray": []}  # fmt: skip
    told += [Told("pools", kind_of(pools), pools), Told("tree", kind_of(tree), tree)]
    assert group_of(state_of(told)).tolerance == 1


def test_an_osd_that_went_down_a_moment_ago_is_gone_though_all_groups_are_still_called_clean():
    group = group_of(read(down=(3,), acting=ALL, drained=()))
    assert group.gone == 1
    assert group.members[3].state is MemberState.GONE


def test_an_osd_that_ceph_says_may_be_destroyed_is_gone_and_missed_by_nothing():
    group = group_of(read(down=(3,), out=(3,), drained=(3,)))
    assert group.gone == 0
    assert group.members[3].state is MemberState.GONE


def test_an_osd_that_is_out_and_full_still_holds_data():
    group = group_of(read(out=(3,), drained=()))
    assert group.members[3].state is MemberState.ERRORS


def test_out_and_clean_alone_do_not_prove_that_an_osd_is_empty():
    assert group_of(read(out=(3,))).members[3].state is MemberState.ERRORS


def test_recovery_is_a_rebuild_and_counts_what_the_worst_group_lacks():
    acting = {"1.0": ("active+undersized+degraded", (0, 1)), **ALL}
    state = read(down=(2, 3), acting=acting, degraded=0.2, drained=(),
                 states={"active+recovering+degraded": 2, "active+clean": 30})  # fmt: skip
    group = group_of(state)
    assert group.rebuild is not None
    assert "20.0 %" in group.rebuild.words
    assert group.gone == 2


def test_backfill_of_misplaced_data_is_a_rebuild_that_lacks_nothing():
    group = group_of(read(states={"active+remapped+backfilling": 4, "active+clean": 28},
                          misplaced=0.1))  # fmt: skip
    assert group.rebuild is not None
    assert group.gone == 0


def test_data_that_lack_copies_with_every_osd_up_are_counted_as_if_all_were_lacking():
    assert group_of(read(states={"active+degraded": 4})).spare_losses == 0


@pytest.mark.parametrize("state", ["down", "stale+active+clean", "incomplete", "unknown",
                                   "peering", "active+clean+inconsistent",
                                   "active+backfill_toofull"])  # fmt: skip
def test_bad_states_of_placement_groups_are_trouble(state):
    assert read(states={state: 1, "active+clean": 31}).arrays[0].trouble


@pytest.mark.parametrize(("name", "message"), [
    ("OSD_FULL", "1 full osd(s)"), ("OSD_NEARFULL", "1 nearfull osd(s)"),
    ("PG_DAMAGED", "Possible data damage: 1 pg inconsistent"),
    ("OSDMAP_FLAGS", "norecover,nobackfill flag(s) set"),
])  # fmt: skip
def test_checks_that_speak_of_data_or_room_are_trouble(name, message):
    assert any(message in w for w in read(checks={name: message}).arrays[0].trouble)


def test_checks_that_speak_of_other_things_are_none():
    assert read(checks={"POOL_APP_NOT_ENABLED": "x", "OSDMAP_FLAGS": "noout flag(s) set"}).arrays[
        0
    ].trouble == ()  # fmt: skip


def test_without_a_manager_states_are_old():
    assert any("manager" in words for words in read(manager=False).arrays[0].trouble)


@pytest.mark.parametrize("name", ["status.json", "dump.json"])
def test_a_document_that_lacks_is_trouble(name):
    assert read(left_out=(name,)).trouble


def test_a_document_of_other_structure_is_trouble():
    files = cluster()
    files["dump.json"]["osds"] = {"0": "up"}
    state = state_of(Told(n, kind_of(c), c) for n, c in files.items())
    assert any("not understood" in words for words in state.trouble)


def test_the_database_of_several_osds_is_a_member_of_each():
    files = cluster(osds=3)
    for entry in files["metadata.json"]:
        entry["devices"] += ",nvme0n1"
        entry["device_ids"] += ",nvme0n1=FAST_MADE9999"
    group = group_of(state_of(Told(n, kind_of(c), c) for n, c in files.items()))
    shared = [m for m in group.members if m.serial == "MADE9999"]
    assert [m.name for m in shared] == ["osd.0", "osd.1", "osd.2"]
    assert all("database" in m.words for m in shared)


def test_osds_are_taken_from_what_is_there():
    files = cluster()
    node = {"id": 0, "name": "osd.0", "type": "osd", "status": "up", "reweight": 1.0}
    listed = {"nodes": [node], "stray": [], "summary": {"average_utilization": 1.0}}
    assert kind_of(listed) == "ceph-osd-df"
    pools = [{**pool, "pool_id": 1} for pool in files["dump.json"]["pools"]]
    told = [Told(n, kind_of(c), c) for n, c in files.items() if n != "dump.json"]
    told += [Told("df", "ceph-osd-df", listed), Told("pools", "ceph-pools", pools)]
    assert [m.name for m in group_of(state_of(told)).members] == ["osd.0"]
