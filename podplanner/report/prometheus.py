"""The state of drives as Prometheus reads it: text, for node_exporter's textfile collector.

Names and labels are an interface: docs/drive-health.md lists them. Base units stand in the name
(celsius, seconds, bytes, ratio), and no value carries a time, which that collector refuses.

Sources: prometheus.io/docs/practices/naming and prometheus.io/docs/instrumenting/
exposition_formats (text format 0.0.4).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

from podplanner.drives.assessment import WORST_FIRST, Verdict
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.signals import Signal
from podplanner.drives.watching.naming import printable

CODES = {verdict: code for code, verdict in enumerate(reversed(WORST_FIRST))}
"""OK 0, WATCH 1, UNKNOWN 2, WARNING 3, REPLACE 4: the greatest is the worst."""

_RATIOS = {
    "wear_ratio": (Signal.WEAR_PERCENT, "Of the rated endurance, used up; may exceed 1."),
    "spare_ratio": (Signal.SPARE_PERCENT, "Spare flash that is left (NVMe)."),
    "spare_threshold_ratio": (
        Signal.SPARE_THRESHOLD_PERCENT, "Spare below which the drive warns (NVMe).",
    ),
    "helium_ratio": (Signal.HELIUM_PERCENT, "What is left of the filling of a helium drive."),
}  # fmt: skip
_WITH_UNITS = {
    Signal.TEMPERATURE_C, Signal.POWER_ON_H, Signal.WRITTEN_BYTES,
    *(signal for signal, _ in _RATIOS.values()),
}  # fmt: skip
# Their unit stands in the name of a metric of their own; all other signals are counts.
_HOUR_S = 3_600
_LONGEST = 128
# Letters of a label; paths under /dev/disk reach about 80.

_Labels = Mapping[str, str]
_Value = float | None


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    words: str
    samples: tuple[tuple[_Labels, float], ...]


def prometheus_text(pod: CheckedPod) -> str:
    """Return the metrics of a pod; what is not known is absent, never 0."""
    return "".join(line for metric in _metrics(pod) for line in _lines(metric))


def _lines(metric: _Metric) -> Iterator[str]:
    if not metric.samples:
        return
    name = f"podplanner_{metric.name}"
    yield f"# HELP {name} {metric.words}\n"
    yield f"# TYPE {name} gauge\n"
    for labels, value in metric.samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value!r}\n" if inside else f"{name} {value!r}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _metrics(pod: CheckedPod) -> Iterator[_Metric]:
    yield from _of_the_pod(pod)
    known = tuple(zip(_labels(pod.drives), pod.drives, strict=True))

    def each(name: str, words: str, value: Callable[[CheckedDrive], _Value]) -> _Metric:
        found = ((labels, value(drive)) for labels, drive in known)
        samples = tuple((labels, one) for labels, one in found if one is not None)
        return _Metric(f"drive_{name}", words, samples)

    yield each("verdict", "0 OK, 1 WATCH, 2 UNKNOWN, 3 WARNING, 4 REPLACE.",
               lambda drive: CODES[drive.assessment.verdict])  # fmt: skip
    yield each("last_answer_timestamp_seconds", "When the drive last said how it is.", _answered)
    yield each("temperature_celsius", "Temperature of the drive.",
               lambda drive: drive.reading.temperature.current_c)  # fmt: skip
    yield each("temperature_limit_celsius", "The highest at which its maker lets it work.",
               lambda drive: drive.reading.temperature.limit_c)  # fmt: skip
    yield each("capacity_bytes", "Size of the drive.", lambda drive: drive.reading.capacity_bytes)
    yield each("power_on_seconds", "Time that it was switched on.",
               lambda drive: _times(drive, Signal.POWER_ON_H, _HOUR_S))  # fmt: skip
    yield each("written_bytes", "Host writes over its life.",
               lambda drive: drive.reading.signals.get(Signal.WRITTEN_BYTES))  # fmt: skip
    for name, (signal, words) in _RATIOS.items():
        yield each(name, words, partial(_share, signal))
    yield _Metric("drive_signal", "Figures that are counts, by the names of drive health.", tuple(
        ({**labels, "signal": signal.value}, drive.reading.signals[signal])
        for labels, drive in known
        for signal in Signal
        if signal in drive.reading.signals and signal not in _WITH_UNITS
    ))  # fmt: skip


def _of_the_pod(pod: CheckedPod) -> Iterator[_Metric]:
    counts = Counter(drive.assessment.verdict for drive in pod.drives)
    yield _Metric("check_timestamp_seconds", "When the drives were asked.",
                  (({}, round(pod.at.timestamp())),))  # fmt: skip
    yield _Metric("pod_verdict", "The worst of all: 0 OK, 1 WATCH, 2 UNKNOWN, 3 WARNING, "
                  "4 REPLACE; 2 where there is no drive.", (({}, CODES[pod.verdict]),))  # fmt: skip
    yield _Metric("pod_drives", "How many drives have this verdict.", tuple(
        ({"verdict": verdict.value}, counts[verdict]) for verdict in Verdict
    ))  # fmt: skip


def _answered(drive: CheckedDrive) -> int | None:
    """Return the time of the reading that the verdict rests on, in seconds since 1970."""
    at: datetime | None = drive.reading.read_at if drive.reading.trouble is None else None
    at = at or drive.last_seen
    return None if at is None else round(at.timestamp())


def _times(drive: CheckedDrive, signal: Signal, factor: int) -> int | None:
    value = drive.reading.signals.get(signal)
    return None if value is None else value * factor


def _share(signal: Signal, drive: CheckedDrive) -> float | None:
    value = drive.reading.signals.get(signal)
    return None if value is None else value / 100


def _labels(drives: Sequence[CheckedDrive]) -> Iterator[_Labels]:
    """Yield the labels of each drive, none twice: a file that repeats one is refused whole."""
    seen: set[tuple[str, ...]] = set()
    for drive in drives:
        reading = drive.reading
        device = printable(reading.device or reading.source, _LONGEST)
        who = (
            printable(reading.identity.serial or "", _LONGEST),
            printable(reading.identity.model or "", _LONGEST),
            str(drive.bay.number) if drive.bay is not None else "",
        )
        tries = (device if n == 1 else f"{device} ({n})" for n in count(1))
        device = next(one for one in tries if (*who, one) not in seen)
        seen.add((*who, device))
        yield dict(zip(("serial", "model", "bay", "device"), (*who, device), strict=True))
