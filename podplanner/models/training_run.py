"""Training: what is known of it is recorded, and its checkpoints go to the store on the side."""

import operator
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from podplanner.errors import FormatError, UnknownNameError, WrongUsageError
from podplanner.models.adapter import Written
from podplanner.models.checkpoints import CheckpointWriter
from podplanner.models.checkpoints_series import (
    TRAINING,
    Checkpoint,
    Retention,
    Series,
    with_training,
)
from podplanner.models.datasets import AnyDataset
from podplanner.models.loading import load
from podplanner.models.opening import AnyStore, the_store
from podplanner.models.origins import origin_if_known
from podplanner.models.registry import adapter_for
from podplanner.models.saving import save
from podplanner.store.metadata import metadata_of
from podplanner.store.names import ModelName, Reference, alias_of
from podplanner.store.policy import EncodingPolicy
from podplanner.store.results import Pushed

_SERIES = "-checkpoints"
_SEED_RANGE = 2**32
# What numpy's generator takes.


@dataclass(frozen=True, slots=True)
class Resumed:
    """The last checkpoint of a series, to go on from."""

    state: Any
    """What `checkpoint` was given, as `load` gives it back."""
    step: int
    reference: str
    """`team/cat-checkpoints:7`."""


def training(
    name: str,
    *,
    store: AnyStore = None,
    hyperparameters: Mapping[str, Any] | None = None,
    dataset: AnyDataset | Sequence[AnyDataset] | None = None,
    seed: int | None = None,
    parent: str | None = None,
    series: str | None = None,
    keep_last: int | None = None,
    keep_every: int | None = None,
    delta: bool = True,
    encoding: EncodingPolicy | None = None,
    meta: Mapping[str, Any] | None = None,
) -> "Training":
    """Return a training, for `with`: it records what it knows and stores checkpoints on the side.

        with training("team/cat", hyperparameters={"lr": 0.1}, seed=7) as run:
            for step in range(1, 1001):
                ...
                if step % 100 == 0:
                    run.checkpoint(model, step=step, metrics={"loss": loss})
            run.save(model, metrics={"accuracy": accuracy})

    Checkpoints are versions of a series of their own, each made from the one before: a model that
    is half trained is never `team/cat`. When the block ends, also by an error, all checkpoints
    that were accepted are stored; nothing is saved as the model itself but by `save`.

    Args:
        name: The model that is trained.
        store: An open store, its address, or None for what the environment says.
        hyperparameters: What frames the training.
        dataset: What it is trained on; see `Dataset.from_path`.
        seed: Seeds `random`, and numpy and torch where they are imported by now.
        parent: The version that the model is made from; also what the first checkpoint is a
            difference from.
        series: Where checkpoints go; default: the name with `-checkpoints`.
        keep_last: Delete this run's checkpoints but the last so many, never one with an alias.
        keep_every: Of those keep each whose step is a multiple of this.
        delta: Store checkpoints as differences where that is much smaller.
        encoding: `raw` or `fast`; default: the store's policy.
        meta: More metadata for every version, as `Store.push` takes it.

    Raises:
        WrongUsageError: A name, a number or metadata cannot be.
        UnknownNameError: There is no such parent.
        NoStoreError: There is no such store.
    """
    opened = the_store(store)
    ModelName.parse(name)
    chosen = name + _SERIES if series is None else series
    ModelName.parse(chosen)
    if seed is not None and not 0 <= operator.index(seed) < _SEED_RANGE:
        raise WrongUsageError(
            f"{seed} cannot seed numpy", hint="Give a whole number from 0 up to 4294967295."
        )
    if parent is not None:
        opened.root.refs.resolve(Reference.parse(parent))
    # What cannot be kept is refused now, not after hours.
    metadata_of({**dict(meta or {}), "hyperparameters": dict(hyperparameters or {})})
    checkpoints = Series(
        opened,
        chosen,
        parent=parent,
        retention=Retention(keep_last, keep_every),
        delta=delta,
        encoding=encoding,
        hyperparameters=dict(hyperparameters or {}),
        dataset=dataset,
        meta=dict(meta or {}),
    )
    return Training(name, checkpoints, parent=parent, seed=seed)


