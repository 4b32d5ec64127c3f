"""Where the volumes of the bucket lie in SeaweedFS: as its master says, and as the disks say."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.engines.engine import BUCKET
from support.engines.weed import Address, ask

_DATA = re.compile(rf"{BUCKET}_(\d+)\.dat")
_SUPERBLOCK = 8
# Bytes of a data file in which there is nothing yet.
_SHARD = re.compile(rf"{BUCKET}_(\d+)\.ec(\d\d)")
_SERVER_IN_LIST = re.compile(r"\s+DataNode (\S+) \w+\(")
_SHARDS_IN_LIST = re.compile(rf"\s+ec volume id:(\d+) collection:{BUCKET} shards:\[([\d ]*)\]")


@dataclass(frozen=True, slots=True)
class Placement:
    """Which servers hold what; a volume has copies or, once erasure-coded, shards."""

    copies: Mapping[int, frozenset[str]]
    """The servers that hold a whole volume, by its number."""
    shards: Mapping[int, Mapping[str, frozenset[int]]]
    """The shards of a volume that each server holds, by its number."""

    def volumes_with_fewer_copies_than(self, count: int) -> list[int]:
        return [volume for volume, servers in self.copies.items() if len(servers) < count]

    def volumes_that_need(self, server: str, *, shards: int) -> list[int]:
        """Return the erasure-coded volumes that `shards` others do not suffice for.

        Args:
            server: The one that may be lost.
            shards: How many a volume is read from.
        """
        return [
            volume
            for volume, held in self.shards.items()
            if len(frozenset().union(*(held[name] for name in held if name != server))) < shards
        ]


def leads(master: Address) -> bool:
    """Return whether a master is the leader.

    Raises:
        OSError: It does not answer.
    """
    return bool(ask(master, "/cluster/status").get("IsLeader"))


def racks(master: Address) -> list[str]:
    """Return the racks that have a volume server, as a master sees it now.

    Raises:
        OSError: It does not answer.
    """
    topology = ask(master, "/dir/status").get("Topology", {})
    return [
        rack["Id"]
        for center in topology.get("DataCenters") or []
        for rack in center["Racks"] or []
        if rack["DataNodes"]
    ]


def in_list(listing: str, names: Mapping[str, str]) -> Mapping[int, Mapping[str, frozenset[int]]]:
    """Return the shards that a master's `volume.list` shows.

    Args:
        listing: What the shell printed.
        names: The name of each server, by `host:port`.
    """
    shards: dict[int, dict[str, frozenset[int]]] = defaultdict(dict)
    server = ""
    for line in listing.splitlines():
        if found := _SERVER_IN_LIST.match(line):
            server = names[found[1]]
        elif found := _SHARDS_IN_LIST.match(line):
            shards[int(found[1])][server] = frozenset(map(int, found[2].split()))
    return dict(shards)


def copies_at(master: Address, names: Mapping[str, str]) -> Mapping[int, frozenset[str]]:
    """Return the whole volumes that a master knows of.

    Raises:
        OSError: It does not answer.
    """
    copies: dict[int, set[str]] = defaultdict(set)
    for center in ask(master, "/vol/status")["Volumes"]["DataCenters"].values():
        for rack in center.values():
            for server, volumes in rack.items():
                for volume in volumes or []:
                    if volume["Collection"] == BUCKET:
                        copies[volume["Id"]].add(names[server])
    return {volume: frozenset(servers) for volume, servers in copies.items()}


def on_disks(directories: Mapping[str, Path]) -> Placement:
    """Return what the directories of servers hold, by their names."""
    copies: dict[int, set[str]] = defaultdict(set)
    shards: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for server, directory in directories.items():
        for name in _names(directory.iterdir()):
            if found := _DATA.fullmatch(name):
                copies[int(found[1])].add(server)
            elif found := _SHARD.fullmatch(name):
                shards[int(found[1])][server].add(int(found[2]))
    return Placement(
        {volume: frozenset(servers) for volume, servers in copies.items()},
        {
            volume: {server: frozenset(numbers) for server, numbers in held.items()}
            for volume, held in shards.items()
        },
    )


def with_content(directory: Path) -> list[int]:
    """Return the whole volumes in a server's directory that hold an object."""
    return [
        int(found[1])
        for path in sorted(directory.iterdir())
        if (found := _DATA.fullmatch(path.name)) and path.stat().st_size > _SUPERBLOCK
    ]


def _names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.name for path in paths)
