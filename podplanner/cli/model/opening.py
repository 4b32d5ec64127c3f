"""What every command of `model` takes: the store, references, `--json`; and how it says results."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from podplanner.cli.console import say

if TYPE_CHECKING:
    from podplanner.store.store import Store

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Address = Annotated[
    str | None,
    typer.Option("--store", metavar="ADDRESS",
                 help="The store; else PODPLANNER_STORE, else podplanner.toml here or above."),
]  # fmt: skip
VersionWord = Annotated[
    str, typer.Argument(metavar="NAME[:VERSION]", help="NAME is the latest; NAME:3; NAME:prod.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
_NAMED = 8
# Of a long list on a terminal; `--json` has it whole.


def writing(address: str | None) -> "Store":
    """Return the store, to be changed."""
    from podplanner.store import open_store

    return open_store(address)


def reading(address: str | None) -> "Store":
    """Return the store, only to be read."""
    from podplanner.store import open_store

    return open_store(address, read_only=True)


def say_some(intro: str, words: Iterable[str], *, more: str = "more") -> None:
    """Say a line for each of the first words, and how many follow."""
    words = list(words)
    for word in words[:_NAMED]:
        say(f"{intro} {word}")
    if len(words) > _NAMED:
        say(f"{intro} {len(words) - _NAMED:,} {more}")


def short_time(time: str) -> str:
    """Return a time of a record to the minute, in UTC as it is written."""
    return time[:16].replace("T", " ")
