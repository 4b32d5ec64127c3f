"""Progress of long work on standard error: one line redrawn, lines now and then, or JSON lines.

What works calls `advance` from its threads, which only adds; one thread looks at the sums and
draws. So the work is never slowed by a terminal, and a line moves on while the work stands still.
"""

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from time import monotonic
from typing import Annotated, ClassVar, Literal, NamedTuple, Protocol, TextIO

import typer

from podplanner.cli.console import say
from podplanner.errors import PodplannerError
from podplanner.store.progress import Progress, Silent
from podplanner.units.words import say_size, say_span

How = Literal["auto", "json", "lines", "none"]
HowOption = Annotated[
    How,
    typer.Option("--progress", metavar="HOW",
                 help="auto: a line on a terminal, else lines now and then; json, lines or none."),
]  # fmt: skip

GO_ON = "Run the same command again: it goes on where it stopped."
"""What to do after an interruption of work that keeps what it has done."""
AGAIN = "Run the same command again when it suits."
"""What to do after an interruption of work that starts anew."""

_WINDOW_S = 8.0
# The rate is that of the last seconds: what was skipped at the start says nothing of the end.
_REWORK_S = 0.5
# Rate and time left are reckoned anew so often: digits that change faster cannot be read.
_SILENT_S = 5.0
# After so long without a byte or a file the line says so in place of a rate.
_EARLY_S = 1.0
# Before that, the time left would be a guess.


class InterruptedWorkError(PodplannerError):
    """Ctrl-C during long work."""

    code: ClassVar[str] = "interrupted"
    exit_code: ClassVar[int] = 130


class Standing(NamedTuple):
    """How far a phase is."""

    what: str
    files: int
    of_files: int | None
    size: int
    of_size: int | None
    moved: int
    elapsed_s: float
    rate: float | None
    """Bytes a second over the last seconds; None before that is known."""
    left_s: float | None
    silent_s: float
    """How long nothing has moved."""

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1; None when the end is not known."""
        if self.of_size:
            return min(self.size / self.of_size, 1.0)
        if self.of_files:
            return min(self.files / self.of_files, 1.0)
        return None


class _Meter:
    """Sums up one phase; `add` is called from many threads, the rest from the drawing one."""

    def __init__(
        self, what: str, files: int | None, size: int | None, clock: Callable[[], float]
    ) -> None:
        self._what, self._of_files, self._of_size = what, files, size
        self._clock = clock
        self._lock = threading.Lock()
        self._files = self._size = self._moved = 0
        self._begun = self._stirred = clock()
        self._seen: deque[tuple[float, int, int]] = deque([(self._begun, 0, 0)])
        self._rate: float | None = None
        self._left_s: float | None = None
        self._reckoned = self._begun

    def add(self, files: int, size: int, moved: int) -> None:
        with self._lock:
            self._files += files
            self._size += size
            self._moved += moved

    def standing(self) -> Standing:
        now = self._clock()
        with self._lock:
            files, size, moved = self._files, self._size, self._moved
        if (files, size) != self._seen[-1][1:]:
            self._stirred = now
        self._seen.append((now, files, size))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            self._seen.popleft()
        elapsed = now - self._begun
        if elapsed >= _EARLY_S and (self._rate is None or now - self._reckoned >= _REWORK_S):
            self._reckon(now, files, size)
        return Standing(
            self._what, files, self._of_files, size, self._of_size, moved, elapsed,
            self._rate, self._left_s, now - self._stirred,
        )  # fmt: skip

    def _reckon(self, now: float, files: int, size: int) -> None:
        since, files_then, size_then = self._seen[0]
        span = max(now - since, 1e-6)
        self._reckoned = now
        self._rate = (size - size_then) / span
        self._left_s = None
        if self._of_size:
            if self._rate > 0:
                self._left_s = max(self._of_size - size, 0) / self._rate
        elif self._of_files and files > files_then:
            self._left_s = max(self._of_files - files, 0) * span / (files - files_then)


class _Painter(Protocol):
    """Shows the standing of a phase."""

    first_s: float
    """How long after the beginning it shows something first."""
    each_s: float
    """How often it shows something after that."""

    def begin(self, standing: Standing) -> None: ...

    def draw(self, standing: Standing) -> None: ...

    def end(self, standing: Standing) -> None: ...

    def warn(self, message: str) -> None: ...


class _Line:
    """One line of a terminal, redrawn and at the end wiped away."""

    first_s = 0.3
    # What is done sooner needs no line.
    each_s = 0.1
    # Ten times a second reads as steady movement.

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = ""

    def begin(self, standing: Standing) -> None:
        pass

    def draw(self, standing: Standing) -> None:
        line = sentence(standing, max(_columns(self._stream) - 1, 20))
        # The last column stays empty: a terminal that wraps there would leave lines behind.
        if line != self._drawn:
            self._stream.write(f"\r{line}\x1b[K")
            self._stream.flush()
            self._drawn = line

    def end(self, standing: Standing) -> None:
        self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = ""

    def warn(self, message: str) -> None:
        self._wipe()
        say(f"warning: {message}")


def _columns(stream: TextIO) -> int:
    """Return the width of the terminal that a stream writes to, whatever standard output is."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


class _Lines:
    """A line now and then, for a file or a pipe."""

    first_s = 3.0
    each_s = 10.0
    # Often enough to see life, seldom enough for a log.

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, standing: Standing) -> None:
        pass

    def draw(self, standing: Standing) -> None:
        self._stream.write(sentence(standing, 200) + "\n")
        self._stream.flush()

    def end(self, standing: Standing) -> None:
        pass

    def warn(self, message: str) -> None:
        say(f"warning: {message}")


