"""What each supply carries, drawn as bars against its rating, as SVG.

A bar ends at the share of the rating: the drives in full colour, the rest of the pod lighter. Lines
mark the rating and where protection acts. Lengths across are percentages of the width that the page
gives, lengths down and letters are pixels; how a load stands is said in words, not by colour alone.
"""

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from podplanner.planning.budgets import Budget, Check, Quantity
from podplanner.planning.power import PodPower
from podplanner.planning.power_limits import Standing
from podplanner.units.numbers import percentage, plain

_HEAD, _ROW, _BAR = 30, 40, 12
_WORDS_BASE, _BAR_TOP = 14, 20
_FULL = Decimal("1.7")
# Share of the rating at the right end: beyond the usual end of the over-current band, 160 %.

_LABELS = {
    Quantity.START_12V: "12 V at start", Quantity.START_5V: "5 V at start",
    Quantity.START_WATTS: "watts at start", Quantity.WORK_WATTS: "watts at work",
}  # fmt: skip

_STYLE = """
.power { --paper: #ffffff; --ink: #1b2127; --soft: #51606e; --track: #e4e9ee; --bar: #2f6f9f;
  --rest: #8fb3cc; --error: #a8201a; --warning: #8a5300; --unknown: #5d4a94; }
@media (prefers-color-scheme: dark) { .power { --paper: #14181c; --ink: #e8ecf0; --soft: #a9b5c0;
  --track: #2a323a; --bar: #5b9dcd; --rest: #37597a; --error: #ff9f97; --warning: #f0b35b;
  --unknown: #c5b6f4; } }
.power { display: block; max-width: 60rem; font-family: system-ui, sans-serif; }
.power text { font-size: 14px; fill: var(--ink); }
.power .head { font-weight: 600; }
.power .soft { fill: var(--soft); font-size: 13px; }
.power .error { fill: var(--error); font-weight: 600; }
.power .warning { fill: var(--warning); font-weight: 600; }
.power .unknown { fill: var(--unknown); font-weight: 600; }
.power .paper { fill: var(--paper); }
.power .track { fill: var(--track); }
.power .drives { fill: var(--bar); }
.power .rest { fill: var(--rest); }
.power .rating { stroke: var(--ink); stroke-width: 2; }
.power .band { stroke: var(--error); stroke-width: 2; stroke-dasharray: 3 2; }
"""


def power_chart(power: PodPower, *, name: str = "power") -> str:
    """Return the chart as one SVG element, for a page or a file of its own.

    Args:
        power: What is drawn.
        name: Prefix of its ids, unique in the page.
    """
    pieces: list[str] = []
    top = 4
    for budget in power.budgets:
        pieces += _head(budget, top)
        top += _HEAD
        for check in budget.checks:
            pieces += _row(budget, check, top)
            top += _ROW
    key = "Solid line: the rating. Dashed: where a load fails for sure."
    pieces.append(f'<text class="soft" x="0" y="{top + _WORDS_BASE}">{key}</text>')
    description = " ".join(f"{_title(b)}: {_words(c)}." for b in power.budgets for c in b.checks)
    return "".join((
        f'<svg class="power" role="img" aria-labelledby="{escape(name)}-title '
        f'{escape(name)}-text" width="100%" height="{top + 24}" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<title id="{escape(name)}-title">What each supply carries</title>',
        f'<desc id="{escape(name)}-text">{escape(description)}</desc>',
        f"<style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>', *pieces, "</svg>",
    ))  # fmt: skip


def power_file(power: PodPower) -> str:
    """Return the chart as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{power_chart(power)}\n'


def _title(budget: Budget) -> str:
    planes = ", ".join(map(str, budget.backplanes))
    where = f" (backplanes {planes})" if planes else ""
    return f"{budget.name}: {len(budget.bays)} drives{where}"


def _head(budget: Budget, top: int) -> Iterator[str]:
    yield f'<text class="head" x="0" y="{top + 20}">{escape(_title(budget))}</text>'


def _row(budget: Budget, check: Check, top: int) -> Iterator[str]:
    base, bar = top + _WORDS_BASE, top + _BAR_TOP
    yield f'<text x="0" y="{base}">{escape(_words(check))}'
    if check.standing is not Standing.OK:
        yield f'<tspan class="{check.standing.value}" dx="10">{check.standing.value}</tspan>'
    yield "</text>"
    yield f'<rect class="track" x="0" y="{bar}" width="100%" height="{_BAR}"/>'
    if check.share is None or check.drives_share is None:
        return
    for style, share in (("rest", check.share), ("drives", check.drives_share)):
        yield f'<rect class="{style}" x="0" y="{bar}" width="{_across(share)}" height="{_BAR}"/>'
    for style, share in (("rating", Decimal(1)), ("band", check.limits.fatal)):
        if style == "rating" or share > 1:
            x = _across(share)
            yield f'<line class="{style}" x1="{x}" x2="{x}" y1="{bar - 3}" y2="{bar + _BAR + 3}"/>'


def _across(share: Decimal) -> str:
    return f"{min(max(share, Decimal(0)) / _FULL, Decimal(1)) * 100:.2f}%"


def _words(check: Check) -> str:
    """Return `12 V at start: 54 A, with the rest 59.42 A of 60 A (99 %)`."""
    unit = check.unit
    at_least = "at least " if check.whole.missing else ""
    words = f"{_LABELS[check.quantity]}: {plain(check.drives.known)} {unit}"
    if check.whole.known != check.drives.known:
        words += f", with the rest {at_least}{plain(check.whole.known)} {unit}"
    if check.rating is None or check.share is None:
        return f"{words}, rating unknown"
    return f"{words} of {plain(check.rating)} {unit} ({percentage(check.share)})"
