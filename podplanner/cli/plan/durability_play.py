"""The simulation that `plan durability` plays: its options, and what came of it."""

import re
from dataclasses import dataclass

from podplanner.cli.plan.durability_options import hours_option, rate_option
from podplanner.errors import WrongUsageError
from podplanner.planning.durability.answer import Model, Play, Question, scenario_of
from podplanner.planning.durability.scenario import Component
from podplanner.planning.durability.simulation import Simulated, simulate
from podplanner.planning.durability.splitting import RareLoss, rare_loss


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the simulation."""

    years: int | None
    rare: bool
    seed: int
    fixed: bool
    crews: int | None
    spares: int | None
    restock: str | None
    ageing: float
    age: float
    outages: tuple[str, ...]
    destroyed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was played beside the closed forms.

    Attributes:
        comparable: Whether the simulation plays the very process of a Markov chain.
        unplayed: What the closed forms count and the simulation leaves out.
    """

    years: Simulated | None
    rare: RareLoss | None
    serial: bool
    comparable: bool
    unplayed: tuple[str, ...]


def play(question: Question, options: Options, model: Model) -> Seen | None:
    """Play what was asked for; None when nothing was.

    Raises:
        WrongUsageError: An option of the simulation cannot be, or nothing uses it.
    """
    changed = (options.fixed or options.crews is not None or options.spares is not None
               or options.restock is not None or options.ageing != 1 or options.age != 0
               or bool(options.outages) or bool(options.destroyed))  # fmt: skip
    if options.years is None and not options.rare:
        if changed:
            raise WrongUsageError(
                "spares, crews, ageing and outages are simulated only",
                hint="Add --simulate 100000 (years).",
            )
        return None
    serial = model == "serial"
    played_as = Play(
        serial, options.fixed, options.crews, options.spares,
        0.0 if options.restock is None else hours_option("--restock", options.restock),
        options.ageing, options.age,
        (*(_component(text, destroys=False) for text in options.outages),
         *(_component(text, destroys=True) for text in options.destroyed)),
    )  # fmt: skip
    try:
        played = scenario_of(question, played_as)
        years = rare = None
        if options.years is not None:
            years = simulate(played, years=options.years, seed=options.seed)
        if options.rare:
            rare = rare_loss(played, seed=options.seed)
    except ValueError as error:
        raise WrongUsageError(
            _said(str(error)), hint="`podplanner plan durability --help` says what can be."
        ) from error
    batch = question.stress.batch > 1
    return Seen(years, rare, serial, not changed and not batch, ("the batch factor",) * batch)


_OPTIONS = {"crews": "--crews", "spares": "--spares", "ageing": "--ageing", "age_years": "--age"}
# What a scenario calls its figures -> the options that give them.


def _said(refused: str) -> str:
    """Return what a scenario or the simulation refuses, with the name of the option in front."""
    name, _, rest = refused.partition(" ")
    if name in _OPTIONS:
        return f"{_OPTIONS[name]} {rest}"
    return refused if refused.startswith("--") else f"--simulate: {refused}"


_COMPONENT = re.compile(r"(?P<drives>[0-9,-]+)@(?P<rate>[^:]+)(?::(?P<time>.+))?")
_RUN = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


def _component(written: str, *, destroys: bool) -> Component:
    option = "--destroyed" if destroys else "--outage"
    form = "1-5@0.1%" if destroys else "1-25@5%:24h"
    match = _COMPONENT.fullmatch(written.replace(" ", ""))
    if match is None or (match["time"] is None) != destroys:
        raise WrongUsageError(
            f"{option} {written}: that is not drives, rate and time", hint=f"Write it like {form}."
        )
    drives: set[int] = set()
    for piece in match["drives"].split(","):
        run = _RUN.fullmatch(piece)
        if run is None or not 1 <= int(run[1]) <= int(run[2] or run[1]):
            raise WrongUsageError(
                f"{option} {written}: {piece!r} is no run of drives",
                hint=f"Number drives from 1, group by group, like {form}.",
            )
        drives.update(range(int(run[1]) - 1, int(run[2] or run[1])))
    rate = rate_option(option, match["rate"])
    hours = 0.0 if destroys else hours_option(option, match["time"])
    return Component(f"{option} {written}", tuple(sorted(drives)), rate, hours, destroys)
