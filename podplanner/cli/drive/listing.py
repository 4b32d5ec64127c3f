"""What `drive check` prints for people: the drives, worst first, with what speaks against each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from podplanner.cli.console import coloured, counted, say, show, table, wrapped
from podplanner.drives.assessment import WORST_FIRST, Evidence, Risk, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.signals import Signal
from podplanner.units.words import say_size

COLOUR_OF = {
    Verdict.OK: "ok",
    Verdict.WATCH: "note",
    Verdict.WARNING: "warning",
    Verdict.REPLACE: "error",
    Verdict.UNKNOWN: "unknown",
}
_HOURS = Signal.POWER_ON_H
_INDENT = 9
# A verdict and two spaces.


def show_drives(pod: CheckedPod, *, everything: bool, sources: Sequence[Path] = ()) -> None:
    """Print every drive that is not OK with its evidence, and the rest as one table.

    Args:
        pod: The drives.
        everything: The evidence of drives that are OK, too.
        sources: The recordings that were read, for the hint of what to do next.
    """
    ordered = sorted(pod.drives, key=lambda d: WORST_FIRST.index(d.assessment.verdict))
    told = [drive for drive in ordered if everything or _is_told(drive)]
    for drive in told:
        _show_told(drive)
    rest = [drive for drive in ordered if not everything and not _is_told(drive)]
    if rest:
        if told:
            show()
        rows = [_row(drive) for drive in rest]
        heads = ("drive", "bay", "model", "serial", "size", "hours", "C")
        show(f"{Verdict.OK:<{_INDENT}}{counted(len(rows), 'drive')}")
        show(table(rows, heads, right=(1, 4, 5, 6)))
    show()
    show(tally(pod))
    if any(drive.assessment.verdict is Verdict.REPLACE for drive in pod.drives):
        named = "".join(f" --from {quote(str(path))}" for path in sources)
        say(f"next: podplanner drive next{named}")


def _is_told(drive: CheckedDrive) -> bool:
    """Return whether there is something to say of a drive: a verdict, or that it moved."""
    return drive.assessment.verdict is not Verdict.OK or bool(drive.past.notes)


def tally(pod: CheckedPod) -> str:
    """Return how many drives there are of each verdict, in words."""
    counts = Counter(drive.assessment.verdict for drive in pod.drives)
    each = ", ".join(f"{counts[v]} {v}" for v in WORST_FIRST if counts[v])
    return f"{counted(len(pod.drives), 'drive')}: {each}" if each else "no drives"


def _show_told(drive: CheckedDrive) -> None:
    verdict = drive.assessment.verdict
    show(wrapped(_name(drive), _INDENT),
         before=coloured(f"{verdict:<{_INDENT}}", COLOUR_OF[verdict]))  # fmt: skip
    for evidence in drive.assessment.evidence:
        show(" " * _INDENT + wrapped(_words(evidence), _INDENT))
    for note in drive.past.notes:
        show(" " * _INDENT + wrapped(note, _INDENT))


def _words(evidence: Evidence) -> str:
    words = evidence.words
    if evidence.risk is not None and evidence.verdict is not Verdict.OK:
        words += f" ({evidence.risk.words}: {_percent(evidence.risk)} a year were seen to fail)"
    return words


def _percent(risk: Risk) -> str:
    """Return a yearly rate; where nobody saw a failure, how high it may yet be."""
    if risk.yearly == 0 and risk.high is not None:
        return f"none of them, so at most {risk.high * 100:.0f} %,"
    return f"{risk.yearly * 100:.0f} %"


def _name(drive: CheckedDrive) -> str:
    return ", ".join(_name_parts(drive))


def _name_parts(drive: CheckedDrive) -> Iterator[str]:
    identity = drive.reading.identity
    if drive.bay is not None:
        yield f"bay {drive.bay.number}"
    if identity.model:
        yield identity.model
    if identity.serial:
        yield f"serial {identity.serial}"
    yield drive.reading.source
    if drive.last_seen is not None:
        yield f"last answered {drive.last_seen:%Y-%m-%d %H:%M} UTC"


def _row(drive: CheckedDrive) -> tuple[str, ...]:
    reading = drive.reading
    hours = reading.signals.get(_HOURS)
    heat = reading.temperature.current_c
    return (
        reading.source, str(drive.bay.number) if drive.bay else "",
        reading.identity.model or "unknown", reading.identity.serial or "unknown",
        say_size(reading.capacity_bytes) if reading.capacity_bytes else "unknown",
        "unknown" if hours is None else f"{hours:,}", "unknown" if heat is None else str(heat),
    )  # fmt: skip
