"""`podplanner plan check`."""

from decimal import Decimal
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from podplanner.catalog.pod import Pod, pieces
from podplanner.cli.bom.opening import File, Json
from podplanner.cli.console import counted, emit, show
from podplanner.cli.plan.choices import LayoutWords, layout_option
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.verdicts import end_by, show_verdicts, verdict_record
from podplanner.errors import WrongUsageError
from podplanner.planning.restated import with_layout
from podplanner.rules import LINK_RULES, plan_rules
from podplanner.rules.base import run
from podplanner.rules.mounting import Rack
from podplanner.units.quantity import Millimetres

_LENGTH: TypeAdapter[Decimal] = TypeAdapter(Millimetres)
_MOST_UNITS = 100
# The tallest racks that are sold have about 58 units.
_MOST_DEPTH = Decimal(10_000)
# Millimetres: no rack is ten metres deep.


def check(
    file: File,
    layout: LayoutWords = None,
    rack_depth: Annotated[
        str | None,
        typer.Option("--rack-depth", metavar="LENGTH",
                     help="Room for the chassis from the front posts on, such as 1000mm."),
    ] = None,
    rack_units: Annotated[
        int | None,
        typer.Option("--rack-units", metavar="N", min=1, max=_MOST_UNITS,
                     help="Free height in rack units."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on warnings and unknowns too.")
    ] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Check part against part: slots, sockets, memory, ports, power, weight.

    Says what of a parts list does not go together. Exit status 1 when a finding is an error; with
    --strict also for warnings and unknowns. What it checks is in docs/checks.md.

    \b
    Examples:
      podplanner plan check pod.toml
      podplanner plan check pod.toml --layout raidz2:15x3 --rack-depth 1000mm --strict
      podplanner plan check storage-pod-3.0 --json
    """
    pod = open_planned(file)
    if layout is not None:
        pod = with_layout(pod, layout_option(layout))
    rack = Rack(_depth(rack_depth), rack_units)
    verdicts = run((*LINK_RULES, *plan_rules(rack)), pod)
    if as_json:
        emit("plan-check", {
            "bill": pod.bill.title, "layout": pod.bill.layout, **verdict_record(pod, verdicts),
        })  # fmt: skip
    else:
        _head(pod)
        show_verdicts(verdicts)
    end_by(verdicts, strict=strict)


def _head(pod: Pod) -> None:
    number = pieces(pod.data_drives)
    many = "an unknown number of data drives" if number is None else counted(number, "data drive")
    show(f"{pod.bill.title or pod.bill.file}: {many}, {pod.bill.layout or 'no layout stated'}")
    show()


def _depth(written: str | None) -> Decimal | None:
    """Return the millimetres that `--rack-depth` gives.

    Raises:
        WrongUsageError: It is no length above 0.
    """
    if written is None:
        return None
    hint = "Write it with its unit: 1000mm, 100cm, 1m or 39.4in."
    try:
        depth = _LENGTH.validate_python(written)
    except ValidationError as error:
        raise WrongUsageError(f"--rack-depth {written}: that is no length", hint=hint) from error
    if not 0 < depth <= _MOST_DEPTH:
        raise WrongUsageError(
            f"--rack-depth {written}: give more than 0 mm and at most 10 m", hint=hint
        )
    return depth
