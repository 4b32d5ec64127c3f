"""Errors of the operating system, said as errors of the port."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    NotPermittedError,
    ObjectMissingError,
)

_FULL = frozenset({errno.ENOSPC, errno.EFBIG} | {getattr(errno, "EDQUOT", errno.ENOSPC)})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ESPIPE})
# ELOOP: a symbolic link, which is no object. EISDIR, ESPIPE: a folder, a pipe: neither are they.


@contextmanager
def translated(place: str, key: str = "", *, reading: bool = False) -> Iterator[None]:
    """Turn every error of the operating system into one of the port's, keeping it as the cause.

    Args:
        place: The directory of the store, for the message.
        key: The object that is worked on; empty when it is the whole store.
        reading: Whether a name that is not there is an object that is missing.
    """
    try:
        yield
    except OSError as error:
        raise as_port_error(error, place, key, reading=reading) from error


def as_port_error(
    error: OSError, place: str, key: str, *, reading: bool = False
) -> NoSpaceError | NotPermittedError | ObjectMissingError | BackendUnavailableError:
    """Return the error of the port that says what the operating system said."""
    where = f"{key!r} in {place}" if key else place
    words = error.strerror or str(error)
    if error.errno in _FULL:
        return NoSpaceError(
            f"no space left for {where} ({words})",
            hint="Free some space, or raise the quota; then run the same command again.",
        )
    if error.errno in _REFUSED:
        return NotPermittedError(
            f"not permitted: {where} ({words})",
            hint=f"Run `podplanner store doctor {place}` to see who may read and write there.",
        )
    if error.errno in _NOT_THERE and reading:
        return ObjectMissingError(f"no object {where}")
    return BackendUnavailableError(
        f"the disk or the file server failed at {where} ({words})",
        hint="Look whether the directory is still mounted; then run the same command again.",
    )
