"""Pools as `zpool status` tells them, in JSON and in words."""

import json

import pytest
from support.drives.array_states import (
    SIZE,
    Leaf,
    Pool,
    Top,
    document,
    leaves,
    mirror,
    raidz,
    raidz2_pool,
    text,
)

from podplanner.drives.arrays.joining import Told, state_of
from podplanner.drives.arrays.recognising import kind_of, text_kind_of
from podplanner.drives.arrays.state import MemberState

FAULTED = Leaf("MADE0001", "FAULTED", (12, 3, 0), "too many errors")
WAS = "was /dev/disk/by-id/ata-MADE_UP-4000_MADE0001-part1"
GUIDED = Leaf("MADE0001", "UNAVAIL", words=WAS, name="12345678901234567890")


def as_json(*pools):
    return state_of([Told("zpool", "zpool-json", document(*pools))])


def as_words(*pools):
    return state_of([Told("zpool", "zpool-text", text(*pools))])


def as_rounded(*pools):
    return state_of([Told("zpool", "zpool-json", document(*pools, integers=False))])


both = pytest.mark.parametrize("read", [as_json, as_rounded, as_words])


def only_group(state):
    (array,) = state.arrays
    (group,) = array.groups
    return group


@both
def test_a_healthy_raidz2_may_lose_two(read):
    state = read(raidz2_pool())
    group = only_group(state)
    assert state.trouble == ()
    assert state.arrays[0].trouble == ()
    assert (group.name, group.kind, group.tolerance, group.gone) == ("raidz2-0", "raidz2", 2, 0)
    assert group.spare_losses == 2
    assert [m.state for m in group.members] == [MemberState.ONLINE] * 6


@both
def test_a_drive_with_too_many_errors_is_gone(read):
    group = only_group(read(raidz2_pool(FAULTED)))
    assert group.gone == 1
    assert group.members[0].state is MemberState.GONE
    assert (group.members[0].read_errors, group.members[0].write_errors) == (12, 3)
    assert "too many errors" in group.members[0].words


@both
def test_a_missing_drive_is_known_by_where_it_was(read):
    member = only_group(read(raidz2_pool(GUIDED))).members[0]
    assert member.state is MemberState.GONE
    assert member.name == "12345678901234567890"
    assert member.path == WAS.removeprefix("was ")


@both
def test_a_drive_that_errs_and_works_is_not_gone(read):
    group = only_group(read(raidz2_pool(Leaf("MADE0001", errors=(0, 0, 7)))))
    assert group.gone == 0
    assert group.members[0].state is MemberState.ERRORS


@both
def test_a_group_at_the_edge_has_no_loss_to_spare(read):
    pool = raidz2_pool(FAULTED, Leaf("MADE0002", "REMOVED"))
    assert only_group(read(pool)).spare_losses == 0


@both
def test_a_group_that_lost_too_many_is_in_trouble(read):
    top = raidz(1, 0, FAULTED, Leaf("MADE0002", "UNAVAIL"), Leaf("MADE0003"))
    state = read(Pool((top,), state="UNAVAIL"))
    group = only_group(state)
    assert group.spare_losses == -1
    assert group.trouble
    assert any("UNAVAIL" in words for words in state.arrays[0].trouble)


@both
def test_a_resilver_is_a_rebuild_of_its_group_alone(read):
    filled = Leaf("MADE0009", resilvering=True)
    shared = Top("replacing-0", (FAULTED, filled), "DEGRADED")
    pool = Pool(
        (raidz(2, 0, shared, *leaves(2, 4)), raidz(2, 1, *leaves(10, 5))),
        state="DEGRADED", scan="resilver", done=12.2,
    )  # fmt: skip
    first, second = read(pool).arrays[0].groups
    assert first.rebuild is not None
    assert second.rebuild is None
    assert first.rebuild.percent == pytest.approx(12.2)
    assert first.rebuild.left_s == pytest.approx(7_000, rel=0.05)
    assert [m.state for m in first.members[:2]] == [MemberState.GONE, MemberState.REBUILDING]
    assert first.gone == 1


