"""Choosing: which versions a copy brings, and under which numbers, before anything is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from podplanner.errors import (
    ConflictError,
    ObjectCorruptError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Progress
from podplanner.store.records import VersionRecord
from podplanner.store.refs import Refs
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.version_index import VersionIndex


@dataclass(frozen=True, slots=True)
class Step:
    """One version to be copied, or found in the target."""

    model: ModelName
    number: int
    """In the source."""
    at: int | None
    """In the target; None: the next free number."""
    is_there: bool
    """Whether it is in the target already, at this number."""
    name: str
    """Of the model, as the pusher wrote it."""
    manifest: str
    total_bytes: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Versions of one model that were asked for."""

    model: ModelName
    index: VersionIndex
    numbers: tuple[int, ...]
    """Rising."""
    named: frozenset[int]
    """Those that were asked for one by one."""


def choose(
    source: StoreRoot,
    target: StoreRoot,
    references: Sequence[Reference],
    *,
    renumber: bool,
    progress: Progress,
) -> list[Step]:
    """Return what is to be done: model by model, numbers rising.

    Raises:
        UnknownNameError: The source has no such model or version.
        ConflictError: A number is taken in the target, and nothing has been sent.
    """
    steps: list[Step] = []
    # By name: a listing of a bucket puts `cat-2` before `cat`.
    for chosen in sorted(_chosen(source.refs, references), key=lambda one: one.model.key):
        judge = _Judge(source, target, chosen, renumber=renumber, progress=progress)
        steps += judge.steps()
    return steps


def _chosen(refs: Refs, references: Sequence[Reference]) -> Iterator[_Chosen]:
    """Yield the models that are asked for, each once, by their keys."""
    if not references:
        for model, index in refs.indexes():
            yield _Chosen(model, index, index.live, frozenset())
        return
    models: dict[str, list[Reference]] = {}
    for reference in references:
        models.setdefault(reference.model.key, []).append(reference)
    for key in sorted(models):
        wanted = models[key]
        model = wanted[0].model
        is_all = any(one.version is None and one.alias is None for one in wanted)
        named = frozenset(
            refs.resolve(one).number
            for one in wanted
            if one.version is not None or one.alias is not None
        )
        if is_all:
            # Raises when there is none.
            refs.resolve(Reference(model))
        index = refs.index(model)
        yield _Chosen(model, index, index.live if is_all else tuple(sorted(named)), named)


class Origins:
    """Which version of the target came of which push.

    The record of a copy carries the push id of its original, which no other push has. So a copy
    is known for what it is, under whatever number.
    """

    def __init__(self, root: StoreRoot, model: ModelName, index: VersionIndex) -> None:
        self._read = partial(root.refs.record, model)
        self._at_once = calls_at_once(root.backend)
        self._index = index
        self._numbers: dict[str, int] | None = None

    def number(self, record: VersionRecord) -> int | None:
        """Return the number of the highest live version that came of the same push."""
        if self._numbers is None:
            self._numbers = {}
            for found in side_by_side(self._read, self._index.live, self._at_once):
                if not found.void:
                    self._numbers[found.push_id + found.manifest] = found.number
        return self._numbers.get(record.push_id + record.manifest)


class _Judge:
    """Compares the versions of one model with what the target has."""

    def __init__(
        self,
        source: StoreRoot,
        target: StoreRoot,
        chosen: _Chosen,
        *,
        renumber: bool,
        progress: Progress,
    ) -> None:
        self._source = source
        self._target = target
        self._chosen = chosen
        self._renumber = renumber
        self._progress = progress
        self._index = target.refs.index(chosen.model)
        self._there = frozenset(self._index.numbers)
        self._taken = set(self._there)
        """Numbers that the target has, and that the versions judged so far will have."""
        self._origins = Origins(target, chosen.model, self._index)

    def steps(self) -> Iterator[Step]:
        """Yield what is to be done with every version that was chosen."""
        highest = self._index.highest
        at_once = max(calls_at_once(self._source.backend), calls_at_once(self._target.backend))
        for record, there in side_by_side(self._read, self._chosen.numbers, at_once):
            self._progress.advance(files=1)
            step = None if record.void else self._step(record, there)
            if step is None:
                continue
            yield step
            if not step.is_there:
                taken = highest + 1 if step.at is None else step.at
                highest = max(highest, taken)
                self._taken.add(taken)

    def _read(self, number: int) -> tuple[VersionRecord, VersionRecord | None]:
        """Return the record of a version, and what the target has under its number."""
        model = self._chosen.model
        record = _record(self._source.refs, model, number)
        if record.void or number not in self._there:
            return record, None
        return record, self._target.refs.record(model, number)

    def _step(self, record: VersionRecord, there: VersionRecord | None) -> Step | None:
        """Return what is to be done with a version; None when it is to be left out."""
        number = record.number
        if number not in self._taken:
            return self._made(record, number)
        if there is not None:
            if not there.void and there.manifest == record.manifest:
                if number not in self._index.deleted:
                    return self._made(record, number, is_there=True)
                if number not in self._chosen.named:
                    self._progress.warn(
                        f"{self._chosen.model}:{number} is deleted in {self._address}; it stays so"
                    )
                    return None
            if not self._renumber:
                raise self._conflict(there)
        found = self._origins.number(record)
        return self._made(record, found, is_there=found is not None)

    @property
    def _address(self) -> str:
        return self._target.backend.address

    def _made(self, record: VersionRecord, at: int | None, *, is_there: bool = False) -> Step:
        return Step(
            model=self._chosen.model,
            number=record.number,
            at=at,
            is_there=is_there,
            name=record.model,
            manifest=record.manifest,
            total_bytes=record.total_bytes,
        )

    def _conflict(self, there: VersionRecord) -> ConflictError:
        """Return the error of a number that is taken."""
        model, number = self._chosen.model, there.number
        renumber = "give it the next free number with `--renumber`"
        if there.void:
            return ConflictError(
                f"the number {number} of {model} is out of use in {self._address}: a push or a "
                "copy that died had claimed it",
                hint=f"Copy the others by name, or {renumber}.",
            )
        if number in self._index.deleted:
            return ConflictError(
                f"{model}:{number} was there in {self._address} and is deleted",
                hint=(
                    f"Run `podplanner model undelete {model}:{number}` there while it can be, or "
                    f"{renumber}."
                ),
            )
        return ConflictError(
            f"{model}:{number} is another version in {self._address}: pushed {there.time} by "
            f"{there.who}",
            hint=f"Copy the others by name, or {renumber}.",
        )


def _record(refs: Refs, model: ModelName, number: int) -> VersionRecord:
    """Return the record of a version, which must say the name and the number that it lies under.

    Raises:
        ObjectCorruptError: It does not: in the target it would pass for another version.
    """
    record = refs.record(model, number)
    try:
        is_its_own = ModelName.parse(record.model).key == model.key and record.number == number
    except WrongUsageError:
        is_its_own = False
    if not is_its_own:
        raise ObjectCorruptError(
            f"the record of {model}:{number} says that it is {record.model[:80]!r}:{record.number}",
            hint="Run `podplanner store check` on the store to copy from, or leave it out.",
        )
    return record


def is_same(source: Refs, target: Refs, model: ModelName, number: int) -> bool | None:
    """Return whether a number means the same version in two stores; None: one has no such."""
    try:
        here = source.record(model, number)
        there = target.record(model, number)
    except UnknownNameError:
        return None
    return not there.void and here.manifest == there.manifest
