"""The cost of an order in words, with its chart."""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.planning.cost import VITAL, CategoryCost, Cost, CostLine
from podplanner.planning.shares import gathered
from podplanner.report.charts import Bar, pareto_chart
from podplanner.report.values import CategoryEntry, ChargeEntry, CostEntry, CostLineEntry, Figure
from podplanner.report.wording import (
    UNKNOWN,
    amount_figure,
    amount_words,
    count_figure,
    listed,
    money_words,
    plural,
    share_figure,
)
from podplanner.units.quantity import say_bytes

_MOST_BARS = 10
# What fits on a phone's screen; the table beside the chart holds all categories.


def cost_entry(cost: Cost) -> CostEntry:
    """Return the cost of an order in words."""
    code = cost.currency or ""
    vital = tuple(_line(line, cost) for line in cost.vital_lines)

    def known(amount: Decimal | None, *, code: str = code) -> Figure:
        return amount_figure(amount if _is_priced(cost) else None, cost.currency, code=code)

    return CostEntry(
        currency=code,
        pods=cost.pods,
        order_words="One pod" if cost.pods == 1 else f"Order of {cost.pods:,} pods",
        total=known(cost.total),
        total_note=_total_note(cost),
        parts_total=known(cost.parts_total),
        charges=tuple(
            ChargeEntry("", charge.title, amount_figure(charge.amount, cost.currency), "")
            for charge in cost.charges
        ),
        per_pod=known(cost.per_pod),
        per_bay=known(cost.per_bay),
        per_tb=known(cost.per_tb),
        bays=count_figure(None if cost.bays is None else Decimal(cost.bays)),
        bays_note=_bays_note(cost),
        raw_capacity=UNKNOWN if cost.raw_bytes is None else say_bytes(cost.raw_bytes),
        capacity_note=_capacity_note(cost),
        raw_bytes=cost.raw_bytes,
        others=cost.other_currencies,
        unpriced=cost.unpriced,
        lacks=tuple(_lacks(cost)),
        categories=tuple(_category(entry, cost) for entry in cost.categories),
        lines=tuple(_line(line, cost) for line in cost.lines),
        vital=vital,
        vital_words=_vital_words(cost),
        chart=_chart(cost),
        chart_note=(
            "Bars are shares of the cost of all parts; the line adds them up. "
            "The dashed tick of each row stands at 80 %."
        ),
    )


def _is_priced(cost: Cost) -> bool:
    """Return whether any line has a price in the currency of the order."""
    return bool(cost.categories)


def _total_note(cost: Cost) -> str:
    if not _is_priced(cost):
        return "no line has a known price"
    notes = [
        "parts and charges" if cost.charges else "parts",
        "incomplete" if cost.unpriced or cost.other_currencies else "",
        f"{amount_words(cost.per_pod, cost.currency)} a pod"
        if cost.pods > 1 and cost.per_pod is not None
        else "",
    ]
    return "; ".join(note for note in notes if note)


def _bays_note(cost: Cost) -> str:
    return "the number of bays is unknown" if cost.bays is None else plural(cost.bays, "data bay")


def _capacity_note(cost: Cost) -> str:
    if cost.raw_bytes is None:
        return "no data drives of known size"
    return f"{say_bytes(cost.raw_bytes)} raw in one pod, by the drives' labels"


def _lacks(cost: Cost) -> Iterator[str]:
    if cost.unpriced:
        lines = plural(len(cost.unpriced), "line")
        yield f"Without {lines} that {_have(len(cost.unpriced))} no price: {listed(cost.unpriced)}."
    for money in cost.other_currencies:
        yield f"Without {money_words(money)}: amounts are never converted."


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _vital_words(cost: Cost) -> str:
    if not cost.vital_lines:
        return "No line has a known price."
    reached = share_figure(cost.vital_lines[-1].cumulative).words
    priced = sum(entry.lines for entry in cost.categories)
    return (
        f"{len(cost.vital_lines)} of {plural(priced, 'line')} with a price "
        f"{'makes' if len(cost.vital_lines) == 1 else 'make'} {reached} of the cost of all parts."
    )


def _category(entry: CategoryCost, cost: Cost) -> CategoryEntry:
    return CategoryEntry(
        category=entry.category,
        lines=entry.lines,
        amount=amount_figure(entry.amount, cost.currency),
        share=share_figure(entry.share),
        cumulative=share_figure(entry.cumulative),
    )


def _line(line: CostLine, cost: Cost) -> CostLineEntry:
    return CostLineEntry(
        position=line.position,
        id=line.id,
        name=line.name,
        category=line.category,
        quantity=count_figure(line.quantity),
        amount=amount_figure(line.amount, cost.currency),
        share=share_figure(line.share),
        cumulative=share_figure(line.cumulative),
        vital=line.vital,
        offer=line.offer,
    )


def _bar_words(entry: CategoryCost, currency: str | None) -> str:
    return f"{amount_words(entry.amount, currency)} · {share_figure(entry.share).words}"


def _chart(cost: Cost) -> str:
    bars = [
        Bar(
            label=entry.category,
            words=_bar_words(entry, cost.currency),
            share=entry.share,
            cumulative=entry.cumulative,
            cumulative_words=share_figure(entry.cumulative).words,
        )
        for entry in gathered(cost.categories, most=_MOST_BARS)
    ]
    dearest = ", ".join(f"{bar.label} {bar.words}" for bar in bars[:3])
    return pareto_chart(
        bars,
        name="cost-chart",
        title="Cost by category",
        description=f"Bars, the dearest first, with a line of cumulative shares. {dearest}.",
        mark=VITAL,
    )
