"""Marking: what the versions of a store, and the logs of pushes, refer to."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.lease import FoundLease, read_log
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.upkeep.partitions import Partitions
from podplanner.store.upkeep.references import place_rows
from podplanner.store.upkeep.visiting import Marks, Visit, read_all

_VISITS = 256
# Versions that are read together where each is a few requests.
_LOGS = 8
# Logs of pushes that are read side by side: each may name 16,384 pieces.

Keep = Callable[[ModelName, int, float], bool]
"""Whether a deleted version (model, number, time of its tombstone) is still to be kept."""


def keep_none(model: ModelName, number: int, buried: float) -> bool:
    """Let every deleted version go."""
    return False


class Marker:
    """Walks over versions and gathers what they refer to.

    It may walk again later: then only what is new is read, and what was marked stays marked, so
    that nothing is missed of versions that went away and came back.
    """

    def __init__(self, root: StoreRoot, progress: Progress, *, skip_broken: bool = False) -> None:
        """Begin with nothing marked.

        Args:
            root: The store.
            progress: Hears of every version.
            skip_broken: Whether to warn of a version that cannot be read, and go on. Never when
                something is to be deleted by what is marked.
        """
        self.models = 0
        """Models with a version that is not deleted."""
        self.versions = 0
        """Versions that are not deleted."""
        self.plain_bytes = 0
        self._root = root
        self._progress = progress
        self._skip_broken = skip_broken
        self._at_once = calls_at_once(root.backend)
        self._live = Marks()
        self._kept = Marks()

    @property
    def live(self) -> Partitions:
        """Rows of versions that are not deleted, and of logs."""
        return self._live.rows

    @property
    def kept(self) -> Partitions:
        """Rows of deleted versions that must be kept for now."""
        return self._kept.rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.close()
        self.kept.close()

    def forget_kept(self) -> None:
        """Forget what was marked for deleted versions, before another walk."""
        self.kept.close()
        self._kept = Marks()

    def walk(self, keep: Keep, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
        """Mark what all versions refer to; yield a word after each model.

        Args:
            keep: Says of a deleted version whether it counts for `kept`; asked from several
                threads where each answer takes requests.
            without: Versions, `model:number`, that are taken for deleted.
        """
        self.models = 0
        models: list[ModelName] = []
        live: list[Visit] = []
        buried: list[Visit] = []
        for model, index in self._root.refs.indexes():
            numbers = [number for number in index.live if f"{model}:{number}" not in without]
            self.models += bool(numbers)
            models.append(model)
            live += [Visit(model, number, index) for number in numbers]
            buried += [Visit(model, n, index) for n in index.buried if n not in index.swept]
            if self._at_once == 1 or len(live) + len(buried) >= _VISITS:
                self._visit(live, buried, keep)
                yield from (f"marked {model}" for model in models)
                models, live, buried = [], [], []
        self._visit(live, buried, keep)
        yield from (f"marked {model}" for model in models)

    def _visit(self, live: list[Visit], buried: list[Visit], keep: Keep) -> None:
        """Mark versions that are not deleted, and those deleted ones that are kept."""
        for visit in self._marked(live, self._live):
            self.versions += 1
            self.plain_bytes += visit.total_bytes
            self._progress.advance(files=1)

        def is_kept(visit: Visit) -> bool:
            return keep(visit.model, visit.number, visit.index.buried[visit.number])

        answers = list(side_by_side(is_kept, buried, self._at_once))
        kept = [visit for visit, answer in zip(buried, answers, strict=True) if answer]
        for _ in self._marked(kept, self._kept):
            continue

    def _marked(self, visits: list[Visit], marks: Marks) -> Iterator[Visit]:
        """Mark what has not been marked; yield the versions that were not met before."""
        new = [visit for visit in visits if not marks.has(visit)]
        size = 1 if self._at_once == 1 else _VISITS
        for start in range(0, len(new), size):
            some = new[start : start + size]
            read_all(self._root, some, marks)
            for visit in some:
                if visit.error is not None:
                    if visit.number not in self._root.refs.index(visit.model).swept:
                        self._broken(f"{visit.model}:{visit.number}", visit.error)
                elif not visit.is_void and marks.note(visit):
                    yield visit

    def _broken(self, name: str, error: ObjectMissingError | ObjectCorruptError) -> None:
        message = f"{name} cannot be read: {error.message}"
        if self._skip_broken:
            self._progress.warn(message)
            return
        raise ObjectCorruptError(
            f"{message}; until it can, nothing is known to be unused",
            hint=(
                "Run `podplanner store check --repair-from OTHER`, or delete that version with "
                f"`podplanner model delete {name}`."
            ),
        ) from error

    def mark_logs(self, leases: Iterable[FoundLease]) -> None:
        """Mark what pushes that did not end have stored, so that they can be run again."""
        keys = [key for lease in leases for key in lease.logs]
        at_once = min(self._at_once, _LOGS)
        for rows in side_by_side(self._log_rows, keys, at_once, ahead=at_once):
            self.live.add(rows)

    def _log_rows(self, key: str) -> bytes:
        try:
            log = read_log(self._root.backend, key)
            return b"".join(row for _, place in log for row in place_rows(place))
        except ObjectCorruptError:
            # Torn by a power cut. A log only saves work: what it names is sent again.
            return b""
