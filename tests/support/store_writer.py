"""Writes versions of made-up files into a store, step by step, by the same session as a push."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from podplanner.store import layout as layouts
from podplanner.store import manifest as manifests
from podplanner.store.claims import claim, new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.digest import digest_of
from podplanner.store.documents import encode
from podplanner.store.layout import Layout, PlaceTableRef
from podplanner.store.lease import find_leases, read_log
from podplanner.store.manifest import FileEntry, Manifest, TableRef
from podplanner.store.names import ModelName
from podplanner.store.reader import DocumentKey
from podplanner.store.record_keys import record_key
from podplanner.store.records import VERSION_FORMAT, VersionRecord, proven
from podplanner.store.root import StoreRoot
from podplanner.store.session import Session
from podplanner.store.stored import read_piece
from podplanner.store.tables import RAW, Piece, PieceTable, Place, PlaceTable

Files = Mapping[str, Sequence[bytes]]
"""Path -> the contents of its pieces."""

ALONE = 512
BUNDLE = 2048
# A thousandth of what a push does, so that tests are quick.


def bytes_of(random: Random, size: int) -> bytes:
    """Return bytes that nothing compresses."""
    return random.randbytes(size)


@dataclass
class Writer:
    """One push under way; `steps` yields a word after every write, `record` is what came of it."""

    root: StoreRoot
    model: ModelName
    files: Files
    parent: int | None = None
    table_pieces: int = 64
    alone: int = ALONE
    bundle: int = BUNDLE
    use_quarter: bool = False
    lease_seconds: float = 1000.0
    record: VersionRecord | None = None
    session: Session | None = field(default=None, repr=False)

    def steps(self) -> Iterator[str]:
        """Push; a step may raise what the backend raises, and then the push has failed."""
        backend = self.root.backend
        session = Session(backend, self.model, lease_seconds=self.lease_seconds)
        self.session = session
        try:
            yield "leased"
            known = self._known()
            yield "looked for the parent"
            pieces: list[Piece] = []
            places: list[Place] = []
            yield from self._store(session, known, pieces, places)
            layout, manifest = yield from self._documents(session, pieces, places)
            session.settle()
            yield "settled"
            yield from self._publish(session, layout, manifest)
            session.lease.release()
        finally:
            session.lease.stop_renewing()

    def _known(self) -> dict[bytes, tuple[Place, bool]]:
        """Return places of pieces in the latest version and in logs, and whether to settle them."""
        known: dict[bytes, tuple[Place, bool]] = {}
        for lease in find_leases(self.root.backend):
            for key in lease.logs:
                for piece, place in read_log(self.root.backend, key):
                    known[piece.digest] = place, False
        latest = self.root.refs.latest(self.model)
        if latest is not None:
            for piece, place in self.root.open(latest).rows():
                if place is not None:
                    known[piece.digest] = place, True
        return known

    def _store(
        self,
        session: Session,
        known: dict[bytes, tuple[Place, bool]],
        pieces: list[Piece],
        places: list[Place],
    ) -> Iterator[str]:
        rows: dict[bytes, Place] = {}
        small: list[tuple[Piece, bytes]] = []
        contents = [content for path in sorted(self.files) for content in self.files[path]]
        plain = {digest_of(content): content for content in contents}
        thin = self._thin(plain, known) if self.use_quarter else set()
        for digest, content in plain.items():
            piece = Piece(len(content), digest)
            hint = known.get(digest)
            if hint is not None and hint[0].object not in thin:
                place, settled = hint
                if session.is_usable(place.object, place.object_bytes, settled=settled):
                    rows[digest] = place
                    continue
            if len(content) >= self.alone:
                key, is_new = session.put_object(digest, [content], len(content))
                rows[digest] = Place(key, len(content), 0, len(content), RAW)
                if is_new:
                    session.log([piece], [rows[digest]])
                yield "stored an object"
                continue
            small.append((piece, content))
            if sum(p.length for p, _ in small) >= self.bundle:
                self._bundle(session, small, rows)
                small = []
                yield "stored a bundle"
        if small:
            self._bundle(session, small, rows)
            yield "stored a bundle"
        for content in contents:
            digest = digest_of(content)
            pieces.append(Piece(len(content), digest))
            places.append(rows[digest])

    def _thin(
        self, plain: dict[bytes, bytes], known: dict[bytes, tuple[Place, bool]]
    ) -> set[object]:
        """Return the bundles of which this push would use less than a quarter."""
        used: dict[object, int] = {}
        sizes: dict[object, int] = {}
        for digest in plain:
            if digest in known:
                place = known[digest][0]
                used[place.object] = used.get(place.object, 0) + place.stored
                sizes[place.object] = place.object_bytes
        return {key for key, size in used.items() if size * 4 < sizes[key]}

    @staticmethod
    def _bundle(
        session: Session, small: list[tuple[Piece, bytes]], rows: dict[bytes, Place]
    ) -> None:
        whole = b"".join(content for _, content in small)
        key, is_new = session.put_object(digest_of(whole), [whole], len(whole))
        offset = 0
        for piece, _ in small:
            rows[piece.digest] = Place(key, len(whole), offset, piece.length, RAW)
            offset += piece.length
        if is_new:
            session.log([piece for piece, _ in small], [rows[piece.digest] for piece, _ in small])

    def _documents(
        self, session: Session, pieces: list[Piece], places: list[Place]
    ) -> Iterator[str]:
        refs, place_refs = [], []
        renamed: dict[str, int] = {}

        def put(kind: str, content: bytes) -> DocumentKey:
            key = session.put_document(kind, content)  # type: ignore[arg-type]
            if key.epoch:
                renamed[f"{kind}/{key.digest.hex()}"] = key.epoch
            return key

        for start in range(0, len(pieces), self.table_pieces):
            some = pieces[start : start + self.table_pieces]
            key = put("tables", PieceTable.of(some).encode())
            size = sum(piece.length for piece in some)
            refs.append(TableRef(table=key.digest.hex(), pieces=len(some), bytes=size))
            place_key = put(
                "tables", PlaceTable.of(places[start : start + self.table_pieces]).encode()
            )
            place_refs.append(PlaceTableRef(table=place_key.digest.hex(), pieces=len(some)))
            yield "stored tables"
        entries = tuple(
            FileEntry(
                path=path,
                size=sum(map(len, self.files[path])),
                pieces=len(self.files[path]),
            )
            for path in sorted(self.files)
        )
        manifest = Manifest(format=manifests.FORMAT, files=entries, tables=tuple(refs))
        manifest_key = put("manifests", encode(manifest))
        yield "stored the manifest"
        stored = {(p.object, p.offset): p.stored for p in places}
        layout = Layout(
            format=layouts.FORMAT,
            manifest=manifest_key.digest.hex(),
            tables=tuple(place_refs),
            stored_bytes=sum(stored.values()),
            renamed=renamed,
        )
        layout_key = session.put_document("layouts", encode(layout))
        yield "stored the layout"
        return layout_key.word, manifest_key.digest.hex()

    def _publish(self, session: Session, layout: str, manifest: str) -> Iterator[str]:
        """Do as `Session.publish`, with a step between the decision and the record."""
        push_id = new_id()
        total = sum(len(content) for pieces in self.files.values() for content in pieces)
        while True:
            number = self.root.refs.index(self.model).highest + 1
            record = VersionRecord(
                format=VERSION_FORMAT,
                model=self.model.shown,
                number=number,
                push_id=push_id,
                time=written(self.root.backend.now()),
                who=who_am_i(),
                manifest=manifest,
                layout=layout,
                files=len(self.files),
                total_bytes=total,
                new_bytes=session.written_bytes,
                stored_bytes=session.written_bytes,
            )
            record = proven(record)
            session.lease.commit(record)
            yield "decided"
            if claim(self.root.backend, record_key(self.model, number), encode(record)):
                self.record = record
                yield "published"
                return
            yield "number taken"


def push(root: StoreRoot, name: str, files: Files, **options: object) -> VersionRecord:
    """Push in one go and return the version's record."""
    writer = Writer(root, ModelName.parse(name), files, **options)  # type: ignore[arg-type]
    for _ in writer.steps():
        pass
    assert writer.record is not None
    return writer.record


def pull(root: StoreRoot, name: str, number: int) -> dict[str, list[bytes]]:
    """Return the files of a version, every piece read and verified."""
    opened = root.open(root.refs.version(ModelName.parse(name), number))
    return {
        entry.path: [
            bytes(read_piece(root.backend, piece, place))
            for piece, place in opened.rows(first, entry.pieces)
            if place is not None
        ]
        for entry, first in opened.manifest.starts()
    }
