"""What all `bom` commands share: options, opening a list, and names of shipped pods."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import Pod, assemble
from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.resources import data_dir

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="Parts list: TOML, CSV, TSV, XLSX, JSON, HTML, Markdown or text; `-` reads standard "
        "input; the name of a shipped pod works too.",
    ),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="How a text file is encoded, if it is not found.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Judge prices by this day (2026-11-23)."),
]


def day_of(written: str | None) -> date:
    """Return the day that `--as-of` names; today when it is not given.

    Raises:
        WrongUsageError: It is no day.
    """
    if written is None:
        return date.today()
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise WrongUsageError(
            f"--as-of {written}: not a day", hint="Write it as 2026-11-23."
        ) from error


def shipped_pods() -> dict[str, Path]:
    """Return the shipped parts lists by name."""
    return {file.stem: file for file in sorted((data_dir("bom") / "pods").glob("*.toml"))}


def pod_names(incomplete: str) -> list[str]:
    """Complete the name of a shipped pod."""
    return [name for name in shipped_pods() if name.startswith(incomplete)]


def part_numbers(incomplete: str) -> list[str]:
    """Complete the number of a part."""
    return [sku for sku in library() if sku.lower().startswith(incomplete.lower())]


def path_of(name: str) -> str:
    """Return the file that `name` is: a path, `-`, or a shipped pod where no such file exists."""
    pods = shipped_pods()
    return str(pods[name]) if name in pods and not Path(name).exists() else name


def shipped(name: str) -> Path:
    """Return the parts list of a shipped pod, or the file of that name.

    Raises:
        UnknownNameError: There is neither.
    """
    pods = shipped_pods()
    if name in pods:
        return pods[name]
    if Path(name).exists():
        return Path(name)
    raise UnknownNameError(
        f"there is no pod {name!r}", hint=f"Shipped are {', '.join(pods)}; a path works too."
    )


def open_pod(name: str, *, as_of: str | None = None, encoding: str | None = None) -> Pod:
    """Return the pod at `name` with its parts found."""
    parts = library()
    bill = open_bill(path_of(name), parts, encoding=encoding)
    return assemble(bill, parts, as_of=day_of(as_of))
