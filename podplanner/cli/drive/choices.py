"""Options that several commands of `drive` share, and the round of reading behind them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from podplanner.drives.asking import MAX_AGE, TIMEOUT_S, Asked
from podplanner.errors import WrongUsageError

Devices = Annotated[
    list[str] | None,
    typer.Argument(metavar="[DEVICE ...]", help="Drives to read; all that are found if absent."),
]
From = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE|DIR",
                 help="Read recordings (output of `smartctl --json --all`) instead of drives; may "
                 "be repeated."),
]  # fmt: skip
Types = Annotated[
    list[str] | None,
    typer.Option("--type", "-d", metavar="TYPE",
                 help="How the drives are attached, as smartctl's -d takes it (sat, "
                 "megaraid,3); may be repeated for several drives behind one device."),
]  # fmt: skip
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", help="Seconds that each drive may take.")
]
Wake = Annotated[bool, typer.Option("--wake", help="Read sleeping drives too, which wakes them.")]
HistoryFile = Annotated[
    Path | None,
    typer.Option("--history", metavar="FILE", envvar="PODPLANNER_DRIVE_HISTORY",
                 help="Database of earlier readings; the user's own if absent, none with "
                 "--from."),
]  # fmt: skip
NoHistory = Annotated[
    bool, typer.Option("--no-history", help="Neither read nor write earlier readings.")
]
Bays = Annotated[
    Path | None,
    typer.Option("--bays", metavar="FILE", envvar="PODPLANNER_BAYS",
                 help="Bay map that says which drive is in which bay."),
]  # fmt: skip
MaxAge = Annotated[
    str,
    typer.Option("--max-age", metavar="TIME",
                 help="How long the verdict on a sleeping drive holds: 7d, 36h."),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

DEFAULT_MAX_AGE = "7d"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|m|s|min)", re.IGNORECASE)
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "min": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Looking:
    """The options of a command that reads drives, as they were typed."""

    sources: Sequence[Path] | None = None
    types: Sequence[str] | None = None
    timeout_s: float = TIMEOUT_S
    wake: bool = False
    history: Path | None = None
    no_history: bool = False
    bays: Path | None = None
    max_age: str | None = None
    save: Path | None = None


def asked_of(devices: Sequence[str] | None, looking: Looking) -> Asked:
    """Return what is asked, with every option tried.

    Raises:
        WrongUsageError: Options contradict each other, or make no sense.
    """
    if devices and looking.sources:
        raise WrongUsageError(
            "devices and --from name two sources",
            hint="Name drives, or recordings with --from, not both.",
        )
    if looking.sources and looking.save is not None:
        raise WrongUsageError("--save keeps what drives say, and --from reads no drives",
                              hint="Copy the recordings instead.")  # fmt: skip
    if len(looking.types or ()) > 1 and not devices:
        raise WrongUsageError(
            "several --type and no device: which drive has which is not said",
            hint="Name the device that they are behind, such as /dev/bus/0.",
        )
    if looking.no_history and looking.history is not None:
        raise WrongUsageError("--history and --no-history contradict each other",
                              hint="Leave one of them out.")  # fmt: skip
    if not 0 < looking.timeout_s <= 3_600:
        raise WrongUsageError(f"--timeout {looking.timeout_s:g} is no time for a drive to answer",
                              hint="Give seconds, above 0 and at most 3600.")  # fmt: skip
    return Asked(
        devices=tuple(devices or ()),
        recordings=tuple(looking.sources or ()),
        types=tuple(looking.types or ()),
        timeout_s=looking.timeout_s,
        wake=looking.wake,
        history=looking.history,
        forget=looking.no_history,
        bays=looking.bays,
        max_age=MAX_AGE if looking.max_age is None else span_option("--max-age", looking.max_age),
        save=looking.save,
    )


def span_option(option: str, written: str) -> timedelta:
    """Return a time such as `7d`, `36h` or `90m`.

    Raises:
        WrongUsageError: It is none.
    """
    found = _SPAN.fullmatch(written.strip())
    if found is None or float(found[1]) <= 0:
        raise WrongUsageError(f"{option} {written}: that is no time",
                              hint="Write it as 7d, 36h or 90m.")  # fmt: skip
    seconds = float(found[1]) * _UNITS[found[2].lower()]
    if seconds > 100 * 366 * 86_400:
        raise WrongUsageError(f"{option} {written}: that is more than a hundred years",
                              hint="Write it as 7d, 36h or 90m.")  # fmt: skip
    return timedelta(seconds=seconds)
