"""Physical quantities written as people write them: `18 TB`, `9.4 W`, `482.6 mm`."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator

_WRITTEN = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*([^\d\s].*?)?\s*")

_BYTES = {
    "B": 1,
    "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50,
}  # fmt: skip
# Decimal prefixes are powers of ten, binary ones powers of two (IEC 80000-13).


def _parse(value: Any, factors: dict[str, Decimal], what: str) -> Decimal:  # noqa: ANN401
    if not isinstance(value, str):
        raise ValueError(f"write {what} as a string with its unit, e.g. one of {list(factors)}")
    match = _WRITTEN.fullmatch(value)
    if not match or match[2] not in factors:
        raise ValueError(f"{value!r} is not {what}; units are {', '.join(factors)}")
    return Decimal(match[1]) * factors[match[2]]


def _bytes(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(_parse(value, {unit: Decimal(n) for unit, n in _BYTES.items()}, "a size"))


def _measure(what: str, factors: dict[str, str]) -> BeforeValidator:
    exact = {unit: Decimal(factor) for unit, factor in factors.items()}
    return BeforeValidator(lambda value: _parse(value, exact, what))


Bytes = Annotated[int, BeforeValidator(_bytes)]
"""A size in bytes; TB is 10**12 bytes, TiB 2**40. Written `18 TB`, or as a whole number."""

Watts = Annotated[Decimal, _measure("a power", {"W": "1", "kW": "1000"})]
"""A power in watts. Written `9.4 W`."""

Amps = Annotated[Decimal, _measure("a current", {"A": "1", "mA": "0.001"})]
"""A current in amperes. Written `2.16 A`."""

Volts = Annotated[Decimal, _measure("a voltage", {"V": "1"})]
"""A voltage in volts. Written `12 V`."""

Millimetres = Annotated[
    Decimal, _measure("a length", {"mm": "1", "cm": "10", "m": "1000", "in": "25.4", "ft": "304.8"})
]
"""A length in millimetres. Written `482.6 mm` or `12 in` (1 in is 25.4 mm exactly)."""


BytesPerSecond = Annotated[
    Decimal,
    _measure(
        "a rate",
        {"B/s": "1", "kB/s": "1e3", "MB/s": "1e6", "GB/s": "1e9", "MiB/s": "1048576",
         "GiB/s": "1073741824"},
    ),
]  # fmt: skip
"""A rate in bytes per second; MB/s is 10**6 bytes a second. Written `250 MB/s`."""

Gigabits = Annotated[Decimal, _measure("a line rate", {"Gb/s": "1", "Mb/s": "0.001"})]
"""A line rate in gigabits per second, encoding included. Written `6 Gb/s`."""

Kilograms = Annotated[Decimal, _measure("a mass", {"kg": "1", "g": "0.001", "lb": "0.45359237"})]
"""A mass in kilograms. Written `11.3 kg` or `25 lb` (1 lb is 0.45359237 kg exactly)."""


def say_bytes(size: int) -> str:
    """Return a size as drive makers print it, in decimal units.

    >>> say_bytes(4 * 10**12), say_bytes(160 * 10**9)
    ('4 TB', '160 GB')
    """
    for unit in ("PB", "TB", "GB", "MB", "kB"):
        if size >= _BYTES[unit]:
            return f"{Decimal(size) / _BYTES[unit]:.4g} {unit}".replace(".0 ", " ")
    return f"{size} B"
