"""`bom check`, `bom cost`, `bom report`, `bom diff`."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.pod import Pod
from podplanner.cli.bom.choices import amount_option, drive_choice, percent_option
from podplanner.cli.bom.opening import AsOf, Encoding, File, Json, open_pod, path_of
from podplanner.cli.console import counted, emit, money, percent, say, show, table, wrapped
from podplanner.cli.verdicts import end_by, show_verdicts, verdict_record
from podplanner.errors import OutputError, WrongUsageError
from podplanner.planning.cost import Cost, cost_of
from podplanner.planning.difference import Change, compare
from podplanner.planning.totals import Sum, totals_of
from podplanner.rules import ALL_RULES
from podplanner.rules.base import Verdict, run, tally

Tax = Annotated[str | None, typer.Option("--tax", metavar="P", help="Tax in percent of all.")]
Shipping = Annotated[
    str | None, typer.Option("--shipping", metavar="X", help="Shipping for the whole order.")
]
Drives = Annotated[
    str | None,
    typer.Option("--drives", metavar="[Nx]SKU|4TB@120",
                 help="Price data drives too: a part, or size@price; for all empty bays."),
]  # fmt: skip
Pods = Annotated[int, typer.Option("--pods", metavar="N", min=1, help="How many pods to order.")]
Spares = Annotated[
    str | None,
    typer.Option("--spares", metavar="P", help="Spare data drives in percent, rounded up."),
]


def check(
    file: File,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on warnings and unknowns too.")
    ] = False,
    as_of: AsOf = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Check a parts list: arithmetic, counts, wording, prices, parts.

    Exit status 1 when a finding is an error; with --strict also for warnings and unknowns.

    \b
    Examples:
      podplanner bom check pod.toml
      podplanner bom check parts.csv --strict --json
    """
    pod = open_pod(file, as_of=as_of, encoding=encoding)
    verdicts = run(ALL_RULES, pod)
    if as_json:
        emit("bom-check", _check_record(pod, verdicts))
    else:
        _show_check(pod, verdicts)
    end_by(verdicts, strict=strict)


def _totals_record(pod: Pod) -> dict[str, object]:
    totals = totals_of(pod.bill)
    record: dict[str, object] = {
        "stated": totals.stated, "lines": totals.lines.whole, "computed": totals.computed.whole,
    }  # fmt: skip
    for name, found in (("lines", totals.lines), ("computed", totals.computed)):
        record[f"{name}_partial"] = None if found.whole is not None else found.partial
        record[f"{name}_covered"] = found.covered
    record["count"] = totals.lines.of
    record["charges"] = totals.charges
    return record


def _check_record(pod: Pod, verdicts: tuple[Verdict, ...]) -> dict[str, object]:
    return {
        "bill": pod.bill.title, "currency": pod.bill.currency,
        "currency_assumed": pod.bill.currency_assumed,
        "totals": _totals_record(pod),
        **verdict_record(pod, verdicts),
    }  # fmt: skip


def _show_check(pod: Pod, verdicts: tuple[Verdict, ...]) -> None:
    totals = totals_of(pod.bill)
    assumed = " (assumed)" if pod.bill.currency_assumed else ""
    show(f"{pod.bill.title or pod.bill.file}: {len(pod.bill.lines)} lines, "
         f"{pod.bill.currency or 'no currency'}{assumed}")  # fmt: skip
    show(f"  stated total     {money(totals.stated):>14}")
    show(f"  sum of lines     {_sum(totals.lines)}")
    show(f"  quantity x unit  {_sum(totals.computed)}")
    show()
    show_verdicts(verdicts)


def _sum(found: Sum) -> str:
    if found.whole is not None:
        return f"{money(found.whole):>14}"
    if len(found.by_currency) > 1:
        sums = ", ".join(money(amount, name) for name, amount in found.by_currency.items())
        return f"{'unknown':>14}  ({sums}; never added up)"
    if found.partial is not None:
        return f"{'unknown':>14}  ({money(found.partial)} for {found.covered} of {found.of} lines)"
    return f"{'unknown':>14}"


