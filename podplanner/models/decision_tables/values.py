"""Values of rules: exact numbers, texts, true and false."""

import json
import re
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation
from numbers import Integral
from typing import Any, Literal, TypeAlias

from podplanner.errors import FormatError, WrongUsageError

Value: TypeAlias = Decimal | str | bool
Kind: TypeAlias = Literal["number", "string", "boolean"]

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
"""A number as FEEL and TOML write it."""
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
"""A text as FEEL and JSON write it."""
_MOST_DIGITS = 200
_LARGEST_EXPONENT = 300
# As much as a float can have, and no sum of such numbers fills the memory.
_EXACT = Context(prec=2000, traps=[Inexact, InvalidOperation])
# More digits than any sum of numbers within these limits has.
_LONGEST_SHOWN = 80
# Characters of a value in an error.


def number(text: str) -> Decimal:
    """Return the number that a text writes, with all its digits.

    Raises:
        FormatError: It writes none, or one that is too long.
    """
    if len(text) <= _MOST_DIGITS and NUMBER.fullmatch(text):
        return checked(Decimal(text))
    raise FormatError(f"{_short(text)} is no number", hint="Write it as 12, -0.5 or 1e3.")


def checked(value: Decimal) -> Decimal:
    """Return a number in the one form it has; FormatError: not finite, or too many digits."""
    digits = value.as_tuple()
    if (
        not value.is_finite()
        or len(digits.digits) > _MOST_DIGITS
        or (value and abs(value.adjusted()) > _LARGEST_EXPONENT)
    ):
        raise FormatError(
            f"{str(value)[:_LONGEST_SHOWN]} is no number that can be kept",
            hint=f"Give at most {_MOST_DIGITS} digits.",
        )
    # 10.50 is 10.5, and a zero with a sign is a zero: equal numbers are shown alike everywhere.
    return Decimal(written(value)) if value else Decimal(0)


def literal(text: str) -> Value:
    """Return what a literal of FEEL stands for.

    Raises:
        FormatError: It is no number, no text in double quotes, and not true or false.
    """
    if text in ("true", "false"):
        return text == "true"
    if STRING.fullmatch(text):
        try:
            return plain_text(json.loads(text))
        except ValueError as error:
            raise FormatError(
                f"{_short(text)} has an escape that means nothing",
                hint="Write a backslash twice.",
            ) from error
    if NUMBER.fullmatch(text):
        return number(text)
    raise FormatError(
        f"{_short(text)} is no value",
        hint='Write a number, "a text", true or false: expressions are never computed.',
    )


def plain_text(text: str) -> str:
    """Return a text; FormatError: half a character is in it, which no file can hold."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise FormatError(
            f"{_short(text)} has half a character in it", hint="Write both halves, or none."
        )
    return text


def written(value: Value) -> str:
    """Return a value as FEEL and JSON write it; equal values are written alike.

    >>> written(Decimal("1.50")), written(Decimal("1E+2")), written("a"), written(True)
    ('1.5', '100', '"a"', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def kind_of(value: Value) -> Kind:
    """Return which kind a value is of."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def given(value: Any, kind: Kind | None, name: str) -> Value:
    """Return a value that a caller gives; floats by their shortest digits, as JSON shows them.

    Args:
        value: What is given.
        kind: What it has to be; None: anything.
        name: For errors.

    Raises:
        WrongUsageError: It is no value, or of another kind.
    """
    found: Value | None = None
    if isinstance(value, bool | str):
        found = value
    elif isinstance(value, Integral):
        found = _number(Decimal(int(value)), name)
    elif isinstance(value, float):
        found = _number(Decimal(repr(float(value))), name)
    elif isinstance(value, Decimal):
        found = _number(value, name)
    if found is None or kind not in (None, kind_of(found)):
        raise WrongUsageError(
            f"{name} has to be a {kind or 'number, text, true or false'}, "
            f"and {_short(value)} is none",
            hint="Convert it before it is given.",
        )
    return found


def total(numbers: Iterable[Decimal]) -> Decimal:
    """Return an exact sum."""
    found = Decimal(0)
    for one in numbers:
        found = _EXACT.add(found, one)
    return found


def _number(value: Decimal, name: str) -> Decimal:
    try:
        return checked(value)
    except FormatError as error:
        raise WrongUsageError(f"{name}: {error.message}", hint=error.hint) from error


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "..."
