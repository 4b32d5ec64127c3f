"""The case in a terminal: a number and a sign for each bay, the front row first."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.catalog.parts import Part
from podplanner.drives.checked import CheckedPod
from podplanner.report.bay_cells import NAMES, SIGNS, BayCell, Cells, Look, cells_of, named
from podplanner.report.bay_rows import rows_of
from podplanner.report.shape import Refusal

_ROOM = 76
# Columns of a line, less the indent: a terminal of 80 must do.
_MOST_NAMED = 4
# Drives in no bay that are named; more are counted.
_COLOURS = {
    Look.REPLACE: "1;97;41", Look.WARNING: "1;33", Look.UNKNOWN: "1;35", Look.WATCH: "1;34",
    Look.OK: "32", Look.UNREAD: "35", Look.SPARE: "2", Look.OPEN: "2", Look.EMPTY: "2",
}  # fmt: skip
# Of ECMA-48, `SGR`: white on red, bold yellow, bold magenta, bold blue, green, magenta, faint.


def chassis_lines(
    pod: CheckedPod, bay_map: BayMap, *, colour: bool, pull: int | None = None,
    parts: Mapping[str, Part] | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Return the case with the sign of each bay's verdict, and a key.

    Args:
        pod: The drives.
        bay_map: The bays.
        colour: Colour the bays by escape sequences; the signs stay.
        pull: The bay to point out, in brackets; None: that of the worst drive to be replaced.
        parts: Where to look for the case; None: the catalog of this machine.
    """
    rows = rows_of(bay_map, parts)
    if isinstance(rows, Refusal):
        return (rows.reason,)
    cells = cells_of(pod, bay_map, pull)
    lines: list[str] = []
    for number, row in enumerate(rows.rows, 1):
        place = " (front)" if number == 1 and rows.known else ""
        lines.append(f"row {number}{place}")
        lines += _lines(row, cells, colour=colour)
    lines.append("rear" if rows.known else "How these rows lie in the case is not known.")
    lines += ("", *_key(cells, colour=colour))
    return tuple(lines)


def _lines(row: Sequence[MappedBay], cells: Cells, *, colour: bool) -> Iterator[str]:
    """Yield a row, in several lines where it is too wide, below the names of backplanes."""
    digits = len(str(max(cells.of)))
    most = max(1, _ROOM // (digits + 2 + 1))
    # Two columns for the sign and the blank, and one of reserve for the bars between backplanes.
    for start in range(0, len(row), most):
        part = row[start : start + most]
        heads: list[str] = []
        body = ""
        runs = [list(run) for _, run in groupby(part, key=lambda bay: bay.backplane)]
        for index, run in enumerate(runs):
            shown = [cells.of[bay.number] for bay in run]
            body += ("|" if index else "") + _run(shown, digits, colour=colour)
            heads.append(_head(run[0].backplane, len(run) * (digits + 2) + 1))
        head = " ".join(heads).rstrip()
        if head:
            yield f" {head}"
        yield f" {body.rstrip()}"


def _run(shown: Sequence[BayCell], digits: int, *, colour: bool) -> str:
    """Return the bays of one backplane; the one to pull first is in brackets."""
    body = "[" if shown[0].pull else " "
    for index, cell in enumerate(shown):
        words = f"{cell.number:0{digits}d}{cell.sign}"
        body += _painted(words, cell.look) if colour else words
        following = shown[index + 1].pull if index + 1 < len(shown) else False
        body += "]" if cell.pull else "[" if following else " "
    return body


def _head(backplane: int | None, room: int) -> str:
    if backplane is None:
        return " " * room
    name = f" backplane {backplane}"
    return (name if len(name) <= room else f" b{backplane}"[:room]).ljust(room)


def _painted(words: str, look: Look) -> str:
    return f"\x1b[{_COLOURS[look]}m{words}\x1b[0m"


def _key(cells: Cells, *, colour: bool) -> Iterator[str]:
    entries = []
    for look, count in cells.counts():
        sign = _painted(SIGNS[look], look) if colour else SIGNS[look]
        entries.append((f"{sign} {NAMES[look]} {count}", len(f"{NAMES[look]} {count}") + 2))
    if any(cell.pull for cell in cells.of.values()):
        entries.append(("[ ] replace first", 17))
    line, wide = "", 0
    for words, length in entries:
        if line and wide + 3 + length > _ROOM:
            yield line
            line, wide = "", 0
        line, wide = (f"{line}   {words}", wide + 3 + length) if line else (words, length)
    yield line
    if cells.elsewhere:
        words = f"in no known bay: {named(cells.elsewhere, _MOST_NAMED)}"
        yield from wrap(words, _ROOM, subsequent_indent="  ")
