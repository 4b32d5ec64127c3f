"""Assembling: rows become tables, tables and files become manifest and layout."""

import tempfile
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from podplanner.store import layout as layouts
from podplanner.store.backend import Backend
from podplanner.store.documents import encode
from podplanner.store.encoding import Encoded
from podplanner.store.layout import Layout, PlaceTableRef
from podplanner.store.manifest import FileEntry
from podplanner.store.pushing.bundling import Slot
from podplanner.store.pushing.hashing import FileRows
from podplanner.store.pushing.index import DigestIndex
from podplanner.store.pushing.known import pack_place, unpack_place
from podplanner.store.pushing.little_used import little_used
from podplanner.store.pushing.making import MadeManifest, make_manifest, table_ref
from podplanner.store.pushing.placing import StoringPlacer
from podplanner.store.pushing.rows import Rows
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.session import Session
from podplanner.store.stored import read_piece, read_stored
from podplanner.store.tables import ObjectKey, Piece, PieceTable, Place, PlaceTable
from podplanner.store.temporary import temporary
from podplanner.store.worktree import Scan


class Assembly:
    """Takes the rows of a version as they come, and stores its documents at the end."""

    def __init__(self, scan: Scan, metadata: Mapping[str, Any]) -> None:
        self._scan = scan
        self._metadata = metadata
        self._rows = Rows()
        self._entries: list[FileEntry] = []
        self._tensor_lists = tempfile.SpooledTemporaryFile(max_size=16 * 2**20)  # noqa: SIM115
        self._tensor_sizes: list[int] = []
        self._made: MadeManifest | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rows.close()
        self._tensor_lists.close()

    def add(self, part: FileRows, flush: Callable[[], None] | None) -> None:
        """Take rows of a file; with its last ones, what is known of it.

        Args:
            part: The rows.
            flush: Gives every slot its place; called before a block of rows is put away.
        """
        for piece, slot in part.rows:
            if self._rows.add(piece, slot):
                self.end(flush)
        if part.summary is not None:
            file = part.source
            self._entries.append(
                part.summary.entry(file.path, file.identity.size, executable=file.executable)
            )
            if part.summary.tensor_list:
                with temporary():
                    self._tensor_lists.write(part.summary.tensor_list)
                self._tensor_sizes.append(len(part.summary.tensor_list))
            if self._rows.end_file():
                self.end(flush)

    def end(self, flush: Callable[[], None] | None) -> None:
        """Put the rows away that have come so far."""
        if flush is not None:
            flush()
        self._rows.end_block()

    def manifest(self) -> MadeManifest:
        """Return the manifest of all that has come."""
        if self._made is None:
            tables = [table_ref(table) for table, _ in self._rows.blocks()]
            self._made = make_manifest(self._entries, self._scan.folders, tables, self._metadata)
        return self._made

    def store(self, session: Session, placer: StoringPlacer, backend: Backend) -> DocumentKey:
        """Store every document of the version and return the layout's key."""
        made = self.manifest()
        renamed: dict[str, int] = {}

        def put(kind: DocumentKind, content: bytes) -> DocumentKey:
            key = session.put_document(kind, content)
            if key.epoch:
                renamed[f"{kind}/{key.digest.hex()}"] = key.epoch
            return key

        place_refs = []
        stored_bytes = 0
        with DigestIndex() as counted, DigestIndex() as again:
            restored = _Restorer(placer, backend, little_used(self._rows, session), again)
            for pieces, places in self._rows.blocks():
                whole = restored.table(pieces, places)
                put("tables", pieces.encode())
                key = put("tables", whole.encode())
                place_refs.append(PlaceTableRef(table=key.digest.hex(), pieces=len(whole)))
                for piece, place in zip(pieces, whole, strict=True):
                    if place is not None and counted.get(piece.digest) is None:
                        counted.put(piece.digest, b"")
                        stored_bytes += place.stored
        self._tensor_lists.seek(0)
        for size in self._tensor_sizes:
            put("tables", self._tensor_lists.read(size))
        placer.flush_log()
        put("manifests", made.content)
        layout = Layout(
            format=layouts.FORMAT,
            manifest=made.digest.hex(),
            tables=tuple(place_refs),
            stored_bytes=stored_bytes,
            renamed=renamed,
        )
        return session.put_document("layouts", encode(layout))


class _Restorer:
    """Stores pieces anew that lie in bundles of which too little is used."""

    def __init__(
        self,
        placer: StoringPlacer,
        backend: Backend,
        bundles: frozenset[ObjectKey],
        again: DigestIndex,
    ) -> None:
        self._placer = placer
        self._backend = backend
        self._bundles = bundles
        self._again = again
        self._slots: dict[bytes, Slot] = {}
        """Of one table; then their places are in the index."""

    def table(self, pieces: PieceTable, places: PlaceTable) -> PlaceTable:
        """Return the places of a table, with those replaced that were stored anew."""
        if not any(key in self._bundles for key in places.objects):
            return places
        found: list[Slot | None] = []
        for piece, place in zip(pieces, places, strict=True):
            if place is None:
                found.append(None)
            elif place.object in self._bundles:
                found.append(self._slot(piece, place))
            else:
                found.append(Slot(place))
        self._placer.flush()
        for digest, slot in self._slots.items():
            if slot.place is not None:
                self._again.put(digest, pack_place(slot.place))
        self._slots = {}
        return PlaceTable.of([None if slot is None else slot.place for slot in found])

    def _slot(self, piece: Piece, place: Place) -> Slot:
        slot = self._slots.get(piece.digest)
        packed = self._again.get(piece.digest) if slot is None else None
        if packed is not None:
            return Slot(unpack_place(packed))
        if slot is None:
            # What is carried over is verified first: a bad byte must not spread.
            read_piece(self._backend, piece, place)
            stored = read_stored(self._backend, place)
            slot = self._slots[piece.digest] = Slot()
            encoded = Encoded(place.encoding, (bytes(stored),), len(stored))
            self._placer.store(piece, slot, encoded, place.base)
        return slot
