"""Drawings of the story that follow its figures: the curves of a training, a network, bars.

They carry no words: those stand beside them as text of the page, so that they read well at every
width. What a place means is said by its title, on hover.
"""

from collections.abc import Iterator, Sequence
from html import escape

from podplanner.report.story_values import CurvePoint

_TOP, _BOTTOM = 6.0, 94.0
# Of 100: lines at the ends of the scale keep their whole width.
_INPUTS, _HIDDEN, _OUTPUTS = 7, 10, 6
# Nodes that are drawn; the network has more, in the same shares.
_WIDTH, _HEIGHT = 160, 110
_COLUMNS = (14, 80, 146)


def curves(points: Sequence[CurvePoint], name: str) -> str:
    """Return loss and accuracy over the epochs as one picture, stretched to the room it has.

    Args:
        points: One for each epoch, at least one.
        name: Read out: what was trained.
    """
    most = max(point.loss for point in points) or 1.0
    loss = _line([point.loss / most for point in points])
    right = _line([point.accuracy for point in points])
    words = (
        f"{name}: over {len(points)} epochs the loss fell from {points[0].loss:.2f} to "
        f"{points[-1].loss:.2f}, and the share of right answers went from "
        f"{points[0].accuracy:.0%} to {points[-1].accuracy:.0%}."
    )
    return (
        f'<svg class="curves" role="img" aria-label="{escape(words)}" viewBox="0 0 100 100" '
        'preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">'
        + "".join(f'<path class="level" d="M0 {_down(share):.1f}H100"/>' for share in (0, 0.5, 1))
        + f'<polyline class="loss" points="{loss}"/><polyline class="right" points="{right}"/>'
        + "".join(_hovers(points))
        + "</svg>"
    )


def _down(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _line(shares: Sequence[float]) -> str:
    if len(shares) == 1:
        # One epoch is a level, not a point.
        shares = (*shares, *shares)
    step = 100 / (len(shares) - 1)
    return " ".join(f"{place * step:.1f},{_down(share):.1f}" for place, share in enumerate(shares))


def _hovers(points: Sequence[CurvePoint]) -> Iterator[str]:
    wide = 100 / len(points)
    for number, point in enumerate(points):
        yield (
            f'<rect class="hover" x="{number * wide:.2f}" y="0" width="{wide:.2f}" height="100">'
            f"<title>epoch {number + 1}: loss {point.loss:.3f}, {point.accuracy:.1%} right</title>"
            "</rect>"
        )


def network(dropout: float) -> str:
    """Return a network of which a share of the hidden units is left out, as dropout does."""
    left_out = {round(place * _HIDDEN / max(round(dropout * _HIDDEN), 1)) % _HIDDEN
                for place in range(round(dropout * _HIDDEN))}  # fmt: skip
    inputs, hidden, outputs = (
        [(x, _HEIGHT * (row + 0.5) / count) for row in range(count)]
        for x, count in zip(_COLUMNS, (_INPUTS, _HIDDEN, _OUTPUTS), strict=True)
    )
    words = (
        f"A network: inputs, hidden units, outputs. In each step {dropout:.0%} of the hidden "
        "units, drawn hollow here, are left out at random."
    )
    edges = [
        f'<path d="M{x1} {y1:.1f}L{x2} {y2:.1f}"/>'
        for number, (x2, y2) in enumerate(hidden)
        if number not in left_out
        for x1, y1 in (*inputs, *outputs)
    ]
    nodes = [
        f'<circle class="{"out" if column == 1 and number in left_out else "node"}" cx="{x}" '
        f'cy="{y:.1f}" r="4"/>'
        for column, places in enumerate((inputs, hidden, outputs))
        for number, (x, y) in enumerate(places)
    ]
    return (
        f'<svg class="network" role="img" aria-label="{escape(words)}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(words)}</title>{''.join(edges)}{''.join(nodes)}</svg>"
    )


def share_bar(shares: Sequence[tuple[str, float]], words: str) -> str:
    """Return one bar of several parts.

    Args:
        shares: Class and length of each part, 0 to 1 together.
        words: Read out, and said on hover.
    """
    parts, at = [], 0.0
    for style, share in shares:
        parts.append(
            f'<rect class="{style}" x="{at * 100:.2f}" y="0" '
            f'width="{max(share, 0) * 100:.2f}" height="10"/>'
        )
        at += share
    return (
        f'<svg class="share" role="img" aria-label="{escape(words)}" viewBox="0 0 100 10" '
        'preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(words)}</title>"
        f'<rect class="track" x="0" y="0" width="100" height="10"/>{"".join(parts)}</svg>'
    )
