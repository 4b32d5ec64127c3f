"""One status line with performance data, as Nagios, Icinga and Checkmk read it.

Source: Monitoring Plugins development guidelines, "Plugin Output" and "Performance data"
(monitoring-plugins.org/doc/guidelines.html).
"""

from collections.abc import Iterator

from podplanner.drives.assessment import WORST_FIRST, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.watching.naming import named, printable

_STATES = {
    Verdict.OK: "OK",
    Verdict.WATCH: "OK",
    Verdict.WARNING: "WARNING",
    Verdict.REPLACE: "CRITICAL",
    Verdict.UNKNOWN: "UNKNOWN",
}
"""The words that belong to the exit statuses 0 to 3."""
_MOST_BYTES = 1_000
# NRPE's packets of version 2 hold 1,024 bytes, of which the last is a zero; newer ones hold more.
_FORBIDDEN = str.maketrans({"|": "/", "<": "(", ">": ")", "`": "'", ";": ","})
# `|` begins the performance data; monitoring pages show the rest as it comes, as HTML too.
_NAMED = (Verdict.REPLACE, Verdict.WARNING, Verdict.UNKNOWN)


def plugin_line(pod: CheckedPod) -> str:
    """Return the status line of a pod, without a line break: `STATE - words | figures`.

    The drives that need something are named, the worst first, as far as 1,000 bytes go.

    The figures are `replace`, `warning`, `unknown`, `watch` and `drives` (how many of each; at
    more than 0 of the first two the state is CRITICAL, and WARNING), and `hottest`: of the
    drive that is nearest to the limit of its maker, in degrees Celsius, with its two limits
    (absent where no drive tells its temperature).
    """
    figures = " ".join(_figures(pod))
    line = f"{_STATES[pod.verdict]} - {_counts(pod)}"
    worrying = [
        d for v in _NAMED for d in pod.drives if d.assessment.verdict is v
    ]  # fmt: skip
    for position, drive in enumerate(worrying):
        longer = f"{line}; {_words(drive)}"
        left = len(worrying) - position
        if _size(longer, figures) + len(f"; and {left} more") > _MOST_BYTES:
            line += f"; and {left} more"
            break
        line = longer
    return f"{line} | {figures}"


def _size(line: str, figures: str) -> int:
    return len(f"{line} | {figures}".encode(errors="replace"))


def _counts(pod: CheckedPod) -> str:
    if not pod.drives:
        return "no drives were found"
    counts = ", ".join(
        f"{number} {verdict.value}"
        for verdict in WORST_FIRST
        if (number := _count(pod, verdict))
    )  # fmt: skip
    noun = "drive" if len(pod.drives) == 1 else "drives"
    return f"{len(pod.drives)} {noun}: {counts}"


def _count(pod: CheckedPod, verdict: Verdict) -> int:
    return sum(drive.assessment.verdict is verdict for drive in pod.drives)


def _words(drive: CheckedDrive) -> str:
    verdict, reason = drive.assessment.verdict.value, printable(drive.assessment.reason)
    words = f"{verdict} {named(drive)}" + (f": {reason.rstrip('.')}" if reason else "")
    return words.translate(_FORBIDDEN).encode(errors="replace").decode()


def _figures(pod: CheckedPod) -> Iterator[str]:
    """Yield `label=value;warn;crit;min;max`; the labels are plain words and need no quotes."""
    total = len(pod.drives)
    yield f"replace={_count(pod, Verdict.REPLACE)};;0;0;{total}"
    yield f"warning={_count(pod, Verdict.WARNING)};0;;0;{total}"
    yield f"unknown={_count(pod, Verdict.UNKNOWN)};;;0;{total}"
    yield f"watch={_count(pod, Verdict.WATCH)};;;0;{total}"
    yield f"drives={total};;;0;"
    if (hottest := _hottest(pod)) is not None:
        now, limit, trip = hottest
        yield f"hottest={now};{_or_nothing(limit)};{_or_nothing(trip)}".rstrip(";")


def _hottest(pod: CheckedPod) -> tuple[int, int | None, int | None] | None:
    """Return temperature, limit and trip of the drive with the least room left.

    Drives that tell a limit come before those that do not.
    """
    told = [
        (t.current_c, t.limit_c, t.trip_c)
        for t in (drive.reading.temperature for drive in pod.drives)
        if t.current_c is not None
    ]

    def room(one: tuple[int, int | None, int | None]) -> tuple[bool, int]:
        now, limit, trip = one
        end = limit if limit is not None else trip
        return (end is None, -now if end is None else end - now)

    return min(told, key=room, default=None)


def _or_nothing(value: int | None) -> str:
    return "" if value is None else str(value)
