"""What a report rests on without proof: what was assumed, and what nobody says."""

from collections.abc import Iterator

from podplanner.catalog.pod import Pod
from podplanner.planning.cost import Cost
from podplanner.report.wording import listed, plural


def assumptions(pod: Pod) -> Iterator[str]:
    """Yield what was taken for granted, a sentence each."""
    bill = pod.bill
    if bill.currency_assumed and bill.currency:
        yield f"The currency is {bill.currency}: the list shows only a bare sign."
    likely = tuple(i.line.id for i in pod.items if i.line.matched == "likely" and i.part)
    if likely:
        yield f"These lines are likely, not surely, the parts named: {listed(likely)}."
    rough = tuple(item.line.id for item in pod.items if item.line.approximate)
    if rough:
        yield f"The list calls these amounts approximate: {listed(rough)}."
    for part in {item.part.sku: item.part for item in pod.items if item.part}.values():
        for figure, why in part.assumptions.items():
            yield f"{part.sku}, {figure.replace('_', ' ')}: {why}"
    yield from bill.notices


def unknowns(pod: Pod, cost: Cost) -> Iterator[str]:
    """Yield what neither the list nor the catalog says, a sentence each."""
    items = pod.items
    if pod.bill.stated_total is None:
        yield "The total that the list itself states."
    if cost.currency is None:
        yield "The currency."
    if pod.bill.day is None:
        yield "The date of the list, and so the age of its prices."
    if cost.unpriced:
        yield f"The price of {plural(len(cost.unpriced), 'line')}: {listed(cost.unpriced)}."
    for label, names in (
        ("The quantity of", tuple(i.line.id for i in items if i.line.quantity is None)),
        ("The catalog part of", tuple(i.line.id for i in items if i.part is None)),
        ("The kind of", tuple(i.line.id for i in items if i.kind is None)),
    ):
        if names:
            yield f"{label} {plural(len(names), 'line')}: {listed(names)}."
    if cost.bays is None:
        yield "The number of data bays."
    if cost.raw_bytes is None:
        yield "The raw capacity: the list names no data drives of known size."
