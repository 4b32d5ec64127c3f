"""Errors of the operating system, in words a person can act on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from podplanner.errors import (
    FileAccessError,
    NoSpaceError,
    NotPermittedError,
    OutputError,
    PodplannerError,
    SourceChangedError,
)
from podplanner.store.paths import printable

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# A full disk and a used-up quota.
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
"""Answers to somebody who may not write there."""
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
# What stood at a path does not stand there any more, or is a link now.
_SICK = tuple(
    getattr(errno, name) for name in ("EIO", "ESTALE", "ENODEV", "ENXIO", "ENOTCONN", "ESHUTDOWN")
    if hasattr(errno, name)
)  # fmt: skip
# A disk that fails, or a mount that has gone.
AGAIN = "Run the same command again: it goes on with what is there already."


def write_failure(error: OSError, what: str) -> PodplannerError:
    """Return the error that says why something could not be written."""
    shown = printable(what)
    if error.errno in _FULL:
        return NoSpaceError(
            f"there is no space left to write {shown}",
            hint="Free some space and run the same command again: it goes on with what is there.",
        )
    if error.errno in FORBIDDEN:
        return NotPermittedError(
            f"{shown} may not be written: {_words(error)}",
            hint="Get the permission to write there, or choose another directory.",
        )
    if error.errno in _SICK:
        return OutputError(
            f"the disk or mount under {shown} does not answer: {_words(error)}",
            hint=f"See to the disk or mount. {AGAIN}",
        )
    return OutputError(f"cannot write {shown}: {_words(error)}", hint=AGAIN)


def read_failure(error: OSError, what: str) -> PodplannerError:
    """Return the error that says why something could not be read that was there before."""
    shown = printable(what)
    if error.errno in _GONE:
        return SourceChangedError(
            f"{shown} was removed or replaced meanwhile",
            hint="Let nothing write there, and run the same command again.",
        )
    hint = "Check its permissions."
    if error.errno in _SICK:
        hint = f"See to the disk or mount. {AGAIN}"
    return FileAccessError(f"cannot read {shown}: {_words(error)}", hint=hint)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn an error of the operating system into one of ours: something is written."""
    try:
        yield
    except OSError as error:
        raise write_failure(error, what) from error


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn an error of the operating system into one of ours: something is read."""
    try:
        yield
    except OSError as error:
        raise read_failure(error, what) from error


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
