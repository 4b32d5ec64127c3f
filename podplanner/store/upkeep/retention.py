"""Retention: which versions a rule lets go."""

from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.store.clock import read_time
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.version_index import VersionIndex

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Rules of what to keep; a version goes only when rules are given and none keeps it.

    Whatever the rules say, two kinds of versions stay: the latest one of every model, so that no
    model vanishes for not having been pushed to; and those that an alias names, since deleting
    one of them is never silent.
    """

    keep_last: int | None = None
    """So many of the highest numbers of each model."""
    keep_alias: bool = False
    """Those that an alias names; without it they stay too, and are named in a warning."""
    keep_days: float | None = None
    """Those pushed in the last so many days; one that was copied here, where it was pushed."""

    def __post_init__(self) -> None:
        if self.keep_last is not None and self.keep_last < 1:
            raise WrongUsageError(
                f"--keep-last {self.keep_last} would keep nothing",
                hint="Give the number of versions to keep, 1 or more.",
            )
        if self.keep_days is not None and not 0 <= self.keep_days < float("inf"):
            raise WrongUsageError(
                f"--keep-days {self.keep_days} is no number of days",
                hint="Give the number of days, 0 or more.",
            )

    @property
    def given(self) -> bool:
        """Return whether there is any rule."""
        return self.keep_last is not None or self.keep_alias or self.keep_days is not None


def expired_versions(
    root: StoreRoot, retention: Retention, now: float, progress: Progress
) -> Iterator[tuple[ModelName, int]]:
    """Yield the versions that go: model by model, numbers rising."""
    if not retention.given:
        return
    for model, index in root.refs.indexes():
        yield from _expired_of(root, model, index, retention, now, progress)


def _expired_of(
    root: StoreRoot,
    model: ModelName,
    index: VersionIndex,
    retention: Retention,
    now: float,
    progress: Progress,
) -> Iterator[tuple[ModelName, int]]:
    kept_last = max(retention.keep_last or 0, 1)
    aliased: dict[int, str] | None = None
    for number, pushed in _without_void(root, model, index)[:-kept_last]:
        if retention.keep_days is not None and pushed > now - retention.keep_days * _DAY_SECONDS:
            continue
        if aliased is None:
            aliased = {named: alias for alias, named in root.refs.aliases(model).items()}
        if number not in aliased:
            yield model, number
        elif not retention.keep_alias:
            progress.warn(
                f"{model}:{number} stays: the alias {aliased[number]} names it "
                f"(`podplanner model delete --force {model}:{number}` deletes it)"
            )


def _without_void(
    root: StoreRoot, model: ModelName, index: VersionIndex
) -> list[tuple[int, float]]:
    """Return the live numbers and when they were pushed, in seconds since 1970.

    The last ones may be claims of dead pushes, which do not count.
    """

    def read(number: int) -> tuple[int, float] | None:
        try:
            record = root.refs.record(model, number)
        except UnknownNameError:
            # Gone since the listing.
            return None
        return None if record.void else (number, read_time(record.time))

    found = side_by_side(read, index.live, calls_at_once(root.backend))
    return [one for one in found if one is not None]
