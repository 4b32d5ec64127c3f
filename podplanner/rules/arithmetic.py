"""SUM: do the numbers of each line agree with each other, seen that they were rounded?"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.arithmetic import Agreement, agreement, printing_step
from podplanner.catalog.bill import Line
from podplanner.catalog.pod import Item, Pod
from podplanner.planning.rounding import TotalStep, inferred_step
from podplanner.rules.base import Finding, Repair, Rule, Severity, named

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


def quantity_is_unknown(pod: Pod) -> Iterator[Finding]:
    """Every line says how many.

    Why it matters: without a quantity nothing can be counted, ordered or computed.

    Fails when: a line has no quantity; such lines are said once, with their number.
    """
    items = [item for item in pod.items if item.line.quantity is None]
    if items:
        yield Finding(
            items[0] if len(items) == 1 else None,
            f"{_lines(items)} no quantity: {named(items)}",
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


def _lines(items: list[Item]) -> str:
    return "1 line has" if len(items) == 1 else f"{len(items)} lines have"


RULES = (
    Rule("SUM001", Severity.ERROR, line_total_is_wrong),
    Rule("SUM002", Severity.NOTE, line_total_was_rounded),
    Rule("SUM003", Severity.NOTE, totals_are_rounded),
    Rule("SUM004", Severity.WARNING, coarse_rounding_hides_much),
    Rule("SUM010", Severity.UNKNOWN, quantity_is_unknown),
    Rule("SUM011", Severity.WARNING, quantity_is_zero),
    Rule("SUM012", Severity.WARNING, row_reads_two_ways),
)
