"""Names of arrays and devices, made safe to type into a shell."""

import shlex

UNSAYABLE = "NAME-AS-THE-ARRAY-SAYS-IT"
"""Stands for a name that would be taken for an option, or cannot be shown."""


def quoted(name: str) -> str:
    """Return a name for a shell.

    >>> quoted("ata-WDC_1"), quoted("a; rm -rf /"), quoted("-f")
    ('ata-WDC_1', "'a; rm -rf /'", 'NAME-AS-THE-ARRAY-SAYS-IT')
    """
    if not name or name.startswith("-") or not name.isprintable():
        return UNSAYABLE
    return shlex.quote(name)
