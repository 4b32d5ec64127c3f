"""File names for recordings: safe on every system, and no two the same."""

import re
from collections.abc import Iterable

_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST = 100


def recording_names(sources: Iterable[str]) -> tuple[str, ...]:
    """Return a file name for each source, in their order.

    >>> recording_names(("/dev/sda", "/dev/bus/0 -d megaraid,3", "/dev//sda"))
    ('sda.json', 'bus-0-megaraid-3.json', 'sda-2.json')
    """
    taken: set[str] = set()
    names = []
    for source in sources:
        short = source.removeprefix("/dev/").replace(" -d ", "-")
        stem = _UNSAFE.sub("-", short).strip("-.")[:_LONGEST] or "drive"
        name, number = stem, 1
        # Folders of some systems do not tell upper case from lower.
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(f"{name}.json")
    return tuple(names)
