"""A callback of transformers' Trainer that pushes checkpoints to a store while a model is trained.

    from podplanner.models.trainer import StoreCheckpoints
    trainer = Trainer(..., callbacks=[StoreCheckpoints("team/cat", every_n_steps=500, keep_last=3)])

transformers is imported when `StoreCheckpoints` is.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from podplanner.errors import WrongUsageError
from podplanner.models.checkpoints_callbacks import CallbackRun
from podplanner.models.packages import require


class _Hooks:
    """Pushes checkpoints of a training by `Trainer` as a series, and saves the model in the end.

    A checkpoint holds the states of the model, the optimizer and the scheduler as `model`,
    `optimizer`, `scheduler`, and `epoch` and `global_step`. What the trainer logs is recorded as
    metrics, `TrainingArguments` as hyperparameters.

    The trainer does not tell its callbacks of an error: checkpoints that were accepted by then are
    stored when the next training begins, on `close`, or when the program ends.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """Take what `CallbackRun` takes: `every_n_steps`, `every_n_epochs`, `store` ..."""
        super().__init__()
        self._run = CallbackRun(name, **options)
        self._metrics: dict[str, Any] = {}

    @property
    def run(self) -> Any:
        """The `Training`, while it trains, in the first process; else None."""
        return self._run.run

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Begin the run."""
        del control
        if getattr(args, "fsdp", None) or getattr(args, "deepspeed", None):
            raise WrongUsageError(
                "with FSDP or DeepSpeed no process has the whole model to push",
                hint="Push the directories that the trainer itself saves.",
            )
        self._metrics = {}
        if state.is_world_process_zero:
            self._run.begin(args.to_sanitized_dict(), step=state.global_step)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Remember what was measured last."""
        del args, state, control
        self._metrics.update(logs or {})

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Push a checkpoint if one is due."""
        del args, control
        if self._run.is_due_after_step(state.global_step):
            self._push(state, kwargs)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Push a checkpoint if one is due."""
        del args, control
        if self._run.is_due_after_epoch(round(state.epoch or 0), state.global_step):
            self._push(state, kwargs)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Save the model."""
        del args, control
        self._run.finish(kwargs["model"], state.global_step, self._metrics)

    def close(self) -> None:
        """Store what was accepted of a training that failed, and save no model.

        Raises:
            PodplannerError: A checkpoint could not be stored.
        """
        self._run.close()

    def _push(self, state: Any, parts: Mapping[str, Any]) -> None:
        model = parts["model"]
        if self._run.with_optimizer:
            names = {"model": "model", "optimizer": "optimizer", "scheduler": "lr_scheduler"}
            model = {
                **{
                    name: parts[key].state_dict()
                    for name, key in names.items()
                    if parts.get(key) is not None
                },
                "epoch": state.epoch,
                "global_step": state.global_step,
            }
        self._run.checkpoint(model, state.global_step, self._metrics)


@cache
def _callback() -> type:
    base = require("transformers", why="for its callback").TrainerCallback
    return type(
        "StoreCheckpoints", (_Hooks, base), {"__module__": __name__, "__doc__": _Hooks.__doc__}
    )


if TYPE_CHECKING:
    StoreCheckpoints = _Hooks


def __getattr__(name: str) -> Any:
    """Make the callback when it is asked for."""
    if name == "StoreCheckpoints":
        return _callback()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
