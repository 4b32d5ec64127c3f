"""`drive next`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.pod import Pod
from podplanner.cli.console import coloured, counted, emit, say, show, wrapped
from podplanner.cli.drive.choices import (
    DEFAULT_MAX_AGE,
    Bays,
    From,
    HistoryFile,
    Json,
    Looking,
    MaxAge,
    NoHistory,
    Timeout,
    Types,
    Wake,
    asked_of,
)
from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.asking import TIMEOUT_S, Asked
from podplanner.drives.assessment import Verdict, worst
from podplanner.drives.checked import CheckedPod
from podplanner.drives.pulling.card import Card, Safety
from podplanner.drives.pulling.choosing import cards
from podplanner.drives.round import bay_map_of, check, known_drives
from podplanner.drives.samples import resolved
from podplanner.report.card_record import array_record, card_record, waiting_record
from podplanner.report.card_text import card_lines
from podplanner.report.card_words import say_bay

_COLOURS = {Safety.SAFE: "note", Safety.WAIT: "warning", Safety.DO_NOT_PULL: "error"}
_STATUSES = {Verdict.OK: 0, Verdict.WATCH: 0, Verdict.WARNING: 1, Verdict.REPLACE: 2,
             Verdict.UNKNOWN: 3}  # fmt: skip
_NAMED = 10
# Drives that wait, in the terminal; `--json` has all.

Bill = Annotated[
    str | None,
    typer.Option("--bill", metavar="FILE",
                 help="Parts list of the pod, in which a spare and its line are looked for."),
]  # fmt: skip


def next_(
    sources: From = None,
    bays: Bays = None,
    bill: Bill = None,
    types: Types = None,
    timeout: Timeout = TIMEOUT_S,
    wake: Wake = False,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    as_json: Json = False,
) -> None:
    """Say which drive to pull, from which bay, and whether that is safe now.

    One card: the bay, the serial number on the label and those beside it, why it is this drive,
    the group that it is in and how many more drives that may lose, SAFE TO PULL, WAIT or DO NOT
    PULL, the commands to replace it, the smallest spare that fits, and what to check afterwards.
    Nothing is changed, and none of the commands is run.

    The state of the arrays is read from `zpool status`, /proc/mdstat and `ceph`; with --from from
    recordings of these beside those of the drives.

    \b
    Examples:
      podplanner drive next --bays bays.toml --bill pod.toml
      podplanner drive next --from recorded/ --json
    """
    asked = asked_of(None, Looking(
        sources=sources, types=types, timeout_s=timeout, wake=wake, history=history,
        no_history=no_history, bays=bays, max_age=max_age,
    ))  # fmt: skip
    listed = None if bill is None else _bill(bill)
    bay_map = bay_map_of(asked)
    pod = check(asked, now=datetime.now(UTC))
    # Last, since a drive that hangs takes half a minute, in which another may fail.
    arrays = _arrays(asked)
    found = cards(pod, arrays, bay_map=bay_map, known=known_drives(asked), bill=listed)
    if as_json:
        emit("drive-next", {
            "card": card_record(found[0]) if found else None,
            "waiting": [waiting_record(card) for card in found[1:]],
            "arrays": [array_record(array) for array in arrays.arrays],
            "trouble": list(arrays.trouble),
            "notes": _notes(pod, arrays),
            "recorded": bool(asked.recordings),
        })  # fmt: skip
    else:
        _show(pod, arrays, found)
        if found and asked.recordings:
            show()
            show("These are recordings: ask again on the machine itself before you pull anything.")
    if status := exit_status(pod, found):
        raise typer.Exit(status)


def exit_status(pod: CheckedPod, found: Sequence[Card]) -> int:
    """Return the exit status: of the worst verdict, at least 1 where a card is shown."""
    verdict = worst([pod.verdict, *(card.verdict for card in found)])
    return max(_STATUSES[verdict], 1 if found else 0)


def _bill(name: str) -> Pod:
    # Reading lists takes longer to import than all that is used here.
    from podplanner.cli.plan.opening import open_planned

    return open_planned(name)


def _arrays(asked: Asked) -> ArrayState:
    if not asked.recordings:
        return read_arrays()
    return read_array_recordings([Path(path) for path in resolved(asked.recordings)])


def _notes(pod: CheckedPod, arrays: ArrayState) -> list[str]:
    """Return the notes of the round, but for those that recordings of arrays are no drives."""
    return [
        note for note in pod.notes
        if not any(note.startswith(f"{source} is the state of") for source in arrays.source)
    ]  # fmt: skip


def _show(pod: CheckedPod, arrays: ArrayState, found: Sequence[Card]) -> None:
    for words in (*_notes(pod, arrays), *arrays.trouble):
        say(wrapped(words, 2))
    if not found:
        _show_nothing(pod, arrays)
        return
    word = found[0].pull.safety
    first, *lines = card_lines(found[0])
    show(first.removeprefix(word.value), before=coloured(word.value, _COLOURS[word]))
    for line in lines:
        show(line)
    if len(found) > 1:
        show()
        show(f"{counted(len(found) - 1, 'more drive')} to see to after this one:")
        for card in found[1 : _NAMED + 1]:
            words = f"{say_bay(card.bay)}, {card.serial or card.device or 'serial number unknown'}"
            show("  " + wrapped(f"{words}: {card.verdict.value}, {card.reason}", 4))
        if len(found) > _NAMED + 1:
            show(f"  and {len(found) - 1 - _NAMED} more; --json names all")


def _show_nothing(pod: CheckedPod, arrays: ArrayState) -> None:
    judged = [drive for drive in pod.drives if drive.assessment.verdict is not Verdict.UNKNOWN]
    unknown = len(pod.drives) - len(judged)
    if not judged:
        show("nothing is known: no drive could be judged; `podplanner drive check` says why")
    elif unknown:
        number = counted(len(judged), "drive")
        show(f"no drive is known to need pulling: {number} judged, {unknown} not; "
             "`podplanner drive check` says why")  # fmt: skip
    else:
        show(f"no drive needs pulling: {counted(len(judged), 'drive')} judged")
    for array in arrays.arrays:
        for group in array.groups:
            if group.rebuild is not None:
                show(f"{array.name}: {group.rebuild.words} in {group.name}")
        for words in array.trouble:
            show(wrapped(words, 2))
    show("next look: run this again after a change, or have `podplanner drive watch` do it daily")
