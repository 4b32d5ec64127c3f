"""Carrying: the content of one version into another store, its own documents as they are."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store import layout as layouts
from podplanner.store.documents import encode
from podplanner.store.layout import Layout, PlaceTableRef
from podplanner.store.progress import Progress
from podplanner.store.pushing.bundling import Slot
from podplanner.store.pushing.index import DigestIndex
from podplanner.store.pushing.known import Known, pack_place, unpack_place
from podplanner.store.pushing.little_used import little_used
from podplanner.store.pushing.rows import Rows
from podplanner.store.reader import DocumentKey, DocumentKind, OpenVersion, located
from podplanner.store.reading.rows import Segment, TableRows, check_numbers, open_rows, segments
from podplanner.store.refs import Version
from podplanner.store.session import Session
from podplanner.store.tables import PieceTable, PlaceTable
from podplanner.store.upkeep.sending import Sender, hurt
from podplanner.store.upkeep.stored_forms import Want


@contextmanager
def reading(version: Version, address: str) -> Iterator[None]:
    """Tell of a document that is lost or wrong in the source which version it hurts."""
    try:
        yield
    except (ObjectMissingError, ObjectCorruptError) as error:
        raise hurt(error, version, address) from error


class _TableAt(NamedTuple):
    """One pair of tables of the source, not read yet."""

    number: int
    first: int
    """The number in the version of its first row."""
    segments: list[Segment]


class Carrier:
    """Brings the content of one version into the store of a session."""

    def __init__(
        self, version: OpenVersion, session: Session, known: Known, progress: Progress
    ) -> None:
        self._version = version
        self._session = session
        self._sender = Sender(version, session, known, progress)
        self._renamed: dict[str, int] = {}

    @property
    def new_bytes(self) -> int:
        """Plain bytes of pieces for which bytes were written so far."""
        return self._sender.new_bytes

    def carry(self) -> DocumentKey:
        """Store whatever of the version is not there and return the key of its layout.

        Raises:
            ObjectMissingError: Something of it is lost in the source.
            ObjectCorruptError: Something of it holds wrong bytes in the source.
            NoSpaceError: The target is full, or would be; what was stored is kept.
        """
        with self._reading():
            check_numbers(self._version.manifest, f"the manifest of {self._version.version}")
        rows = Rows()
        try:
            try:
                for at in self._tables():
                    table = self._open(at)
                    for piece, slot in zip(table.pieces, self._sender.slots(table), strict=True):
                        rows.add(piece, slot)
                    rows.end_block()
                refs, stored_bytes = self._store_tables(rows)
            finally:
                self._sender.flush_log()
        finally:
            rows.close()
        return self._store_documents(refs, stored_bytes)

    def _reading(self) -> AbstractContextManager[None]:
        return reading(self._version.version, self._version.reader.backend.address)

    def _tables(self) -> Iterator[_TableAt]:
        first = 0
        for number, found in enumerate(segments(self._version.manifest)):
            yield _TableAt(number, first, found)
            first += self._version.manifest.tables[number].pieces

    def _open(self, at: _TableAt) -> TableRows:
        with self._reading():
            return open_rows(self._version, at.number, at.first, at.segments)

    def _store_tables(self, rows: Rows) -> tuple[list[PlaceTableRef], int]:
        """Store both kinds of tables; return those of places, and the stored bytes of all."""
        refs: list[PlaceTableRef] = []
        stored_bytes = 0
        self._sender.avoided = little_used(rows, self._session)
        with DigestIndex() as counted, DigestIndex() as anew:
            for at, (pieces, found) in zip(self._tables(), rows.blocks(), strict=True):
                places = self._sent_anew(at, pieces, found, anew)
                self._carry_document("tables", self._version.manifest.tables[at.number].table)
                key = self._put("tables", places.encode())
                refs.append(PlaceTableRef(table=key.digest.hex(), pieces=len(places)))
                for piece, place in zip(pieces, places, strict=True):
                    if place is not None and counted.get(piece.digest) is None:
                        counted.put(piece.digest, b"")
                        stored_bytes += place.stored
        return refs, stored_bytes

    def _sent_anew(
        self, at: _TableAt, pieces: PieceTable, places: PlaceTable, anew: DigestIndex
    ) -> PlaceTable:
        """Return the places of a table, those in bundles of too little use sent anew.

        Args:
            at: The same table of the source.
            pieces: Its pieces.
            places: Where they lie in the target.
            anew: Places of what has been sent anew so far.
        """
        avoided = self._sender.avoided
        if avoided.isdisjoint(places.objects):
            return places
        table = self._open(at)
        wants: dict[bytes, Want] = {}
        slots: list[Slot | None] = []
        for number, (piece, place) in enumerate(zip(pieces, places, strict=True)):
            if place is None or place.object not in avoided:
                slots.append(None if place is None else Slot(place))
            elif (packed := anew.get(piece.digest)) is not None:
                slots.append(Slot(unpack_place(packed)))
            else:
                if piece.digest not in wants:
                    wants[piece.digest] = Want(piece, table.row(number).place, Slot(), number)
                slots.append(wants[piece.digest].slot)
        self._sender.send(table, list(wants.values()))
        for digest, want in wants.items():
            if want.slot.place is not None:
                anew.put(digest, pack_place(want.slot.place))
        return PlaceTable.of([None if slot is None else slot.place for slot in slots])

    # Documents

    def _put(self, kind: DocumentKind, content: bytes) -> DocumentKey:
        key = self._session.put_document(kind, content)
        if key.epoch:
            self._renamed[f"{kind}/{key.digest.hex()}"] = key.epoch
        return key

    def _carry_document(self, kind: DocumentKind, digest: str) -> None:
        """Store a document of the source as it is."""
        version = self._version
        with self._reading():
            content = version.reader.content(located(kind, digest, version.layout.renamed))
        self._put(kind, content)

    def _store_documents(self, refs: list[PlaceTableRef], stored_bytes: int) -> DocumentKey:
        version = self._version
        for entry in version.manifest.files:
            if entry.tensors is not None:
                self._carry_document("tables", entry.tensors.table)
        self._carry_document("manifests", version.layout.manifest)
        layout = Layout(
            format=layouts.FORMAT,
            manifest=version.layout.manifest,
            tables=tuple(refs),
            stored_bytes=stored_bytes,
            renamed=self._renamed,
        )
        return self._session.put_document("layouts", encode(layout))
