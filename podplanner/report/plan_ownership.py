"""What owning the pods costs, beside a cloud: this section of a plan."""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.planning.outlook import Outlook
from podplanner.planning.running_cost import SWING, CloudCost, CostItem, RunningCost
from podplanner.report.bars import Piece, bar
from podplanner.report.plan_sections import as_sentence
from podplanner.report.plan_values import (
    BarEntry,
    CloudEntry,
    CostItemEntry,
    OwnershipSection,
    SwingEntry,
)
from podplanner.report.wording import amount_figure, listed, share_figure


def ownership_section(outlook: Outlook) -> OwnershipSection:
    """Return the shares of the cost, what moves it most, and the cloud beside it."""
    found, gathered = outlook.cost, outlook.gathered
    currency = gathered.currency
    items = tuple(_item(item, found, currency) for item in found.items)
    cloud = None if outlook.cloud is None else _cloud(outlook, outlook.cloud)
    return OwnershipSection(
        missing=_missing(found),
        years=f"{found.ownership.years:f} years",
        currency=currency or "no stated currency",
        items=items,
        total=amount_figure(found.total, currency),
        per_tb_month=amount_figure(found.per_tb_month, currency),
        shares=tuple(_share_bar(item, currency) for item in items if found.total is not None),
        swings=tuple(_swing(swing.name, swing.low, swing.high, currency) for swing in found.swings),
        tornado=tuple(_tornado(found, currency)),
        swing_words=f"{SWING:.0%}".replace("%", " %"),
        cloud=cloud,
        no_cloud="" if outlook.no_cloud is None else
        f"No cloud is set beside: {outlook.no_cloud.reason}. {outlook.no_cloud.fix}",
        beside=tuple(_beside(found, outlook.cloud, currency)),
        notes=tuple(map(as_sentence, gathered.assumptions)),
    )  # fmt: skip


def _missing(found: RunningCost) -> str:
    lacks = tuple(item.name for item in found.items if item.amount is None)
    if not lacks:
        return ""
    return f"The total is not known, for these amounts are missing: {listed(lacks)}."


def _item(item: CostItem, found: RunningCost, currency: str | None) -> CostItemEntry:
    share = item.amount / found.total if found.total and item.amount is not None else None
    return CostItemEntry(
        item.name, amount_figure(item.amount, currency), share_figure(share), item.reckoned
    )


def _share_bar(item: CostItemEntry, currency: str | None) -> BarEntry:
    share = item.share.value or Decimal(0)
    return BarEntry(
        item.name, f"{item.amount.words} {currency or ''}, {item.share.words}".replace(" ,", ","),
        bar([Piece(Decimal(0), share, "bar")]),
    )  # fmt: skip


def _swing(name: str, low: Decimal, high: Decimal, currency: str | None) -> SwingEntry:
    return SwingEntry(name, amount_figure(low, currency), amount_figure(high, currency))


def _tornado(found: RunningCost, currency: str | None) -> Iterator[BarEntry]:
    """Yield one bar for each input, all on one scale with the total in its middle."""
    total = found.total
    ends = [abs(end - (total or 0)) for swing in found.swings for end in (swing.low, swing.high)]
    reach = max(ends, default=Decimal(0))
    if total is None or not reach:
        return
    for swing in found.swings:
        low, high = _place(swing.low, total, reach), _place(swing.high, total, reach)
        pieces = [
            Piece(min(low, _MIDDLE), max(low, _MIDDLE), "less"),
            Piece(min(high, _MIDDLE), max(high, _MIDDLE), "more"),
        ]
        entry = _swing(swing.name, swing.low, swing.high, currency)
        yield BarEntry(
            swing.name, f"{entry.low.words} to {entry.high.words}", bar(pieces, marks=[_MIDDLE])
        )


_MIDDLE = Decimal("0.5")


def _place(amount: Decimal, total: Decimal, reach: Decimal) -> Decimal:
    return _MIDDLE + (amount - total) / reach / 2


def _cloud(outlook: Outlook, cloud: CloudCost) -> CloudEntry:
    tariff = cloud.tariff
    return CloudEntry(
        name=tariff.name, day=tariff.day, source=tariff.source,
        storage=amount_figure(cloud.storage, tariff.currency),
        egress=amount_figure(cloud.egress, tariff.currency),
        egress_label=f"reading out {outlook.wishes.egress_percent:f} % of it each month",
        total=amount_figure(cloud.total, tariff.currency, code=tariff.currency),
        per_tb_month=amount_figure(cloud.per_tb_month, tariff.currency, code=tariff.currency),
    )  # fmt: skip


def _beside(
    found: RunningCost, cloud: CloudCost | None, currency: str | None
) -> Iterator[BarEntry]:
    own = found.per_tb_month
    if own is None or cloud is None:
        return
    most = max(own, cloud.per_tb_month, Decimal("0.01"))
    for name, amount in (("owning", own), (cloud.tariff.name, cloud.per_tb_month)):
        words = amount_figure(amount, currency, code=currency or "").words
        yield BarEntry(name, f"{words} per TB kept and month",
                       bar([Piece(Decimal(0), amount / most, "bar")]))  # fmt: skip
