"""Calls of Linux that Python does not offer, through the C library; absent elsewhere."""

import ctypes
import errno
import os
import sys
from functools import lru_cache
from typing import Any

_RENAME_NOREPLACE = 1
_RENAME_EXCHANGE = 2
_SYNC_FILE_RANGE_WRITE = 2
_FALLOC_FL_KEEP_SIZE_PUNCH_HOLE = 3
# Source of all four: linux/fs.h and linux/falloc.h.
_STATFS_BYTES = 512
# struct statfs64 takes 120 bytes at most; its first word is the kind.
_ABSENT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM)
# Answers of a kernel or file system without the call; EPERM comes from some sandboxes.


class AbsentCallError(Exception):
    """This system, or this file system, has no such call."""


def rename_if_free(source: tuple[int, str], target: tuple[int, str]) -> None:
    """Rename in one step, unless the new name is taken.

    Args:
        source: An open folder, and the name in it.
        target: Likewise, for the new name.

    Raises:
        FileExistsError: The name is taken.
        AbsentCallError: There is no such call.
        OSError: As `os.rename`.
    """
    _renameat2(source, target, _RENAME_NOREPLACE)


def exchange_names(one: tuple[int, str], other: tuple[int, str]) -> None:
    """Exchange what stands under two names, in one step.

    Raises:
        AbsentCallError: There is no such call.
        OSError: As `os.rename`.
    """
    _renameat2(one, other, _RENAME_EXCHANGE)


def start_writing(fd: int, offset: int, length: int) -> None:
    """Have the kernel begin to write a range to the disk, without waiting for it.

    It proves nothing: `os.fsync` must follow. But then little is left for it to do.
    """
    call = _function("sync_file_range", ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    if call is not None:
        call(fd, offset, length, _SYNC_FILE_RANGE_WRITE)


def sync_file_system(fd: int) -> None:
    """Make everything on the file system of an open file survive a power cut.

    Raises:
        AbsentCallError: There is no such call.
        OSError: Something that was written since the file was opened did not reach the disk.
    """
    call = _function("syncfs", ctypes.c_int)
    if call is None:
        raise AbsentCallError
    if call(fd):
        _fail()


def file_system_kind(fd: int) -> int:
    """Return the number by which Linux knows a kind of file system; 0 where it is not told."""
    call = _function("fstatfs64", ctypes.c_int, ctypes.c_void_p)
    answer = ctypes.create_string_buffer(_STATFS_BYTES)
    if call is None or sys.platform != "linux" or call(fd, answer):
        return 0
    return ctypes.c_long.from_buffer(answer).value & 0xFFFFFFFF


def punch_hole(fd: int, offset: int, length: int) -> None:
    """Make a range of a file a hole.

    Raises:
        AbsentCallError: There is no such call.
        OSError: The disk refuses.
    """
    call = _function("fallocate64", ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if call is None:
        raise AbsentCallError
    if call(fd, _FALLOC_FL_KEEP_SIZE_PUNCH_HOLE, offset, length):
        _fail()


def _renameat2(source: tuple[int, str], target: tuple[int, str], flags: int) -> None:
    call = _function(
        "renameat2", ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
    )
    if call is None:
        raise AbsentCallError
    if call(source[0], os.fsencode(source[1]), target[0], os.fsencode(target[1]), flags):
        _fail(source[1])


def _fail(*names: str) -> None:
    number = ctypes.get_errno()
    if number in _ABSENT:
        raise AbsentCallError
    raise OSError(number, os.strerror(number), *names)


@lru_cache
def _function(name: str, *arguments: Any) -> Any:  # noqa: ANN401  ctypes' own types have no name
    """Return a function of the C library; None where it has none of that name."""
    if os.name != "posix":
        return None
    found = getattr(_library(), name, None)
    if found is not None:
        found.argtypes = arguments
        found.restype = ctypes.c_int
    return found


@lru_cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
