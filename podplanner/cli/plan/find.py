"""`plan find`."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from podplanner.cli.bom.choices import amount_option
from podplanner.cli.bom.opening import Json
from podplanner.cli.console import say
from podplanner.cli.plan.choices import layout_option
from podplanner.cli.plan.needs import (
    amount_of_bytes,
    models_option,
    seconds_option,
    stream_option,
)
from podplanner.cli.plan.outputs import Force, refuse_outputs, write_outputs
from podplanner.errors import OutputError, WrongUsageError
from podplanner.planning.find.need import MOST_PODS, NINES, SPARES, Need
from podplanner.units.quantity import say_bytes

if TYPE_CHECKING:
    from podplanner.cli.plan.find_words import Told

_CURRENCY = "USD"
# All prices of the catalog are in it; parts with a price in another one are not offered.
_FAMILIES = (
    "raidz", "raidz1", "raidz2", "raidz3", "draid", "draid1", "draid2", "draid3", "mirror",
    "mdraid", "mdraid1", "mdraid5", "mdraid6", "mdraid10", "ceph-ec", "ceph-rep", "seaweed-rs",
    "seaweed-rep",
)  # fmt: skip
_MOST_NINES = 50
_EVERY_S = 3.0
# Seconds from one word of progress to the next.


def find(
    usable: Annotated[
        str | None,
        typer.Option("--usable", metavar="SIZE", help="To keep, after fill advice: 500TB."),
    ] = None,
    read: Annotated[
        str | None,
        typer.Option("--read", metavar="RATE", help="Streaming, all readers together: 2GB/s."),
    ] = None,
    write: Annotated[
        str | None, typer.Option("--write", metavar="RATE", help="Streaming: 500MB/s.")
    ] = None,
    nines: Annotated[
        int,
        typer.Option("--nines", metavar="N", min=0, max=_MOST_NINES,
                     help="Of durability in a year: 9 is a loss of at most 1e-9; 0 allows drives "
                     "without redundancy."),
    ] = NINES,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="X", help="For all parts, in USD.")
    ] = None,
    rack_units: Annotated[
        int | None, typer.Option("--rack-units", metavar="N", min=1, help="Of all pods together.")
    ] = None,
    pods_max: Annotated[
        int, typer.Option("--pods-max", metavar="N", min=1, max=200, help="Most pods.")
    ] = MOST_PODS,
    watts_max: Annotated[
        str | None,
        typer.Option("--watts-max", metavar="W", help="Draw of all pods at work, at the wall."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", metavar="WORDS",
                     help="Only this layout (raidz2:15x3), or layouts of this sort (raidz2, "
                     "ceph-ec)."),
    ] = None,
    spares: Annotated[
        int, typer.Option("--spares", metavar="N", min=0, max=1000, help="Drives on the shelf.")
    ] = SPARES,
    models: Annotated[
        list[str] | None,
        typer.Option("--models", metavar="NxSIZE:TYPE",
                     help="Models to keep, instead of --usable: 40x70B:bf16; may be repeated."),
    ] = None,
    versions: Annotated[
        int | None, typer.Option("--versions", metavar="N", min=1, help="Of each model; 1.")
    ] = None,
    readers: Annotated[
        int | None,
        typer.Option("--readers", metavar="N", min=1, help="Hosts that load a model at once."),
    ] = None,
    load_within: Annotated[
        str | None, typer.Option("--load-within", metavar="TIME", help="All of them: 120s.")
    ] = None,
    checkpoint_every: Annotated[
        str | None, typer.Option("--checkpoint-every", metavar="TIME", help="One each 30m.")
    ] = None,
    checkpoint_size: Annotated[
        str | None, typer.Option("--checkpoint-size", metavar="SIZE", help="Of one: 1.2TB.")
    ] = None,
    ecc: Annotated[
        bool, typer.Option("--ecc/--no-ecc", help="Only memory that corrects errors.")
    ] = True,
    allow_unknown: Annotated[
        bool,
        typer.Option("--allow-unknown", help="Offer parts that lack figures of checks, marked."),
    ] = False,
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=1, help="Designs to show.")
    ] = 10,
    all_of_them: Annotated[bool, typer.Option("--all", help="Show the whole front.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Write the bill of each design there."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", metavar="FILE", help="Draw cost against capacity, as SVG."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Find the pods that answer a need.

    Every design that the parts of the catalog allow is weighed: case, drive, number of drives,
    layout, adapters, board, network, supplies and number of pods. Shown are those that no other
    equals or exceeds in cost, capacity, speed, durability and watts. Exit status 1 when nothing
    meets the need; then it says which demand to relax, and by how much.

    \b
    Examples:
      podplanner plan find --usable 50TB --nines 6
      podplanner plan find --usable 500TB --read 2GB/s --nines 9 --budget 60000 -o pods
      podplanner plan find --models 40x70B:bf16 --versions 20 --readers 8 --load-within 120s
      podplanner plan find --usable 5PB --read 20GB/s --nines 11 --layout ceph-ec --json
    """
    need = _need(usable, read, write, models, versions, readers, load_within,
                 checkpoint_every, checkpoint_size)  # fmt: skip
    need = replace(
        need, nines=nines, unprotected=nines == 0,
        budget=_above_zero("--budget", budget), currency=_CURRENCY,
        rack_units=rack_units, pods_max=pods_max, spares=spares,
        watts_max=_above_zero("--watts-max", watts_max),
    )  # fmt: skip
    need = _with_layout(need, layout)
    _refuse(output, chart, force=force)
    told = _told(need, ecc=ecc, allow_unknown=allow_unknown, top=None if all_of_them else top,
                 folder=output)  # fmt: skip
    _write(told, output, chart, force=force)
    from podplanner.cli.plan.find_words import print_found, print_record

    (print_record if as_json else print_found)(told)
    if not told.answers:
        raise typer.Exit(1)


