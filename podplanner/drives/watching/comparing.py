"""What is news in a round: values in, values out.

A complaint is told when it is new or became worse, once. That it is over is told once too, at the
first round that does not see it; but of one that came back, only after two rounds without it, then
four, eight and so on up to a day's worth. So what comes and goes all day is told three times and
not forty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from podplanner.drives.watching.complaint import (
    ARRAYS,
    DRIVE,
    GONE,
    Complaint,
    Gravity,
    Matter,
    Subject,
)
from podplanner.drives.watching.memory import Known, Memory, Standing

_LONGEST_CALM = 24
# Rounds; a day, with a round an hour.
_RELAPSE = timedelta(days=7)
# What comes back within a week is the same fault that had gone for a while.
_FORGET = timedelta(days=90)
# A drive that is not listed for so long will not come back as the one that it was.


class Turn(StrEnum):
    """Which way something changed."""

    WORSE = "worse"
    ALSO = "also"
    """As bad as before, for one more reason."""
    NEW = "new"
    """A drive that was not there before."""
    BETTER = "better"
    STILL = "still"
    """Nothing changed, and nothing was done: a reminder."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell.

    Attributes:
        name: Of the drive, group or array.
        gravity: Now; what is better has the gravity that it had.
        before: What it was, in a word; empty: nothing was known against it.
        now: What it is, in a word.
        again: It had been better within a week.
        device: By which a drive was asked, and its serial number and its bay where known; empty
            and None for others.
    """

    turn: Turn
    name: str
    matter: Matter
    gravity: Gravity
    before: str
    now: str
    words: str
    again: bool = False
    device: str = ""
    serial: str | None = None
    bay: int | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What a round brought: the news, the weightiest first, and what is known from now on."""

    news: tuple[News, ...]
    memory: Memory


def compare(
    memory: Memory, subjects: Sequence[Subject], *, now: datetime, remind: timedelta
) -> Compared:
    """Return what changed since the last round.

    In the first round what weighs as much as a WARNING is news, and a lesser complaint is not.

    Args:
        memory: Of the round before.
        subjects: What this round saw.
        now: Time of this round, in UTC.
        remind: After how long a REPLACE that stands is told again.
    """
    before = {one.key: one for one in memory.known}
    seen = _recognised(subjects, before)
    listed = {subject.key for subject in seen}
    gone = [one for one in memory.known if one.key not in listed]
    arrived = [subject for subject in seen if subject.key not in before]
    taken = {subject.bay for subject in arrived if subject.bay is not None}
    blind = any(subject.key == ARRAYS and subject.silent for subject in seen)
    news: list[News] = []
    known: list[Known] = []
    for subject in (*seen, *(_missing(one) for one in gone if one.bay not in taken)):
        if blind and subject.key not in listed and not subject.device:
            known.append(before[subject.key])
            continue
        judge = _Judge(subject, before.get(subject.key), now, remind, first=memory.at is None)
        news += judge.news()
        known.append(judge.known())
    if memory.at is not None:
        news += [_new(subject, gone) for subject in arrived if subject.device]
    news.sort(key=lambda one: (one.turn is Turn.BETTER, -one.gravity, one.name))
    kept = [one for one in known if one.key in listed or now - one.seen_at <= _FORGET]
    return Compared(tuple(news), replace(memory, at=now, known=tuple(kept)))


def _recognised(subjects: Sequence[Subject], before: Mapping[str, Known]) -> list[Subject]:
    """Give a drive that says not even its name the key of the one that was known by its device."""
    listed = {subject.key for subject in subjects}
    by_device = {
        one.device: one
        for one in before.values()
        if one.device and one.key not in listed and one.key.startswith(DRIVE)
    }
    return [
        replace(subject, key=known.key, name=known.name, serial=known.serial, bay=known.bay)
        if subject.anonymous and subject.silent and (known := by_device.get(subject.device))
        else subject
        for subject in subjects
    ]


def _missing(one: Known) -> Subject:
    """Return what was there before and is not listed now."""
    gravity = Gravity.WARNING if one.device else Gravity.ALARM
    words = f"it is not listed any more; last seen {one.seen_at:%Y-%m-%d %H:%M} UTC"
    complaint = Complaint(Matter.SILENCE, gravity, GONE, words, frozenset({"vanished"}))
    return Subject(
        one.key, one.name, (complaint,), one.device, one.serial, one.bay, silent=True
    )  # fmt: skip


