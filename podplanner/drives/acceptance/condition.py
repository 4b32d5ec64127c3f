"""Is the drive well, and is it wired well: verdict, defects, errors, link."""

from collections.abc import Iterator

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import Protocol
from podplanner.drives.signals import Signal

_DEFECTS: dict[Signal, str] = {
    Signal.REALLOCATED: "reallocated sectors",
    Signal.PENDING: "pending sectors",
    Signal.OFFLINE_UNCORRECTABLE: "sectors its own scan could not read",
    Signal.REPORTED_UNCORRECTABLE: "uncorrectable errors",
    Signal.END_TO_END_ERRORS: "end-to-end errors",
    Signal.GROWN_DEFECTS: "grown defects",
    Signal.UNCORRECTED_ERRORS: "uncorrected errors",
    Signal.MEDIA_ERRORS: "media errors",
    Signal.FAILED_SELF_TESTS: "failed self-tests",
}
"""Of which a drive that shall be trusted has none."""
_DOUBTS: dict[Signal, str] = {
    Signal.CRC_ERRORS: "CRC errors (the cable or the bay: seat it anew)",
    Signal.COMMAND_TIMEOUTS: "command timeouts",
    Signal.SPIN_RETRIES: "spin retries",
    Signal.RETIRED_BLOCKS: "retired blocks",
    Signal.PROGRAM_FAILS: "failed writes to flash",
    Signal.ERASE_FAILS: "failed erasures of flash",
}
"""That a new drive does not have, and that need not be its fault, or a fault at all."""
_SLOWEST_MBPS = 3_000
# Port multipliers of older pods run at 3 Gb/s; 1.5 Gb/s is what a bad contact falls back to.


def is_well(newcomer: Newcomer) -> Iterator[Check]:
    """Yield what its health is judged to be."""
    assessment = newcomer.assessment
    results = {
        Verdict.OK: Result.PASS,
        Verdict.WATCH: Result.PASS,
        Verdict.WARNING: Result.WARNING,
        Verdict.REPLACE: Result.FAIL,
        Verdict.UNKNOWN: Result.UNKNOWN,
    }
    words = f"{assessment.verdict}: {assessment.reason}".rstrip(": ")
    yield Check("health", results[assessment.verdict], words)


def has_no_defects(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether any sector or block failed ever."""
    signals = newcomer.reading.signals
    found = {signal: signals[signal] for signal in _DEFECTS if signal in signals}
    bad = [f"{count:,} {_DEFECTS[signal]}" for signal, count in found.items() if count > 0]
    if bad:
        yield Check("defects", Result.FAIL, ", ".join(bad))
    elif missing := [_DEFECTS[s] for s in _expected(newcomer) if s not in found]:
        words = f"it does not tell its {' and '.join(missing)}"
        yield Check("defects", Result.UNKNOWN, words)
    elif not set(found) - {Signal.FAILED_SELF_TESTS}:
        yield Check("defects", Result.UNKNOWN, "it tells none of its defects")
    else:
        names = ", ".join(_DEFECTS[s] for s in found if s is not Signal.FAILED_SELF_TESTS)
        yield Check("defects", Result.PASS, f"0 {names}")


def _expected(newcomer: Newcomer) -> tuple[Signal, ...]:
    """Return what every drive of its kind tells."""
    match newcomer.reading.protocol:
        case Protocol.ATA if newcomer.is_hard_drive:
            return Signal.REALLOCATED, Signal.PENDING
        case Protocol.NVME:
            return (Signal.MEDIA_ERRORS,)
        case _:
            return ()


def has_no_doubts(newcomer: Newcomer) -> Iterator[Check]:
    """Yield what a new drive should not have counted yet; nothing where there is none of it."""
    signals = newcomer.reading.signals
    found = [f"{signals[s]:,} {words}" for s, words in _DOUBTS.items() if signals.get(s, 0) > 0]
    if found:
        yield Check("errors", Result.WARNING, ", ".join(found))
    elif any(signal in signals for signal in _DOUBTS):
        names = ", ".join(w.partition(" (")[0] for s, w in _DOUBTS.items() if s in signals)
        yield Check("errors", Result.PASS, f"0 {names}")


def has_empty_error_log(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether its own log of errors is empty.

    That of NVMe also holds commands that the host got wrong, and is told only; SCSI drives have
    none.
    """
    reading, name = newcomer.reading, "error log"
    entries = reading.signals.get(Signal.ERROR_LOG_ENTRIES)
    if reading.protocol is Protocol.NVME and entries:
        words = f"{entries:,} entries, which count the host's mistakes too"
        yield Check(name, Result.PASS, words)
    elif entries:
        yield Check(name, Result.WARNING, f"{entries:,} entries: a new drive has none")
    elif entries == 0:
        yield Check(name, Result.PASS, "empty")
    elif reading.protocol is Protocol.ATA:
        yield Check(name, Result.UNKNOWN, "it could not be read", needed=False)


def has_its_link(newcomer: Newcomer) -> Iterator[Check]:
    """Yield how fast its link is; nothing where it does not say."""
    now, most = newcomer.reading.link_mbps, newcomer.reading.link_most_mbps
    if now is None:
        return
    words = f"{now / 1000:g} Gb/s" + ("" if most in (None, now) else f" of {(most or 0) / 1000:g}")
    if most is not None and now < min(most, _SLOWEST_MBPS):
        words += ": seat it anew, or try another bay"
        yield Check("link", Result.WARNING, words)
    else:
        yield Check("link", Result.PASS, words)
