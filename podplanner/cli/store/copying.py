"""`store copy`."""

from typing import Annotated

import typer

from podplanner.cli.console import counted, emit, say, show, table
from podplanner.cli.model.opening import Json, reading, writing
from podplanner.cli.progress import GO_ON, HowOption, telling
from podplanner.store.results import Copied
from podplanner.units.words import say_size


def copy(
    source: Annotated[str, typer.Argument(metavar="A", help="The store to copy from.")],
    target: Annotated[str, typer.Argument(metavar="B", help="The store to copy to.")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME[:VERSION]]...",
                       help="Models (all versions) or versions; everything if absent."),
    ] = None,
    aliases: Annotated[
        bool, typer.Option("--aliases", help="Let aliases in B name what they name in A.")
    ] = False,
    renumber: Annotated[
        bool,
        typer.Option("--renumber", help="Give a version the next number where its own is taken."),
    ] = False,
    progress: HowOption = "auto",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Copy models from one store to another, sending only what is missing.

    Versions keep their numbers. A number that another version has in B is a conflict (7), unless
    --renumber is given. A copy that was cut off goes on where it stopped.

    \b
    Examples:
      podplanner store copy /mnt/pod/models /mnt/other/models
      podplanner store copy /mnt/pod/models /mnt/other/models team/cat team/dog:3 --aliases
      podplanner store copy /mnt/a /mnt/b --renumber --json
    """
    from_, to = reading(source), writing(target)
    with telling(progress, GO_ON) as told:
        copied = from_.copy_to(
            to, names or (), aliases=aliases, renumber=renumber, progress=told
        )  # fmt: skip
    if as_json:
        emit("store-copy", {"from": source, "to": target,
                            "versions": [_record(version) for version in copied]})  # fmt: skip
    else:
        _show(copied, aliases=aliases)


def _record(version: Copied) -> dict[str, object]:
    return {
        "model": version.model, "version": version.version, "created": version.created,
        "manifest": version.manifest, "sent_bytes": version.sent_bytes,
    }  # fmt: skip


def _show(copied: list[Copied], *, aliases: bool) -> None:
    made = [version for version in copied if version.created]
    rows = [(f"{version.model}:{version.version}", say_size(version.sent_bytes))
            for version in made]  # fmt: skip
    if rows:
        show(table(rows, ("version", "sent"), right=(1,)))
    there = len(copied) - len(made)
    if there:
        say(f"{counted(there, 'version')} there already")
    sent = sum(version.sent_bytes for version in copied)
    show(f"{counted(len(made), 'version')} copied, {say_size(sent)} sent")
    if aliases:
        say("aliases in B name what they name in A")
