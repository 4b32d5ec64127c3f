"""Which drive comes first in recorded states of arrays, and whether it may be pulled."""

import json
from datetime import timedelta

import pytest
from support.drives.array_states import (
    Leaf,
    Pool,
    Top,
    document,
    leaves,
    mirror,
    raidz,
    raidz2_pool,
)
from support.drives.array_states_ceph import cluster
from support.drives.array_states_drives import (
    a_drive,
    a_pod,
    arrays_in,
    bays,
    pod_of,
    serial,
)
from support.drives.array_states_md import RECOVERY, md, mdstat

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import Assessment, Cause, Evidence, Verdict
from podplanner.drives.pulling.card import Safety
from podplanner.drives.pulling.choosing import cards, first_card
from podplanner.drives.reading import Trouble

REPLACE, WARNING = Verdict.REPLACE, Verdict.WARNING
GONE_1 = Leaf("MADE0001", "FAULTED", (9, 0, 0), "too many errors")
GONE_2 = Leaf("MADE0002", "REMOVED")
LOST_1 = Leaf("", "UNAVAIL", words="was /dev/sdx1", name="1234567890123456789")


@pytest.fixture
def zfs(tmp_path):
    return lambda *pools: arrays_in(tmp_path, pool_json=document(*pools))


@pytest.fixture
def md_of(tmp_path):
    return lambda **words: arrays_in(tmp_path, mdstat_txt=mdstat(md(**words)))


@pytest.fixture
def ceph(tmp_path):
    return lambda **words: arrays_in(tmp_path, **{
        name.replace(".json", "_json"): content for name, content in cluster(**words).items()
    })  # fmt: skip


def commands(card):
    return [step.command for step in card.steps if step.command]


# ---- ZFS


def test_nothing_to_do_is_no_card(zfs):
    assert first_card(pod_of(6), zfs(raidz2_pool()), bay_map=bays(6)) is None


def test_healthy_raidz2_lets_a_dying_drive_be_pulled(zfs):
    card = first_card(pod_of(6, bay_map=bays(6), d3=REPLACE), zfs(raidz2_pool()), bay_map=bays(6))
    assert card.pull.safety is Safety.SAFE
    assert (card.serial, card.bay.number) == ("MADE0003", 3)
    assert (card.groups[0].spare_losses, card.groups[0].after_pull) == (2, 1)
    assert [(n.bay, n.serial) for n in card.neighbours] == [(2, "MADE0002"), (4, "MADE0004")]
    assert commands(card)[0] == "zpool offline tank ata-MADE_UP-4000_MADE0003"
    assert commands(card)[-1].startswith("zpool replace tank ata-MADE_UP-4000_MADE0003 ")


