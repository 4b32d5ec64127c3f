"""What a layout stores, step by step."""

from dataclasses import dataclass
from decimal import Decimal


class CapacityError(ValueError):
    """A layout that these drives cannot carry; the message says why."""


class SettingError(CapacityError):
    """A setting of ZFS that ZFS does not take; the message says which it takes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One deduction on the way from raw to recommended bytes.

    Attributes:
        name: What was taken off, in words.
        bytes: What is left after it.
    """

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much a layout stores, of all pods together.

    Attributes:
        raw_bytes: All data drives, spare ones too.
        usable_bytes: What the layer offers before advice on how full to run it.
        recommended_bytes: What one should plan to store.
        steps: From raw to recommended; each is at most the one before.
        assumptions: Whatever was taken as given, one sentence each.
    """

    raw_bytes: int
    usable_bytes: int
    recommended_bytes: int
    steps: tuple[Step, ...]
    assumptions: tuple[str, ...]

    def share(self, step: Step) -> Decimal:
        """Return what share of the raw bytes is left after a step, 0 to 1."""
        return Decimal(step.bytes) / self.raw_bytes
