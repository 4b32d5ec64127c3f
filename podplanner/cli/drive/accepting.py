"""`drive ack`."""

from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show, table, wrapped
from podplanner.cli.drive.choices import HistoryFile, Json
from podplanner.cli.drive.records import moment
from podplanner.drives.history.finding import find_drive
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.naming import signal_named
from podplanner.drives.history.opening import History, open_history
from podplanner.drives.past import Acceptance, PastReading
from podplanner.drives.signals import Signal
from podplanner.errors import ConflictError, OutputError, WrongUsageError

_LARGEST = 2**63 - 1
# What the history's integers hold.


def ack(
    serial: Annotated[
        str | None,
        typer.Argument(metavar="SERIAL",
                       help="Serial number of the drive, its beginning or end, or its device."),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Argument(metavar="ATTRIBUTE",
                       help="Figure to accept: pending_sectors, 197, Current_Pending_Sector."),
    ] = None,
    note: Annotated[
        str, typer.Option("--note", metavar="WORDS", help="Why; kept beside the value.")
    ] = "",
    value: Annotated[
        int | None,
        typer.Option("--value", metavar="N", min=0, max=_LARGEST,
                     help="Accept this value; the newest that was read if absent."),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Accept nothing of it any longer.")
    ] = False,
    list_: Annotated[
        bool, typer.Option("--list", help="List what is accepted, of one drive or of all.")
    ] = False,
    history: HistoryFile = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Accept a value of a drive: it stays quiet until it grows beyond.

    An old count of a cable that was changed long ago, or of sectors that were replaced once and
    stayed so: `podplanner drive check` still tells it, and holds it against the drive again when it
    is higher than the value that was accepted.

    \b
    Examples:
      podplanner drive ack ZC1A2B3C crc_errors --note "cable changed"
      podplanner drive ack /dev/sda 197
      podplanner drive ack ZC1A2B3C 197 --withdraw
      podplanner drive ack --list
    """
    _check(serial, attribute, note, value, withdraw=withdraw, list_=list_)
    with open_history(history, make=False) as opened:
        try:
            if list_ or serial is None or attribute is None:
                _list(opened, serial, as_json=as_json)
            else:
                drive = find_drive(opened.known(), serial)
                _accept(opened, drive, attribute, note, value, withdraw=withdraw, as_json=as_json)
        finally:
            for sentence in opened.trouble:
                say(wrapped(sentence, 2))


def _check(
    serial: str | None, attribute: str | None, note: str, value: int | None, *,
    withdraw: bool, list_: bool,
) -> None:  # fmt: skip
    """Refuse words that make no sense together.

    Raises:
        WrongUsageError: They do not.
    """
    if list_ and (attribute is not None or note or value is not None or withdraw):
        raise WrongUsageError("--list only lists", hint="Leave out the attribute and the options.")
    if withdraw and (note or value is not None):
        raise WrongUsageError("--withdraw takes no --value and no --note", hint="Leave them out.")
    if not list_ and (serial is None or attribute is None):
        raise WrongUsageError(
            "a drive and an attribute are needed",
            hint="Write `podplanner drive ack SERIAL ATTRIBUTE`, or `podplanner drive ack --list`.",
        )


def _accept(
    opened: History, drive: KnownDrive, attribute: str, note: str, value: int | None, *,
    withdraw: bool, as_json: bool,
) -> None:  # fmt: skip
    past = opened.past([drive.key])[drive.key]
    latest = past.latest
    signal = signal_named(attribute, {} if latest is None else latest.signals)
    before = next((a for a in past.accepted if a.signal is signal), None)
    if withdraw:
        if before is None:
            raise ConflictError(f"of {drive.serial}, no {signal.value} is accepted",
                                hint="`podplanner drive ack --list` lists what is.")  # fmt: skip
        opened.withdraw(drive.key, signal)
        now: Acceptance | None = None
    else:
        chosen = _value(drive, signal, latest) if value is None else value
        now = opened.accept(drive.key, signal, chosen, note=note)
    must_be_kept(opened)
    if as_json:
        emit("drive-ack", {**_who(drive), **_what(signal, now),
                           "before": None if before is None else before.value})  # fmt: skip
    elif now is None:
        show(f"{drive.serial}: {signal.value} is no longer accepted")
    else:
        _show(drive, now, latest)


def must_be_kept(opened: History) -> None:
    """Let what was told of a drive be on a disk.

    Raises:
        OutputError: It is on none.
    """
    if opened.lost:
        raise OutputError("this could not be kept", hint="Make room for the history, or permit "
                          "writing it, and run the same command again.")  # fmt: skip


def _value(drive: KnownDrive, signal: Signal, latest: PastReading | None) -> int:
    """Return the newest value that was read.

    Raises:
        ConflictError: There is none.
    """
    if latest is None or signal not in latest.signals:
        says = "" if latest is None else ", ".join(s.value for s in latest.signals)
        raise ConflictError(
            f"{drive.serial} says nothing of {signal.value}",
            hint=f"It says {says}; or name a value with --value." if says
            else "Read it with `podplanner drive check`, or name a value with --value.",
        )  # fmt: skip
    return latest.signals[signal]


def _show(drive: KnownDrive, now: Acceptance, latest: PastReading | None) -> None:
    read = None if latest is None else latest.signals.get(now.signal)
    show(f"{drive.serial}: {now.signal.value} is accepted at {now.value:,}"
         + (f" ({now.note})" if now.note else ""))  # fmt: skip
    if latest is not None and read is not None and read > now.value:
        say(f"It was {read:,} on {latest.read_at:%Y-%m-%d}, which is more already.")
    else:
        say("`podplanner drive check` holds it against the drive again when it grows.")


def _list(opened: History, serial: str | None, *, as_json: bool) -> None:
    known = {drive.key: drive for drive in opened.known()}
    accepted = opened.accepted()
    if serial is not None:
        one = find_drive(tuple(known.values()), serial)
        accepted = {one.key: accepted.get(one.key, ())}
    found = [
        (known.get(key) or KnownDrive(key, "", key.rpartition("/")[2], entry.at), entry)
        for key, entries in accepted.items()
        for entry in entries
    ]
    if as_json:
        emit("drive-ack", {"accepted": [
            {**_who(drive), **_what(entry.signal, entry)} for drive, entry in found
        ]})  # fmt: skip
    elif found:
        show(table(
            [(drive.serial, drive.model, entry.signal.value, f"{entry.value:,}",
              f"{entry.at:%Y-%m-%d}", entry.note) for drive, entry in found],
            ("serial", "model", "attribute", "value", "since", "note"), right=(3,),
        ))  # fmt: skip
    else:
        say("Nothing is accepted.")


def _who(drive: KnownDrive) -> dict[str, object]:
    return {"serial": drive.serial, "model": drive.model or None}


def _what(signal: Signal, entry: Acceptance | None) -> dict[str, object]:
    return {
        "signal": signal, "value": None if entry is None else entry.value,
        "at": None if entry is None else moment(entry.at),
        "note": (entry.note or None) if entry is not None else None,
    }  # fmt: skip