def _cost(
    pod: Pod, pods: int, drives: str | None, tax: str | None, shipping: str | None,
    spares: str | None,
) -> Cost:  # fmt: skip
    return cost_of(
        pod, pods=pods, drives=drive_choice(drives, pod.bill.currency) if drives else None,
        tax_percent=percent_option("--tax", tax),
        shipping=amount_option("--shipping", shipping, pod.bill.currency),
        spares_percent=percent_option("--spares", spares) or Decimal(0),
    )  # fmt: skip


def cost(
    file: File,
    pods: Pods = 1,
    drives: Drives = None,
    tax: Tax = None,
    shipping: Shipping = None,
    spares: Spares = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Say what an order costs, and which lines matter.

    By category with shares, per data bay, per raw terabyte, for one pod or many.

    \b
    Examples:
      podplanner bom cost pod.toml
      podplanner bom cost pod.toml --pods 10 --drives 4TB@120 --tax 8.25 --shipping 400
      podplanner bom cost pod.toml --drives 45xST24000NM000C --json
    """
    pod = open_pod(file, as_of=as_of)
    found = _cost(pod, pods, drives, tax, shipping, spares)
    if as_json:
        emit("bom-cost", _cost_record(pod, found))
        return
    _show_cost(pod, found)


def _cost_record(pod: Pod, found: Cost) -> dict[str, object]:
    return {
        "bill": pod.bill.title, "currency": found.currency, "pods": found.pods,
        "total": found.known_total, "per_pod": found.per_pod, "parts_total": found.parts_total,
        "bays": found.bays, "per_bay": found.per_bay,
        "raw_bytes": found.raw_bytes, "per_tb": found.per_tb,
        "charges": [{"title": c.title, "amount": c.amount} for c in found.charges],
        "categories": [
            {"category": c.category, "lines": c.lines, "amount": c.amount,
             "share": _share(c.share), "cumulative": _share(c.cumulative)}
            for c in found.categories
        ],
        "lines": [
            {"line": li.position, "id": li.id, "title": li.name, "category": li.category,
             "quantity": li.quantity, "amount": li.amount, "share": _share(li.share),
             "cumulative": _share(li.cumulative), "vital": li.vital, "offer": li.offer or None}
            for li in found.lines
        ],
        "unpriced": list(found.unpriced),
        "other_currencies": [
            {"currency": m.currency, "amount": m.amount} for m in found.other_currencies
        ],
    }  # fmt: skip


def _share(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.0001"))


def _show_cost(pod: Pod, found: Cost) -> None:
    for_pods = "" if found.pods == 1 else f", {found.pods} pods"
    show(f"{pod.bill.title or pod.bill.file}{for_pods}")
    rows = [(c.category, str(c.lines), money(c.amount), percent(c.share), percent(c.cumulative))
            for c in found.categories]  # fmt: skip
    show(table(rows, ("category", "lines", "amount", "share", "together"), right=(1, 2, 3, 4)))
    show()
    for charge in found.charges:
        show(f"{charge.title:<24} {money(charge.amount):>14}")
    show(f"{'total':<24} {money(found.known_total, found.currency):>18}")
    if found.pods > 1:
        show(f"{'per pod':<24} {money(found.per_pod, found.currency):>18}")
    if found.per_bay is not None:
        show(f"{f'per bay ({found.bays})':<24} {money(found.per_bay, found.currency):>18}")
    if found.per_tb is not None and found.raw_bytes is not None:
        size = f"per raw TB ({Decimal(found.raw_bytes) / 10**12:.4g} TB a pod)"
        show(f"{size:<24} {money(found.per_tb, found.currency):>18}")
    vital = found.vital_lines
    if vital:
        names = ", ".join(line.name for line in vital)
        show(wrapped(f"{len(vital)} of {len(found.lines)} lines make 80 % of the cost: {names}", 2))
    for money_ in found.other_currencies:
        say(f"not in the total: {money(money_.amount, money_.currency or 'without currency')}")
    if found.unpriced:
        names = ", ".join(found.unpriced[:4]) + (" ..." if len(found.unpriced) > 4 else "")
        say(f"not in the total: {counted(len(found.unpriced), 'line')} without a price ({names})")
    for line in found.lines:
        if line.offer:
            say(f"  {line.id}: {line.offer}")


def report(
    file: File,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="File to write: .html, .csv, .xlsx, .json or .md."),
    ],
    output_format: Annotated[
        str | None, typer.Option("--format", help="html, csv, xlsx, json or md; else by the name.")
    ] = None,
    pods: Pods = 1,
    drives: Drives = None,
    tax: Tax = None,
    shipping: Shipping = None,
    spares: Spares = None,
    as_of: AsOf = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Write a report with checks, cost and a drawing.

    HTML is one self-contained file with a drawing of the pod to scale.

    \b
    Examples:
      podplanner bom report pod.toml -o pod.html
      podplanner bom report pod.toml -o pod.xlsx --drives 4TB@120
    """
    from podplanner.cli.bom.exporting import FORMATS, export

    wanted = (output_format or output.suffix.lstrip(".")).lower()
    wanted = {"markdown": "md", "htm": "html"}.get(wanted, wanted)
    if wanted not in FORMATS:
        raise WrongUsageError(
            f"{output}: there is no format {wanted!r}", hint=f"Choose one of {', '.join(FORMATS)}."
        )
    if output.exists() and file != "-" and output.resolve() == Path(path_of(file)).resolve():
        raise OutputError(f"{output} is the list itself", hint="Name another file for the report.")
    pod = open_pod(file, as_of=as_of, encoding=encoding)
    found = _cost(pod, pods, drives, tax, shipping, spares)
    verdicts = run(ALL_RULES, pod)
    size = export(wanted, output, pod, found, verdicts, date.today())
    if as_json:
        counts = {severity.value: number for severity, number in tally(verdicts).items()}
        emit("bom-report", {"output": str(output), "format": wanted, "bytes": size,
                            "counts": counts})  # fmt: skip
        return
    show(f"wrote {output} ({size:,} bytes)")


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The list as it was.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The list as it is.")],
    as_json: Json = False,
) -> None:
    """Say what changed between two lists, and its cost.

    \b
    Examples:
      podplanner bom diff storage-pod-3.0 pod.toml
      podplanner bom diff old.csv new.xlsx --json
    """
    old, now = open_pod(before), open_pod(after)
    found = compare(old, now)
    if as_json:
        emit("bom-diff", {
            "before": old.bill.file, "after": now.bill.file, "currency": found.currency,
            "changes": [
                {"change": c.kind, "id": c.id, "title": c.name, "fields": [
                    {"field": f.name, "before": f.before, "after": f.after} for f in c.fields
                 ], "cost_before": c.before, "cost_after": c.after, "difference": c.difference}
                for c in found.changes
            ],
            "cost_before": found.before, "cost_after": found.after,
            "difference": found.difference,
        })  # fmt: skip
        return
    _show_changes(found.changes)
    if not found.changes:
        show("no differences")
    if found.before is None or found.after is None:
        say("the costs are in different currencies, or unknown: no difference is given")
        return
    show(f"cost {money(found.before)} -> {money(found.after, found.currency)} "
         f"({found.after - found.before:+,f})")  # fmt: skip


def _show_changes(changes: tuple[Change, ...]) -> None:
    signs = {"added": "+", "gone": "-", "changed": "~"}
    for change in changes:
        worth = "cost unknown" if change.difference is None else f"{change.difference:+,f}"
        show(f"{signs[change.kind]} {change.id}: {change.name}  ({worth})")
        for field in change.fields:
            show(f"    {field.name}: {field.before or '-'} -> {field.after or '-'}")