class _JsonLines:
    """One JSON object a line: at the beginning and the end of a phase, and every second."""

    first_s = 1.0
    each_s = 1.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def _write(self, **values: object) -> None:
        line = json.dumps({"schema": "podplanner/progress/1", **values}, ensure_ascii=False)
        self._stream.write(line + "\n")
        self._stream.flush()

    def _standing(self, standing: Standing, *, done: bool) -> None:
        self._write(
            phase=standing.what, done=done, files=standing.files, of_files=standing.of_files,
            bytes=standing.size, of_bytes=standing.of_size, moved_bytes=standing.moved,
            elapsed_s=round(standing.elapsed_s, 3),
            bytes_per_s=None if standing.rate is None else round(standing.rate),
            left_s=None if standing.left_s is None else round(standing.left_s),
        )  # fmt: skip

    def begin(self, standing: Standing) -> None:
        self._standing(standing, done=False)

    def draw(self, standing: Standing) -> None:
        if standing.elapsed_s >= self.each_s / 2:
            # A phase that has just begun has said so.
            self._standing(standing, done=False)

    def end(self, standing: Standing) -> None:
        self._standing(standing, done=True)

    def warn(self, message: str) -> None:
        self._write(warning=message)


def sentence(standing: Standing, room: int) -> str:
    """Return the standing in one line of at most `room` characters; the least is left out first."""
    share = standing.share
    percent = "" if share is None else f"{int(share * 100):3d} %"
    # Rounded down: 100 % is said only of what is done.
    size = say_size(standing.size) if standing.size or standing.of_size else ""
    if standing.of_size:
        size = f"{size} of {say_size(standing.of_size)}"
    files = _files(standing)
    if standing.silent_s >= _SILENT_S:
        pace = f"nothing for {say_span(standing.silent_s)}"
        left = ""
    else:
        pace = f"{say_size(standing.rate)}/s" if standing.rate else ""
        left = "" if standing.left_s is None else f"{say_span(ceil(standing.left_s) or 1)} left"
    differs = standing.moved and abs(standing.moved - standing.size) > 0.02 * standing.size
    # Where every byte goes to the store or comes from it, saying so twice tells nothing.
    moved = f"{say_size(standing.moved)} moved" if differs else ""
    what = "".join(c if c.isprintable() else " " for c in standing.what)
    fields = [what, percent, size, pace, left, files, moved]
    for least in (6, 5, 2, 3, 4):
        if len(_joined(fields)) <= room:
            break
        fields[least] = ""
    return _joined(fields)[:room]


def _files(standing: Standing) -> str:
    if standing.of_files:
        return f"{standing.files:,} of {standing.of_files:,} files"
    return f"{standing.files:,} files" if standing.files else ""


def _joined(fields: list[str]) -> str:
    return "  ".join(field for field in fields if field)


class Teller:
    """The progress that commands hand to the store; a context that cleans up after itself."""

    def __init__(self, painter: _Painter, clock: Callable[[], float] = monotonic) -> None:
        self._painter = painter
        self._clock = clock
        self._meter: _Meter | None = None
        self._lock = threading.Lock()
        # Held by whoever writes to the stream.
        self._over = threading.Event()
        self._due = clock() + painter.first_s
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        """Begin a phase; the one before is over."""
        meter = _Meter(what, files, size, self._clock)
        with self._lock:
            if self._over.is_set():
                return
            before, self._meter = self._meter, meter
            if before is not None:
                _quietly(lambda: self._painter.end(before.standing()))
            _quietly(lambda: self._painter.begin(meter.standing()))

    def advance(self, *, size: int = 0, files: int = 0, moved: int = 0) -> None:
        """Add what is done."""
        meter = self._meter
        if meter is not None:
            meter.add(files, size, moved)

    def warn(self, message: str) -> None:
        """Write a warning, above the line where there is one."""
        with self._lock:
            _quietly(lambda: self._painter.warn(message))

    def _run(self) -> None:
        while not self._over.wait(min(self._painter.each_s, _REWORK_S)):
            with self._lock:
                if self._meter is None or self._over.is_set():
                    continue
                standing = self._meter.standing()
                now = self._clock()
                if now >= self._due:
                    self._due = now + self._painter.each_s
                    _quietly(partial(self._painter.draw, standing))

    def close(self) -> None:
        """Wipe the line and end the thread."""
        self._over.set()
        with self._lock:
            meter, self._meter = self._meter, None
            if meter is not None:
                _quietly(lambda: self._painter.end(meter.standing()))
        self._thread.join(timeout=1)


def _quietly(write: Callable[[], None]) -> None:
    """Write, whatever becomes of it: nobody who reads progress is no reason to stop the work."""
    try:
        write()
    except (OSError, ValueError):
        return


@contextmanager
def telling(how: How, hint: str) -> Iterator[Progress]:
    """Give what long work reports to, and turn Ctrl-C into an error that says how to go on.

    Args:
        how: What `--progress` says.
        hint: What to do after Ctrl-C.

    Raises:
        InterruptedWorkError: Ctrl-C was pressed.
    """
    painter = _painter(how)
    teller = None if painter is None else Teller(painter)
    try:
        yield teller or Silent()
    except KeyboardInterrupt as error:
        raise InterruptedWorkError("interrupted; nothing is half-written", hint=hint) from error
    finally:
        if teller is not None:
            teller.close()


def _painter(how: How) -> _Painter | None:
    stream = sys.stderr
    if how == "none":
        return None
    if how == "json":
        return _JsonLines(stream)
    if how == "auto" and stream.isatty() and os.environ.get("TERM") != "dumb":
        return _Line(stream)
    return _Lines(stream)
