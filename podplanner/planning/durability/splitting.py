"""Losses too rare to wait for: importance splitting, by how many drives of a group are down.

To lose data, some group must have one drive down, then two, and so on. From each stage a fixed
number of histories goes on, begun where histories of the stage before arrived, drawn at random.
The product of the shares that arrive is an estimate of the loss without bias (L'Ecuyer, Demers,
Tuffin 2006, fixed effort), and the spread of independent repetitions is its error.
"""

from dataclasses import dataclass
from math import sqrt
from random import Random

from podplanner.planning.durability.memoryless import Fleet, Process
from podplanner.planning.durability.rate import poisson_interval
from podplanner.planning.durability.scenario import Scenario

_T = 2.093
# Student's t of 19 degrees of freedom, 97.5 %: 20 repetitions.
REPETITIONS = 20
EFFORT = 10_000


@dataclass(frozen=True, slots=True)
class RareLoss:
    """An estimate by splitting.

    Attributes:
        loss: Mean of the repetitions; 0 where none arrived at a loss.
        low, high: 95 % interval; where none arrived, `high` is what the last stage reached could
            have missed.
        arrived: Repetitions that arrived at a loss.
        histories: Histories played in all.
    """

    loss: float
    low: float
    high: float
    arrived: int
    histories: int
    seed: int


def rare_loss(scenario: Scenario, *, effort: int = EFFORT, seed: int = 0) -> RareLoss:
    """Return the probability that a year, begun with all drives whole, loses data.

    Args:
        scenario: One whose past does not matter (`is_memoryless`).
        effort: Histories a stage, in each of `REPETITIONS` repetitions.
        seed: Of the random numbers.

    Raises:
        ValueError: Drives age, spares run out, or drives hang on components.
    """
    if not scenario.is_memoryless:
        raise ValueError("splitting plays constant rates without spares and components only")
    if effort < 2:
        raise ValueError("splitting needs at least 2 histories a stage")
    chance = Random(seed)
    process = Process(scenario, chance)
    found, bounds, histories = [], [], 0
    for _ in range(REPETITIONS):
        estimate, bound, played = _repetition(process, scenario, effort, chance)
        found.append(estimate)
        bounds.append(bound)
        histories += played
    mean = sum(found) / REPETITIONS
    arrived = sum(1 for estimate in found if estimate)
    if not arrived:
        # Every repetition stopped at some stage: the mean of what it could have missed there.
        high = min(1.0, sum(bounds) / REPETITIONS)
        return RareLoss(0.0, 0.0, high, 0, histories, seed)
    variance = sum((estimate - mean) ** 2 for estimate in found) / (REPETITIONS - 1)
    half = _T * sqrt(variance / REPETITIONS)
    return RareLoss(mean, max(0.0, mean - half), min(1.0, mean + half), arrived, histories, seed)


def _repetition(
    process: Process, scenario: Scenario, effort: int, chance: Random
) -> tuple[float, float, int]:
    """Return an estimate, what it could have missed where it is 0, and the histories played."""
    begin = [Fleet()]
    share, played = 1.0, 0
    for level in range(1, scenario.parity + 2):
        arrived = []
        for _ in range(effort):
            fleet = begin[int(chance.random() * len(begin))].copy()
            if _arrives(process, fleet, level, chance):
                arrived.append(fleet)
        played += effort
        if not arrived:
            return 0.0, share * poisson_interval(0)[1] / effort, played
        share *= len(arrived) / effort
        begin = arrived
    return share, 0.0, played


def _arrives(process: Process, fleet: Fleet, level: int, chance: Random) -> bool:
    """Play on to the level, or to the end of the year."""
    while True:
        hit, _ = process.run(fleet, level, 1.0)
        if hit:
            return True
        if fleet.time >= 1.0 or not process.rate:
            return False
        fleet.time += chance.expovariate(process.drives * process.rate)
        if fleet.time >= 1.0:
            return False
        if process.fail(fleet, process.pick(fleet)) >= level:
            return True
