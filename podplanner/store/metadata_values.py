"""Values of metadata: the kinds there are, how words and files write them, and their limits."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from numbers import Integral, Real
from typing import Any, TypeAlias, TypeGuard

from podplanner.errors import WrongUsageError

Value: TypeAlias = Any
"""bool, int below 2^53, `{"decimal": text}`, str, list of values, or dict of str to value."""

DECIMAL = "decimal"
"""The only key of an object that stands for a number which is no such integer."""
_LARGEST_INTEGER = 2**53 - 1
# What every reader of JSON reads exactly, RFC 8259 section 6.
_LARGEST = 64 * 1024
# Bytes of all metadata: it lies in every manifest, and a card of 64 KB is a book.
_DEEPEST = 8
_LONGEST_KEY = 128
_LONGEST_NUMBER = 1000
# Digits and exponent: as much as anybody measures.
_LARGEST_EXPONENT = 9999
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_JSON_LIKE = ('"', "[", "{")


def is_decimal(value: Any) -> TypeGuard[dict[str, str]]:  # noqa: ANN401
    """Return whether a value stands for a number that is kept as text."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and isinstance(text := value.get(DECIMAL), str)
        and _NUMBER.fullmatch(text) is not None
    )


def number(text: str) -> Value:
    """Return the value of a number, with all its digits.

    Raises:
        WrongUsageError: It is too long.

    >>> number("0.930"), number("1E3"), number("-7")
    ({'decimal': '0.930'}, {'decimal': '1E+3'}, -7)
    """
    if len(text) > _LONGEST_NUMBER:
        raise WrongUsageError(f"{text[:20]}... is a number of {len(text)} characters")
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise WrongUsageError(f"{text!r} is no number") from error
    if not exact.is_finite():
        raise WrongUsageError(
            f"{text!r} is no number that can be kept", hint='Write it as text: "nan".'
        )
    if abs(exact.adjusted()) > _LARGEST_EXPONENT:
        raise WrongUsageError(f"{text[:20]} is out of every range")
    if "." not in text and "e" not in text.lower() and abs(exact) <= _LARGEST_INTEGER:
        return int(exact)
    return {DECIMAL: str(exact)}


def read_word(text: str) -> Value:
    """Return the value that a word on the command line writes.

    A number, `true`, `false`, and JSON's texts, lists and objects are what they look like; all
    else is text as it stands. Text that looks otherwise is written in JSON's quotes.

    Raises:
        WrongUsageError: It begins like JSON and is none, or cannot be kept.

    >>> read_word("0.5"), read_word("cats"), read_word("true"), read_word('"7"')
    ({'decimal': '0.5'}, 'cats', True, '7')
    """
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return number(stripped)
    if stripped in ("true", "false"):
        return stripped == "true"
    if stripped.startswith(_JSON_LIKE):
        try:
            return of_json(stripped)
        except ValueError as error:
            raise WrongUsageError(
                f"{stripped[:60]!r} begins like JSON and is none: {error}",
                hint="Write text without a quote or a bracket at its start, or correct JSON.",
            ) from error
    return text


def of_json(text: str) -> Value:
    """Return the value that JSON writes, its numbers with all their digits.

    Raises:
        ValueError: It is no JSON.
        WrongUsageError: It holds what cannot be kept.
    """
    try:
        read = json.loads(
            text,
            parse_int=number,
            parse_float=number,
            parse_constant=number,
            object_pairs_hook=_without_doubles,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    return of_file(read)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def of_file(value: Any, left: int = _DEEPEST) -> Value:  # noqa: ANN401  what a parser returns
    """Return a parser's value in our kinds; nothing (null) in objects is left out.

    Raises:
        WrongUsageError: It holds what cannot be kept.
    """
    if left < 0:
        raise WrongUsageError(f"metadata may be {_DEEPEST} levels deep, not more")
    if isinstance(value, Mapping):
        return {
            str(key): of_file(inner, left - 1) for key, inner in value.items() if inner is not None
        }
    if isinstance(value, (list, tuple)):
        return [of_file(inner, left - 1) for inner in value]
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value) if abs(int(value)) <= _LARGEST_INTEGER else number(str(int(value)))
    if isinstance(value, Decimal | Real):
        # Scalars of numpy too: as they print themselves.
        return number(str(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise WrongUsageError(
        f"metadata cannot hold {'nothing' if value is None else type(value).__name__} in a list"
        if value is None
        else f"metadata cannot hold a {type(value).__name__}"
    )


def check_values(value: Any, what: str, left: int = _DEEPEST) -> None:  # noqa: ANN401
    """Refuse keys and texts that cannot be kept, and what is nested too deep.

    Raises:
        WrongUsageError: As said.
    """
    if left < 0:
        raise WrongUsageError(f"{what} may be {_DEEPEST} levels deep, not more")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key or len(key) > _LONGEST_KEY or not key.isprintable():
                raise WrongUsageError(
                    f"{what}: {key[:40]!r} is no key",
                    hint=f"A key is printable text of at most {_LONGEST_KEY} characters.",
                )
            check_values(inner, what, left - 1)
    elif isinstance(value, list):
        for inner in value:
            check_values(inner, what, left - 1)
    elif isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise WrongUsageError(f"{what}: {value[:40]!r} is no text in Unicode") from error
        if "\0" in value:
            raise WrongUsageError(f"{what}: {value[:40]!r} holds a NUL character")


def check_size(content: bytes) -> None:
    """Refuse metadata that is too large.

    Raises:
        WrongUsageError: It is.
    """
    if len(content) > _LARGEST:
        raise WrongUsageError(
            f"metadata of {len(content)} bytes is too large; {_LARGEST} are allowed",
            hint="Put long texts into a file of the model, such as README.md.",
        )
