"""`store gc`."""

from typing import Annotated

import typer

from podplanner.cli.console import counted, emit, say, show
from podplanner.cli.model.opening import DryRun, Json, reading, say_some, short_time, writing
from podplanner.cli.progress import AGAIN, HowOption, telling
from podplanner.cli.store.opening import Named, named
from podplanner.errors import WrongUsageError
from podplanner.store.results import Collected
from podplanner.units.words import SpanError, read_span, say_size


def gc(
    address: Named = None,
    grace: Annotated[
        str,
        typer.Option("--grace", metavar="TIME",
                     help="So long what is marked can still be had back: 24h, 7d, 30m, 0."),
    ] = "24h",
    keep_last: Annotated[
        int | None,
        typer.Option("--keep-last", metavar="N", min=1,
                     help="Retention: keep the last N versions of each model."),
    ] = None,
    keep_alias: Annotated[
        bool, typer.Option("--keep-alias", help="Retention: keep versions that an alias names.")
    ] = False,
    keep_days: Annotated[
        int | None,
        typer.Option("--keep-days", metavar="D", min=0,
                     help="Retention: keep versions of the last D days."),
    ] = None,
    undo: Annotated[
        int | None,
        typer.Option("--undo", metavar="EPOCH", min=1,
                     help="Take back what this collection has marked; nothing else is done."),
    ] = None,
    dry_run: DryRun = False,
    progress: HowOption = "auto",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Free what no version needs, once its time of grace is over.

    A collection marks first; the first collection after the grace time sweeps what was marked. It
    may run beside pushes and other collections. Retention deletes versions before it marks: those
    that none of its rules keeps, but never the latest of a model nor one that an alias names.

    \b
    Examples:
      podplanner store gc /mnt/pod/models --dry-run
      podplanner store gc /mnt/pod/models --keep-last 3 --keep-alias --keep-days 30
      podplanner store gc /mnt/pod/models --undo 4 --json
    """
    _refuse_nonsense(undo, keep_last, keep_days, keep_alias=keep_alias, dry_run=dry_run)
    grace_s = _grace(grace)
    address = named(address)
    opened = reading(address) if dry_run else writing(address)
    with telling(progress, AGAIN) as told:
        found = opened.gc(
            grace_s=grace_s, keep_last=keep_last, keep_alias=keep_alias, keep_days=keep_days,
            undo=undo, dry_run=dry_run, progress=told,
        )  # fmt: skip
    if as_json:
        emit("store-gc", _record(found, dry_run=dry_run))
    elif undo is not None:
        show(f"epoch {undo} is undone: what it had marked stays")
    else:
        _show(found, address, dry_run=dry_run)


def _refuse_nonsense(
    undo: int | None,
    keep_last: int | None,
    keep_days: int | None,
    *,
    keep_alias: bool,
    dry_run: bool,
) -> None:
    retention = keep_last is not None or keep_days is not None or keep_alias
    if undo is not None and dry_run:
        raise WrongUsageError(
            "--undo takes a collection back, and --dry-run does nothing", hint="Give one of them."
        )
    if undo is not None and retention:
        raise WrongUsageError(
            "--undo takes a collection back; --keep-last, --keep-alias and --keep-days begin one",
            hint="Give --undo alone.",
        )


def _grace(written: str) -> float:
    try:
        return read_span(written)
    except SpanError as error:
        raise WrongUsageError(
            f"--grace {written}: {error}", hint="Write it as 24h, 30m, 7d or 0."
        ) from error


def _record(found: Collected, *, dry_run: bool) -> dict[str, object]:
    return {
        "epoch": found.epoch, "marked_objects": found.marked_objects,
        "marked_bytes": found.marked_bytes, "freed_objects": found.freed_objects,
        "freed_bytes": found.freed_bytes, "pinned_bytes": found.pinned_bytes,
        "sweep_after": found.sweep_after, "expired": list(found.expired),
        "waiting_for": list(found.waiting_for), "dry_run": dry_run,
    }  # fmt: skip


def _show(found: Collected, address: str, *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    say_some(f"{would}deleted by retention:", found.expired)
    if found.freed_objects or not found.marked_objects:
        show(f"{would}freed: {counted(found.freed_objects, 'object')}, "
             f"{say_size(found.freed_bytes)}")  # fmt: skip
    if found.marked_objects:
        show(f"{would}marked: {counted(found.marked_objects, 'object')}, "
             f"{say_size(found.marked_bytes)}{_when(found)}")  # fmt: skip
    if found.pinned_bytes:
        show(f"kept for the rest of their bundles: {say_size(found.pinned_bytes)}")
    say_some("waiting for a push under way:", found.waiting_for)
    if found.sweep_after is not None and not dry_run:
        # Else it was swept at once, and there is nothing to take back.
        say(f"`podplanner store gc {address}` frees it then; `podplanner store gc {address} "
            f"--undo {found.epoch}` takes the mark back until then")  # fmt: skip


def _when(found: Collected) -> str:
    epoch = "" if found.epoch is None else f" in epoch {found.epoch}"
    after = "" if found.sweep_after is None else f", to be freed after "\
        f"{short_time(found.sweep_after)} UTC"  # fmt: skip
    return f"{epoch}{after}"
