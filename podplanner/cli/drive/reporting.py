"""`drive report`."""

import json
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bay_map import BayMap
from podplanner.catalog.pod import Pod
from podplanner.catalog.writers.files import write_whole
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
from podplanner.cli.drive.looking import looked
from podplanner.cli.drive.pulling import Bill
from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.asking import TIMEOUT_S, Asked
from podplanner.drives.checked import CheckedPod
from podplanner.drives.fleet import Fleet, read_fleet
from podplanner.drives.fleet_rate import fleet_count
from podplanner.drives.pulling.choosing import first_card
from podplanner.drives.round import bay_map_of
from podplanner.drives.samples import resolved
from podplanner.errors import OutputError, WrongUsageError
from podplanner.report.chassis_drawing import draw_chassis
from podplanner.report.drive_model import UNPLACED, Aside, DriveReport, drive_report_of
from podplanner.report.drive_records import render_drives_json

FORMATS = ("html", "json")


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is read beside the drives."""

    bay_map: BayMap | None
    arrays: ArrayState
    fleet: Fleet | None
    bill: Pod | None


def report(
    devices: Devices = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="File to write: .html or .json."),
    ] = None,
    output_format: Annotated[
        str | None, typer.Option("--format", metavar="F", help="html or json; else by the name.")
    ] = None,
    sources: From = None,
    types: Types = None,
    timeout: Timeout = TIMEOUT_S,
    wake: Wake = False,
    bays: Bays = None,
    bill: Bill = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="WORDS",
                     help="What the pod is called; else as its bay map or its machine."),
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write the state of a pod's drives on one page.

    What to do first, the chassis with its verdicts, the evidence of each drive, temperatures,
    trends, arrays, what was accepted, and the failure rate of the fleet: in one self-contained file
    without scripts, or as JSON, which `plan durability --afr-from` reads; with --json it is printed
    as well. Nothing is changed on any drive or array.

    Exit statuses: 0 when the file is written, whatever the verdicts are (`drive check` tells
    them); 3 for wrong usage and every failure.

    \b
    Examples:
      podplanner drive report -o drives.html
      podplanner drive report -o drives.html --bays bays.toml --bill pod.toml
      podplanner drive report -o drives.json --from recordings/
    """
    wanted = _format(output, output_format, as_json=as_json)
    looking = Looking(sources, types, timeout, wake, history, no_history, bays, max_age)
    asked = asked_of(devices, looking)
    if output is not None:
        _refuse(output, asked, bill)
    listed = None if bill is None else _listed(bill)
    bay_map = bay_map_of(asked)
    pod = looked(asked)
    fleet = read_fleet(asked)
    if fleet is not None:
        pod = replace(pod, notes=tuple(dict.fromkeys((*pod.notes, *fleet.trouble))))
    found = _report(pod, _Beside(bay_map, _arrays(asked), fleet, listed), title or _title(
        asked, bay_map))  # fmt: skip
    size = None if output is None else _write(found, output, wanted)
    if as_json:
        emit("drive-report", {
            **render_drives_json(found), "output": None if output is None else str(output),
            "format": wanted, "bytes": size,
        })  # fmt: skip
        return
    show(f"wrote {output} ({size:,} bytes)")
    say(f"  {found.first.sentence}")
    for note in found.notes:
        say(f"  {note}")


def _format(output: Path | None, written: str | None, *, as_json: bool) -> str:
    """Return `html` or `json`; without a file, JSON is what is printed."""
    if output is None:
        if not as_json:
            raise WrongUsageError("there is no file to write the page to",
                                  hint="Name one with -o drives.html, or add --json to see the "
                                  "report as JSON.")  # fmt: skip
        return "json"
    wanted = (written or output.suffix.lstrip(".")).lower()
    wanted = {"htm": "html"}.get(wanted, wanted)
    if wanted not in FORMATS:
        raise WrongUsageError(
            f"{output}: there is no format {wanted!r}", hint=f"Choose one of {', '.join(FORMATS)}."
        )
    return wanted


def _refuse(output: Path, asked: Asked, bill: str | None) -> None:
    """Refuse before drives are read where the page cannot be written, or would hit an input."""
    inputs = [*asked.recordings, asked.bays, asked.history, None if bill is None else Path(bill)]
    for path in inputs:
        if path is not None and path.is_file() and output.exists() and output.samefile(path):
            raise OutputError(f"{output} is read by this command", hint="Name another file.")
    if not output.parent.is_dir():
        raise OutputError(f"{output}: there is no such folder", hint="Make it, or name another.")


def _listed(bill: str) -> Pod:
    # Reading lists takes longer to import than all that is used here.
    from podplanner.cli.plan.opening import open_planned

    return open_planned(bill)


def _arrays(asked: Asked) -> ArrayState:
    if asked.recordings:
        return read_array_recordings(resolved(asked.recordings))
    return read_arrays()


def _title(asked: Asked, bay_map: BayMap | None) -> str:
    if bay_map is not None and bay_map.title:
        return bay_map.title
    if asked.recordings:
        return f"Recordings in {asked.recordings[0].name or asked.recordings[0].resolve().name}"
    return socket.gethostname()


def _report(pod: CheckedPod, beside: _Beside, title: str) -> DriveReport:
    fleet, bay_map = beside.fleet, beside.bay_map
    known = () if fleet is None else fleet.known
    card = first_card(pod, beside.arrays, bay_map=bay_map, known=known, bill=beside.bill)
    pull = None if card is None or card.bay is None else card.bay.number
    aside = Aside(
        card=card,
        picture=UNPLACED if bay_map is None else draw_chassis(pod, bay_map, pull=pull),
        arrays=beside.arrays,
        fleet=None if fleet is None else fleet_count(fleet.watched, now=pod.at),
    )
    return drive_report_of(pod, aside, title=title, made_at=datetime.now(UTC))


def _write(found: DriveReport, output: Path, wanted: str) -> int:
    """Write the file, whole or not at all, and return how many bytes it has."""
    if wanted == "json":
        text = json.dumps(render_drives_json(found), ensure_ascii=False, indent=2) + "\n"
    else:
        from podplanner.report.render import render_drives_html

        text = render_drives_html(found)
    # Halves of surrogate pairs, which broken output of a drive may hold, are no UTF-8.
    data = text.encode(errors="backslashreplace")
    write_whole(output, data)
    return len(data)
