"""What was measured: medians of what took turns, and how busy the machine was meanwhile."""

import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from table import Table


@dataclass(frozen=True, slots=True)
class Sample:
    """One run."""

    wall_s: float
    cpu_s: float
    answer: str
    """The same from all that are compared, or they did not do the same."""
    rss_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One way to do a thing, beside the one that it is compared with."""

    what: str
    way: str
    wall_s: float
    low_s: float
    high_s: float
    cpu_s: float
    rss_bytes: int
    runs: int
    ratio: float | None
    """Median of the ratios of runs that followed each other; None: it is the one compared with."""
    load: float
    """How many processes wanted a processor, on average of the last minute."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def in_turn(
    what: str, runs: int, ways: Mapping[str, Callable[[], Sample]], beside: str
) -> list[Figure]:
    """Run all ways in turn, once more than is counted, and return a figure of each.

    Args:
        what: What all of them do.
        runs: How often each.
        ways: By name.
        beside: The way that the others are compared with.

    Raises:
        SystemExit: Two ways came to different answers.
    """
    done: dict[str, list[Sample]] = {name: [] for name in ways}
    loads = []
    for number in range(runs + 1):
        for name in list(ways) if number % 2 else list(reversed(ways)):
            sample = ways[name]()
            print(
                f"{what}: {name}: {sample.wall_s:.2f} s, CPU {sample.cpu_s:.2f} s, "
                f"load {os.getloadavg()[0]:.1f}",
                file=sys.stderr,
            )
            if number:
                # The first fills caches of files and of compiled modules.
                done[name].append(sample)
                loads.append(os.getloadavg()[0])
    answers = {sample.answer for samples in done.values() for sample in samples}
    if len(answers) != 1:
        sys.exit(f"{what}: the answers differ: {answers}")
    load = statistics.mean(loads)
    return [
        _figure(what, name, samples, None if name == beside else done[beside], load)
        for name, samples in done.items()
    ]


def _figure(
    what: str, way: str, samples: Sequence[Sample], beside: Sequence[Sample] | None, load: float
) -> Figure:
    walls = [sample.wall_s for sample in samples]
    ratio = None
    if beside is not None:
        pairs = zip(samples, beside, strict=True)
        ratio = statistics.median(mine.wall_s / theirs.wall_s for mine, theirs in pairs)
    return Figure(
        what,
        way,
        statistics.median(walls),
        min(walls),
        max(walls),
        statistics.median(sample.cpu_s for sample in samples),
        max(sample.rss_bytes for sample in samples),
        len(walls),
        ratio,
        load,
    )


def table(figures: Sequence[Figure]) -> Table:
    """Return the figures as rows."""
    found = Table(["what", "way", "wall time", "CPU", "memory", "ratio", "load"])
    for one in figures:
        found.add(
            (
                one.what,
                one.way,
                f"{one.wall_s:.2f} s ({one.low_s:.2f} to {one.high_s:.2f})",
                f"{one.cpu_s:.2f} s",
                f"{one.rss_bytes / 2**20:.0f} MiB" if one.rss_bytes else "",
                "" if one.ratio is None else f"{one.ratio:.2f} x",
                f"{one.load:.1f}",
            )
        )
    return found
