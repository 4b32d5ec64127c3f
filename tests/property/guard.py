"""A guard against input that keeps a reader busy for ever."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIZE = 5_000
# Characters of one run: long enough that a search which is more than quadratic never returns.

_PATIENCE_S = 6.0
# What ends at all ends within a fraction of this; what does not would take hours.


class EndlessError(Exception):
    """Some input was not dealt with in any reasonable time."""


@contextmanager
def ends() -> Iterator[None]:
    """Break off what is inside when it goes on for ever."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise EndlessError(f"not done after {_PATIENCE_S:.0f} s: the work grows too fast")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


RUNS = {
    "digits": "A" + "1" * SIZE,
    "digits before a euro sign": "A" + "1" * SIZE + "€",
    "digits after a dollar sign": "A1$" + "1" * SIZE,
    "digits and commas": "A" + "1," * (SIZE // 2),
    "digits and spaces": "A" + "1 " * (SIZE // 2) + "€",
    "groups of thousands": "A1" + ".001" * (SIZE // 4) + ".00",
    "prices": "A" + "$1.00" * (SIZE // 5),
    "prices before euro signs": "A" + "1.00€" * (SIZE // 5),
    "spaces": "a" + " " * SIZE + "b",
    "spaces after a digit": "a 1" + " " * SIZE + "b",
    "spaces after a rule": "a|b\n|-" + " " * SIZE + "b",
    "no-break spaces": "1" + "\u202f" * SIZE + "b",
    "tabs": "a\t" + "\t" * SIZE + "b",
    "commas": "1" + "," * SIZE,
    "points": "1" + "." * SIZE,
    "quotes": '"' * (SIZE + 1),
    "apostrophes": "1" + "'" * SIZE,
    "brackets": "(" * SIZE,
    "square brackets": "[" * SIZE,
    "forum codes": "[b=" * (SIZE // 3),
    "euro signs": "A1" + "€" * SIZE,
    "minus signs": "-" * SIZE + "1",
    "underscores": "_" * SIZE + "x",
    "letters": "A" * SIZE,
    "letters of changing case": "aA" * (SIZE // 2),
    "words": "fan " * (SIZE // 4),
    "words and commas": "fan," * (SIZE // 4),
    "units": "1" + " per x" * (SIZE // 6),
    "tags": "<td " * (SIZE // 4),
    "pipes": "|" * SIZE,
}
"""Texts of one line or two, each a trap for a search that goes back over what it has read."""
