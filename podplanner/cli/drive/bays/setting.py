"""`drive bays set`: one bay, one drive."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bay_map import BayMap
from podplanner.cli.console import emit, say, show
from podplanner.cli.drive.bays import Root
from podplanner.cli.drive.bays.files import map_file
from podplanner.cli.drive.choices import Bays, Json
from podplanner.drives.bays.filling import Filled, Found, filled, found_at, with_bays
from podplanner.drives.bays.learning import spans
from podplanner.drives.bays.places import Places
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.identity import is_masked
from podplanner.errors import UnknownNameError, WrongUsageError


def set_(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="BAY", help="Number of the bay.")],
    serial: Annotated[
        str | None,
        typer.Argument(metavar="[SERIAL]", help="Serial number of the drive in it, as on its "
                       "label."),
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="There is no drive in it now: forget its serial number.")
    ] = False,
    bays: Bays = None,
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:  # fmt: skip
    """Note which drive is in one bay; where the system sees it, its path and slot too.

    A bay that had this drive before is open then. Comments in the file stay.

    \b
    Examples:
      podplanner drive bays set 17 Z3012345 --bays bays.toml
      podplanner drive bays set 17 --clear --bays bays.toml
    """
    if (serial is None) != clear:
        raise WrongUsageError("say which drive is in the bay: SERIAL, or --clear",
                              hint="Give one of them.")  # fmt: skip
    file = map_file(bays, context)
    opened = file.open()
    bay_map = opened.bay_map
    if bay_map.numbered(number) is None:
        raise UnknownNameError(
            f"the map has no bay {number}",
            hint=f"{file.path} has {spans([b.number for b in bay_map.bays])}.",
        )
    made = _cleared(bay_map, number) if serial is None else _set(
        bay_map, number, serial, read_places(root)
    )  # fmt: skip
    opened.save(made.bay_map)
    bay = made.bay_map.numbered(number)
    if as_json:
        emit("drive-bays-set", {"file": str(file.path), "notes": list(made.notes),
                                "bay": bay.model_dump(mode="json") if bay else None})  # fmt: skip
        return
    show(f"bay {number}: {bay.serial if bay and bay.serial else 'open'}")
    for note in made.notes:
        say(note)


def _set(bay_map: BayMap, number: int, serial: str, places: Places) -> Filled:
    serial = " ".join(serial.split())
    if is_masked(serial):
        raise WrongUsageError(f"{serial or 'an empty word'} is no serial number of one drive",
                              hint="Read it off the label; use --clear for no drive.")  # fmt: skip
    seen = [
        drive for drive in places.drives
        if drive.serial and (plain(drive.serial) == plain(serial)
                             or is_label_of(serial, drive.serial))
    ]  # fmt: skip
    if len(seen) == 1:
        return filled(bay_map, number, found_at(seen[0].device, places, serial))
    made = filled(bay_map, number, Found(serial=serial))
    if not places.drives:
        return made
    words = "No drive of this serial number is seen now; its path stays as it was."
    return Filled(made.bay_map, (*made.notes, words))


def _cleared(bay_map: BayMap, number: int) -> Filled:
    bays = tuple(
        bay.model_copy(update={"serial": None}) if bay.number == number else bay
        for bay in bay_map.bays
    )
    return Filled(with_bays(bay_map, bays))