def _need(
    usable: str | None, read: str | None, write: str | None, models: Sequence[str] | None,
    versions: int | None, readers: int | None, load_within: str | None,
    checkpoint_every: str | None, checkpoint_size: str | None,
) -> Need:  # fmt: skip
    """Return the sizes and rates that are asked for, in their own words or in those of models."""
    asked = Need(
        usable=0 if usable is None else amount_of_bytes("--usable", usable),
        read=0 if read is None else stream_option("--read", read),
        write=0 if write is None else stream_option("--write", write),
    )
    if not models and checkpoint_size is None:
        if any(value is not None for value in (versions, readers, load_within, checkpoint_every)):
            raise WrongUsageError(
                "--versions, --readers, --load-within and --checkpoint-every say something of "
                "models or checkpoints", hint="Add --models 40x70B:bf16 or --checkpoint-size.",
            )  # fmt: skip
        if usable is None:
            raise WrongUsageError(
                "how much is to be kept?", hint="Give --usable 500TB, or --models 40x70B:bf16."
            )
        return asked
    return _of_models(asked, models or (), versions or 1, _pair(readers, load_within),
                      _checkpoints(checkpoint_every, checkpoint_size))  # fmt: skip


def _pair(readers: int | None, within: str | None) -> tuple[int, Decimal] | None:
    if readers is None and within is None:
        return None
    if readers is None or within is None:
        raise WrongUsageError(
            "--readers and --load-within go together",
            hint="Say how many hosts load, and within what time: --readers 8 --load-within 120s.",
        )
    return readers, seconds_option("--load-within", within)


def _checkpoints(every: str | None, size: str | None) -> tuple[int, Decimal] | None:
    if every is None and size is None:
        return None
    if every is None or size is None:
        raise WrongUsageError(
            "--checkpoint-every and --checkpoint-size go together",
            hint="Give both, such as --checkpoint-every 30m --checkpoint-size 1.2TB.",
        )
    return amount_of_bytes("--checkpoint-size", size), seconds_option("--checkpoint-every", every)


