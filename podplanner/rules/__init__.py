"""Checks of a bill: each rule has a code, says why it matters, and when it fails."""

from podplanner.rules import (
    arithmetic,
    bandwidth,
    cables,
    connectors,
    drives,
    fastening,
    interfaces,
    memory,
    mounting,
    placement,
    power,
    processor,
    slots,
    sourcing,
    structure,
    totals,
    wiring,
    wording,
)
from podplanner.rules.base import Rule, Severity
from podplanner.rules.mounting import Rack

ALL_RULES: tuple[Rule, ...] = (
    *arithmetic.RULES,
    *totals.RULES,
    *cables.RULES,
    *structure.RULES,
    *fastening.RULES,
    *wording.RULES,
    *wiring.RULES,
    *sourcing.RULES,
)
"""Every rule of `bom check`; their order is the order of the report."""


LINK_RULES: tuple[Rule, ...] = tuple(
    rule for rule in wiring.RULES if rule.severity is Severity.ERROR
)
"""What is wrong with the links themselves: `plan check` runs these too, for it rests on them."""


def plan_rules(rack: Rack) -> tuple[Rule, ...]:
    """Return every rule of `plan check`, for a rack with that room."""
    return (
        *slots.RULES,
        *processor.RULES,
        *memory.RULES,
        *connectors.RULES,
        *interfaces.RULES,
        *mounting.RULES,
        *mounting.rack_rules(rack),
        *drives.RULES,
        *power.RULES,
        *bandwidth.RULES,
        *placement.RULES,
    )


PLAN_RULES: tuple[Rule, ...] = plan_rules(Rack())
"""Every rule of `plan check`; their order is the order of the report."""
