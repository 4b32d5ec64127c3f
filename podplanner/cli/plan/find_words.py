"""What `plan find` prints: for people, as one JSON object, and as a picture."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from podplanner.catalog.prices import Site
from podplanner.cli.console import counted, emit, money, show, table, wrapped
from podplanner.planning.find.answer import MODEL, YEARS, Answer, pieces
from podplanner.planning.find.exact import money as of_mills
from podplanner.planning.find.need import Demand, Need
from podplanner.planning.find.reasons import Outcome, said_amount
from podplanner.planning.find.relax import Relaxed
from podplanner.planning.find.search import Searched
from podplanner.planning.find.stock import Withheld
from podplanner.report.front_chart import Spot, front_chart, front_file
from podplanner.rules.base import Severity, tally
from podplanner.rules.designs import Checked
from podplanner.units.numbers import plain
from podplanner.units.quantity import say_bytes
from podplanner.units.sizes import terabytes

_FLAWS = (Severity.WARNING, Severity.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Shown:
    """A design with its number, its bill and the file that the bill is written to."""

    number: int
    answer: Answer
    bill: Checked
    file: Path | None


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that is said of a need.

    Attributes:
        took: Seconds of the search.
    """

    need: Need
    answers: tuple[Shown, ...]
    searched: Searched
    relaxed: tuple[Relaxed, ...]
    withheld: tuple[Withheld, ...]
    site: Site
    took: float


def print_found(told: Told) -> None:
    """Print the designs in one table, then each with its parts and its neighbours."""
    _show_need(told.need)
    show()
    if not told.answers:
        _show_relaxed(told)
        return
    _show_table(told)
    more = len(told.searched.front) - len(told.answers)
    if more:
        show(f"{counted(more, 'more design')} of the front not shown: --all, or --top N")
    searched = told.searched
    show(f"{searched.evaluated:,} designs evaluated, {searched.pruned:,} left out (no better by "
         "proof, or their parts do not fit)")  # fmt: skip
    for shown in told.answers:
        show()
        _show_design(shown, told)
    show()
    show("All of this rests on:")
    for sentence in (*MODEL, _site_words(told.site)):
        show("  - " + wrapped(sentence, 4))
    _show_withheld(told)


def _show_need(need: Need) -> None:
    asked = [f"{say_bytes(need.usable)} to keep"]
    asked += [f"read {say_bytes(need.read)}/s"] if need.read else []
    asked += [f"write {say_bytes(need.write)}/s"] if need.write else []
    asked += [f"{need.nines} nines"] if need.nines else []
    asked += [f"at most {money(need.budget, need.currency)}"] if need.budget is not None else []
    asked += [f"{need.rack_units} U"] if need.rack_units is not None else []
    asked += [f"{plain(need.watts_max)} W"] if need.watts_max is not None else []
    layout = need.layout or need.family
    asked += [f"only {layout}"] if layout else []
    asked.append(f"in up to {counted(need.pods_max, 'pod')}")
    show(f"Asked for: {', '.join(asked)}")
    for reason in need.reasons:
        show("  - " + wrapped(reason, 4))


def _show_table(told: Told) -> None:
    rows = []
    for shown in told.answers:
        design = shown.answer.design
        figures = design.figures
        rows.append((
            str(shown.number), money(of_mills(figures.cost)), _rounded(shown.answer.owning.total),
            f"{terabytes(figures.capacity):.0f}" if figures.capacity >= 10**14
            else f"{terabytes(figures.capacity):.1f}",
            f"{figures.read / 1e9:.2f}", f"{figures.write / 1e9:.2f}", str(figures.nines),
            f"{figures.watts:.0f}", str(figures.rack_units), str(figures.pods),
            f"{design.drives} x {design.pace.drive.sku}", str(design.layout),
        ))  # fmt: skip
    headings = ("", f"cost {told.need.currency}", f"{YEARS:f} years", "TB", "read GB/s",
                "write", "nines", "W", "U", "pods", "drives a pod", "layout")  # fmt: skip
    show(table(rows, headings, right=tuple(range(10))))


