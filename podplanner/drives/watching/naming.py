"""Drives in the few words by which a person finds them."""

from podplanner.drives.checked import CheckedDrive

_LONGEST_NAME = 64
# Letters of a model or serial number; ATA has 40 and 20, NVMe 40 and 20, SCSI serials reach 32.
_LONGEST = 300
# Letters of a sentence in a message that a telephone shows.


def named(drive: CheckedDrive) -> str:
    """Return a drive as messages name it: `bay 17, ST4000DM000 Z3012345 (/dev/sdq)`."""
    identity, reading = drive.reading.identity, drive.reading
    who = " ".join(
        printable(word, _LONGEST_NAME) for word in (identity.model, identity.serial) if word
    )
    device = printable(reading.device or reading.source, _LONGEST_NAME)
    words = f"{who} ({device})" if who else device
    return f"bay {drive.bay.number}, {words}" if drive.bay is not None else words


def printable(words: str, most: int = _LONGEST) -> str:
    """Return words of a drive on one line, cut where too long.

    Control characters, breaks of lines and turns of the direction of writing become spaces: they
    could steer a terminal, or make a second line of a message.
    """
    found = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return found if len(found) <= most else f"{found[: most - 1]}…"
