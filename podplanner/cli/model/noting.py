"""`model note` and `model log`: what was found later, and what happened."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from podplanner.cli.console import emit, say, show, table
from podplanner.cli.model.opening import (
    Address,
    Json,
    VersionWord,
    reading,
    short_time,
    writing,
)
from podplanner.store.history import Event
from podplanner.store.listing import noted_values
from podplanner.store.metadata import lines, parse_values, plain
from podplanner.store.names import Reference


def note(
    version: VersionWord,
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="What was found; none: say what is noted."),
    ] = None,
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Note values that were found after the push, such as metrics.

    Notes are added, never changed; of a key that is noted twice, the later value counts. They do
    not change the version or its manifest.

    \b
    Examples:
      podplanner model note team/cat:3 accuracy=0.914 eval/set=imagenet-v2
      podplanner model note team/cat:prod --json
    """
    opened = writing(store) if values else reading(store)
    found = opened.root.refs.resolve(Reference.parse(version))
    if values:
        opened.note(str(found), parse_values(values))
    noted = noted_values(opened.root, found)
    if as_json:
        emit("model-note", {"model": found.record.model, "version": found.number,
                            "values": plain(noted)})  # fmt: skip
        return
    if not noted:
        say(f"nothing is noted of {found}")
    for line in lines(noted):
        show(f"{line.key}  {line.value}")


def log(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model.")],
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="So many events.")] = 50,
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Say what happened to a model, the newest first.

    \b
    Examples:
      podplanner model log team/cat --store /mnt/pod/models
      podplanner model log team/cat --limit 500 --json
    """
    events = list(reading(store).log(name))
    shown = events[:limit]
    if as_json:
        emit("model-log", {"model": name, "events": [_record(event) for event in shown],
                           "more": len(events) > limit})  # fmt: skip
        return
    rows = [(short_time(event.time), event.who, _words(event)) for event in shown]
    show(table(rows, ("time (UTC)", "by", "what")))
    if len(events) > limit:
        say(f"{len(events) - limit:,} older events follow; --limit {len(events)} shows all")


def _record(event: Event) -> dict[str, object]:
    return {
        "time": event.time, "kind": event.kind, "who": event.who, "version": event.version,
        "alias": event.alias, "before": event.before, "values": plain(event.values),
    }  # fmt: skip


def _words(event: Event) -> str:
    if event.kind == "alias":
        before = "" if event.before is None else f" (was {event.before})"
        now = "taken away" if event.version is None else f"to version {event.version}"
        return f"alias {event.alias} {now}{before}"
    done = {
        "push": "pushed", "void": "taken out of use: its push died", "delete": "deleted",
        "note": f"noted {_noted(event.values or {})}", "signature": "signed",
    }  # fmt: skip
    return f"version {event.version} {done[event.kind]}"


def _noted(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{line.key}={line.value}" for line in lines(values))
