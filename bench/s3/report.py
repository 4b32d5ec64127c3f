"""What was measured, in words: the table of all tools for each step, and the aims."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from steps import AGAIN, FIRST, LINK_PULL, OVER, PULL, SECOND, SMALL_PULL, SMALL_PUSH, STEPS, Done
from table import Table
from tools import Tool

MB, MIB, GB = 10**6, 2**20, 10**9
OURS = "podplanner-raw"
_S5CMD = ("s5cmd", "s5cmd-tuned")
_BOTO3 = ("boto3", "boto3-tuned")


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians of the runs of one tool at one step."""

    tool: str
    step: str
    runs: int
    wall_s: float
    low_s: float
    high_s: float
    synced_s: float
    """Wall time until what was pulled is on the disk: `sync -f` included."""
    cpu_s: float
    engine_cpu_s: float
    rss_bytes: int
    """The highest of all runs."""
    requests: dict[str, int]
    up_bytes: int
    down_bytes: int

    @classmethod
    def of(cls, done: Sequence[Done]) -> "Summary":
        walls = [one.run.wall_s for one in done]
        last = done[-1]
        return cls(
            last.tool,
            last.step,
            len(done),
            statistics.median(walls),
            min(walls),
            max(walls),
            statistics.median(one.run.wall_s + one.sync_s for one in done),
            statistics.median(one.run.cpu_s for one in done),
            statistics.median(one.count.cpu_s for one in done),
            max(one.run.rss_bytes for one in done),
            # Of the last run: where one is asked again after a failure, they differ.
            last.count.requests,
            last.count.sent_up,
            last.count.sent_down,
        )


