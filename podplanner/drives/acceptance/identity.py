"""Is the drive there, is it one that was never seen, is it in use already."""

from collections.abc import Iterator
from datetime import timedelta

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer

_JUST_CAME = timedelta(days=30)
# A drive that was first seen within this time is the same newcomer: a timer checks all drives
# every day, and parcel, long test and a free evening take weeks.


def is_readable(newcomer: Newcomer) -> Iterator[Check]:
    """Yield that the drive cannot be read; nothing else can be checked then."""
    reading = newcomer.reading
    if reading.trouble is not None:
        yield Check("reading", Result.UNKNOWN, reading.trouble_words or str(reading.trouble))


def is_new(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether its serial number was seen before."""
    identity, seen, name = newcomer.reading.identity, newcomer.seen, "serial number"
    if identity.key is None:
        words = "it tells no serial number to know it by: compare the label with the invoice"
        yield Check(name, Result.UNKNOWN, words)
    elif newcomer.known is None:
        words = newcomer.history_trouble or "not compared: no history was asked"
        yield Check(name, Result.UNKNOWN, words, needed=bool(newcomer.history_trouble))
    elif seen is not None and seen.retired_at is not None:
        note = f" ({seen.note})" if seen.note else ""
        words = f"{identity.serial} was taken out of use on {seen.retired_at:%Y-%m-%d}{note}"
        yield Check(name, Result.FAIL, words)
    elif seen is not None and seen.counts_as_failure:
        words = f"{identity.serial} was here before, and was to be replaced: {seen.reason}"
        yield Check(name, Result.FAIL, words.rstrip(": "))
    elif seen is not None and newcomer.now - seen.first_seen > _JUST_CAME:
        bay = "" if seen.bay is None else f", last in bay {seen.bay}"
        words = f"{identity.serial} is known here since {seen.first_seen:%Y-%m-%d}{bay}"
        yield Check(name, Result.WARNING, words)
    elif other := next(
        (drive for drive in newcomer.known
         if drive.serial == identity.serial and drive.key != identity.key), None
    ):  # fmt: skip
        words = f"{identity.serial} was seen on another model, {other.model}: look at the label"
        yield Check(name, Result.WARNING, words)
    elif seen is not None:
        days = (newcomer.now - seen.first_seen).days
        ago = "today" if days <= 0 else f"{days} day{'s' * (days != 1)} ago"
        yield Check(name, Result.PASS, f"{identity.serial}, first seen {ago}")
    else:
        yield Check(name, Result.PASS, f"{identity.serial} was never seen before")


def is_free(newcomer: Newcomer) -> Iterator[Check]:
    """Yield that an array holds data on it already."""
    if newcomer.member_of:
        words = f"{newcomer.member_of} holds data on it already: is that the drive that is meant?"
        yield Check("in use", Result.FAIL, words)
