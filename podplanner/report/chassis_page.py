"""The chassis as a page of its own: the picture, and in words what it tells of each bay."""

from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.report.bay_cells import NAMES, Cells, Look, named, printable
from podplanner.report.render import render_bays_html

_MOST_NAMED = 60
_SEVERITIES = {
    Look.REPLACE: "error", Look.WARNING: "warning", Look.UNKNOWN: "unknown",
    Look.WATCH: "note", Look.OK: "ok", Look.UNREAD: "unknown",
}  # fmt: skip
# The colours of the pages' badges; bays without a drive have none.


@dataclass(frozen=True, slots=True)
class BayEntry:
    """One bay in words, below the picture."""

    severity: str
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class ChassisPage:
    """What the page holds.

    Attributes:
        picture: SVG.
        entries: Every bay with a drive, the worst first.
        elsewhere: Drives in no known bay, in a sentence; empty: none.
    """

    title: str
    picture: str
    entries: tuple[BayEntry, ...]
    elsewhere: str


def chassis_page(picture: str, cells: Cells, title: str) -> str:
    """Return one self-contained HTML file.

    Args:
        picture: What `draw_chassis` drew of the same cells.
        cells: What is known of each bay.
        title: What the pod is called.
    """
    elsewhere = named(cells.elsewhere, _MOST_NAMED)
    return render_bays_html(
        ChassisPage(
            title=printable(f"Drives of {title}" if title else "Drives"),
            picture=picture,
            entries=tuple(_entries(cells)),
            elsewhere=f"In no known bay: {elsewhere}." if elsewhere else "",
        )
    )


def _entries(cells: Cells) -> Iterator[BayEntry]:
    order = list(Look)
    for cell in sorted(cells.of.values(), key=lambda cell: order.index(cell.look)):
        if cell.look in _SEVERITIES:
            yield BayEntry(_SEVERITIES[cell.look], NAMES[cell.look], printable(cell.words))