def _rounded(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.0f}"


def _show_design(shown: Shown, told: Told) -> None:
    found, design = shown.answer, shown.answer.design
    each = "" if design.pods == 1 else " each"
    show(f"{shown.number}. {counted(design.pods, 'pod')} of {design.drives} x "
         f"{design.pace.drive.sku}, {design.layout}")  # fmt: skip
    show("   " + wrapped(f"parts{each}: " + ", ".join(
        sku if count == 1 else f"{count} x {sku}" for sku, count in pieces(design)
    ), 5))  # fmt: skip
    if design.spares:
        show(f"   {counted(design.spares, 'spare drive')} on the shelf for the whole order")
    flaws = [v for v in shown.bill.verdicts if v.severity in _FLAWS]
    codes = ", ".join(
        code if count == 1 else f"{count} x {code}"
        for code, count in Counter(verdict.rule.code for verdict in flaws).items()
    )
    show(f"   bom check and plan check: no error, {_flaw_words(flaws_of(shown))}"
         + (f" ({codes})" if codes else ""))  # fmt: skip
    if shown.file is not None:
        show(f"   bill: {shown.file}")
    for one in found.rejected:
        mark = "not" if one.outcome is not Outcome.TRADE else "or "
        show("   " + wrapped(f"{mark} {one.change}: {one.reason}", 9))
    for title, figures in (("assumed", found.assumptions), ("unknown", found.unknown)):
        if figures:
            show("   " + wrapped(f"{title}: {'; '.join(figures)}", 5))


def flaws_of(shown: Shown) -> dict[Severity, int]:
    """Return how many findings of each severity the bill of a design has."""
    return tally(shown.bill.verdicts)


def _flaw_words(counts: dict[Severity, int]) -> str:
    return f"{counted(counts[Severity.WARNING], 'warning')}, {counts[Severity.UNKNOWN]} unknown"


def _site_words(site: Site) -> str:
    return (
        f"{YEARS:f} years are reckoned at {site.kwh:f} {site.currency} a kWh, PUE {site.pue:f} and "
        f"{site.rack_unit_month:f} a rack unit and month ({site.name}), with failed drives replaced"
    )


def _show_relaxed(told: Told) -> None:
    show("Nothing in the catalog meets all of it.")
    for one in told.relaxed:
        show("  - " + wrapped(relaxed_words(one, told.need), 4))
    if told.relaxed and all(one.best is None for one in told.relaxed):
        show("No demand alone stands in the way: give way in two.")
    show(f"{told.searched.space:,} designs were ruled out.")
    _show_withheld(told)


def relaxed_words(one: Relaxed, need: Need) -> str:
    """Return what one demand would have to be, in words."""
    asked = "" if one.demand is Demand.LAYOUT else said_amount(one.demand, one.asked, need)
    if one.best is None:
        what = f"{one.demand} ({asked})" if asked else one.demand.value
        return f"{what}: giving way in this alone does not help"
    if one.demand is Demand.LAYOUT:
        return f"layout: any other than {need.layout or need.family}; {one.layout} would do"
    best = said_amount(one.demand, one.best, need)
    return f"{one.demand}: {best} instead of {asked}, all else as it is"


def _show_withheld(told: Told) -> None:
    if told.withheld:
        show()
        show("Not offered, for want of figures:")
        for part in told.withheld:
            show("  - " + wrapped(f"{part.sku}: {', '.join(part.missing)}", 4))


# --- JSON ---


def print_record(told: Told) -> None:
    """Print one JSON object."""
    need, searched = told.need, told.searched
    emit("plan-find", {
        "need": {
            "usable_bytes": need.usable, "read_bytes_per_s": need.read,
            "read_from_one_pool_bytes_per_s": need.read_alone,
        "write_bytes_per_s": need.write, "nines": need.nines, "budget": need.budget,
            "currency": need.currency, "rack_units": need.rack_units, "pods_max": need.pods_max,
            "watts_max": need.watts_max,
            "layout": need.layout.written if need.layout else need.family,
            "spares": need.spares, "reasons": list(need.reasons),
        },
        "designs": [_record(shown) for shown in told.answers],
        "front": len(searched.front), "evaluated": searched.evaluated, "pruned": searched.pruned,
        "relax": [_relaxed(one, need) for one in told.relaxed],
        "assumptions": [*MODEL, _site_words(told.site)],
        "withheld": [{"part": p.sku, "missing": list(p.missing)} for p in told.withheld],
    })  # fmt: skip


