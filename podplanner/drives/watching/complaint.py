"""What is wrong with a pod in one round: one complaint for each thing that people are told of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from podplanner.drives.arrays.state import Array, ArrayState, Group, MemberState
from podplanner.drives.assessment import Evidence, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.reading import Trouble
from podplanner.drives.watching.naming import named, printable

DRIVE = "drive "
"""What the key of a drive with a serial number begins with."""
ARRAYS = "arrays"
"""The subject of what is wrong with reading the arrays at all."""
GONE = "gone"
"""The state of what is not listed any more."""

_NUMBER = re.compile(r"\d[\d,.]*")


class Gravity(IntEnum):
    """How much a complaint weighs."""

    NONE = 0
    NOTE = 1
    """To be seen again: the verdict WATCH."""
    WARNING = 2
    """The verdict WARNING, a drive that cannot be judged, an array that misses a drive."""
    ALARM = 3
    """The verdict REPLACE, an array that the next loss ends."""


GRAVITIES = {
    Verdict.OK: Gravity.NONE,
    Verdict.WATCH: Gravity.NOTE,
    Verdict.WARNING: Gravity.WARNING,
    Verdict.UNKNOWN: Gravity.WARNING,
    Verdict.REPLACE: Gravity.ALARM,
}


class Matter(StrEnum):
    """What a complaint is about."""

    HEALTH = "health"
    """Of a drive: its verdict."""
    SILENCE = "silence"
    """Of a drive or an array: it cannot be judged, or it is not there."""
    REDUNDANCY = "redundancy"
    """Of a group: drives of it are gone."""
    ERRORS = "errors"
    """Of a group or an array: it has counted errors, or lost data."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong.

    Attributes:
        state: It in a word (`REPLACE`, `not judged`, `1 gone`).
        words: Why, in a sentence.
        kinds: Of evidence that weighs as much as a WARNING; a new one is news of its own.
    """

    matter: Matter
    gravity: Gravity
    state: str
    words: str
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """A drive, a group or an array, with all that is wrong with it.

    Attributes:
        key: By which it is known again: a drive's model and serial number, else its device.
        name: As messages name it.
        device: By which a drive was asked; empty for others.
        silent: It said nothing of its health, so nothing is known about that.
        anonymous: It has no serial number: its key is where it was asked.
    """

    key: str
    name: str
    complaints: tuple[Complaint, ...] = ()
    device: str = ""
    serial: str | None = None
    bay: int | None = None
    silent: bool = False
    anonymous: bool = False


def subjects_of(pod: CheckedPod, arrays: ArrayState | None) -> tuple[Subject, ...]:
    """Return everything that a round saw, drives first; no key is there twice.

    Args:
        pod: The drives.
        arrays: None: they were not looked at, so nothing is known of them.
    """
    found: dict[str, Subject] = {}
    for subject in (*map(_drive, pod.drives), *_arrays(arrays)):
        # Twice the same serial number is the same drive behind two paths: the worse one counts.
        known = found.get(subject.key)
        if known is None or _weight(subject) > _weight(known):
            found[subject.key] = subject
    return tuple(found.values())


def _weight(subject: Subject) -> int:
    return max((complaint.gravity for complaint in subject.complaints), default=0)


def _drive(drive: CheckedDrive) -> Subject:
    reading, verdict = drive.reading, drive.assessment.verdict
    key = reading.identity.key
    return Subject(
        key=f"{DRIVE}{key}" if key is not None else f"at {reading.source}",
        name=named(drive),
        complaints=_complaints(drive),
        device=reading.device or reading.source,
        serial=reading.identity.serial,
        bay=None if drive.bay is None else drive.bay.number,
        silent=verdict is Verdict.UNKNOWN,
        anonymous=key is None,
    )


def _complaints(drive: CheckedDrive) -> tuple[Complaint, ...]:
    verdict, reason = drive.assessment.verdict, printable(drive.assessment.reason)
    if verdict is Verdict.UNKNOWN:
        trouble = drive.reading.trouble
        state = GONE if trouble is Trouble.VANISHED else "not judged"
        words = reason or printable(drive.reading.trouble_words)
        kinds = frozenset({trouble.value if trouble is not None else verdict.value})
        return (Complaint(Matter.SILENCE, Gravity.WARNING, state, words, kinds),)
    if verdict is Verdict.OK:
        return ()
    kinds = frozenset(
        _kind(evidence)
        for evidence in drive.assessment.evidence
        if GRAVITIES[evidence.verdict] >= Gravity.WARNING
    )
    return (Complaint(Matter.HEALTH, GRAVITIES[verdict], verdict.value, reason, kinds),)


def _kind(evidence: Evidence) -> str:
    """Return what is the same of a piece of evidence whatever its numbers are."""
    if evidence.signal is not None:
        return evidence.signal.value
    return f"{evidence.cause.value}: {_NUMBER.sub('#', printable(evidence.words))}"


def _arrays(arrays: ArrayState | None) -> Iterator[Subject]:
    if arrays is None:
        yield Subject(ARRAYS, "arrays", silent=True)
        return
    if arrays.trouble:
        words = printable("; ".join(arrays.trouble))
        complaint = Complaint(Matter.SILENCE, Gravity.WARNING, "not read", words)
        yield Subject(ARRAYS, "arrays", (complaint,), silent=True)
    else:
        yield Subject(ARRAYS, "arrays")
    for array in arrays.arrays:
        name = f"{array.kind} {printable(array.name)}"
        yield Subject(f"array {name}", name, tuple(_of_array(array)))
        for group in array.groups:
            label = name if group.name == array.name else f"{name} {printable(group.name)}"
            yield Subject(f"group {name} {group.name}", label, tuple(_of_group(group)))


def _of_array(array: Array) -> Iterator[Complaint]:
    if array.trouble:
        words = printable("; ".join(array.trouble))
        yield Complaint(Matter.ERRORS, Gravity.ALARM, "in trouble", words)


def _of_group(group: Group) -> Iterator[Complaint]:
    if group.gone > 0:
        yield _redundancy(group)
    bad = [m for m in group.members if m.state is MemberState.ERRORS]
    if group.trouble or bad:
        words = [*group.trouble]
        words += [f"{printable(member.name)} counts errors" for member in bad]
        gravity = Gravity.ALARM if group.trouble else Gravity.WARNING
        kinds = frozenset(printable(member.name) for member in bad)
        yield Complaint(Matter.ERRORS, gravity, "errors", printable("; ".join(words)), kinds)


def _redundancy(group: Group) -> Complaint:
    """Say what is left; the gravity rises with each drive that goes, up to the last."""
    left = group.spare_losses
    gone = [m.name for m in group.members if m.state is MemberState.GONE]
    words = f"{group.gone} of {len(group.members)} drives are not there"
    if gone:
        words += f" ({printable(', '.join(gone))})"
    if left is None:
        words += "; how many more it can lose is not known"
    elif left < 0:
        words += "; that is more than it can lose: data is lost or out of reach"
    elif left == 0:
        words += "; one more loss kills data"
    else:
        words += f"; it can lose {left} more"
    if group.rebuild is not None:
        done = "" if group.rebuild.percent is None else f", {group.rebuild.percent:.0f} % done"
        words += f"; a rebuild runs{done}"
    gravity = Gravity.WARNING if left is not None and left > 0 else Gravity.ALARM
    state = f"{group.gone} gone"
    return Complaint(Matter.REDUNDANCY, gravity, state, words,
                     frozenset((state, *map(printable, gone))))  # fmt: skip
