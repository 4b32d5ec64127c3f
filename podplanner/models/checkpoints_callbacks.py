"""What the callbacks of training frameworks share: when a checkpoint is due, and the run itself."""

import math
from collections.abc import Mapping
from typing import Any

from podplanner.errors import WrongUsageError
from podplanner.models.training_run import Training, training

_LONGEST = 200
# Characters of a value that is kept as text: what it was, not all of it.
_DEEPEST = 4
# Levels of hyperparameters; deeper ones are kept as text.


class CallbackRun:
    """A training run that a callback drives; only in the first of several processes."""

    def __init__(
        self,
        name: str,
        *,
        every_n_steps: int | None = None,
        every_n_epochs: int | None = None,
        optimizer: bool = True,
        final: bool = True,
        alias: str | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Say when and where checkpoints are pushed.

        Args:
            name: The model that is trained.
            every_n_steps: Push a checkpoint after so many steps of the optimizer.
            every_n_epochs: Push one after so many epochs; default, without steps: after each.
            optimizer: Whether a checkpoint is to hold what the training needs to go on, the
                state of optimizers and schedulers; else it is the model alone.
            final: Whether the model is saved under its name when the training is through.
            alias: Let this alias name the model that is saved.
            hyperparameters: More of them, beside those that the framework knows.
            **options: As `training` takes them: `store`, `series`, `keep_last`, `dataset` ...
        """
        for word, value in (("every_n_steps", every_n_steps), ("every_n_epochs", every_n_epochs)):
            if value is not None and value < 1:
                raise WrongUsageError(f"{word} is {value}", hint="Give 1 or more, or nothing.")
        self._name = name
        self._steps = every_n_steps
        self._epochs = 1 if every_n_steps is None and every_n_epochs is None else every_n_epochs
        self.with_optimizer = optimizer
        self._final = final
        self._alias = alias
        self._hyperparameters = dict(hyperparameters or {})
        self._options = options
        self._last_step = 0
        self.run: Training | None = None
        """While it trains."""

    def begin(self, hyperparameters: Mapping[str, Any], *, step: int) -> None:
        """Begin a run.

        Args:
            hyperparameters: What the framework knows of them.
            step: Steps that were made before, by a training that this one goes on from.

        Raises:
            PodplannerError: As `training`.
        """
        self.close()
        known = _plain(dict(hyperparameters))
        self.run = training(
            self._name, hyperparameters={**known, **self._hyperparameters}, **self._options
        )
        self.run.__enter__()
        self._last_step = step

    def is_due_after_step(self, step: int) -> bool:
        """Return whether a checkpoint is due: once for each step of the optimizer."""
        is_new = step != self._last_step
        return (
            self.run is not None and self._steps is not None and is_new and not step % self._steps
        )

    def is_due_after_epoch(self, epochs: int, step: int) -> bool:
        """Return whether a checkpoint is due after so many epochs: once for each step."""
        is_new = step != self._last_step
        due = self._epochs is not None and epochs > 0 and not epochs % self._epochs
        return self.run is not None and due and is_new

    def checkpoint(self, model: Any, step: int, metrics: Mapping[str, Any]) -> None:
        """Push a checkpoint; an earlier one that failed is told now, as `Training.checkpoint`."""
        if self.run is not None:
            self.run.checkpoint(model, step=step, metrics=metrics_of(metrics))
            self._last_step = step

    def finish(self, model: Any, step: int, metrics: Mapping[str, Any]) -> None:
        """Save the model and end the run; all checkpoints are stored by then."""
        if self.run is None:
            return
        try:
            if self._final:
                self.run.step = step
                self.run.save(model, metrics=metrics_of(metrics), alias=self._alias)
        except BaseException as error:
            self.fail(error)
            raise
        self.close()

    def fail(self, error: BaseException) -> None:
        """End a run that failed; what could not be stored is noted on the error."""
        run, self.run = self.run, None
        if run is not None:
            run.__exit__(type(error), error, error.__traceback__)

    def close(self) -> None:
        """End the run, if any, and save no model.

        Raises:
            PodplannerError: A checkpoint could not be stored.
        """
        run, self.run = self.run, None
        if run is not None:
            run.__exit__(None, None, None)


def metrics_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was measured as numbers; those that are none, such as nan, as text."""
    found = {}
    for name, value in values.items():
        number = _number(value)
        if isinstance(number, bool | int | float | str):
            found[str(name)] = _scalar(number)
    return found


def _number(value: Any) -> Any:
    """Return the number that a tensor or a scalar of numpy holds; None: it holds more than one."""
    if not hasattr(value, "item"):
        return value
    try:
        return value.item()
    except (RuntimeError, ValueError):
        return None


def _plain(value: Any, left: int = _DEEPEST) -> Any:
    """Return hyperparameters with everything that metadata cannot hold as text."""
    if isinstance(value, Mapping) and left:
        return {
            str(key): _plain(one, left - 1)
            for key, one in value.items()
            # Tokens of hubs and loggers are nobody's hyperparameters.
            if one is not None and str(key) and not str(key).endswith("_token")
        }
    if isinstance(value, list | tuple) and left:
        return [_plain("none" if one is None else one, left - 1) for one in value]
    if isinstance(value, bool | int | float | str):
        return _scalar(value)
    return str(value)[:_LONGEST]


def _scalar(value: bool | float | str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value[: _LONGEST * 10] if isinstance(value, str) else value
