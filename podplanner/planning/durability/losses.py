"""How likely drives in groups lose data within a year, by three models of the same process.

docs/durability.md derives the formulas, says what each model leaves out, and gives the sources.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import expm1, floor, isfinite, log1p, log10

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.planning.durability.chain import chain_hazard, probability
from podplanner.planning.durability.spread import Spread, groups_of
from podplanner.planning.durability.window import HOURS_A_YEAR, window_hazard

LEAST = 1e-300
# What is less likely than this is given as this: doubles lose their digits below 2.2e-308.


@dataclass(frozen=True, slots=True)
class Losses:
    """Probability of data loss within a year, 0 to 1, by each model.

    Attributes:
        window: More than `parity` failures in one of the year's separate rebuild windows. It
            misses failures that straddle two windows.
        parallel: All failed drives are rebuilt at once (a Markov chain).
        serial: One failed drive of a group is rebuilt after the other (a Markov chain).
    """

    window: float
    parallel: float
    serial: float


@dataclass(frozen=True, slots=True)
class Stress:
    """What makes failures come together, and what spoils a rebuild; all off by default.

    Attributes:
        read_error: Probability that a rebuild which has no redundancy left meets an unrecoverable
            read error: at least one block is lost, which counts as loss of data.
        batch: While a drive of a group is down, its other drives fail this many times as often
            (same batch, same age, the load of the rebuild); at least 1.
        common_cause: Share of failures, 0 to 1, that take all drives of a group at once (the beta
            factor of reliability engineering).
        pod_loss: Pods destroyed with all their drives, per pod-year.
    """

    read_error: float = 0.0
    batch: float = 1.0
    common_cause: float = 0.0
    pod_loss: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.read_error <= 1:
            raise ValueError("the probability of a read error is not between 0 and 1")
        if not 1 <= self.batch < float("inf"):
            raise ValueError("the batch factor is below 1")
        if not 0 <= self.common_cause <= 1:
            raise ValueError("the share of common causes is not between 0 and 1")
        if not 0 <= self.pod_loss < float("inf"):
            raise ValueError("the rate of pod losses is negative or infinite")


CALM = Stress()
"""Drives fail each for itself, and every rebuild reads what it needs."""


@lru_cache(maxsize=65_536)
def group_losses(
    *, drives: int, parity: int, afr: float, rebuild_h: float, stress: Stress = CALM
) -> Losses:
    """Return how likely one group loses data within a year that it begins whole.

    Args:
        drives: Drives of the group, data and parity together.
        parity: Drives that may fail without loss, whichever they are.
        afr: Failures per drive-year: a rate, which may exceed 1; 0 gives a loss of 0.
        rebuild_h: Mean hours from a failure to whole redundancy; at most a year.
        stress: What makes it worse. `pod_loss` counts as the group being in one pod.

    Raises:
        ValueError: `parity` is not between 0 and `drives` - 1, or a rate or time cannot be.

    >>> group_losses(drives=20, parity=3, afr=0.0, rebuild_h=156).window
    0.0
    """
    more = stress.common_cause * afr + stress.pod_loss
    found = _hazards(drives, parity, afr, rebuild_h, stress)
    return _losses([hazard + more for hazard in found])


@lru_cache(maxsize=16_384)
def layout_losses(
    layout: DriveLayout,
    *,
    drives: int,
    afr: float,
    rebuild_h: float,
    pods: int = 1,
    stress: Stress = CALM,
) -> Losses:
    """Return how likely any group of a pod, or of a cluster of pods, loses data within a year.

    How each scheme is cut into groups, always on the side of more loss, is said in
    `spread.groups_of` and docs/durability.md.

    Args:
        layout: Of one pod; layouts of clusters (Ceph, SeaweedFS) span all `pods`.
        drives: Data drives of one pod.
        afr: Failures per drive-year, see `group_losses`.
        rebuild_h: See `group_losses` and `rebuild.rebuild_hours`.
        pods: Pods alike.
        stress: What makes it worse; a pod that is lost takes its shards of every group.

    Raises:
        ValueError: The layout does not fit the drives, or a number cannot be.
    """
    spread = groups_of(layout, drives=drives, pods=pods)
    return spread_losses(spread, pods=pods, afr=afr, rebuild_h=rebuild_h, stress=stress)


def spread_losses(
    spread: Spread, *, pods: int, afr: float, rebuild_h: float, stress: Stress = CALM
) -> Losses:
    """Return how likely any group of `spread` loses data within a year; see `layout_losses`."""
    rate, more = afr, spread.disjoint * stress.common_cause * afr
    together = spread.shards_in_pod
    if stress.pod_loss and together == 1 <= spread.parity:
        # Each shard sits in a pod of its own: to its group, a lost pod is one more failure.
        rate += stress.pod_loss
    elif stress.pod_loss:
        more += _hazard_of_pods(spread, pods, afr, rebuild_h, stress)
    found = _hazards(spread.drives, spread.parity, rate, rebuild_h, stress)
    totals = [spread.count * hazard for hazard in found]
    if spread.everyone is not None and rate == afr:
        # Not where pods are lost: their drives are down together, and need not lose a thing.
        every = _hazards(spread.everyone, spread.parity, afr, rebuild_h, stress)
        totals = [min(pair) for pair in zip(totals, every, strict=True)]
    return _losses([hazard + more for hazard in totals])


def nines(loss: float) -> int | None:
    """Return how many nines of durability a loss leaves: the most n with loss <= 10^-n.

    None for a loss of 0: there is no end to the nines. As in the source of the window model,
    a loss of exactly 0.001 has three.

    >>> nines(7.353799498780e-12), nines(1.0), nines(0.001), nines(0.0)
    (11, 0, 3, None)
    """
    if not 0 <= loss <= 1:
        raise ValueError(f"{loss} is no probability")
    if not loss:
        return None
    count = max(0, floor(-log10(loss)))
    # The logarithm is rounded: a power of ten may come out on the wrong side.
    if loss > float(f"1e-{count}"):
        return count - 1
    return count + 1 if loss <= float(f"1e-{count + 1}") else count


def read_error_probability(read_bytes: int, errors_per_bit: float) -> float:
    """Return the probability of at least one unrecoverable error in reading `read_bytes`.

    >>> round(read_error_probability(12 * 10**12, 1e-14), 6)
    0.617107
    """
    if read_bytes < 0 or not 0 <= errors_per_bit < 1:
        raise ValueError("an error rate lies between 0 and 1, and what is read is not negative")
    return -expm1(-8 * read_bytes * errors_per_bit)


def _losses(hazards: list[float]) -> Losses:
    window, parallel, serial = hazards
    return Losses(probability(window), probability(parallel), probability(serial))


def _hazards(
    drives: int, parity: int, afr: float, rebuild_h: float, stress: Stress
) -> tuple[float, float, float]:
    """Return a year's cumulative hazard of one group by window, parallel and serial.

    0 only where nothing ever fails.
    """
    if not 0 <= parity < drives:
        raise ValueError(f"{parity} of {drives} drives cannot be parity")
    if not (afr >= 0 and isfinite(afr)):
        raise ValueError("the failure rate is negative or no number")
    if not 0 < rebuild_h <= HOURS_A_YEAR:
        raise ValueError("the rebuild takes no time, or more than the year it is asked for")
    rate = (1 - stress.common_cause) * afr
    if not rate:
        return 0.0, 0.0, 0.0
    if not parity:
        return drives * rate, drives * rate, drives * rate
    failures = [drives * rate]
    failures += [(drives - down) * rate * stress.batch for down in range(1, parity + 1)]
    parallel, serial = _chains(failures, HOURS_A_YEAR / rebuild_h, stress.read_error)
    if stress.batch == 1:
        window = window_hazard(
            drives=drives, parity=parity, afr=rate, rebuild_h=rebuild_h,
            read_error=stress.read_error,
        )  # fmt: skip
    else:
        window = _crowded_windows(failures, rebuild_h, stress.read_error)
    return max(window, LEAST), max(parallel, LEAST), max(serial, LEAST)


def _chains(failures: list[float], repair: float, read_error: float) -> tuple[float, float]:
    """Return the hazards with parallel and with serial repair at `repair` a year.

    A rebuild that has no redundancy left ends in loss with probability `read_error`.
    """
    parity = len(failures) - 1
    found = []
    for at_once in (parity, 1):
        repairs = [min(down, at_once) * repair for down in range(parity + 1)]
        births = failures.copy()
        births[-1] += repairs[-1] * read_error
        repairs[-1] *= 1 - read_error
        found.append(chain_hazard(births, repairs, 1.0))
    return found[0], found[1]


def _crowded_windows(failures: list[float], rebuild_h: float, read_error: float) -> float:
    """Return the hazard of the window model where one failure brings others.

    Within a window nothing is repaired: a chain of failures alone, which with equal rates is the
    binomial distribution of `window_hazard`.
    """
    length = rebuild_h / HOURS_A_YEAR
    none = [0.0] * len(failures)
    all_down = probability(chain_hazard(failures, none, length))
    bare = probability(chain_hazard(failures[:-1], none[:-1], length)) if read_error else 0.0
    loss = (1 - read_error) * all_down + read_error * bare
    return -log1p(-loss) / length if loss < 1 else _CERTAIN


_CERTAIN = 745.0
# exp(-745) is the smallest positive double: a hazard beyond it is certainty.


def _hazard_of_pods(
    spread: Spread, pods: int, afr: float, rebuild_h: float, stress: Stress
) -> float:
    """Return what lost pods add to the hazard, where a pod takes several shards of a group.

    A pod that takes more than the parity is a loss. Otherwise it is one when, before it is
    restored, a group loses what redundancy the pod left it, or a second pod is lost.
    """
    rate, together = pods * stress.pod_loss, spread.shards_in_pod
    left = spread.parity - together
    if left < 0:
        return rate
    length = rebuild_h / HOURS_A_YEAR
    window, _, _ = _hazards(spread.drives - together, left, afr, rebuild_h, stress)
    in_window = spread.count * window * length + (pods - 1) * stress.pod_loss * length
    return rate * probability(in_window)
