"""Epochs of collection: what is about to be deleted, and what a push may no longer rely on.

Keys below `gc/`, all created once: `<epoch>.candidates.zst`, the keys that may be deleted;
`<epoch>.end.json`, `sweeping` or `undone`, whichever came first; `<epoch>.sweep.zst`, the one
decision what is deleted; `<epoch>.closed.json`, that it has been deleted.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.digest import SIZE
from podplanner.store.documents import Document, pack, unpack
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import ObjectKey

PREFIX = "gc/"
END_FORMAT = "podplanner/epoch-end/1"
CLOSED_FORMAT = "podplanner/epoch-closed/1"
LARGEST_LIST = 512 * 2**20
"""Bytes of a list of keys, unpacked: 14 million keys."""

_MAGIC = b"PODKEYS1"
_DOCUMENTS: tuple[DocumentKind, ...] = ("tables", "manifests", "layouts")
_KINDS = ("objects", *_DOCUMENTS)
_ROW = 1 + SIZE + 4
# A key in a list: kind, digest, epoch with the high byte first, so that rows sort like keys.


class EpochEnd(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gc/<epoch>.end.json`."""

    what: Literal["sweeping", "undone"]
    id: str
    time: str


class EpochClosed(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gc/<epoch>.closed.json`."""

    id: str
    time: str


AnyKey = ObjectKey | DocumentKey
"""The key of whatever collection may delete."""


def row_of(key: AnyKey) -> bytes:
    """Return a key as a row of a list."""
    kind = key.kind if isinstance(key, DocumentKey) else "objects"
    return bytes([_KINDS.index(kind)]) + key.digest + key.epoch.to_bytes(4, "big")


def key_of_row(row: bytes) -> AnyKey:
    """Return the key that a row writes."""
    digest, epoch = row[1 : 1 + SIZE], int.from_bytes(row[1 + SIZE :], "big")
    if row[0] == 0:
        return ObjectKey(digest, epoch)
    return DocumentKey(_DOCUMENTS[row[0] - 1], digest, epoch)


class KeyList(Sequence[bytes]):
    """Sorted rows in one run of bytes: 37 bytes a key, looked up by bisection."""

    def __init__(self, rows: bytes) -> None:
        self._rows = rows

    @classmethod
    def of(cls, keys: Iterable[AnyKey]) -> "KeyList":
        """Return the list of keys."""
        return cls(b"".join(sorted({row_of(key) for key in keys})))

    def __len__(self) -> int:
        return len(self._rows) // _ROW

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override]
        return self._rows[number * _ROW : (number + 1) * _ROW]

    def __iter__(self) -> Iterator[bytes]:
        return (self[number] for number in range(len(self)))

    @property
    def rows(self) -> bytes:
        """All rows, one after the other."""
        return self._rows

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, bytes) or not self._rows:
            return False
        found = bisect_left(self, row)
        return found < len(self) and self[found] == row

    def all_keys(self) -> Iterator[AnyKey]:
        """Yield the keys."""
        for number in range(len(self)):
            yield key_of_row(self[number])

    def encode(self) -> bytes:
        """Return the packed document."""
        return pack(_MAGIC + self._rows)

    @classmethod
    def decode(cls, packed: bytes, *, what: str) -> "KeyList":
        """Return the list that a document holds.

        Raises:
            ObjectCorruptError: It is no such document.
        """
        plain = unpack(packed, what=what, limit=LARGEST_LIST)
        rows = plain[len(_MAGIC) :]
        if not plain.startswith(_MAGIC) or len(rows) % _ROW:
            raise ObjectCorruptError(f"{what} is no list of keys")
        found = cls(rows)
        if any(found[i] >= found[i + 1] for i in range(len(found) - 1)):
            raise ObjectCorruptError(f"{what} is not in order")
        if rows and found[len(found) - 1][0] >= len(_KINDS):
            raise ObjectCorruptError(f"{what} names a kind of key that there is not")
        return found


def candidates_key(epoch: int) -> str:
    """Return the key of the list of what an epoch may delete."""
    return f"{PREFIX}{epoch:010d}.candidates.zst"


def end_key(epoch: int) -> str:
    """Return the key that decides between sweeping and undoing an epoch."""
    return f"{PREFIX}{epoch:010d}.end.json"


def sweep_key(epoch: int) -> str:
    """Return the key of the list of what an epoch deletes."""
    return f"{PREFIX}{epoch:010d}.sweep.zst"


def closed_key(epoch: int) -> str:
    """Return the key that says that an epoch's deletions are done."""
    return f"{PREFIX}{epoch:010d}.closed.json"


@dataclass(frozen=True, slots=True)
class EpochFiles:
    """What one listing says of an epoch."""

    number: int
    created: float
    """When its first file was written, by the store's clock."""
    parts: frozenset[str]
    """Of `candidates`, `end`, `sweep`, `closed`."""
    closed: float | None = None
    """When it was closed, by the store's clock."""

    @property
    def open(self) -> bool:
        """Whether its list is still there and it is not closed."""
        return "candidates" in self.parts and "closed" not in self.parts


def list_epochs(backend: Backend) -> list[EpochFiles]:
    """Return all epochs, rising, from one listing."""
    parts: dict[int, set[str]] = {}
    created: dict[int, float] = {}
    closed: dict[int, float] = {}
    for info in backend.keys(PREFIX):
        digits, _, rest = info.key[len(PREFIX) :].partition(".")
        part = rest.partition(".")[0]
        if digits.isdigit() and len(digits) == 10 and part in _PARTS:
            parts.setdefault(int(digits), set()).add(part)
            if part == "candidates" or int(digits) not in created:
                created[int(digits)] = info.time
            if part == "closed":
                closed[int(digits)] = info.time
    return [EpochFiles(n, created[n], frozenset(parts[n]), closed.get(n)) for n in sorted(parts)]


_PARTS = ("candidates", "end", "sweep", "closed")


@dataclass(frozen=True, slots=True)
class Epochs:
    """What a push knows of collection: it reads this once, after it has its lease."""

    highest: int = 0
    """The highest epoch that ever was; 0 when there was none."""
    lists: tuple[KeyList, ...] = field(default=())

    def lists_key(self, key: AnyKey) -> bool:
        """Return whether an epoch is about to delete a key, or has decided to.

        Such a key counts as absent: content is stored under a key with a new epoch instead.
        """
        if not self.lists:
            return False
        row = row_of(key)
        return any(row in listed for listed in self.lists)

    def name_object(self, digest: bytes) -> ObjectKey:
        """Return the key under which an object is stored now."""
        key = ObjectKey(digest)
        return ObjectKey(digest, self.highest) if self.lists_key(key) else key

    def name_document(self, key: DocumentKey) -> DocumentKey:
        """Return the key under which a document is stored now."""
        plain = key._replace(epoch=0)
        return plain._replace(epoch=self.highest) if self.lists_key(plain) else plain


def read_epochs(backend: Backend) -> Epochs:
    """Return the epochs as they are now: lists of open ones, and decisions that are kept."""
    found = list_epochs(backend)

    def read(epoch: EpochFiles) -> KeyList | None:
        listed = _read(backend, candidates_key(epoch.number)) if epoch.open else None
        if listed is None and (epoch.open or "sweep" in epoch.parts):
            # Candidates that are gone since the listing: the epoch has been swept or undone. A
            # collector that was stopped may still delete what was decided.
            listed = _read(backend, sweep_key(epoch.number))
        return listed

    lists = list(side_by_side(read, found, calls_at_once(backend)))
    # What is not there either was undone, or swept very long ago.
    present = tuple(one for one in lists if one is not None and len(one))
    return Epochs(found[-1].number if found else 0, present)


def _read(backend: Backend, key: str) -> KeyList | None:
    try:
        return KeyList.decode(backend.get(key, limit=LARGEST_LIST), what=key)
    except ObjectMissingError:
        return None
