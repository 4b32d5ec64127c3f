"""The forms in which progress is shown: a line redrawn, lines now and then, JSON lines."""

import json
import os
from math import ceil
from typing import Protocol, TextIO

from podplanner.cli.console import say
from podplanner.cli.meter import Standing
from podplanner.units.words import say_size, say_span

_OF_FILES = frozenset({"checking", "comparing", "pushing", "pulling", "verifying"})
# Phases that count files; the others count objects or versions, as their names say.
_SILENT_S = 5.0
# After so long without a byte or a file the line says so in place of a rate.


class Painter(Protocol):
    """Shows the standing of a phase."""

    first_s: float
    """How long after the beginning it shows something first."""
    each_s: float
    """How often it shows something after that."""

    def begin(self, standing: Standing) -> None:
        """Show that a phase begins."""
        ...

    def draw(self, standing: Standing) -> None:
        """Show how far it is."""
        ...

    def end(self, standing: Standing) -> None:
        """Show that it is over."""
        ...

    def warn(self, message: str) -> None:
        """Show a warning."""
        ...


class Line:
    """One line of a terminal, redrawn and at the end wiped away."""

    first_s = 0.3
    # What is done sooner needs no line.
    each_s = 0.1
    # Ten times a second reads as steady movement.

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = ""

    def begin(self, standing: Standing) -> None:
        """Draw nothing yet: it may be over at once."""

    def draw(self, standing: Standing) -> None:
        """Draw the line, if it has changed."""
        line = sentence(standing, max(_columns(self._stream) - 1, 20))
        # The last column stays empty: a terminal that wraps there would leave lines behind.
        if line != self._drawn:
            self._stream.write(f"\r{line}\x1b[K")
            self._stream.flush()
            self._drawn = line

    def end(self, standing: Standing) -> None:
        """Wipe the line."""
        self._wipe()

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = ""

    def warn(self, message: str) -> None:
        """Write a warning above the line."""
        self._wipe()
        say(f"warning: {message}")


def _columns(stream: TextIO) -> int:
    """Return the width of the terminal that a stream writes to, whatever standard output is."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


class Lines:
    """A line now and then, for a file or a pipe."""

    first_s = 3.0
    each_s = 10.0
    # Often enough to see life, seldom enough for a log.

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, standing: Standing) -> None:
        """Write nothing yet: it may be over at once."""

    def draw(self, standing: Standing) -> None:
        """Write a line."""
        self._stream.write(sentence(standing, 200) + "\n")
        self._stream.flush()

    def end(self, standing: Standing) -> None:
        """Write nothing."""

    def warn(self, message: str) -> None:
        """Write a warning."""
        say(f"warning: {message}")


class JsonLines:
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
        """Write where it begins."""
        self._standing(standing, done=False)

    def draw(self, standing: Standing) -> None:
        """Write where it is."""
        if standing.elapsed_s >= self.each_s / 2:
            # A phase that has just begun has said so.
            self._standing(standing, done=False)

    def end(self, standing: Standing) -> None:
        """Write where it ended."""
        self._standing(standing, done=True)

    def warn(self, message: str) -> None:
        """Write a warning."""
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
    noun = "files" if standing.what in _OF_FILES else "done"
    if standing.of_files:
        return f"{standing.files:,} of {standing.of_files:,} {noun}"
    return f"{standing.files:,} {noun}" if standing.files else ""


def _joined(fields: list[str]) -> str:
    return "  ".join(field for field in fields if field)
