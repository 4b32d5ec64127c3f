"""How a 48-bit raw value holds what it counts."""

from typing import Literal

Layout = Literal[
    "count", "low8", "low16", "low24", "errors", "errors-if-packed", "largest-word",
    "count-or-words",
]  # fmt: skip

_PACKED = 1 << 32
# No drive lives to count as many sectors, errors or time-outs: a larger value is two numbers.
_FILLERS = frozenset({(1 << bits) - 1 for bits in (32, 48, 56, 64)})
# All ones is what firmware writes for "not counted" (recorded: 1 = 4294967295 of a Dell S3520).


def count_in(raw: int, layout: Layout) -> int | None:
    """Return what a raw value counts; None where it is a filler, or cannot be such a count.

    Source: smartmontools' ata_format_attr_raw_value (raw16, raw24, raw24/raw32, tempminmax), and
    the tables' own sources.

    >>> count_in(12834215976973, "errors")
    2988
    >>> count_in(51540393996, "largest-word")
    12
    >>> count_in(163210330144, "low8")
    32
    >>> count_in(53416508262463, "low16")
    2111
    >>> count_in(4294967295, "count") is None
    True
    """
    if raw < 0 or raw in _FILLERS:
        return None
    match layout:
        case "low8":
            return raw & 0xFF
        case "low16":
            return raw & 0xFFFF
        case "low24":
            return raw & 0xFF_FFFF
        case "errors":
            return (raw >> 32) & 0xFFFF
        case "errors-if-packed":
            return (raw >> 32) & 0xFFFF if raw >= _PACKED else None
        case "largest-word":
            return _largest_word(raw)
        case "count-or-words":
            return raw if raw < _PACKED else _largest_word(raw)
        case "count":
            return raw if raw < _PACKED else None


def _largest_word(raw: int) -> int:
    return max(raw >> shift & 0xFFFF for shift in (0, 16, 32))
