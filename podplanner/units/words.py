"""Sizes, rates and spans of time in words: light, for what must start and draw quickly."""

import re

_SIZES = (("EB", 1e18), ("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
# Decimal prefixes are powers of ten (IEC 80000-13).
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)(d|h|min|m|s)")
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "min": 60.0, "s": 1.0}
_LONGEST = 36_500 * _SECONDS["d"]
# A hundred years: a longer span is a slip of the finger.


class SpanError(ValueError):
    """Words that are no span of time; the message is a clause that says why."""


def say_size(size: float) -> str:
    """Return a size in bytes with three digits and a decimal unit.

    >>> say_size(1_234_567_890), say_size(999), say_size(999_999), say_size(12_000_000)
    ('1.23 GB', '999 B', '1.00 MB', '12.0 MB')
    """
    for unit, factor in _SIZES:
        if size >= factor * 0.9995:
            # From there on, three digits of the next smaller unit would be 1000.
            return f"{three_digits(size / factor)} {unit}"
    return f"{size:.0f} B"


def three_digits(value: float) -> str:
    """Return a number of 0 to 1000 with three digits.

    >>> three_digits(1.234), three_digits(12.34), three_digits(123.4), three_digits(9.999)
    ('1.23', '12.3', '123', '10.0')
    """
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def say_span(seconds: float) -> str:
    """Return a span of time, exact enough to wait by.

    >>> say_span(6.2), say_span(90), say_span(3 * 3600 + 125), say_span(2 * 86400 + 7200)
    ('6 s', '1:30 min', '3:02 h', '2 d 2 h')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60}:{whole % 60:02d} min"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60}:{minutes % 60:02d} h"
    return f"{minutes // 1_440} d {minutes % 1_440 // 60} h"


def read_span(written: str) -> float:
    """Return the seconds that `24h`, `30m`, `7d`, `1h30m` or `0` mean.

    Raises:
        SpanError: It is no span of time, or a number without a unit.

    >>> read_span("24h"), read_span("1h30m"), read_span("0")
    (86400.0, 5400.0, 0.0)
    """
    words = "".join(written.split()).lower()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", words):
        if not float(words):
            return 0.0
        raise SpanError(f"is that {words}h (hours) or {words}d (days)?")
    if words.startswith(("-", "−")):
        raise SpanError("a span of time is not negative")
    if not re.fullmatch(rf"(?:{_SPAN.pattern})+", words):
        raise SpanError("that is no span of time; write 24h, 30m, 7d or 0")
    pieces = _SPAN.findall(words)
    if len({_SECONDS[unit] for _, unit in pieces}) < len(pieces):
        raise SpanError("a unit is given twice")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in pieces)
    if seconds > _LONGEST:
        raise SpanError("that is more than a hundred years")
    return seconds
