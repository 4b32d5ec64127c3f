"""Have a range of one file share the blocks of another, and write whole buffers."""

import errno
import os
import struct

_FICLONERANGE = 0x4020940D
# Source: linux/fs.h, _IOW(0x94, 13, struct file_clone_range), the same on x86 and ARM.
_RANGE = struct.Struct("=qQQQ")
_BLOCK = 4096
# Bytes: blocks of Btrfs and XFS are that large; where they are larger the call refuses the range.
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


def share_range(source: int, start: int, target: int, offset: int, length: int) -> bool:
    """Have a range of one open file refer to another's blocks; return whether that was possible.

    The parts of blocks at its ends are copied. What is there then is whatever the source held at
    that moment: the caller verifies it. Where it was not possible nothing has changed.

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
    head = -offset % _BLOCK
    middle = (length - head) // _BLOCK * _BLOCK
    if (start - offset) % _BLOCK or middle <= 0:
        return False
    if not _share(source, start + head, target, offset + head, middle):
        return False
    for at, end in ((0, head), (head + middle, length)):
        if end > at:
            _copy(source, start + at, target, offset + at, end - at)
    return True


def _share(source: int, start: int, target: int, offset: int, length: int) -> bool:
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


def _copy(source: int, start: int, target: int, offset: int, length: int) -> None:
    content = os.pread(source, length, start)
    if len(content) < length:
        raise EOFError
    write_all(target, memoryview(content), offset)


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
