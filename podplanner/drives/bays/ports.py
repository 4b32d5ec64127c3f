"""Names under /dev/disk/by-path: which of them mean one port, and their order."""

import re
from collections.abc import Iterable

_NUMBERS = re.compile(r"(\d+)")
_BEHIND_A_MULTIPLIER = re.compile(r"\.\d+\.\d+")


def is_shared(name: str, names: Iterable[str]) -> bool:
    """Return whether a name is the old short one of an ATA port that takes several drives.

    udev gives a drive behind a port multiplier `ata-PORT.PLACE.0`, and all of them beside it the
    old name `ata-PORT`, which leads to whichever came last (systemd, udev-builtin-path_id.c).

    >>> is_shared("pci-0-ata-1", ["pci-0-ata-1", "pci-0-ata-1.1.0"])
    True
    >>> is_shared("pci-0-ata-1", ["pci-0-ata-1", "pci-0-ata-1.0"])
    False
    """
    longer = [other.removeprefix(name) for other in names if other.startswith(f"{name}.")]
    return len(longer) > 1 or any(_BEHIND_A_MULTIPLIER.fullmatch(rest) for rest in longer)


def in_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `ata-2` before `ata-10`."""
    return tuple(
        (0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part)
        for part in _NUMBERS.split(name)
    )


def multiplied(name: str) -> str | None:
    """Return the port behind which a port multiplier gives this name; None: none does.

    >>> multiplied("pci-0000:02:00.0-ata-1.3.0")
    'pci-0000:02:00.0-ata-1'
    """
    found = re.fullmatch(r"(.*-ata-\d+)\.\d+\.\d+", name)
    return None if found is None else found[1]
