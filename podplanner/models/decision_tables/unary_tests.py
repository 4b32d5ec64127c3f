"""Unary tests of S-FEEL: `< 10`, `[1..5)`, `"a","b"`, `not("x")`, `-`; read, never run.

Source: OMG, Decision Model and Notation 1.3 (formal/21-01-01), chapter 9, grammar rules 7 to 17.
"""

import re
from decimal import Decimal

from podplanner.errors import FormatError
from podplanner.models.decision_tables.regions import (
    FIRST,
    LAST,
    NameRegion,
    Region,
    Span,
    everything,
    numbers,
    settled,
)
from podplanner.models.decision_tables.values import Kind, Value, kind_of, literal, number, written

_LONGEST = 64 * 1024
# Characters of one test: lists of a few thousand names.
_VALUE = r'"(?:[^"\\\x00-\x1f]|\\.)*"|[+-]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?|\w+'
# A text, a number (`1..5` is two of them), or a word such as `true`.
_TEST = re.compile(
    rf"""\s*(?:
        (?P<interval>(?P<open>[\[\](])\s*(?P<low>{_VALUE})\s*\.\.\s*(?P<high>{_VALUE})\s*(?P<close>[\[\])]))
        |(?P<sign><=|>=|<|>|=)?\s*(?P<value>{_VALUE})
    )\s*""",
    re.VERBOSE | re.ASCII,
)
_NOT = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)


def parse_test(text: str, kind: Kind | None = None) -> tuple[Region, Kind]:
    """Return the values that a test holds for, and of which kind they are.

    Args:
        text: The test; an empty one and `-` hold for everything.
        kind: Of the values that are tested; None: as the test's own values are.

    Raises:
        FormatError: It is no unary test, of another kind, or can never hold.
    """
    if len(text) > _LONGEST:
        raise FormatError(f"a test is longer than {_LONGEST:,} characters")
    plain = text.strip()
    if plain in ("", "-"):
        return everything(kind or "string"), kind or "string"
    negated = _NOT.fullmatch(plain)
    region, found = _alternatives(negated[1] if negated else plain, kind, text)
    if negated:
        region = region.inverse()
    region = settled(region, found)
    if region.empty:
        raise _error(text, "it can never hold")
    return region, found


def _alternatives(text: str, kind: Kind | None, whole: str) -> tuple[Region, Kind]:
    """Return what any of some tests, parted by commas, holds for."""
    spans: list[Span] = []
    names: set[str | bool] = set()
    at = 0
    while True:
        match = _TEST.match(text, at)
        if match is None:
            raise _error(whole, f"{text[at : at + 20]!r} is no test of S-FEEL")
        if match["interval"]:
            found = _demand(kind, "number", whole)
            spans.append(_interval(match, whole))
        else:
            value = literal(match["value"])
            found = _demand(kind, kind_of(value), whole)
            if isinstance(value, Decimal):
                spans.append(_compared(match["sign"], value))
            elif match["sign"] in (None, "="):
                names.add(value)
            else:
                raise _error(whole, "only numbers are compared")
        kind, at = found, match.end()
        if at == len(text):
            return (numbers(spans) if kind == "number" else NameRegion(frozenset(names))), kind
        if text[at] != ",":
            raise _error(whole, f"{text[at : at + 20]!r} where a comma should stand")
        at += 1


def _interval(match: "re.Match[str]", whole: str) -> Span:
    low, high = number(match["low"]), number(match["high"])
    if low > high:
        raise _error(whole, "an interval ends before it begins")
    # `]1..5[` is another way to write `(1..5)`.
    return (low, int(match["open"] != "[")), (high, int(match["close"] == "]"))


def _compared(sign: str | None, value: Decimal) -> Span:
    if sign == "<":
        return FIRST, (value, 0)
    if sign == "<=":
        return FIRST, (value, 1)
    if sign == ">":
        return (value, 1), LAST
    if sign == ">=":
        return (value, 0), LAST
    return (value, 0), (value, 1)


def _demand(wanted: Kind | None, found: Kind, whole: str) -> Kind:
    if wanted not in (None, found):
        raise _error(whole, f"it tests a {found} where a {wanted} is")
    return found


def _error(text: str, words: str) -> FormatError:
    shown = text if len(text) <= 80 else text[:80] + "..."
    return FormatError(
        f"the test {shown!r} cannot be used: {words}",
        hint='Write tests such as `< 10`, `[1..5)`, `"a","b"`, `not(true)` or `-`.',
    )


def in_words(name: str, value: Value, region: Region) -> str:
    """Return why a test holds: `age 7 meets < 10`."""
    return f"{name} {written(value)} meets {region}"
