"""`store check`."""

from typing import Annotated

import typer

from podplanner.cli.console import coloured, counted, emit, show, wrapped
from podplanner.cli.model.opening import Json, reading, writing
from podplanner.cli.progress import AGAIN, HowOption, telling
from podplanner.cli.store.opening import Named, named
from podplanner.store.results import Checked, Problem
from podplanner.units.words import say_size

_INDENT = 11
_NAMED = 10
# Versions that a line names; `--json` names all.


def check(
    address: Named = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Mend what can be mended from the store itself."),
    ] = False,
    repair_from: Annotated[
        str | None,
        typer.Option("--repair-from", metavar="OTHER",
                     help="Take what is bad from this second store; implies --repair."),
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Unpack and verify every piece too, not objects alone.")
    ] = False,
    progress: HowOption = "auto",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Read every object and document, and name the versions that damage hurts.

    What is bad is marked, where this user may write: the next push that has it writes it anew.
    Exit status 1 when something is flipped, lost or truncated and was not repaired.

    \b
    Examples:
      podplanner store check /mnt/pod/models
      podplanner store check /mnt/pod/models --repair-from /mnt/other/models --json
    """
    # Not only to be read: what is bad is marked where that is permitted, for pushes to heal.
    opened = writing(named(address))
    other = None if repair_from is None else reading(repair_from)
    with telling(progress, AGAIN) as told:
        found = opened.check(repair=repair, repair_from=other, deep=deep, progress=told)
    if as_json:
        emit("store-check", _record(found))
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(1)


def _record(found: Checked) -> dict[str, object]:
    return {
        "ok": found.ok, "objects": found.objects, "bytes": found.bytes,
        "problems": [
            {"kind": p.kind, "object": p.object, "versions": list(p.versions),
             "repaired": p.repaired}
            for p in found.problems
        ],
    }  # fmt: skip


def _show(found: Checked) -> None:
    for problem in found.problems:
        _show_problem(problem)
    left = sum(not problem.repaired for problem in found.problems)
    read = f"{counted(found.objects, 'object')}, {say_size(found.bytes)}"
    if not found.problems:
        show(f"{read}: all good")
        return
    mended = len(found.problems) - left
    hurt = {version for p in found.problems if not p.repaired for version in p.versions}
    verdict = [f"{left:,} bad"] if left else []
    verdict += [f"{mended:,} repaired"] if mended else []
    if left:
        verdict.append(f"{counted(len(hurt), 'version')} hurt")
    show(f"{read}: {', '.join(verdict)}")
    if left:
        show("Mend it with `--repair-from OTHER`, or push again what you still have: a push that "
             "has the content heals it.")  # fmt: skip


def _show_problem(problem: Problem) -> None:
    word = "repaired" if problem.repaired else problem.kind
    show(
        problem.object,
        before=coloured(f"{word:<{_INDENT}}", "note" if problem.repaired else "error"),
    )
    named = ", ".join(problem.versions[:_NAMED])
    more = len(problem.versions) - _NAMED
    words = f"hurts {named}" if named else "no live version needs it"
    show(" " * _INDENT + wrapped(words + (f" and {more:,} more" if more > 0 else ""), _INDENT))
