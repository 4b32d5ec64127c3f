"""Designs of `plan find` under every rule of `bom check` and `plan check`."""

from dataclasses import dataclass
from datetime import date

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.pod import assemble
from podplanner.planning.find.bill import bill_of
from podplanner.planning.find.design import Design
from podplanner.planning.find.stock import Stock
from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import Severity, Verdict, run


@dataclass(frozen=True, slots=True)
class Checked:
    """The bill of a design, and what the rules say of it; never an error."""

    bill: BillOfMaterials
    verdicts: tuple[Verdict, ...]


def checked_bill(
    design: Design, stock: Stock, *, currency: str, day: date, title: str
) -> Checked:  # fmt: skip
    """Return the bill of a design with the findings of all rules.

    Raises:
        AssertionError: One of them is an error: search and rules disagree, which is a bug.
    """
    bill = bill_of(design, stock, currency=currency, day=day, title=title)
    verdicts = run((*ALL_RULES, *PLAN_RULES), assemble(bill, stock.parts, as_of=day))
    wrong = [verdict for verdict in verdicts if verdict.severity is Severity.ERROR]
    if wrong:
        said = "; ".join(f"{verdict.rule.code}: {verdict.finding.message}" for verdict in wrong)
        raise AssertionError(f"{title} fails its own check: {said}")
    return Checked(bill, verdicts)
