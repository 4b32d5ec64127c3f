"""Finding pieces, objects and documents in a store by their digests, wherever they lie."""

from typing import NamedTuple

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.digest import SIZE
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.root import StoreRoot
from podplanner.store.tables import ObjectKey, PieceTable, Place, PlaceTable
from podplanner.store.upkeep.examining import examine_all
from podplanner.store.upkeep.tables import Tables, for_tables, together


def find_pieces(root: StoreRoot, wanted: set[bytes], avoid: frozenset[str]) -> dict[bytes, Place]:
    """Return where pieces lie, as live versions say.

    Args:
        root: The store.
        wanted: Digests of pieces.
        avoid: Keys of objects and tables that are not to be trusted.
    """
    found: dict[bytes, Place] = {}
    tables = Tables(root)

    def search(pair: _Pair) -> dict[bytes, Place]:
        try:
            pieces, places = tables.pieces(pair.pieces), tables.places(pair.places)
        except (ObjectMissingError, ObjectCorruptError):
            return {}
        return _search(pieces, places, wanted, avoid)

    for some in together(root, examine_all(root) if wanted else ()):
        pairs = [
            pair
            for version in some
            for pair in map(_Pair, version.piece_tables, version.place_tables, version.pieces)
            if tables.is_new(pair.pieces, pair.places) and pair.places.key not in avoid
        ]
        for here in for_tables(root, search, pairs, lambda pair: pair.length):
            found = here | found
            if len(found) == len(wanted):
                return found
    return found


class _Pair(NamedTuple):
    """A piece table, the place table beside it, and how many rows they have."""

    pieces: DocumentKey
    places: DocumentKey
    length: int


def _search(
    pieces: PieceTable, places: PlaceTable, wanted: set[bytes], avoid: frozenset[str]
) -> dict[bytes, Place]:
    """Return where the first of each wanted piece lies, of those in one pair of tables."""
    found: dict[bytes, Place] = {}
    digests = pieces.digests
    for row in range(min(len(pieces), len(places))):
        digest = digests[row * SIZE : (row + 1) * SIZE]
        if digest in wanted and digest not in found:
            place = places[row]
            if place is not None and not needs(place, avoid):
                found[digest] = place
    return found


def needs(place: Place, keys: frozenset[str]) -> bool:
    """Return whether a place needs one of these objects."""
    return place.object.key in keys or (place.base is not None and place.base.object.key in keys)


def find_object(backend: Backend, digest: bytes) -> ObjectKey | None:
    """Return the key of an object of this digest, whatever epoch has renamed it."""
    plain = ObjectKey(digest)
    if backend.head(plain.key) is not None:
        return plain
    folder = plain.key.rpartition("/")[0] + "/"
    for info in backend.keys(folder, after=plain.key):
        found = ObjectKey.from_key(info.key)
        return found if found is not None and found.digest == digest else None
    return None


def find_document(backend: Backend, kind: DocumentKind, digest: bytes) -> DocumentKey | None:
    """Return the key of a document of this digest, whatever epoch has renamed it."""
    plain = DocumentKey(kind, digest)
    if backend.head(plain.key) is not None:
        return plain
    folder = plain.key.rpartition("/")[0] + "/"
    for info in backend.keys(folder, after=folder + digest.hex()):
        found = DocumentKey.from_key(info.key)
        return found if found is not None and found.digest == digest else None
    return None
