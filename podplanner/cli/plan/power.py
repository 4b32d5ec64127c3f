"""`podplanner plan power`."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.pod import Pod
from podplanner.cli.bom.opening import File, Json
from podplanner.cli.console import counted, emit, say, show, table, wrapped
from podplanner.cli.plan.choices import SpinUpWords, picture_option, spin_up_option
from podplanner.cli.plan.filled import OtherDrives, filled_pod
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.plan.outputs import Force, write_outputs
from podplanner.errors import ConflictError
from podplanner.planning.budgets import Budget, Check, Quantity
from podplanner.planning.estimate import Estimate
from podplanner.planning.power import PodPower, power_of
from podplanner.planning.topology import Gap
from podplanner.report.power_chart import power_file
from podplanner.units.numbers import percentage, plain

_HEADINGS = ("", "12 V start", "", "5 V start", "", "start", "", "work", "", "verdict")
_NUMBERS = (1, 2, 3, 4, 5, 6, 7, 8)


def power(
    file: File,
    spin_up: SpinUpWords = "at-once",
    drive: OtherDrives = None,
    drawing: Annotated[
        Path | None,
        typer.Option("--drawing", metavar="FILE.svg", help="Write the loads as a picture."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say what each supply and rail carries, at start and at work.

    Supplies without a common bus are separate budgets, with the backplanes that are wired to each.
    A start may lie above a rail's rating and below its over-current band. `plan check` judges the
    same figures and ends with a status; this command always ends with 0.

    \b
    Examples:
      podplanner plan power pod.toml
      podplanner plan power storage-pod-3.0 --drive ST4000NM0023 --spin-up backplane
      podplanner plan power pod.toml --spin-up 5 --drawing power.svg --json
    """
    picture = None if drawing is None else picture_option("--drawing", drawing)
    pod = filled_pod(open_planned(file), drive)
    found = power_of(pod, spin_up_option(spin_up))
    if isinstance(found, Gap):
        raise ConflictError(
            f"the supplies cannot be reckoned: {found.reason}", hint=f"State {found.wants}."
        )
    if picture is not None:
        write_outputs(file, {picture: power_file(found)}, force=force)
    if as_json:
        emit("plan-power", _record(pod, found))
    else:
        _show(pod, found)


# --- For people ---


def _show(pod: Pod, found: PodPower) -> None:
    drives = counted(found.drives, "data drive")
    show(f"{pod.bill.title or pod.bill.file}: {drives}, started {found.spin_up.words}")
    show()
    rows = [row for budget in found.budgets for row in _rows(budget)]
    show(table(rows, _HEADINGS, right=_NUMBERS))
    show()
    for budget in found.budgets:
        if budget.backplanes and not budget.less_one:
            show(wrapped(f"{budget.name}: backplanes {', '.join(map(str, budget.backplanes))}", 2))
    show(f"Wiring: {found.basis.value}.")
    wall = found.wall
    share = "unknown" if wall.efficiency is None else percentage(wall.efficiency)
    show(wrapped(f"From the wall: {_amount(wall.start, 'W')} at start, {_amount(wall.idle, 'W')} "
                 f"idle, {_amount(wall.active, 'W')} at work; efficiency of the supplies: {share}.",
                 2))  # fmt: skip
    if missing := wall.active.missing:
        show(wrapped(f"Not stated, and not counted: {', '.join(missing)}.", 2))
    _show_sources(found)
    if not found.drives:
        say("the list has no data drives; --drive SKU plans with some in all bays")
    for note in found.notes:
        show(f"Note: {wrapped(note, 6)}")


def _rows(budget: Budget) -> Iterator[tuple[str, ...]]:
    """Yield the drives alone, and then with everything else."""
    cells: list[str] = []
    whole: list[str] = []
    for check in budget.checks:
        unit = check.unit
        cells += [_amount(check.drives, unit), _share(check.drives_share)]
        whole += [_amount(check.whole, unit), _share(check.share)]
    yield (f"{budget.name}: {counted(len(budget.bays), 'drive')}", *cells, "")
    yield "  with the rest", *whole, budget.standing.value


def _amount(estimate: Estimate, unit: str) -> str:
    return f"{'≥ ' if estimate.missing else ''}{plain(estimate.known)} {unit}"


def _share(share: Decimal | None) -> str:
    return "?" if share is None else percentage(share)


def _show_sources(found: PodPower) -> None:
    for figure in found.figures:
        if figure.value is None:
            continue
        words = f"{figure.part} {figure.name} {plain(figure.value, 3)} {figure.unit}: "
        words += f"assumed: {figure.assumption}" if figure.assumption else figure.source
        show(f"  {wrapped(words, 4)}")


# --- For machines ---


def _record(pod: Pod, found: PodPower) -> dict[str, object]:
    wall = found.wall
    return {
        "bill": pod.bill.title, "drives": found.drives, "spin_up": str(found.spin_up),
        "wiring": found.basis, "shared": found.shared, "standing": found.standing,
        "budgets": [_budget_record(budget) for budget in found.budgets],
        "wall": {
            "start": _estimate(wall.start), "idle": _estimate(wall.idle),
            "active": _estimate(wall.active), "efficiency": wall.efficiency,
        },
        "loads": [
            {"name": load.name, "watts": _estimate(load.watts), "supplies": list(load.supplies)}
            for load in found.loads
        ],
        "figures": [
            {"part": f.part, "figure": f.name, "value": f.value, "unit": f.unit,
             "source": f.source or None, "assumption": f.assumption or None}
            for f in found.figures
        ],
        "notes": list(found.notes),
    }  # fmt: skip


_KEYS = {
    Quantity.START_12V: "start_12v", Quantity.START_5V: "start_5v",
    Quantity.START_WATTS: "start_watts", Quantity.WORK_WATTS: "work_watts",
}  # fmt: skip


def _budget_record(budget: Budget) -> dict[str, object]:
    return {
        "name": budget.name, "supplies": list(budget.supplies), "less_one": budget.less_one,
        "drives": len(budget.bays), "bays": list(budget.bays),
        "backplanes": list(budget.backplanes), "standing": budget.standing,
        "idle_watts": _estimate(budget.idle), "active_watts": _estimate(budget.active),
        "rest_watts": _estimate(budget.rest), "floating_watts": _estimate(budget.floating),
        "checks": {_KEYS[check.quantity]: _check_record(check) for check in budget.checks},
    }  # fmt: skip


def _check_record(check: Check) -> dict[str, object]:
    return {
        "unit": check.unit, "drives": _estimate(check.drives), "whole": _estimate(check.whole),
        "rating": check.rating, "share": _digits(check.share),
        "fine_to": check.limits.fine, "fails_above": check.limits.fatal,
        "standing": check.standing,
    }  # fmt: skip


def _estimate(estimate: Estimate) -> dict[str, object]:
    return {
        "value": _digits(estimate.value), "at_least": _digits(estimate.known),
        "missing": list(estimate.missing),
    }  # fmt: skip


def _digits(number: Decimal | None) -> str | None:
    """Return a number to four decimals: more than any data sheet has."""
    return None if number is None else plain(number, 4).replace(",", "")
