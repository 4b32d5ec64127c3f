"""A drive that just came, with everything that `drive accept` compares it with."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from podplanner.catalog.library import library
from podplanner.cli.drive.looking import looked
from podplanner.drives.acceptance.check import Examination, Outcome, Result
from podplanner.drives.acceptance.farm import with_farm
from podplanner.drives.acceptance.labels import label_of
from podplanner.drives.acceptance.newcomer import Newcomer, Wanted
from podplanner.drives.acceptance.place import group_with, serial_in_bay, wanted_for
from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.asking import Asked
from podplanner.drives.bays.places import NOWHERE
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.opening import history_of
from podplanner.drives.round import bay_map_of
from podplanner.drives.samples import resolved
from podplanner.drives.testing.campaign import Campaign
from podplanner.drives.testing.live import LiveDrives
from podplanner.drives.testing.log import Kind, runs_now
from podplanner.drives.testing.plan import Candidate, Step
from podplanner.drives.testing.seat import seats_of
from podplanner.errors import ConflictError, UnknownNameError, WrongUsageError
from podplanner.units.sizes import SizeError, read_size


@dataclass(frozen=True, slots=True)
class Place:
    """What the drive is meant for, as it was typed."""

    serial: str | None = None
    bay: int | None = None
    size: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    drives: tuple[KnownDrive, ...] | None
    trouble: str = ""


def came(
    device: str | None, asked: Asked, place: Place, *, used: bool, not_smr: bool, long: bool
) -> tuple[Newcomer, tuple[str, ...]]:
    """Return the drive that came, and what is to be said of how it was read.

    Raises:
        WrongUsageError: The place is given twice, or in words that make no sense.
        UnknownNameError: The drive that it replaces is known nowhere.
        PodplannerError: Nothing could be read at all.
    """
    if sum(x is not None for x in (place.serial, place.bay, place.size)) > 1:
        raise WrongUsageError("--for, --for-bay and --size say the same thing",
                              hint="Give one of them.")  # fmt: skip
    size = None if place.size is None else _size(place.size)
    # Before the drive is read, which the history remembers.
    known = _known(asked)
    pod = looked(asked)
    drive = _the_one(pod, device)
    live = not asked.recordings
    arrays = read_arrays() if live else read_array_recordings(resolved(asked.recordings))
    reading = drive.reading
    if live and reading.trouble is None:
        reading = with_farm(reading, timeout_s=asked.timeout_s)
    wanted = _wanted(place, size, asked, known.drives or (), arrays)
    newcomer = Newcomer(
        reading=reading, assessment=drive.assessment, now=reading.read_at or datetime.now(UTC),
        known=known.drives, history_trouble=known.trouble, wanted=wanted,
        label=label_of(reading.identity.model, library()),
        member_of=group_with(reading, arrays, read_places() if live else NOWHERE),
        used=used, not_shingled=not_smr, long=long,
    )  # fmt: skip
    return newcomer, pod.notes


def start_long_test(newcomer: Newcomer, examination: Examination, timeout_s: float) -> str:
    """Begin the long test that is missing; return what came of it, in a sentence."""
    missing = any(c.name == "long test" and c.result is Result.NOT_YET for c in examination.checks)
    reading = newcomer.reading
    if examination.outcome is Outcome.REFUSE:
        return "No test was begun: the drive is refused anyway."
    if not missing or runs_now(reading):
        return ""
    drives = LiveDrives(Kind.LONG, timeout_s)
    arrays = drives.arrays()
    seat = seats_of([reading], arrays, places=read_places())[reading.source]
    candidate = Candidate(reading, replace(seat, unplaced=False), named=True)
    campaign = Campaign(drives, (candidate,), Kind.LONG)
    plan = campaign.plan(arrays)
    campaign.begin(plan)
    if plan.hold:
        return f"The long test was not begun: {plan.hold}."
    if (refused := campaign.refused.get(reading.source)) is not None:
        return f"The long test was not begun: {refused.words}."
    if not plan.of(Step.START):
        return f"The long test was not begun: {plan.decisions[0].words}."
    return f"The long test was begun: `podplanner drive test --status {reading.source}` follows it."


def _size(written: str) -> int:
    try:
        return read_size(written)
    except SizeError as error:
        raise WrongUsageError(f"--size {written}: {error}",
                              hint="Write it as 18000207937536 or 18TB.") from error  # fmt: skip


def _known(asked: Asked) -> _Known:
    with history_of(asked, make=False) as history:
        if history is None:
            return _Known(None)
        drives = history.known()
        trouble = "; ".join(history.trouble)
    return _Known(None if trouble and not drives else drives, trouble)


def _the_one(pod: CheckedPod, device: str | None) -> CheckedDrive:
    """Return the drive that is meant.

    Raises:
        UnknownNameError, ConflictError: None is, or several are.
    """
    drives = pod.drives
    if device is not None and len(drives) != 1:
        wanted = device.casefold()
        drives = tuple(
            d for d in drives
            if wanted in {(n or "").casefold() for n in
                          (d.reading.source, d.reading.device, d.reading.identity.serial)}
        )  # fmt: skip
    if not drives:
        raise UnknownNameError(
            "no drive was found" if device is None else f"there is no drive {device}",
            hint="`podplanner drive scan` lists them.",
        )
    if len(drives) > 1:
        names = ", ".join(d.reading.source for d in drives[:4])
        raise ConflictError(f"{len(drives)} drives were read, and one came: {names}",
                            hint="Name the one that came.")  # fmt: skip
    return drives[0]


def _wanted(
    place: Place, size: int | None, asked: Asked, known: tuple[KnownDrive, ...], arrays: ArrayState
) -> Wanted | None:
    if size is not None:
        return Wanted(size, "what --size asks for")
    serial = place.serial
    if place.bay is not None:
        bay_map = bay_map_of(asked)
        if bay_map is None:
            raise WrongUsageError(f"--for-bay {place.bay}: there is no bay map",
                                  hint="Name it with --bays FILE.")  # fmt: skip
        serial = serial_in_bay(place.bay, bay_map)
    return None if serial is None else wanted_for(serial, known, arrays)