class Training:
    """One training; `training` makes it. Its methods are for the thread that trains."""

    def __init__(
        self, name: str, checkpoints: Series, *, parent: str | None, seed: int | None
    ) -> None:
        self.name = name
        self.id = uuid4().hex[:12]
        """Tells the versions of this run from those of others."""
        self.step = 0
        """Of the last checkpoint; `save` records it."""
        self._checkpoints = checkpoints
        self._parent = parent
        self._seed = seed
        self._began = time.monotonic()
        self._writer = CheckpointWriter(checkpoints.push)

    @property
    def series(self) -> str:
        """The name of the series that checkpoints go to."""
        return self._checkpoints.name

    @property
    def last(self) -> str | None:
        """The checkpoint that was stored last, `team/cat-checkpoints:7`; it may lag behind."""
        return self._checkpoints.last

    @property
    def storing(self) -> int:
        """How many checkpoints are in memory and not stored yet: 0, 1 or 2."""
        return self._writer.waiting

    def __enter__(self) -> Self:
        if self._seed is not None:
            _seed_all(operator.index(self._seed))
        self._began = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer.is_elsewhere:
            return
        try:
            self._writer.close()
        except BaseException as interrupt:
            interrupt.add_note(f"{self._writer.waiting} checkpoints are not stored")
            raise
        failure = self._writer.failure()
        if failure is None:
            return
        if error is None:
            raise failure
        error.add_note("; ".join((str(failure), *getattr(failure, "__notes__", ()))))

    def checkpoint(
        self,
        model: Any,
        *,
        step: int,
        metrics: Mapping[str, Any] | None = None,
        alias: str | None = None,
    ) -> None:
        """Store a model, or state such as `{"model": ..., "optimizer": ..., "step": ...}`.

        Returns as soon as all of it is copied: what changes it afterwards does not change what is
        stored. While two checkpoints are in memory it waits.

        Args:
            model: Anything that `save` takes.
            step: How many steps were made.
            metrics: What was measured at this step.
            alias: Let this alias name the checkpoint, such as `best`.

        Raises:
            FormatError: There is no adapter for it, or something in it has no safe form.
            WrongUsageError: The step, the metrics or the alias cannot be.
            PodplannerError: An earlier checkpoint could not be stored; then this one is not taken.
        """
        self._raise_failure()
        step = _step_of(step)
        if metrics:
            metadata_of({"metrics": dict(metrics)})
        if alias is not None:
            alias_of(alias)
        adapter = adapter_for(model)

        def complete(written: Written) -> Checkpoint:
            return Checkpoint(
                kind=adapter.kind,
                written=written,
                step=step,
                training=self._facts(step),
                metrics=None if metrics is None else dict(metrics),
                alias=alias,
            )

        self._writer.accept(lambda: adapter.write(model), complete)
        self.step = step

    def save(
        self,
        model: Any,
        *,
        metrics: Mapping[str, Any] | None = None,
        alias: str | None = None,
        files: Mapping[str, str | PathLike[str] | bytes] | None = None,
        delta: bool = False,
        sign_with: str | PathLike[str] | None = None,
    ) -> Pushed:
        """Store the trained model as the next version of its name, and return that.

        Checkpoints are waited for first. Its parent is what the training was given, else what
        the model was loaded from, else the latest.

        Args:
            model: Anything that `podplanner.models.save` takes.
            metrics: What was measured in the end.
            alias: Let this alias name it.
            files: More files, as `podplanner.models.save` takes them.
            delta: Store tensors as differences from the parent's where that is much smaller.
            sign_with: A private key (PEM) that signs it.

        Raises:
            PodplannerError: As `podplanner.models.save`. Or a checkpoint could not be stored: the
                model is, all the same, and a note on the error names it.
        """
        self._writer.wait()
        checkpoints = self._checkpoints
        facts = self._facts(self.step)
        if checkpoints.last is not None:
            facts["checkpoints"] = checkpoints.last
        pushed = save(
            model,
            self.name,
            store=checkpoints.store,
            hyperparameters=checkpoints.hyperparameters,
            metrics=metrics,
            dataset=checkpoints.dataset,
            parent=self._parent,
            alias=alias,
            meta=with_training(checkpoints.meta, facts),
            files=files,
            delta=delta,
            encoding=checkpoints.encoding,
            sign_with=sign_with,
        )
        if (failure := self._writer.failure()) is not None:
            failure.add_note(f"the model itself is stored, {pushed.reference}")
            raise failure
        return pushed

    def flush(self) -> None:
        """Wait until all checkpoints are stored.

        Raises:
            PodplannerError: One could not be.
        """
        self._writer.wait()
        self._raise_failure()

    def latest(self, *, into: Any = None, device: str | None = None) -> Resumed | None:
        """Return the last checkpoint of the series, of this run or an earlier one, to go on from.

        The next checkpoint is made from it. None when the series has none.

        Args:
            into: A module that takes the tensors, where checkpoints are of a module alone.
            device: Where tensors of PyTorch are to be.

        Raises:
            FormatError: The last version of the series is no checkpoint of a training.
            PodplannerError: As `load`, or a checkpoint of this run could not be stored.
        """
        self.flush()
        store = self._checkpoints.store
        try:
            version = store.root.refs.resolve(Reference.parse(self.series))
        except UnknownNameError:
            return None
        reference = f"{self.series}:{version.number}"
        state = load(reference, store=store, into=into, device=device, trainable=True)
        step = _step_in(origin_if_known(state), reference)
        self.step = step
        self._checkpoints.parent = reference
        return Resumed(state, step, reference)

    def _raise_failure(self) -> None:
        if (failure := self._writer.failure()) is not None:
            raise failure

    def _facts(self, step: int) -> dict[str, Any]:
        seconds = round(time.monotonic() - self._began, 3)
        facts: dict[str, Any] = {"run": self.id, "step": step, "seconds": seconds}
        if self._seed is not None:
            facts["seed"] = operator.index(self._seed)
        return facts


def _seed_all(seed: int) -> None:
    random.seed(seed)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(seed)
    if (torch := sys.modules.get("torch")) is not None:
        # Those of all devices.
        torch.manual_seed(seed)


def _step_of(step: Any) -> int:
    try:
        found = operator.index(step)
    except TypeError as error:
        raise WrongUsageError(
            f"a {type(step).__name__} is no step", hint="Give a whole number."
        ) from error
    if found < 0 or isinstance(step, bool):
        raise WrongUsageError(f"{step} is no step", hint="Count steps from 0 or 1.")
    return found


def _step_in(origin: Any, reference: str) -> int:
    extra = origin.metadata.get("extra") if origin is not None else None
    facts = extra.get(TRAINING) if isinstance(extra, Mapping) else None
    step = facts.get("step") if isinstance(facts, Mapping) else None
    if not isinstance(step, int) or isinstance(step, bool) or step < 0:
        raise FormatError(
            f"{reference} is no checkpoint of a training", hint="Load it with `load`."
        )
    return step
