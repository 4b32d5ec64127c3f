"""How long a group is without its full redundancy after a failure: waiting, then copying."""

import re
from dataclasses import dataclass
from fractions import Fraction

from pydantic import TypeAdapter, ValidationError

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Drive
from podplanner.planning.durability.window import HOURS_A_YEAR
from podplanner.units.quantity import BytesPerSecond

SHARE_OF_SUSTAINED = 0.5
# Assumption: a drive's stated rate holds at its outer tracks and falls to about half at the inner
# ones, and a pool in use leaves a rebuild no more than two thirds of the mean of both.
REPLACED_BY_HAND_H = 24.0
# Assumption: someone sees the alert and changes the drive within a day.
_CEPH_OUT_H = 600 / 3600
# Ceph marks a drive out, and starts to rebuild, after `mon_osd_down_out_interval` = 600 s.
_AT_ONCE_H = 0.0
# dRAID rebuilds into its distributed spare as soon as the failure is seen (zed).


class DurationError(ValueError):
    """Words that are no length of time; the message says why."""


_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(d|h|m|min|s)")
_HOURS = {"d": Fraction(24), "h": Fraction(1), "m": Fraction(1, 60), "min": Fraction(1, 60),
          "s": Fraction(1, 3600)}  # fmt: skip


def read_hours(written: str) -> float:
    """Return the hours that `6.5d`, `156h`, `2h30m` or `90m` mean; above 0.

    Raises:
        DurationError: It is no time, or a number without a unit.

    >>> read_hours("6.5d"), read_hours("2h30m")
    (156.0, 2.5)
    """
    words = re.sub(r"\s+", "", written).lower()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", words):
        raise DurationError(f"is that {words}h (hours) or {words}d (days)?")
    if not re.fullmatch(rf"(?:{_PIECE.pattern})+", words):
        raise DurationError("that is no length of time; write 6.5d, 156h, 2h30m or 90m")
    pieces = [(Fraction(number), unit) for number, unit in _PIECE.findall(words)]
    if len({unit for _, unit in pieces}) < len(pieces):
        raise DurationError("a unit is given twice")
    hours = sum((number * _HOURS[unit] for number, unit in pieces), Fraction(0))
    if not hours:
        raise DurationError("a rebuild takes more than no time")
    return float(hours)


_SPEED: TypeAdapter[BytesPerSecond] = TypeAdapter(BytesPerSecond)


def read_speed(written: str) -> float:
    """Return the bytes a second that `100MB/s` means; above 0.

    Raises:
        ValueError: It is no rate in bytes.
    """
    words = written.strip()
    if re.search(r"b(it)?(/s|ps)$", words) and not words.endswith("B/s"):
        raise DurationError("that means bits a second; drives are rated in bytes, such as MB/s")
    try:
        speed = float(_SPEED.validate_python(words))
    except ValidationError as error:
        raise DurationError("that is no rate in bytes a second") from error
    if speed <= 0:
        raise DurationError("a rebuild goes on at more than nothing")
    return speed


