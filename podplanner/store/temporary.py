"""Temporary files of long work: what goes wrong with them, in words."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from podplanner.errors import FileAccessError, NoSpaceError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC})
_HINT = "Let the environment variable TMPDIR name a folder with more room, and run it again."


@contextmanager
def temporary() -> Iterator[None]:
    """Let work with temporary files fail with an error that says that it is about these.

    Raises:
        NoSpaceError: There is no room for them.
        FileAccessError: There is no folder for them, or they cannot be used.
    """
    try:
        yield
    except OSError as error:
        raise _told(error.errno in _FULL, error.strerror or str(error)) from error
    except Exception as error:
        # sqlite3 is imported where it is used, and its errors are nobody else's.
        sqlite = sys.modules.get("sqlite3")
        if sqlite is None or not isinstance(error, sqlite.DatabaseError):
            raise
        full = getattr(error, "sqlite_errorcode", None) == sqlite.SQLITE_FULL
        raise _told(full, str(error)) from error


def _told(full: bool, why: str) -> NoSpaceError | FileAccessError:
    if full:
        return NoSpaceError(f"the folder for temporary files is full: {why}", hint=_HINT)
    return FileAccessError(f"temporary files cannot be used: {why}", hint=_HINT)
