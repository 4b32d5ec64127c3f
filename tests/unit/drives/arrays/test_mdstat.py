"""Arrays of Linux md as /proc/mdstat tells them."""

import pytest
from support.drives.array_states_md import CHECK, RECOVERY, md, mdstat

from podplanner.drives.arrays.md.mdstat import read_mdstat
from podplanner.drives.arrays.recognising import text_kind_of
from podplanner.drives.arrays.state import MemberState


def the_array(*, array=None, **words):
    found = read_mdstat(mdstat(array or md(**words)))
    assert found.trouble == ()
    (only,) = found.arrays
    return only


@pytest.mark.parametrize(("level", "members", "use", "extra", "tolerance"), [
    ("raid1", "sda1[0] sdb1[1]", "UU", "", 1),
    ("raid1", "sda1[0] sdb1[1] sdc1[2]", "UUU", "", 2),
    ("raid5", "sda[0] sdb[1] sdc[3]", "UUU", "level 5, 512k chunk, algorithm 2", 1),
    ("raid6", "sda[0] sdb[1] sdc[2] sdd[3]", "UUUU", "level 6, 512k chunk, algorithm 2", 2),
    ("raid10", "sda[0] sdb[1] sdc[2] sdd[3]", "UUUU", "512K chunks 2 near-copies", 1),
    ("raid10", "sda[0] sdb[1] sdc[2]", "UUU", "512K chunks 3 far-copies", 2),
    ("raid0", "sda[0] sdb[1]", "", "512k chunks", 0),
    ("linear", "sda[0] sdb[1]", "", "0k rounding", 0),
])  # fmt: skip
def test_every_level_stands_what_it_can(level, members, use, extra, tolerance):
    array = the_array(level=level, members=members, use=use, extra=extra)
    (group,) = array.groups
    assert array.trouble == ()
    assert (group.kind, group.tolerance, group.gone) == (level, tolerance, 0)
    assert len(group.members) == len(members.split())


def test_a_failed_member_is_gone_and_the_new_one_is_being_filled():
    array = the_array(
        members="sdg[6] sdf[5] sde[4] sdd[3](F) sdc[2] sdb[1] sda[0]", use="UUU_UU",
        progress=RECOVERY,
    )  # fmt: skip
    (group,) = array.groups
    states = {m.name: m.state for m in group.members}
    assert states["sdd"] is MemberState.GONE
    assert states["sdg"] is MemberState.REBUILDING
    assert list(states.values()).count(MemberState.ONLINE) == 5
    assert (group.gone, group.spare_losses) == (1, 1)
    assert group.rebuild.percent == pytest.approx(12.6)
    assert group.rebuild.left_s == 7_650
    assert group.members[0].size_bytes == 15_627_544_576 // 4 * 1024


def test_a_member_that_is_not_listed_is_gone_all_the_same():
    (group,) = the_array(members="sda[0] sdb[1] sdc[2] sdd[3]", use="UUUU__").groups
    assert (group.gone, group.spare_losses) == (2, 0)


def test_spares_are_none_of_the_group():
    array = the_array(level="raid1", members="sda[0] sdb[1] sdc[2](S)", use="UU")
    assert [m.name for m in array.spares] == ["sdc"]
    assert [m.name for m in array.groups[0].members] == ["sda", "sdb"]


def test_a_replacement_is_being_filled_beside_the_old_one():
    (group,) = the_array(level="raid1", members="sda[0] sdb[1] sdc[2](R)", use="UU",
                         progress=RECOVERY).groups  # fmt: skip
    states = [m.state for m in group.members]
    assert states == [MemberState.ONLINE, MemberState.ONLINE, MemberState.REBUILDING]
    assert group.gone == 0


@pytest.mark.parametrize("what", [
    "resync=DELAYED", "resync=PENDING", "recovery=DELAYED",
    "[>..]  resync =  0.1% (1/9) finish=1.0min speed=1K/sec",
    "[>..]  reshape = 99.9% (8/9) finish=1.0min speed=1K/sec",
])  # fmt: skip
def test_every_pass_that_redundancy_waits_for_is_a_rebuild(what):
    assert the_array(progress=what).groups[0].rebuild is not None


def test_a_check_is_no_rebuild():
    array = the_array(progress=CHECK)
    assert array.groups[0].rebuild is None
    assert "2.1 %" in array.scrub


def test_an_array_that_does_not_run_is_in_trouble_and_its_members_hold_data():
    array = the_array(array=md(level="", members="sda[0](S) sdb[1](S)", use="", state="inactive"))
    assert any("inactive" in words for words in array.trouble)
    assert [m.state for m in array.groups[0].members] == [MemberState.ONLINE] * 2
    assert array.spares == ()
    assert array.groups[0].spare_losses is None


def test_raid10_that_runs_on_two_of_four_cannot_lose_one_more():
    (group,) = the_array(level="raid10", members="sda[0] sdc[2]", use="U_U_",
                         extra="512K chunks 2 near-copies").groups  # fmt: skip
    assert group.spare_losses == 0


def test_raid5_that_lost_two_has_lost_too_many():
    (group,) = the_array(level="raid5", members="sda[0]", use="U__").groups
    assert group.spare_losses < 0


@pytest.mark.parametrize("wrong", [
    md(use=""), md(use="UUUUUU").replace("[6/6]", "[6/5]"), md(level="raid99"),
    md(level="", members="sda[0]"),
])  # fmt: skip
def test_what_contradicts_itself_or_is_unknown_is_never_known_to_stand_a_loss(wrong):
    (array,) = read_mdstat(mdstat(wrong)).arrays
    assert array.trouble or array.groups[0].tolerance is None


def test_a_text_that_is_cut_off_is_trouble():
    assert any("cut off" in w for w in read_mdstat(mdstat(md())[:-30]).trouble)


def test_the_container_of_a_controller_is_no_array():
    container = md("md127", "", "sda[1](S) sdb[0](S)", use="", state="inactive",
                   extra="super external:imsm")  # fmt: skip
    inside = md("md126", "raid1", "sda[1] sdb[0]", use="UU", extra="super external:/md127/0")
    found = read_mdstat(mdstat(container, inside))
    assert [a.name for a in found.arrays] == ["md126"]


def test_no_array_is_no_trouble():
    assert read_mdstat("Personalities :\nunused devices: <none>\n").trouble == ()


def test_mdstat_is_recognised():
    assert text_kind_of(mdstat(md())) == "mdstat"
    assert text_kind_of("Personalities : \nunused devices: <none>\n") == "mdstat"
