"""Fields of a document that may hold anything: each is taken on its own, or is unknown."""

from collections.abc import Iterator
from dataclasses import dataclass

_MOST = 2**63 - 1
# What SQLite keeps, and more than any drive counts.
_MOST_ROWS = 4_096
# Of any table; the longest real one (SCSI background scan) has 2048.
_LONGEST = 400
# Of a message that is shown in one line.


@dataclass(frozen=True, slots=True)
class Fields:
    """One value of a JSON document, and the way to those below it.

    A field that is absent, or of another type than is asked for, is None: never an error.
    """

    value: object

    def at(self, *keys: str) -> "Fields":
        """Return the value below some keys."""
        found = self.value
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return Fields(found)

    @property
    def there(self) -> bool:
        """Return whether there is a value at all."""
        return self.value is not None

    def rows(self) -> Iterator["Fields"]:
        """Return the values of a list that are objects."""
        if isinstance(self.value, list):
            for row in self.value[:_MOST_ROWS]:
                if isinstance(row, dict):
                    yield Fields(row)

    def names(self) -> tuple[str, ...]:
        """Return the names of what an object holds."""
        if not isinstance(self.value, dict):
            return ()
        return tuple(key for key in self.value if isinstance(key, str))

    def flag(self) -> bool | None:
        """Return a truth value."""
        return self.value if isinstance(self.value, bool) else None

    def integer(self, *, least: int = 0, most: int = _MOST) -> int | None:
        """Return a whole number within limits; one written as text counts too."""
        found = self.value
        if isinstance(found, bool):
            return None
        if isinstance(found, float):
            found = int(found) if found.is_integer() else None
        elif isinstance(found, str):
            text = found.strip()
            found = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
        return found if isinstance(found, int) and least <= found <= most else None

    def decimal(self) -> float | None:
        """Return a number that may be written as text (`gigabytes_processed`), 0 or above."""
        found = self.value
        if isinstance(found, str):
            try:
                found = float(found)
            except ValueError:
                return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        try:
            number = float(found)
        except OverflowError:
            return None
        return number if 0 <= number <= 1e18 else None

    def text(self) -> str | None:
        """Return a text in one line, without control characters; None where it is empty."""
        if not isinstance(self.value, str):
            return None
        shown = "".join(mark if mark.isprintable() else " " for mark in self.value[:_LONGEST])
        return " ".join(shown.split()) or None
