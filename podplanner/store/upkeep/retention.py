"""Retention: which versions a rule lets go."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.store.clock import read_time
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Rules of what to keep; a version goes only when rules are given and none keeps it.

    Whatever the rules say, three kinds of versions stay: the latest one of every model, so that no
    model vanishes for not having been pushed to; those that an alias names, since deleting one of
    them is never silent; and those of models that are append-only (`team/cat.feedback`), where a
    later version does not stand for an earlier one. Any of them can be deleted by its number.
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

    def with_aliases(old: _Old) -> tuple[_Old, dict[int, str]]:
        return old, {named: alias for alias, named in root.refs.aliases(old.model).items()}

    at_once = calls_at_once(root.backend)
    for old, aliased in side_by_side(with_aliases, _all_old(root, retention, now), at_once):
        for number in old.numbers:
            if number not in aliased:
                yield old.model, number
            elif not retention.keep_alias:
                progress.warn(
                    f"{old.model}:{number} stays: the alias {aliased[number]} names it "
                    f"(`podplanner model delete --force {old.model}:{number}` deletes it)"
                )


class _Old(NamedTuple):
    """Versions of a model that go unless an alias names them."""

    model: ModelName
    numbers: list[int]


class _Live(NamedTuple):
    """A version that is not deleted."""

    model: ModelName
    number: int
    pushed: float
    """In seconds since 1970."""


def _all_old(root: StoreRoot, retention: Retention, now: float) -> Iterator[_Old]:
    """Yield the models of which something may go."""
    kept_last = max(retention.keep_last or 0, 1)
    oldest = float("inf")
    if retention.keep_days is not None:
        oldest = now - retention.keep_days * _DAY_SECONDS
    for model, versions in groupby(_all_that_age(root), key=lambda live: live.model):
        numbers = [live.number for live in list(versions)[:-kept_last] if live.pushed <= oldest]
        if numbers:
            yield _Old(model, numbers)


def _all_that_age(root: StoreRoot) -> Iterator[_Live]:
    """Yield all versions that a later one stands for, model by model.

    Not those of append-only models, nor claims of dead pushes.
    """

    def read(version: tuple[ModelName, int]) -> _Live | None:
        try:
            record = root.refs.record(*version)
        except UnknownNameError:
            # Gone since the listing.
            return None
        return None if record.void else _Live(*version, read_time(record.time))

    versions = (
        (model, number)
        for model, index in root.refs.indexes()
        if not model.append_only
        for number in index.live
    )
    for live in side_by_side(read, versions, calls_at_once(root.backend)):
        if live is not None:
            yield live
