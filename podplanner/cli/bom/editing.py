"""`bom new`, `bom add`, `bom set`, `bom remove`, `bom fix`: change a file, keep its comments."""

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.editing import EDITABLE, Draft, matching_total, parsed_values
from podplanner.catalog.library import find_part, library
from podplanner.catalog.naming import base_id, free_id
from podplanner.catalog.opening import open_bill
from podplanner.catalog.parts import Part
from podplanner.catalog.pod import assemble
from podplanner.catalog.readers.source import Source, load, text_of
from podplanner.catalog.vocabulary import kinds
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.cli.bom.opening import (
    File,
    Json,
    day_of,
    part_numbers,
    path_of,
    pod_names,
    shipped,
)
from podplanner.cli.console import changed, emit, say, show
from podplanner.errors import (
    ConflictError,
    OutputError,
    PodplannerError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.planning.totals import totals_of
from podplanner.rules import ALL_RULES
from podplanner.rules.base import Repair, Verdict, run

_TIMES = re.compile(r"(?P<sku>.+?)\s*[x×*](?P<number>\d+(?:\.\d+)?)", re.IGNORECASE)
_COUNT = re.compile(r"[x×*]?(?P<number>\d+(?:\.\d+)?)[x×*]?", re.IGNORECASE)

EditedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A parts list in our own format (TOML).")
]

_TEMPLATE = """\
# A parts list; docs/parts-list.md describes every key. A title and a quantity are enough:
#
#   [[line]]
#   title = "SATA cable, 1 m"
#   quantity = 9
#   unit_price = "1.50"
#
# `podplanner bom add {name} SKUx45` adds a part of the catalog.
schema = "podplanner/bill/1"
title = {title}
currency = "{currency}"
"""


def _read(path: Path) -> tuple[bytes, Draft]:
    source = load(path)
    return source.data, _draft(source)


def _draft(source: Source) -> Draft:
    """Return a draft of a file in our format.

    Raises:
        ConflictError: The file has another format.
    """
    text = text_of(source)
    if source.suffix != "toml" and "[[line]]" not in text and "schema =" not in text:
        raise ConflictError(
            f"{source.name} is not in our format, so it cannot be edited in place",
            hint=f"Run `podplanner bom import {source.name} -o pod.toml` and edit that.",
        )
    return Draft.of(text, source.name)


def _cost(bill: BillOfMaterials) -> Decimal:
    """Return what the lines with a known amount cost together, charges included."""
    lines = totals_of(bill).lines
    known = lines.whole if lines.whole is not None else lines.partial
    computed = totals_of(bill).computed
    if known is None:
        known = computed.whole if computed.whole is not None else computed.partial
    return known if known is not None else Decimal(0)


def _keep_stated(draft: Draft) -> Draft:
    """Remember what the lines added up to before the first change, beside the stated total."""
    bill = draft.bill
    if bill.stated_total is None or bill.stated_lines is not None:
        return draft
    return draft.with_head({"stated_lines": _cost(bill)})


def _save(path: Path, data: bytes, before: Draft, after: Draft) -> tuple[Decimal, Decimal]:
    """Write the edited file and return the cost before and after."""
    cost_before, cost_after = _cost(before.bill), _cost(after.bill)
    if cost_before != cost_after:
        kept = _keep_stated(before)
        after = Draft(after.name, (kept.blocks[0], *after.blocks[1:]))
    write_whole(path, after.text.encode(), expect=data)
    return cost_before, cost_after


