"""Calls of the operating system that Python does not offer, by way of the C library."""

import errno
import functools
import os
import sys
from collections.abc import Callable

_AT_FDCWD = -100 if sys.platform != "darwin" else -2
# "The working directory", for calls that take a descriptor: fcntl.h.
_RENAME_NOREPLACE = 1
# Source: renameat2(2).
_RENAME_EXCL = 4
# Source: renameatx_np(2) of macOS. Untested there.
_SYNC_FILE_RANGE_WRITE = 2
# Begin to write dirty pages, and do not wait. Source: sync_file_range(2).


@functools.cache
def _call(name: str) -> Callable[..., int] | None:
    """Return a function of the C library, or None where it has no such function."""
    if os.name == "nt":
        return None
    import ctypes  # Where it is needed: who only reads starts without it.

    return getattr(ctypes.CDLL(None, use_errno=True), name, None)


def rename_no_replace(source: str, target: str, *, folder: int | None) -> None:
    """Rename a file unless something is under the new name, in one step.

    Args:
        source: Its name.
        target: Its new name.
        folder: Descriptor of the folder to which names are relative; None: the working directory.

    Raises:
        FileExistsError: Something is there.
        OSError: `EINVAL` or `ENOSYS` where the system or the file system cannot do it.
    """
    if os.name == "nt":
        os.rename(source, target)
        # Never replaces on Windows. Untested there.
        return
    at = _AT_FDCWD if folder is None else folder
    for name, flag in (("renameat2", _RENAME_NOREPLACE), ("renameatx_np", _RENAME_EXCL)):
        call = _call(name)
        if call is not None:
            import ctypes

            words = os.fsencode(source), os.fsencode(target)
            if call(at, words[0], at, words[1], ctypes.c_uint(flag)) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), source, None, target)
            return
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), source, None, target)


def begin_write_back(descriptor: int) -> None:
    """Ask the kernel to begin writing a file to the disk; where it cannot, nothing happens."""
    call = _call("sync_file_range")
    if call is not None:
        import ctypes

        zero = ctypes.c_int64(0)
        call(descriptor, zero, zero, ctypes.c_uint(_SYNC_FILE_RANGE_WRITE))


def is_aligned(view: memoryview, boundary: int) -> bool:
    """Return whether a buffer begins at a multiple of `boundary`; a read-only one: False."""
    if view.readonly or not view.nbytes:
        return False
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(view)) % boundary == 0
