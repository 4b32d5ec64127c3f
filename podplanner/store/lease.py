"""Leases: the record that a push is under way, what it has finished, and what it is to become.

Keys below `leases/<id>/`: `begun`, written once with the seconds that it lasts, so that no listing
misses the lease while `lease.json` is being replaced at a renewal; `log-<n>`, what has been
stored; `commit-<k>.json`, created once each: either the record that the push is about to create,
or the word of a collector that the push is dead. Whoever creates `commit-<k>` first decides, so a
push that was taken for dead cannot publish, however late it wakes up.
"""

import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

import msgspec

from podplanner.errors import (
    ConflictError,
    LeaseLostError,
    ObjectCorruptError,
    ObjectMissingError,
    StoreError,
)
from podplanner.store.backend import Backend
from podplanner.store.claims import claim, new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.documents import Document, decode, encode
from podplanner.store.names import ModelName
from podplanner.store.records import (
    Relayout,
    VersionRecord,
)
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import MOST_PIECES, Piece, PieceTable, Place, PlaceTable

PREFIX = "leases/"
LEASE_FORMAT = "podplanner/lease/1"
DEAD_FORMAT = "podplanner/dead/1"
INTENT_FORMAT = "podplanner/relayout-intent/1"
LEASE_SECONDS = 600.0
"""After so long without a renewal, by the store's clock, a collector may end a push."""
DEAD_KEPT_SECONDS = 30 * 86_400.0
"""So long a collector keeps its word that a push is dead: a stopped process may wake up late."""
_RENEWALS = 5
# In the time of one lease: four may fail before it runs out.
_LOG_HEAD = struct.Struct("<I")


