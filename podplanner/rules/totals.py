"""SUM: are the stated totals those of the lines, seen that every amount was rounded?"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.arithmetic import printing_step, rounding_reach
from podplanner.catalog.pod import Pod
from podplanner.planning.rounding import inferred_step
from podplanner.planning.totals import Sum, charges_of, sum_lines, totals_of
from podplanner.rules.base import Finding, Rule, Severity


def grand_total_is_wrong(pod: Pod) -> Iterator[Finding]:
    """The stated grand total is the sum of the lines and charges.

    Why it matters: a total that its own lines do not give means that a line is missing, counted
    twice, or was changed after the total was made.

    Fails when: the difference is more than rounding of the single lines can hide. Unknown when
    an amount is missing. A total that was stated before the list was edited is outdated, not
    wrong.
    """
    bill = pod.bill
    if bill.stated_total is None:
        return
    totals = totals_of(bill)
    best = _best_sum(totals.lines, totals.computed)
    if best.whole is None:
        if not _several(best):
            yield Finding.unknown(
                None,
                f"the stated total {bill.stated_total:f} cannot be checked: "
                f"{best.of - best.covered} of {best.of} lines have no amount",
                wants="the missing prices",
            )
        return
    difference = bill.stated_total - best.whole
    if difference == 0 or _outdated(pod, best.whole):
        return
    if abs(difference) > _reach(pod):
        yield Finding(
            None,
            f"the list states a total of {bill.stated_total:f}, its lines give {best.whole:f} "
            f"({difference:+f})",
            fix="Look for a line that is missing, counted twice or mistyped.",
        )


def grand_total_was_rounded(pod: Pod) -> Iterator[Finding]:
    """The stated grand total differs from its lines by hidden fractions alone.

    Why it matters: it tells which of the totals was added up from unrounded amounts; neither is
    wrong.

    Fails when: stated total and sum of the lines differ, and half a printed step a line explains
    it.
    """
    bill = pod.bill
    if bill.stated_total is None:
        return
    totals = totals_of(bill)
    best = _best_sum(totals.lines, totals.computed)
    if best.whole is None or _outdated(pod, best.whole):
        return
    difference = bill.stated_total - best.whole
    if difference and abs(difference) <= _reach(pod):
        yield Finding(
            None,
            f"the list states a total of {bill.stated_total:f}, its lines give {best.whole:f} "
            f"({difference:+f}): the half-cents that {best.of} printed amounts hide explain it",
            fix="Nothing to mend; say which total you use.",
        )


def stated_total_is_outdated(pod: Pod) -> Iterator[Finding]:
    """The stated grand total belongs to the lines as they are now.

    Why it matters: after an edit the printed total is history.

    Fails when: the list was edited, and its lines no longer give what they gave when the total
    was stated.
    """
    if pod.bill.stated_total is None or pod.bill.stated_lines is None:
        return
    totals = totals_of(pod.bill)
    best = _best_sum(totals.lines, totals.computed)
    now = best.whole if best.whole is not None else best.partial
    if now is not None and _outdated(pod, now):
        yield Finding(
            None,
            f"the stated total {pod.bill.stated_total:f} was made for lines of "
            f"{pod.bill.stated_lines:f}; they give {now:f} now",
            fix="Remove `stated_total` and `stated_lines` when the old total is of no more use.",
        )


def _outdated(pod: Pod, now: Decimal) -> bool:
    return pod.bill.stated_lines is not None and pod.bill.stated_lines != now


def _best_sum(lines: Sum, computed: Sum) -> Sum:
    return lines if lines.covered else computed


def _several(total: Sum) -> bool:
    return len(total.by_currency) > 1


def _reach(pod: Pod, section: str | None = None) -> Decimal:
    """Return how far the rounding of single amounts can part a stated sum from its lines."""
    step = inferred_step(pod.bill.lines)
    reach = Decimal(0)
    for line in pod.bill.lines:
        if section is not None and line.section != section:
            continue
        if line.total is not None:
            reach += (step.step if step else printing_step(line.total)) / 2
        elif line.quantity is not None and line.unit_price is not None:
            reach += rounding_reach(line.quantity, printing_step(line.unit_price), Decimal(0))
    if pod.bill.stated_total is not None and section is None:
        reach += printing_step(pod.bill.stated_total) / 2
    # Whole amounts (`4177`) hide nothing unless a unit price shows that they were rounded.
    fine = [line.total for line in pod.bill.lines if line.total is not None]
    if fine and all(printing_step(total) == 1 for total in fine) and step is None:
        return Decimal(0)
    return reach


def subtotal_is_wrong(pod: Pod) -> Iterator[Finding]:
    """A section's stated subtotal is the sum of its lines.

    Why it matters: a wrong subtotal hides a missing or doubled line in that section.

    Fails when: they differ by more than rounding hides; unknown when an amount is missing.
    """
    for section in pod.bill.sections:
        if section.stated_total is None:
            continue
        lines = [line for line in pod.bill.lines if line.section == section.name]
        plain = sum_lines(pod.bill, lines, [], lambda line: line.amount)
        charged = sum_lines(
            pod.bill, lines, charges_of(pod.bill, section.name), lambda line: line.amount
        )
        if plain.whole is None:
            yield Finding(
                None, f"the subtotal {section.stated_total:f} of {section.name!r} cannot be "
                f"checked: {plain.of - plain.covered} of its {plain.of} lines have no amount",
                fix="State the missing prices.", severity=Severity.UNKNOWN, place=section.place,
            )  # fmt: skip
            continue
        off = min(
            (section.stated_total - s.whole for s in (plain, charged) if s.whole is not None),
            key=abs,
        )
        if abs(off) > _reach(pod, section.name):
            yield Finding(
                None,
                f"section {section.name!r} states {section.stated_total:f}, its lines give "
                f"{plain.whole:f} ({off:+f})",
                fix="Look for a line that is missing, counted twice or mistyped.",
                place=section.place,
            )


def several_currencies(pod: Pod) -> Iterator[Finding]:
    """All amounts are in one currency.

    Why it matters: amounts in different currencies cannot be added up; every total of the list
    stays unknown.

    Fails when: lines or charges are in more than one currency.
    """
    sums: dict[str | None, Decimal] = {}
    for money in pod.bill.amounts():
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    if len(sums) > 1:
        said = ", ".join(
            f"{amount:,f} {name or 'without currency'}" for name, amount in sums.items()
        )
        yield Finding(
            None, f"the list is in several currencies, which are not added up: {said}",
            fix="Give all prices in one currency.",
        )  # fmt: skip


def charge_is_unknown(pod: Pod) -> Iterator[Finding]:
    """A charge that the list names has an amount.

    Why it matters: shipping or tax without an amount is missing from every total.

    Fails when: a charge has no amount.
    """
    for charge in pod.bill.charges:
        if charge.amount is None and not charge.included:
            yield Finding.unknown(None, f"{charge.title!r} has no amount", wants="its amount")


RULES = (
    Rule("SUM005", Severity.ERROR, grand_total_is_wrong),
    Rule("SUM006", Severity.NOTE, grand_total_was_rounded),
    Rule("SUM007", Severity.NOTE, stated_total_is_outdated),
    Rule("SUM008", Severity.ERROR, subtotal_is_wrong),
    Rule("SUM009", Severity.WARNING, several_currencies),
    Rule("SUM013", Severity.UNKNOWN, charge_is_unknown),
)
