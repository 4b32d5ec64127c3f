"""`drive bays learn`: show drive after drive, ask for its bay, and note it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from podplanner.cli.console import counted, say
from podplanner.cli.drive.bays import Root
from podplanner.cli.drive.bays.asking import Asking
from podplanner.cli.drive.bays.files import MapFile, map_file
from podplanner.cli.drive.bays.noting import noted
from podplanner.cli.drive.bays.pulling import learn_by_pulling
from podplanner.cli.drive.bays.words import name_of
from podplanner.cli.drive.choices import Bays
from podplanner.drives.bays.filling import fill_by_place
from podplanner.drives.bays.learning import Session, Wish, gone_back, skipped
from podplanner.drives.bays.lights import Shine, Shining, shining
from podplanner.drives.bays.locating import bays_of, known_serial
from podplanner.drives.bays.places import NOWHERE, Places, SeenDrive
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.bays.seen_pod import reading_of_seen
from podplanner.errors import UnknownNameError, WrongUsageError


def learn(
    context: typer.Context,
    devices: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEVICE ...]", help="Drives to learn; all that the map does not "
                       "have if absent."),
    ] = None,
    bays: Bays = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Ask for the drives that the map has, too.")
    ] = False,
    by_pulling: Annotated[
        bool,
        typer.Option("--by-pulling", help="You pull one drive after the other, and put each back; "
                     "for cases without lights."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="With --by-pulling: pull even where an array is not whole, or "
                     "in use, without asking."),
    ] = False,
    root: Root = Path("/"),
) -> None:  # fmt: skip
    """Fill the bay map in: one drive's light blinks, and you type its bay.

    The drive is read from, a second on and a second off, which makes its light blink; it is opened
    for reading only and nothing is ever written to it. Where an enclosure has a light of its own,
    that is on, too. A sleeping drive wakes. Stop what else uses the drives: their lights flicker.

    Each answer is saved at once: a number, s to skip the drive, b to go back, q to stop. Drives
    that are seen at a path or slot of the map are noted without asking.

    \b
    Examples:
      podplanner drive bays learn --bays bays.toml
      podplanner drive bays learn /dev/sdq --bays bays.toml
      podplanner drive bays learn --by-pulling --bays bays.toml
    """
    if yes and not by_pulling:
        raise WrongUsageError("--yes goes with --by-pulling",
                              hint="Leave it out: reading harms nothing.")  # fmt: skip
    if not sys.stdin.isatty():
        raise WrongUsageError(
            "learning asks questions, and standard input is no terminal",
            hint="Run it in a terminal, or note bays by `podplanner drive bays set BAY SERIAL`.",
        )
    file = map_file(bays, context)
    session = _begun(file, read_places(root), devices, all_=all_)
    with _ended_by_signals():
        if by_pulling:
            session = learn_by_pulling(session, file, Asking(), lambda: read_places(root), yes=yes)
        else:
            session = _by_light(session, file, Asking(), shining, root)
    say(f"{counted(session.learnt, 'drive')} learnt; {file.path} has "
        f"{sum(bay.serial is not None for bay in file.open().bay_map.bays)} of "
        f"{counted(len(session.bay_map.bays), 'bay')}.")  # fmt: skip


def _begun(file: MapFile, places: Places, devices: list[str] | None, *, all_: bool) -> Session:
    """Return the session at its first drive, with what is known by place noted already."""
    opened = file.open()
    readings = {seen.device: reading_of_seen(seen) for seen in places.drives}
    serials = {device: said for device, reading in readings.items()
               if (said := known_serial(reading)) is not None}  # fmt: skip
    made = fill_by_place(opened.bay_map, places, serials)
    opened.save(made.bay_map)
    for note in made.notes:
        say(note)
    if devices:
        drives = tuple(_named(name, places) for name in devices)
    else:
        has = {} if all_ else bays_of(list(readings.values()), made.bay_map, NOWHERE)
        ways = {said: device for device, said in reversed(serials.items())}
        # A drive that is seen over two ways is asked for once.
        drives = tuple(
            seen for seen in places.drives
            if seen.device not in has and ways.get(serials.get(seen.device, "")) in
            (None, seen.device)
        )  # fmt: skip
    if not drives:
        say("no drive is seen" if not places.drives else "the map has every drive that is seen; "
            "--all asks for them again")  # fmt: skip
    return Session(made.bay_map, drives)


def _named(name: str, places: Places) -> SeenDrive:
    seen = places.drive(name)
    if seen is None:
        raise UnknownNameError(f"the system lists no drive {name}",
                               hint="`podplanner drive scan` lists them.")  # fmt: skip
    return seen


def _by_light(session: Session, file: MapFile, asking: Asking, shine: Shine, root: Path) -> Session:
    while (drive := session.drive) is not None:
        places = read_places(root)
        slot = places.slot_of(drive.device)
        say()
        say(f"[{len(session.steps) + 1} of {len(session.drives)}] {name_of(drive)}")
        with shine(str(root / drive.device.lstrip("/")), slot) as shown:
            _say_how(shown)
            answer = asking.bay(session)
        match answer:
            case Wish.QUIT:
                break
            case Wish.SKIP:
                session = skipped(session)
            case Wish.BACK:
                session = _back(session, file)
            case int():
                session = noted(session, answer, drive, places, file)
    return session


def _say_how(shown: Shining) -> None:
    for trouble in shown.trouble:
        say(trouble)
    if shown.located:
        say("Its enclosure's locating light is on.")
    if shown.blinks:
        say("Its own light blinks: a second on, a second off.")
    elif not shown.located:
        say("Nothing shows where it is. Look for its serial number on the labels, or skip it.")


def _back(session: Session, file: MapFile) -> Session:
    if not session.steps:
        say("This is the first drive.")
        return session
    earlier = gone_back(session)
    if session.steps[-1].number is not None:
        file.open().save(earlier.bay_map)
        say(f"Bay {session.steps[-1].number} is as it was before.")
    return earlier


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End by an exception where a signal would end us at once: lights must go out first."""

    def end(_number: int, _frame: Any) -> None:  # noqa: ANN401
        raise KeyboardInterrupt

    kept = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        with suppress(ValueError):  # not in the main thread
            kept[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
