"""Buffers that one thread reuses: page-aligned, grown when needed, never copied."""

import mmap

_ROUND = 2**20
# Buffers grow in steps of this: pages that nobody touches take no memory.


class Buffer:
    """Memory that is used again and again; what one call returned is void after the next."""

    __slots__ = ("_view",)

    def __init__(self) -> None:
        self._view = memoryview(b"")

    def view(self, size: int) -> memoryview:
        """Return the first `size` bytes, writable."""
        if size > len(self._view):
            self._view = memoryview(mmap.mmap(-1, -(-size // _ROUND) * _ROUND))
        return self._view[:size]
