"""One collection, step by step.

docs/adr/0011-collection-by-epochs-and-one-decision.md says why it is safe beside pushes, pulls
and other collections, and wherever it is stopped.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice

from podplanner.errors import WrongUsageError
from podplanner.store.backend import ObjectInfo
from podplanner.store.claims import claim
from podplanner.store.clock import written
from podplanner.store.epochs import (
    EpochFiles,
    KeyList,
    candidates_key,
    closed_key,
    end_key,
    key_of_row,
    list_epochs,
    sweep_key,
)
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.results import Collected
from podplanner.store.root import StoreRoot, open_root
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.upkeep.cleaning import clean
from podplanner.store.upkeep.ending import (
    Leases,
    end_dead_pushes,
    look_at_leases,
    words_about,
)
from podplanner.store.upkeep.marking import Keep, Marker, keep_none
from podplanner.store.upkeep.retention import Retention, expired_versions
from podplanner.store.upkeep.sizes import sizes_of
from podplanner.store.upkeep.sweeping import (
    Sweep,
    decide_end,
    decide_sweep,
    decided_end,
    read_list,
)
from podplanner.store.upkeep.unused import Unused, find_unused, still_unused

GRACE_SECONDS = 86_400.0
"""A day: so long a deleted version can be read on by a pull, and be undeleted."""
_COUNTED = 1000
# Objects whose sizes are asked for in one go.


@dataclass(frozen=True, slots=True)
class Order:
    """What a collection is to do."""

    grace_s: float = GRACE_SECONDS
    least_grace_s: float = 0.0
    """What the doctor knows to be needed: 600 on a network mount."""
    retention: Retention = field(default_factory=Retention)
    dry_run: bool = False

    def __post_init__(self) -> None:
        if not self.grace_s >= 0:
            raise WrongUsageError(
                f"--grace {self.grace_s} is no time", hint="Give seconds, 0 or more."
            )
        if self.grace_s < self.least_grace_s:
            raise WrongUsageError(
                f"a grace time of {self.grace_s:.0f} s is too short for this store: other "
                f"machines may see its files {self.least_grace_s:.0f} s late",
                hint=f"Give `--grace {self.least_grace_s:.0f}` or more.",
            )


class Collection:
    """One run of the collector, step by step, so that tests can interleave several."""

    def __init__(
        self,
        root: StoreRoot,
        order: Order,
        progress: Progress,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._backend = root.backend
        self._order = order
        self._progress = progress
        self._clock = clock
        self._expired: list[str] = []
        self._waiting: list[str] = []
        self._epoch: int | None = None
        self._unused = Unused(KeyList(b""), 0, 0, 0, True)
        self._marked_objects = 0
        self._marked_bytes = 0
        self._freed_objects = 0
        self._freed_bytes = 0
        self._sweep_after: float | None = None

    def result(self) -> Collected:
        """Return what was done."""
        return Collected(
            epoch=self._epoch,
            marked_objects=self._marked_objects,
            marked_bytes=self._marked_bytes,
            freed_objects=self._freed_objects,
            freed_bytes=self._freed_bytes,
            pinned_bytes=self._unused.pinned_bytes,
            sweep_after=None if self._sweep_after is None else written(self._sweep_after),
            expired=tuple(self._expired),
            waiting_for=tuple(dict.fromkeys(self._waiting)),
        )

    def steps(self) -> Iterator[str]:
        """Do it; yield a word after each step."""
        # Epochs before leases: a push whose lease is not seen began after it could see them.
        epochs = list_epochs(self._backend)
        yield "listed epochs"
        started = self._now()
        leases = look_at_leases(self._backend, started, grace_s=self._order.grace_s)
        yield "listed leases"
        if not self._order.dry_run:
            yield from end_dead_pushes(self._backend, leases, started)
        yield from self._retire(started)
        sweeping = []
        for epoch in epochs:
            if self._take_up(epoch, leases, started):
                sweeping.append(epoch)
            yield f"looked at epoch {epoch.number}"
        self._progress.begin("marking", files=None, size=None)
        with Marker(self._root, self._progress) as marker:
            yield from self._mark(marker, sweeping, leases)
            for epoch in sweeping:
                yield from self._sweep(epoch.number, marker)
            while (fresh := (yield from self._open(marker, leases, started))) is not None:
                swept = yield from self._sweep_fresh(fresh, marker)
                if self._unused.is_all or not swept:
                    break
            self._warn_of_more()
        if not self._order.dry_run:
            yield from clean(self._backend, leases, started)

    def _now(self) -> float:
        return self._clock() if self._order.dry_run else self._backend.now()

    # Deleting versions

    def _retire(self, now: float) -> Iterator[str]:
        """Delete the versions that no rule keeps."""
        gone = list(expired_versions(self._root, self._order.retention, now, self._progress))

        def bury(version: tuple[ModelName, int]) -> tuple[ModelName, int]:
            if not self._order.dry_run:
                self._root.refs.bury(*version)
            return version

        for model, number in side_by_side(bury, gone, calls_at_once(self._backend)):
            self._expired.append(f"{model}:{number}")
            yield f"buried {model}:{number}"

    # Sweeping

    def _take_up(self, epoch: EpochFiles, leases: Leases, now: float) -> bool:
        """Return whether an epoch is to be swept now, after deciding so."""
        if not epoch.open:
            return False
        end = decided_end(self._backend, epoch.number) if "end" in epoch.parts else None
        if end is None:
            if now < epoch.created + self._order.grace_s:
                return False
            if self._is_held(epoch.number, leases):
                return False
            if self._order.dry_run:
                return True
            end = decide_end(self._backend, epoch.number, "sweeping")
        return end == "sweeping"

    def _is_held(self, epoch: int, leases: Leases) -> bool:
        holding = leases.holding(epoch)
        self._waiting += [words_about(lease) for lease in holding]
        return bool(holding)

    def _mark(self, marker: Marker, sweeping: list[EpochFiles], leases: Leases) -> Iterator[str]:
        keep: Keep = keep_none
        if sweeping:
            keep = self._keep_younger(max(epoch.created for epoch in sweeping))
        without = frozenset(self._expired) if self._order.dry_run else frozenset()
        yield from marker.walk(keep, without=without)
        marker.mark_logs(leases.logging)
        yield "marked logs"

    def _keep_younger(self, cutoff: float) -> Keep:
        """Return a rule: what was deleted after a time stays; what before it, is given up.

        The time is when an epoch was made whose grace time has passed, so that what was deleted
        before has had its grace time too.
        """

        def keep(model: ModelName, number: int, buried: float) -> bool:
            if buried > cutoff:
                return True
            return not self._order.dry_run and not self._root.refs.give_up(model, number)

        return keep

    def _sweep(self, epoch: int, marker: Marker) -> Iterator[str]:
        """Delete what an epoch lists and nothing refers to; its end must have been decided."""
        marks = [marker.live, marker.kept]
        if self._order.dry_run:
            candidates = read_list(self._backend, candidates_key(epoch)) or KeyList(b"")
            decided = read_list(self._backend, sweep_key(epoch))
            self._count(decided or still_unused(candidates, marks))
            return
        # A store that was raised to a newer format meanwhile has roots that were not marked.
        open_root(self._backend)
        decision = decide_sweep(self._backend, epoch, marks)
        yield f"decided {epoch}"
        self._progress.begin(f"sweeping epoch {epoch}", files=len(decision), size=None)
        sweep = Sweep(self._backend, epoch, decision)
        for word in sweep.steps():
            self._progress.advance(files=1)
            yield word
        self._freed_objects += sweep.objects
        self._freed_bytes += sweep.bytes

    def _count(self, keys: KeyList) -> None:
        """Count what a dry run would delete."""
        objects = (key_of_row(row).key for row in keys if row[0] == 0)
        while some := list(islice(objects, _COUNTED)):
            there = sizes_of(self._backend, some)
            self._freed_objects += len(there)
            self._freed_bytes += sum(there.values())

    # Opening an epoch

    def _open(
        self, marker: Marker, leases: Leases, started: float
    ) -> Generator[str, None, EpochFiles | None]:
        """Make an epoch of what is unused, and return it; None when nothing is, or it is dry."""
        while True:
            epochs = list_epochs(self._backend)
            listed = [
                found
                for epoch in epochs
                if epoch.open
                and (found := read_list(self._backend, candidates_key(epoch.number))) is not None
            ]
            yield from self._search(marker, listed, leases, started)
            if self._order.dry_run:
                self._foretell(leases, started)
                return None
            if not len(self._unused.keys):
                return None
            number = epochs[-1].number + 1 if epochs else 1
            if self._claim(number):
                break
            yield f"epoch {number} was taken"
        self._epoch = number
        self._marked_objects += self._unused.objects
        self._marked_bytes += self._unused.bytes
        info = self._backend.head(candidates_key(number))
        created = info.time if info else started
        self._sweep_after = created + self._order.grace_s
        yield f"opened epoch {number}"
        return EpochFiles(number, created, frozenset({"candidates"}))

    def _search(
        self, marker: Marker, listed: list[KeyList], leases: Leases, started: float
    ) -> Iterator[str]:
        def is_old(info: ObjectInfo) -> bool:
            # What is younger belongs to a push that has not published yet. It would be safe to
            # list it all the same, and waste: other pushes would store it a second time.
            return info.time <= started and info.time < leases.earliest_start

        self._progress.begin("looking for what is unused", files=None, size=None)
        for found in find_unused(self._backend, marker.live, is_old, listed):
            if found is not None:
                self._unused = found
            yield "looked"

    def _warn_of_more(self) -> None:
        if not self._unused.is_all:
            self._progress.warn(
                "there is more that is unused than one epoch may list: run the collection again"
            )

    def _foretell(self, leases: Leases, started: float) -> None:
        """Say what would become of the epoch that a dry run does not open."""
        self._marked_objects = self._unused.objects
        self._marked_bytes = self._unused.bytes
        if not len(self._unused.keys):
            return
        if self._order.grace_s == 0 and not leases.live:
            self._freed_objects += self._unused.objects
            self._freed_bytes += self._unused.bytes
        else:
            self._sweep_after = started + self._order.grace_s

    def _claim(self, number: int) -> bool:
        """Write the list of a new epoch; False when the number is taken."""
        if not claim(self._backend, candidates_key(number), self._unused.keys.encode()):
            return False
        # A collector that was stopped before this may come so late that the number was used and
        # its list removed; then the list just written means nothing, and the next one removes it.
        return not any(self._backend.head(key(number)) for key in (end_key, closed_key))

    def _sweep_fresh(self, epoch: EpochFiles, marker: Marker) -> Generator[str, None, bool]:
        """Sweep the epoch that has just been opened, where the grace time is that short.

        Returns:
            Whether it was swept.
        """
        now = self._backend.now()
        if now < epoch.created + self._order.grace_s:
            return False
        leases = look_at_leases(self._backend, now, grace_s=self._order.grace_s)
        yield "listed leases"
        yield from end_dead_pushes(self._backend, leases, now)
        if self._is_held(epoch.number, leases):
            return False
        if decide_end(self._backend, epoch.number, "sweeping") == "undone":
            return False
        yield f"decided the end of {epoch.number}"
        marker.forget_kept()
        yield from self._mark(marker, [epoch], leases)
        yield from self._sweep(epoch.number, marker)
        self._sweep_after = None
        return True
