"""The steps that every tool goes, each measured from outside and counted at the engine."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import Count, SeaweedFs
from models import Models
from place import Place, Version
from processes import Run, fresh
from tools import Tool

FIRST, AGAIN, SECOND = "first push", "push again, unchanged", "push of the second version"
PULL, OVER = "pull", "pull of the second version over the first"
SMALL_PUSH, SMALL_PULL = "push of 2,000 small files", "pull of 2,000 small files"
LINK_PULL = "pull, link of limited speed"
STEPS = (FIRST, AGAIN, SECOND, PULL, OVER, SMALL_PUSH, SMALL_PULL, LINK_PULL)
_ONE, _TWO, _MANY = Version("bench", 1), Version("bench", 2), Version("small", 1)
_REST_S = 0.5
# The engine counts a request when its answer has gone, and writes down what it has in memory.


@dataclass(frozen=True, slots=True)
class Done:
    """A step of a tool."""

    tool: str
    step: str
    run: Run
    sync_s: float
    """What `sync -f` of the folder took after a pull: podplanner has done that by itself."""
    count: Count


class WrongFilesError(Exception):
    """What was pulled is not what was pushed."""


class Walk:
    """One walk of one tool through the steps, in a folder and an engine of its own."""

    def __init__(self, tool: Tool, engine: SeaweedFs, folder: Path, before: tuple[str, ...] = ()):
        """Prepare it.

        Args:
            tool: Who is measured.
            engine: Where to; its bucket is empty.
            folder: For what the tool keeps, and what it pulls.
            before: What is written before the commands that are at the far end of a link.
        """
        scratch = fresh(folder / "scratch")
        scratch.mkdir(parents=True)
        self._tool = tool
        self._engine = engine
        self._near = Place(engine.endpoint, scratch)
        self._far = Place(engine.endpoint, scratch, before)
        self._pulled = folder / "pulled"
        tool.make(self._near)

    def through(self, models: Models) -> Iterator[Done]:
        """Go all steps but those of the link."""
        again = self._tool.again or self._tool.push
        first, second = self._taken(models.first), self._taken(models.second)
        target = self._new_target(_ONE)
        yield self._step(FIRST, lambda: self._tool.push(self._near, first, _ONE))
        yield self._step(AGAIN, lambda: again(self._near, first, _ONE))
        if not self._tool.files_alone:
            yield self._step(SECOND, lambda: self._tool.push(self._near, second, _TWO))
        yield self._step(PULL, lambda: self._tool.pull(self._near, target, _ONE), target)
        self._check(first, target)
        if self._tool.files_alone:
            return
        yield self._step(OVER, lambda: self._tool.pull(self._near, target, _TWO), target)
        self._check(second, target)
        small = self._new_target(_MANY)
        yield self._step(SMALL_PUSH, lambda: self._tool.push(self._near, models.small, _MANY))
        yield self._step(SMALL_PULL, lambda: self._tool.pull(self._near, small, _MANY), small)
        self._check(models.small, small)

    def over_link(self, models: Models) -> Iterator[Done]:
        """Push at full speed, and pull over the link."""
        first = self._taken(models.first)
        target = self._new_target(_ONE)
        self._tool.push(self._near, first, _ONE)
        yield self._step(LINK_PULL, lambda: self._tool.pull(self._far, target, _ONE), target)
        self._check(first, target)

    def clear(self) -> None:
        """Remove what the walk has left."""
        fresh(self._pulled)
        fresh(self._near.scratch)

    def _taken(self, model: Path) -> Path:
        """Return what the tool pushes of a model."""
        return min(model.glob("*.safetensors")) if self._tool.files_alone else model

    def _new_target(self, version: Version) -> Path:
        fresh(self._pulled).mkdir()
        return self._pulled / version.model

    def _step(self, step: str, work: Callable[[], Run], target: Path | None = None) -> Done:
        os.sync()
        time.sleep(_REST_S)
        before = self._engine.count()
        run = work()
        began = time.perf_counter()
        if target is not None:
            subprocess.run(["sync", "-f", str(target)], check=True)
        sync_s = time.perf_counter() - began
        time.sleep(_REST_S)
        return Done(self._tool.word, step, run, sync_s, self._engine.count().since(before))

    def _check(self, model: Path, target: Path) -> None:
        """Compare what was pulled with what was pushed.

        Raises:
            WrongFilesError: They differ.
        """
        if model.is_file():
            words = ["cmp", str(model), str(next(target.rglob(model.name), target))]
        else:
            words = ["diff", "-r", str(model), str(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"[:500]
            raise WrongFilesError(f"{self._tool.name}: what was pulled differs: {said}")
