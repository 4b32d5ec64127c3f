"""Options of `plan find` that say what is asked for: sizes, rates, times, sets of models."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from podplanner.errors import WrongUsageError
from podplanner.planning.find.models import ModelSet
from podplanner.planning.find.words import (
    DemandError,
    read_amount,
    read_models,
    read_seconds,
    read_stream,
)

_Read = TypeVar("_Read")


def _option(option: str, written: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(written)
    except DemandError as error:
        raise WrongUsageError(f"{option} {written}: {error}", hint=error.hint) from error


def amount_of_bytes(option: str, written: str) -> int:
    """Return the bytes that `500TB` asks for.

    Raises:
        WrongUsageError: It is no size above 0, means bits, or is in powers of two.
    """
    return _option(option, written, read_amount)


def stream_option(option: str, written: str) -> int:
    """Return the bytes per second that `2GB/s` asks for.

    Raises:
        WrongUsageError: It is no rate above 0, or one in bits.
    """
    return _option(option, written, read_stream)


def seconds_option(option: str, written: str) -> Decimal:
    """Return the seconds that `120s` or `30m` mean.

    Raises:
        WrongUsageError: It is no time, or a number without a unit.
    """
    return _option(option, written, read_seconds)


def models_option(option: str, written: str) -> ModelSet:
    """Return the models that `40x70B:bf16` means.

    Raises:
        WrongUsageError: The words are no models, or the type of number is not known.
    """
    return _option(option, written, read_models)