def _new(subject: Subject, gone: Sequence[Known]) -> News:
    old = next((one for one in gone if one.bay is not None and one.bay == subject.bay), None)
    words = "it was not there before" if old is None else f"it took the place of {old.name}"
    return News(Turn.NEW, subject.name, Matter.SILENCE, Gravity.NOTE, "", "new", words,
                device=subject.device, serial=subject.serial, bay=subject.bay)  # fmt: skip


class _Judge:
    """One subject beside what was known of it."""

    def __init__(
        self, subject: Subject, known: Known | None, now: datetime, remind: timedelta, *,
        first: bool,
    ) -> None:  # fmt: skip
        self._subject, self._known, self._now, self._remind = subject, known, now, remind
        self._first = first
        self._news: list[News] = []
        self._standings = tuple(one for matter in Matter if (one := self._standing(matter)))

    def news(self) -> Sequence[News]:
        return self._news

    def known(self) -> Known:
        subject, known = self._subject, self._known
        return Known(
            subject.key,
            subject.name,
            known.seen_at if known is not None and _is_gone(subject) else self._now,
            subject.device,
            subject.serial,
            subject.bay,
            self._standings,
        )

    def _standing(self, matter: Matter) -> Standing | None:
        complaint = next((c for c in self._subject.complaints if c.matter is matter), None)
        known = None if self._known is None else self._known.standing(matter)
        if known is None:
            return None if complaint is None else self._raised(complaint, None)
        if complaint is None:
            if self._subject.silent and matter is not Matter.SILENCE:
                return self._still(known)
            return self._eased(Complaint(matter, Gravity.NONE, "", ""), known)
        if complaint.gravity > known.gravity:
            return self._raised(complaint, known)
        if complaint.gravity < known.gravity:
            return self._eased(complaint, known)
        if known.calm:
            known = replace(known, calm=0, relapses=known.relapses + 1, eased_at=self._now)
        return self._same(complaint, known)

    def _raised(self, complaint: Complaint, known: Standing | None) -> Standing:
        again = known is not None and self._was_better_lately(known)
        if not (self._first and complaint.gravity <= Gravity.NOTE):
            self._tell(Turn.WORSE, complaint, known, again=again)
        return Standing(
            complaint.matter, complaint.gravity, complaint.state, complaint.words,
            complaint.kinds, self._now, eased_at=None if known is None else known.eased_at,
            relapses=known.relapses + 1 if known is not None and again else 0,
        )  # fmt: skip

    def _same(self, complaint: Complaint, known: Standing) -> Standing:
        kinds = known.kinds | complaint.kinds
        known = replace(known, state=complaint.state, words=complaint.words)
        if kinds != known.kinds:
            self._tell(Turn.ALSO, complaint, known)
            return replace(known, kinds=kinds, told_at=self._now)
        return self._still(known)

    def _still(self, known: Standing) -> Standing:
        """Remind of what stands; not of a drive that is gone: it may lie on a desk."""
        due = known.gravity is Gravity.ALARM and self._now - known.told_at >= self._remind
        if not due or (self._subject.silent and _is_gone(self._subject)):
            return known
        self._tell(Turn.STILL, _complaint(known), known)
        return replace(known, told_at=self._now)

    def _eased(self, complaint: Complaint, known: Standing) -> Standing | None:
        if known.gravity is Gravity.NONE:
            return known if self._was_better_lately(known) else None
        relapses = known.relapses if self._was_better_lately(known) else 0
        calm = known.calm + 1
        if calm < min(2**relapses, _LONGEST_CALM):
            return replace(known, calm=calm)
        if known.gravity > Gravity.NOTE:
            self._tell(Turn.BETTER, complaint, known)
        return Standing(
            known.matter, complaint.gravity, complaint.state, complaint.words, complaint.kinds,
            self._now, eased_at=self._now, relapses=relapses,
        )  # fmt: skip

    def _was_better_lately(self, known: Standing) -> bool:
        return known.eased_at is not None and self._now - known.eased_at <= _RELAPSE

    def _tell(
        self, turn: Turn, complaint: Complaint, known: Standing | None, *, again: bool = False
    ) -> None:
        self._news.append(
            News(
                turn, self._subject.name, complaint.matter,
                known.gravity if turn is Turn.BETTER and known is not None else complaint.gravity,
                "" if known is None else known.state, complaint.state, complaint.words, again,
                self._subject.device, self._subject.serial, self._subject.bay,
            )
        )  # fmt: skip


def _is_gone(subject: Subject) -> bool:
    return any(one.matter is Matter.SILENCE and one.state == GONE for one in subject.complaints)


def _complaint(known: Standing) -> Complaint:
    return Complaint(known.matter, known.gravity, known.state, known.words, known.kinds)