@both
def test_a_spare_in_use_makes_its_place_whole(read):
    shared = Top("spare-0", (FAULTED, Leaf("MADE0009")), "DEGRADED")
    pool = raidz2_pool(shared, spares=(Leaf("MADE0009", "INUSE", words="currently in use"),))
    state = read(pool)
    group = only_group(state)
    assert group.gone == 0
    assert [m.slot for m in group.members[:3]] == ["spare-0", "spare-0", None]
    assert state.arrays[0].spares == ()


@both
def test_a_spare_that_waits_is_a_hot_spare(read):
    state = read(raidz2_pool(spares=(Leaf("MADE0007", "AVAIL"), Leaf("MADE0008", "UNAVAIL"))))
    assert [m.state for m in state.arrays[0].spares] == [MemberState.ONLINE, MemberState.GONE]


@both
def test_a_scrub_is_no_rebuild(read):
    array = read(raidz2_pool(scan="scrub", done=40)).arrays[0]
    assert "scrub" in array.scrub
    assert array.groups[0].rebuild is None


@both
def test_damaged_data_are_trouble_of_the_pool(read):
    (array,) = read(raidz2_pool(data_errors=3)).arrays
    assert any("permanent errors" in words for words in array.trouble)


@both
@pytest.mark.parametrize("state", ["SUSPENDED", "FAULTED", "UNAVAIL"])
def test_a_pool_that_does_not_work_is_in_trouble(read, state):
    (array,) = read(raidz2_pool(state=state)).arrays
    assert any(state in words for words in array.trouble)


@both
def test_a_pool_that_is_suspended_in_words_alone_is_in_trouble(read):
    pool = raidz2_pool(status="One or more devices are faulted; the pool I/O is suspended.")
    (array,) = read(pool).arrays
    assert any("suspended" in words for words in array.trouble)


@both
def test_a_stripe_stands_no_loss(read):
    groups = read(Pool(leaves(1, 3))).arrays[0].groups
    assert [(g.kind, g.tolerance) for g in groups] == [("disk", 0)] * 3


@both
def test_mirrors_are_groups_of_their_own(read):
    pool = Pool((mirror(0, *leaves(1, 2)), mirror(1, *leaves(3, 3))))
    assert [g.tolerance for g in read(pool).arrays[0].groups] == [1, 2]


@both
def test_classes_are_groups_whose_loss_loses_the_pool(read):
    pool = raidz2_pool(
        classes={"special": (Leaf("MADE0020"),), "log": (mirror(3, *leaves(21, 2)),)},
        cache=(Leaf("MADE0030"),),
    )  # fmt: skip
    groups = {g.kind: g for g in read(pool).arrays[0].groups}
    assert groups["special disk"].tolerance == 0
    assert groups["log mirror"].tolerance == 1
    assert groups["cache"].tolerance == 1


@both
def test_a_draid_and_its_distributed_spare_are_understood(read):
    spared = Top("spare-0", (FAULTED, Leaf("", name="draid2-0-0")), "DEGRADED")
    top = Top("draid2:4d:11c:1s-0", (spared, *leaves(2, 10)), "DEGRADED")
    waiting = (Leaf("", "INUSE", name="draid2-0-0"), Leaf("", "AVAIL", name="draid2-0-1"))
    (array,) = read(Pool((top,), state="DEGRADED", spares=waiting)).arrays
    (group,) = array.groups
    assert (group.kind, group.tolerance, group.gone) == ("draid2", 2, 0)
    assert group.members[1].words == "distributed spare"
    assert [(m.name, m.words) for m in array.spares] == [("draid2-0-1", "distributed spare")]


def test_exact_sizes_alone_are_sizes():
    exact, rounded = only_group(as_json(raidz2_pool())), only_group(as_rounded(raidz2_pool()))
    assert exact.members[0].size_bytes == SIZE
    assert rounded.members[0].size_bytes is None


