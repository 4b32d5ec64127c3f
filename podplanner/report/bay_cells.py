"""What is shown of each bay: how it looks, by which sign, and in which words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.drives.assessment import WORST_FIRST, Verdict
from podplanner.drives.bays.locating import bays_of
from podplanner.drives.bays.places import NOWHERE
from podplanner.drives.bays.serials import is_label_of
from podplanner.drives.checked import CheckedDrive, CheckedPod

_SERIAL_END = 5
# Letters of a serial number that tell the drives of a pod apart, and fit along a bay.


class Look(StrEnum):
    """How a bay looks: by the verdict on its drive, or by why there is none."""

    REPLACE = "replace"
    WARNING = "warning"
    UNKNOWN = "unknown"
    WATCH = "watch"
    OK = "ok"
    UNREAD = "unread"
    """The map has a drive for it that was not read."""
    SPARE = "spare"
    """For a spare; none is known in it."""
    OPEN = "open"
    """Which drive is in it, if any, nobody has said."""
    EMPTY = "empty"
    """It is to stay empty."""


SIGNS = {
    Look.REPLACE: "X", Look.WARNING: "!", Look.UNKNOWN: "?", Look.WATCH: "o", Look.OK: "+",
    Look.UNREAD: "~", Look.SPARE: "s", Look.OPEN: ".", Look.EMPTY: "-",
}  # fmt: skip
"""One sign each, so that nothing rests on colour alone; in the order of the key."""

NAMES = {
    Look.REPLACE: "REPLACE", Look.WARNING: "WARNING", Look.UNKNOWN: "UNKNOWN",
    Look.WATCH: "WATCH", Look.OK: "OK", Look.UNREAD: "not read", Look.SPARE: "spare",
    Look.OPEN: "not learned", Look.EMPTY: "empty",
}  # fmt: skip

_LOOKS = {verdict: Look(verdict.value.lower()) for verdict in Verdict}


@dataclass(frozen=True, slots=True)
class BayCell:
    """One bay as it is shown.

    Attributes:
        serial_end: The last letters of the serial number; empty where none is known.
        words: What is known of bay and drive, in sentences.
        pull: The drive is the one to replace first.
    """

    number: int
    look: Look
    serial_end: str
    temperature_c: int | None
    words: str
    pull: bool = False

    @property
    def sign(self) -> str:
        """Return the sign of its look."""
        return SIGNS[self.look]


@dataclass(frozen=True, slots=True)
class Cells:
    """All bays, and the drives that are in none.

    Attributes:
        of: Number -> cell, in the order of the map.
        elsewhere: Drives whose bay is not known, the worst first.
    """

    of: Mapping[int, BayCell]
    elsewhere: tuple[CheckedDrive, ...]

    def counts(self) -> tuple[tuple[Look, int], ...]:
        """Return how many bays look how, for the looks that there are, the worst first."""
        looks = [cell.look for cell in self.of.values()]
        return tuple((look, looks.count(look)) for look in SIGNS if look in looks)


def cells_of(pod: CheckedPod, bay_map: BayMap, pull: int | None = None) -> Cells:
    """Return what is shown of each bay.

    Args:
        pod: The drives; those that were not joined to a bay yet are by serial number.
        bay_map: The bays.
        pull: The bay to point out; None: that of the worst drive that is to be replaced.
    """
    unjoined = [drive.reading for drive in pod.drives if drive.bay is None]
    by_serial = bays_of(unjoined, bay_map, NOWHERE)
    held: dict[int, CheckedDrive] = {}
    elsewhere: list[CheckedDrive] = []
    for drive in worst_first(pod.drives):
        bay = drive.bay or by_serial.get(drive.reading.source)
        if bay is None or bay_map.numbered(bay.number) is None:
            elsewhere.append(drive)
        else:
            held.setdefault(bay.number, drive)
    if pull is None:
        pull = next((number for number, drive in held.items()
                     if drive.assessment.verdict is Verdict.REPLACE), None)  # fmt: skip
    cells = {
        bay.number: _cell(bay, held.get(bay.number), pull=bay.number == pull)
        for bay in bay_map.bays
    }
    return Cells(cells, tuple(elsewhere))


def printable(words: str) -> str:
    """Return words without what steers a terminal or breaks XML: drives say anything."""
    return "".join(sign if sign.isprintable() or sign == "\u00a0" else " " for sign in words)


def named(drives: Sequence[CheckedDrive], most: int) -> str:
    """Return drives by serial number and verdict, as many as `most`, and the count of the rest."""
    shown = ", ".join(
        f"{printable(drive.reading.identity.serial or drive.reading.source)} "
        f"({drive.assessment.verdict})"
        for drive in drives[:most]
    )
    return f"{shown} and {len(drives) - most} more" if len(drives) > most else shown


def worst_first(drives: Sequence[CheckedDrive]) -> list[CheckedDrive]:
    """Return drives by verdict and, of one verdict, by the risk that was seen with it."""

    def weight(drive: CheckedDrive) -> tuple[int, float]:
        risks = [e.risk.yearly for e in drive.assessment.evidence
                 if e.risk is not None and e.verdict is drive.assessment.verdict]  # fmt: skip
        return WORST_FIRST.index(drive.assessment.verdict), -max(risks, default=0.0)

    return sorted(drives, key=weight)


def _cell(bay: MappedBay, drive: CheckedDrive | None, *, pull: bool) -> BayCell:
    if drive is None:
        return BayCell(bay.number, _look_without(bay), _end(bay.serial), None,
                       " ".join(_without(bay)))  # fmt: skip
    reading = drive.reading
    return BayCell(
        bay.number,
        _LOOKS[drive.assessment.verdict],
        _end(_as_on_label(bay, reading.identity.serial)),
        reading.temperature.current_c,
        " ".join(_with(bay, drive)),
        pull,
    )


def _as_on_label(bay: MappedBay, said: str | None) -> str | None:
    """Return the serial number to look for: where the map has what the label shows of it, that."""
    if said is None or (bay.serial is not None and is_label_of(bay.serial, said)):
        return bay.serial
    return said


def _look_without(bay: MappedBay) -> Look:
    if bay.serial is not None:
        return Look.UNREAD
    return {"empty": Look.EMPTY, "spare": Look.SPARE}.get(bay.role or "", Look.OPEN)


def _with(bay: MappedBay, drive: CheckedDrive) -> Iterator[str]:
    reading = drive.reading
    yield f"Bay {bay.number}: {drive.assessment.verdict}."
    known = (reading.identity.model, reading.identity.serial, reading.device or reading.source)
    yield f"{', '.join(words for words in known if words)}."
    if bay.group is not None:
        yield f"Group {bay.group}, member {bay.member}."
    if reading.temperature.current_c is not None:
        yield f"{reading.temperature.current_c}\u00a0°C."
    if drive.assessment.reason:
        yield drive.assessment.reason


def _without(bay: MappedBay) -> Iterator[str]:
    look = _look_without(bay)
    if look is Look.UNREAD:
        yield f"Bay {bay.number}: the map has {bay.serial} here; it was not read."
    elif look is Look.OPEN:
        yield f"Bay {bay.number}: no drive is known here."
    else:
        yield f"Bay {bay.number}: {NAMES[look]}."
    if bay.group is not None:
        yield f"Group {bay.group}, member {bay.member}."


def _end(serial: str | None) -> str:
    return "" if serial is None else "".join(serial.split())[-_SERIAL_END:]
