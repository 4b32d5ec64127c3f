"""Checks of a bill: each rule has a code, says why it matters, and when it fails."""

from podplanner.rules import arithmetic, fastening, sourcing, structure, totals, wiring, wording
from podplanner.rules.base import Rule

ALL_RULES: tuple[Rule, ...] = (
    *arithmetic.RULES,
    *totals.RULES,
    *structure.RULES,
    *fastening.RULES,
    *wording.RULES,
    *wiring.RULES,
    *sourcing.RULES,
)
"""Every rule of `bom check`; their order is the order of the report."""