def test_names_that_are_numbers_hide_how_many_may_go():
    found = document(raidz2_pool())
    vdevs = found["pools"]["tank"]["vdevs"]["tank"]["vdevs"]
    vdevs["763132626387621737"] = {**vdevs.pop("raidz2-0"), "name": 763132626387621737}
    group = only_group(state_of([Told("zpool", "zpool-json", found)]))
    assert group.tolerance is None
    assert group.spare_losses is None
    assert any("-g" in words for words in group.trouble)


def test_a_listing_of_unhealthy_drives_alone_is_trouble():
    group = only_group(as_json(raidz2_pool().but(tops=(Top("raidz2-0", (FAULTED,), "DEGRADED"),))))
    assert any("-e" in words for words in group.trouble)


def test_flat_vdevs_are_refused():
    found = document(raidz2_pool())
    root = found["pools"]["tank"]["vdevs"]["tank"]
    found["pools"]["tank"]["vdevs"] = {
        "tank": root, **{k: {**v, "parent": "tank"} for k, v in root["vdevs"].items()}
    }  # fmt: skip
    (array,) = state_of([Told("zpool", "zpool-json", found)]).arrays
    assert array.groups == ()
    assert any("flat" in words for words in array.trouble)


def test_an_unknown_state_is_trouble():
    group = only_group(as_json(raidz2_pool(Leaf("MADE0001", "SLEEPY"))))
    assert group.members[0].state is MemberState.GONE
    assert any("state" in words for words in group.trouble)


@pytest.mark.parametrize("lines", [4, 8, 12])
def test_words_that_are_cut_off_are_trouble(lines):
    short = "\n".join(text(raidz2_pool()).splitlines()[:lines])
    (array,) = state_of([Told("zpool", "zpool-text", short)]).arrays
    assert any("cut off" in words for words in array.trouble)


def test_words_that_were_pasted_with_spaces_and_colours_are_read():
    pasted = text(raidz2_pool(FAULTED)).replace("\t", "        ")
    coloured = pasted.replace("FAULTED", "\x1b[31mFAULTED\x1b[0m")
    group = only_group(state_of([Told("zpool", "zpool-text", coloured)]))
    assert (group.tolerance, group.gone) == (2, 1)


@pytest.mark.parametrize("wrong", [
    {"pools": {"tank": {"vdevs": 3}}}, {"pools": []}, {"pools": {"tank": []}},
    {"pools": {"tank": {"vdevs": {"tank": {"read_errors": "many"}}}}},
    {"pools": {"tank": {"vdevs": {}, "state": 5}}},
])  # fmt: skip
def test_another_structure_is_trouble_and_no_pool(wrong):
    state = state_of([Told("zpool.json", "zpool-json", wrong)])
    assert state.arrays == ()
    assert any("zpool.json" in words for words in state.trouble)


def test_both_forms_are_recognised_and_drives_are_not():
    assert kind_of(json.loads(json.dumps(document(raidz2_pool())))) == "zpool-json"
    assert text_kind_of(text(raidz2_pool())) == "zpool-text"
    assert kind_of({"json_format_version": [1, 0], "smartctl": {}, "device": {}}) is None
    assert kind_of([1, 2]) is None
    assert text_kind_of("pool: is a word\n") is None


def test_one_pool_told_of_twice_is_trouble():
    state = state_of([Told("a", "zpool-json", document(raidz2_pool())),
                      Told("b", "zpool-text", text(raidz2_pool()))])  # fmt: skip
    assert any("twice" in words for words in state.trouble)


@pytest.mark.parametrize(("status", "damaged"), [
    ("", False), ("One or more devices has an error resulting in data corruption.", True),
])  # fmt: skip
def test_where_damage_is_not_counted_the_status_tells(status, damaged):
    found = document(raidz2_pool(status=status))
    del found["pools"]["tank"]["error_count"]
    (array,) = state_of([Told("zpool", "zpool-json", found)]).arrays
    assert bool(array.trouble) is damaged
