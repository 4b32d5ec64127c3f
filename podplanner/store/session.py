"""A writing session: what push, copy and repair share, from the lease to the version record.

The order is what makes it safe: the lease, then the epochs, then objects, then documents, all
settled, then the decision under the lease, then the version record.
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import msgspec
from typing_extensions import Buffer

from podplanner.errors import (
    ConflictError,
    ObjectCorruptError,
    ObjectMissingError,
    PodplannerError,
)
from podplanner.store.backend import Backend
from podplanner.store.bad_keys import set_aside
from podplanner.store.claims import claim, new_id
from podplanner.store.clock import written
from podplanner.store.digest import digest_of
from podplanner.store.documents import encode, pack
from podplanner.store.epochs import Epochs
from podplanner.store.lease import INTENT_FORMAT, LEASE_SECONDS, Lease, RelayoutIntent
from podplanner.store.names import ModelName
from podplanner.store.presence import Presence
from podplanner.store.reader import DocumentKey, DocumentKind
from podplanner.store.record_keys import record_key, relayout_key
from podplanner.store.records import RELAYOUT_FORMAT, Relayout, VersionRecord, proven
from podplanner.store.refs import Refs, Version
from podplanner.store.tables import ObjectKey, Piece, Place


class Session:
    """One writer at work; usable from several threads until `publish`.

    As a context manager it releases its lease when all went well, and when what went wrong left
    nothing stored; otherwise the lease stays and runs out, so that a second run can go on.
    """

    def __init__(
        self,
        backend: Backend,
        model: ModelName,
        *,
        what: str = "push",
        lease_seconds: float = LEASE_SECONDS,
        single_writer: bool = False,
    ) -> None:
        """Take a lease, then read what collections are about to delete.

        Args:
            backend: Of the store.
            model: Whose version is written.
            what: In a word, for people who wait for it: `push`.
            lease_seconds: After so long a silence a collection takes the session for dead.
            single_writer: Whether the store was made where nothing keeps two writers apart.

        Raises:
            ConflictError: The engine makes objects that are there already, though it was asked
                not to, and the store was not made for that.
        """
        self.backend = backend
        self.model = model
        self.refs = Refs(backend)
        self.lease = Lease(backend, model, what=what, seconds=lease_seconds)
        try:
            if backend.traits.is_remote and not single_writer:
                # A store may have moved to another engine since it was made.
                self.lease.demand_creation()
            self.presence = Presence(backend)
            self.lease.read_epochs(self.epochs.highest)
        except BaseException:
            self.lease.stop_renewing()
            raise
        self._lock = threading.Lock()
        self.written_bytes = 0
        """Bytes of objects that this session wrote."""
        self.written_objects = 0
        self._written: set[ObjectKey] = set()

    @property
    def epochs(self) -> Epochs:
        """The epochs as they were when the session began."""
        return self.presence.epochs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or not self.written_objects:
            try:
                self.lease.release()
            except PodplannerError:
                if kind is None:
                    # What was to be done is done; the lease runs out by itself.
                    self.lease.stop_renewing()
        else:
            self.lease.stop_renewing()

    def is_usable(self, key: ObjectKey, size: int, *, settled: bool) -> bool:
        """Return whether an object may be referred to; see `Presence.is_usable`."""
        return self.presence.is_usable(key, size, settled=settled)

    def put_object(
        self, digest: bytes, parts: Sequence[Buffer], size: int
    ) -> tuple[ObjectKey, bool]:
        """Store an object unless it is there, and return its key and whether it was written.

        Args:
            digest: Of the stored bytes, which the parts are.
            parts: Written one after the other.
            size: Of all parts together, in bytes.
        """
        key = self.epochs.name_object(digest)
        if self.presence.is_usable(key, size, settled=False, guessed=True):
            return key, False
        if self.presence.is_torn(key, size):
            set_aside(self.backend, key.key)
        self.backend.put(key.key, parts)
        self._mended(key.key)
        self.presence.stored(key, size)
        with self._lock:
            self.written_bytes += size
            self.written_objects += 1
            self._written.add(key)
        return key, True

    def wrote(self, key: ObjectKey) -> bool:
        """Return whether this session wrote an object."""
        return key in self._written

    def put_document(self, kind: DocumentKind, content: bytes) -> DocumentKey:
        """Store a document unless it is there, and return its key.

        Args:
            kind: Which folder it belongs to.
            content: Its plain bytes; they are packed here.
        """
        key = self.epochs.name_document(DocumentKey(kind, digest_of(content)))
        packed = pack(content, what=f"one of the {kind} of {self.model}")
        if not self._holds(key.key, packed):
            self.backend.put(key.key, [packed])
            self._mended(key.key)
        self.presence.must_settle(key.key)
        return key

    def _holds(self, key: str, content: bytes) -> bool:
        """Return whether a key holds just this content: a new version must not rest on less."""
        if key in self.presence.bad:
            return False
        try:
            return self.backend.get(key) == content
        except (ObjectMissingError, ObjectCorruptError):
            return False

    def _mended(self, key: str) -> None:
        """Take back the word that a key is bad, now that good bytes are under it."""
        if key in self.presence.bad:
            self.presence.bad.mended(self.backend, key)

    def log(self, pieces: Sequence[Piece], places: Sequence[Place]) -> None:
        """Record what has been stored, for a second run."""
        self.lease.log(pieces, places)

    def settle(self) -> None:
        """Make all that was stored or found survive a power cut.

        Raises:
            LeaseLostError: A collector took this session for dead, and some of it is gone.
        """
        try:
            self.backend.settle(self.presence.take_unsettled())
        except ObjectMissingError:
            self.lease.demand_kept()
            raise

    def publish(
        self, make_record: Callable[[int], VersionRecord], *, number: int | None = None
    ) -> VersionRecord:
        """Create the version record, and with it the version.

        Args:
            make_record: Number -> record; called again with a higher one when somebody else was
                quicker. Its `push_id` must be the same each time.
            number: Take this number and no other.

        Raises:
            ConflictError: `number` is taken by another version.
            LeaseLostError: A collector took this session for dead.
        """
        self.settle()
        while True:
            taken = self.refs.index(self.model).numbers
            wanted = number or max(taken, default=0) + 1
            previous = max((one for one in taken if one < wanted), default=0)
            record = proven(msgspec.structs.replace(make_record(wanted), previous=previous))
            self.lease.commit(record)
            if claim(self.backend, record_key(self.model, wanted), encode(record)):
                return record
            if number is not None:
                raise ConflictError(
                    f"{self.model}:{number} is taken by another version",
                    hint="Give it the next free number with `--renumber`.",
                )

    def relay(self, version: Version, layout: DocumentKey, *, why: str) -> bool:
        """Put another layout of a version in force, unless somebody else has put one meanwhile.

        Args:
            version: As it was read when the layout was made: any model's.
            layout: Whose pieces and documents this session stored or found.
            why: In a word: `repair`.

        Raises:
            LeaseLostError: A collector took this session for dead.
        """
        self.settle()
        index = self.refs.index(version.model)
        if self.refs.version(version.model, version.number, index).layout != version.layout:
            return False
        k = index.relayouts.get(version.number, 0) + 1
        record = Relayout(
            format=RELAYOUT_FORMAT,
            layout=layout.word,
            time=written(self.backend.now()),
            why=f"{why} {new_id()}",
        )
        key = relayout_key(version.model, version.number, k)
        self.lease.commit(
            RelayoutIntent(format=INTENT_FORMAT, key=key, before=version.layout, record=record)
        )
        return claim(self.backend, key, encode(record))
