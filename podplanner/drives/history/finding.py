"""The drive that a person means, among those that are known."""

from collections.abc import Sequence
from datetime import UTC, datetime

from podplanner.drives.bays.serials import is_label_of, plain
from podplanner.drives.history.known import KnownDrive
from podplanner.errors import UnknownNameError

_SHORTEST = 3
# Characters of an abbreviation: two of sixty serial numbers of one batch often end alike.
_MOST_NAMED = 8


def find_drive(known: Sequence[KnownDrive], word: str) -> KnownDrive:
    """Return a drive by its serial number, its beginning or end, its key, or its device.

    A device means the drive that was seen there last.

    Raises:
        UnknownNameError: None is meant, or several are; the hint names them.
    """
    wanted = plain(word)
    exact = [d for d in known if wanted in (plain(d.serial), plain(d.key))]
    labels = [d for d in known if is_label_of(word, d.serial)]
    devices = [d for d in known if d.last_device is not None and d.last_device in _devices(word)]
    parts = [
        d for d in known
        if len(wanted) >= _SHORTEST
        and (plain(d.serial).startswith(wanted) or plain(d.serial).endswith(wanted))
    ]  # fmt: skip
    for found in (exact, labels, _newest(devices), parts):
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownNameError(
                f"{word} may be any of {len(found)} drives",
                hint=f"Write one of {_named(found)} in full, or its model and serial number "
                f"({found[0].key}).",
            )
    hint = (
        f"Known are {_named(known)}."
        if known
        else "`podplanner drive check` reads drives and remembers them."
    )
    raise UnknownNameError(f"the history knows no drive {word}", hint=hint)


def _devices(word: str) -> tuple[str, str]:
    return word, f"/dev/{word}"


def _newest(drives: Sequence[KnownDrive]) -> list[KnownDrive]:
    """Return the drive that was seen last; several where that was at one time."""
    never = datetime.min.replace(tzinfo=UTC)
    last = max((drive.last_answered or never for drive in drives), default=never)
    return [drive for drive in drives if (drive.last_answered or never) == last]


def _named(drives: Sequence[KnownDrive]) -> str:
    names = [drive.serial for drive in drives[:_MOST_NAMED]]
    more = len(drives) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
