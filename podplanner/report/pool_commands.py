"""A placement as the commands that make the pool: `zpool create`, or `mdadm --create`.

Devices are named by bay, so that an error message of the system names the bay; the names come from
links that a person sets up once, and the first lines say how.
"""

import re
from collections.abc import Iterator, Sequence

from podplanner.planning.placement import Placement, Seat

_ASHIFT = 12
# Sectors of 4,096 bytes: right for 4Kn and 512e drives; the default of `plan capacity` too.
_POOL = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*")
_RESERVED = ("mirror", "raidz", "draid", "spare")
# zpool-create(8): a name begins with a letter, and not with one of these words; `log` is taken.
_LONGEST = 200
# ZFS takes names of up to 255 bytes, of which a dataset's name uses some.


class PoolCommandError(ValueError):
    """There is no such command for the layout, or the pool cannot have that name."""


def zpool_commands(placement: Placement, pool: str) -> tuple[str, ...]:
    """Return the lines of a shell script that makes a ZFS pool.

    Raises:
        PoolCommandError: The layout is none of ZFS, or the name is no name of a pool.
    """
    layout = placement.layout
    if layout.scheme not in ("raidz", "draid", "mirror"):
        raise PoolCommandError(f"{layout} is no layout of ZFS")
    if not _POOL.fullmatch(pool) or len(pool) > _LONGEST:
        raise PoolCommandError(f"{pool!r} is no name of a pool: it begins with a letter and has "
                               "letters, digits, `_`, `-`, `:` and `.` only")  # fmt: skip
    if pool == "log" or pool.startswith(_RESERVED):
        raise PoolCommandError(f"{pool!r} is no name of a pool: ZFS keeps it for itself")
    words = {"raidz": f"raidz{layout.parity}", "mirror": "mirror"}
    vdev = words.get(layout.scheme) or layout.written.partition("x")[0]
    folder = "/dev/disk/by-vdev/"
    blocks = [(vdev, members) for members in _groups(placement)]
    if spares := [seat for seat in placement.seats if seat.role == "spare"]:
        blocks.append(("spare", spares))
    return (
        "# Links by bay: write these lines to /etc/zfs/vdev_id.conf, with the name under",
        "# /dev/disk/by-path of each bay in place of PATH, then run `udevadm trigger`.",
        *(f"# alias {_name(placement, seat)} /dev/disk/by-path/PATH" for seat in _used(placement)),
        "# With -n after `create`, nothing is written: try that first.",
        *_continued([
            f"zpool create -o ashift={_ASHIFT} {pool}",
            *(f"{word} {_devices(placement, seats, folder)}" for word, seats in blocks),
        ]),
    )  # fmt: skip


def mdadm_commands(placement: Placement) -> tuple[str, ...]:
    """Return the lines of a shell script that makes the arrays of Linux software RAID.

    Raises:
        PoolCommandError: The layout is none of md.
    """
    layout = placement.layout
    if layout.scheme != "mdraid":
        raise PoolCommandError(f"{layout} is no layout of mdadm")
    folder = "/dev/disk/by-bay/"
    groups = _groups(placement)
    spares = [seat for seat in placement.seats if seat.role == "spare"]
    rules = (
        f'# SUBSYSTEM=="block", ENV{{DEVTYPE}}=="disk", ENV{{ID_PATH}}=="PATH", '
        f'SYMLINK+="disk/by-bay/{_name(placement, seat)}"'
        for seat in _used(placement)
    )
    commands: list[str] = []
    for number, members in enumerate(groups):
        mine = spares[number :: len(groups)] if layout.level != 0 else []
        options = f"--level={layout.level} --raid-devices={len(members)}"
        options += " --layout=n2" if layout.level == 10 else ""
        options += f" --spare-devices={len(mine)}" if mine else ""
        commands += _continued([
            f"mdadm --create /dev/md/group{number + 1} {options}",
            _devices(placement, [*members, *mine], folder),
        ])  # fmt: skip
    return (
        "# Links by bay: write these lines to /etc/udev/rules.d/60-bays.rules, with the ID_PATH of",
        "# each bay (`udevadm info`) in place of PATH, then run `udevadm trigger`.",
        *rules,
        *commands,
    )


def _groups(placement: Placement) -> list[list[Seat]]:
    """Return the seats of each group, in the order of its members."""
    groups: dict[int, list[Seat]] = {}
    for seat in placement.seats:
        if seat.group is not None:
            groups.setdefault(seat.group, []).append(seat)
    return [
        sorted(members, key=lambda seat: seat.member or 0) for _, members in sorted(groups.items())
    ]


def _used(placement: Placement) -> Iterator[Seat]:
    return (seat for seat in placement.seats if seat.role != "empty")


def _name(placement: Placement, seat: Seat) -> str:
    """Return the name of a bay, with as many digits as the last one has: `bay07`."""
    return f"bay{seat.bay:0{len(str(len(placement.seats)))}}"


def _devices(placement: Placement, seats: Sequence[Seat], folder: str) -> str:
    return " ".join(folder + _name(placement, seat) for seat in seats)


def _continued(lines: Sequence[str]) -> list[str]:
    """Return one command over several lines."""
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]
