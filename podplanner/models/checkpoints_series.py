"""The series that a training's checkpoints are: each a version made from the one before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from podplanner.errors import ConflictError, UnknownNameError, WrongUsageError
from podplanner.models.adapter import Written
from podplanner.models.provenance import main_folder
from podplanner.models.saving import metadata_for
from podplanner.store import MemoryFiles, Store
from podplanner.store.policy import EncodingPolicy
from podplanner.store.results import Pushed

TRAINING = "training"
"""Key under `extra` of what a training says of itself: `step`, `seconds`, `seed` ..."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model at one step, as files that nothing else writes to."""

    kind: str
    """Of the adapter that wrote it."""
    written: Written
    step: int
    training: Mapping[str, Any]
    """What the training says of itself at this step."""
    metrics: Mapping[str, Any] | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Which checkpoints of a run stay."""

    keep_last: int | None = None
    """So many, the newest; None: all."""
    keep_every: int | None = None
    """And those whose step is a multiple of this."""

    def __post_init__(self) -> None:
        if self.keep_last is None and self.keep_every is not None:
            raise WrongUsageError(
                "keep_every says which checkpoints stay beside the last, and all of them do",
                hint="Add `keep_last=`.",
            )
        for name, value in (("keep_last", self.keep_last), ("keep_every", self.keep_every)):
            if value is not None and value < 1:
                raise WrongUsageError(f"{name} is {value}", hint="Give 1 or more, or nothing.")

    def expendable(self, made: "list[tuple[int, int]]") -> "list[tuple[int, int]]":
        """Return those of some (version, step), in their order, that need not stay."""
        if self.keep_last is None:
            return []
        every = self.keep_every
        return [one for one in made[: -self.keep_last] if every is None or one[1] % every]


@dataclass(slots=True)
class Series:
    """One run's part of a series of checkpoints; used by one thread at a time."""

    store: Store
    name: str
    parent: str | None
    """What the first checkpoint is made from; None: the latest of the series, if any."""
    retention: Retention
    delta: bool = True
    encoding: EncodingPolicy | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    dataset: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    last: str | None = None
    """The version that this run stored last, `team/cat-checkpoints:7`."""
    _made: list[tuple[int, int]] = field(default_factory=list)
    """Version and step of what this run stored and has not deleted."""

    def push(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint, then delete those that need not stay.

        Raises:
            StoreError: As `Store.push`. A note on it says whether the checkpoint is stored.
        """
        try:
            pushed = self._pushed(checkpoint)
        except Exception as error:
            error.add_note(f"the checkpoint of step {checkpoint.step} is not stored")
            raise
        self.last = self.parent = pushed.reference
        if pushed.created:
            self._made.append((pushed.version, checkpoint.step))
        try:
            self._thin()
        except Exception as error:
            error.add_note(
                f"the checkpoint of step {checkpoint.step} is stored, {pushed.reference}; "
                "older ones could not be deleted"
            )
            raise

    def _pushed(self, checkpoint: Checkpoint) -> Pushed:
        metadata = metadata_for(
            checkpoint.kind,
            checkpoint.written,
            hyperparameters=self.hyperparameters,
            metrics=checkpoint.metrics,
            dataset=self.dataset,
            meta=with_training(self.meta, checkpoint.training),
        )

        def push(parent: str | None) -> Pushed:
            return self.store.push(
                MemoryFiles(checkpoint.written.files, place=main_folder()),
                self.name,
                parent=parent,
                alias=checkpoint.alias,
                meta=metadata,
                delta=self.delta,
                encoding=self.encoding,
            )

        try:
            return push(self.parent)
        except UnknownNameError:
            if self.last is None:
                raise
            # Somebody deleted the checkpoint before this one; a training does not end for that.
            return push(None)

    def _thin(self) -> None:
        for one in self.retention.expendable(self._made):
            try:
                self.store.delete(f"{self.name}:{one[0]}")
            except ConflictError:
                # An alias names it; it may be gone the next time.
                continue
            except UnknownNameError:
                # Somebody else has deleted it.
                pass
            self._made.remove(one)


def with_training(meta: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with what a training says of itself; what a person said of it wins."""
    extra = dict(meta.get("extra") or {})
    own = extra.get(TRAINING)
    extra[TRAINING] = {**training, **own} if isinstance(own, Mapping) else dict(training)
    return {**meta, "extra": extra}
