"""Versions made by hand: any tables, any numbers, true or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from podplanner.store import layout as layouts
from podplanner.store import manifest as manifests
from podplanner.store.backend import Backend
from podplanner.store.claims import new_id
from podplanner.store.clock import written
from podplanner.store.digest import NO_DIGEST, digest_of
from podplanner.store.documents import encode
from podplanner.store.encoding import encode as encode_piece
from podplanner.store.encoding import encode_delta
from podplanner.store.layout import Layout, PlaceTableRef
from podplanner.store.manifest import FileEntry, Manifest, TableRef
from podplanner.store.names import ModelName
from podplanner.store.records import VERSION_FORMAT, VersionRecord
from podplanner.store.root import StoreRoot
from podplanner.store.session import Session
from podplanner.store.tables import RAW, Base, ObjectKey, Piece, PieceTable, Place, PlaceTable

Row = tuple[Piece, Place | None]


class Watched:
    """Any backend, with a list of what was read of objects."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner
        self.reads: list[tuple[str, int, int]] = []
        """Key, offset, length."""

    def __getattr__(self, name: str):
        return getattr(self.inner, name)

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        self.reads.append((key, offset, len(buffer)))
        self.inner.read_into(key, offset, buffer)

    @property
    def read_bytes(self) -> int:
        return sum(length for _, _, length in self.reads)


def hole(length: int) -> Row:
    return Piece(length, NO_DIGEST), None


@dataclass
class Bundle:
    """Gathers stored forms and puts them as one object."""

    backend: Backend
    parts: list[bytes] = field(default_factory=list)
    rows: list[tuple[Piece, int, int, int, Base | None]] = field(default_factory=list)

    def add(self, plain: bytes, policy: str = "raw", dtype: str = "", base: bytes = b"") -> None:
        """Add a piece: of no dtype, it is packed where that pays; with a base, as a difference."""
        width = 2 if dtype else 0
        encoded, place = None, None
        if base:
            encoded = encode_delta(memoryview(plain), memoryview(base), width=width, dtype=dtype)
            stored = put_alone(self.backend, base)[1]
            place = Base(digest_of(base), len(base), *stored[:4], RAW)
            assert encoded is not None, "too different for a difference"
        elif policy != "raw":
            encoded = encode_piece(memoryview(plain), policy=policy, width=width, dtype=dtype)
        content = plain if encoded is None else b"".join(bytes(part) for part in encoded.parts)
        encoding = RAW if encoded is None else encoded.encoding
        offset = sum(map(len, self.parts))
        self.rows.append(
            (Piece(len(plain), digest_of(plain)), offset, len(content), encoding, place)
        )
        self.parts.append(content)

    def put(self) -> list[Row]:
        """Write the object, and return the rows of its pieces."""
        whole = b"".join(self.parts)
        key = ObjectKey(digest_of(whole))
        self.backend.put(key.key, [whole])
        return [
            (piece, Place(key, len(whole), offset, stored, encoding, base))
            for piece, offset, stored, encoding, base in self.rows
        ]


def put_alone(backend: Backend, plain: bytes) -> tuple[Piece, Place]:
    """Write a piece as an object of its own."""
    key = ObjectKey(digest_of(plain))
    backend.put(key.key, [plain])
    return Piece(len(plain), key.digest), Place(key, len(plain), 0, len(plain), RAW)


@dataclass
class HandMade:
    """A version: what its documents say is what is in here, true or not."""

    files: dict[str, list[Row]]
    """In the order in which they are given; sorted by path is what a push does."""
    folders: tuple[str, ...] = ()
    table_pieces: int = 4
    entries: dict[str, dict[str, object]] = field(default_factory=dict)
    """Path -> fields of its entry that are to be otherwise."""
    refs: dict[int, dict[str, object]] = field(default_factory=dict)
    """Number of a table -> fields of its reference that are to be otherwise."""

    def publish(self, root: StoreRoot, name: str) -> VersionRecord:
        """Write all documents and the record."""
        with Session(root.backend, ModelName.parse(name)) as session:
            rows = [row for rows in self.files.values() for row in rows]
            refs: list[TableRef] = []
            places: list[PlaceTableRef] = []
            for start in range(0, len(rows), self.table_pieces):
                self._tables(session, rows[start : start + self.table_pieces], refs, places)
            manifest = session.put_document("manifests", encode(self._manifest(refs)))
            layout = Layout(
                format=layouts.FORMAT,
                manifest=manifest.digest.hex(),
                tables=tuple(places),
                stored_bytes=sum(place.stored for _, place in rows if place is not None),
            )
            key = session.put_document("layouts", encode(layout))
            push_id = new_id()
            return session.publish(
                lambda number: VersionRecord(
                    format=VERSION_FORMAT,
                    model=name,
                    number=number,
                    push_id=push_id,
                    time=written(root.backend.now()),
                    who="somebody@somewhere",
                    manifest=manifest.digest.hex(),
                    layout=key.word,
                    files=len(self.files),
                    total_bytes=sum(piece.length for piece, _ in rows),
                )
            )

    def _tables(
        self,
        session: Session,
        rows: Sequence[Row],
        refs: list[TableRef],
        places: list[PlaceTableRef],
    ) -> None:
        pieces = [piece for piece, _ in rows]
        key = session.put_document("tables", PieceTable.of(pieces).encode())
        fields = {
            "table": key.digest.hex(),
            "pieces": len(rows),
            "bytes": sum(piece.length for piece in pieces),
        }
        refs.append(TableRef(**(fields | self.refs.get(len(refs), {}))))
        key = session.put_document("tables", PlaceTable.of([place for _, place in rows]).encode())
        places.append(PlaceTableRef(table=key.digest.hex(), pieces=len(rows)))

    def _manifest(self, refs: Sequence[TableRef]) -> Manifest:
        entries = []
        for path, rows in self.files.items():
            fields = {
                "path": path,
                "size": sum(piece.length for piece, _ in rows),
                "pieces": len(rows),
            }
            entries.append(FileEntry(**(fields | self.entries.get(path, {}))))
        return Manifest(
            format=manifests.FORMAT,
            files=tuple(entries),
            folders=self.folders,
            tables=tuple(refs),
        )