class Report:
    """All summaries, by step and tool."""

    def __init__(self, tools: Sequence[Tool], done: Sequence[Done], model_bytes: int) -> None:
        """Take what was measured.

        Args:
            tools: In the order of the tables.
            done: All of it.
            model_bytes: The size of the first version.
        """
        self._names = {tool.word: tool.name for tool in tools}
        self._alone = {tool.word for tool in tools if tool.files_alone}
        self._model_bytes = model_bytes
        self._found = {
            (step, word): Summary.of(some)
            for step in STEPS
            for word in self._names
            if (some := [one for one in done if (one.step, one.tool) == (step, word)])
        }

    def tables(self) -> Iterator[str]:
        """Yield a heading and a table for each step."""
        for step in STEPS:
            rows = [found for (of, _), found in self._found.items() if of == step]
            if rows:
                yield f"{step}:\n\n{self._table(step, rows)}"

    def aims(self) -> Table:
        """Return how podplanner does beside the others."""
        table = Table(["what", "podplanner", "beside it", "ratio", "aim"])
        for row in (
            *self._first_push(), *self._pull(PULL, 0.75), *self._pull(LINK_PULL, 0.95),
            *self._ahead(),
            *self._times(SECOND, (*_S5CMD, *_BOTO3), 5),
            *self._times(OVER, _S5CMD, 3),
            *self._times(SMALL_PUSH, (*_S5CMD, *_BOTO3), 10),
            *self._times(SMALL_PULL, (*_S5CMD, *_BOTO3), 10),
            *self._requests(), *self._memory(),
        ):  # fmt: skip
            table.add(row)
        return table

    def as_json(self) -> dict[str, Any]:
        return {
            "model_bytes": self._model_bytes,
            "tools": self._names,
            "steps": [asdict(found) for found in self._found.values()],
        }

    def _table(self, step: str, rows: Sequence[Summary]) -> Table:
        pulls = step in (PULL, OVER, SMALL_PULL, LINK_PULL)
        table = Table(
            [
                *("tool", "wall s"), *(["and on the disk"] if pulls else []),
                *("CPU s", "engine's CPU s", "MiB of memory", "requests", "MB up", "MB down"),
            ]
        )  # fmt: skip
        for one in rows:
            kinds = ", ".join(f"{kind} {number}" for kind, number in one.requests.items())
            table.add(
                [
                    self._names[one.tool],
                    f"{one.wall_s:.2f} ({one.low_s:.2f} to {one.high_s:.2f})",
                    *([f"{one.synced_s:.2f}"] if pulls else []),
                    f"{one.cpu_s:.2f}",
                    f"{one.engine_cpu_s:.1f}",
                    f"{one.rss_bytes / MIB:.0f}",
                    f"{sum(one.requests.values())} ({kinds})",
                    f"{one.up_bytes / MB:.1f}",
                    f"{one.down_bytes / MB:.1f}",
                ]
            )
        return table

    def _first_push(self) -> Iterator[Sequence[str]]:
        ours = self._found.get((FIRST, OURS))
        if ours and (best := self._quickest(FIRST)):
            yield (
                FIRST, f"{ours.wall_s:.2f} s", self._seconds(best),
                f"{ours.wall_s / best.wall_s:.2f} x", "at most 1 x",
            )  # fmt: skip
        if ours and (them := self._found.get((FIRST, "obstore"))):
            yield self._more_cpu(ours, them, 0.4)

    def _pull(self, step: str, share: float) -> Iterator[Sequence[str]]:
        ours, them = self._found.get((step, OURS)), self._quickest(step, _S5CMD)
        if ours and them:
            yield (
                f"{step}: speed", f"{ours.wall_s:.2f} s", self._seconds(them),
                f"{them.wall_s / ours.wall_s:.2f} x", f"at least {share} x",
            )  # fmt: skip
            yield (
                f"{step}: speed, on the disk", f"{ours.synced_s:.2f} s",
                f"{self._names[them.tool]} {them.synced_s:.2f} s",
                f"{them.synced_s / ours.synced_s:.2f} x", "",
            )  # fmt: skip
        if ours and them and step == PULL:
            yield self._more_cpu(ours, them, 0.35)

    def _ahead(self) -> Iterator[Sequence[str]]:
        ours = self._found.get((PULL, OURS))
        others = [word for word in self._names if word not in _S5CMD]
        if ours and (best := self._quickest(PULL, others)):
            yield (
                f"{PULL}, beside all but s5cmd: speed", f"{ours.wall_s:.2f} s", self._seconds(best),
                f"{best.wall_s / ours.wall_s:.2f} x", "above 1 x",
            )  # fmt: skip

    def _times(self, step: str, words: Sequence[str], times: float) -> Iterator[Sequence[str]]:
        ours = self._found.get((step, OURS))
        for word in words:
            if ours and (them := self._found.get((step, word))):
                yield (
                    step, f"{ours.wall_s:.2f} s", self._seconds(them),
                    f"{them.wall_s / ours.wall_s:.1f} x faster", f"at least {times:g} x faster",
                )  # fmt: skip

    def _requests(self) -> Iterator[Sequence[str]]:
        if ours := self._found.get((AGAIN, OURS)):
            kinds = ", ".join(f"{number} {kind}" for kind, number in ours.requests.items())
            yield (
                f"{AGAIN}: requests", f"{sum(ours.requests.values())} ({kinds})", "", "",
                "a handful, none for an object",
            )  # fmt: skip

    def _memory(self) -> Iterator[Sequence[str]]:
        ours = [found for (_, word), found in self._found.items() if word == OURS]
        if ours:
            most = max(ours, key=lambda one: one.rss_bytes)
            shown = f"{most.rss_bytes / MB:.0f} MB ({most.step})"
            yield ("memory, highest of all steps", shown, "", "", "under 300 MB")

    def _more_cpu(self, ours: Summary, them: Summary, most: float) -> Sequence[str]:
        more = (ours.cpu_s - them.cpu_s) / (self._model_bytes / GB)
        return (
            f"{ours.step}: CPU", f"{ours.cpu_s:.2f} s",
            f"{self._names[them.tool]} {them.cpu_s:.2f} s", f"{more:+.2f} s/GB",
            f"at most +{most} s/GB",
        )  # fmt: skip

    def _quickest(self, step: str, words: Sequence[str] | None = None) -> Summary | None:
        """Return the quickest of the others, of those that move the whole model."""
        chosen = [
            found
            for (of, word), found in self._found.items()
            if of == step
            and word not in self._alone
            and not word.startswith("podplanner")
            and (words is None or word in words)
        ]
        return min(chosen, key=lambda one: one.wall_s, default=None)

    def _seconds(self, them: Summary) -> str:
        return f"{self._names[them.tool]} {them.wall_s:.2f} s"
