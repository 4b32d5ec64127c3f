"""Plans of pods, with everything that `plan_report_of` wants."""

from decimal import Decimal

from support.sample_pods import DAY

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.library import find_part, library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Pod, assemble
from podplanner.catalog.prices import tariffs, typical_site
from podplanner.planning.cost import cost_of
from podplanner.planning.filling import with_drives
from podplanner.planning.outlook import Outlook, Wishes, outlook_of
from podplanner.planning.ownership import Asked
from podplanner.planning.restated import with_layout
from podplanner.planning.totals import totals_of
from podplanner.report.model import report_of
from podplanner.report.plan_model import plan_report_of
from podplanner.report.plan_values import PlanReport
from podplanner.resources import data_dir
from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import run


def shipped_pod(name: str, *, drive: str | None = None) -> Pod:
    """Return a shipped pod, with 45 drives of a model in place of its own."""
    parts = library()
    bill = open_bill(str(data_dir("bom") / "pods" / f"{name}.toml"), parts)
    pod = assemble(bill, parts, as_of=DAY)
    if drive is None:
        return pod
    part = find_part(parts, drive)
    assert isinstance(part, Drive)
    filled = with_drives(pod, part, 45)
    assert filled is not None
    return filled


def wishes(layout: str | None = None, **asked: object) -> Wishes:
    """Return wishes of five years at the shipped site, beside the first shipped cloud."""
    read = None if layout is None else read_layout(layout)
    return Wishes(
        Asked(years=Decimal(5), layout=read, **asked),  # type: ignore[arg-type]
        typical_site(), tariffs()["s3-standard"], Decimal(10),
    )  # fmt: skip


def plan_of(pod: Pod, layout: str | None = None, **asked: object) -> PlanReport:
    """Return the plan of a pod under a layout."""
    if layout is not None:
        pod = with_layout(pod, read_layout(layout))
    return plan_on(outlook_of(pod, wishes(layout, **asked)))


def plan_on(outlook: Outlook) -> PlanReport:
    """Return the plan of what was reckoned of a pod."""
    pod = outlook.pod
    cost, totals = cost_of(pod, pods=outlook.wishes.pods), totals_of(pod.bill)
    checked, listed = (
        report_of(pod, cost, run(rules, pod), totals, made_on=DAY)
        for rules in (PLAN_RULES, ALL_RULES)
    )
    return plan_report_of(outlook, checked, listed)
