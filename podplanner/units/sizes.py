"""Sizes in bytes as people type them in options: `1000000000000`, `1 TB`, `1.8TiB`.

Stricter than the catalog's `Bytes`, for nobody reviews an option: `Tb` (bits) and `T` (decimal to
a drive maker, binary to ZFS) are refused with the question, and so is what no store can hold.
"""

import re
from decimal import Decimal

_FACTORS = {
    "": 1, "B": 1,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50, "EiB": 2**60,
}  # fmt: skip
# Decimal prefixes are powers of ten, binary ones powers of two (IEC 80000-13). KB is kB misspelt.

MOST_BYTES = 2**63 - 1
# The largest file offset of POSIX with 64 bits, and 8 EiB: a larger size is a slip of the finger.

_WRITTEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)\s*(?P<unit>[^\s\d].*)?"
)
_SIGNED = re.compile(r"[-−].*[0-9].*")
_BITS = re.compile(r"(?P<prefix>[kKMGTPE]i?)?b(?:its?)?")
_BARE = re.compile(r"(?P<prefix>[kKMGTPE])i?", re.IGNORECASE)


class SizeError(ValueError):
    """Words that are no size, or no single size."""


def read_size(written: str) -> int:
    """Return the bytes that `written` means; a number without a unit is in bytes.

    Raises:
        SizeError: It is none; the message is a clause such as "`1Tb` means bits, ...".

    >>> read_size("1 TB"), read_size("1TiB"), read_size("131072")
    (1000000000000, 1099511627776, 131072)
    """
    words = written.strip()
    if _SIGNED.fullmatch(words):
        raise SizeError("a size is not negative")
    if (match := _WRITTEN.fullmatch(words)) is None:
        raise SizeError("that is no size")
    unit = (match["unit"] or "").strip()
    if unit not in _FACTORS:
        raise SizeError(_refusal(unit))
    size = Decimal(match["number"]) * _FACTORS[unit]
    if size > MOST_BYTES:
        raise SizeError("that is more than 8 EiB, which nothing holds")
    if size != int(size):
        raise SizeError("that is no whole number of bytes")
    return int(size)


def _refusal(unit: str) -> str:
    if (bits := _BITS.fullmatch(unit)) is not None:
        prefix = bits["prefix"] or ""
        return f"`{unit}` means bits; bytes are written {prefix}B"
    if (bare := _BARE.fullmatch(unit)) is not None:
        prefix = bare["prefix"].upper()
        return (
            f"`{unit}` may mean {prefix}B (powers of ten) or {prefix}iB (powers of two): say which"
        )
    meant = [known for known in _FACTORS if known and known.lower() == unit.lower()]
    if meant:
        return f"`{unit}` may mean bits or bytes; write {' or '.join(meant[:1])}"
    return f"{unit!r} is no unit of bytes; units are B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB"


def terabytes(size: int) -> Decimal:
    """Return a size in TB, 10**12 bytes."""
    return Decimal(size) / 10**12


def tebibytes(size: int) -> Decimal:
    """Return a size in TiB, 2**40 bytes."""
    return Decimal(size) / 2**40
