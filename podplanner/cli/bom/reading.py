"""`bom list`, `bom parts`, `bom import`."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.library import library, search
from podplanner.catalog.opening import open_bill, rebased
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.cli.bom.opening import Encoding, Json, open_pod, path_of, shipped_pods
from podplanner.cli.console import counted, emit, money, say, show, table
from podplanner.errors import OutputError
from podplanner.planning.totals import totals_of


def list_pods(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="Show the lines of this list instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the shipped parts lists, or the lines of one.

    \b
    Examples:
      podplanner bom list
      podplanner bom list storage-pod-3.0
      podplanner bom list pod.toml --json
    """
    if file is not None:
        _list_lines(file, as_json=as_json)
        return
    found = []
    for name, path in shipped_pods().items():
        bill = open_bill(path, library())
        found.append((name, path, bill, totals_of(bill)))
    if as_json:
        emit("bom-list", {"pods": [
            {"name": name, "file": str(path), "title": bill.title, "lines": len(bill.lines),
             "stated_total": totals.stated, "currency": bill.currency}
            for name, path, bill, totals in found
        ]})  # fmt: skip
        return
    rows = [
        (name, str(len(bill.lines)), money(totals.stated, bill.currency), bill.title)
        for name, _, bill, totals in found
    ]
    show(table(rows, ("name", "lines", "stated total", "title"), right=(1, 2)))


def _list_lines(file: str, *, as_json: bool) -> None:
    pod = open_pod(file)
    if as_json:
        emit("bom-list", {
            "bill": pod.bill.title, "currency": pod.bill.currency,
            "lines": [
                {"line": item.position, "id": item.line.id, "part": item.line.part,
                 "matched": item.line.matched, "title": item.line.title,
                 "description": item.line.description, "kind": item.kind,
                 "section": item.line.section, "quantity": item.line.quantity,
                 "unit_price": item.line.unit_price, "total": item.line.total,
                 "currency": pod.bill.currency_of(item.line)}
                for item in pod.items
            ],
        })  # fmt: skip
        return
    rows = [
        (str(item.position), item.line.id, _plain(item.quantity), item.line.name,
         item.line.part or "", _plain(item.line.unit_price), _plain(item.line.total))
        for item in pod.items
    ]  # fmt: skip
    show(table(rows, ("", "id", "qty", "title", "part", "unit price", "total"), right=(0, 2, 5, 6)))


def _plain(value: object) -> str:
    return "" if value is None else f"{value:,f}"


def parts(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]...", help="All must occur.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Search the catalog of parts by number, title, maker or kind.

    \b
    Examples:
      podplanner bom parts backplane
      podplanner bom parts seagate 16
      podplanner bom parts drive --json
    """
    found = search(library(), words or [])
    if as_json:
        emit("bom-parts", {"parts": [
            part.model_dump(mode="json", exclude_none=True) for part in found
        ]})  # fmt: skip
        return
    if not found:
        say("no part matches; your own parts go into a folder (see docs/parts-list.md)")
        return
    rows = [
        (p.sku, p.kind, p.title, money(p.price, p.price_currency) if p.price is not None else "",
         p.price_date.isoformat() if p.price_date else "")
        for p in found
    ]  # fmt: skip
    show(table(rows, ("part", "kind", "title", "price", "of"), right=(3,)))


def import_bill(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="CSV, TSV, XLSX, JSON, HTML, Markdown, TOML or text with a table in it; `-` reads "
            "standard input.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write; standard output if absent."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What to call the list.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Read a parts list of any shape and write it as TOML.

    Pasted tables whose columns run together are split so that quantity x unit price meets the
    total. Known parts are found by their number; likely matches are listed to confirm.

    \b
    Examples:
      podplanner bom import parts.csv -o pod.toml
      pbpaste | podplanner bom import - -o pod.toml
      podplanner bom import quote.xlsx --json
    """
    name = path_of(source)
    if output is not None and output.exists() and not force:
        raise OutputError(f"{output} is there already", hint="Add --force to write over it.")
    bill = open_bill(name, library(), encoding=encoding)
    if title is not None or not bill.title:
        bill = bill.model_copy(update={"title": title or _title_of(source)})
    if output is not None:
        bill = rebased(bill, Path(name).parent, output.parent)
    words = [f"Read from {load_name(source)} by podplanner; edit it freely, it is meant for hands."]
    text = write_toml(bill, [*words, *(f"Note: {notice}." for notice in bill.notices)])
    if output is not None:
        write_whole(output, text.encode(errors="replace"), fresh=not force)
    if as_json:
        emit("bom-import", _record(bill, source, output))
        return
    if output is None:
        show(text.rstrip("\n"))
    _say_what_was_read(bill, source, output)


def _title_of(source: str) -> str:
    return "" if source == "-" else Path(source).stem.replace("_", " ")


def _record(bill: BillOfMaterials, source: str, output: Path | None) -> dict[str, object]:
    totals = totals_of(bill)
    matched = Counter(line.matched or "none" for line in bill.lines)
    return {
        "bill": bill.title, "source": source, "output": None if output is None else str(output),
        "lines": len(bill.lines), "sections": len(bill.sections), "charges": len(bill.charges),
        "currency": bill.currency, "currency_assumed": bill.currency_assumed,
        "totals": {"stated": totals.stated, "lines": totals.lines.whole,
                   "computed": totals.computed.whole},
        "matched": {"exact": matched["exact"], "likely": matched["likely"],
                    "none": matched["none"]},
        "to_confirm": [
            {"line": number, "id": line.id, "part": line.part}
            for number, line in enumerate(bill.lines, 1) if line.matched == "likely"
        ],
        "ambiguous": [number for number, line in enumerate(bill.lines, 1) if line.readings],
        "notices": list(bill.notices),
    }  # fmt: skip


def _say_what_was_read(bill: BillOfMaterials, source: str, output: Path | None) -> None:
    totals = totals_of(bill)
    matched = Counter(line.matched or "none" for line in bill.lines)
    charges = f", {counted(len(bill.charges), 'charge')}" if bill.charges else ""
    sections = f" in {counted(len(bill.sections), 'section')}" if bill.sections else ""
    say(f"{counted(len(bill.lines), 'line')}{sections}{charges} from {load_name(source)}"
        + (f" -> {output}" if output else ""))  # fmt: skip
    say(f"stated total {money(totals.stated, bill.currency)}, sum of lines "
        f"{money(totals.lines.whole)}, quantity x unit {money(totals.computed.whole)}")  # fmt: skip
    if bill.currency_assumed:
        say(f"a bare sign is taken for {bill.currency}")
    say(f"parts: {matched['exact']} exact, {matched['likely']} likely, {matched['none']} unknown")
    for number, line in enumerate(bill.lines, 1):
        if line.matched == "likely":
            say(f"  confirm line {number}: {line.name[:48]} is {line.part}?")
    for number, line in enumerate(bill.lines, 1):
        for reading in line.readings:
            say(f"  line {number} could also be {reading.quantity:f} x {reading.title}")
    for notice in bill.notices:
        say(f"  {notice}")
    if output is not None:
        say(f"next: podplanner bom check {output}")


def load_name(source: str) -> str:
    """Return what to call a source in a sentence."""
    return "standard input" if source == "-" else source
