"""Numbers as ZFS writes them: `7814037168`, `3.64T`, `1.2K`."""

import re

_NICE = re.compile(r"(\d+(?:\.\d+)?)([KMGTPEZ]?)B?")
_POWERS = {unit: 1024**power for power, unit in enumerate(("", *"KMGTPEZ"))}
# zfs_nicenum() of libzfs divides by 1024.
_MOST = 2**64
# ZFS counts in 64 bits.


def about(value: object) -> int:
    """Return a number that may be rounded.

    Raises:
        ValueError: It is none.

    >>> about("3.5K"), about(12), about("0")
    (3584, 12, 0)
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    found = _NICE.fullmatch(value) if isinstance(value, str) else None
    if found is None or len(found[1]) > 20:
        raise ValueError(f"{value!r:.40} is no number of ZFS")
    return int(float(found[1]) * _POWERS[found[2]])


def exactly(value: object) -> int | None:
    """Return a number that is written whole; None: it is rounded, or absent.

    >>> exactly("7814037168"), exactly("3.64T")
    (7814037168, None)
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    return None


def percent(done: int, whole: int) -> float | None:
    """Return how much is done, 0 to 100; None where there is nothing to measure by."""
    return min(round(100 * done / whole, 2), 100.0) if whole > 0 else None
