"""`drive bays new`: a bay map for those who have no plan."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bay_map import BayMap
from podplanner.catalog.library import find_part, library
from podplanner.catalog.parts import Chassis
from podplanner.catalog.writers.toml_bay_map import write_bay_map
from podplanner.cli.console import counted, emit, say, show
from podplanner.cli.drive.bays import Root
from podplanner.cli.drive.choices import Json
from podplanner.cli.plan.outputs import write_outputs
from podplanner.drives.bays.making import map_of_chassis, map_of_count, map_of_places
from podplanner.drives.bays.seeing import read_places
from podplanner.errors import ConflictError, WrongUsageError

_MOST = 10_000
# As the format has it.


def new(
    chassis: Annotated[
        str | None,
        typer.Option("--chassis", metavar="SKU", help="The bays of a case of the catalog."),
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", min=1, max=_MOST, help="So many bays.")
    ] = None,
    each: Annotated[
        int | None,
        typer.Option("--per-backplane", metavar="N", min=1, max=_MOST,
                     help="With --count: how many of them a backplane takes."),
    ] = None,
    seen: Annotated[
        bool,
        typer.Option("--seen", help="The slots and paths that the system sees now, with the "
                     "drives in them."),
    ] = False,
    title: Annotated[
        str, typer.Option("--title", metavar="WORDS", help="What the pod is called.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it here; else it is printed."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write an open bay map, to be filled in by `drive bays learn` or by hand.

    \b
    Examples:
      podplanner drive bays new --chassis STORAGE-POD-3.0-CASE -o bays.toml
      podplanner drive bays new --count 60 --per-backplane 15 -o bays.toml
      podplanner drive bays new --seen
    """
    made = _made(chassis, count, each, seen=seen, title=title, root=root)
    text = write_bay_map(made)
    if output is not None:
        write_outputs(None, {output: text}, force=force)
    if as_json:
        emit("drive-bays-new", {"bays": len(made.bays), "chassis": made.chassis,
                                "title": made.title, "text": text,
                                "output": None if output is None else str(output)})  # fmt: skip
    elif output is None:
        show(text.rstrip("\n"))
    else:
        say(f"{counted(len(made.bays), 'bay')}; fill them by `podplanner drive bays learn --bays "
            f"{output}`")  # fmt: skip


def _made(
    chassis: str | None, count: int | None, each: int | None, *, seen: bool, title: str, root: Path
) -> BayMap:
    if (chassis is not None) + (count is not None) + seen != 1:
        raise WrongUsageError("say what the map is of: --chassis, --count or --seen",
                              hint="Give one of them. `podplanner bom parts chassis` lists "
                              "cases.")  # fmt: skip
    if each is not None and count is None:
        raise WrongUsageError("--per-backplane goes with --count",
                              hint="Give --count, or leave it out.")  # fmt: skip
    if count is not None:
        return map_of_count(count, each=each, title=title)
    if chassis is not None:
        return _of_chassis(chassis, title)
    found = map_of_places(read_places(root))
    if found is None:
        raise ConflictError("the system tells of no place of a drive",
                            hint="Name the case with --chassis, or the number of bays with "
                            "--count.")  # fmt: skip
    return found.model_copy(update={"title": title})


def _of_chassis(name: str, title: str) -> BayMap:
    part = find_part(library(), name)
    if not isinstance(part, Chassis):
        raise WrongUsageError(f"--chassis {name}: {part.sku} is no case",
                              hint="`podplanner bom parts chassis` lists them.")  # fmt: skip
    made = map_of_chassis(part, title)
    if made is None:
        raise ConflictError(f"--chassis {name}: no source gives the number of its bays",
                            hint="Give it with --count.")  # fmt: skip
    return made
