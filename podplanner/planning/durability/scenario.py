"""What a simulation plays: drives in groups, how they fail, and who repairs them."""

from dataclasses import dataclass
from math import isfinite

MOST_DRIVES = 100_000


@dataclass(frozen=True, slots=True)
class Component:
    """Something that several drives hang on: a supply, a backplane, a pod.

    Attributes:
        drives: Indexes of its drives, from 0.
        rate: Its failures a year.
        hours: Mean length of an outage; exponential.
        destroys: Whether its drives are lost with it, or only away until it is back.
    """

    name: str
    drives: tuple[int, ...]
    rate: float
    hours: float = 0.0
    destroys: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.rate < float("inf") and 0 <= self.hours < float("inf")):
            raise ValueError(f"{self.name}: its rate and hours are not negative")
        if not self.destroys and not self.hours:
            raise ValueError(f"{self.name}: an outage lasts longer than nothing")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A year in the life of drives that begin it whole.

    Attributes:
        groups: Indexes of the drives of each group, from 0; groups share no drive.
        parity: Drives of a group that may be down without loss.
        rate: Failures per drive-year.
        repair_h: Mean hours of one repair, from its start.
        fixed_repair: Every repair takes just that long; else they are exponential.
        crews: Repairs at once, all groups together; None: as many as there are failures.
        crews_per_group: Repairs at once in one group; 1 is serial repair.
        spares: Drives on the shelf; None: never none. A repair takes one and waits without.
        restock_h: Until a spare that was taken is replaced.
        ageing: Weibull shape: 1 is a constant rate; above 1 drives that are older fail more.
        age_years: Of all drives when the year begins.
        read_error: Probability that a repair which ends with `parity` drives down, so without
            redundancy, has met an unreadable block: a loss.
        components: What several drives hang on.
    """

    groups: tuple[tuple[int, ...], ...]
    parity: int
    rate: float
    repair_h: float
    fixed_repair: bool = False
    crews: int | None = None
    crews_per_group: int | None = None
    spares: int | None = None
    restock_h: float = 0.0
    ageing: float = 1.0
    age_years: float = 0.0
    read_error: float = 0.0
    components: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        if not self.groups or not all(0 <= self.parity < len(group) for group in self.groups):
            raise ValueError("every group has more drives than parity, and parity is not negative")
        indexes = sorted(drive for group in self.groups for drive in group)
        if indexes != list(range(len(indexes))) or len(indexes) > MOST_DRIVES:
            raise ValueError("every drive is in one group, and numbered from 0 without gaps")
        for name, value, least in (
            ("rate", self.rate, 0), ("restock_h", self.restock_h, 0),
            ("age_years", self.age_years, 0),
        ):  # fmt: skip
            if not (value >= least and isfinite(value)):
                raise ValueError(f"{name} is negative or no number")
        for name, value in (("repair_h", self.repair_h), ("ageing", self.ageing)):
            if not (value > 0 and isfinite(value)):
                raise ValueError(f"{name} is not above 0")
        if not 0 <= self.read_error <= 1:
            raise ValueError("read_error is no probability")
        for name, count, least in (
            ("crews", self.crews, 1), ("crews_per_group", self.crews_per_group, 1),
            ("spares", self.spares, 0),
        ):  # fmt: skip
            if count is not None and count < least:
                raise ValueError(f"{name} is below {least}")
        for component in self.components:
            if not all(0 <= drive < len(indexes) for drive in component.drives):
                raise ValueError(f"{component.name}: no such drive")

    @property
    def drives(self) -> int:
        """Return how many drives there are."""
        return sum(map(len, self.groups))

    @property
    def is_memoryless(self) -> bool:
        """Return whether the past of a whole pod does not matter, so that it may be skipped."""
        return (
            self.ageing == 1
            and self.spares is None
            and not self.components
            and len(set(map(len, self.groups))) == 1
        )


def consecutive_groups(count: int, width: int) -> tuple[tuple[int, ...], ...]:
    """Return groups of neighbouring drives: 0 to `width` - 1, and so on."""
    return tuple(tuple(range(i * width, (i + 1) * width)) for i in range(count))


def groups_across_pods(count: int, width: int, pods: int) -> tuple[tuple[int, ...], ...]:
    """Return groups whose drives lie in pods in turn; the drives are numbered pod by pod.

    Drive k of every group is in pod k modulo `pods`.

    >>> groups_across_pods(2, 4, 2)
    ((0, 4, 1, 5), (2, 6, 3, 7))
    """
    in_pod = [len(range(pod, width, pods)) for pod in range(pods)]
    start = [count * sum(in_pod[:pod]) for pod in range(pods)]
    return tuple(
        tuple(
            start[shard % pods] + group * in_pod[shard % pods] + shard // pods
            for shard in range(width)
        )
        for group in range(count)
    )


def pods_of(count: int, width: int, pods: int) -> tuple[tuple[int, ...], ...]:
    """Return the drives of each pod, for groups that lie across pods."""
    found: list[list[int]] = [[] for _ in range(pods)]
    for group in groups_across_pods(count, width, pods):
        for shard, drive in enumerate(group):
            found[shard % pods].append(drive)
    return tuple(tuple(sorted(drives)) for drives in found)
