"""Join what several tools say into the state of all arrays."""

from collections.abc import Iterable
from dataclasses import dataclass

from podplanner.drives.arrays.ceph.cluster import cluster_of
from podplanner.drives.arrays.ceph.grouping import array_of_cluster
from podplanner.drives.arrays.md.mdstat import read_mdstat
from podplanner.drives.arrays.recognising import MDSTAT, ZPOOL_JSON, ZPOOL_TEXT
from podplanner.drives.arrays.state import Array, ArrayState
from podplanner.drives.arrays.zfs.grouping import array_of
from podplanner.drives.arrays.zfs.status_json import ZpoolFormatError, pools_of
from podplanner.drives.arrays.zfs.status_text import pools_of_text


@dataclass(frozen=True, slots=True)
class Told:
    """What one tool, or one file, said.

    Attributes:
        source: Where it is from, for people.
        content: A JSON document, or text.
    """

    source: str
    kind: str
    content: object


def state_of(told: Iterable[Told], trouble: Iterable[str] = ()) -> ArrayState:
    """Return the state of all arrays; what is not understood is trouble."""
    told = tuple(told)
    arrays: list[Array] = []
    odd = list(trouble)
    for piece in told:
        if piece.kind == ZPOOL_JSON:
            try:
                arrays += [array_of(pool) for pool in pools_of(piece.content)]
            except ZpoolFormatError as error:
                odd.append(f"{piece.source} is not understood: {error}")
        elif piece.kind == ZPOOL_TEXT and isinstance(piece.content, str):
            arrays += [array_of(pool) for pool in pools_of_text(piece.content)]
        elif piece.kind == MDSTAT and isinstance(piece.content, str):
            found = read_mdstat(piece.content)
            arrays += found.arrays
            odd += [f"{piece.source}: {words}" for words in found.trouble]
    if ceph := [piece for piece in told if piece.kind.startswith("ceph-")]:
        cluster = cluster_of((piece.kind, piece.content) for piece in ceph)
        arrays.append(array_of_cluster(cluster))
        odd += cluster.trouble
    names = [(array.kind, array.name) for array in arrays]
    for kind, name in sorted({pair for pair in names if names.count(pair) > 1}):
        odd.append(f"{kind} {name} is told of twice: which of both is right is not known")
    return ArrayState(tuple(arrays), tuple(piece.source for piece in told), tuple(odd))