class LeaseRecord(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`leases/<id>/lease.json`."""

    id: str
    what: str
    """`push`, `copy`, `repair`."""
    model: str
    who: str
    started: str
    """By the store's clock; the objects of the push are younger."""
    started_s: str
    """The same as a decimal number of seconds since 1970."""
    seconds: int
    counter: int
    """Renewals so far."""
    epoch: int
    """The highest epoch that the push has read; -1 before it has read them."""


class DeadRecord(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`leases/<id>/commit-<k>.json` of a collector: the push may not go on."""

    id: str
    who: str
    time: str


class RelayoutIntent(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`leases/<id>/commit-<k>.json` of a repair: another layout is about to be put in force."""

    key: str
    """Of the record."""
    before: str
    """The layout in force until then; a fenced repair leaves that one in force."""
    record: Relayout


def commit_key(lease: str, k: int) -> str:
    """Return the key of the decision number k of a lease."""
    return f"{PREFIX}{lease}/commit-{k:04d}.json"


def _begun_key(lease: str) -> str:
    return f"{PREFIX}{lease}/begun"


class Lease:
    """A lease held by this process, renewed by a thread of its own until it is released."""

    def __init__(
        self, backend: Backend, model: ModelName, *, what: str, seconds: float = LEASE_SECONDS
    ) -> None:
        self.id = new_id()
        self._backend = backend
        self._lock = threading.Lock()
        self._logs = 0
        self._commits = 0
        self._stop = threading.Event()
        self._seconds = seconds
        started = backend.now()
        self.started = started
        self._record = LeaseRecord(
            format=LEASE_FORMAT,
            id=self.id,
            what=what,
            model=model.shown,
            who=who_am_i(),
            started=written(started),
            started_s=f"{started:.6f}",
            seconds=max(round(seconds), 1),
            counter=0,
            epoch=-1,
        )
        backend.put(_begun_key(self.id), [str(self._record.seconds).encode()])
        self._write()
        self._renewed = monotonic()
        self._thread = threading.Thread(
            target=self._renew, name=f"lease {self.id[:8]}", daemon=True
        )
        self._thread.start()

    def read_epochs(self, highest: int) -> None:
        """Say, durably for collectors, up to which epoch the push has read."""
        with self._lock:
            self._record = msgspec.structs.replace(self._record, epoch=highest)
            self._write()

    def demand_creation(self) -> None:
        """Find that what is there is not made a second time.

        Raises:
            ConflictError: It is.
        """
        if claim(self._backend, _begun_key(self.id), f"{new_id()}\n".encode()):
            self.release()
            raise ConflictError(
                f"two writers would overwrite each other's versions in {self._backend.address}: "
                "it makes what is there already (`If-None-Match` is ignored)",
                hint="Run `podplanner store doctor`. A store made with --single-writer works "
                "there, as long as one process writes at a time.",
            )

    def _write(self) -> None:
        self._backend.put(f"{PREFIX}{self.id}/lease.json", [encode(self._record)])

    def _renew(self) -> None:
        while not self._stop.wait(self._seconds / _RENEWALS):
            try:
                with self._lock:
                    if self._stop.is_set() or self._is_gone():
                        return
                    self._record = msgspec.structs.replace(
                        self._record, counter=self._record.counter + 1
                    )
                    self._write()
                self._renewed = monotonic()
            except StoreError:
                # The next renewal tries again; if none gets through, publishing finds out.
                continue

    def _is_gone(self) -> bool:
        """Return whether a collector has removed the lease: then it must not come back."""
        return self._backend.head(f"{PREFIX}{self.id}/lease.json") is None

    def log(self, pieces: Sequence[Piece], places: Sequence[Place]) -> None:
        """Record what has been stored, so that this push run again need not send it again."""
        for start in range(0, len(pieces), MOST_PIECES):
            # Tiny pieces come by the hundred thousand, and readers take no larger table.
            end = start + MOST_PIECES
            table = PieceTable.of(pieces[start:end]).encode()
            place = PlaceTable.of(places[start:end]).encode()
            with self._lock:
                number = self._logs
                self._logs += 1
            key = f"{PREFIX}{self.id}/log-{number:08d}"
            self._backend.put(key, [_LOG_HEAD.pack(len(table)), table, place])

    def commit(self, record: VersionRecord | RelayoutIntent) -> None:
        """Decide what the push becomes, before its record is created.

        Raises:
            LeaseLostError: A collector has decided otherwise.
        """
        content = encode(record)
        if not claim(self._backend, commit_key(self.id, self._commits), content):
            raise _lost()
        self.demand_kept()
        self._commits += 1

    def demand_kept(self) -> None:
        """Refuse to go on when a collector has removed the lease.

        Raises:
            LeaseLostError: It has.
        """
        if self._is_gone():
            raise _lost()

    def stop_renewing(self) -> None:
        """End the thread; the lease runs out by itself, and its log stays for a second run."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def release(self) -> None:
        """Remove the lease and its log."""
        self.stop_renewing()
        remove_lease(self._backend, self.id)


def _lost() -> LeaseLostError:
    return LeaseLostError(
        "this push was silent for so long that a collection took it for dead",
        hint="Run the same command again: what is stored already is not sent again.",
    )


def remove_lease(backend: Backend, lease: str, *, decisions: bool = True) -> None:
    """Remove what there is of a lease; its decisions last, so that they hold until the end.

    Args:
        backend: Where it is.
        lease: Its id.
        decisions: Whether to remove them too. A collector keeps those of a push that it took for
            dead for `DEAD_KEPT_SECONDS`.
    """
    keys = [info.key for info in backend.keys(f"{PREFIX}{lease}/")]
    backend.delete_all(key for key in keys if "/commit-" not in key)
    if decisions:
        backend.delete_all(key for key in keys if "/commit-" in key)


@dataclass(frozen=True, slots=True)
class FoundLease:
    """A lease of anybody, as a collector or a second run finds it."""

    id: str
    record: LeaseRecord | None
    """None: only remains are there."""
    renewed: float
    """When the lease or its log was last written, by the store's clock."""
    logs: tuple[str, ...]
    commits: tuple[str, ...]
    is_over: bool = False
    """Whether only remains are there: it was released, or given up as dead."""
    seconds: float = LEASE_SECONDS
    """How long it lasts after a renewal, where there is no record."""

    def expired(self, now: float) -> bool:
        """Return whether it has run out, by the store's clock."""
        seconds = self.record.seconds if self.record else self.seconds
        return now - self.renewed > seconds

    @property
    def started(self) -> float:
        """When the push began, by the store's clock; infinitely early for remains."""
        return float(self.record.started_s) if self.record else 0.0


def find_leases(backend: Backend) -> list[FoundLease]:
    """Return all leases, live and dead, from one listing and a read each."""
    keys: dict[str, list[str]] = {}
    renewed: dict[str, float] = {}
    for info in backend.keys(PREFIX):
        lease, _, rest = info.key[len(PREFIX) :].partition("/")
        if rest:
            keys.setdefault(lease, []).append(info.key)
            written_at = 0.0 if rest.startswith("commit-") else info.time
            renewed[lease] = max(renewed.get(lease, 0.0), written_at)
    return list(
        side_by_side(
            lambda lease: _found(backend, lease, keys[lease], renewed[lease]),
            keys,
            calls_at_once(backend),
        )
    )


def _found(backend: Backend, lease: str, names: list[str], renewed: float) -> FoundLease:
    """Return one lease; its record is looked for even where the listing missed it."""
    key = f"{PREFIX}{lease}/lease.json"
    record, over, seconds = None, False, None
    try:
        record = decode(backend.get(key), LeaseRecord, what=key, expected=LEASE_FORMAT)
    except (ObjectMissingError, ObjectCorruptError):
        # Released since the listing, not written yet, or torn by a power cut.
        seconds = _begun_seconds(backend, lease)
        over = seconds is None
    else:
        info = backend.head(key)
        renewed = max(renewed, info.time if info else 0.0)
    return FoundLease(
        lease,
        record,
        renewed,
        tuple(name for name in names if "/log-" in name),
        tuple(name for name in names if "/commit-" in name),
        over,
        LEASE_SECONDS if seconds is None else seconds,
    )


def _begun_seconds(backend: Backend, lease: str) -> float | None:
    """Return how long a lease lasts whose record is not there; None when it has not even begun."""
    try:
        word = backend.get(_begun_key(lease))
    except ObjectMissingError:
        return None
    return float(word) if word.isdigit() else LEASE_SECONDS


def read_log(backend: Backend, key: str) -> Iterator[tuple[Piece, Place]]:
    """Yield what one entry of a lease's log says was stored; nothing for one that is gone.

    Raises:
        ObjectCorruptError: It is no such entry.
    """
    try:
        content = backend.get(key)
    except ObjectMissingError:
        return
    if len(content) < _LOG_HEAD.size:
        raise ObjectCorruptError(f"{key} is no log of a push")
    (length,) = _LOG_HEAD.unpack_from(content)
    table = PieceTable.decode(content[4 : 4 + length], what=key)
    places = PlaceTable.decode(content[4 + length :], what=key)
    if len(table) != len(places):
        raise ObjectCorruptError(f"{key} contradicts itself")
    for piece, place in zip(table, places, strict=True):
        if place is not None:
            yield piece, place