def _record(shown: Shown) -> dict[str, object]:
    found, design = shown.answer, shown.answer.design
    figures, body = design.figures, design.body
    nic = body.cards.nic
    return {
        "number": shown.number, "cost": of_mills(figures.cost),
        "five_year_cost": found.owning.total, "per_tb_month": found.owning.per_tb_month,
        "recommended_bytes": figures.capacity, "read_bytes_per_s": figures.read,
        "write_bytes_per_s": figures.write, "annual_loss": figures.loss, "nines": figures.nines,
        "watts": Decimal(f"{figures.watts:.1f}"), "rack_units": figures.rack_units,
        "pods": design.pods, "drives": design.drives, "spares": design.spares,
        "layout": design.layout.written, "survives_any_backplane": found.spreads,
        "parts": {
            "chassis": body.frame.chassis.sku, "drive": design.pace.drive.sku,
            "board": body.host.board.sku, "cpu": body.host.cpu.sku,
            "memory": body.host.memory.sku, "memory_modules": body.host.modules,
            "adapters": [{"part": g.adapter.sku, "count": g.count}
                         for g in body.cards.wiring.groups if g.adapter],
            "nic": None if nic is None else nic.sku, "nics": body.cards.nics,
            "supply": body.feed.supply.sku, "supplies": body.feed.count,
        },
        "bill": None if shown.file is None else str(shown.file),
        "checks": {severity.value: number for severity, number in flaws_of(shown).items()},
        "rejected": [
            {"change": one.change, "outcome": one.outcome, "reason": one.reason,
             "demands": list(one.demands)}
            for one in found.rejected
        ],
        "assumptions": list(found.assumptions), "unknown": list(found.unknown),
    }  # fmt: skip


def _relaxed(one: Relaxed, need: Need) -> dict[str, object]:
    money_like = one.demand is Demand.BUDGET

    def value(number: float | None) -> object:
        if number is None or one.demand is Demand.LAYOUT:
            return None
        return of_mills(int(number)) if money_like else round(number)

    return {
        "demand": one.demand, "asked": value(one.asked), "best": value(one.best),
        "layout": one.layout or None, "words": relaxed_words(one, need),
    }  # fmt: skip


# --- Files ---


def comments_of(shown: Shown, told: Told) -> list[str]:
    """Return what stands at the top of a bill: what it is, and which figures are assumed."""
    design, figures = shown.answer.design, shown.answer.design.figures
    words = [
        f"Design {shown.number}: {counted(design.pods, 'pod')} like this one, together "
        f"{money(of_mills(figures.cost), told.need.currency)}, {say_bytes(figures.capacity)}, "
        f"{figures.nines} nines.",
        "Check it with `podplanner bom check` and `podplanner plan check`.",
    ]
    return words + [f"assumed: {one}" for one in shown.answer.assumptions]


def drawn(told: Told) -> str:
    """Return the designs as an SVG file: cost across, capacity upwards."""
    spots = [
        Spot(
            shown.number, float(of_mills(shown.answer.design.figures.cost)),
            float(terabytes(shown.answer.design.figures.capacity)),
            f"{shown.answer.design.figures.nines} nines",
        )
        for shown in told.answers
    ]  # fmt: skip
    need = told.need
    chart = front_chart(
        spots, name="front", title="Designs by cost and capacity",
        description=f"{counted(len(spots), 'design')} that none exceeds in everything.",
        currency=need.currency, asked_terabytes=float(terabytes(need.usable)),
        budget=None if need.budget is None else float(need.budget),
    )  # fmt: skip
    return front_file(chart)
