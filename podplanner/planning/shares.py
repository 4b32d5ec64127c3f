"""Figures that a report shows beside the cost: the tail of a ranking, what a line is off by."""

from collections.abc import Sequence
from decimal import Decimal

from podplanner.catalog.bill import Line
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.cost import CategoryCost
from podplanner.planning.offers import Offer, QuoteBook, weigh


def gathered(categories: Sequence[CategoryCost], *, most: int) -> tuple[CategoryCost, ...]:
    """Return at most `most` categories: the dearest, and the others added up in a last one.

    Args:
        categories: The dearest first, with shares, as `Cost` holds them.
        most: 2 or more.

    Raises:
        ValueError: `most` is below 2.
    """
    if most < 2:
        raise ValueError("a ranking keeps at least one category beside the others")
    if len(categories) <= most:
        return tuple(categories)
    kept, rest = categories[: most - 1], categories[most - 1 :]
    others = CategoryCost(
        category=f"{len(rest)} others",
        lines=sum(entry.lines for entry in rest),
        amount=sum((entry.amount for entry in rest), Decimal(0)),
        share=sum((entry.share for entry in rest), Decimal(0)),
        cumulative=rest[-1].cumulative,
    )
    return (*kept, others)


def difference_of(line: Line) -> Decimal | None:
    """Return the stated total less quantity x unit price; None where one of them is unknown."""
    if line.total is None or line.computed is None:
        return None
    return line.total - line.computed


def offers_for(pod: Pod, item: Item, book: QuoteBook, *, pods: int) -> tuple[Offer, ...]:
    """Return the quotes of `book` for one item, weighed for an order of `pods` pods.

    Empty where there is none, or where the list does not say how many it buys.
    """
    line = item.line
    if line.quantity is None:
        return ()
    return weigh(
        book.for_item(item),
        wanted=line.quantity * pods + (line.spares or 0),
        as_of=pod.as_of,
        currency=pod.bill.currency_of(line),
    )
