"""Copy a range from one file of this machine to another, sharing its blocks where that can be."""

import errno
import os
import struct
from typing import Literal

_FICLONERANGE = 0x4020940D
# Source: linux/fs.h, _IOW(0x94, 13, struct file_clone_range), the same on x86 and ARM.
_RANGE = struct.Struct("=qQQQ")
_BLOCK = 4096
# Bytes: blocks of Btrfs and XFS are that large or larger, and others are refused by the call.
_AT_ONCE = 2**20
# Bytes of a plain read.
_WRITE_BYTES = 2**19
# Bytes of one write. Linux makes folios of the page cache as large as the write lets it (ext4 since
# 6.16, XFS, Btrfs), and looks long for 2 MiB of memory in one run: writing 2 GiB by 8 MiB took 0.7
# to 4.3 s of CPU, by 0.5 MiB 0.7 to 1.1 s (5 runs each, memory in use by others).
_OTHERWISE = (
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTTY,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.ETXTBSY,
    errno.EBADF,
)
# Answers that mean: not here, not between these two, not these ranges.

Way = Literal["shared", "in the kernel", "plain"]


def copy_range(source: int, start: int, target: int, offset: int, length: int) -> Way:
    """Copy bytes between two open files; return how it was done.

    What arrives is whatever the source holds at that moment: the caller verifies it there.

    Args:
        source: Open for reading.
        start: Where the range begins in it.
        target: Open for writing, at least as long as the range needs.
        offset: Where the range begins in that.
        length: Bytes.

    Raises:
        EOFError: The source ends before the range does.
        OSError: It cannot be read, or the other not be written.
    """
    if _share(source, start, target, offset, length):
        return "shared"
    done = _in_kernel(source, start, target, offset, length)
    if done == length:
        return "in the kernel"
    _plain(source, start + done, target, offset + done, length - done)
    return "plain"


def _share(source: int, start: int, target: int, offset: int, length: int) -> bool:
    """Let the target refer to the source's blocks; return whether that was possible."""
    if start % _BLOCK or offset % _BLOCK or length % _BLOCK or not length:
        return False
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.ioctl(target, _FICLONERANGE, _RANGE.pack(source, start, length, offset))
    except OSError as error:
        if error.errno in _OTHERWISE:
            return False
        raise
    return True


def _in_kernel(source: int, start: int, target: int, offset: int, length: int) -> int:
    """Copy without bringing the bytes here; return how many were copied."""
    done = 0
    if not hasattr(os, "copy_file_range"):
        return done
    while done < length:
        try:
            got = os.copy_file_range(source, target, length - done, start + done, offset + done)
        except OSError as error:
            if error.errno in _OTHERWISE:
                return done
            raise
        if not got:
            return done
        done += got
    return done


def _plain(source: int, start: int, target: int, offset: int, length: int) -> None:
    done = 0
    while done < length:
        content = os.pread(source, min(_AT_ONCE, length - done), start + done)
        if not content:
            raise EOFError
        write_all(target, memoryview(content), offset + done)
        done += len(content)


def write_all(fd: int, buffer: memoryview, offset: int) -> None:
    """Write a whole buffer at an offset.

    Raises:
        OSError: The disk does not take it.
    """
    done = 0
    while done < len(buffer):
        done += _pwrite(fd, buffer[done : done + _WRITE_BYTES], offset + done)


def _pwrite(fd: int, buffer: memoryview, offset: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(fd, buffer, offset)
    # Windows (untested) moves the position: a file must have one writing thread there.
    os.lseek(fd, offset, os.SEEK_SET)
    return os.write(fd, buffer)
