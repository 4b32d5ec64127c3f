"""Words and colours that the commands of `drive bays` share."""

import os
from typing import TextIO

from podplanner.drives.bays.places import SeenDrive
from podplanner.drives.checked import CheckedDrive
from podplanner.units.words import say_size


def colours(stream: TextIO) -> bool:
    """Return whether to colour: a terminal, and nobody said NO_COLOR (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def seen_words(drive: CheckedDrive) -> dict[str, object]:
    """Return a drive as `--json` of `drive bays` has it."""
    reading = drive.reading
    return {
        "source": reading.source,
        "device": reading.device,
        "model": reading.identity.model,
        "serial": reading.identity.serial,
        "verdict": drive.assessment.verdict.value,
        "reason": drive.assessment.reason,
    }


def name_of(seen: SeenDrive) -> str:
    """Return a drive in words: `/dev/sdc, WDC WD40EFRX, WD-WCC4E1234567, 4.00 TB`."""
    size = None if seen.size_bytes is None else say_size(seen.size_bytes)
    return ", ".join(words for words in (seen.device, seen.model, seen.serial, size) if words)