@pytest.mark.parametrize("top", [raidz(1, 0, *leaves(1, 6)), mirror(0, *leaves(1, 2))])
def test_where_one_more_loss_would_kill_data_the_spare_comes_first(zfs, top):
    card = first_card(pod_of(6, d1=REPLACE), zfs(Pool((top,))), bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert "put the spare in first" in card.pull.reason
    replaced = next(i for i, step in enumerate(card.steps) if "zpool replace" in step.command)
    pulled = next(i for i, step in enumerate(card.steps) if step.words.startswith("Pull"))
    assert replaced < pulled
    assert not any("offline" in command for command in commands(card))


def test_a_stripe_is_never_pulled(zfs):
    card = first_card(pod_of(3, d1=REPLACE), zfs(Pool(leaves(1, 3))), bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert "no redundancy" in card.pull.reason


def test_a_degraded_group_gets_its_gone_drive_replaced_first(zfs):
    found = cards(pod_of(6, bay_map=bays(6), d4=REPLACE), zfs(raidz2_pool(GONE_1)),
                  bay_map=bays(6))  # fmt: skip
    assert [card.serial for card in found] == ["MADE0001", "MADE0004"]
    # The drive that is to be replaced itself is not counted on.
    assert found[0].pull.safety is Safety.WAIT
    assert "not to be relied upon" in found[0].pull.reason
    assert found[1].pull.safety is not Safety.SAFE


def test_a_gone_drive_may_be_pulled_where_the_group_stands_another_loss(zfs):
    card = first_card(pod_of(6), zfs(raidz2_pool(GONE_1)), bay_map=None)
    assert card.pull.safety is Safety.SAFE
    assert card.groups[0].after_pull == card.groups[0].spare_losses == 1


def test_one_failure_from_loss_nothing_is_safe(zfs):
    state = zfs(raidz2_pool(GONE_1, GONE_2))
    found = cards(pod_of(6, d5=REPLACE), state, bay_map=None)
    assert [card.serial for card in found] == ["MADE0001", "MADE0002", "MADE0005"]
    assert all(card.pull.safety is not Safety.SAFE for card in found)
    assert found[2].pull.safety is Safety.DO_NOT_PULL
    assert "destroys data" in found[2].pull.reason


def test_one_failure_from_loss_with_a_free_bay_the_gone_drive_stays_where_it_is(zfs):
    with_bay = first_card(pod_of(6), zfs(raidz2_pool(GONE_1, GONE_2)), bay_map=bays(8, empty=(8,)))
    assert with_bay.pull.safety is Safety.DO_NOT_PULL
    assert "bay 8" in with_bay.steps[0].words
    without = first_card(pod_of(6), zfs(raidz2_pool(GONE_1, GONE_2)), bay_map=None)
    assert without.pull.safety is Safety.WAIT
    assert "backup" in without.steps[0].words


def test_a_rebuild_in_the_group_is_waited_for(zfs):
    shared = Top("replacing-0", (GONE_1, Leaf("MADE0009", resilvering=True)), "DEGRADED")
    pool = raidz2_pool(shared, scan="resilver")
    card = first_card(pod_of(9), zfs(pool), bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert "resilver" in card.pull.reason
    assert commands(card) == []


def test_a_rebuild_elsewhere_is_waited_for(zfs):
    other = Pool((mirror(0, Leaf("MADE0008", resilvering=True), Leaf("MADE0009")),), name="other",
                 scan="resilver")  # fmt: skip
    card = first_card(pod_of(9, d3=REPLACE), zfs(raidz2_pool(), other), bay_map=None)
    assert card.serial == "MADE0003"
    assert card.pull.safety is Safety.WAIT


def test_a_group_elsewhere_at_the_edge_is_seen_to_first(zfs):
    other = Pool((mirror(0, Leaf("MADE0008", "FAULTED"), Leaf("MADE0009")),), name="other")
    found = {c.serial: c for c in cards(pod_of(9, d3=REPLACE), zfs(raidz2_pool(), other),
                                        bay_map=None)}  # fmt: skip
    assert found["MADE0003"].pull.safety is Safety.WAIT


def test_a_drive_whose_spare_is_filled_may_go(zfs):
    shared = Top("spare-0", (Leaf("MADE0001", "DEGRADED", (0, 0, 90), "too many errors"),
                             Leaf("MADE0007")), "DEGRADED")  # fmt: skip
    state = zfs(raidz2_pool(shared, spares=(Leaf("MADE0007", "INUSE"),)))
    card = first_card(pod_of(7, d1=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.SAFE
    assert card.groups[0].after_pull == 2
    assert commands(card)[0] == "zpool detach tank ata-MADE_UP-4000_MADE0001"


def test_two_bad_drives_in_one_group_are_not_both_safe(zfs):
    found = cards(pod_of(6, d1=REPLACE, d2=REPLACE), zfs(raidz2_pool()), bay_map=None)
    assert len(found) == 2
    assert {card.pull.safety for card in found} == {Safety.WAIT}


@pytest.mark.parametrize("changes", [{"data_errors": 2}, {"state": "SUSPENDED"}])
def test_damage_and_suspension_forbid_it(zfs, changes):
    card = first_card(pod_of(6, d3=REPLACE), zfs(raidz2_pool(**changes)), bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert "Back up" in card.steps[0].words


def test_a_special_vdev_without_redundancy_forbids_it(zfs):
    state = zfs(raidz2_pool(classes={"special": (Leaf("MADE0008"),)}))
    card = first_card(pod_of(8, d8=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL


def test_a_cache_may_always_go_and_a_log_is_removed_first(zfs):
    state = zfs(raidz2_pool(cache=(Leaf("MADE0008"),), classes={"log": (Leaf("MADE0009"),)}))
    found = {c.serial: c for c in cards(pod_of(9, d8=REPLACE, d9=REPLACE), state, bay_map=None)}
    assert found["MADE0008"].pull.safety is Safety.SAFE
    assert found["MADE0009"].pull.safety is Safety.WAIT
    assert commands(found["MADE0009"])[0] == "zpool remove tank ata-MADE_UP-4000_MADE0009"


def test_the_state_of_arrays_that_was_not_read_forbids_it():
    card = first_card(pod_of(6, d3=REPLACE), ArrayState(), bay_map=bays(6))
    assert card.pull.safety is Safety.DO_NOT_PULL


def test_a_state_that_is_cut_off_forbids_it(tmp_path):
    whole = json.dumps(document(raidz2_pool()))
    state = arrays_in(tmp_path, pool_json=whole[: len(whole) // 2])
    card = first_card(pod_of(6, d3=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL


def test_an_array_beside_that_is_not_understood_forbids_it(tmp_path):
    short = mdstat(md(members="sdx[0] sdy[1]", level="raid1", use="UU"))[:-9]
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool()), mdstat_txt=short)
    card = first_card(pod_of(6, d3=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL


# ---- which drive


def test_a_drive_in_no_array_may_be_the_systems_own(zfs):
    card = first_card(pod_of(7, d7=REPLACE), zfs(raidz2_pool()), bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert "lsblk" in commands(card)[0]


def test_a_bad_hot_spare_may_go(zfs):
    state = zfs(raidz2_pool(spares=(Leaf("MADE0007", "AVAIL"),)))
    card = first_card(pod_of(7, d7=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.SAFE


def test_a_bad_spare_by_the_map_may_go_unless_a_member_may_be_it(tmp_path):
    the_map = bays(7, spare=(7,))
    pod = pod_of(7, bay_map=the_map, d7=REPLACE)
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool()))
    assert first_card(pod, state, bay_map=the_map).pull.safety is Safety.SAFE
    hidden = raidz2_pool(Leaf("", name="9c1a5d3e-0000-4000-8000-000000000001"))
    unsure = arrays_in(tmp_path, pool_json=document(hidden))
    card = first_card(a_pod(*(d for d in pod.drives if d.reading.identity.serial != "MADE0001")),
                      unsure, bay_map=the_map)  # fmt: skip
    assert card.pull.safety is Safety.DO_NOT_PULL


def test_two_drives_of_one_device_name_are_neither_of_them_the_member(md_of):
    state = md_of(level="raid1", members="sda[0] sdb[1]", use="UU")
    twins = (a_drive(1, REPLACE), a_drive(2, device="/dev/sda", source="/dev/sda"))
    card = first_card(a_pod(*twins), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert card.groups == ()


def test_a_missing_member_is_found_by_the_serial_in_its_name(zfs):
    gone = Leaf("MADE0001", "UNAVAIL")
    pod = a_pod(*(a_drive(n, bay=bays(6).at(serial(n))) for n in range(2, 7)))
    card = first_card(pod, zfs(raidz2_pool(gone)), bay_map=bays(6))
    assert (card.serial, card.bay.number, card.verdict) == ("MADE0001", 1, Verdict.UNKNOWN)
    assert card.pull.safety is Safety.SAFE


def test_a_missing_member_without_a_name_is_found_by_elimination(zfs):
    pod = a_pod(*(a_drive(n, bay=bays(6).at(serial(n))) for n in range(2, 7)))
    card = first_card(pod, zfs(raidz2_pool(LOST_1)), bay_map=bays(6))
    assert (card.serial, card.bay.number, card.candidates) == ("MADE0001", 1, ())
    assert card.groups[0].group == "raidz2-0"


def test_a_device_that_hangs_and_the_member_that_lacks_are_one_drive(zfs):
    hanging = a_drive(20, trouble=Trouble.TIMED_OUT, known=False)
    others = (a_drive(n, bay=bays(6).at(serial(n))) for n in range(2, 7))
    found = cards(a_pod(hanging, *others), zfs(raidz2_pool(LOST_1)), bay_map=bays(6))
    assert len(found) == 1
    assert (found[0].serial, found[0].bay.number) == ("MADE0001", 1)
    assert found[0].device == "/dev/sdt"


def test_several_that_it_may_be_are_named_and_none_is_pulled(zfs):
    pod = a_pod(*(a_drive(n, bay=bays(7).at(serial(n))) for n in range(2, 7)))
    card = first_card(pod, zfs(raidz2_pool(LOST_1)), bay_map=bays(7))
    assert [(c.serial, c.bay) for c in card.candidates] == [("MADE0001", 1), ("MADE0007", 7)]
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert card.bay is None


def test_a_new_drive_with_the_old_ones_device_is_not_the_one_that_is_missing(zfs):
    lost = Leaf("", "UNAVAIL", words="was /dev/sdb1", name="1234567890123456789")
    pod = pod_of(6)
    found = cards(pod, zfs(raidz2_pool(lost, *leaves(3, 5))), bay_map=None)
    assert all(card.serial != "MADE0002" for card in found)


def test_a_part_of_a_pod_does_not_make_the_rest_missing(zfs):
    pod = a_pod(a_drive(1, bay=bays(45).at(serial(1))))
    assert first_card(pod, zfs(raidz2_pool()), bay_map=bays(45)) is None


def test_the_newest_of_several_recordings_of_one_drive_counts(zfs):
    new, old = a_drive(3), a_drive(3, REPLACE, read_at=a_drive(3).reading.read_at - timedelta(9))
    pod = a_pod(new, old, *(a_drive(n) for n in (1, 2, 4, 5, 6)))
    assert first_card(pod, zfs(raidz2_pool()), bay_map=None) is None


def test_a_warning_waits_and_a_cable_is_no_reason_to_pull(zfs):
    card = first_card(pod_of(6, d3=WARNING), zfs(raidz2_pool()), bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert "yet" in card.pull.reason
    crc = Assessment(WARNING, "CRC errors grow", (Evidence(WARNING, Cause.LINK, "CRC"),))
    drive = a_drive(3)
    pod = a_pod(*(a_drive(n) for n in (1, 2, 4, 5, 6)),
                type(drive)(drive.reading, crc))  # fmt: skip
    assert "cable" in first_card(pod, zfs(raidz2_pool()), bay_map=None).pull.reason


def test_the_group_that_stands_least_comes_first(zfs):
    pools = (raidz2_pool(), Pool((mirror(0, Leaf("MADE0008"), Leaf("MADE0009")),), name="m"))
    found = cards(pod_of(9, d1=REPLACE, d8=REPLACE), zfs(*pools), bay_map=None)
    assert [card.serial for card in found] == ["MADE0008", "MADE0001"]


def test_names_of_a_hostile_pool_are_quoted(zfs):
    evil = Leaf("MADE0001", name="x; rm -rf $HOME_MADE0001")
    card = first_card(pod_of(6, d1=REPLACE), zfs(raidz2_pool(evil)), bay_map=None)
    assert card.groups
    assert all("rm -rf" not in c or "'x; rm -rf $HOME_MADE0001'" in c for c in commands(card))
    assert any("'x; rm -rf $HOME_MADE0001'" in c for c in commands(card))


# ---- md


def test_md_raid6_lets_a_dying_drive_be_pulled(md_of):
    card = first_card(pod_of(6, d3=REPLACE), md_of(), bay_map=None)
    assert card.pull.safety is Safety.SAFE
    assert commands(card)[:2] == ["mdadm --manage /dev/md0 --fail /dev/sdc",
                                  "mdadm --manage /dev/md0 --remove /dev/sdc"]  # fmt: skip


def test_md_raid5_wants_the_spare_first(md_of):
    state = md_of(level="raid5", members="sda[0] sdb[1] sdc[3] sdd[4](S)", use="UUU")
    card = first_card(pod_of(4, d1=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert card.spare.found.serial == "MADE0004"
    assert "mdadm --manage /dev/md0 --replace /dev/sda --with /dev/sdd" in commands(card)


def test_md_that_recovers_is_waited_for(md_of):
    state = md_of(members="sdg[6] sdf[5] sde[4] sdd[3](F) sdc[2] sdb[1] sda[0]", use="UUU_UU",
                  progress=RECOVERY)  # fmt: skip
    card = first_card(pod_of(7), state, bay_map=None)
    assert card.serial == "MADE0004"
    assert card.pull.safety is Safety.WAIT


def test_md_raid6_degraded_lets_the_failed_one_go(md_of):
    state = md_of(members="sdf[5] sde[4] sdd[3](F) sdc[2] sdb[1] sda[0]", use="UUU_UU")
    card = first_card(pod_of(6), state, bay_map=None)
    assert card.pull.safety is Safety.SAFE
    assert commands(card)[0] == "mdadm --manage /dev/md0 --remove /dev/sdd"


def test_md_at_the_edge_lets_none_go(md_of):
    state = md_of(members="sdf[5](F) sde[4] sdd[3](F) sdc[2] sdb[1] sda[0]", use="UUU_U_")
    found = cards(pod_of(6, d1=REPLACE), state, bay_map=None)
    assert all(card.pull.safety is not Safety.SAFE for card in found)


def test_md_with_partitions_of_one_drive_in_two_arrays_takes_the_more_cautious(tmp_path):
    state = arrays_in(tmp_path, mdstat_txt=mdstat(
        md("md0", "raid1", "sda1[0] sdb1[1] sdc1[2]", use="UUU"),
        md("md1", "raid5", "sda2[0] sdb2[1] sdc2[3]", use="UUU"),
    ))  # fmt: skip
    card = first_card(pod_of(3, d1=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert [group.array for group in card.groups] == ["md1", "md0"]


def test_md_that_misses_a_drive_that_nobody_lists_is_found_by_elimination(md_of):
    state = md_of(members="sdb[1] sdc[2] sdd[3] sde[4] sdf[5]", use="_UUUUU")
    pod = a_pod(*(a_drive(n, bay=bays(6).at(serial(n))) for n in range(2, 7)))
    card = first_card(pod, state, bay_map=bays(6))
    assert (card.serial, card.bay.number) == ("MADE0001", 1)
    assert card.pull.safety is Safety.DO_NOT_PULL


def test_md_raid0_is_never_pulled(md_of):
    state = md_of(level="raid0", members="sda[0] sdb[1]", use="", extra="512k chunks")
    card = first_card(pod_of(2, d1=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL


# ---- Ceph

ACTING = {"1.0": ("active+clean", (0, 1, 2)), "1.1": ("active+clean", (1, 2, 3))}
WITHOUT_3 = {"1.0": ("active+clean", (0, 1, 2))}


def test_ceph_copies_elsewhere_before_a_drive_is_pulled(ceph):
    card = first_card(pod_of(4, d1=REPLACE), ceph(acting=ACTING, drained=()), bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert commands(card)[:2] == [
        "ceph osd out osd.0", "while ! ceph osd safe-to-destroy osd.0; do sleep 60; done",
    ]  # fmt: skip


def test_ceph_that_says_a_drive_may_be_destroyed_lets_it_go(ceph):
    state = ceph(down=(3,), out=(3,), acting=WITHOUT_3, drained=(3,))
    card = first_card(pod_of(4), state, bay_map=None)
    assert (card.serial, card.pull.safety) == ("MADE0004", Safety.SAFE)


def test_ceph_that_backfills_is_waited_for(ceph):
    state = ceph(states={"active+remapped+backfilling": 2, "active+clean": 30}, acting=ACTING)
    card = first_card(pod_of(4, d2=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.WAIT
    assert card.groups[0].rebuild is not None


def test_ceph_at_the_edge_lets_none_go(ceph):
    state = ceph(down=(2, 3), states={"active+undersized+degraded": 32},
                 acting={"1.0": ("active+undersized+degraded", (0,))})  # fmt: skip
    found = cards(pod_of(4, d1=REPLACE), state, bay_map=None)
    assert {card.serial for card in found} == {"MADE0001", "MADE0003", "MADE0004"}
    assert all(card.pull.safety is not Safety.SAFE for card in found)


def test_ceph_with_bad_placement_groups_forbids_it(ceph):
    state = ceph(states={"stale+active+clean": 8, "active+clean": 24}, down=(3,))
    assert first_card(pod_of(4), state, bay_map=None).pull.safety is Safety.DO_NOT_PULL


def test_a_database_drive_takes_its_osds_with_it(tmp_path):
    files = cluster(osds=3, acting=WITHOUT_3, drained=())
    for entry in files["metadata.json"]:
        entry["devices"] += ",nvme0n1"
        entry["device_ids"] += ",nvme0n1=FAST_MADE0009"
    state = arrays_in(tmp_path, **{n.replace(".json", "_json"): c for n, c in files.items()})
    card = first_card(pod_of(9, d9=REPLACE), state, bay_map=None)
    assert card.pull.safety is Safety.DO_NOT_PULL
    assert card.groups[0].after_pull == -1
