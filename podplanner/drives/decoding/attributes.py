"""Rows of an ATA attribute table, decoded: from a drive's own numbers to signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from podplanner.drives.decoding.layouts import count_in
from podplanner.drives.decoding.tables import (
    Kind,
    Maker,
    Meaning,
    makers,
    meanings,
    wear_sources,
    written_sources,
)
from podplanner.drives.reading import Attribute
from podplanner.drives.signals import Signal

_MOVING = frozenset({3, 7, 8, 10})
# Spin-up and seeks: solid-state drives have nothing to count there.
_FLASH_WORDS = ("SSD", "NAND", "WEAR", "ERASE", "FLASH", "PROGRAM_FAIL", "WRITES_GIB", "32MIB")
_SSD_MODELS = ("SSD", "NVME", "MTFD", "KINGSTON S", "SOLIDIGM", "MICRON")
# Words in names of attributes and models of drives that do not state a rate of rotation.


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose attributes they are, as far as decoding depends on it.

    Attributes:
        known: smartctl's database has the model, so that its names are no guesses.
    """

    model: str
    family: str
    kind: Kind
    known: bool


def kind_of(model: str, rotation_rpm: int | None, rows: Sequence[Attribute]) -> Kind:
    """Return whether a drive is `hdd` or `ssd`: by its rotation, else by what it counts."""
    if rotation_rpm is not None:
        return "hdd" if rotation_rpm else "ssd"
    names = " ".join(row.name.upper() for row in rows)
    if any(word in model.upper() for word in _SSD_MODELS):
        return "ssd"
    if sum(row.number in _MOVING for row in rows) >= 2:
        return "hdd"
    return "ssd" if any(word in names for word in _FLASH_WORDS) else "hdd"


def decoded(rows: Sequence[Attribute], owner: Owner) -> tuple[Attribute, ...]:
    """Return the rows with what their raw values count."""
    found = []
    for row in rows:
        meaning = _meaning(row, owner)
        found.append(row if meaning is None else replace(row, count=_count(row, meaning)))
    return tuple(found)


def signals_in(rows: Sequence[Attribute], owner: Owner) -> dict[Signal, int]:
    """Return the figures that rows hold; the first row of a figure counts."""
    found: dict[Signal, int] = {}
    for row in rows:
        meaning = _meaning(row, owner)
        count = None if meaning is None else _count(row, meaning)
        if meaning is not None and count is not None:
            found.setdefault(meaning.signal, count)
    if owner.kind == "ssd" and (wear := _wear(rows, owner)) is not None:
        found[Signal.WEAR_PERCENT] = wear
    if (written := _written(rows, owner)) is not None:
        found[Signal.WRITTEN_BYTES] = written
    return found


def _maker(owner: Owner) -> Maker | None:
    for maker in makers():
        if maker.made(owner.model, owner.family, owner.kind):
            return maker
    return None


def _meaning(row: Attribute, owner: Owner) -> Meaning | None:
    maker = _maker(owner)
    own = () if maker is None else maker.packed
    if maker is not None and row.number in maker.drop:
        return None
    for meaning in (*own, *meanings()):
        if meaning.fits(row.number, row.name, owner.kind):
            return meaning
    return None


def _count(row: Attribute, meaning: Meaning) -> int | None:
    count = count_in(row.raw, meaning.layout)
    if count is not None and meaning.most is not None and count > meaning.most:
        return None
    return count


def _wear(rows: Sequence[Attribute], owner: Owner) -> int | None:
    """Return the percentage of rated endurance that is used, by the maker's own attribute."""
    for source in wear_sources():
        for row in rows:
            if not source.fits(row.number, row.name, owner.model, owner.known):
                continue
            by_value = None if row.value is None else max(0, 100 - row.value)
            if source.reads == "used-raw" and row.raw <= 255:
                return row.raw
            if source.reads == "left-raw" and row.raw <= 100:
                return 100 - row.raw
            if by_value is not None:
                return by_value
    return None


def _written(rows: Sequence[Attribute], owner: Owner) -> int | None:
    for source in written_sources():
        for row in rows:
            if source.fits(row.number, row.name, owner.model, owner.known) and row.raw > 0:
                return row.raw * source.unit_bytes
    return None
