"""`plan cost`."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import typer

from podplanner.catalog.prices import Tariff, typical_site
from podplanner.cli.bom.choices import amount_option
from podplanner.cli.bom.opening import File, Json
from podplanner.cli.console import emit, money, say, show, table, wrapped
from podplanner.cli.plan.choices import LayoutWords, layout_option
from podplanner.cli.plan.durability_options import rate_option
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.plan.site_options import (
    egress_option,
    negative_prices,
    number_option,
    pue_option,
    tariff_option,
    years_option,
)
from podplanner.planning.ownership import Asked, Gathered, PriceError, ownership_of
from podplanner.planning.running_cost import CloudCost, RunningCost, cloud_cost, running_cost

_MOST_PODS = 10_000
# More pods than this are a slip of the finger.


@dataclass(frozen=True, slots=True)
class _Beside:
    """The cloud to set beside, and the share of the data that is read out each month."""

    tariff: Tariff
    egress_percent: Decimal


def cost(
    file: File,
    years: Annotated[
        str, typer.Option("--years", metavar="Y", help="How long the pods are kept.")
    ] = "5",
    pods: Annotated[
        int, typer.Option("--pods", metavar="N", min=1, max=_MOST_PODS, help="Pods alike.")
    ] = 1,
    layout: LayoutWords = None,
    watts: Annotated[
        str | None, typer.Option("--watts", metavar="W", help="Mean draw of one pod at the wall.")
    ] = None,
    afr: Annotated[
        str | None, typer.Option("--afr", metavar="RATE", help="Failures per drive-year: 1.57%.")
    ] = None,
    drive_price: Annotated[
        str | None, typer.Option("--drive-price", metavar="X", help="Of one replacement drive.")
    ] = None,
    kwh_price: Annotated[
        str | None, typer.Option("--kwh-price", metavar="X", help="Of one kilowatt-hour.")
    ] = None,
    pue: Annotated[
        str | None,
        typer.Option("--pue", metavar="F", help="Power of the whole site over that of its "
                     "machines, 1 or more."),
    ] = None,
    rack_unit_month: Annotated[
        str | None,
        typer.Option("--rack-unit-month", metavar="X", help="Of one rack unit for one month."),
    ] = None,
    cloud: Annotated[
        str, typer.Option("--cloud", metavar="NAME", help="Shipped tariff to set beside.")
    ] = "s3-standard",
    cloud_price: Annotated[
        str | None,
        typer.Option("--cloud-price", metavar="X", help="Your own: of one GB (10^9 bytes) a "
                     "month, instead of --cloud."),
    ] = None,
    egress_price: Annotated[
        str, typer.Option("--egress-price", metavar="X", help="With --cloud-price: of one GB "
                          "read out."),
    ] = "0",
    egress_share: Annotated[
        str,
        typer.Option("--egress-share", metavar="P", help="Percent of what is kept that is read "
                     "out of the cloud each month."),
    ] = "10",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say what pods cost to own: parts, failing drives, power, rack space.

    Per terabyte and month, beside a cloud, and which input moves the answer most.

    \b
    Examples:
      podplanner plan cost pod.toml --layout raidz2:15x3
      podplanner plan cost pod.toml --pods 10 --kwh-price 0.21 --pue 1.2 --rack-unit-month 30
      podplanner plan cost pod.toml --cloud-price 0.006 --egress-price 0.01 --json
    """
    pod = open_planned(file)
    written = pod.bill.layout if layout is None else layout
    currency = pod.bill.currency
    asked = Asked(
        years=years_option(years), pods=pods,
        layout=None if written is None else layout_option(written),
        watts=number_option("--watts", watts),
        afr=None if afr is None else rate_option("--afr", afr),
        drive_price=amount_option("--drive-price", drive_price, currency),
        kwh_price=amount_option("--kwh-price", kwh_price, currency), pue=pue_option(pue),
        rack_unit_month=amount_option("--rack-unit-month", rack_unit_month, currency),
    )  # fmt: skip
    tariff = tariff_option(cloud, cloud_price, egress_price, currency)
    beside = _Beside(tariff, egress_option(egress_share))
    try:
        gathered = ownership_of(pod, typical_site(), asked)
    except PriceError as error:
        raise negative_prices(error) from error
    found = running_cost(gathered.ownership)
    rented = _rented(found, gathered, beside)
    if as_json:
        emit("plan-cost", _record(found, gathered, rented, beside))
        return
    _show(found, gathered, rented, beside)


