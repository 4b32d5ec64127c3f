"""PRC and PRT: are prices known, dated and fresh; are lines known parts?"""

from collections.abc import Iterable, Iterator

from podplanner.catalog.pod import Item, Pod
from podplanner.planning.offers import STALE
from podplanner.rules.base import Finding, Rule, Severity, named


def price_is_missing(pod: Pod) -> Iterator[Finding]:
    """Every line has a price.

    Why it matters: what has no price is missing from the cost.

    Fails when: a line has neither a unit price nor a total; said once, with their number.
    """
    items = [i for i in pod.items if i.line.amount is None and i.line.unit_price is None]
    if items:
        yield Finding(
            items[0] if len(items) == 1 else None,
            f"{_count(items, 'line has', 'lines have')} no price: {named(items)}",
            fix="Add quotes with `podplanner bom price`, or set `unit_price`.",
            severity=Severity.UNKNOWN, count=len(items), field="unit_price",
        )  # fmt: skip


def price_is_undated(pod: Pod) -> Iterator[Finding]:
    """Prices say of which day they are.

    Why it matters: a price without a date cannot be told from a stale one.

    Fails when: neither the bill nor the line has a date; said once, with their number.
    """
    if pod.bill.day is not None:
        return
    items = [i for i in pod.items if i.line.amount is not None and i.line.price_date is None]
    if items:
        yield Finding(
            None, f"{_count(items, 'price has', 'prices have')} no date",
            fix="Set `date` at the top of the list to the day of the prices.", count=len(items),
        )  # fmt: skip


def price_is_stale(pod: Pod) -> Iterator[Finding]:
    """Prices are less than a year old.

    Why it matters: nobody sells at last year's price.

    Fails when: the date of a price is more than 365 days ago; said once, with their number.
    """
    dated = [
        (item, day)
        for item in pod.items
        if item.line.amount is not None
        and (day := item.line.price_date or pod.bill.day) is not None
        and pod.as_of - day > STALE
    ]
    if dated:
        oldest = min(day for _, day in dated)
        items = [item for item, _ in dated]
        yield Finding(
            None,
            f"{_count(items, 'price is', 'prices are')} more than a year old "
            f"(the oldest of {oldest}, looked at on {pod.as_of})",
            fix="Ask for quotes and add them with `podplanner bom price`.", count=len(items),
        )  # fmt: skip


def currency_is_missing(pod: Pod) -> Iterator[Finding]:
    """Prices say in which currency they are.

    Why it matters: 100 dollars and 100 euros are different budgets.

    Fails when: there are prices, and neither the bill nor the lines name a currency.
    """
    items = [i for i in pod.items if i.line.amount is not None
             and pod.bill.currency_of(i.line) is None]  # fmt: skip
    if items:
        yield Finding(
            None, f"{_count(items, 'price has', 'prices have')} no currency",
            fix='Set `currency` at the top of the list, such as `currency = "EUR"`.',
            count=len(items),
        )  # fmt: skip


def currency_is_assumed(pod: Pod) -> Iterator[Finding]:
    """The currency is stated, not taken from a bare `$`.

    Why it matters: Canada, Australia and others write `$` too.

    Fails when: the list shows a bare `$` and nothing else; USD is assumed.
    """
    if pod.bill.currency_assumed:
        yield Finding(
            None, f"the list shows a bare sign; {pod.bill.currency} is assumed",
            fix="Remove `currency_assumed` when that is right, else correct `currency`.",
        )  # fmt: skip


def price_is_approximate(pod: Pod) -> Iterator[Finding]:
    """Prices are exact.

    Why it matters: a total is no better than its vaguest price.

    Fails when: the list itself calls a price approximate; said once, with their number.
    """
    items = [item for item in pod.items if item.line.approximate]
    if items:
        yield Finding(
            None, f"{_count(items, 'price is', 'prices are')} called approximate: {named(items)}",
            fix="Ask for a quote.", count=len(items),
        )  # fmt: skip


def match_is_likely(pod: Pod) -> Iterator[Finding]:
    """Lines are matched to catalog parts by their exact number.

    Why it matters: checks that rest on a part's figures are no better than the match.

    Fails when: a match is only likely; all are listed once, to be confirmed.
    """
    items = [item for item in pod.items if item.line.matched == "likely"]
    if items:
        pairs = ", ".join(f"{item.position} {item.line.part}" for item in items)
        yield Finding(
            None, f"{_count(items, 'match is', 'matches are')} only likely: {pairs}",
            fix='Remove `matched = "likely"` where the part is right, else correct `part`.',
            count=len(items),
        )  # fmt: skip


def part_is_unknown(pod: Pod) -> Iterator[Finding]:
    """Lines are parts of the catalog.

    Why it matters: of a part that the catalog does not know, no figure can be checked.

    Fails when: a line names no known part; said once, with their number. That is not bad, only
    unknown.
    """
    items = [item for item in pod.items if item.part is None and item.line.bill is None]
    if items:
        yield Finding(
            None,
            f"{_count(items, 'line is', 'lines are')} not in the catalog and cannot be checked "
            f"as parts: {named(items)}",
            fix="Set `part`, or describe the part in a file of your own (docs/parts-list.md).",
            severity=Severity.UNKNOWN, count=len(items),
        )  # fmt: skip


def _count(items: Iterable[Item], one: str, many: str) -> str:
    number = len(list(items))
    return f"1 {one}" if number == 1 else f"{number} {many}"


RULES = (
    Rule("PRC001", Severity.UNKNOWN, price_is_missing),
    Rule("PRC002", Severity.NOTE, price_is_undated),
    Rule("PRC003", Severity.WARNING, price_is_stale),
    Rule("PRC004", Severity.WARNING, currency_is_missing),
    Rule("PRC005", Severity.NOTE, currency_is_assumed),
    Rule("PRC006", Severity.NOTE, price_is_approximate),
    Rule("PRT001", Severity.NOTE, match_is_likely),
    Rule("PRT002", Severity.UNKNOWN, part_is_unknown),
)
