"""`podplanner drive bays`: which drive is in which bay; and the commands that fill the map."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from podplanner.cli.drive.choices import (
    DEFAULT_MAX_AGE,
    Bays,
    From,
    HistoryFile,
    Json,
    Looking,
    MaxAge,
    NoHistory,
    Types,
    asked_of,
)
from podplanner.cli.lazy import LazyGroup
from podplanner.cli.quick import QuickCommand
from podplanner.errors import WrongUsageError

Root = Annotated[
    Path,
    typer.Option("--root", metavar="DIR",
                 help="Where /dev and /sys of the machine are, such as /host in a container."),
]  # fmt: skip


class _BaysGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = {
        "new": "podplanner.cli.drive.bays.making:new",
        "learn": "podplanner.cli.drive.bays.learning:learn",
        "set": "podplanner.cli.drive.bays.setting:set_",
    }
    summaries: ClassVar[Mapping[str, str]] = {
        "new": "Write an open bay map for a case, or for what the system sees.",
        "learn": "Fill the map in: one drive's light blinks, and you type its bay.",
        "set": "Note which drive is in one bay.",
    }
    makes = QuickCommand


app = typer.Typer(
    name="bays",
    cls=_BaysGroup,
    rich_markup_mode=None,
    invoke_without_command=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def bays(
    context: typer.Context,
    bays: Bays = None,
    sources: From = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Read and judge the drives now; else the verdicts are those "
                     "of the last check."),
    ] = False,
    types: Types = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.svg|FILE.html",
                     help="Draw the case with its drives to this file."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show which drive is in which bay, with the verdict on each.

    The bays are those of the bay map (--bays). Without one they are what the system tells by
    itself: the slots of enclosures, and the names under /dev/disk/by-path. No drive is asked or
    woken, unless you say --check.

    Exits 0 when the map is shown, whatever the verdicts are, and 3 for every failure.

    \b
    Examples:
      podplanner drive bays --bays bays.toml
      podplanner drive bays --bays bays.toml --check -o bays.svg
      podplanner drive bays new --chassis STORAGE-POD-3.0-CASE -o bays.toml
      podplanner drive bays learn --bays bays.toml
      podplanner drive bays set 17 Z3012345 --bays bays.toml
    """
    if context.invoked_subcommand is not None:
        context.obj = bays
        return
    if check and sources:
        raise WrongUsageError("--check and --from contradict each other",
                              hint="Recordings are judged anyway; leave --check out.")  # fmt: skip
    from podplanner.cli.drive.bays.showing import show_map

    looking = Looking(sources, types, history=history, no_history=no_history, bays=bays,
                      max_age=max_age)  # fmt: skip
    show_map(asked_of(None, looking), check=check, output=output, force=force, root=root,
             as_json=as_json)  # fmt: skip
