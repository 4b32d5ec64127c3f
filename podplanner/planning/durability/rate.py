"""Failure rates: how they are written, and how sure a count of failures makes them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import exp, lgamma, log, sqrt

from podplanner.catalog.parts import Drive

DAYS_A_YEAR = 365
# As drive makers and published drive statistics count: AFR = failures / (drive days / 365).
HIGHEST = 1_000.0
# Failures per drive-year. A drive that fails every nine hours is a slip of the pen.
_CONFIDENCE = 0.95


class RateError(ValueError):
    """Words or counts that are no failure rate; the message says why."""


@dataclass(frozen=True, slots=True)
class AnnualFailureRate:
    """Failures per drive-year: a rate, not a probability; it may exceed 1.

    Attributes:
        estimate: Failures over drive-years; 0 where none was seen.
        low, high: 95 % interval; None where the rate was given without one.
        source: Where it comes from, in words.
    """

    estimate: float
    low: float | None
    high: float | None
    source: str

    @property
    def cautious(self) -> float:
        """Return the rate to plan with: the estimate, or the upper end where none failed yet."""
        return self.estimate if self.estimate or self.high is None else self.high


_WRITTEN = re.compile(
    r"(?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(?P<percent>%)?"
)


def read_rate(written: str) -> float:
    """Return the failures per drive-year that `1.57%` or `0.0157` mean.

    Raises:
        RateError: It is no number, negative, or above 1 without a percent sign.

    >>> read_rate("1.57%") == read_rate("0.0157")
    True
    """
    match = _WRITTEN.fullmatch(written.strip())
    if match is None:
        raise RateError("that is no number; write 1.57% or 0.0157")
    # In decimal, so that 1.57% and 0.0157 are the same double.
    rate = float(Decimal(match["number"]) * (Decimal("0.01") if match["percent"] else 1))
    if rate < 0:
        raise RateError("a rate of failures is not negative")
    if not match["percent"] and rate > 1:
        raise RateError(
            f"did you mean {match['number']}%, or {match['number']} failures per drive-year "
            f"({_hundredfold(match['number'])}%)?"
        )
    if rate > HIGHEST:
        raise RateError(f"more than {HIGHEST:,.0f} failures per drive-year is no rate of drives")
    return rate


def read_share(written: str) -> float:
    """Return the share, 0 to 1, that `1%` or `0.01` means.

    Raises:
        RateError: It is no number, negative, or above 1.
    """
    match = _WRITTEN.fullmatch(written.strip())
    if match is not None and not match["percent"] and float(match["number"]) > 1:
        raise RateError(f"a share is at most 1; did you mean {match['number']}%?")
    if (share := read_rate(written)) > 1:
        raise RateError("a share is at most 1, which is 100%")
    return share


def _hundredfold(number: str) -> str:
    return f"{float(number) * 100:g}"


def rate_of_counts(failures: int, drive_days: int, source: str) -> AnnualFailureRate:
    """Return the rate of `failures` in `drive_days`, with its exact 95 % interval (Garwood 1936).

    With no failure the lower end is 0, and the upper end is what would show a failure with 97.5 %
    (3.69 over the drive-years).

    Raises:
        RateError: The counts cannot be.
    """
    if failures < 0 or drive_days < 1:
        raise RateError("failures are not negative, and drive days at least 1")
    years = drive_days / DAYS_A_YEAR
    low, high = poisson_interval(failures)
    return AnnualFailureRate(failures / years, low / years, high / years, source)


def rate_of_drive(drive: Drive) -> AnnualFailureRate | None:
    """Return a drive's measured rate, else what its maker promises, else None."""
    if drive.failures is not None and drive.drive_days is not None:
        said = f"{drive.failures:,} failures in {drive.drive_days:,} drive days of {drive.sku}"
        if why := drive.assumptions.get("failures") or drive.assumptions.get("drive_days"):
            said += f" (an assumption: {why})"
        return rate_of_counts(drive.failures, drive.drive_days, said)
    if drive.afr_stated is not None:
        stated = float(drive.afr_stated)
        return AnnualFailureRate(stated, None, None, f"the maker's figure for {drive.sku}")
    return None


@lru_cache(maxsize=4096)
def poisson_interval(count: int) -> tuple[float, float]:
    """Return the means that a count of `count` leaves possible, at 95 %, 2.5 % on each side.

    The lower mean shows `count` or more with 2.5 %, the upper one `count` or fewer.

    >>> [round(end, 3) for end in poisson_interval(0)]
    [0.0, 3.689]
    """
    tail = (1 - _CONFIDENCE) / 2
    low = 0.0 if count == 0 else _mean_with(count - 1, 1 - tail)
    return low, _mean_with(count, tail)


def _mean_with(count: int, target: float) -> float:
    """Return the Poisson mean with which `count` or fewer come with probability `target`."""
    below = max(0.0, count - 6 * sqrt(count + 1) - 6)
    above = count + 6 * sqrt(count + 1) + 12
    for _ in range(200):
        middle = (below + above) / 2
        if not below < middle < above:
            break
        if _at_most(count, middle) > target:
            below = middle
        else:
            above = middle
    return (below + above) / 2


def _at_most(count: int, mean: float) -> float:
    """Return the probability that a Poisson count is at most `count`.

    Terms are added away from the mean; where that would leave the greater part, its complement.
    """
    if mean <= 0:
        return 1.0
    if count < mean:
        return _series(count, mean, up=False)
    return 1 - _series(count + 1, mean, up=True)


def _series(start: int, mean: float, *, up: bool) -> float:
    term = total = exp(start * log(mean) - mean - lgamma(start + 1))
    k = start
    while term > 1e-18 * total:
        if up:
            k += 1
            term *= mean / k
        else:
            if k == 0:
                break
            term *= k / mean
            k -= 1
        total += term
    return total
