"""Every error that a person may see, with its exit code (the table is in docs/cli.md)."""

from typing import ClassVar


class PodplannerError(Exception):
    """Something the user can act on: what happened, where, and the next step.

    Attributes:
        hint: One imperative sentence that says what to do next; may be empty.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 10

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def message(self) -> str:
        """Return what happened, without the hint."""
        return str(self.args[0])


class WrongUsageError(PodplannerError):
    """The command was called with words that make no sense together."""

    code = "wrong-usage"
    exit_code = 2


class FileAccessError(PodplannerError):
    """A file cannot be opened: missing, not permitted, a folder, or far too large."""

    code = "file-access"
    exit_code = 3


class FormatError(PodplannerError):
    """A file opens, but what is in it cannot be read as what it should be."""

    code = "format"
    exit_code = 4


class NotABillError(FormatError):
    """A table was found and understood, and it is not a bill of materials."""

    code = "not-a-bill"
    exit_code = 5


class UnknownNameError(PodplannerError):
    """A part, a line or a pod of that name does not exist."""

    code = "unknown-name"
    exit_code = 6


class ConflictError(PodplannerError):
    """What is asked for contradicts what is there, or the file changed meanwhile."""

    code = "conflict"
    exit_code = 7


class OutputError(PodplannerError):
    """A result cannot be written: no space, no permission, or something is in the way."""

    code = "output"
    exit_code = 8


ALL_ERRORS: tuple[type[PodplannerError], ...] = (
    WrongUsageError,
    FileAccessError,
    FormatError,
    NotABillError,
    UnknownNameError,
    ConflictError,
    OutputError,
)
