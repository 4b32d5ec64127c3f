"""Laying a version out: its pieces kept where they lie or stored anew, and a layout of that."""

from array import array
from collections.abc import Sequence

from podplanner.store import layout as layouts
from podplanner.store.documents import encode
from podplanner.store.encoding import encode as encode_piece
from podplanner.store.layout import Layout, PlaceTableRef
from podplanner.store.policy import EncodingPolicy
from podplanner.store.pushing.bundling import ALONE_BYTES, Bundler, Slot
from podplanner.store.pushing.index import DigestIndex
from podplanner.store.pushing.known import pack_place, unpack_place
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.session import Session
from podplanner.store.tables import RAW, Piece, PieceTable, Place, PlaceTable


class Keeper:
    """Stores pieces under a session, large ones alone, small ones bundled; each once."""

    def __init__(self, session: Session, policy: EncodingPolicy) -> None:
        self._session = session
        self._policy = policy
        self._pending: dict[bytes, Slot] = {}
        self._kept = DigestIndex()
        self._bundler = Bundler(session, self._bundled)

    def close(self) -> None:
        """Forget where pieces lie."""
        self._kept.__exit__(None, None, None)

    def _bundled(self, pieces: list[Piece], places: list[Place]) -> None:
        for piece, place in zip(pieces, places, strict=True):
            self._kept.put(piece.digest, pack_place(place))
            self._pending.pop(piece.digest, None)

    def find(self, piece: Piece) -> Slot | None:
        """Return the slot of a piece that was stored here before."""
        slot = self._pending.get(piece.digest)
        if slot is not None:
            return slot
        packed = self._kept.get(piece.digest)
        return None if packed is None else Slot(unpack_place(packed))

    def keep(self, piece: Piece, plain: bytearray) -> Slot:
        """Store a piece, whose digest has been verified, and return its slot."""
        encoded = encode_piece(memoryview(plain), policy=self._policy, width=0, dtype="")
        if encoded.size >= ALONE_BYTES and encoded.encoding == RAW:
            key, _ = self._session.put_object(piece.digest, [plain], len(plain))
            place = Place(key, len(plain), 0, len(plain), RAW)
            self._kept.put(piece.digest, pack_place(place))
            return Slot(place)
        slot = self._pending[piece.digest] = Slot()
        self._bundler.add(piece, slot, encoded.parts, encoded.size, encoded.encoding, None)
        return slot

    def flush(self) -> None:
        """Give every slot its place."""
        self._bundler.flush()


class LayoutWriter:
    """Stores the documents of one layout, table by table."""

    def __init__(self, session: Session) -> None:
        self.renamed: dict[str, int] = {}
        """Documents whose key carries an epoch."""
        self._session = session
        self._tables: list[PlaceTableRef] = []
        self._uses = array("Q")
        self._stored = array("I")

    def put(self, kind: DocumentKind, content: bytes) -> DocumentKey:
        """Store a document of the version."""
        key = self._session.put_document(kind, content)
        self.renamed.pop(f"{kind}/{key.digest.hex()}", None)
        if key.epoch:
            self.renamed[f"{kind}/{key.digest.hex()}"] = key.epoch
        return key

    def table(self, pieces: PieceTable, places: PlaceTable) -> None:
        """Store the next place table."""
        key = self.put("tables", places.encode())
        self._tables.append(PlaceTableRef(table=key.digest.hex(), pieces=len(pieces)))
        for place in places:
            if place is not None:
                self._uses.append(hash((place.object, place.offset)) & 0xFFFFFFFFFFFFFFFF)
                self._stored.append(place.stored)

    def layout(self, manifest: str) -> DocumentKey:
        """Store the layout, when all tables are there."""
        layout = Layout(
            format=layouts.FORMAT,
            manifest=manifest,
            tables=tuple(self._tables),
            stored_bytes=self._stored_bytes(),
            renamed=self.renamed,
        )
        return self._session.put_document("layouts", encode(layout))

    def _stored_bytes(self) -> int:
        """Return the stored bytes of the version's pieces, each counted once."""
        import numpy as np

        uses = np.frombuffer(self._uses, np.uint64)
        _, first = np.unique(uses, return_index=True)
        return int(np.frombuffer(self._stored, np.uint32)[first].sum(dtype=np.int64))


def places_of(slots: Sequence[Slot | None]) -> PlaceTable:
    """Return the place table of slots that all have their places; None stands for a hole."""
    return PlaceTable.of([None if slot is None else slot.place for slot in slots])
