"""Reading documents of a store by their digests, each verified; and one version's rows."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple, TypeVar

import msgspec

from podplanner.errors import ObjectCorruptError
from podplanner.store import layout as layouts
from podplanner.store import manifest as manifests
from podplanner.store.backend import Backend
from podplanner.store.digest import SIZE, from_hex
from podplanner.store.documents import decode, unpack, verified
from podplanner.store.layout import Layout
from podplanner.store.manifest import FileEntry, Manifest, TensorList
from podplanner.store.refs import Version
from podplanner.store.tables import LARGEST_TABLE, Piece, PieceTable, Place, PlaceTable

DocumentKind = Literal["tables", "manifests", "layouts"]
_TABLES_KEPT = 4
# Of each kind, in memory: a table of 65,536 pieces takes about 8 MB.

T = TypeVar("T", bound=msgspec.Struct)
Table = TypeVar("Table", PieceTable, PlaceTable)


class DocumentKey(NamedTuple):
    """The name of a document: kind, digest of its plain bytes, the epoch that renamed it."""

    kind: DocumentKind
    digest: bytes
    epoch: int = 0

    @property
    def word(self) -> str:
        """The digest as it is written in records: hex, with `-<epoch>` where it has one."""
        return self.digest.hex() + (f"-{self.epoch}" if self.epoch else "")

    @property
    def key(self) -> str:
        """The key in the backend."""
        if self.kind == "tables":
            return f"tables/{self.word[:2]}/{self.word}.zst"
        return f"{self.kind}/{self.word}.json.zst"

    @classmethod
    def of(cls, kind: DocumentKind, word: str) -> "DocumentKey":
        """Return the name that a record writes.

        Raises:
            ObjectCorruptError: It is none.
        """
        found = cls._parse(kind, word)
        if found is None:
            raise ObjectCorruptError(f"{word[:80]!r} is no digest")
        return found

    @classmethod
    def _parse(cls, kind: DocumentKind, word: str) -> "DocumentKey | None":
        name, dash, epoch = word.partition("-")
        digest = from_hex(name) if len(name) == 2 * SIZE else None
        if digest is None or (dash and not (epoch.isascii() and epoch.isdigit())):
            return None
        return cls(kind, digest, int(epoch) if dash else 0)

    @classmethod
    def from_key(cls, key: str) -> "DocumentKey | None":
        """Return the document's name that a key writes; None when it is no document's key."""
        kind, _, rest = key.partition("/")
        if kind not in ("tables", "manifests", "layouts"):
            return None
        word = rest.rpartition("/")[2].partition(".")[0]
        found = cls._parse(kind, word)  # type: ignore[arg-type]
        return found if found is not None and found.key == key else None


class Reader:
    """Reads documents; keeps the last tables in memory. Usable from threads."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._kept: OrderedDict[DocumentKey, PieceTable | PlaceTable] = OrderedDict()
        self._lock = Lock()
        self._reading = Lock()

    def content(self, key: DocumentKey, *, limit: int = 64 * 2**20) -> bytes:
        """Return the plain bytes of a document, verified."""
        what = f"{key.kind[:-1]} {key.digest.hex()[:12]}"
        plain = unpack(self.backend.get(key.key), what=what, limit=limit)
        return verified(plain, key.digest, what=what)

    def _document(self, key: DocumentKey, kind: type[T], expected: str) -> T:
        what = f"{key.kind[:-1]} {key.digest.hex()[:12]}"
        return decode(self.content(key), kind, what=what, expected=expected)

    def layout(self, word: str) -> Layout:
        """Return a layout by what a record says of it."""
        return self._document(DocumentKey.of("layouts", word), Layout, layouts.FORMAT)

    def manifest(self, digest: str, renamed: Mapping[str, int]) -> Manifest:
        """Return a manifest; `renamed` is the layout's."""
        key = located("manifests", digest, renamed)
        return self._document(key, Manifest, manifests.FORMAT)

    def tensors(self, digest: str, renamed: Mapping[str, int]) -> TensorList:
        """Return the list of a file's tensors."""
        key = located("tables", digest, renamed)
        return self._document(key, TensorList, manifests.TENSORS_FORMAT)

    def pieces(self, key: DocumentKey) -> PieceTable:
        """Return a piece table."""
        return self._table(key, PieceTable, f"piece table {key.digest.hex()[:12]}")

    def places(self, key: DocumentKey) -> PlaceTable:
        """Return a place table."""
        return self._table(key, PlaceTable, f"place table {key.digest.hex()[:12]}")

    def _table(self, key: DocumentKey, kind: type[Table], what: str) -> Table:
        found = self._remembered(key)
        if isinstance(found, kind):
            return found
        with self._reading:
            # One reads for all: the threads of a push want the same table at the same time.
            found = self._remembered(key)
            if isinstance(found, kind):
                return found
            table = kind.decode(self.content(key, limit=LARGEST_TABLE), what=what)
            self._remember(key, table)
        return table

    def _remembered(self, key: DocumentKey) -> PieceTable | PlaceTable | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _remember(self, key: DocumentKey, table: PieceTable | PlaceTable) -> None:
        with self._lock:
            self._kept[key] = table
            while len(self._kept) > 2 * _TABLES_KEPT:
                self._kept.popitem(last=False)

    def open(self, version: Version) -> "OpenVersion":
        """Return a version with its layout and manifest read."""
        layout = self.layout(version.layout)
        manifest = self.manifest(layout.manifest, layout.renamed)
        if layout.manifest != version.record.manifest or len(layout.tables) != len(manifest.tables):
            raise ObjectCorruptError(
                f"the layout of {version} belongs to another manifest",
                hint="Run `podplanner store check`.",
            )
        return OpenVersion(self, version, layout, manifest)


