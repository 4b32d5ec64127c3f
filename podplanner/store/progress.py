"""Progress of long work, told to whoever wants to know."""

from typing import Protocol


class Progress(Protocol):
    """Hears how far long work is; called from several threads, often: it must be quick."""

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        """Say that a phase begins.

        Args:
            what: In words: `reading`, `storing`, `checking objects`.
            files: How many files or objects it has; None: not known yet.
            size: How many bytes it has; None: not known yet.
        """
        ...

    def advance(self, *, size: int = 0, files: int = 0, moved: int = 0) -> None:
        """Say that more is done.

        Args:
            size: Plain bytes that are done.
            files: Files or objects that are done.
            moved: Bytes that went to or came from the store.
        """
        ...

    def warn(self, message: str) -> None:
        """Say something that the user should know and that ends nothing."""
        ...


class Silent:
    """Nobody wants to know."""

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        """Hear nothing."""

    def advance(self, *, size: int = 0, files: int = 0, moved: int = 0) -> None:
        """Hear nothing."""

    def warn(self, message: str) -> None:
        """Hear nothing."""
