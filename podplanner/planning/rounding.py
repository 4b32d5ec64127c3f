"""The step to which the line totals of a list were rounded, read off the totals themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog.arithmetic import Agreement, agreement, printing_step
from podplanner.catalog.bill import Line

_STEPS = tuple(Decimal(s) for s in ("100", "10", "5", "1", "0.5", "0.1", "0.05"))
_ENOUGH = 4
# Fewer totals that are all whole may be whole by chance.


@dataclass(frozen=True, slots=True)
class TotalStep:
    """A rounding step that is coarser than the printed digits.

    Attributes:
        totals: How many totals were looked at; all are multiples of the step.
        explained: How many of them differ from quantity x unit price within this step.
    """

    step: Decimal
    totals: int
    explained: int


def inferred_step(lines: Sequence[Line]) -> TotalStep | None:
    """Return the coarse step to which all line totals were rounded, or None.

    A step counts when every total is a multiple of it and when it explains at least one total
    that the printed digits do not. (All totals whole: step 1.00.)
    """
    known = [
        (line.quantity, line.unit_price, line.total)
        for line in lines
        if line.quantity is not None and line.unit_price is not None and line.total is not None
        and line.discount_percent is None
    ]  # fmt: skip
    if len(known) < _ENOUGH:
        return None
    odd = [(q, u, t) for q, u, t in known if agreement(q, u, t) is Agreement.DIFFERENT]
    if not odd:
        return None
    for step in _STEPS:
        if any(total % step for _, _, total in known):
            continue
        if any(agreement(q, u, t, total_step=step) is Agreement.DIFFERENT for q, u, t in odd):
            return None
        if step > 1 and sum(bool(q * u % step) for q, u, _ in known) * 2 <= len(known):
            return None  # round totals of round prices; the odd one is an error
        explained = sum(
            agreement(q, u, t, total_step=step) is Agreement.ROUNDED for q, u, t in known
        )
        if step > min(printing_step(total) for _, _, total in known):
            return TotalStep(step, len(known), explained)
        return None
    return None
