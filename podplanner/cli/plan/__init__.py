"""`podplanner plan`: what a pod will do, and which pods a need calls for."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from podplanner.cli.lazy import LazyGroup

COMMANDS = {
    "check": "podplanner.cli.plan.checking:check",
    "power": "podplanner.cli.plan.power:power",
    "bandwidth": "podplanner.cli.plan.bandwidth:bandwidth",
    "place": "podplanner.cli.plan.place:place",
    "capacity": "podplanner.cli.plan.capacity:capacity",
    "durability": "podplanner.cli.plan.durability:durability",
    "cost": "podplanner.cli.plan.cost:cost",
    "find": "podplanner.cli.plan.find:find",
    "report": "podplanner.cli.plan.report:report",
}
"""Every command with its home, in the order of the help."""

SUMMARIES = {
    "check": "Check part against part: slots, sockets, memory, ports, power, weight.",
    "power": "Say what each supply and rail carries, at start and at work.",
    "bandwidth": "Follow the data from drive to network, and name the narrowest link.",
    "place": "Give every drive of every group a bay, and say what kills data.",
    "capacity": "Say how much a drive layout stores.",
    "durability": "Say how likely a drive layout loses data.",
    "cost": "Say what a pod costs to own for five years.",
    "find": "Find the pods that answer a need.",
    "report": "Write all of it on one page.",
}


class _PlanGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = COMMANDS
    summaries = SUMMARIES


app = typer.Typer(
    name="plan",
    cls=_PlanGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def plan() -> None:
    """Plan a pod: what its parts do together, and which pods a need calls for."""
