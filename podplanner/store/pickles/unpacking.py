"""Unpacking forward, never more than is asked for, and never without end."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import IO, Protocol, cast

import zstandard

from podplanner.store.pickles.window import Bomb, Lost, Window

_READ = 65_536
# Packed bytes that are handed to an unpacker at once.
_MOST_AT_ONCE = 2**20
_MOST_UNPACKED = 4 * 2**30
# Bytes of all that is unpacked of one file: a few seconds of zlib, a minute of xz.
_STEEPEST, _STEEP_FROM = 250, 64 * 2**20
# Weights pack 2 : 1 and text 10 : 1; small files full of zeros (1,000 : 1) are no bombs.
_MOST_MEMORY = 100 * 2**20
# For the dictionary of xz, whose level 9 needs 65 MiB.
_FAILURES = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError)
# What the libraries raise on bytes that they cannot unpack; lz4 raises RuntimeError.


class Budget:
    """How much may still be unpacked of one file."""

    __slots__ = ("_most", "_packed", "_unpacked")

    def __init__(self, most: int = _MOST_UNPACKED) -> None:
        self._most = most
        self._packed = 0
        self._unpacked = 0

    def spend(self, packed: int, unpacked: int) -> None:
        """Count.

        Raises:
            Bomb: It is too much, or grows too steeply.
        """
        self._packed += packed
        self._unpacked += unpacked
        if self._unpacked > self._most:
            raise Bomb(f"unpacks to more than {self._most} bytes")
        if self._unpacked > max(_STEEP_FROM, self._packed * _STEEPEST):
            raise Bomb(f"unpacks to more than {_STEEPEST} times its size")


class _Unpacker(Protocol):
    """What bz2, lzma and lz4 have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Deflate:
    """zlib, gzip or raw deflate with the manners of the others."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail and not self.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


Make = Callable[[], _Unpacker]


def raw_deflate() -> _Unpacker:
    """Return an unpacker for the deflated member of a zip archive."""
    return _Deflate(-zlib.MAX_WBITS)


def bzip2() -> _Unpacker:
    """Return an unpacker for bzip2."""
    return bz2.BZ2Decompressor()


def _xz() -> _Unpacker:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)


def _lzma_alone() -> _Unpacker:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MOST_MEMORY)


def _lz4() -> _Unpacker:
    from lz4 import frame  # type: ignore[import-untyped]

    unpacker: _Unpacker = frame.LZ4FrameDecompressor()
    return unpacker


def unpacker_for(head: bytes) -> Make | None:
    """Return what unpacks a file that begins so; None when nothing here does.

    zstd is not among them: `zstd_feed` does that.
    """
    if head[:3] == b"\x1f\x8b\x08":
        return lambda: _Deflate(zlib.MAX_WBITS | 16)
    if head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0:
        return lambda: _Deflate(zlib.MAX_WBITS)
    for magic, make in (
        (b"BZh", bzip2),
        (b"\xfd7zXZ\x00", _xz),
        (b"\x5d\x00\x00", _lzma_alone),
        (b"\x04\x22\x4d\x18", _lz4),
    ):
        if head.startswith(magic):
            return make
    return None


class Unpacked:
    """The plain bytes of a packed stream, and of those that follow it, as all loaders read them."""

    __slots__ = ("_budget", "_carried", "_left", "_make", "_unpacker", "_window")

    def __init__(
        self, window: Window, make: Make, budget: Budget, *, stated: int | None = None
    ) -> None:
        """Begin where the window is.

        Args:
            window: The packed bytes.
            make: Makes the unpacker for each stream.
            budget: What may be unpacked.
            stated: How many bytes an archive says that the only stream unpacks to.
        """
        self._window = window
        self._make = make
        self._budget = budget
        self._left = stated
        self._unpacker: _Unpacker | None = make()
        self._carried = b""

    def read(self, length: int) -> bytes:
        """Return the next bytes, at most `length`; none at the end.

        Raises:
            Lost: The stream is damaged, too large, or larger than it says.
        """
        while self._unpacker is not None:
            packed = self._next_packed() if self._unpacker.needs_input else b""
            try:
                got = self._unpacker.decompress(packed, min(length, _MOST_AT_ONCE))
            except _FAILURES as error:
                raise Lost("cannot be unpacked") from error
            self._budget.spend(len(packed), len(got))
            if self._unpacker.eof:
                self._end_stream(self._unpacker)
            elif not packed and not got and self._unpacker.needs_input and self._is_empty():
                raise Lost("is cut off")
            if got:
                self._count(len(got))
                return got
        return b""

    def skip(self, length: int) -> int:
        """Pass over bytes by unpacking them; return how many there were."""
        passed = 0
        while passed < length:
            got = len(self.read(length - passed))
            if not got:
                break
            passed += got
        return passed

    def _next_packed(self) -> bytes:
        packed, self._carried = self._carried, b""
        if not packed:
            packed = self._window.peek(_READ)
            self._window.at += len(packed)
        return packed

    def _is_empty(self) -> bool:
        return not self._carried and self._window.is_at_end()

    def _end_stream(self, ended: _Unpacker) -> None:
        """Go on with the next stream, if one follows."""
        self._carried = ended.unused_data or b""
        self._unpacker = None
        if self._left is not None or self._is_empty():
            return
        head = self._carried or self._window.peek(_READ)
        trial = self._make()
        try:
            trial.decompress(head, 1)
        except _FAILURES:
            return
        self._unpacker = self._make()

    def _count(self, got: int) -> None:
        if self._left is not None:
            self._left -= got
            if self._left < 0:
                raise Bomb("unpacks to more than its archive says")


class _Source:
    """A window as the file from which zstandard reads."""

    def __init__(self, window: Window, budget: Budget) -> None:
        self._window = window
        self._budget = budget

    def read(self, size: int) -> bytes:
        packed = self._window.peek(min(size, _READ))
        self._window.at += len(packed)
        self._budget.spend(len(packed), 0)
        return packed


class Zstd:
    """The plain bytes of zstd frames."""

    MAGIC = b"\x28\xb5\x2f\xfd"

    __slots__ = ("_budget", "_reader")

    def __init__(self, window: Window, budget: Budget) -> None:
        self._budget = budget
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_MEMORY)
        source = cast("IO[bytes]", _Source(window, budget))
        self._reader = decompressor.stream_reader(source, read_across_frames=True)

    def read(self, length: int) -> bytes:
        """Return the next bytes, at most `length`; none at the end.

        Raises:
            Lost: The stream is damaged or too large.
        """
        try:
            got = self._reader.read(min(length, _MOST_AT_ONCE))
        except zstandard.ZstdError as error:
            raise Lost("cannot be unpacked") from error
        self._budget.spend(0, len(got))
        return got

    def skip(self, length: int) -> int:
        """Pass over bytes by unpacking them; return how many there were."""
        passed = 0
        while passed < length:
            got = len(self.read(length - passed))
            if not got:
                break
            passed += got
        return passed
