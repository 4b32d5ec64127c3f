"""Checks of a bill: each rule has a code, says why it matters, and when it fails."""

from podplanner.rules import arithmetic, sourcing, structure, wiring, wording
from podplanner.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (
    *arithmetic.RULES,
    *structure.RULES,
    *wording.RULES,
    *wiring.RULES,
    *sourcing.RULES,
)
"""Every rule of `bom check`; their order is the order of the report."""
