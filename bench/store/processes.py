"""Run commands as whole processes and measure them."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}
# Compiled modules are kept, as they are wherever podplanner is installed.


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a process."""

    wall_s: float
    cpu_s: float
    rss_bytes: int
    out: str

    def json(self) -> dict[str, Any]:
        """Return what the command printed as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Times:
    """Medians of several runs."""

    wall_s: float
    cpu_s: float
    rss_bytes: int
    runs: int
    low_s: float
    high_s: float

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Times":
        """Return the medians; memory is the highest of all."""
        walls = [run.wall_s for run in runs]
        return cls(
            statistics.median(walls),
            statistics.median(run.cpu_s for run in runs),
            max(run.rss_bytes for run in runs),
            len(runs),
            min(walls),
            max(walls),
        )


def run(words: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Run:
    """Run a command to its end and return what it took; its failure is ours."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(words), stdout=out, stderr=err, cwd=cwd, env={**_ENVIRONMENT, **(env or {})}
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(words)} ended with {process.returncode}:\n{err.read()[-2000:]}")
        cpu = used.ru_utime + used.ru_stime
        return Run(wall, cpu, used.ru_maxrss * 1024, out.read())


def podplanner(*words: str, env: dict[str, str] | None = None) -> Run:
    """Run our command, with `--json`."""
    return run([str(Path(sys.executable).parent / "podplanner"), *words, "--json"], env=env)


def copy(source: Path, target: Path) -> Run:
    """Copy a directory as `cp` does, and have the file system write it down."""
    script = 'cp -r --reflink=never "$1" "$2" && sync -f "$2"'
    return run(["sh", "-c", script, "sh", str(source), str(target)])


def fresh(folder: Path) -> Path:
    """Remove a folder, and let the disk come to rest."""
    shutil.rmtree(folder, ignore_errors=True)
    os.sync()
    return folder


def forget_pages(folder: Path) -> None:
    """Have the system forget what it keeps in memory of the files below a folder."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def alternately(runs: int, *works: Callable[[], Run]) -> list[Times]:
    """Run works in turn, `runs` times each, and return the times of each."""
    done: list[list[Run]] = [[] for _ in works]
    for number in range(runs):
        order = list(enumerate(works))
        for place, work in order if number % 2 == 0 else reversed(order):
            done[place].append(work())
    return [Times.of(some) for some in done]
