"""Does the drive write shingled tracks: a rebuild onto such a drive takes days, or fails."""

from collections.abc import Iterator

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.acceptance.recording_models import family_of

_WHY = "a rebuild onto it takes days, and arrays drop it for being slow"
_NAME = "recording"
_MARK = "(SMR)"
# So smartmontools' drivedb.h marks families of shingled drives.


def is_not_shingled(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how it writes; nothing for a solid-state drive."""
    reading, label = newcomer.reading, newcomer.label
    if newcomer.is_hard_drive is False:
        return
    model = reading.identity.model or "the model"
    family = family_of(reading.identity.model or "")
    if reading.smr:
        yield Check(
            _NAME, Result.FAIL, f"it says itself that its tracks are shingled (SMR): {_WHY}"
        )
    elif _MARK in (reading.identity.family or ""):
        words = f"smartctl's database has it as {reading.identity.family}: {_WHY}"
        yield Check(_NAME, Result.FAIL, words)
    elif family is not None and family.recording == "SMR":
        yield Check(
            _NAME, Result.FAIL, f"{family.title} is shingled (SMR): {_WHY} [{family.source}]"
        )
    elif label is not None and label.recording in ("SMR", "HM-SMR"):
        words = f"the catalog has {label.sku} as shingled ({label.recording}): {_WHY}"
        yield Check(_NAME, Result.FAIL, words)
    elif reading.smr is False:
        yield Check(_NAME, Result.PASS, "it says itself that its tracks are not shingled (CMR)")
    elif label is not None and label.recording == "CMR":
        yield Check(_NAME, Result.PASS, f"the catalog has {label.sku} as CMR")
    elif family is not None:
        yield Check(_NAME, Result.PASS, f"{family.title} is CMR [{family.source}]")
    elif newcomer.not_shingled:
        yield Check(_NAME, Result.PASS, "not shingled, as --not-smr says")
    else:
        words = (
            f"neither the drive nor a table says whether {model} is shingled (SMR): look at its "
            "data sheet, then add --not-smr"
        )
        yield Check(_NAME, Result.UNKNOWN, words)
