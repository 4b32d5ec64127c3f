"""The drives that `drive test` may test, with what each shares with others."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from podplanner.cli.drive.choices import Looking, asked_of
from podplanner.cli.drive.looking import looked
from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.bays.places import NOWHERE
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.samples import resolved
from podplanner.drives.smartctl.links import link_of
from podplanner.drives.testing.live import device_of
from podplanner.drives.testing.plan import Candidate
from podplanner.drives.testing.seat import seats_of


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every drive of the pod, those to be tested first.

    Attributes:
        notes: What is to be said of the round in which they were read.
    """

    all: tuple[Candidate, ...]
    arrays: ArrayState
    notes: tuple[str, ...] = ()


def find_candidates(devices: Sequence[str] | None, looking: Looking) -> Candidates:
    """Return the drives that are to be tested, and all others, which may test already.

    Raises:
        PodplannerError: Nothing could be read at all.
    """
    pod = looked(asked_of(devices, looking))
    live = not looking.sources
    beside: list[CheckedDrive] = []
    if devices:
        # What tests already beside the drives that are named counts too.
        rest = looked(asked_of(None, replace(looking, types=None)))
        beside = [drive for drive in rest.drives if not any(_same(drive, d) for d in pod.drives)]
    drives = (*pod.drives, *beside)
    readings = [drive.reading for drive in drives]
    arrays = read_arrays() if live else read_array_recordings(resolved(looking.sources or ()))
    links = {r.source: link for r in readings if live and (link := link_of(device_of(r)))}
    seats = seats_of(
        readings, arrays, links=links, places=read_places() if live else NOWHERE,
        bays={d.reading.source: d.bay for d in drives if d.bay is not None},
    )  # fmt: skip
    named = len(pod.drives) if devices else 0
    return Candidates(
        tuple(
            Candidate(d.reading, seats[d.reading.source], asked=place < len(pod.drives),
                      named=place < named, verdict=d.assessment.verdict)
            for place, d in enumerate(drives)
        ),
        arrays,
        pod.notes,
    )  # fmt: skip


def _same(one: CheckedDrive, other: CheckedDrive) -> bool:
    first, second = one.reading, other.reading
    if first.identity.key is not None and first.identity.key == second.identity.key:
        return True
    if first.identity.key is not None and second.identity.key is not None:
        return False
    return _address(one) == _address(other)


def _address(drive: CheckedDrive) -> tuple[str, str]:
    reading = drive.reading
    type_ = reading.device_type or ""
    # Only a type such as `megaraid,3` says which of several drives behind a name is meant.
    return os.path.realpath(reading.device or reading.source), type_ if "," in type_ else ""
