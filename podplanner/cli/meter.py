"""How far long work is: sums that many threads add to, the rate, the time left."""

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

_WINDOW_S = 8.0
# The rate is that of the last seconds: what was skipped at the start says nothing of the end.
REWORK_S = 0.5
"""Rate and time left are reckoned anew so often: digits that change faster cannot be read."""
_EARLY_S = 1.0
# Before that, the time left would be a guess.


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


class Meter:
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
        """Add what is done."""
        with self._lock:
            self._files += files
            self._size += size
            self._moved += moved

    def standing(self) -> Standing:
        """Look at the clock, and return how far the phase is."""
        now = self._clock()
        with self._lock:
            files, size, moved = self._files, self._size, self._moved
        if (files, size) != self._seen[-1][1:]:
            self._stirred = now
        self._seen.append((now, files, size))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            self._seen.popleft()
        elapsed = now - self._begun
        if elapsed >= _EARLY_S and (self._rate is None or now - self._reckoned >= REWORK_S):
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
