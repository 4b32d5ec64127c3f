"""How the steps of the demo say what they do, to whoever shows it."""

from typing import Protocol


class Telling(Protocol):
    """Hears of each step while it is done."""

    def step(self, title: str, why: str) -> None:
        """Begin a step; the one before is done."""
        ...

    def typed(self, command: str) -> None:
        """Say the command, or the lines of Python, by which a user does the same."""
        ...

    def found(self, words: str) -> None:
        """Say what came out."""
        ...

    def advanced(self, what: str, done: int, of: int) -> None:
        """Say how far long work is."""
        ...