def located(kind: DocumentKind, digest: str, renamed: Mapping[str, int]) -> DocumentKey:
    """Return where a document lies that is named by its digest alone."""
    key = DocumentKey.of(kind, digest)
    return key._replace(epoch=renamed.get(f"{kind}/{digest}", 0))


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """One version, ready to be read row by row; a row is a piece and its place."""

    reader: Reader
    version: Version
    layout: Layout
    manifest: Manifest

    def document_keys(self) -> Iterator[DocumentKey]:
        """Yield every document that the version needs; some more than once."""
        renamed = self.layout.renamed
        yield DocumentKey.of("layouts", self.version.layout)
        yield located("manifests", self.layout.manifest, renamed)
        for table in self.manifest.tables:
            yield located("tables", table.table, renamed)
        for place in self.layout.tables:
            yield located("tables", place.table, renamed)
        for entry in self.manifest.files:
            if entry.tensors is not None:
                yield located("tables", entry.tensors.table, renamed)

    def table_count(self) -> int:
        """Return how many pairs of tables there are."""
        return len(self.manifest.tables)

    def tables(self, number: int) -> tuple[PieceTable, PlaceTable]:
        """Return one pair of tables.

        Raises:
            ObjectCorruptError: They do not belong together.
        """
        renamed = self.layout.renamed
        ref, place_ref = self.manifest.tables[number], self.layout.tables[number]
        pieces = self.reader.pieces(located("tables", ref.table, renamed))
        places = self.reader.places(located("tables", place_ref.table, renamed))
        if not len(pieces) == len(places) == ref.pieces == place_ref.pieces:
            raise ObjectCorruptError(
                f"table {number} of {self.version} does not have as many rows as it should",
                hint="Run `podplanner store check`.",
            )
        return pieces, places

    def rows(
        self, first: int = 0, count: int | None = None
    ) -> Iterator[tuple[Piece, Place | None]]:
        """Yield pieces and places from piece number `first` on; a hole has no place."""
        start = 0
        for number, ref in enumerate(self.manifest.tables):
            end = start + ref.pieces
            if first < end and (count is None or count > 0):
                pieces, places = self.tables(number)
                for row in range(max(first - start, 0), ref.pieces):
                    if count is not None:
                        if count == 0:
                            return
                        count -= 1
                    yield pieces[row], places[row]
            start = end

    def file_rows(self, path: str) -> Iterator[tuple[Piece, Place | None]]:
        """Yield the rows of one file; nothing for a path that is not in the version."""
        for entry, first in self.manifest.starts():
            if entry.path == path:
                yield from self.rows(first, entry.pieces)

    def file(self, path: str) -> FileEntry | None:
        """Return the entry of a file."""
        return next((entry for entry in self.manifest.files if entry.path == path), None)

    def tensor_list(self, entry: FileEntry) -> TensorList | None:
        """Return the tensors of a file; None when it has no list of them."""
        if entry.tensors is None:
            return None
        return self.reader.tensors(entry.tensors.table, self.layout.renamed)
