"""What an examination of a store's place says: the words that doctor and backends share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Verdict = Literal["ok", "warning", "error", "unknown"]
"""`warning`: it works, with a limit; `error`: a store must not be used so; `unknown`: it could
not be tried."""
WORST_FIRST: tuple[Verdict, ...] = ("error", "warning", "unknown", "ok")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number or word that was measured."""

    name: str
    value: float | int | str
    unit: str = ""
    """`bytes`, `bytes/s`, `s`, or nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one examination found."""

    name: str
    """`creation`, `fsync` ...: the same in every report."""
    verdict: Verdict
    words: str
    """A sentence without a full stop."""
    hint: str = ""
    """What to do about it; empty where nothing is to be done."""
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondUser:
    """Another user of the store's group, as whom writing is tried."""

    uid: int
    gid: int


@runtime_checkable
class Examinable(Protocol):
    """A backend that knows what can be wrong with its place."""

    def examine(self, second_user: SecondUser | None) -> Iterator[Result]:
        """Yield what is found, one thing after another; leaves nothing behind.

        The first says how the place is reached; where that is an error nothing more is tried.

        Args:
            second_user: As whom to try; None: one that is made up, in the store's group.
        """
        ...
