"""What `ceph ... -f json` writes, as far as it is used here (seen with Ceph 16.2.15).

`ceph status`, `ceph osd dump`, `ceph osd tree`, `ceph osd pool ls detail`, `ceph osd metadata`,
`ceph device ls`, `ceph pg dump pgs_brief` and `ceph osd safe-to-destroy`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _number(value: Any) -> Any:  # noqa: ANN401
    """Take a number in words, as profiles and metadata have it."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return None if value == "" else value


Whole = Annotated[int | None, BeforeValidator(_number)]
Words = Mapping[str, Any]


class Extra(BaseModel):
    """Others' output: what is not used is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Summary(Extra):
    """What a check has to say."""

    message: str = ""


class Check(Extra):
    """One entry of the cluster's health."""

    severity: str = ""
    summary: Summary = Summary()


class Health(Extra):
    """The cluster's own verdict."""

    status: str = ""
    checks: Mapping[str, Check] = Field(default_factory=dict)


class StateCount(Extra):
    """How many placement groups are in one state."""

    state_name: str
    count: int


class PgMap(Extra):
    """Placement groups and what they are short of."""

    pgs_by_state: Sequence[StateCount] = ()
    num_pgs: int | None = None
    degraded_ratio: float = 0.0
    misplaced_ratio: float = 0.0


class MgrMap(Extra):
    """Whether a manager gathers states."""

    available: bool | None = None


class Status(Extra):
    """`ceph status`."""

    fsid: str = ""
    health: Health = Health()
    pgmap: PgMap
    mgrmap: MgrMap = MgrMap()


class DumpedOsd(Extra):
    """An OSD in `ceph osd dump`; `in` is a word of Python."""

    osd: int
    up: int
    inside: int = Field(alias="in")


class Pool(Extra):
    """A pool, in `ceph osd dump` and `ceph osd pool ls detail`."""

    pool: int | None = None
    pool_id: int | None = None
    pool_name: str
    type: int
    size: int
    min_size: int
    erasure_code_profile: str = ""

    @property
    def number(self) -> int | None:
        """Return its number, by which placement groups are called."""
        return self.pool_id if self.pool is None else self.pool


class Profile(Extra):
    """How an erasure-coded pool is cut up."""

    k: Whole = None
    m: Whole = None


class Dump(Extra):
    """`ceph osd dump`."""

    osds: Sequence[DumpedOsd]
    pools: Sequence[Pool] = ()
    erasure_code_profiles: Mapping[str, Profile] = Field(default_factory=dict)


class Node(Extra):
    """A node of the tree: root, host, OSD."""

    id: int
    name: str
    type: str
    status: str = ""
    reweight: float | None = None
    exists: int = 1


class Tree(Extra):
    """`ceph osd tree`."""

    nodes: Sequence[Node]
    stray: Sequence[Node] = ()


class Metadata(Extra):
    """An OSD in `ceph osd metadata`."""

    id: int
    hostname: str = ""
    devices: str = ""
    device_ids: str = ""
    bluestore_bdev_devices: str = ""
    bluestore_bdev_size: Whole = None


class Location(Extra):
    """Where a device is."""

    host: str = ""
    dev: str = ""


class Device(Extra):
    """A device in `ceph device ls`."""

    devid: str
    location: Sequence[Location] = ()
    daemons: Sequence[str] = ()


class Pg(Extra):
    """A placement group in `ceph pg dump pgs_brief`."""

    pgid: str
    state: str
    up: Sequence[int]
    acting: Sequence[int]


class Pgs(Extra):
    """`ceph pg dump pgs_brief`."""

    pg_ready: bool = True
    pg_stats: Sequence[Pg]


class Destroyable(Extra):
    """`ceph osd safe-to-destroy`."""

    safe_to_destroy: Sequence[int]
    active: Sequence[int]
    missing_stats: Sequence[int] = ()
    stored_pgs: Sequence[int] = ()
