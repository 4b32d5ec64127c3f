"""From models to a need: how much a team's models take, and how fast they must come and go."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from podplanner.units.quantity import say_bytes

BITS: dict[str, int] = {
    "fp64": 64, "fp32": 32, "tf32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "int4": 4,
    "nf4": 4, "fp4": 4,
}  # fmt: skip
"""Bits that one parameter takes in a file; TF32 is kept as 32 bits."""

KEPT_CHECKPOINTS = 2
# The one being written and the last whole one, which a run that breaks off goes back to.


@dataclass(frozen=True, slots=True)
class ModelSet:
    """Models of one size.

    Attributes:
        models: How many; 1 or more.
        parameters: Of one; 1 or more.
        dtype: How parameters are kept; a key of `BITS`.
    """

    models: int
    parameters: int
    dtype: str

    @property
    def model_bytes(self) -> int:
        """Return the bytes of one version of one model: parameters x bits / 8."""
        return -(-self.parameters * BITS[self.dtype] // 8)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Checkpoints that a training run writes while it goes on."""

    size: int
    """Bytes of one."""
    every_s: Decimal
    """Seconds from one to the next; each must be written before the next begins."""


@dataclass(frozen=True, slots=True)
class Loads:
    """Hosts that load a model at the same time, and the seconds within which all have it."""

    readers: int
    within_s: Decimal


@dataclass(frozen=True, slots=True)
class Demand:
    """What models ask of their store, with how it was reckoned, a sentence each."""

    usable: int
    read: int
    write: int
    reasons: tuple[str, ...]


def demand_of(
    sets: Sequence[ModelSet], *, versions: int, loads: Loads | None, checkpoints: Checkpoints | None
) -> Demand:
    """Return the space and speed that models ask for.

    Each version counts whole: what two versions share is saved only once they are stored, and
    cannot be known before. Loading is reckoned with the largest model.

    Raises:
        ValueError: There is nothing to keep, or a number is not above 0.
    """
    if versions < 1:
        raise ValueError("each model has at least one version")
    if not sets and checkpoints is None:
        raise ValueError("there is nothing to keep: name models or checkpoints")
    if loads is not None and (loads.readers < 1 or loads.within_s <= 0):
        raise ValueError("at least one host loads, within more than no time")
    if checkpoints is not None and (checkpoints.size < 1 or checkpoints.every_s <= 0):
        raise ValueError("a checkpoint is larger than nothing, and comes after more than no time")
    if loads is not None and not sets:
        raise ValueError("the time to load asks for the models that are loaded")
    reasons: list[str] = []
    usable = read = write = 0
    for one in sets:
        whole = one.models * one.model_bytes * versions
        usable += whole
        reasons.append(
            f"{one.models} models x {one.parameters:,} parameters x {BITS[one.dtype]} bits x "
            f"{versions} versions = {say_bytes(whole)}, counted whole"
        )
    if loads is not None:
        largest = max(one.model_bytes for one in sets)
        read = _rounded_up(loads.readers * largest / loads.within_s)
        reasons.append(
            f"{loads.readers} hosts load {say_bytes(largest)} each within {loads.within_s:f} s: "
            f"{say_bytes(read)}/s, all from the pool that keeps that model"
        )
    if checkpoints is not None:
        usable += KEPT_CHECKPOINTS * checkpoints.size
        write = _rounded_up(checkpoints.size / checkpoints.every_s)
        reasons.append(
            f"a checkpoint of {say_bytes(checkpoints.size)} every {checkpoints.every_s:f} s: "
            f"{say_bytes(write)}/s written, and {KEPT_CHECKPOINTS} of them kept"
        )
    return Demand(usable, read, write, tuple(reasons))


def _rounded_up(rate: Decimal) -> int:
    return int(rate.to_integral_value(ROUND_CEILING))
