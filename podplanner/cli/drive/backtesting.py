"""`drive backtest`."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show, table
from podplanner.cli.drive.choices import Json
from podplanner.cli.progress import AGAIN, telling
from podplanner.drives.backtest import Backtest, Tier
from podplanner.drives.backtest import backtest as tried
from podplanner.drives.drive_stats import read_drive_stats
from podplanner.errors import FormatError


def backtest(
    files: Annotated[
        list[Path], typer.Argument(metavar="CSV ...", help="Files of Drive Stats, or folders.")
    ],
    as_json: Json = False,
) -> None:
    """Try the judgement on a recorded fleet: what it finds, and how often it cries wolf.

    Reads files in the form of Drive Stats (Backblaze): a row for each drive and day, `failure` 1 on
    the last one of a drive that failed. Every drive is judged on its last day by its rows up to
    then, as `drive check` would have: the same thresholds, the same decoding.

    \b
    Examples:
      podplanner drive backtest 2013-04-*.csv
      podplanner drive backtest data_Q2_2026/ --json
    """
    with telling("auto", AGAIN) as told:
        told.begin("reading files", files=len(files), size=None)
        fleet = read_drive_stats(files)
        if not fleet.drives:
            raise FormatError("no drive was found in the files",
                              hint="Name files of Drive Stats.")  # fmt: skip
        told.begin("judging drives", files=len(fleet.drives), size=None)
        found = tried(fleet)
    if fleet.unread_rows:
        say(f"{fleet.unread_rows:,} of {fleet.rows:,} rows could not be read and were left out")
    if as_json:
        emit("drive-backtest", {
            "drives": found.drives, "failures": found.failures,
            "tiers": {"REPLACE": _record(found.replace), "WARNING": _record(found.warning)},
            "any_of_five": _record(found.any_of_five),
            "verdicts": {str(v): {"drives": n, "failures": f} for v, n, f in found.verdicts},
            "rows": fleet.rows, "unread_rows": fleet.unread_rows,
        })  # fmt: skip
    else:
        _show(found)


def _record(tier: Tier) -> dict[str, object]:
    return {
        "recall": tier.recall, "false_alarm_rate": tier.false_alarm_rate,
        "precision": tier.precision, "failed": tier.failed, "false_alarms": tier.false_alarms,
    }  # fmt: skip


def _show(found: Backtest) -> None:
    show(f"{found.drives:,} drives, of which {found.failures:,} failed")
    show()
    rows = [
        _row("REPLACE", found.replace),
        _row("WARNING and above", found.warning),
        _row("any of 5, 187, 188, 197, 198 above 0", found.any_of_five),
    ]
    headings = ("judged", "failures told", "recall", "false alarms", "rate", "precision")
    show(table(rows, headings, right=(1, 2, 3, 4, 5)))


def _row(name: str, tier: Tier) -> tuple[str, ...]:
    return (
        name, f"{tier.failed:,} of {tier.failures:,}", _share(tier.recall),
        f"{tier.false_alarms:,} of {tier.survivors:,}", _share(tier.false_alarm_rate),
        _share(tier.precision),
    )  # fmt: skip


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
