"""`drive accept`."""

from typing import Annotated

import typer

from podplanner.cli.console import coloured, emit, say, show, wrapped
from podplanner.cli.drive.choices import (
    Bays,
    From,
    HistoryFile,
    Json,
    Looking,
    NoHistory,
    Timeout,
    asked_of,
)
from podplanner.cli.drive.newcomers import Place, came, start_long_test
from podplanner.drives.acceptance.check import Examination, Outcome, Result
from podplanner.drives.acceptance.examining import examine
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.asking import TIMEOUT_S
from podplanner.errors import WrongUsageError

_STATUS_OF = {
    Outcome.ACCEPT: 0,
    Outcome.WARNING: 1,
    Outcome.NOT_YET: 1,
    Outcome.REFUSE: 2,
    Outcome.UNKNOWN: 3,
}
_COLOUR_OF = {
    Result.PASS: "ok",
    Result.WARNING: "warning",
    Result.FAIL: "error",
    Result.NOT_YET: "note",
    Result.UNKNOWN: "unknown",
}
_INDENT = 9
# The longest result and two spaces.


def accept(
    device: Annotated[
        str | None,
        typer.Argument(metavar="DEVICE", help="The drive that came; with --from one of the "
                       "recordings."),
    ] = None,
    serial: Annotated[
        str | None,
        typer.Option("--for", metavar="SERIAL",
                     help="Serial number of the drive that it replaces."),
    ] = None,
    bay: Annotated[
        int | None,
        typer.Option("--for-bay", metavar="N", help="Bay of the drive that it replaces, by the bay "
                     "map."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="SIZE",
                     help="Size that it must have at least: 18000207937536, 18TB."),
    ] = None,
    used: Annotated[
        bool, typer.Option("--used", help="It was sold as used: do not mind its hours.")
    ] = False,
    not_smr: Annotated[
        bool,
        typer.Option("--not-smr", help="You looked up that its tracks are not shingled."),
    ] = False,
    long: Annotated[
        bool, typer.Option("--long/--no-long", help="Ask for a long self-test that passed.")
    ] = True,
    start_test: Annotated[
        bool, typer.Option("--start-test", help="Begin the long self-test where it is missing.")
    ] = False,
    sources: From = None,
    type_: Annotated[
        str | None,
        typer.Option("--type", "-d", metavar="TYPE", help="How it is attached, as smartctl's -d "
                     "takes it."),
    ] = None,
    timeout: Timeout = TIMEOUT_S,
    bays: Bays = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Check a replacement drive before it is trusted.

    Was its serial number never seen here, does it hold enough bytes, are its tracks not shingled,
    is it as new as it was sold, is it well, and did it pass a long self-test?

    Exit statuses: 0 accept it; 1 not yet, or look first; 2 refuse it; 3 it cannot be said.

    \b
    Examples:
      podplanner drive accept /dev/sdq --for ZA1DX4KQ
      podplanner drive accept /dev/sdq --for-bay 17 --bays bays.toml --start-test
      podplanner drive accept --from new.json --size 18TB
    """
    if device is None and not sources:
        raise WrongUsageError("no drive is named", hint="Name the drive that came: /dev/sdq.")
    if start_test and sources:
        raise WrongUsageError("recordings cannot be tested", hint="Leave --start-test out.")
    if start_test and not long:
        raise WrongUsageError("--start-test and --no-long contradict each other",
                              hint="Leave one of them out.")  # fmt: skip
    looking = Looking(sources, [type_] if type_ else None, timeout, wake=True, history=history,
                      no_history=no_history, bays=bays)  # fmt: skip
    asked = asked_of(None if sources or device is None else [device], looking)
    place = Place(serial, bay, size)
    newcomer, notes = came(device, asked, place, used=used, not_smr=not_smr, long=long)
    examination = examine(newcomer)
    begun = start_long_test(newcomer, examination, timeout) if start_test else ""
    if as_json:
        emit("drive-accept", _record(newcomer, examination, begun, notes))
    else:
        _show(newcomer, examination)
    for note in (*notes, begun):
        if note:
            say(wrapped(note, 2))
    if status := _STATUS_OF[examination.outcome]:
        raise typer.Exit(status)


def _record(
    newcomer: Newcomer, examination: Examination, begun: str, notes: tuple[str, ...]
) -> dict[str, object]:
    reading = newcomer.reading
    return {
        "device": reading.device or reading.source, "model": reading.identity.model,
        "serial": reading.identity.serial, "verdict": examination.outcome,
        "words": examination.words,
        "checks": [
            {"check": check.name, "result": check.result, "words": check.words}
            for check in examination.checks
        ],
        "test": begun or None, "notes": list(notes),
    }  # fmt: skip


def _show(newcomer: Newcomer, examination: Examination) -> None:
    reading = newcomer.reading
    name = (reading.device or reading.source, reading.identity.model, reading.identity.serial)
    show(", ".join(part for part in name if part))
    for check in examination.checks:
        result = coloured(f"{check.result:<{_INDENT}}", _COLOUR_OF[check.result])
        show(wrapped(f"{check.name}: {check.words}", _INDENT), before=result)
    show()
    colours = {Outcome.ACCEPT: "ok", Outcome.REFUSE: "error", Outcome.WARNING: "warning",
               Outcome.UNKNOWN: "unknown"}  # fmt: skip
    outcome = examination.outcome
    show(f"  {examination.words}", before=coloured(outcome, colours.get(outcome, "note")))
