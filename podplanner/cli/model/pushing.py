"""`model push`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from podplanner.cli.console import counted, emit, say, show
from podplanner.cli.model.opening import Address, DryRun, Json, reading, say_some, writing
from podplanner.cli.progress import GO_ON, HowOption, telling
from podplanner.errors import WrongUsageError
from podplanner.store.results import Pushed
from podplanner.units.words import say_size

Coding = Literal["raw", "fast"]


def push(
    source: Annotated[str, typer.Argument(metavar="DIR|FILE", help="What to store.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="MODEL or TEAM/MODEL.")],
    parent: Annotated[
        str | None,
        typer.Option("--parent", metavar="NAME[:VERSION]",
                     help="The version that this was made from; the latest of NAME if absent."),
    ] = None,
    alias: Annotated[
        str | None, typer.Option("--alias", metavar="ALIAS", help="Let ALIAS name the version.")
    ] = None,
    meta: Annotated[
        list[str] | None,
        typer.Option("--meta", metavar="FILE|KEY=VALUE",
                     help="Metadata: a .json, .toml or .md file, or a value; may be repeated."),
    ] = None,
    encoding: Annotated[
        Coding | None,
        typer.Option("--encoding", help="How pieces are kept; as the store's policy if absent."),
    ] = None,
    delta: Annotated[
        bool,
        typer.Option("--delta", help="Keep tensors as differences to an ancestor's where smaller."),
    ] = False,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="GLOB",
                     help="Leave out what matches, as in .podplannerignore; may be repeated."),
    ] = None,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Store what symbolic links point at.")
    ] = False,
    new_version: Annotated[
        bool,
        typer.Option("--new-version", help="Make a version even if the latest is the same."),
    ] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Take pickles that import what may do harm.")
    ] = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file, also those that seem unchanged.")
    ] = False,
    sign: Annotated[
        str | None,
        typer.Option("--sign", metavar="KEY", help="Sign the version with this private key."),
    ] = None,
    dry_run: DryRun = False,
    progress: HowOption = "auto",
    store: Address = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Store a folder or a file as a new version of a model.

    What the store has already is not sent again: the pieces of the latest version, of --parent, of
    what this user pushed before, of pushes that were cut off, and large pieces of any model. If the
    latest version is the same, no version is made and that one is the answer. `.git`, `__pycache__`
    and `.DS_Store` are left out, and what `.podplannerignore` in DIR names.

    \b
    Examples:
      podplanner model push out/checkpoint team/cat --store /mnt/pod/models
      podplanner model push cat.gguf team/cat --parent team/base:2 --alias prod --meta loss=0.31
      podplanner model push run/ team/cat --exclude 'optimizer*' --dry-run --json
    """
    if not source:
        # As from a variable of the shell that is not set; the working directory is `.`.
        raise WrongUsageError("DIR is empty", hint="Name what to store.")
    opened = reading(store) if dry_run else writing(store)
    with telling(progress, GO_ON) as told:
        pushed = opened.push(
            source, name, parent=parent, alias=alias, meta=_metadata(meta),
            encoding=encoding, delta=delta, exclude=tuple(exclude or ()),
            follow_links=follow_links, new_version=new_version, allow_pickle=allow_pickle,
            rehash=rehash, dry_run=dry_run, sign_with=sign, progress=told,
        )  # fmt: skip
    if as_json:
        emit("model-push", _record(pushed, dry_run=dry_run))
    else:
        _show(pushed, alias, dry_run=dry_run)


def _metadata(values: list[str] | None) -> Mapping[str, Any] | None:
    if not values:
        return None
    from podplanner.store.metadata import split_meta, suspected_secrets
    from podplanner.store.metadata_files import parse_meta

    words, files = split_meta(values)
    said = parse_meta(words, [Path(file) for file in files])
    if secrets := suspected_secrets(said):
        say(f"warning: {', '.join(secrets)} looks like a secret, and everybody who reads the "
            "store will read it")  # fmt: skip
    return said


def _record(pushed: Pushed, *, dry_run: bool) -> dict[str, object]:
    return {
        "model": pushed.model, "version": pushed.version, "created": pushed.created,
        "manifest": pushed.manifest, "files": pushed.files, "total_bytes": pushed.total_bytes,
        "new_bytes": pushed.new_bytes, "stored_bytes": pushed.stored_bytes,
        "left_out": [{"path": left.path, "why": left.why} for left in pushed.left_out],
        "dry_run": dry_run, "free_bytes": pushed.free_bytes,
    }  # fmt: skip


def _show(pushed: Pushed, alias: str | None, *, dry_run: bool) -> None:
    say_some("left out:", [f"{left.path} ({left.why})" for left in pushed.left_out])
    what = f"{counted(pushed.files, 'file')}, {say_size(pushed.total_bytes)}"
    reference = f"{pushed.model}:{pushed.version}"
    if not pushed.created and not dry_run:
        show(f"{reference} is this already: {what}, nothing to store")
    else:
        share = pushed.new_bytes / pushed.total_bytes if pushed.total_bytes else 0.0
        show(f"{reference}{' (not made: dry run)' if dry_run else ''}: {what}; "
             f"new {say_size(pushed.new_bytes)} ({share * 100:.1f} %), "
             f"stored as {say_size(pushed.stored_bytes)}")  # fmt: skip
    if pushed.free_bytes is not None:
        show(f"free in the store: {say_size(pushed.free_bytes)}")
    if alias and not dry_run:
        say(f"{pushed.model}:{alias} is version {pushed.version}")
