"""Commands that make the pool: every bay once, each member in its place."""

import re
import shlex
from pathlib import PurePosixPath

import pytest
from support.sample_pods import drives, storage_pod

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.placement import Placement, place
from podplanner.report.pool_commands import PoolCommandError, mdadm_commands, zpool_commands


def placed(layout, number=45):
    found = place(storage_pod(extra=(drives(number),)), read_layout(layout))
    assert isinstance(found, Placement)
    return found


def words_of(lines):
    """Return the words of each command, as a shell reads them."""
    script = "\n".join(line for line in lines if not line.startswith("#"))
    return [shlex.split(line) for line in script.replace("\\\n", " ").splitlines()]


def bay(device):
    return int(PurePosixPath(device).name.removeprefix("bay"))


def bays_of(placement, group):
    seats = [s for s in placement.seats if s.group == group]
    return [s.bay for s in sorted(seats, key=lambda s: s.member)]


def test_zpool_create_has_one_vdev_a_group_with_its_members_in_order():
    placement = placed("raidz2:15x3")
    (words,) = words_of(zpool_commands(placement, "tank"))
    assert words[:5] == ["zpool", "create", "-o", "ashift=12", "tank"]
    assert [words[i] for i in (5, 21, 37)] == ["raidz2"] * 3
    assert [bay(word) for word in words[6:21]] == bays_of(placement, 1)
    assert words[6] == "/dev/disk/by-vdev/bay01"
    assert sorted(bay(word) for word in words if "/" in word) == list(range(1, 46))


def test_spares_come_last_and_only_once():
    placement = placed("raidz2:10x4")
    (words,) = words_of(zpool_commands(placement, "tank"))
    spares = words[words.index("spare") + 1 :]
    assert {bay(word) for word in spares} == {s.bay for s in placement.seats if s.role == "spare"}
    assert len(spares) == 5


@pytest.mark.parametrize(
    ("layout", "vdev", "times"),
    [("mirror:3x15", "mirror", 15), ("draid2:6d:22c:1sx2", "draid2:6d:22c:1s", 2),
     ("raidz1:9x5", "raidz1", 5)],
)  # fmt: skip
def test_each_layout_of_zfs_has_its_word(layout, vdev, times):
    (words,) = words_of(zpool_commands(placed(layout), "tank"))
    assert words.count(vdev) == times


def test_every_used_bay_has_its_line_for_the_links():
    lines = zpool_commands(placed("raidz2:10x4", 40), "tank")
    aliases = [
        line for line in lines if re.fullmatch(r"# alias bay\d\d /dev/disk/by-path/PATH", line)
    ]
    assert len(aliases) == 40


@pytest.mark.parametrize("pool", ["", "9lives", "my pool", "mirror1", "log", "a/b", "x" * 300, "ä"])
def test_what_is_no_name_of_a_pool_is_refused(pool):
    with pytest.raises(PoolCommandError, match="no name of a pool"):
        zpool_commands(placed("raidz2:15x3"), pool)


def test_mdadm_has_one_array_a_group_with_spares_dealt_out():
    placement = placed("mdraid6:14x3")
    commands = words_of(mdadm_commands(placement))
    assert [c[:5] for c in commands] == [
        ["mdadm", "--create", f"/dev/md/group{n}", "--level=6", "--raid-devices=14"]
        for n in (1, 2, 3)
    ]
    for number, command in enumerate(commands, 1):
        assert "--spare-devices=1" in command
        devices = [bay(word) for word in command if word.startswith("/dev/disk/by-bay/")]
        assert devices[:14] == bays_of(placement, number)
        assert len(devices) == 15


def test_raid10_names_its_layout_and_keeps_pairs_side_by_side():
    placement = placed("mdraid10:44", 44)
    (words,) = words_of(mdadm_commands(placement))
    assert "--layout=n2" in words
    devices = [bay(word) for word in words if word.startswith("/dev/disk/by-bay/")]
    for first, second in zip(devices[::2], devices[1::2], strict=True):
        assert (first - 1) // 5 != (second - 1) // 5


def test_a_layout_of_another_system_is_refused():
    with pytest.raises(PoolCommandError, match="no layout of mdadm"):
        mdadm_commands(placed("raidz2:15x3"))
    for layout in ("mdraid6:15x3", "single", "ceph-ec:8+3"):
        with pytest.raises(PoolCommandError, match="no layout of ZFS"):
            zpool_commands(placed(layout), "tank")