def _report_change(
    verb: str, path: Path, line: Line, costs: tuple[Decimal, Decimal], bill: BillOfMaterials,
    *, as_json: bool, notes: Sequence[str] = (),
) -> None:  # fmt: skip
    if as_json:
        emit(f"bom-{verb}", {
            "file": str(path), "id": line.id, "part": line.part, "quantity": line.quantity,
            "unit_price": line.unit_price, "total": line.total, "currency": bill.currency,
            "cost_before": costs[0], "cost_after": costs[1], "notes": list(notes),
        })  # fmt: skip
        return
    quantity = "?" if line.quantity is None else f"{line.quantity:f}"
    show(f"{verb} {line.id}: {quantity} x {line.name}")
    for note in notes:
        say(f"  {note}")
    show(f"cost {changed(*costs, bill.currency)}")


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="POD", autocompletion=pod_names,
                     help="Begin with a shipped pod (see `bom list`) or another parts list."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What to call it.")] = None,
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217 code.")] = "USD",
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make a new parts list, empty or from a shipped pod.

    \b
    Examples:
      podplanner bom new pod.toml --from storage-pod-3.0
      podplanner bom new mine.toml --title "Lab pod" --currency EUR
    """
    if file.exists() and not force:
        raise OutputError(f"{file} is there already", hint="Add --force to write over it.")
    if source is None:
        from podplanner.catalog.writers.toml_bill import quoted

        text = _TEMPLATE.format(name=file, title=quoted(title or file.stem), currency=currency)
        draft = Draft.of(text, str(file))
    else:
        origin = load(shipped(source))
        draft = _draft_of_any(origin)
        if title is not None:
            draft = draft.with_head({"title": title})
    bill = draft.bill
    write_whole(file, draft.text.encode())
    if as_json:
        emit("bom-new", {"file": str(file), "lines": len(bill.lines), "title": bill.title})
        return
    show(f"{file}: {len(bill.lines)} lines")
    say(f"next: podplanner bom check {file}")


def _draft_of_any(source: Source, encoding: str | None = None) -> Draft:
    """Return a draft of any parts list: ours as it is written, others as import writes them."""
    if not source.is_zip:
        text = text_of(source, encoding)
        if source.suffix == "toml" or "[[line]]" in text:
            return Draft.of(text, source.name)
    bill = open_bill(source.name, library(), encoding=encoding)
    return Draft.of(write_toml(bill, [f"Read from {source.name} by podplanner."]), source.name)


def _wanted(words: Sequence[str]) -> list[tuple[Part, Decimal]]:
    """Return the parts and quantities that words such as `SKUx45` or `SKU x45` mean."""
    found: list[tuple[Part, Decimal]] = []
    parts = library()
    for word in words:
        count = _COUNT.fullmatch(word)
        if count and found and (word[0] in "x×*X" or word[-1] in "x×*X" or word.isdigit()):
            found[-1] = (found[-1][0], Decimal(count["number"]))
            continue
        times = _TIMES.fullmatch(word)
        try:
            found.append((find_part(parts, word), Decimal(1)))
        except UnknownNameError:
            if times is None:
                raise
            found.append((find_part(parts, times["sku"]), Decimal(times["number"])))
    return found


def add(
    file: EditedFile,
    skus: Annotated[
        list[str],
        typer.Argument(metavar="SKU[xN]...", autocompletion=part_numbers,
                       help="Part numbers, each with its quantity: ST4000DM000x45."),
    ],
    price: Annotated[
        str | None, typer.Option("--price", help="Price of one piece, in the list's currency.")
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", help="Add a line of free text under this title; SKU is its "
                     "part number then, and need not be in the catalog."),
    ] = None,
    line_id: Annotated[str | None, typer.Option("--id", help="What to call the line.")] = None,
    section: Annotated[str | None, typer.Option("--section", help="Put it there.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Add parts of the catalog to a list.

    Without --price a price that the catalog knows with its date is taken, if it is in the list's
    currency; else the price stays unknown.

    \b
    Examples:
      podplanner bom add pod.toml ST4000DM000x45
      podplanner bom add pod.toml WUH721816ALE6L4 x45 --price 249.00
      podplanner bom add pod.toml RAIL-26 --title "Slide rails, 26 in" --price 70
    """
    data, draft = _read(file)
    before = draft
    amount = _price_of(price)
    lines: list[tuple[Line, list[str]]] = []
    if title is not None:
        lines.append((_free_line(draft.bill, skus, title, amount, line_id), []))
    else:
        wanted = _wanted(skus)
        if (amount is not None or line_id is not None) and len(wanted) > 1:
            raise WrongUsageError("--price and --id are for one part", hint="Add one at a time.")
        for part, quantity in wanted:
            lines.append(_catalog_line(draft.bill, part, quantity, amount, line_id))
            draft = draft.with_line(lines[-1][0])
        draft = before
    for line, _ in lines:
        placed = line.model_copy(update={"section": section}) if section else line
        draft = draft.with_line(placed)
    costs = _save(file, data, before, draft)
    if as_json:
        emit("bom-add", {
            "file": str(file), "currency": draft.bill.currency,
            "added": [{"id": line.id, "part": line.part, "quantity": line.quantity,
                       "unit_price": line.unit_price} for line, _ in lines],
            "cost_before": costs[0], "cost_after": costs[1],
            "notes": [note for _, notes in lines for note in notes],
        })  # fmt: skip
        return
    for line, notes in lines:
        unit = "price unknown" if line.unit_price is None else f"at {line.unit_price:f}"
        show(f"add {line.id}: {line.quantity:f} x {line.name}, {unit}")
        for note in notes:
            say(f"  {note}")
    show(f"cost {changed(*costs, draft.bill.currency)}")


