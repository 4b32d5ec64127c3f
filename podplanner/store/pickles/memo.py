"""The memo of a pickle: what may be fetched again, kept in little memory."""

from typing import Any

from podplanner.store.pickles.findings import Global
from podplanner.store.pickles.window import Lost

_MOST_VALUES = 100_000
# Kept values: about 20 MB. The words of a global are kept however late they come.
_MOST_GLOBALS = 2 * _MOST_VALUES
# Room for imported names when texts have taken theirs: they are what is called later.
_MOST_STRAY = 100_000
# Indexes outside of the one run that every known pickler makes.


class Memo:
    """Which indexes are set, and the values that matter: names, globals, small tuples.

    A value that does not matter (a number, a list, what a call returned) is None, and costs
    nothing: the set indexes are one run `low` to `high`, and only strays are kept singly.
    """

    __slots__ = ("_before", "_high", "_last", "_low", "_strays", "_values")

    def __init__(self) -> None:
        self._low = self._high = 0
        self._strays: set[int] = set()
        self._values: dict[int, Any] = {}
        self._last: tuple[int, Any] = (-1, None)
        self._before: tuple[int, Any] = (-1, None)

    def append(self, value: Any) -> None:  # noqa: ANN401  the machine says what values are
        """Set the index that is as high as the memo is large, as MEMOIZE does."""
        index = self._high
        if self._low or self._strays:
            self.put(index - self._low + len(self._strays), value)
            return
        self._high = index + 1
        if value is not None:
            self._set(index, value)

    def put(self, index: int, value: Any) -> None:  # noqa: ANN401
        """Set an index.

        Raises:
            Lost: Too many indexes lie about singly.
        """
        if index == self._high:
            self._high = index + 1
            while self._strays and self._high in self._strays:
                self._strays.remove(self._high)
                self._high += 1
        elif not self._low <= index < self._high:
            self._put_stray(index)
        if value is None:
            self._values.pop(index, None)
        else:
            self._set(index, value)

    def _set(self, index: int, value: Any) -> None:  # noqa: ANN401
        most = _MOST_GLOBALS if isinstance(value, Global) else _MOST_VALUES
        if len(self._values) < most:
            self._values[index] = value
        else:
            self._values.pop(index, None)
            self._before, self._last = self._last, (index, value)

    def _put_stray(self, index: int) -> None:
        if self._low == self._high and not self._strays:
            self._low, self._high = index, index + 1
            return
        if len(self._strays) >= _MOST_STRAY:
            raise Lost("has a memo without order")
        self._strays.add(index)

    def get(self, index: int) -> Any:  # noqa: ANN401
        """Return the value at an index; None for one that does not matter.

        Raises:
            Lost: Nothing was set there.
        """
        value = self._values.get(index)
        if value is None and not self._low <= index < self._high and index not in self._strays:
            raise Lost("asks for what it has not put in its memo")
        return value

    def keep(self, value: Any) -> None:  # noqa: ANN401
        """Keep a value that was just set although there are many: it names a global."""
        for index, recent in (self._before, self._last):
            if recent is value:
                self._values[index] = value
