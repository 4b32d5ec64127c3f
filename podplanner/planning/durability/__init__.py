"""How likely a drive layout loses data: closed forms, rates, rebuild times, simulation."""

from podplanner.planning.durability.losses import (
    CALM,
    Losses,
    Stress,
    group_losses,
    layout_losses,
    nines,
    read_error_probability,
)
from podplanner.planning.durability.rate import AnnualFailureRate, rate_of_counts, rate_of_drive
from podplanner.planning.durability.rebuild import Rebuild, rebuild_hours, rebuild_of

__all__ = [
    "CALM",
    "AnnualFailureRate",
    "Losses",
    "Rebuild",
    "Stress",
    "group_losses",
    "layout_losses",
    "nines",
    "rate_of_counts",
    "rate_of_drive",
    "read_error_probability",
    "rebuild_hours",
    "rebuild_of",
]
