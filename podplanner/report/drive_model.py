"""The drives of a pod on one page: everything that a page or a file says of them, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import WORST_FIRST, Verdict
from podplanner.drives.checked import CheckedPod
from podplanner.drives.fleet_rate import FleetCount
from podplanner.drives.pulling.card import Card
from podplanner.report.drive_arrays import array_section
from podplanner.report.drive_card import card_entry
from podplanner.report.drive_entries import entries_of
from podplanner.report.drive_fleet import fleet_section
from podplanner.report.drive_values import (
    DriveEntry,
    DriveReport,
    NextSection,
    PictureSection,
    VerdictCount,
)
from podplanner.report.drive_warmth import temperature_section
from podplanner.report.drive_words import SEVERITIES, clean, moment_words
from podplanner.report.shape import Refusal
from podplanner.report.values import Fact
from podplanner.report.wording import plural

__all__ = ["Aside", "DriveReport", "drive_report_of"]

_MEANINGS = {
    Verdict.REPLACE: "to replace", Verdict.WARNING: "to look at soon",
    Verdict.UNKNOWN: "that could not be judged", Verdict.WATCH: "to see again",
    Verdict.OK: "in order",
}  # fmt: skip


UNPLACED = Refusal("There is no bay map, so it is not known which drive is where.")


@dataclass(frozen=True, slots=True)
class Aside:
    """What is known beside the drives themselves.

    Attributes:
        card: Of the drive to see to first; None: no drive needs pulling.
        picture: The chassis as SVG, or why it cannot be drawn.
        arrays: None: they were not asked.
        fleet: None: no history was read.
    """

    card: Card | None = None
    picture: str | Refusal = UNPLACED
    arrays: ArrayState | None = None
    fleet: FleetCount | None = None


def drive_report_of(pod: CheckedPod, aside: Aside, *, title: str, made_at: datetime) -> DriveReport:
    """Return what is said of the drives of a pod.

    Args:
        pod: The drives, read and judged.
        aside: What is known beside them.
        title: What the pod is called.
        made_at: In UTC.
    """
    drives = entries_of(pod)
    silent = tuple(drive for drive in drives if drive.silent)
    return DriveReport(
        title=clean(title) or "Drives",
        made_at=made_at,
        made_words=moment_words(made_at),
        read_at=pod.at,
        verdict=pod.verdict.value,
        severity=SEVERITIES[pod.verdict],
        facts=tuple(_facts(pod, aside)),
        counts=_counts(pod),
        first=_first(drives, aside),
        picture=_picture(aside.picture),
        drives=drives,
        troubled=tuple(drive for drive in drives if drive.verdict != Verdict.OK),
        fine=tuple(drive for drive in drives if drive.verdict == Verdict.OK),
        silent=silent,
        temperatures=temperature_section(drives),
        arrays=array_section(aside.arrays),
        accepted=tuple(entry for drive in drives for entry in drive.accepted),
        fleet=fleet_section(aside.fleet),
        notes=tuple(clean(note) for note in _notes(pod, aside.arrays)),
    )


def _notes(pod: CheckedPod, arrays: ArrayState | None) -> Iterator[str]:
    """Yield the notes of the round, but for those that recordings of arrays are no drives."""
    sources = () if arrays is None else arrays.source
    for note in pod.notes:
        if not any(note.startswith(f"{source} is the state of") for source in sources):
            yield note


def _facts(pod: CheckedPod, aside: Aside) -> Iterator[Fact]:
    yield Fact("Read", moment_words(pod.at))
    placed = sum(drive.bay is not None for drive in pod.drives)
    where = f", {placed:,} of them in a known bay" if placed else ", in bays that are not known"
    yield Fact("Drives", f"{len(pod.drives):,}{where if pod.drives else ''}")
    sizes = [d.reading.capacity_bytes for d in pod.drives if d.reading.capacity_bytes]
    if sizes:
        yield Fact(
            "Capacity", f"{sum(sizes) / 10**12:,.4g} TB raw, of {plural(len(sizes), 'drive')}"
        )
    if aside.arrays is not None and aside.arrays.arrays:
        names = ", ".join(clean(array.name, 64) for array in aside.arrays.arrays)
        yield Fact("Arrays", names)


def _counts(pod: CheckedPod) -> tuple[VerdictCount, ...]:
    found = [drive.assessment.verdict for drive in pod.drives]
    return tuple(
        VerdictCount(verdict.value, SEVERITIES[verdict], found.count(verdict),
                     f"{verdict}: {found.count(verdict):,}")
        for verdict in WORST_FIRST
    )  # fmt: skip


def _first(drives: Sequence[DriveEntry], aside: Aside) -> NextSection:
    """Return what to do first: the card, and all drives that need something."""
    worrying = (Verdict.REPLACE, Verdict.WARNING, Verdict.UNKNOWN)
    others = tuple(drive for drive in drives if drive.verdict in worrying)
    open_ = not drives or any(drive.verdict == Verdict.UNKNOWN for drive in drives)
    nothing = "No drive needs pulling."
    if open_:
        nothing = "No drive is known to need pulling; one that could not be judged may."
    return NextSection(_comes_to(drives), card_entry(aside.card), nothing, others)


def _comes_to(drives: Sequence[DriveEntry]) -> str:
    """Return how many drives need what, in one sentence."""
    if not drives:
        return "No drive was found, so nothing is known."
    found = [drive.verdict for drive in drives]
    said = [
        f"{found.count(verdict):,} {_MEANINGS[verdict]}"
        for verdict in WORST_FIRST
        if found.count(verdict) and verdict not in (Verdict.OK, Verdict.WATCH)
    ]
    calm = sum(verdict in (Verdict.OK, Verdict.WATCH) for verdict in found)
    if not said:
        return f"Nothing to do: {'the drive is' if calm == 1 else f'all {calm:,} drives are'} well."
    rest = f"; {calm:,} need nothing" if calm > 1 else "; 1 needs nothing" if calm else ""
    return f"Of {plural(len(drives), 'drive')}: {', '.join(said)}{rest}."


def _picture(picture: str | Refusal) -> PictureSection:
    if isinstance(picture, Refusal):
        return PictureSection("", clean(picture.reason))
    return PictureSection(picture, "")