def _price_of(written: str | None) -> Decimal | None:
    if written is None:
        return None
    from podplanner.catalog.readers.amounts import NotANumberError, amount_of

    try:
        amount = amount_of(written).value
    except NotANumberError as error:
        raise WrongUsageError(f"--price {written}: {error}") from error
    if amount is None or amount < 0:
        raise WrongUsageError(f"--price {written}: give an amount of 0 or more")
    return amount


def _catalog_line(
    bill: BillOfMaterials, part: Part, quantity: Decimal, price: Decimal | None, line_id: str | None
) -> tuple[Line, list[str]]:
    notes: list[str] = []
    for line in bill.lines:
        if line.part == part.sku and line_id is None:
            raise ConflictError(
                f"line {line.id!r} is {part.sku} already",
                hint=f"Run `podplanner bom set FILE {line.id} quantity=N`, or name a second line "
                "with --id.",
            )
    day = None
    if price is None and part.price is not None:
        if part.price_currency == bill.currency:
            price, day = part.price, part.price_date
            notes.append(f"price of {part.price_date} from: {part.price_source}")
        else:
            notes.append(f"the catalog knows a price in {part.price_currency}, the list is in "
                         f"{bill.currency}: left unknown")  # fmt: skip
    base = kinds()[part.kind].id if part.kind in kinds() else base_id(part.title, None)
    taken = [line.id for line in bill.lines]
    return Line(
        id=line_id or free_id(base, taken), part=part.sku, title=part.title, maker=part.maker,
        quantity=quantity, unit_price=price, price_date=day,
    ), notes  # fmt: skip


def _free_line(
    bill: BillOfMaterials,
    skus: Sequence[str],
    title: str,
    price: Decimal | None,
    line_id: str | None,
) -> Line:
    number, quantity = skus[0], Decimal(1)
    if len(skus) > 1 and (count := _COUNT.fullmatch(skus[1])):
        quantity = Decimal(count["number"])
    elif len(skus) > 1:
        raise WrongUsageError("--title adds one line", hint="Add one at a time.")
    elif (times := _TIMES.fullmatch(number)) is not None:
        number, quantity = times["sku"], Decimal(times["number"])
    taken = [line.id for line in bill.lines]
    return Line(id=line_id or free_id(base_id(title, None), taken), title=title, mpn=number,
                quantity=quantity, unit_price=price)  # fmt: skip


def set_values(
    file: EditedFile,
    line: Annotated[str, typer.Argument(metavar="ID", help="Id of the line, or its number.")],
    pairs: Annotated[
        list[str],
        typer.Argument(metavar="KEY=VALUE...", help="Keys: " + ", ".join(EDITABLE) + "."),
    ],
    as_json: Json = False,
) -> None:
    """Set keys of a line; an empty value removes a key.

    When the quantity or the unit price changes, a total that fitted the old numbers follows.

    \b
    Examples:
      podplanner bom set pod.toml tape quantity=0.5
      podplanner bom set pod.toml psu unit_price=255.00 vendor="Example Ltd"
      podplanner bom set pod.toml 6 note=
    """
    data, before = _read(file)
    position = before.find(line)
    values = parsed_values(pairs)
    old = before.bill.lines[position]
    after = before.with_values(position, values)
    notes = []
    total = None if "total" in values else matching_total(old, after.bill.lines[position])
    if total is not None:
        after = after.with_values(position, {"total": total})
        notes.append(f"its total follows: {old.total:f} -> {total:f}")
    costs = _save(file, data, before, after)
    _report_change("set", file, after.bill.lines[position], costs, after.bill, as_json=as_json,
                   notes=notes)  # fmt: skip


def remove(
    file: EditedFile,
    line: Annotated[str, typer.Argument(metavar="ID", help="Id of the line, or its number.")],
    as_json: Json = False,
) -> None:
    """Remove a line, with the comments right above it.

    \b
    Examples:
      podplanner bom remove pod.toml switch
    """
    data, before = _read(file)
    position = before.find(line)
    gone = before.bill.lines[position]
    after = before.without_line(position)
    costs = _save(file, data, before, after)
    links = [link for link in after.bill.links
             if any(e and e.split(".")[0].split(":")[0] == gone.id
                    for e in (link.start, link.end, link.power))]  # fmt: skip
    notes = [f"{len(links)} links still name {gone.id}"] if links else []
    _report_change("remove", file, gone, costs, after.bill, as_json=as_json, notes=notes)


