"""What `drive bays` prints and draws."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.cli.console import emit, say, show, table, wrapped
from podplanner.cli.drive.bays.words import colours, seen_words
from podplanner.cli.plan.outputs import write_outputs
from podplanner.drives.asking import Asked
from podplanner.drives.bays.learning import spans
from podplanner.drives.bays.making import map_of_places
from podplanner.drives.bays.places import NOWHERE, Places
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.bays.seen_pod import in_bays, seen_pod
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.errors import ConflictError, WrongUsageError
from podplanner.report.bay_cells import NAMES, Look, cells_of, worst_first
from podplanner.report.chassis_drawing import draw_chassis
from podplanner.report.chassis_text import chassis_lines
from podplanner.report.shape import Refusal

MAKE_ONE = (
    "Make one by `podplanner drive bays new --chassis SKU -o bays.toml` or by `podplanner plan "
    "place POD --bay-map bays.toml`, then fill it by `podplanner drive bays learn --bays "
    "bays.toml`."
)
_MADE_UP = (
    "These bays are what the system tells by itself; their numbers are not those of your case. "
    "`podplanner drive bays new --seen -o bays.toml` writes them to a file, where you can correct "
    "them."
)


def show_map(
    asked: Asked, *, check: bool, output: Path | None, force: bool, root: Path, as_json: bool
) -> None:
    """Print the map with its drives, and draw it where that is asked for.

    Raises:
        WrongUsageError: There is no map, and nothing to make one of.
        ConflictError: The case cannot be drawn.
        OutputError: The picture cannot be written.
    """
    kind = _kind_of(output)
    places = NOWHERE if asked.recordings else read_places(root)
    bay_map, made_up = _map_of(asked, places)
    pod = _pod_of(asked, places, bay_map, check=check)
    if output is not None:
        source = None if asked.bays is None else str(asked.bays)
        write_outputs(source, {output: _picture(pod, bay_map, kind)}, force=force)
    if as_json:
        emit("drive-bays", _record(pod, bay_map, made_up=made_up, output=output))
    else:
        _show(pod, bay_map)
    for note in pod.notes:
        say(note)
    if made_up:
        say(_MADE_UP)


def _kind_of(output: Path | None) -> str:
    kind = "" if output is None else output.suffix.lower()
    if output is not None and kind not in (".svg", ".html"):
        raise WrongUsageError(f"-o {output}: pictures are SVG or HTML",
                              hint="Name it like bays.svg or bays.html.")  # fmt: skip
    return kind


def _map_of(asked: Asked, places: Places) -> tuple[BayMap, bool]:
    """Return the map, and whether it is made of what the system tells."""
    from podplanner.drives.round import bay_map_of

    bay_map = bay_map_of(asked)
    if bay_map is not None:
        return bay_map, False
    found = None if asked.recordings else map_of_places(places)
    if found is None:
        words = "no bay map is named, and the recordings hold none (bays.toml)" if (
            asked.recordings
        ) else "no bay map is named, and the system tells of no place of a drive"  # fmt: skip
        raise WrongUsageError(words, hint=f"Name one with --bays. {MAKE_ONE}")
    return found, True


def _pod_of(asked: Asked, places: Places, bay_map: BayMap, *, check: bool) -> CheckedPod:
    if asked.recordings or check:
        from podplanner.cli.drive.looking import looked

        # Joined here, by the places under --root, and not in the round.
        pod = looked(asked if asked.recordings else replace(asked, bays=None))
        return pod if asked.recordings else in_bays(pod, bay_map, places)
    from podplanner.drives.round import known_drives

    now = datetime.now(UTC)
    pod = seen_pod(places, known_drives(asked), now=now, max_age=asked.max_age)
    return in_bays(pod, bay_map, places)


def _picture(pod: CheckedPod, bay_map: BayMap, kind: str) -> str:
    drawn = draw_chassis(pod, bay_map)
    if isinstance(drawn, Refusal):
        raise ConflictError(f"-o: {drawn.reason}",
                            hint="Leave -o out; the bays are printed anyway.")  # fmt: skip
    if kind == ".svg":
        return drawn
    from podplanner.report.chassis_page import chassis_page

    return chassis_page(drawn, cells_of(pod, bay_map), bay_map.title)


def _show(pod: CheckedPod, bay_map: BayMap) -> None:
    if bay_map.title:
        show(bay_map.title)
        show()
    for line in chassis_lines(pod, bay_map, colour=colours(sys.stdout)):
        typer.echo(line)  # nothing of it comes from a drive but words that are printable
    show()
    held = _held(pod)
    cells = cells_of(pod, bay_map)
    shown = [bay for bay in bay_map.bays if bay.number in held or bay.serial is not None]
    if shown:
        rows = [_row(bay, held.get(bay.number)) for bay in shown]
        show(table(rows, ("bay", "for", "serial", "model", "device", "verdict", "why"), right=(0,)))
    for look in (Look.OPEN, Look.SPARE, Look.EMPTY):
        if numbers := [cell.number for cell in cells.of.values() if cell.look is look]:
            show(wrapped(f"{NAMES[look]}: {spans(numbers)}", 2))
    if cells.elsewhere:
        show()
        show("in no known bay:")
        for drive in cells.elsewhere:
            show(f"  {wrapped(_elsewhere(drive), 2)}")


def _held(pod: CheckedPod) -> dict[int, CheckedDrive]:
    held: dict[int, CheckedDrive] = {}
    for drive in worst_first(pod.drives):
        if drive.bay is not None:
            held.setdefault(drive.bay.number, drive)
    return held


def _row(bay: MappedBay, drive: CheckedDrive | None) -> tuple[str, ...]:
    number, role = str(bay.number), purpose(bay)
    if drive is None:
        return (number, role, bay.serial or "", "", "", NAMES[Look.UNREAD], "")
    reading = drive.reading
    return (
        number, role, reading.identity.serial or bay.serial or "unknown",
        reading.identity.model or "unknown", reading.device or reading.source,
        drive.assessment.verdict.value, drive.assessment.reason,
    )  # fmt: skip


def purpose(bay: MappedBay) -> str:
    """Return what a bay is for: `2.7` (group and member), `spare`, `empty`, or nothing."""
    return f"{bay.group}.{bay.member}" if bay.group is not None else bay.role or ""


def _elsewhere(drive: CheckedDrive) -> str:
    identity, reading = drive.reading.identity, drive.reading
    known: Iterable[str | None] = (identity.serial, identity.model, reading.device, reading.source)
    name = ", ".join(dict.fromkeys(words for words in known if words))
    return f"{name}: {drive.assessment.verdict}. {drive.assessment.reason}"


def _record(
    pod: CheckedPod, bay_map: BayMap, *, made_up: bool, output: Path | None
) -> dict[str, object]:
    held = _held(pod)
    return {
        "title": bay_map.title,
        "chassis": bay_map.chassis,
        "layout": bay_map.layout,
        "made_up": made_up,
        "bays": [
            {**bay.model_dump(mode="json"),
             "holds": seen_words(held[bay.number]) if bay.number in held else None}
            for bay in bay_map.bays
        ],
        "elsewhere": [seen_words(drive) for drive in cells_of(pod, bay_map).elsewhere],
        "notes": list(pod.notes),
        "output": None if output is None else str(output),
    }  # fmt: skip
