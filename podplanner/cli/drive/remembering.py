"""`drive history`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show, table, wrapped
from podplanner.cli.drive.accepting import must_be_kept
from podplanner.cli.drive.choices import HistoryFile, Json
from podplanner.cli.drive.remembered import (
    Remembered,
    known_record,
    remembered_record,
    remembered_row,
    show_remembered,
)
from podplanner.drives.history.finding import find_drive
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.moving import moves_of
from podplanner.drives.history.naming import signal_named
from podplanner.drives.history.opening import History, open_history
from podplanner.errors import ConflictError, WrongUsageError

_MOST_DAYS = 36_525
# A hundred years.


def history(
    serial: Annotated[
        str | None,
        typer.Argument(metavar="SERIAL",
                       help="Serial number of the drive, its beginning or end, or its device; all "
                       "drives if absent."),
    ] = None,
    signals: Annotated[
        list[str] | None,
        typer.Option("--signal", metavar="ATTRIBUTE",
                     help="Show this figure only (pending_sectors, 197); may be repeated."),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=1, max=_MOST_DAYS,
                     help="Show the last N days only."),
    ] = None,
    retired: Annotated[
        bool, typer.Option("--retired", help="The drive is out of use: do not miss it any longer.")
    ] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="The same, and it failed: it counts as a failure.")
    ] = False,
    sound: Annotated[
        bool, typer.Option("--sound", help="The same, and it had not failed.")
    ] = False,
    in_use: Annotated[
        bool, typer.Option("--in-use", help="The drive is in use, after all.")
    ] = False,
    note: Annotated[
        str, typer.Option("--note", metavar="WORDS", help="Why it is out of use.")
    ] = "",
    history_file: HistoryFile = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show what a drive said before, and how it grew.

    Without a drive, all that were ever seen are listed. A drive that was taken out is missed until
    another is seen in its bay, or until it is said here that it is out of use.

    \b
    Examples:
      podplanner drive history
      podplanner drive history ZC1A2B3C
      podplanner drive history /dev/sda --signal 197 --days 90
      podplanner drive history ZC1A2B3C --failed --note "clicked"
    """
    given = {"--retired": retired, "--failed": failed, "--sound": sound, "--in-use": in_use}
    ending = [word for word, is_given in given.items() if is_given]
    _check(serial, ending, note)
    with open_history(history_file, make=False) as opened:
        try:
            if serial is None:
                _list(opened, as_json=as_json)
            else:
                drive = find_drive(opened.known(), serial)
                if ending:
                    _end(opened, drive, ending, note)
                _show_one(opened, drive.key, signals or (), days, as_json=as_json)
        finally:
            for sentence in opened.trouble:
                say(wrapped(sentence, 2))


def _check(serial: str | None, ending: Sequence[str], note: str) -> None:
    """Refuse words that make no sense together.

    Raises:
        WrongUsageError: They do not.
    """
    if ending and serial is None:
        raise WrongUsageError(f"{ending[0]} of which drive?", hint="Name its serial number.")
    if "--in-use" in ending and len(ending) > 1:
        raise WrongUsageError("a drive is in use or it is not", hint="Leave --in-use out, or the "
                              "others.")  # fmt: skip
    if "--failed" in ending and "--sound" in ending:
        raise WrongUsageError("--failed and --sound contradict each other",
                              hint="Leave one of them out.")  # fmt: skip
    if note and (not ending or "--in-use" in ending):
        raise WrongUsageError("--note says why a drive is out of use",
                              hint="Give it with --retired, --failed or --sound.")  # fmt: skip


def _end(opened: History, drive: KnownDrive, ending: Sequence[str], note: str) -> None:
    if "--in-use" in ending:
        if drive.retired_at is None:
            raise ConflictError(f"{drive.serial} is in use already",
                                hint="`podplanner drive history` lists all drives.")  # fmt: skip
        opened.restore(drive.key)
    else:
        failed = True if "--failed" in ending else False if "--sound" in ending else None
        opened.retire(drive.key, failed=failed, note=note)
    must_be_kept(opened)


def _show_one(
    opened: History, key: str, words: Sequence[str], days: int | None, *, as_json: bool
) -> None:
    drive = next(drive for drive in opened.known() if drive.key == key)
    past = opened.past([key])[key]
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    readings = opened.readings(key, since)
    said = {signal: 0 for reading in readings for signal in reading.signals}
    found = Remembered(
        drive, readings, past.accepted, past.notes, moves_of(readings),
        tuple(dict.fromkeys(signal_named(word, said) for word in words)),
    )  # fmt: skip
    if as_json:
        emit("drive-history", {**remembered_record(found), "notes": [*past.notes, *opened.trouble]})
    else:
        show_remembered(found)


def _list(opened: History, *, as_json: bool) -> None:
    known = sorted(opened.known(), key=lambda drive: (drive.bay is None, drive.bay, drive.serial))
    if as_json:
        emit("drive-history", {
            "drives": [known_record(drive) for drive in known], "notes": list(opened.trouble),
        })  # fmt: skip
    elif known:
        heads = ("serial", "model", "bay", "device", "verdict", "answered", "state")
        show(table([remembered_row(drive) for drive in known], heads, right=(2,)))
    else:
        say(f"No drive is remembered yet in {opened.file}; `podplanner drive check` reads drives "
            "and remembers them.")  # fmt: skip
