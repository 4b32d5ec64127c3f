"""Mending: giving versions back what they need, from this store's other objects or a second one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from podplanner.errors import ObjectCorruptError, ObjectMissingError, StoreError
from podplanner.store.bad_keys import BadKeys, set_aside
from podplanner.store.digest import digest_of
from podplanner.store.manifest import Manifest
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.pushing.bundling import ALONE_BYTES, Slot
from podplanner.store.reader import DocumentKey
from podplanner.store.root import StoreRoot
from podplanner.store.session import Session
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.stored import read_piece, read_stored
from podplanner.store.tables import (
    LARGEST_OBJECT,
    MOST_PIECES,
    RAW,
    Base,
    ObjectKey,
    Piece,
    PieceTable,
    Place,
)
from podplanner.store.upkeep.examining import Examined, examine
from podplanner.store.upkeep.finding import find_document, find_object, find_pieces, needs
from podplanner.store.upkeep.hurting import hurt_versions
from podplanner.store.upkeep.laying import Keeper, LayoutWriter, places_of
from podplanner.store.upkeep.tables import Tables

_MOST_PARTS = MOST_PIECES
# Pieces of bad objects held in memory at a time, about 25 MB; objects beyond that are not built
# again, their versions are laid out anew instead.
_OBJECTS = 4
# That are brought from the second store side by side: 32 MB of memory each.


def mend(
    root: StoreRoot, bad: frozenset[str], *, other: StoreRoot | None = None, progress: Progress
) -> frozenset[str]:
    """Give the versions that need bad keys what they need, and return the keys that still hurt.

    An object whose content can be put together again is written anew under its key, which heals
    every version at once. Otherwise its pieces are found elsewhere, or stored anew, and the
    versions get another layout.

    Args:
        root: The store.
        bad: Keys of objects and documents that are lost or wrong.
        other: A second store, from which pieces may be taken.
        progress: Hears of it.
    """
    hurt = [(one.model, one.number) for one, _ in hurt_versions(root, bad)]
    if not hurt:
        return frozenset()
    progress.begin("mending", files=len(hurt), size=None)
    with Session(
        root.backend,
        hurt[0][0],
        what="repair",
        lease_seconds=root.lease_seconds,
        single_writer=root.policy.single_writer,
    ) as session:
        mender = _Mender(root, other, session, bad)
        try:
            mender.rebuild_objects()
            for model, number in hurt:
                mender.relay(model, number)
                progress.advance(files=1)
        finally:
            mender.close()
    return frozenset(key for _, keys in hurt_versions(root, mender.bad) for key in keys)


def restore(root: StoreRoot, key: str, content: bytes | bytearray) -> None:
    """Write what a bad key should hold, under that very key.

    That is safe where a live version needs the key: then no collection has decided to delete it,
    nor will.
    """
    set_aside(root.backend, key)
    root.backend.put(key, [content])
    root.backend.settle([key])
    BadKeys().mended(root.backend, key)


@dataclass(slots=True)
class _Part:
    """A piece in a bad object."""

    piece: Piece
    place: Place


@dataclass(slots=True)
class _Whole:
    """What versions know of a bad object."""

    key: ObjectKey
    size: int
    parts: dict[int, _Part] = field(default_factory=dict)
    """By offset."""

    def in_order(self) -> list[_Part] | None:
        """Return its parts if they are all of it."""
        found, end = [], 0
        for offset in sorted(self.parts):
            part = self.parts[offset]
            if offset != end or part.place.base is not None:
                return None
            found.append(part)
            end = offset + part.place.stored
        return found if end == self.size else None


class _Mender:
    """Mends one store under one session."""

    def __init__(
        self, root: StoreRoot, other: StoreRoot | None, session: Session, bad: frozenset[str]
    ) -> None:
        self.bad = bad
        """What is still bad."""
        self._root = root
        self._other = other
        self._session = session
        self._tables = Tables(root)
        self._keeper = Keeper(session, root.policy.encoding)
        self._searched: set[bytes] = set()
        self._here: dict[bytes, Place] = {}
        self._there: dict[bytes, Place] = {}

    def close(self) -> None:
        self._keeper.close()

    # Objects built again under their own keys

    def rebuild_objects(self) -> None:
        """Write objects anew whose content can be found."""
        objects = {
            key.key: key
            for word in self.bad
            if (key := ObjectKey.from_key(word)) is not None and word.startswith("objects/")
        }
        at_once = 1
        if self._other is not None:
            near_and_far = (self._root.backend, self._other.backend)
            at_once = min(_OBJECTS, max(map(calls_at_once, near_and_far)))
        self.bad -= set(side_by_side(self._brought, objects.items(), at_once))
        wholes = [whole for whole in self._wholes() if whole.in_order() is not None]
        self._search({part.piece.digest for whole in wholes for part in whole.parts.values()})
        for whole in wholes:
            content = self._put_together(whole)
            if content is not None:
                restore(self._root, whole.key.key, content)
                self.bad -= {whole.key.key}

    def _brought(self, bad: tuple[str, ObjectKey]) -> str:
        """Write an object anew that the second store has; return its key, or nothing."""
        word, key = bad
        content = self._whole_from_other(key)
        if content is None:
            return ""
        restore(self._root, word, content)
        return word

    def _whole_from_other(self, key: ObjectKey) -> bytes | None:
        """Return the object as the second store has it."""
        if self._other is None:
            return None
        try:
            found = find_object(self._other.backend, key.digest)
            if found is None:
                return None
            content = self._other.backend.get(found.key, limit=LARGEST_OBJECT)
        except (ObjectMissingError, ObjectCorruptError):
            return None
        return content if digest_of(content) == key.digest else None

    def _wholes(self) -> list[_Whole]:
        """Return what the versions that are hurt know of the bad objects."""
        found: dict[str, _Whole] = {}
        count = 0
        for version, _ in hurt_versions(self._root, self.bad):
            for piece, place in self._rows(version):
                word = place.object.key
                if word not in self.bad or (word not in found and count > _MOST_PARTS):
                    continue
                whole = found.setdefault(word, _Whole(place.object, place.object_bytes))
                if place.offset not in whole.parts:
                    whole.parts[place.offset] = _Part(piece, place)
                    count += 1
        return list(found.values())

    def _rows(self, version: Examined) -> Iterator[tuple[Piece, Place]]:
        """Yield the rows of a version whose tables can be read."""
        for pair in zip(version.piece_tables, version.place_tables, strict=False):
            try:
                pieces, places = self._tables.pieces(pair[0]), self._tables.places(pair[1])
            except (ObjectMissingError, ObjectCorruptError):
                continue
            for piece, place in zip(pieces, places, strict=False):
                if place is not None:
                    yield piece, place

    def _put_together(self, whole: _Whole) -> bytes | None:
        """Return the content of an object from its pieces."""
        parts = [self._stored_form(part) for part in whole.in_order() or ()]
        if any(part is None for part in parts):
            return None
        content = b"".join(part for part in parts if part is not None)
        return content if digest_of(content) == whole.key.digest else None

    def _stored_form(self, part: _Part) -> bytearray | None:
        """Return the stored form of a piece as it was in the bad object."""
        piece, place = part.piece, part.place
        if place.encoding == RAW:
            return self._plain(piece, place)
        for root, found in ((self._root, self._here), (self._other, self._there)):
            same = found.get(piece.digest)
            if root is not None and same is not None and _same_form(same, place):
                try:
                    return read_stored(root.backend, same)
                except StoreError:
                    continue
        return self._own_form(part)

    def _own_form(self, part: _Part) -> bytearray | None:
        """Return what the bad object itself still has of a piece."""
        try:
            read_piece(self._root.backend, part.piece, part.place)
            return read_stored(self._root.backend, part.place)
        except StoreError:
            return None

    # Pieces found

    def _search(self, wanted: set[bytes]) -> None:
        """Look pieces up, here and in the second store."""
        wanted -= self._searched
        if not wanted:
            return
        if len(self._searched) > _MOST_PARTS:
            self._searched, self._here, self._there = set(), {}, {}
        self._searched |= wanted
        self._here.update(find_pieces(self._root, set(wanted), self.bad))
        if self._other is not None:
            self._there.update(find_pieces(self._other, set(wanted), frozenset()))

    def _plain(self, piece: Piece, place: Place | None) -> bytearray | None:
        """Return a piece from wherever it can be read; `place`: where it should be."""
        # Where it should be comes last: an engine that cannot read it takes long to say so.
        for root, found in (
            (self._root, self._here.get(piece.digest)),
            (self._other, self._there.get(piece.digest)),
            (self._root, place),
        ):
            if root is not None and found is not None:
                try:
                    return read_piece(root.backend, piece, found)
                except StoreError:
                    continue
        return None

    # Versions laid out anew

    def relay(self, model: ModelName, number: int) -> bool:
        """Give a version another layout in which nothing is bad; False where that is impossible."""
        index = self._root.refs.index(model)
        version = examine(self._root, model, number, index) if number in index.live else None
        if version is None or version.version is None:
            return False
        writer = LayoutWriter(self._session)
        manifest = self._manifest(version, version.version.record.manifest, writer)
        if manifest is None:
            return False
        if version.layout is not None and not self._is_hurt(version):
            return True
        for number_of_table, ref in enumerate(manifest.tables):
            if not self._relay_table(version, number_of_table, ref.table, writer):
                return False
        key = writer.layout(version.version.record.manifest)
        return self._session.relay(version.version, key, why="repair")

    def _is_hurt(self, version: Examined) -> bool:
        places = version.place_tables
        if any(key.key in self.bad for key in places):
            return True
        return any(needs(place, self.bad) for _, place in self._rows(version))

    def _manifest(self, version: Examined, digest: str, writer: LayoutWriter) -> Manifest | None:
        """Return the manifest, and let the writer know under which keys documents lie."""
        if version.layout is not None:
            writer.renamed.update(version.layout.renamed)
            return version.manifest
        key = find_document(self._root.backend, "manifests", bytes.fromhex(digest))
        if key is None:
            return None
        if key.epoch:
            writer.renamed[f"manifests/{digest}"] = key.epoch
        try:
            manifest = self._root.reader.manifest(digest, writer.renamed)
        except (ObjectMissingError, ObjectCorruptError):
            return None
        tables = [ref.table for ref in manifest.tables]
        tables += [entry.tensors.table for entry in manifest.files if entry.tensors is not None]
        for table in tables:
            found = find_document(self._root.backend, "tables", bytes.fromhex(table))
            if found is None:
                return None
            if found.epoch:
                writer.renamed[f"tables/{table}"] = found.epoch
        return manifest

    def _relay_table(
        self, version: Examined, number: int, digest: str, writer: LayoutWriter
    ) -> bool:
        """Store the place table beside a piece table; False where a piece is nowhere."""
        key = DocumentKey.of("tables", digest)
        key = key._replace(epoch=writer.renamed.get(f"tables/{digest}", 0))
        try:
            pieces = self._tables.pieces(key)
        except (ObjectMissingError, ObjectCorruptError):
            return False
        places = self._old_places(version, number, pieces)
        self._search(
            {
                piece.digest
                for piece, place in zip(pieces, places, strict=True)
                if _is_stored(piece) and (place is None or needs(place, self.bad))
            }
        )
        slots: list[Slot | None] = []
        for piece, place in zip(pieces, places, strict=True):
            slot = self._slot(piece, place) if _is_stored(piece) else None
            if slot is None and _is_stored(piece):
                return False
            slots.append(slot)
        self._keeper.flush()
        writer.table(pieces, places_of(slots))
        return True

    def _old_places(self, version: Examined, number: int, pieces: PieceTable) -> list[Place | None]:
        """Return where the pieces of a table should lie; None for each where nobody knows."""
        keys = version.place_tables
        if number < len(keys) and keys[number].key not in self.bad:
            try:
                places = list(self._tables.places(keys[number]))
                if len(places) == len(pieces):
                    return places
            except (ObjectMissingError, ObjectCorruptError):
                pass
        return [None] * len(pieces)

    def _slot(self, piece: Piece, place: Place | None) -> Slot | None:
        """Return where a piece is to lie; None when it is nowhere to be had."""
        if place is not None and not needs(place, self.bad):
            return Slot(place)
        kept = self._keeper.find(piece)
        if kept is not None:
            return kept
        found = self._here.get(piece.digest)
        if found is not None and self._is_usable(found):
            return Slot(found)
        if piece.length >= ALONE_BYTES:
            own = Place(ObjectKey(piece.digest), piece.length, 0, piece.length, RAW)
            if own.object.key not in self.bad and self._is_usable(own):
                return Slot(own)
        plain = self._plain(piece, place)
        return None if plain is None else self._keeper.keep(piece, plain)

    def _is_usable(self, place: Place) -> bool:
        needed: list[Place | Base] = [place]
        if place.base is not None:
            needed.append(place.base)
        return all(
            self._session.is_usable(one.object, one.object_bytes, settled=False) for one in needed
        )


def _is_stored(piece: Piece) -> bool:
    """Return whether a piece is no hole."""
    return any(piece.digest)


def _same_form(place: Place, other: Place) -> bool:
    return (
        place.encoding == other.encoding
        and place.stored == other.stored
        and place.base is None
        and other.base is None
    )
