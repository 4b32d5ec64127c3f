"""What a file system says of a file without reading it: equal twice, nobody wrote meanwhile."""

import os
from typing import NamedTuple


class FileIdentity(NamedTuple):
    """Which file it was, and when it last changed."""

    device: int
    inode: int
    size: int
    """Bytes."""
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileIdentity":
        """Return the identity in what `stat` answered."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