def _of_models(
    asked: Need, models: Sequence[str], versions: int, loads: tuple[int, Decimal] | None,
    checkpoints: tuple[int, Decimal] | None,
) -> Need:  # fmt: skip
    """Return what models ask for; what is also asked for in its own words is added or raised."""
    from podplanner.planning.find.models import Checkpoints, Loads, demand_of

    sets = [models_option("--models", written) for written in models]
    try:
        demand = demand_of(
            sets, versions=versions, loads=Loads(*loads) if loads else None,
            checkpoints=Checkpoints(*checkpoints) if checkpoints else None,
        )  # fmt: skip
    except ValueError as error:
        raise WrongUsageError(str(error), hint="Add --models, such as 40x70B:bf16.") from error
    return replace(
        asked, usable=asked.usable + demand.usable, read=max(asked.read, demand.read),
        read_alone=demand.read,
        write=max(asked.write, demand.write), reasons=demand.reasons,
    )  # fmt: skip


def _above_zero(option: str, written: str | None) -> Decimal | None:
    amount = amount_option(option, written, _CURRENCY)
    if amount is not None and amount == 0:
        raise WrongUsageError(f"{option} {written}: nothing can be had for 0",
                              hint="Give more than 0, or leave it out.")  # fmt: skip
    return amount


def _with_layout(need: Need, written: str | None) -> Need:
    """Return a need that leaves one layout open, or those of one sort."""
    if written is None:
        return need
    family = written.strip().lower()
    if family in _FAMILIES:
        return replace(need, family=family)
    return replace(need, layout=layout_option(written))


def _refuse(folder: Path | None, chart: Path | None, *, force: bool) -> None:
    """Refuse what cannot be written before the search, which takes its time."""
    if folder is not None and folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder", hint="Name a folder.")
    if folder is not None and folder.is_dir() and not force and any(folder.glob("design-*.toml")):
        raise OutputError(f"{folder} has designs already", hint="Add --force to write over them.")
    if chart is not None:
        refuse_outputs(None, [chart], force=force)


def _told(
    need: Need, *, ecc: bool, allow_unknown: bool, top: int | None, folder: Path | None
) -> "Told":
    """Search, and gather everything that is said of what was found."""
    from podplanner.catalog.library import library
    from podplanner.catalog.prices import typical_site
    from podplanner.cli.plan.find_words import Shown, Told
    from podplanner.planning.find.answer import answer, chosen
    from podplanner.planning.find.relax import relaxations
    from podplanner.planning.find.search import search
    from podplanner.planning.find.stock import stock_of
    from podplanner.rules.designs import checked_bill

    stock = stock_of(library(), currency=_CURRENCY, allow_unknown=allow_unknown, ecc=ecc)
    begun = time.monotonic()
    searched = search(need, stock, _Progress())
    took = time.monotonic() - begun
    front = searched.front
    designs = front if top is None else chosen(front, top)
    answers = []
    for number, design in enumerate(designs, 1):
        title = f"Design {number} for {say_bytes(need.usable)}"
        bill = checked_bill(design, stock, currency=_CURRENCY, day=date.today(), title=title)
        file = None if folder is None else folder / f"design-{number}.toml"
        answers.append(Shown(number, answer(design, need, stock, typical_site()), bill, file))
    if not front:
        say("nothing meets the need; looking for the demand that stands in the way")
    relaxed = () if front else tuple(relaxations(need, stock))
    return Told(need, tuple(answers), searched, relaxed, stock.withheld, typical_site(), took)


class _Progress:
    """Says every few seconds how far a search has come."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, done: int, whole: int, evaluated: int) -> None:
        now = time.monotonic()
        if now - self._said >= _EVERY_S and done < whole and sys.stderr is not None:
            self._said = now
            say(f"{done} of {whole} drive models, {evaluated:,} designs evaluated")


def _write(told: "Told", folder: Path | None, chart: Path | None, *, force: bool) -> None:
    from podplanner.catalog.writers.toml_bill import write_toml
    from podplanner.cli.plan.find_words import comments_of, drawn

    texts: dict[Path, str] = {}
    for shown in told.answers:
        if shown.file is not None:
            texts[shown.file] = write_toml(shown.bill.bill, comments_of(shown, told))
    if folder is not None and texts:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: {error.strerror}", hint="Name another folder.") from error
    if chart is not None and told.answers:
        texts[chart] = drawn(told)
    write_outputs(None, texts, force=force)
