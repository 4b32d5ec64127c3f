"""Which smartctl there is."""

import re

from podplanner.drives.smartctl.running import SMARTCTL, Command, Run
from podplanner.errors import SmartctlMissingError

Version = tuple[int, int]

OLDEST: Version = (7, 0)
"""The first that writes JSON (smartmontools NEWS, 2018-12-30)."""
LONGEST_S = 5.0
"""It asks no drive, so it answers at once; a machine that pages heavily may take seconds."""
_BANNER = re.compile(rb"smartctl (\d{1,4})\.(\d{1,4})[ \n]")
_IN_JSON = re.compile(rb'"version": \[\s*(\d{1,4}),\s*(\d{1,4})\s*\]')
_LOOKED_AT = 2_000


def version_in(output: bytes) -> Version | None:
    """Return the version that the first lines of an output name; None: they name none.

    >>> version_in(b"smartctl 7.3 2022-02-28 r5338 [x86_64-linux] (local build)")
    (7, 3)
    """
    start = output[:_LOOKED_AT]
    found = _BANNER.search(start) or _IN_JSON.search(start)
    return None if found is None else (int(found[1]), int(found[2]))


def ask_version(run: Run, timeout_s: float = LONGEST_S) -> Version | None:
    """Return smartctl's version; None where what answers does not say, as a wrapper may not.

    Raises:
        SmartctlMissingError: There is none, or it is too old.
        DeviceError: It does not start.
    """
    version = version_in(run(Command((SMARTCTL, "--version"), timeout_s)).output)
    if version is not None and version < OLDEST:
        raise SmartctlMissingError(
            f"smartctl {version[0]}.{version[1]} is too old: it cannot write JSON",
            hint=f"Install smartmontools {OLDEST[0]}.{OLDEST[1]} or newer.",
        )
    return version
