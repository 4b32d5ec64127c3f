"""`model list`."""

from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show, table
from podplanner.cli.model.opening import Address, Json, reading, short_time
from podplanner.errors import WrongUsageError
from podplanner.store.listing import VERSIONS_LISTED
from podplanner.store.results import ModelSummary, VersionSummary
from podplanner.units.words import say_size


def list_models(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="List the versions of this model.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N", min=1, help="With NAME: so many versions; else 50."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With NAME: every version.")] = False,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="With NAME: deleted versions too.")
    ] = False,
    store: Address = None,
    as_json: Json = False,
) -> None:
    """List models, or the versions of one, the newest first.

    \b
    Examples:
      podplanner model list --store /mnt/pod/models
      podplanner model list team/cat --limit 10
      podplanner model list --json
    """
    _refuse_nonsense(name, limit, everything=everything, deleted=deleted)
    opened = reading(store)
    if name is None:
        models = opened.models()
        if as_json:
            emit("model-list", {"models": [_model_record(model) for model in models]})
        else:
            _show_models(models)
        return
    most = None if everything else limit or VERSIONS_LISTED
    # One more than is shown says whether there are more.
    found = opened.versions(name, limit=None if most is None else most + 1, deleted=deleted)
    shown, more = found[:most], most is not None and len(found) > most
    if as_json:
        records = [_version_record(version) for version in shown]
        emit("model-list", {"model": _called(name, found), "versions": records, "more": more})
        return
    _show_versions(shown)
    if more:
        say(f"older ones follow; `podplanner model list {name} --all` lists every version")


def _refuse_nonsense(
    name: str | None, limit: int | None, *, everything: bool, deleted: bool
) -> None:
    if name is None and (limit is not None or everything or deleted):
        raise WrongUsageError(
            "--limit, --all and --deleted are about the versions of one model",
            hint="Say which: `podplanner model list NAME --all`.",
        )
    if limit is not None and everything:
        raise WrongUsageError("--limit and --all contradict each other", hint="Give one of them.")


def _model_record(model: ModelSummary) -> dict[str, object]:
    return {
        "name": model.name, "latest": model.latest, "versions": model.versions,
        "aliases": model.aliases, "plain_bytes": model.plain_bytes, "time": model.time,
    }  # fmt: skip


def _show_models(models: list[ModelSummary]) -> None:
    if not models:
        say("no models yet; `podplanner model push DIR NAME` stores one")
        return
    rows = [
        (model.name, str(model.latest), str(model.versions), say_size(model.plain_bytes),
         short_time(model.time), _aliases(model))
        for model in models
    ]  # fmt: skip
    headings = ("model", "latest", "versions", "size", "pushed (UTC)", "aliases")
    show(table(rows, headings, right=(1, 2, 3)))


def _aliases(model: ModelSummary) -> str:
    return ", ".join(f"{alias}={number}" for alias, number in sorted(model.aliases.items()))


def _called(name: str, versions: list[VersionSummary]) -> str:
    return versions[0].record.model if versions else name


def _version_record(version: VersionSummary) -> dict[str, object]:
    record = version.record
    code = record.code
    return {
        "version": record.number, "time": record.time, "who": record.who, "files": record.files,
        "total_bytes": record.total_bytes, "new_bytes": record.new_bytes,
        "stored_bytes": record.stored_bytes, "manifest": record.manifest, "parent": record.parent,
        "code": None if code is None else {"revision": code.revision, "dirty": code.dirty},
        "aliases": list(version.aliases), "deleted": version.deleted,
    }  # fmt: skip


def _show_versions(versions: list[VersionSummary]) -> None:
    rows = []
    for version in versions:
        record = version.record
        names = ", ".join([*version.aliases, *(["(deleted)"] if version.deleted else [])])
        rows.append((
            str(record.number), short_time(record.time), f"{record.files:,}",
            say_size(record.total_bytes), say_size(record.new_bytes), record.who, names,
        ))  # fmt: skip
    headings = ("version", "pushed (UTC)", "files", "size", "new", "by", "aliases")
    show(table(rows, headings, right=(0, 2, 3, 4)))
