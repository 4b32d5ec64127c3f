"""Demands as people write them: sizes, rates and times in one unit each, and sets of models.

Stricter than the catalog: what could be bits or powers of two is refused, with the question.
"""

import re
from decimal import Decimal
from fractions import Fraction

from podplanner.planning.find.models import BITS, ModelSet
from podplanner.units.quantity import say_bytes
from podplanner.units.sizes import SizeError, read_size


class DemandError(ValueError):
    """Words that are no demand.

    Attributes:
        hint: What to write instead, one sentence; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


_BINARY = re.compile(r"[kKMGTPE]iB?\s*$")
_RATE = re.compile(r"(?P<size>.+?)\s*(?:/\s*s(?:ec)?|ps)", re.IGNORECASE)
_BIT_RATE = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<prefix>[kKMGT])(?:b(?:it)?)\s*(?:/\s*s(?:ec)?|ps)"
)
_PREFIX = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(d|h|min|m|s)")
_SECONDS = {"d": 86400, "h": 3600, "min": 60, "m": 60, "s": 1}
_MODELS = re.compile(
    r"(?:(?P<models>[0-9]{1,9})\s*[x×*]\s*)?(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[KMBT])\s*"
    r":\s*(?P<dtype>\w+)",
    re.IGNORECASE,
)
_PARAMETERS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
# As models are named: 70B has 70 x 10^9 parameters.
_MOST_PARAMETERS = 10**15
# A thousand times the largest model that was published: more is a slip of the finger.
_LONGEST_S = 366 * 86400
# A demand of more than a year is a slip of the finger.


def read_amount(written: str) -> int:
    """Return the bytes of a demand, in powers of ten; above 0.

    Raises:
        DemandError: It is no such size.

    >>> read_amount("500TB")
    500000000000000
    """
    try:
        size = read_size(written)
    except SizeError as error:
        raise DemandError(str(error), "Write it as 500TB (10^12 bytes each).") from error
    if size == 0:
        raise DemandError("give more than 0 bytes", "Write it as 500TB.")
    if _BINARY.search(written.strip()):
        raise DemandError(
            "demands are in powers of ten, as drives are sold",
            f"Write {say_bytes(size).replace(' ', '')}, or {size} for the very bytes.",
        )
    return size


def read_stream(written: str) -> int:
    """Return the bytes per second of a demand, in powers of ten; above 0.

    Raises:
        DemandError: It is no rate, or one in bits.

    >>> read_stream("2GB/s")
    2000000000
    """
    words = written.strip()
    if (bits := _BIT_RATE.fullmatch(words)) is not None:
        rate = int(Decimal(bits["number"]) * _PREFIX[bits["prefix"]] / 8)
        raise DemandError(
            "that is bits, and demands are in bytes",
            f"Write {say_bytes(rate).replace(' ', '')}/s for this line rate.",
        )
    if (match := _RATE.fullmatch(words)) is None:
        raise DemandError("that is no rate", "Write it as 2GB/s or 800MB/s.")
    return read_amount(match["size"].strip())


def read_seconds(written: str) -> Decimal:
    """Return the seconds of a demand; above 0.

    Raises:
        DemandError: It is no time, or a number without a unit.

    >>> read_seconds("1h30m")
    Decimal('5400')
    """
    words = re.sub(r"\s+", "", written).lower()
    hint = "Write it as 120s, 30m, 2h or 1d."
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", words):
        raise DemandError(f"{words} of what?", hint)
    if not re.fullmatch(rf"(?:{_PIECE.pattern})+", words):
        raise DemandError("that is no length of time", hint)
    seconds = sum(
        (Fraction(number) * _SECONDS[unit] for number, unit in _PIECE.findall(words)), Fraction(0)
    )
    if not 0 < seconds <= _LONGEST_S:
        raise DemandError("give more than no time, and at most a year", hint)
    return Decimal(seconds.numerator) / Decimal(seconds.denominator)


def read_models(written: str) -> ModelSet:
    """Return the models that words mean: how many, parameters of each, type of number.

    Raises:
        DemandError: The words are no models, or the type of number is not known.

    >>> read_models("40x70B:bf16")
    ModelSet(models=40, parameters=70000000000, dtype='bf16')
    """
    match = _MODELS.fullmatch(written.strip())
    if match is None:
        raise DemandError(
            "that is no set of models",
            "Write it as 40x70B:bf16: how many, parameters of each, type of number.",
        )
    dtype = match["dtype"].lower()
    if dtype not in BITS:
        raise DemandError(
            f"{match['dtype']!r} is no type of number that is known",
            f"Choose one of {', '.join(BITS)}.",
        )
    models = int(match["models"] or 1)
    parameters = int(Decimal(match["number"]) * _PARAMETERS[match["unit"].upper()])
    if models < 1 or not 1 <= parameters <= _MOST_PARAMETERS:
        raise DemandError("give at least one model, of at least one parameter and at most 10^15")
    return ModelSet(models, parameters, dtype)
