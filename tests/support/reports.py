"""Reports of sample pods, with everything that `report_of` wants."""

from support.sample_pods import DAY, verdicts_on

from podplanner.catalog.pod import Pod
from podplanner.planning.cost import cost_of
from podplanner.planning.totals import totals_of
from podplanner.report.model import report_of
from podplanner.report.values import BillReport


def report_on(pod: Pod) -> BillReport:
    """Return the report of a pod, with findings written by hand where it has lines for them."""
    verdicts = verdicts_on(pod) if len(pod.items) > 1 else ()
    return report_of(pod, cost_of(pod), verdicts, totals_of(pod.bill), made_on=DAY)
