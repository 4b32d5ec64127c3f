"""`bom fix`: apply the repairs that the checks know, and those that a person chose."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.editing import Draft
from podplanner.catalog.readers.source import load
from podplanner.catalog.writers.files import write_whole
from podplanner.cli.bom.drafts import open_any, pod_of
from podplanner.cli.bom.opening import File, Json, path_of
from podplanner.cli.console import emit, say, show
from podplanner.errors import OutputError, PodplannerError, WrongUsageError
from podplanner.rules import ALL_RULES
from podplanner.rules.base import Repair, Verdict, run


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
    """Apply safe repairs, and those that you choose.

    Repairs are those that `bom check` knows. What needs a decision is left and named; exit status
    1 says that errors are left. The stated grand total is never altered.

    \b
    Examples:
      podplanner bom fix pod.toml -o fixed.toml
      podplanner bom fix pod.toml -o fixed.toml --choose 22=quantity
    """
    source = load(path_of(file))
    if output.exists() and not force and output.resolve() != Path(source.name).resolve():
        raise OutputError(f"{output} is there already", hint="Add --force to write over it.")
    opened = open_any(source)
    draft = opened.draft
    choices = _choices(choose or [], draft)
    verdicts = run(ALL_RULES, pod_of(draft))
    done: list[tuple[Verdict, Repair]] = []
    edits: dict[int, dict[str, object]] = {}
    for verdict in verdicts:
        item = verdict.finding.item
        if item is None or not verdict.finding.repairs:
            continue
        repair = _chosen(verdict, choices)
        if repair is not None:
            mine = edits.setdefault(item.position - 1, {})
            seen = getattr(item.line, repair.field)
            mine[repair.field] = _merged(mine.get(repair.field, seen), seen, repair.value)
            done.append((verdict, repair))
    draft = draft.with_edits(edits)
    for position, (choice, used) in choices.items():
        if not used:
            raise WrongUsageError(
                f"line {position + 1} has no finding with the choice {choice!r}",
                hint=f"`podplanner bom check {file}` lists the choices.",
            )
    same = output.resolve() == Path(source.name).resolve()
    expect = source.data if same else None
    write_whole(output, opened.bytes_of(draft), expect=expect, fresh=not force and not same)
    left = [v for v in run(ALL_RULES, pod_of(draft)) if v.finding.repairs or v.severity == "error"]
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


def _choices(words: Sequence[str], draft: Draft) -> dict[int, list[object]]:
    """Return position -> (what was chosen for the line, whether a repair took it)."""
    found: dict[int, list[object]] = {}
    for word in words:
        name, sign, choice = word.partition("=")
        if not sign or not choice:
            raise WrongUsageError(f"--choose {word}: write LINE=CHOICE, such as 22=quantity")
        try:
            position = draft.find(name.strip())
        except PodplannerError as error:
            raise WrongUsageError(f"--choose {word}: {error.message}", hint=error.hint) from error
        if position in found and found[position][0] != choice.strip():
            raise WrongUsageError(
                f"--choose {word}: line {position + 1} has another choice already"
            )
        found[position] = [choice.strip(), False]
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
