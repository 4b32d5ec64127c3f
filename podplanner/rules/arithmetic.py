"""SUM: do the amounts of the list agree with each other, seen that they were rounded?"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.arithmetic import Agreement, agreement, printing_step, rounding_reach
from podplanner.catalog.bill import Line
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.rounding import TotalStep, inferred_step
from podplanner.planning.totals import Sum, charges_of, sum_lines, totals_of
from podplanner.rules.base import Finding, Repair, Rule, Severity

_HIDES_AMOUNT = Decimal("1.00")
_HIDES_SHARE = Decimal("0.05")
_TRIFLE = Decimal("0.05")
# A rounding is worth a look when it hides more than 1.00, or more than 5 % of a line that is
# not itself a matter of a few cents.


def line_total_is_wrong(pod: Pod) -> Iterator[Finding]:
    """A line's total is quantity x unit price.

    Why it matters: one of the three numbers is wrong, and with it the order, the price or the
    budget; nobody can tell which without looking.

    Fails when: the total differs from quantity x unit price by more than rounding explains.
    Half a printed step of the unit price per piece, and half a step of the total, are rounding;
    the step of the totals is inferred when it is coarser than their digits.
    """
    step = inferred_step(pod.bill.lines)
    for item in pod.items:
        numbers = _numbers(item.line)
        if numbers is None or _agreement(item.line, step) is not Agreement.DIFFERENT:
            continue
        quantity, unit, total = numbers
        repairs = tuple(_repairs(quantity, unit, total, item.line.discount_percent))
        computed = item.line.computed or Decimal(0)
        message = (
            f"{quantity:f} x {unit:f}{_less(item.line)} is {_amount(computed)}, "
            f"but the list says {total:f}"
        )
        if computed and total:
            ratio = total / computed
            if ratio.normalize().as_tuple().digits == (1,) and ratio != 1:
                message += f" (exactly {ratio.normalize():f} of it)"
        yield Finding(item, message, fix=_choices(item, repairs), field="total", repairs=repairs)


def _less(line: Line) -> str:
    return f" less {line.discount_percent:f} %" if line.discount_percent else ""


def _amount(value: Decimal) -> str:
    """Write an amount without the zeros that only multiplying made."""
    shown = value.normalize()
    if int(shown.as_tuple().exponent) > -2:
        shown = shown.quantize(Decimal("0.01"))
    return f"{shown:f}"


def _numbers(line: Line) -> tuple[Decimal, Decimal, Decimal] | None:
    if line.quantity is None or line.unit_price is None or line.total is None:
        return None
    return line.quantity, line.unit_price, line.total


def _agreement(line: Line, step: TotalStep | None) -> Agreement | None:
    if (numbers := _numbers(line)) is None:
        return None
    quantity, unit, total = numbers
    factor = (100 - (line.discount_percent or Decimal(0))) / 100
    return agreement(quantity, unit, total, total_step=step.step if step else None, factor=factor)


def _repairs(
    quantity: Decimal, unit: Decimal, total: Decimal, discount: Decimal | None
) -> Iterator[Repair]:
    """Yield the single changes that make the line right, the shortest numbers first."""
    factor = (100 - (discount or Decimal(0))) / 100
    if unit * factor and total >= 0:
        meant = _short(total / (unit * factor))
        if meant is not None and meant > 0:
            yield Repair("quantity", "quantity", meant)
    if quantity * factor:
        meant = _short(total / (quantity * factor))
        if meant is not None:
            yield Repair("unit", "unit_price", meant)
    computed = (quantity * unit * factor).quantize(printing_step(total))
    yield Repair("total", "total", computed)


def _short(value: Decimal) -> Decimal | None:
    """Return a value that is exact with at most four decimals, as people write them."""
    rounded = value.quantize(Decimal("0.0001")).normalize()
    return Decimal(f"{rounded:f}") if rounded == value else None


def _choices(item: Item, repairs: tuple[Repair, ...]) -> str:
    said = ", ".join(f"{repair.choice} {repair.value:f}" for repair in repairs)
    return (
        f"One of these would be right: {said}. Choose with "
        f"`podplanner bom fix FILE -o OUT --choose {item.position}={repairs[0].choice}`."
    )


def line_total_was_rounded(pod: Pod) -> Iterator[Finding]:
    """A line's total shows that its unit price was rounded for printing.

    Why it matters: the true unit price is total / quantity; a larger order that is priced by
    the printed one comes out wrong.

    Fails when: the total is not quantity x unit price, but a unit price that rounds to the
    printed one explains it.
    """
    if inferred_step(pod.bill.lines) is not None:
        return  # said once, for the column
    for item in pod.items:
        numbers = _numbers(item.line)
        if numbers is None or _agreement(item.line, None) is not Agreement.ROUNDED:
            continue
        quantity, unit, total = numbers
        hidden = abs(total - (item.line.computed or Decimal(0)))
        true = total / quantity if quantity else unit
        shown = f"{true.normalize():f}" if _short(true) is not None else f"about {true:.5f}"
        yield Finding(
            item,
            f"{quantity:f} x {unit:f} is {_amount(item.line.computed or Decimal(0))}, the list "
            f"says {total:f}: the unit price is {shown}, printed as {unit:f}",
            fix="Nothing to mend; the line's total is used for the cost.",
            field="unit_price",
            severity=Severity.WARNING if _hides_much(hidden, total) else None,
        )


def _hides_much(hidden: Decimal, total: Decimal) -> bool:
    return hidden > _HIDES_AMOUNT or (hidden > _TRIFLE and hidden > abs(total) * _HIDES_SHARE)


def totals_are_rounded(pod: Pod) -> Iterator[Finding]:
    """All line totals are rounded to a step coarser than their digits.

    Why it matters: such totals are good to half a step only, and so is their sum.

    Fails when: every total is a multiple of a step such as 1.00, and that step explains totals
    which their printed digits do not. Said once for the column.
    """
    step = inferred_step(pod.bill.lines)
    if step is not None:
        yield Finding(
            None,
            f"all {step.totals} line totals are rounded to {step.step.quantize(Decimal('0.01'))}; "
            f"{step.explained} of them differ from quantity x unit price because of it",
            fix="Use quantity x unit price where cents matter.",
            field="total",
        )


def coarse_rounding_hides_much(pod: Pod) -> Iterator[Finding]:
    """Rounding the totals does not change a line much.

    Why it matters: a total that was rounded by a dollar or by a twentieth of the line is not
    good enough to order by.

    Fails when: rounding to the inferred step hides more than 1.00 or more than 5 % of a line.
    """
    step = inferred_step(pod.bill.lines)
    if step is None:
        return
    for item in pod.items:
        numbers = _numbers(item.line)
        if numbers is None or _agreement(item.line, step) is not Agreement.ROUNDED:
            continue
        hidden = abs(numbers[2] - (item.line.computed or Decimal(0)))
        if _hides_much(hidden, numbers[2]):
            yield Finding(
                item,
                f"rounding the total to {numbers[2]:f} hides {_amount(hidden)} of "
                f"{_amount(item.line.computed or Decimal(0))}",
                fix="Ask for the exact total.",
                field="total",
            )


def grand_total_is_wrong(pod: Pod) -> Iterator[Finding]:
    """The stated grand total is the sum of the lines and charges.

    Why it matters: a total that its own lines do not give means that a line is missing, counted
    twice, or was changed after the total was made.

    Fails when: the difference is more than rounding of the single lines can hide. Unknown when
    an amount is missing. A total that was stated before the list was edited is outdated, not
    wrong.
    """
    bill, totals = pod.bill, totals_of(pod.bill)
    if bill.stated_total is None:
        return
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
    bill, totals = pod.bill, totals_of(pod.bill)
    best = _best_sum(totals.lines, totals.computed)
    if bill.stated_total is None or best.whole is None or _outdated(pod, best.whole):
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
    totals = totals_of(pod.bill)
    best = _best_sum(totals.lines, totals.computed)
    now = best.whole if best.whole is not None else best.partial
    if pod.bill.stated_total is not None and now is not None and _outdated(pod, now):
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


def quantity_is_unknown(pod: Pod) -> Iterator[Finding]:
    """Every line says how many.

    Why it matters: without a quantity nothing can be counted, ordered or computed.

    Fails when: a line has no quantity; such lines are said once, with their number.
    """
    items = [item for item in pod.items if item.line.quantity is None]
    if items:
        yield Finding(
            items[0] if len(items) == 1 else None,
            f"{_lines(items)} no quantity: {_names(items)}",
            fix="State the quantity.", severity=Severity.UNKNOWN, count=len(items),
            field="quantity",
        )  # fmt: skip


def quantity_is_zero(pod: Pod) -> Iterator[Finding]:
    """A line buys something.

    Why it matters: a quantity of zero is often a forgotten number.

    Fails when: the quantity is 0.
    """
    for item in pod.items:
        if item.line.quantity == 0:
            yield Finding(item, "the quantity is 0", fix="State the quantity, or remove the line.",
                          field="quantity")  # fmt: skip


def row_reads_two_ways(pod: Pod) -> Iterator[Finding]:
    """A row whose columns run together can be read in one way only.

    Why it matters: the digits before the price belong to the quantity or to the part number; the
    wrong choice buys the wrong number of the wrong part.

    Fails when: two splits fit equally well; the first one is kept, all are shown.
    """
    for item in pod.items:
        if item.line.readings:
            others = "; ".join(
                f"{reading.quantity:f} of {reading.title!r}" for reading in item.line.readings
            )
            quantity = item.line.quantity or Decimal(0)
            yield Finding(
                item, f"read as {quantity:f} of {item.line.name!r}, and could be {others}",
                fix="Set title and quantity as they should be, and remove `readings`.",
                field="quantity",
            )  # fmt: skip


def charge_is_unknown(pod: Pod) -> Iterator[Finding]:
    """A charge that the list names has an amount.

    Why it matters: shipping or tax without an amount is missing from every total.

    Fails when: a charge has no amount.
    """
    for charge in pod.bill.charges:
        if charge.amount is None and not charge.included:
            yield Finding.unknown(None, f"{charge.title!r} has no amount", wants="its amount")


def _lines(items: list[Item]) -> str:
    return "1 line has" if len(items) == 1 else f"{len(items)} lines have"


def _names(items: list[Item]) -> str:
    shown = ", ".join(f"{item.position} {item.line.name[:40]}" for item in items[:3])
    return shown + (f" and {len(items) - 3} more" if len(items) > 3 else "")


RULES = (
    Rule("SUM001", Severity.ERROR, line_total_is_wrong),
    Rule("SUM002", Severity.NOTE, line_total_was_rounded),
    Rule("SUM003", Severity.NOTE, totals_are_rounded),
    Rule("SUM004", Severity.WARNING, coarse_rounding_hides_much),
    Rule("SUM005", Severity.ERROR, grand_total_is_wrong),
    Rule("SUM006", Severity.NOTE, grand_total_was_rounded),
    Rule("SUM007", Severity.NOTE, stated_total_is_outdated),
    Rule("SUM008", Severity.ERROR, subtotal_is_wrong),
    Rule("SUM009", Severity.WARNING, several_currencies),
    Rule("SUM010", Severity.UNKNOWN, quantity_is_unknown),
    Rule("SUM011", Severity.WARNING, quantity_is_zero),
    Rule("SUM012", Severity.WARNING, row_reads_two_ways),
    Rule("SUM013", Severity.UNKNOWN, charge_is_unknown),
)
