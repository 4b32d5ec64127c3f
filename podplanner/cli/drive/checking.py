"""`drive check`."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show
from podplanner.cli.drive.choices import (
    DEFAULT_MAX_AGE,
    Bays,
    Devices,
    From,
    HistoryFile,
    Json,
    Looking,
    MaxAge,
    NoHistory,
    Timeout,
    Types,
    Wake,
    asked_of,
)
from podplanner.cli.drive.listing import show_drives
from podplanner.cli.drive.looking import looked
from podplanner.cli.drive.metrics import PrometheusFile, metrics_file, write_metrics
from podplanner.cli.drive.records import drive_record, moment
from podplanner.cli.drive.statuses import end_by
from podplanner.drives.asking import TIMEOUT_S
from podplanner.errors import WrongUsageError
from podplanner.report.plugin_line import plugin_line


def check(
    devices: Devices = None,
    sources: From = None,
    types: Types = None,
    timeout: Timeout = TIMEOUT_S,
    wake: Wake = False,
    bays: Bays = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR",
                     help="Keep what smartctl said as recordings in this folder, for --from or a "
                     "bug report."),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Show the evidence of drives that are OK, too.")
    ] = False,
    plugin: Annotated[
        bool,
        typer.Option("--plugin", help="Print one status line with performance data, as monitoring "
                     "plug-ins do."),
    ] = False,
    prometheus: PrometheusFile = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Judge drives: which ones need doing something about, and why.

    Each drive is OK, WATCH (see it again), WARNING (have a spare at hand), REPLACE (pull it as soon
    as that is safe: `podplanner drive next`) or UNKNOWN (it could not be judged). What it said
    before counts: growth matters more than a count that has not moved.

    Exit statuses, as monitoring plug-ins have them: 0 when the worst is OK or WATCH, 1 WARNING,
    2 REPLACE, 3 UNKNOWN, wrong usage and every failure of the command itself.

    \b
    Examples:
      podplanner drive check
      podplanner drive check /dev/sda /dev/nvme0
      podplanner drive check /dev/bus/0 -d megaraid,0 -d megaraid,1
      podplanner drive check --from recordings/ --json
    """
    if plugin and as_json:
        raise WrongUsageError("--plugin and --json are two outputs", hint="Choose one.")
    metrics = metrics_file(prometheus)
    looking = Looking(sources, types, timeout, wake, history, no_history, bays, max_age, save)
    pod = looked(asked_of(devices, looking), quiet=plugin)
    if metrics is not None:
        write_metrics(pod, metrics)
    if plugin:
        show(plugin_line(pod))
    elif as_json:
        emit("drive-check", {
            "drives": [drive_record(drive) for drive in pod.drives],
            "verdict": pod.verdict, "checked_at": moment(pod.at), "notes": list(pod.notes),
        })  # fmt: skip
    else:
        show_drives(pod, everything=all_, sources=sources or ())
    if not plugin:
        for note in pod.notes:
            say(note)
    end_by(pod.verdict)
