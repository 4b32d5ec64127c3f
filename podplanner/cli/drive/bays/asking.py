"""Questions on a terminal: asked again until they are answered, ended by the end of the input."""

import sys
from collections.abc import Callable

import typer

from podplanner.cli.console import say
from podplanner.drives.bays.learning import Session, Wish, answer_of


def _line() -> str | None:
    """Return a line that was typed; None at the end of the input."""
    typed = sys.stdin.readline()
    return typed if typed else None


class Asking:
    """Asks and takes answers.

    Args:
        line: Returns what was typed next; None at the end.
    """

    def __init__(self, line: Callable[[], str | None] = _line) -> None:
        self._line = line

    def bay(self, session: Session) -> int | Wish:
        """Return the bay of the session's drive, or what is wished instead."""
        while True:
            typed = self._asked("bay [number, s skip, b back, q stop]: ")
            if typed is None:
                return Wish.QUIT
            answer = answer_of(typed, session.bay_map)
            if isinstance(answer, Wish):
                return answer
            if isinstance(answer, str):
                say(answer)
            elif self._is_sure(session, answer):
                return answer

    def _is_sure(self, session: Session, number: int) -> bool:
        """Return whether a bay may be given that another drive was given just now."""
        holder = session.holder(number)
        if holder is None:
            return True
        name = holder.serial or holder.device
        return self.yes(f"Bay {number} was given to {name} just now. Take it from there?")

    def yes(self, question: str) -> bool:
        """Return whether a question was answered by yes; anything else is no."""
        typed = self._asked(f"{question} [y/N] ")
        return typed is not None and typed.strip().casefold() in ("y", "yes")

    def _asked(self, prompt: str) -> str | None:
        typer.echo(prompt, err=True, nl=False)
        typed = self._line()
        if typed is None:
            say()
        return typed
