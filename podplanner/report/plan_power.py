"""What the supplies of a pod carry, and what it takes from the wall: this section of a plan."""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.planning.budgets import Budget, Check, Quantity
from podplanner.planning.estimate import Estimate
from podplanner.planning.outlook import Lack, Outlook
from podplanner.planning.power import Figure as DriveFigure
from podplanner.planning.power import PodPower, Wall
from podplanner.planning.power_limits import Standing
from podplanner.report.bars import Piece, bar
from podplanner.report.plan_sections import lack_words
from podplanner.report.plan_values import (
    BarEntry,
    CheckEntry,
    PowerSection,
    SourcedFigure,
    WallEntry,
)
from podplanner.report.values import Figure
from podplanner.report.wording import UNKNOWN, listed, plural
from podplanner.units.numbers import percentage, plain

_ROOM = Decimal("1.05")
# The longest bar or band ends a little before the end of the scale.


def power_section(outlook: Outlook) -> PowerSection:
    """Return what each supply carries at start and at work, and the draw at the wall."""
    found = outlook.power
    if isinstance(found, Lack):
        missing = lack_words("What the supplies carry is not known", found)
        return PowerSection(missing, "", (), (), (), "", (), ())
    checks = [(budget, check) for budget in found.budgets for check in budget.checks]
    return PowerSection(
        "", _summary(found), tuple(_entry(budget, check) for budget, check in checks),
        tuple(_chart(checks)), tuple(wall_entries(found.wall)), _wall_note(found.wall),
        tuple(map(_sourced, found.figures)), found.notes,
    )  # fmt: skip


def estimate_figure(estimate: Estimate, unit: str, places: int = 1) -> Figure:
    """Return a sum as a figure; where a summand is missing, what it comes to at least."""
    words = f"{plain(estimate.known, places)} {unit}"
    if estimate.missing:
        return Figure(f"at least {words}" if estimate.known else UNKNOWN, None)
    return Figure(words, estimate.value)


def _summary(found: PodPower) -> str:
    supplies = plural(len(found.topology.supplies), "supply", "supplies")
    bus = {True: ", on one bus", False: ", each a budget of its own", None: ""}[found.shared]
    return (
        f"{supplies}{bus}; {plural(found.drives, 'data drive')}, which start "
        f"{found.spin_up.words}; the wiring is {found.basis}."
    )


def _entry(budget: Budget, check: Check) -> CheckEntry:
    severity, standing = _standing(check)
    rated = Figure(UNKNOWN, None)
    if check.rating is not None:
        rated = Figure(f"{plain(check.rating)} {check.unit}", check.rating)
    return CheckEntry(
        budget.name, feeds_words(budget), check.quantity.value,
        estimate_figure(check.drives, check.unit), estimate_figure(check.whole, check.unit),
        rated, _share(check), severity, standing,
    )  # fmt: skip


def feeds_words(budget: Budget) -> str:
    """Return what hangs on a budget: its drives and their backplanes."""
    drives = plural(len(budget.bays), "drive")
    if not budget.backplanes:
        return drives
    return f"{drives} on backplanes {listed(tuple(map(str, budget.backplanes)), 20)}"


def _share(check: Check) -> Figure:
    if check.share is None:
        return Figure(UNKNOWN, None)
    words = percentage(check.share)
    if check.whole.missing:
        return Figure(f"at least {words}", None)
    return Figure(words, check.share)


def _standing(check: Check) -> tuple[str, str]:
    if check.standing is Standing.OK:
        return "ok", "in order"
    if check.standing is Standing.UNKNOWN:
        return "unknown", "could not be checked"
    if check.standing is Standing.ERROR:
        return "error", "too much"
    return "warning", "may be too much"


def _chart(checks: list[tuple[Budget, Check]]) -> Iterator[BarEntry]:
    """Yield a bar for each load whose rating is known, all on one scale."""
    known = [(budget, check) for budget, check in checks if check.rating is not None]
    ends = [max(check.share or Decimal(0), check.limits.fatal) for _, check in known]
    scale = max(ends, default=Decimal(1)) * _ROOM
    for budget, check in known:
        limits = check.limits
        drives = (check.drives_share or Decimal(0)) / scale
        pieces = [
            Piece(limits.fine / scale, limits.fatal / scale, "band"),
            Piece(Decimal(0), drives, "bar"),
            Piece(drives, (check.share or Decimal(0)) / scale, "rest"),
        ]
        rating = f"{plain(check.rating or 0)} {check.unit}"
        yield BarEntry(
            f"{budget.name}, {check.quantity.value}",
            f"{estimate_figure(check.whole, check.unit).words} of {rating}, {_share(check).words}",
            bar(pieces, marks=[1 / scale]),
        )


def wall_entries(wall: Wall) -> Iterator[WallEntry]:
    """Yield the draw at the wall at start, at work and at rest."""
    for state, watts in (
        ("while the drives start", wall.start), ("drives at work", wall.active),
        ("drives idle", wall.idle),
    ):  # fmt: skip
        yield WallEntry(state, estimate_figure(watts, "W", 0))


def _wall_note(wall: Wall) -> str:
    if wall.efficiency is None:
        return "The efficiency of a supply is not stated: its losses are not counted."
    return (
        f"What the supplies give, over an efficiency of {percentage(wall.efficiency)}; board and "
        "processor are counted at their most."
    )


def missing_for_power(found: PodPower) -> tuple[str, ...]:
    """Return every fact that a load or a rating lacks, each once."""
    lacks: dict[str, None] = {}
    for budget in found.budgets:
        for check in budget.checks:
            if check.rating is None:
                lacks[f"the rating of {budget.name} for {_RATING[check.quantity]}"] = None
            lacks.update(dict.fromkeys(check.whole.missing))
    for watts in (found.wall.start, found.wall.active, found.wall.idle):
        lacks.update(dict.fromkeys(watts.missing))
    return tuple(lacks)


_RATING = {
    Quantity.START_12V: "12 V", Quantity.START_5V: "5 V", Quantity.START_WATTS: "watts",
    Quantity.WORK_WATTS: "watts",
}  # fmt: skip

_NAMES = {
    "start_12v": "12 V at start", "start_5v": "5 V at start", "idle_power": "idle",
    "active_power": "at work",
}  # fmt: skip


def _sourced(figure: DriveFigure) -> SourcedFigure:
    value = figure.value
    shown = Figure(UNKNOWN, None) if value is None else Figure(
        f"{plain(value)} {figure.unit}", value
    )  # fmt: skip
    source = f"assumed: {figure.assumption}" if figure.assumption else figure.source
    return SourcedFigure(figure.part, _NAMES[figure.name], shown, source)
