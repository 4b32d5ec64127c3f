"""`plan report`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod
from podplanner.catalog.prices import typical_site
from podplanner.catalog.writers.files import write_whole
from podplanner.cli.bom.choices import amount_option
from podplanner.cli.bom.opening import AsOf, File, Json
from podplanner.cli.console import emit, say, show
from podplanner.cli.plan.choices import SpinUpWords, layout_option, spin_up_option
from podplanner.cli.plan.durability_options import hours_option, rate_option
from podplanner.cli.plan.filled import OtherDrives, filled_pod
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.plan.outputs import refuse_outputs
from podplanner.cli.plan.site_options import (
    egress_option,
    negative_prices,
    number_option,
    pue_option,
    tariff_option,
    years_option,
)
from podplanner.errors import WrongUsageError
from podplanner.planning.cost import cost_of
from podplanner.planning.durability.window import HOURS_A_YEAR
from podplanner.planning.outlook import Wishes, outlook_of, priced
from podplanner.planning.ownership import Asked, PriceError
from podplanner.planning.restated import with_layout
from podplanner.planning.totals import totals_of
from podplanner.report.model import report_of
from podplanner.report.plan_model import PlanReport, plan_report_of
from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import run

FORMATS = ("html", "json")
_MOST_PODS = 10_000
# More pods than this are a slip of the finger.


@dataclass(frozen=True, slots=True)
class _Site:
    """Options that replace figures of the list or of the shipped site, as they were typed."""

    years: str
    watts: str | None
    afr: str | None
    drive_price: str | None
    kwh_price: str | None
    pue: str | None
    rack_unit_month: str | None


def report(
    file: File,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="File to write: .html or .json.")
    ],
    output_format: Annotated[
        str | None, typer.Option("--format", metavar="F", help="html or json; else by the name.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", metavar="WORDS",
                     help="How drives are grouped (raidz2:15x3); the list's own if absent."),
    ] = None,
    drive: OtherDrives = None,
    pods: Annotated[
        int, typer.Option("--pods", metavar="N", min=1, max=_MOST_PODS, help="Pods alike.")
    ] = 1,
    spin_up: SpinUpWords = "at-once",
    afr: Annotated[
        str | None,
        typer.Option("--afr", metavar="RATE", help="Failures per drive-year: 1.57% or 0.0157."),
    ] = None,
    rebuild: Annotated[
        str | None,
        typer.Option("--rebuild", metavar="TIME",
                     help="From failure to whole again: 6.5d, 156h, 2h30m, 90m."),
    ] = None,
    years: Annotated[
        str, typer.Option("--years", metavar="Y", help="How long the pods are kept.")
    ] = "5",
    watts: Annotated[
        str | None, typer.Option("--watts", metavar="W", help="Mean draw of one pod at the wall.")
    ] = None,
    drive_price: Annotated[
        str | None,
        typer.Option("--drive-price", metavar="X",
                     help="Of one replacement drive, and of one of --drive."),
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
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Write all of it on one page.

    Checks, placement, capacity, durability, bandwidth, power and running cost of a parts list, in
    one self-contained file without scripts. A section that lacks a fact says which.

    \b
    Examples:
      podplanner plan report pod.toml -o plan.html --layout raidz2:15x3
      podplanner plan report storage-pod-3.0 -o plan.html --drive ST4000NM0023 --layout mirror:2x22
      podplanner plan report pod.toml -o plan.json --watts 600 --years 3
    """
    wanted = _format(output, output_format)
    refuse_outputs(file, [output], force=True)
    pod = open_planned(file, as_of=as_of)
    chosen, currency = _layout(layout, pod), pod.bill.currency
    site = _Site(years, watts, afr, drive_price, kwh_price, pue, rack_unit_month)
    wishes = Wishes(
        _asked(site, chosen, pods, currency), typical_site(),
        tariff_option(cloud, cloud_price, egress_price, currency), egress_option(egress_share),
        _rebuild(rebuild), spin_up_option(spin_up),
    )  # fmt: skip
    pod = priced(filled_pod(pod, drive), wishes.asked.drive_price)
    found = _plan(pod if chosen is None else with_layout(pod, chosen), wishes)
    data = _written(found, wanted)
    write_whole(output, data)
    if as_json:
        emit("plan-report", _record(found, output, wanted, len(data)))
        return
    show(f"wrote {output} ({len(data):,} bytes)")
    for card in found.cards:
        say(f"  {card.label}: {card.figure.words}")


def _format(output: Path, written: str | None) -> str:
    wanted = (written or output.suffix.lstrip(".")).lower()
    wanted = {"htm": "html"}.get(wanted, wanted)
    if wanted not in FORMATS:
        raise WrongUsageError(
            f"{output}: there is no format {wanted!r}", hint=f"Choose one of {', '.join(FORMATS)}."
        )
    return wanted


def _layout(written: str | None, pod: Pod) -> DriveLayout | None:
    words = pod.bill.layout if written is None else written
    return None if words is None else layout_option(words)


def _asked(site: _Site, layout: DriveLayout | None, pods: int, currency: str | None) -> Asked:
    return Asked(
        years=years_option(site.years), pods=pods, layout=layout,
        watts=number_option("--watts", site.watts),
        afr=None if site.afr is None else rate_option("--afr", site.afr),
        drive_price=amount_option("--drive-price", site.drive_price, currency),
        kwh_price=amount_option("--kwh-price", site.kwh_price, currency),
        pue=pue_option(site.pue),
        rack_unit_month=amount_option("--rack-unit-month", site.rack_unit_month, currency),
    )  # fmt: skip


def _rebuild(written: str | None) -> float | None:
    if written is None:
        return None
    hours = hours_option("--rebuild", written)
    if hours > HOURS_A_YEAR:
        raise WrongUsageError(
            f"--rebuild {written}: that is more than the year over which loss is reckoned",
            hint="Give less than a year.",
        )
    return hours


def _plan(pod: Pod, wishes: Wishes) -> PlanReport:
    cost, totals, today = cost_of(pod, pods=wishes.pods), totals_of(pod.bill), date.today()
    checked, listed = (
        report_of(pod, cost, run(rules, pod), totals, made_on=today)
        for rules in (PLAN_RULES, ALL_RULES)
    )
    try:
        outlook = outlook_of(pod, wishes)
    except PriceError as error:
        raise negative_prices(error) from error
    return plan_report_of(outlook, checked, listed)


def _written(found: PlanReport, wanted: str) -> bytes:
    if wanted == "json":
        from podplanner.report.plan_records import render_plan_json

        text = json.dumps(render_plan_json(found), ensure_ascii=False, indent=2) + "\n"
    else:
        from podplanner.report.render import render_plan_html

        text = render_plan_html(found)
    return text.encode(errors="backslashreplace")


def _record(found: PlanReport, output: Path, wanted: str, size: int) -> Mapping[str, object]:
    capacity, ownership = found.capacity, found.ownership
    kept = capacity.recommended.value
    return {
        "output": str(output), "format": wanted, "bytes": size,
        "counts": {entry.severity: entry.count for entry in found.counts},
        "recommended_bytes": None if kept is None else int(kept),
        "total": ownership.total.value, "per_tb_month": ownership.per_tb_month.value,
        "missing": {
            name: section.missing or None
            for name, section in (
                ("placement", found.placement), ("capacity", capacity),
                ("durability", found.durability), ("bandwidth", found.bandwidth),
                ("power", found.power), ("running_cost", ownership),
            )
        },
    }  # fmt: skip
