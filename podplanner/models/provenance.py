"""What is known of a training without asking: versions, the machine, seeds, where the code is."""

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from podplanner.models.packages import installed_version


def environment(versions: Mapping[str, str]) -> dict[str, str]:
    """Return versions of software and what the machine is, for the metadata of a version."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "podplanner": installed_version("podplanner") or "unknown",
        **versions,
    }


def seeds() -> dict[str, int]:
    """Return the seeds of random numbers that frameworks in use say of themselves."""
    return {}


def main_folder() -> Path:
    """Return the folder of the script that runs; of a prompt or notebook the working directory."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(script).absolute().parent if script else Path.cwd()
