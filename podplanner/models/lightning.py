"""A callback of PyTorch Lightning that pushes checkpoints to a store while a model is trained.

    from podplanner.models.lightning import StoreCheckpoints
    trainer = Trainer(callbacks=[StoreCheckpoints("team/cat", every_n_steps=500, keep_last=3)])

Lightning is imported when `StoreCheckpoints` is.
"""

import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from podplanner.errors import MissingPackageError, WrongUsageError
from podplanner.models.checkpoints_callbacks import CallbackRun
from podplanner.models.packages import require

_SHARDING = frozenset({"FSDPStrategy", "DeepSpeedStrategy", "ModelParallelStrategy"})
# With these no process has the whole model.


class _Hooks:
    """Pushes checkpoints of a LightningModule as a series, and saves the module in the end.

    A checkpoint holds the module's state, and that of its optimizers and schedulers, under the
    keys that Lightning uses: `state_dict`, `optimizer_states`, `lr_schedulers`, `epoch`,
    `global_step`. What the trainer measured and the module's `hparams` are recorded.
    """

    def __init__(self, name: str, **options: Any) -> None:
        """Take what `CallbackRun` takes: `every_n_steps`, `every_n_epochs`, `store` ..."""
        super().__init__()
        self._run = CallbackRun(name, **options)

    @property
    def run(self) -> Any:
        """The `Training`, while it trains, in the first process; else None."""
        return self._run.run

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin the run."""
        if _SHARDING & {kind.__name__ for kind in type(trainer.strategy).__mro__}:
            raise WrongUsageError(
                f"with {type(trainer.strategy).__name__} no process has the whole model to push",
                hint="Push the files that Lightning's own ModelCheckpoint writes.",
            )
        if trainer.is_global_zero:
            self._run.begin(dict(pl_module.hparams), step=trainer.global_step)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any, **__: Any) -> None:
        """Push a checkpoint if one is due."""
        if self._run.is_due_after_step(trainer.global_step):
            self._push(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Push a checkpoint if one is due."""
        if self._run.is_due_after_epoch(trainer.current_epoch + 1, trainer.global_step):
            self._push(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Save the module."""
        self._run.finish(pl_module, trainer.global_step, trainer.callback_metrics)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Store what was accepted, and save no module."""
        del trainer, pl_module
        self._run.fail(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """End the run, if it is not ended yet."""
        del trainer, pl_module, stage
        self._run.close()

    def _push(self, trainer: Any, module: Any) -> None:
        model = module
        if self._run.with_optimizer:
            strategy = trainer.strategy
            model = {
                "state_dict": strategy.lightning_module_state_dict(),
                "optimizer_states": [strategy.optimizer_state(one) for one in trainer.optimizers],
                "lr_schedulers": [
                    one.scheduler.state_dict() for one in trainer.lr_scheduler_configs
                ],
                "epoch": trainer.current_epoch,
                "global_step": trainer.global_step,
            }
        self._run.checkpoint(model, trainer.global_step, trainer.callback_metrics)


@cache
def _callback() -> type:
    """Return the hooks as a callback of whichever Lightning is used: it has two names."""
    names = ["lightning.pytorch", "pytorch_lightning"]
    names.sort(key=lambda name: sys.modules.get(name) is None)
    try:
        base = require(names[0], package="lightning", why="for its callback").Callback
    except MissingPackageError as missing:
        try:
            base = import_module(names[1]).Callback
        except ImportError:
            raise missing from None
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