def fix(
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the result.")],
    choose: Annotated[
        list[str] | None,
        typer.Option("--choose", metavar="LINE=CHOICE",
                     help="Decide a finding: 22=quantity, tape=unit; repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Apply the safe repairs that `bom check` knows, and those that you choose.

    What needs a decision is left and named; exit status 1 says that errors are left. The stated
    grand total is never altered.

    \b
    Examples:
      podplanner bom fix pod.toml -o fixed.toml
      podplanner bom fix pod.toml -o fixed.toml --choose 22=quantity
    """
    source = load(path_of(file))
    if output.exists() and not force and output.resolve() != Path(source.name).resolve():
        raise OutputError(f"{output} is there already", hint="Add --force to write over it.")
    draft = _draft_of_any(source)
    choices = dict(_choices(choose or [], draft))
    verdicts = _verdicts(draft, source)
    done: list[tuple[Verdict, Repair]] = []
    for verdict in verdicts:
        item = verdict.finding.item
        if item is None or not verdict.finding.repairs:
            continue
        repair = _chosen(verdict, choices)
        if repair is not None:
            current = getattr(draft.bill.lines[item.position - 1], repair.field)
            value = _merged(current, getattr(item.line, repair.field), repair.value)
            draft = draft.with_values(item.position - 1, {repair.field: value})
            done.append((verdict, repair))
    for position, (choice, used) in choices.items():
        if not used:
            raise WrongUsageError(
                f"line {position + 1} has no finding with the choice {choice!r}",
                hint=f"`podplanner bom check {file}` lists the choices.",
            )
    write_whole(output, draft.text.encode())
    left = [v for v in _verdicts(draft, source) if v.finding.repairs or v.severity == "error"]
    _report_fix(output, done, left, as_json=as_json)
    if any(verdict.severity == "error" for verdict in left):
        raise typer.Exit(1)


def _merged(current: object, seen: object, mended: object) -> object:
    """Return the repaired value; two repairs of one text are both kept."""
    if current == seen or not (isinstance(current, str) and isinstance(seen, str)):
        return mended
    from difflib import SequenceMatcher

    text = current
    for tag, a, b, c, d in SequenceMatcher(None, seen, str(mended), autojunk=False).get_opcodes():
        if tag != "equal" and seen[a:b]:
            text = text.replace(seen[a:b], str(mended)[c:d], 1)
    return text


def _verdicts(draft: Draft, source: Source) -> tuple[Verdict, ...]:
    parts = library()
    bill = open_bill(source.name, parts, read=lambda *_, **__: draft.bill)
    return run(ALL_RULES, assemble(bill, parts, as_of=day_of(None)))


def _choices(words: Sequence[str], draft: Draft) -> list[tuple[int, list[object]]]:
    found = []
    for word in words:
        name, sign, choice = word.partition("=")
        if not sign or not choice:
            raise WrongUsageError(f"--choose {word}: write LINE=CHOICE, such as 22=quantity")
        try:
            found.append((draft.find(name.strip()), [choice.strip(), False]))
        except PodplannerError as error:
            raise WrongUsageError(f"--choose {word}: {error.message}", hint=error.hint) from error
    return found


def _chosen(verdict: Verdict, choices: dict[int, list[object]]) -> Repair | None:
    """Return the repair to make: a safe one, or the one that was chosen for the line."""
    item = verdict.finding.item
    for repair in verdict.finding.repairs:
        if repair.safe:
            return repair
        chosen = choices.get(item.position - 1) if item else None
        if chosen is not None and chosen[0] in (repair.choice, repair.field):
            chosen[1] = True
            return repair
    return None


def _report_fix(
    output: Path, done: list[tuple[Verdict, Repair]], left: list[Verdict], *, as_json: bool
) -> None:
    def place(verdict: Verdict) -> str:
        item = verdict.finding.item
        return "bill" if item is None else f"line {item.position} ({item.line.id})"

    if as_json:
        emit("bom-fix", {
            "output": str(output),
            "fixed": [
                {"code": v.rule.code, "line": v.finding.item.position if v.finding.item else None,
                 "id": v.finding.item.line.id if v.finding.item else None, "field": r.field,
                 "value": r.value} for v, r in done
            ],
            "left": [
                {"code": v.rule.code, "severity": v.severity,
                 "line": v.finding.item.position if v.finding.item else None,
                 "message": v.finding.message,
                 "choices": {r.choice: r.value for r in v.finding.repairs if r.choice}}
                for v in left
            ],
        })  # fmt: skip
        return
    for verdict, repair in done:
        value = repair.value if isinstance(repair.value, str) else f"{repair.value:f}"
        show(f"fixed {verdict.rule.code} {place(verdict)}: {repair.field} = {value}")
    for verdict in left:
        show(f"left  {verdict.rule.code} {place(verdict)}: {verdict.finding.message}")
        for repair in verdict.finding.repairs:
            if repair.choice and verdict.finding.item:
                say(f"      --choose {verdict.finding.item.position}={repair.choice}   "
                    f"({repair.field} = {repair.value})")  # fmt: skip
    if not done and not left:
        show("nothing to fix")
    say(f"wrote {output}")
