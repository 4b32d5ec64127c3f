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
        total=known(cost.total),
        parts_total=known(cost.parts_total),
        charges=tuple(
            ChargeEntry("", charge.title, amount_figure(charge.amount, cost.currency), "")
            for charge in cost.charges
        ),
        per_pod=known(cost.per_pod),
        per_bay=known(cost.per_bay),
        per_tb=known(cost.per_tb),
        bays=count_figure(None if cost.bays is None else Decimal(cost.bays)),
        raw_capacity=UNKNOWN if cost.raw_bytes is None else say_bytes(cost.raw_bytes),
        raw_bytes=cost.raw_bytes,
        others=cost.other_currencies,
        unpriced=cost.unpriced,
        lacks=tuple(_lacks(cost)),
        categories=tuple(_category(entry, cost) for entry in cost.categories),
        lines=tuple(_line(line, cost) for line in cost.lines),
        vital=vital,
        vital_words=_vital_words(cost),
        chart=_chart(cost),
    )


def _is_priced(cost: Cost) -> bool:
    """Return whether any line has a price in the currency of the order."""
    return bool(cost.categories)


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
        f"{len(cost.vital_lines)} of {plural(priced, 'line')} with a price make {reached} of the "
        "cost of all parts."
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


def _chart(cost: Cost) -> str:
    bars = [
        Bar(
            label=entry.category,
            words=f"{amount_words(entry.amount, cost.currency)} · {share_figure(entry.share).words}",
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
