"""One drive for a page: who it is, what is wrong with it and what shows that."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from podplanner.drives.assessment import WORST_FIRST, Cause, Evidence, Risk, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.past import Acceptance
from podplanner.drives.reading import DriveReading, Protocol, SelfTest
from podplanner.drives.signals import Signal
from podplanner.report.drive_trends import drawn, trends_of
from podplanner.report.drive_values import AcceptedEntry, DriveEntry, EvidenceEntry, RiskEntry
from podplanner.report.drive_words import (
    CAUSES,
    SEVERITIES,
    TROUBLES,
    age_words,
    believed,
    celsius_words,
    clean,
    hours_words,
    label_of,
    model_of,
    moment_words,
    name_of,
    named,
    place_of,
    risk_words,
    rotation_words,
    size_words,
)
from podplanner.report.values import Fact
from podplanner.report.wording import UNKNOWN

_MOST_TESTS = 5
# Entries of the self-test log on a page, the newest; a log holds 21.
_APART = frozenset((Signal.TEMPERATURE_C, Signal.POWER_ON_H, Signal.WRITTEN_BYTES))
# Figures that have a place of their own.


def entries_of(pod: CheckedPod) -> tuple[DriveEntry, ...]:
    """Return every drive of a round, the worst first, then by bay."""
    numbered = enumerate(pod.drives, start=1)
    ordered = sorted(numbered, key=lambda pair: _rank(pair[1], pair[0]))
    return drawn([_entry(drive, number, pod.at) for number, drive in ordered])


def _rank(drive: CheckedDrive, number: int) -> tuple[int, bool, int, int]:
    bay = drive.bay
    worse = WORST_FIRST.index(drive.assessment.verdict)
    return worse, bay is None, 0 if bay is None else bay.number, number


def _entry(drive: CheckedDrive, number: int, now: datetime) -> DriveEntry:
    reading, found = drive.reading, drive.assessment
    anchor = f"drive-{number}"
    hours, warmth = reading.signals.get(Signal.POWER_ON_H), reading.temperature
    silent = reading.trouble is not None or found.verdict is Verdict.UNKNOWN
    return DriveEntry(
        raw=reading,
        anchor=anchor,
        place=place_of(drive),
        bay=None if drive.bay is None else drive.bay.number,
        name=name_of(drive),
        model=model_of(drive),
        verdict=found.verdict.value,
        severity=SEVERITIES[found.verdict],
        reason=clean(found.reason),
        temperature=celsius_words(warmth.current_c, warmth.limit_c),
        temperature_c=warmth.current_c,
        limit_c=warmth.limit_c,
        heat=_heat(found.evidence),
        power_on=hours_words(hours),
        read=_when(reading.read_at, now),
        last_seen=_when(_seen(drive), now) if silent else "",
        last_seen_at=_seen(drive) if silent else None,
        silent=silent,
        why=_why(drive) if silent else "",
        facts=tuple(_facts(drive)),
        evidence=tuple(_evidence(evidence) for evidence in found.evidence),
        trends=trends_of(drive, now) if found.verdict is not Verdict.OK else (),
        accepted=tuple(_accepted(drive, entry, anchor) for entry in drive.past.accepted),
        notes=tuple(clean(note) for note in (*drive.past.notes, *reading.messages)),
    )


def _heat(evidence: Iterable[Evidence]) -> str:
    """Return the severity of what was said of its warmth, by the judgement and not by a page."""
    seen = {e.verdict for e in evidence if e.cause is Cause.HEAT and not e.accepted}
    if seen & {Verdict.REPLACE, Verdict.WARNING}:
        return "error"
    return "warning" if Verdict.WATCH in seen else ""


def _when(moment: datetime | None, now: datetime) -> str:
    """Return how long ago that was, and when, where it was not just now."""
    if moment is None:
        return UNKNOWN
    age = age_words(now - moment)
    return age if age == "now" else f"{age}, {moment_words(moment)}"


def _seen(drive: CheckedDrive) -> datetime | None:
    """Return when a drive that does not answer now last did, as far as anything tells."""
    if drive.last_seen is not None:
        return drive.last_seen
    latest = drive.past.latest
    return None if latest is None else latest.read_at


def _why(drive: CheckedDrive) -> str:
    """Return why a drive was not read, with what to do about it."""
    reading = drive.reading
    if reading.trouble_words:
        return clean(reading.trouble_words)
    if reading.trouble is not None:
        return TROUBLES[reading.trouble]
    return clean(drive.assessment.reason)


def _evidence(evidence: Evidence) -> EvidenceEntry:
    return EvidenceEntry(
        verdict=evidence.verdict.value,
        severity="note" if evidence.accepted else SEVERITIES[evidence.verdict],
        cause=evidence.cause.value,
        about=CAUSES[evidence.cause],
        words=clean(evidence.words),
        signal="" if evidence.signal is None else evidence.signal.value,
        value=evidence.value,
        before=evidence.before,
        accepted=evidence.accepted,
        risk=None if evidence.risk is None else _risk(evidence.risk),
    )


def _risk(risk: Risk) -> RiskEntry:
    counted = risk.drive_days > 0
    return RiskEntry(
        risk_words(risk), clean(risk.words), clean(risk.source), risk.yearly, risk.low, risk.high,
        risk.failures if counted else None, risk.drive_days if counted else None,
    )  # fmt: skip


def _accepted(drive: CheckedDrive, entry: Acceptance, anchor: str) -> AcceptedEntry:
    """Return what was accepted; whether it still holds is what the judgement made of it."""
    about = [e for e in drive.assessment.evidence if e.signal is entry.signal]
    now = drive.reading.signals.get(entry.signal)
    value = "not read now" if now is None else f"now {now:,}"
    if any(evidence.accepted for evidence in about):
        standing, severity = f"quiet: {value}", "ok"
    elif loud := [evidence for evidence in about if evidence.verdict is not Verdict.OK]:
        standing, severity = f"no longer quiet: {value}", SEVERITIES[loud[0].verdict]
    else:
        standing, severity = value, "unknown" if now is None else "ok"
    return AcceptedEntry(
        anchor, named(drive), entry.signal.value, label_of(entry.signal), entry.value,
        f"{entry.value:,}", entry.at, moment_words(entry.at), clean(entry.note), standing, severity,
    )  # fmt: skip


# --- Facts ---


def _facts(drive: CheckedDrive) -> Iterator[Fact]:
    reading = drive.reading
    identity = reading.identity
    told = (
        ("Family", identity.family), ("Firmware", identity.firmware), ("WWN", identity.wwn),
    )  # fmt: skip
    yield Fact("Capacity", size_words(reading.capacity_bytes))
    if reading.protocol is not Protocol.UNKNOWN:
        yield Fact("Kind", f"{rotation_words(reading.rotation_rpm)}, {reading.protocol}")
    yield from (Fact(label, clean(words)) for label, words in told if words)
    yield Fact("Read from", _asked(reading))
    if reading.passed is not None:
        yield Fact("Says of itself", "passed" if reading.passed else "FAILING")
    if written := reading.signals.get(Signal.WRITTEN_BYTES):
        yield Fact("Written", size_words(written))
    if believed(reading.temperature.highest_c):
        yield Fact("Warmest ever", celsius_words(reading.temperature.highest_c, None))
    if reading.smr:
        yield Fact("Tracks", "shingled (SMR)")
    if tests := _tests(reading):
        yield Fact("Self-tests", tests)
    if figures := _figures(reading):
        yield Fact("Figures", figures)


def _asked(reading: DriveReading) -> str:
    parts = [reading.source]
    if reading.device and reading.device != reading.source:
        parts.append(reading.device)
    if reading.device_type:
        parts.append(f"-d {reading.device_type}")
    if reading.exit_status is not None:
        parts.append(f"exit status {reading.exit_status.value}")
    return ", ".join(clean(part) for part in parts)


def _tests(reading: DriveReading) -> str:
    said = [_test(test) for test in reading.self_tests[:_MOST_TESTS]]
    if reading.test_left_percent is not None:
        said.insert(0, f"one runs, {reading.test_left_percent} % left")
    more = len(reading.self_tests) - _MOST_TESTS
    return "; ".join((*said, f"{more} older") if more > 0 else said)


def _test(test: SelfTest) -> str:
    at = "" if test.at_power_on_h is None else f" at {test.at_power_on_h:,} h"
    return f"{clean(test.kind)}{at}: {clean(test.words)}"


def _figures(reading: DriveReading) -> str:
    found: Iterable[tuple[Signal, int]] = (
        (signal, reading.signals[signal]) for signal in Signal if signal in reading.signals
    )
    return "; ".join(f"{label_of(s)} {value:,}" for s, value in found if s not in _APART)
