"""The answer to one question of durability: losses, nines, their interval, what was assumed."""

from dataclasses import dataclass, replace
from typing import Literal

from podplanner.planning.durability.losses import (
    CALM,
    LEAST,
    Losses,
    Stress,
    nines,
    spread_losses,
)
from podplanner.planning.durability.rate import AnnualFailureRate
from podplanner.planning.durability.rebuild import Rebuild
from podplanner.planning.durability.scenario import (
    Component,
    Scenario,
    consecutive_groups,
    groups_across_pods,
    pods_of,
)
from podplanner.planning.durability.spread import Spread

Model = Literal["window", "parallel", "serial"]
MODELS: tuple[Model, ...] = ("window", "parallel", "serial")

_MOST_SIMULATED = 20_000
# Drives in one simulation: more would take minutes before the first year has passed.


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        spread: The groups.
        pods: How many pods there are.
        afr: How often drives fail.
        rebuild: How long they are down.
        stress: What makes it worse.
    """

    spread: Spread
    pods: int
    afr: AnnualFailureRate
    rebuild: Rebuild
    stress: Stress = CALM

    @property
    def overlapping(self) -> bool:
        """Return whether groups share drives (placement groups, rings of pairs)."""
        return self.spread.ring or self.spread.everyone is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out.

    Attributes:
        losses: With the rate to plan with.
        best, worst: With the ends of the rate's interval; None where it has none.
        assumptions: A sentence each.
    """

    losses: Losses
    best: Losses | None
    worst: Losses | None
    assumptions: tuple[str, ...]

    def loss(self, model: Model) -> float:
        """Return the annual loss by a model."""
        return by_model(self.losses, model)

    def best_loss(self, model: Model) -> float:
        """Return the annual loss at the lower end of the rate's interval."""
        return by_model(self.losses if self.best is None else self.best, model)

    def worst_loss(self, model: Model) -> float:
        """Return the annual loss at the upper end of the rate's interval."""
        return by_model(self.losses if self.worst is None else self.worst, model)


def by_model(losses: Losses, model: Model) -> float:
    """Return one of the three."""
    return {"window": losses.window, "parallel": losses.parallel, "serial": losses.serial}[model]


def answer(question: Question) -> Answer:
    """Return losses and nines for a question, with the interval of its failure rate.

    Raises:
        ValueError: The rebuild takes more than a year.
    """
    afr = question.afr
    losses = _at(question, afr.cautious)
    best = None if afr.low is None else _at(question, afr.low)
    worst = None if afr.high is None else _at(question, afr.high)
    return Answer(losses, best, worst, tuple(_assumptions(question, losses)))


def _at(question: Question, afr: float) -> Losses:
    return spread_losses(
        question.spread, pods=question.pods, afr=afr, rebuild_h=question.rebuild.hours,
        stress=question.stress,
    )  # fmt: skip


def _assumptions(question: Question, losses: Losses) -> list[str]:
    spread, stress, afr = question.spread, question.stress, question.afr
    said = ["drives fail at a constant rate; a year of 365 days begins with all drives whole"]
    if stress == CALM:
        said.append("failures are independent of each other, and rebuilds meet no read error")
    if not afr.estimate and afr.high is not None:
        said.append("no failure was seen: the upper end of the rate's interval is used")
    if spread.everyone is not None:
        said.append(
            f"{spread.count:,} groups at random on {spread.everyone:,} drives; what is smaller "
            "counts: the sum over the groups, or any too many drives of all down at once"
        )
    if stress.pod_loss and spread.everyone is not None and spread.shards_in_pod == 1:
        said.append("a lost pod is restored in the time of one rebuild")
    if stress.read_error:
        said.append("one unreadable block in a rebuild without redundancy counts as loss")
    if losses.window == LEAST or losses.parallel == LEAST or losses.serial == LEAST:
        said.append(f"losses below {LEAST:g} are given as {LEAST:g}")
    return [*said, *question.rebuild.assumptions]


@dataclass(frozen=True, slots=True)
class Nines:
    """Nines of durability by one model; None: no loss is possible, so there is no end of them."""

    model: Model
    loss: float
    nines: int | None
    worst: int | None
    best: int | None


def nines_of(found: Answer) -> tuple[Nines, ...]:
    """Return the nines by every model, with those at the ends of the rate's interval."""
    rows = []
    for model in MODELS:
        loss = found.loss(model)
        worst, best = found.worst_loss(model), found.best_loss(model)
        rows.append(Nines(model, loss, nines(loss), nines(worst), nines(best)))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Play:
    """What a simulation adds to a question; see `Scenario` for the fields of the same names."""

    serial: bool = False
    fixed_repair: bool = False
    crews: int | None = None
    spares: int | None = None
    restock_h: float = 0.0
    ageing: float = 1.0
    age_years: float = 0.0
    components: tuple[Component, ...] = ()


def scenario_of(question: Question, play: Play) -> Scenario:
    """Return the scenario that plays a question.

    Common causes and lost pods become components that destroy drives. The batch factor is not
    played.

    Raises:
        ValueError: Groups share drives, or there are too many drives.
    """
    spread, stress = question.spread, question.stress
    if question.overlapping:
        raise ValueError("groups that share drives are not simulated")
    drives = spread.drives * spread.count
    if drives > _MOST_SIMULATED:
        raise ValueError(f"{drives:,} drives are more than the {_MOST_SIMULATED:,} simulated")
    if spread.pods > 1:
        groups = groups_across_pods(spread.count, spread.drives, spread.pods)
        pods = pods_of(spread.count, spread.drives, spread.pods)
    else:
        groups = consecutive_groups(spread.count, spread.drives)
        share = drives // question.pods
        pods = tuple(tuple(range(i * share, (i + 1) * share)) for i in range(question.pods))
    rate = question.afr.cautious
    components = list(play.components)
    if stress.pod_loss:
        components += [
            Component(f"pod {number}", of, stress.pod_loss, destroys=True)
            for number, of in enumerate(pods, 1)
        ]
    if stress.common_cause and rate:
        components += [
            Component(f"group {number}", group, stress.common_cause * rate, destroys=True)
            for number, group in enumerate(groups, 1)
        ]
    return Scenario(
        groups, spread.parity, (1 - stress.common_cause) * rate, question.rebuild.hours,
        fixed_repair=play.fixed_repair, crews=play.crews,
        crews_per_group=1 if play.serial else None, spares=play.spares,
        restock_h=play.restock_h, ageing=play.ageing, age_years=play.age_years,
        read_error=stress.read_error, components=tuple(components),
    )  # fmt: skip


def at_rates_and_times(
    question: Question, model: Model, rates: tuple[float, ...], hours: tuple[float, ...]
) -> tuple[tuple[float, ...], ...]:
    """Return the losses of a model: a row for each failure rate, a place for each rebuild time."""
    return tuple(
        tuple(
            by_model(_at(replace(question, rebuild=Rebuild(0.0, time, ())), rate), model)
            for time in hours
        )
        for rate in rates
    )
