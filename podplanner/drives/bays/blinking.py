"""Make one drive's light blink: read from it for a second, leave it alone for a second.

This runs as a process of its own (`python -m podplanner.drives.bays.blinking DEVICE`), so that a
drive that hangs in the kernel hangs this process and not the one that asks the user. It opens the
drive for reading only, and never writes. It ends when its standard input does.
"""

import errno
import mmap
import os
import random
import select
import sys
import time

_ON_S, _OFF_S = 1.0, 1.0
# Slower than the flicker of a drive in use, quick enough to find within a few seconds.
_CHUNK = 64 * 1024
_ALIGN = 4096
# O_DIRECT wants offset, length and memory in whole blocks; 4 KiB is the largest in use.
_GONE = (errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM)


def blink(device: str, until: int, said: int) -> int:
    """Read from random places of a device, on and off, until `until` can be read.

    Args:
        device: A block device, or a file.
        until: Descriptor to watch; whatever comes, or its end, ends the reading.
        said: Descriptor for one line: `reading`, or why not.

    Returns:
        0 when it was asked to end, 1 when the device cannot be read or went away.
    """
    direct = getattr(os, "O_DIRECT", 0)
    try:
        handle, direct = _opened(device, direct)
        size = os.lseek(handle, 0, os.SEEK_END)
    except OSError as error:
        return _say(said, f"{device} cannot be opened: {error.strerror}", 1)
    if size < _ALIGN:
        return _say(said, f"{device} holds nothing to read", 1)
    _say(said, "reading", 0)
    buffer = mmap.mmap(-1, min(_CHUNK, size // _ALIGN * _ALIGN))
    while True:
        end = time.monotonic() + _ON_S
        while time.monotonic() < end:
            if select.select([until], [], [], 0)[0]:
                return 0
            place = random.randrange(0, size - len(buffer) + 1, _ALIGN)
            try:
                os.preadv(handle, [buffer], place)
            except OSError as error:
                if error.errno in _GONE:
                    return 1
                time.sleep(0.01)  # a bad place: the light blinks all the same
            if not direct and hasattr(os, "posix_fadvise"):
                # What is kept in memory would be read without the drive the next time.
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        if select.select([until], [], [], _OFF_S)[0]:
            return 0


def _opened(device: str, direct: int) -> tuple[int, int]:
    """Return the open device and the flag by which reads pass the system's memory; 0: they do not.

    Not every file system has that flag (tmpfs has not).
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(device, flags | direct), direct
    except OSError as error:
        if error.errno != errno.EINVAL or not direct:
            raise
        return os.open(device, flags), 0


def _say(said: int, words: str, status: int) -> int:
    os.write(said, f"{words}\n".encode())
    return status


if __name__ == "__main__":
    sys.exit(blink(sys.argv[1], sys.stdin.fileno(), sys.stdout.fileno()))
