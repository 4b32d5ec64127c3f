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


class MissingPackageError(PodplannerError):
    """What is asked for needs a Python package that is not installed."""

    code = "missing-package"
    exit_code = 9


class StoreError(PodplannerError):
    """The store refuses, or holds something that it should not hold."""

    code = "store"
    exit_code = 20


class NoStoreError(StoreError):
    """No store was named, or there is none at the address."""

    code = "no-store"
    exit_code = 21


class FormatVersionError(StoreError):
    """A store or a document in it is of a newer format than this podplanner reads."""

    code = "format-version"
    exit_code = 22


class BackendUnavailableError(StoreError):
    """The backend did not answer, or a disk failed; a retry may help."""

    code = "unavailable"
    exit_code = 23


class OutcomeUnknownError(BackendUnavailableError):
    """A write was sent and its answer was lost: it may or may not have happened."""

    code = "outcome-unknown"
    exit_code = 23


class ObjectMissingError(StoreError):
    """An object that a version needs is not in the store."""

    code = "object-missing"
    exit_code = 24


class ObjectCorruptError(StoreError):
    """An object, or a document, holds other bytes than its name says."""

    code = "object-corrupt"
    exit_code = 25


class UnsafeContentError(StoreError):
    """A path, a name or a pickle could do harm where it is written or loaded."""

    code = "unsafe"
    exit_code = 26


class SourceChangedError(StoreError):
    """What is being pushed changed while it was read."""

    code = "source-changed"
    exit_code = 27


class NoSpaceError(StoreError):
    """The disk, the quota or the bucket is full, or would be."""

    code = "no-space"
    exit_code = 28


class NotPermittedError(StoreError):
    """The store or the destination does not let this user read or write."""

    code = "not-permitted"
    exit_code = 29


class SignatureError(StoreError):
    """A version is not signed as is required, or its signature does not hold."""

    code = "signature"
    exit_code = 30


class LeaseLostError(StoreError):
    """A collection took this push for dead; what it stored is kept, and it can be run again."""

    code = "lease-lost"
    exit_code = 31


class DeviceError(PodplannerError):
    """A drive, or the program that reads it, cannot be asked."""

    code = "device"
    exit_code = 40


class SmartctlMissingError(DeviceError):
    """There is no smartctl, or one that is too old."""

    code = "no-smartctl"
    exit_code = 41


ALL_ERRORS: tuple[type[PodplannerError], ...] = (
    WrongUsageError,
    FileAccessError,
    FormatError,
    NotABillError,
    UnknownNameError,
    ConflictError,
    OutputError,
    MissingPackageError,
    StoreError,
    NoStoreError,
    FormatVersionError,
    BackendUnavailableError,
    OutcomeUnknownError,
    ObjectMissingError,
    ObjectCorruptError,
    UnsafeContentError,
    SourceChangedError,
    NoSpaceError,
    NotPermittedError,
    SignatureError,
    LeaseLostError,
    DeviceError,
    SmartctlMissingError,
)
