"""References: what versions refer to, as rows that are sorted and compared."""

from collections.abc import Iterator
from struct import Struct

from podplanner.store.epochs import row_of
from podplanner.store.tables import NO_OBJECT, Place, PlaceTable

_USE = Struct(">III")
# Of an object: its length, then offset and length of the stored form of a piece.
_RANGE = Struct(">II")
_DOCUMENT = bytes(_USE.size)


def place_rows(place: Place) -> Iterator[bytes]:
    """Yield a row for each object that a place needs."""
    head = row_of(place.object)
    yield head + _USE.pack(place.object_bytes, place.offset, place.stored)
    if place.base is not None:
        base = place.base
        yield row_of(base.object) + _USE.pack(base.object_bytes, base.offset, base.stored)


def need_of(row: bytes) -> bytes:
    """Return the row of a document that is needed, from its row in the lists of epochs."""
    return row + _DOCUMENT


def table_rows(table: PlaceTable) -> bytes:
    """Return rows of all objects that a place table names."""
    heads = [
        row_of(name) + size.to_bytes(4, "big")
        for name, size in zip(table.objects, table.object_bytes, strict=True)
    ]
    rows = {
        heads[index] + _RANGE.pack(offset, stored)
        for index, offset, stored in zip(table.object, table.offset, table.stored, strict=True)
        if index != NO_OBJECT
    }
    for base in table.bases:
        use = _USE.pack(base.object_bytes, base.offset, base.stored)
        rows.add(row_of(base.object) + use)
    return b"".join(rows)
