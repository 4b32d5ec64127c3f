"""`model pull`."""

from typing import Annotated

import typer

from podplanner.cli.console import counted, emit, say, show
from podplanner.cli.model.opening import Address, DryRun, Json, VersionWord, reading, say_some
from podplanner.cli.progress import GO_ON, HowOption, telling
from podplanner.errors import WrongUsageError
from podplanner.store.results import Pulled
from podplanner.units.words import say_size


def pull(
    version: VersionWord,
    dest: Annotated[str, typer.Argument(metavar="DEST", help="The folder to write into.")],
    files: Annotated[
        list[str] | None,
        typer.Option("--file", metavar="GLOB", help="Only files that match; may be repeated."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there and differ.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Remove files that the version does not have.")
    ] = False,
    swap: Annotated[
        bool,
        typer.Option("--swap", help="Build beside DEST, then exchange the two folders at once."),
    ] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Write pickles that import what may do harm.")
    ] = False,
    require_signature: Annotated[
        str | None,
        typer.Option("--require-signature", metavar="PUBLIC_KEY",
                     help="Refuse a version that this key has not signed."),
    ] = None,
    dry_run: DryRun = False,
    progress: HowOption = "auto",
    store: Address = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write a version into a folder, every byte verified.

    A new or empty DEST appears whole or not at all. Files that are there and equal are kept;
    files that differ are refused without --force; files that the version does not have stay, and
    are named. A pull that was cut off goes on where it stopped.

    \b
    Examples:
      podplanner model pull team/cat:prod ./cat --store /mnt/pod/models
      podplanner model pull team/cat:3 ./cat --file '*.safetensors' --file config.json
      podplanner model pull team/cat /srv/model --swap --require-signature team.pub --json
    """
    if not dest:
        # As from a variable of the shell that is not set; the working directory is `.`.
        raise WrongUsageError("DEST is empty", hint="Name the folder to write into.")
    opened = reading(store)
    with telling(progress, GO_ON) as told:
        pulled = opened.pull(
            version, dest, files=tuple(files or ()), force=force, exact=exact, swap=swap,
            allow_pickle=allow_pickle, require_signature=require_signature, dry_run=dry_run,
            progress=told,
        )  # fmt: skip
    if as_json:
        emit("model-pull", _record(pulled, dest, dry_run=dry_run))
    else:
        _show(pulled, dest, exact=exact, dry_run=dry_run)


def _record(pulled: Pulled, dest: str, *, dry_run: bool) -> dict[str, object]:
    return {
        "model": pulled.model, "version": pulled.version, "manifest": pulled.manifest,
        "files": pulled.files, "bytes": pulled.bytes, "fetched_bytes": pulled.fetched_bytes,
        "dest": dest, "kept_files": len(pulled.kept), "strangers": list(pulled.strangers),
        "dry_run": dry_run, "free_bytes": pulled.free_bytes,
    }  # fmt: skip


def _show(pulled: Pulled, dest: str, *, exact: bool, dry_run: bool) -> None:
    fate = "removed" if exact else "kept"
    if pulled.strangers and dry_run and exact:
        fate = "would be removed"
    say_some(f"not of this version, {fate}:", pulled.strangers)
    kept = f", {len(pulled.kept):,} there already" if pulled.kept else ""
    written, read = (" (not written: dry run)", "to read") if dry_run else ("", "read")
    show(f"{pulled.model}:{pulled.version} in {dest}{written}: {counted(pulled.files, 'file')}, "
         f"{say_size(pulled.bytes)}{kept}; {read} from the store "
         f"{say_size(pulled.fetched_bytes)}")  # fmt: skip
    if pulled.free_bytes is not None:
        say(f"free at {dest}: {say_size(pulled.free_bytes)}")
