"""How many of the drives that were watched failed, and over how many drive-days.

Counts alone, for `planning` knows what interval they leave (docs/durability.md). As drive makers
and published statistics count: failures / (drive-days / 365).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

LONGEST_GAP = timedelta(days=35)
"""A drive is watched between two answers no further apart: a check a month still counts. Who was
away longer may have missed drives that failed and were thrown away, so only survivors would count
for that time, and the rate would come out too low."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """One drive, over the time in which it was looked at.

    Attributes:
        answered: When it answered, in UTC, in any order.
        failed: It was retired as failed, or another took its place while it was judged REPLACE.
        retired: It is no more, for whatever reason; its days up to then count.
    """

    answered: Sequence[datetime]
    failed: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class FleetCount:
    """What was counted.

    Attributes:
        drives: That answered at least once.
        drive_days: Whole days over all drives together, rounded down.
        unwatched_days: Between answers further apart than `LONGEST_GAP`; not in `drive_days`.
        lost: Drives that have not answered for longer than that, and of which nobody said what
            became of them; they are no failures here, and may be.
        since, until: The first and the last answer; None: there is none.
    """

    failures: int
    drive_days: int
    drives: int
    unwatched_days: int
    lost: int
    since: datetime | None
    until: datetime | None


def fleet_count(fleet: Iterable[Watched], *, now: datetime) -> FleetCount:
    """Count failures and drive-days; a drive counts from its first to its last answer.

    A drive that is judged REPLACE and still runs has not failed: it counts when it is replaced.

    Args:
        fleet: Every drive that is known, once.
        now: In UTC; answers after it are of a clock that was wrong, and are left out.
    """
    failures = drives = lost = 0
    seen = unseen = timedelta()
    ends: list[datetime] = []
    for drive in fleet:
        answered = sorted(at for at in drive.answered if at <= now)
        if not answered:
            continue
        drives += 1
        failures += drive.failed
        ends += [answered[0], answered[-1]]
        for before, after in pairwise(answered):
            if after - before <= LONGEST_GAP:
                seen += after - before
            else:
                unseen += after - before
        gone = not (drive.failed or drive.retired)
        lost += gone and now - answered[-1] > LONGEST_GAP
    return FleetCount(
        failures, seen // _DAY, drives, unseen // _DAY, lost,
        min(ends, default=None), max(ends, default=None),
    )  # fmt: skip
