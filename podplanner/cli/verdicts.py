"""What `bom check` and `plan check` print of findings, and the status that they end with."""

import typer

from podplanner.catalog.pod import Pod
from podplanner.cli.console import coloured, counted, show, wrapped
from podplanner.rules.base import Severity, Verdict, tally

_INDENT = 17
# Severity and code stand before a finding.
_COUNTED = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def verdict_record(pod: Pod, verdicts: tuple[Verdict, ...]) -> dict[str, object]:
    """Return `counts` by severity and `findings`, as every check prints them with `--json`."""
    findings = []
    for verdict in verdicts:
        finding = verdict.finding
        place = finding.located(pod.bill.columns, pod.bill.file)
        findings.append({
            "code": verdict.rule.code, "severity": verdict.severity,
            "line": finding.item.position if finding.item else None,
            "id": finding.item.line.id if finding.item else None,
            "source": {"file": place.file, "row": place.row, "column": place.column},
            "message": finding.message, "fix": finding.fix, "count": finding.count,
        })  # fmt: skip
    counts = {severity.value: number for severity, number in tally(verdicts).items()}
    return {"counts": counts, "findings": findings}


def show_verdicts(verdicts: tuple[Verdict, ...]) -> None:
    """Print every finding with what would mend it, and how many there are of each severity."""
    for verdict in verdicts:
        finding = verdict.finding
        where = f"line {finding.item.position} ({finding.item.line.id}): " if finding.item else ""
        head = f"{verdict.severity.value:<8} {verdict.rule.code}  "
        show(
            wrapped(f"{where}{finding.message}", _INDENT),
            before=coloured(head, verdict.severity.value),
        )
        if finding.fix and verdict.severity is not Severity.NOTE:
            show(" " * _INDENT + wrapped(finding.fix, _INDENT))
    counts = tally(verdicts)
    show()
    told = (counted(counts[severity], severity.value) for severity in _COUNTED)
    open_ = counted(counts[Severity.UNKNOWN], "check")
    show(f"{', '.join(told)}; {open_} could not be made for lack of facts")


def end_by(verdicts: tuple[Verdict, ...], *, strict: bool) -> None:
    """End with status 1 when a finding is an error; with `strict`, a warning or an unknown too."""
    failing = {Severity.ERROR}
    if strict:
        failing |= {Severity.WARNING, Severity.UNKNOWN}
    if any(verdict.severity in failing for verdict in verdicts):
        raise typer.Exit(1)
