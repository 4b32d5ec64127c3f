"""`podplanner store`: making a store, keeping it sound, and copying between two."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from podplanner.cli.lazy import LazyGroup
from podplanner.cli.quick import QuickCommand

COMMANDS = {
    "init": "podplanner.cli.store.making:init",
    "doctor": "podplanner.cli.store.making:doctor",
    "check": "podplanner.cli.store.checking:check",
    "gc": "podplanner.cli.store.collecting:gc",
    "stats": "podplanner.cli.store.counting:stats",
    "copy": "podplanner.cli.store.copying:copy",
    "deploy": "podplanner.cli.store.deploying:deploy",
}
"""Every command with its home, in the order of the help."""

SUMMARIES = {
    "init": "Make a store in a folder.",
    "doctor": "Try what a store needs of its disk, and say what holds.",
    "check": "Read every object and document, and name the versions that damage hurts.",
    "gc": "Free what no version needs, once its time of grace is over.",
    "stats": "Say what a store holds, and what of it nothing needs.",
    "copy": "Copy models from one store to another, sending only what is missing.",
    "deploy": "Write what starts an engine on planned pods, as files to review.",
}


class _StoreGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = COMMANDS
    summaries = SUMMARIES
    makes = QuickCommand


app = typer.Typer(
    name="store",
    cls=_StoreGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def store() -> None:
    """Make a store of models, keep it sound, copy it.

    A store is one folder, on a local disk or a network mount; many machines may use it at once.
    """