def _rented(found: RunningCost, gathered: Gathered, beside: _Beside) -> CloudCost | None:
    """Return what the cloud asks; None where its currency or the data is another, or unknown."""
    kept = found.ownership.stored_bytes
    if not kept or gathered.currency not in (None, beside.tariff.currency):
        return None
    out = int(kept * beside.egress_percent / 100)
    return cloud_cost(
        beside.tariff, stored_bytes=kept, egress_bytes_month=out, years=found.ownership.years
    )


def _record(
    found: RunningCost, gathered: Gathered, rented: CloudCost | None, beside: _Beside
) -> dict[str, object]:
    own, rate = found.ownership, gathered.rate
    return {
        "currency": gathered.currency, "years": own.years,
        "total": found.total, "per_tb_month": found.per_tb_month,
        "items": [{"name": i.name, "amount": i.amount, "reckoned": i.reckoned}
                  for i in found.items],
        "drives": own.drives, "spares": own.spares, "expected_failures": found.failures,
        "afr": None if rate is None else {
            "estimate": rate.estimate, "low": rate.low, "high": rate.high, "source": rate.source,
        },
        "watts": own.watts, "kwh_price": own.kwh_price, "pue": own.pue,
        "rack_units": own.rack_units, "rack_unit_month": own.rack_unit_month,
        "usable_bytes": gathered.usable_bytes, "recommended_bytes": own.stored_bytes,
        "swings": [{"input": s.name, "low": s.low, "high": s.high} for s in found.swings],
        "cloud": None if rented is None else {
            "name": rented.tariff.name, "date": rented.tariff.day,
            "source": rented.tariff.source, "currency": rented.tariff.currency,
            "storage": rented.storage, "egress": rented.egress, "total": rented.total,
            "egress_bytes_month": rented.egress_bytes_month, "per_tb_month": rented.per_tb_month,
        },
        "egress_percent": beside.egress_percent,
        "assumptions": list(gathered.assumptions), "unknown": list(gathered.unknown),
    }  # fmt: skip


def _show(
    found: RunningCost, gathered: Gathered, rented: CloudCost | None, beside: _Beside
) -> None:
    currency = gathered.currency
    show(f"{found.ownership.years:f} years, {currency or 'no stated currency'}")
    show()
    rows = [(item.name, money(item.amount), item.reckoned) for item in found.items]
    show(table(rows, ("", "amount", "reckoned"), right=(1,)))
    show()
    show(f"{'total':<28} {money(found.total, currency):>20}")
    show(f"{'per TB kept and month':<28} {money(found.per_tb_month, currency):>20}")
    _show_cloud(rented, gathered, beside)
    if found.swings:
        show()
        show("one input a fifth lower or higher moves the total to")
        for swing in found.swings:
            show(f"  {swing.name:<40} {money(swing.low):>14} ... {money(swing.high):>14}")
    if gathered.unknown:
        show()
        for wanted in gathered.unknown:
            show("unknown: " + wrapped(wanted, 9))
        if found.ownership.watts is None:
            say("without them: give the mean draw of one pod with --watts")
    show()
    if gathered.rate is not None:
        show("- " + wrapped(_rate_words(gathered), 2))
    for assumption in gathered.assumptions:
        show("- " + wrapped(assumption, 2))


def _rate_words(gathered: Gathered) -> str:
    rate = gathered.rate
    if rate is None:
        return ""
    interval = "" if rate.low is None or rate.high is None else (
        f", 95 % between {rate.low:.2%} and {rate.high:.2%}"
    )  # fmt: skip
    return f"{rate.cautious:.2%} of the drives fail a year{interval} ({rate.source})"


def _show_cloud(rented: CloudCost | None, gathered: Gathered, beside: _Beside) -> None:
    if rented is None:
        if gathered.currency not in (None, beside.tariff.currency):
            say(f"{beside.tariff.name} is priced in {beside.tariff.currency}: not set beside")
        return
    show()
    show(f"{rented.tariff.name} for the same data and time ({rented.tariff.day})")
    show(f"{'  storage':<28} {money(rented.storage):>16}")
    show(f"{f'  egress, {beside.egress_percent:f} % a month':<28} {money(rented.egress):>16}")
    show(f"{'  total':<28} {money(rented.total, rented.tariff.currency):>20}")
    show(f"{'  per TB kept and month':<28} {money(rented.per_tb_month):>16}")
    show(f"  source: {wrapped(rented.tariff.source, 10)}")
