"""The chain of a pod's bandwidth as rows of words, for the terminal and the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.planning.bandwidth import Bandwidth
from podplanner.planning.bandwidth_words import say_drives, say_rate
from podplanner.planning.loads import Stage

HEADINGS = ("step", "links", "MB/s each", "drives on it", "wanted", "over", "MB/s a drive", "")
NUMBERS = (1, 2, 3, 4, 5, 6)
"""Columns that are set flush right."""


@dataclass(frozen=True, slots=True)
class BandwidthRow:
    """One step of the way, in words; rates in MB/s.

    Attributes:
        links: How many links stand side by side.
        each: What one of them carries; the least and the most where they differ.
        drives: Drives on the fullest.
        wanted: What these drives read together.
        over: Wanted over carried.
        per_drive: What it leaves each drive when all work.
        mark: `narrowest`, `unknown` or `at most`; empty where nothing is to be said.
    """

    step: str
    links: str
    each: str
    drives: str
    wanted: str
    over: str
    per_drive: str
    mark: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of the headings."""
        return (
            self.step, self.links, self.each, self.drives, self.wanted, self.over, self.per_drive,
            self.mark,
        )  # fmt: skip


def bandwidth_rows(bandwidth: Bandwidth) -> tuple[BandwidthRow, ...]:
    """Return the drives, then every step of their way, as rows."""
    return tuple(_rows(bandwidth))


def _rows(bandwidth: Bandwidth) -> Iterator[BandwidthRow]:
    reads = [drive.reads for drive in bandwidth.drives]
    known = [rate for rate in reads if rate is not None]
    least = min(known) if len(known) == len(reads) else None
    yield BandwidthRow(
        "drive", str(len(reads)), _range(reads), "", "", "", say_rate(least),
        "unknown" if least is None else "",
    )  # fmt: skip
    for stage in bandwidth.stages:
        yield BandwidthRow(
            step=str(stage.step),
            links=str(len(stage.loads)),
            each=_range([load.rate for load in stage.loads]),
            drives=say_drives(stage.drives).partition(" ")[0],
            wanted="unknown" if stage.demand is None else say_rate(stage.demand),
            over="unknown" if stage.oversubscription is None else f"{stage.oversubscription}",
            per_drive=say_rate(stage.per_drive),
            mark=mark_of(bandwidth, stage),
        )


def mark_of(bandwidth: Bandwidth, stage: Stage) -> str:
    """Return what is to be said of a step beside its figures."""
    if stage.rate is None:
        return "unknown"
    limits = [outcome.limit for outcome in (bandwidth.host, bandwidth.network)]
    if any(limit in stage.loads for limit in limits):
        return "narrowest" if stage.is_known else "narrowest, at most"
    return "" if stage.is_known else "at most"


def _range(rates: Sequence[int | None]) -> str:
    known = [rate for rate in rates if rate is not None]
    if not known or len(known) < len(rates):
        return "unknown"
    least, most = say_rate(min(known)), say_rate(max(known))
    return least if least == most else f"{least}-{most}"
