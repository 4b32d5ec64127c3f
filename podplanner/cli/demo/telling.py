"""What `podplanner demo` prints: each step, what one types for it, what came out, what is next."""

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from podplanner.cli.console import coloured, say, show, width, wrapped

if TYPE_CHECKING:
    from podplanner.report.story_values import Story

_INDENT = 3
# The numbers of the steps stand before what is said of them.
_WIDEST = 100
# Sentences in longer lines are hard to read.


class Quiet:
    """Says nothing: one JSON object will say it all."""

    def step(self, title: str, why: str) -> None:
        """Hear that a step begins."""

    def typed(self, command: str) -> None:
        """Hear what one types for it."""

    def found(self, words: str) -> None:
        """Hear what came out."""

    def advanced(self, what: str, done: int, of: int) -> None:
        """Hear how far it is."""

    def wipe(self) -> None:
        """Take away what is not to stay."""


class Teller(Quiet):
    """Prints each step as it goes; on a terminal also how far long work is."""

    def __init__(self) -> None:
        self._number = 0
        self._line = sys.stderr.isatty()
        self._drawn = False

    def step(self, title: str, why: str) -> None:
        """Print the number and the title of a step, and why it is done."""
        self.wipe()
        self._number += 1
        if self._number > 1:
            show()
        show(f". {title}", before=f"{self._number:>2}")
        self.found(why)

    def typed(self, command: str) -> None:
        """Print a command, or lines of Python."""
        self.wipe()
        in_shell = command.startswith(("podplanner", "python"))
        prompt = "$ " if in_shell else ">>> "
        lines = _cut(command, _INDENT + len(prompt)) if in_shell else command.split("\n")
        for number, line in enumerate(lines):
            before = prompt if number == 0 else " " * len(prompt)
            show(line, before=" " * _INDENT + coloured(before, "note"))

    def found(self, words: str) -> None:
        """Print a sentence."""
        self.wipe()
        show(" " * _INDENT + wrapped(words, _INDENT, min(width(), _WIDEST)))

    def advanced(self, what: str, done: int, of: int) -> None:
        """Draw a line that goes again."""
        if self._line:
            sys.stderr.write(f"\r{' ' * _INDENT}{what}: {done} of {of}\x1b[K")
            sys.stderr.flush()
            self._drawn = True

    def wipe(self) -> None:
        """Wipe that line."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


def _cut(command: str, indent: int) -> list[str]:
    """Return a command in lines that fit, cut as a shell takes it: it can be pasted."""
    lines = textwrap.wrap(command, max(width() - indent - 2, 20), break_long_words=False,
                          break_on_hyphens=False, subsequent_indent="  ")  # fmt: skip
    return [*(f"{line} \\" for line in lines[:-1]), *lines[-1:]]


def show_end(story: "Story", page: Path, *, opened: bool) -> None:
    """Print where the page is, and what to do next."""
    from podplanner.units.words import say_size

    show()
    show(f"All of it in {story.seconds:.0f} s; the store holds {say_size(story.store_bytes)}.")
    if opened:
        say("the page is open in your browser")
    show(f"The story: {page.resolve().as_uri()}")
    show("Go on from here:")
    for command in story.go_on:
        show(f"  {command.words}:")
        for line in _cut(command.typed, 4):
            show(f"    {line}")
