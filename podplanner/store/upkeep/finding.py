"""Finding pieces, objects and documents in a store by their digests, wherever they lie."""

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.digest import SIZE
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.root import StoreRoot
from podplanner.store.tables import ObjectKey, PieceTable, Place, PlaceTable
from podplanner.store.upkeep.examining import Tables, examine_all


def find_pieces(root: StoreRoot, wanted: set[bytes], avoid: frozenset[str]) -> dict[bytes, Place]:
    """Return where pieces lie, as live versions say.

    Args:
        root: The store.
        wanted: Digests of pieces.
        avoid: Keys of objects and tables that are not to be trusted.
    """
    found: dict[bytes, Place] = {}
    tables = Tables(root)
    for version in examine_all(root) if wanted else ():
        for pair in zip(version.piece_tables(), version.place_tables(), strict=False):
            if not tables.is_new(*pair) or pair[1].key in avoid:
                continue
            try:
                pieces, places = tables.pieces(pair[0]), tables.places(pair[1])
            except (ObjectMissingError, ObjectCorruptError):
                continue
            _search(pieces, places, wanted, avoid, found)
            if len(found) == len(wanted):
                return found
    return found


def _search(
    pieces: PieceTable,
    places: PlaceTable,
    wanted: set[bytes],
    avoid: frozenset[str],
    found: dict[bytes, Place],
) -> None:
    digests = pieces.digests
    for row in range(min(len(pieces), len(places))):
        digest = digests[row * SIZE : (row + 1) * SIZE]
        if digest in wanted and digest not in found:
            place = places[row]
            if place is not None and not needs(place, avoid):
                found[digest] = place


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