def drive_share_of(drive: Drive) -> tuple[float, tuple[str, ...]] | None:
    """Return the bytes a second that a drive gives a rebuild, and what that assumes; or None."""
    if drive.sustained_rate is None:
        return None
    rate = float(drive.sustained_rate) * SHARE_OF_SUSTAINED
    said = (f"a drive gives a rebuild {SHARE_OF_SUSTAINED:.0%} of its sustained rate, for its "
            f"inner tracks are slower and other work goes on ({drive.sku})")  # fmt: skip
    return rate, (said,)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The time from a failure to whole redundancy.

    Attributes:
        delay_h: Until the rebuild begins.
        copy_h: Its own length.
        assumptions: What was taken for granted, a sentence each.
    """

    delay_h: float
    copy_h: float
    assumptions: tuple[str, ...]

    @property
    def hours(self) -> float:
        """Return both together."""
        return self.delay_h + self.copy_h


def stated_rebuild(hours: float) -> Rebuild:
    """Return a rebuild of which the whole time is given.

    Raises:
        DurationError: It is longer than the year over which loss is reckoned.
    """
    _check(hours)
    return Rebuild(0.0, hours, ())


def _check(hours: float) -> None:
    if not 0 < hours <= HOURS_A_YEAR:
        raise DurationError(
            f"{hours / 24:,.0f} days are more than the year over which loss is reckoned"
        )


def rebuild_of(
    layout: DriveLayout | None,
    *,
    drive_bytes: int,
    rate: float,
    drives: int,
    pods: int = 1,
    delay_h: float | None = None,
    assumed: tuple[str, ...] = (),
) -> Rebuild:
    """Return how long one failed drive of a layout takes, full to the brim.

    Into one new drive (raidz, RAID, mirror, dRAID without spares) all its bytes are written at
    `rate`. Spread rebuilds (dRAID with spares, Ceph, SeaweedFS) read `data` drives' worth and
    write one, shared by all other drives: (data + 1) x bytes / (drives - 1) at `rate` each.

    Args:
        layout: None is a plain group of data and parity drives.
        drive_bytes: Of one drive.
        rate: Bytes a second that each drive gives the rebuild; see `SHARE_OF_SUSTAINED`.
        drives: Data drives of one pod.
        pods: Pods that share the work, for layouts of clusters.
        delay_h: Hours until it begins; None for what is usual with the layout.
        assumed: What `rate` rests on, passed through.

    Raises:
        ValueError: A number is not above 0, the delay is negative, or it takes over a year.
    """
    if drive_bytes <= 0 or not 0 < rate < float("inf") or drives < 1 or pods < 1:
        raise ValueError("bytes, rate, drives and pods of a rebuild are above 0")
    if delay_h is not None and not 0 <= delay_h < float("inf"):
        raise ValueError("a rebuild does not begin before the failure")
    spread = _drives_at_work(layout, drives, pods)
    usual, why = _usual_delay(layout, spread is not None)
    said = [f"a failed drive is full, and rebuilt at {rate / 1e6:g} MB/s a drive"]
    copy_h = drive_bytes / rate / 3600
    if layout is not None and spread is not None:
        copy_h *= (layout.data + 1) / (spread - 1)
        said.append(f"{spread - 1} drives share the rebuild evenly, the network keeps up")
    if delay_h is None:
        said.append(why)
    found = Rebuild(usual if delay_h is None else delay_h, copy_h, (*said, *assumed))
    _check(found.hours)
    return found


def rebuild_hours(
    layout: DriveLayout | None,
    *,
    drive_bytes: int,
    rate: float,
    drives: int,
    pods: int = 1,
    delay_h: float | None = None,
) -> float:
    """Return `rebuild_of(...).hours`."""
    return rebuild_of(
        layout, drive_bytes=drive_bytes, rate=rate, drives=drives, pods=pods, delay_h=delay_h
    ).hours


def _drives_at_work(layout: DriveLayout | None, drives: int, pods: int) -> int | None:
    """Return among how many drives a rebuild is spread, the failed one included, or None."""
    if layout is None or layout.parity == 0:
        return None
    if layout.scheme == "draid" and layout.spares:
        return layout.width
    # Two drives have nobody to share with.
    return drives * pods if layout.is_cluster and drives * pods > layout.width else None


def _usual_delay(layout: DriveLayout | None, spread: bool) -> tuple[float, str]:
    if layout is not None and spread and layout.scheme.startswith("ceph"):
        return _CEPH_OUT_H, "Ceph marks a drive out after 10 minutes (its default)"
    if layout is not None and spread and layout.scheme == "draid":
        return _AT_ONCE_H, "the rebuild into a distributed spare begins at once"
    return REPLACED_BY_HAND_H, "a failed drive is replaced within 24 hours"
