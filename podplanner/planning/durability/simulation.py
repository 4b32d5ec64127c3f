"""Simulated years: how many lose data, and how sure that makes the probability of it."""

from dataclasses import dataclass
from math import sqrt
from random import Random
from typing import Literal

from podplanner.planning.durability import clocks, memoryless
from podplanner.planning.durability.rate import poisson_interval
from podplanner.planning.durability.scenario import Scenario

MOST_YEARS = 100_000_000
_MANY = 100
# Losses, and years without, from which Wilson's interval is as good as an exact one.
_Z = 1.959963984540054
# 97.5 % of a normal distribution lie below it.


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was seen.

    Attributes:
        years: Years played, each from all drives whole.
        lost: Years in which data was lost.
        loss: `lost` / `years`; 0 where none was seen, which does not make it 0: see `high`.
        low, high: 95 % interval of the probability of loss in a year.
        failures: Drives that failed.
        outages: Times that a group was offline, its data safe.
        outage_h: Hours of them, over all groups and years.
        loop: `clocks` is the plain event loop, `memoryless` skips to the next failure.
    """

    years: int
    lost: int
    loss: float
    low: float
    high: float
    failures: int
    outages: int
    outage_h: float
    loop: Literal["clocks", "memoryless"]
    seed: int


def simulate(scenario: Scenario, *, years: int, seed: int = 0, plain: bool = False) -> Simulated:
    """Return what happens in `years` simulated years; the same for the same seed.

    Args:
        scenario: What is played.
        years: At least 1.
        seed: Of the random numbers.
        plain: Use the plain event loop even where the past does not matter.

    Raises:
        ValueError: There are no years, or far too many.
    """
    if not 1 <= years <= MOST_YEARS:
        raise ValueError(f"simulate 1 to {MOST_YEARS:,} years")
    chance = Random(seed)
    skips = scenario.is_memoryless and not plain
    counts = (memoryless.play if skips else clocks.play)(scenario, years, chance)
    low, high = loss_interval(counts.lost, years)
    return Simulated(
        years, counts.lost, counts.lost / years, low, high, counts.failures,
        counts.outages, counts.outage_h, "memoryless" if skips else "clocks", seed,
    )  # fmt: skip


def loss_interval(lost: int, years: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability of which `lost` of `years` is the estimate.

    Poisson's exact interval (Garwood), which is a little too wide for a share; Wilson's where
    there is much of both. Without a loss, the upper end is 3.69 / years.
    """
    if min(lost, years - lost) < _MANY:
        low, high = poisson_interval(lost)
        return min(1.0, low / years), min(1.0, high / years)
    share, spread = lost / years, _Z * _Z / years
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / years + spread / (4 * years)) / (1 + spread)
    return middle - half, middle + half
