"""Progress of long work on standard error: one line redrawn, lines now and then, or JSON lines.

What works calls `advance` from its threads, which only adds; one thread looks at the sums and
draws. So the work is never slowed by a terminal, and a line moves on while the work stands still.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Annotated, ClassVar, Literal

import typer

from podplanner.cli.console import say
from podplanner.cli.meter import REWORK_S, Meter
from podplanner.cli.painters import JsonLines, Line, Lines, Painter
from podplanner.errors import PodplannerError
from podplanner.store.progress import Progress

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


class InterruptedWorkError(PodplannerError):
    """Ctrl-C during long work."""

    code: ClassVar[str] = "interrupted"
    exit_code: ClassVar[int] = 130


class Teller:
    """The progress that commands hand to the store; a context that cleans up after itself."""

    def __init__(self, painter: Painter, clock: Callable[[], float] = monotonic) -> None:
        self._painter = painter
        self._clock = clock
        self._meter: Meter | None = None
        self._lock = threading.Lock()
        # Held by whoever writes to the stream.
        self._over = threading.Event()
        self._due = clock() + painter.first_s
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        self._thread.start()

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        """Begin a phase; the one before is over."""
        meter = Meter(what, files, size, self._clock)
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
        while not self._over.wait(min(self._painter.each_s, REWORK_S)):
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


class _Warnings:
    """Says nothing of how far work is, and still what the user should know."""

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        """Say nothing."""

    def advance(self, *, size: int = 0, files: int = 0, moved: int = 0) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Write a warning."""
        _quietly(lambda: say(f"warning: {message}"))


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
        yield teller or _Warnings()
    except KeyboardInterrupt as error:
        raise InterruptedWorkError("interrupted; nothing is half-written", hint=hint) from error
    finally:
        if teller is not None:
            teller.close()


def _painter(how: How) -> Painter | None:
    stream = sys.stderr
    if how == "none":
        return None
    if how == "json":
        return JsonLines(stream)
    if how == "auto" and stream.isatty() and os.environ.get("TERM") != "dumb":
        return Line(stream)
    return Lines(stream)
