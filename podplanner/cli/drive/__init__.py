"""`podplanner drive`: the health of drives, where they are, and which to pull."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from podplanner.cli.lazy import LazyGroup
from podplanner.cli.quick import QuickCommand

COMMANDS: dict[str, str] = {
    "scan": "podplanner.cli.drive.scanning:scan",
    "check": "podplanner.cli.drive.checking:check",
    "next": "podplanner.cli.drive.pulling:next_",
    "report": "podplanner.cli.drive.reporting:report",
    "history": "podplanner.cli.drive.remembering:history",
    "ack": "podplanner.cli.drive.accepting:ack",
    "bays": "podplanner.cli.drive.bays:app",
    "test": "podplanner.cli.drive.testing:drive_test",
    "accept": "podplanner.cli.drive.receiving:accept",
    "watch": "podplanner.cli.drive.watching:watch",
    "backtest": "podplanner.cli.drive.backtesting:backtest",
}
"""Every command with its home, in the order of the help."""

SUMMARIES: dict[str, str] = {
    "scan": "List the drives that smartctl finds.",
    "check": "Judge drives: which ones need doing something about.",
    "next": "Say which drive to pull, from which bay, and whether that is safe now.",
    "report": "Write the state of a pod's drives on one page.",
    "history": "Show what a drive said before, and how it grew.",
    "ack": "Accept today's value of a drive, and stay quiet until it grows.",
    "bays": "Show which drive is in which bay; learn and write the bay map.",
    "test": "Start self-tests, staggered, and say how they ended.",
    "accept": "Check a replacement drive before it is trusted.",
    "watch": "Check now and then, and send a message when something changed.",
    "backtest": "Try the judgement on recorded fleets (Drive Stats files).",
}


class _DriveGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = COMMANDS
    summaries = SUMMARIES
    makes = QuickCommand


app = typer.Typer(
    name="drive",
    cls=_DriveGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def drive() -> None:
    """Keep drives healthy: judge them, find them, replace them.

    Exit statuses follow monitoring plug-ins: 0 OK or WATCH, 1 WARNING, 2 REPLACE, 3 UNKNOWN. Wrong
    usage and every other failure are 3 as well.
    """
