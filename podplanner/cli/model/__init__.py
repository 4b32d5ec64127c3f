"""`podplanner model`: versions of models, pushed, pulled, compared and named."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from podplanner.cli.lazy import LazyGroup
from podplanner.cli.quick import QuickCommand

COMMANDS = {
    "push": "podplanner.cli.model.pushing:push",
    "pull": "podplanner.cli.model.pulling:pull",
    "list": "podplanner.cli.model.listing:list_models",
    "show": "podplanner.cli.model.showing:show_version",
    "diff": "podplanner.cli.model.comparing:diff",
    "alias": "podplanner.cli.model.naming:alias",
    "delete": "podplanner.cli.model.deleting:delete",
    "undelete": "podplanner.cli.model.deleting:undelete",
    "verify": "podplanner.cli.model.verifying:verify",
    "log": "podplanner.cli.model.noting:log",
    "note": "podplanner.cli.model.noting:note",
    "cat": "podplanner.cli.model.verifying:cat",
}
"""Every command with its home, in the order of the help."""

SUMMARIES = {
    "push": "Store a folder or a file as a new version of a model.",
    "pull": "Write a version into a folder, every byte verified.",
    "list": "List models, or the versions of one.",
    "show": "Show all that is known of a version.",
    "diff": "Compare two versions: files, tensors, metadata.",
    "alias": "Let a name such as `prod` stand for a version.",
    "delete": "Delete a version; it can be undone for a while.",
    "undelete": "Take a deletion back.",
    "verify": "Read a version and verify every byte of it.",
    "log": "Say what happened to a model: pushes, deletions, aliases, notes.",
    "note": "Note a value that was found later, such as a metric.",
    "cat": "Write one file of a version to standard output.",
}


class _ModelGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = COMMANDS
    summaries = SUMMARIES
    makes = QuickCommand


app = typer.Typer(
    name="model",
    cls=_ModelGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def model() -> None:
    """Keep models in a store: push, pull, compare, name.

    A version is written NAME (the latest), NAME:3 or NAME:prod (an alias). The store is the one
    that --store names, else PODPLANNER_STORE, else podplanner.toml in this folder or above.
    """
