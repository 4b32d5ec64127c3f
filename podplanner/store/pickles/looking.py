"""Looking for pickles in a file by what it begins with, and in what it contains."""

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from podplanner.store.pickles import arrays, tars, unpacking, zips
from podplanner.store.pickles.findings import Gathered, PickleFindings
from podplanner.store.pickles.streams import walk_pickles
from podplanner.store.pickles.window import Feed, Lost, ReadAt, Stretch, Window, bytes_reader

_DEEPEST = 4
# Archives in archives; a `.mar` or `.nemo` that holds a `.pt` makes two.
_HEAD = 512
# Bytes that tell what a file is: a block of tar is the longest.
_LARGEST_COPY = 2 * 2**30
# Bytes of an archive inside a packed one, which must be copied to be read from its end.
_IN_MEMORY = 8 * 2**20
_LARGEST_CRC = 64 * 2**20
# Bytes of a member with a pickle whose CRC is checked.
_OLD_JOBLIB, _OLD_JOBLIB_HEAD = b"ZF0x", 21
# joblib before 0.10: `ZF`, the size in 19 characters, zlib. Source: `numpy_pickle_compat.py`.


def find_globals(read_at: ReadAt, size: int, *, name: str = "") -> PickleFindings | None:
    """Return what the pickles in a file would import, without importing anything.

    A file is taken for what its bytes are; its name plays no part. Pickles are found in the file
    itself, one after the other, in members of zip and tar archives, in numpy's arrays of objects,
    and behind gzip, bzip2, xz, lzma, zlib, lz4 and zstd, several of these inside each other.
    An ordinary file costs two small reads; of an archive of tensors only lists, pickles and the
    first bytes of each member are read.

    Args:
        read_at: `read_at(offset, length)`: that many bytes of the file, fewer only at its end.
        size: Bytes of the file.
        name: The file's path; it decides nothing.

    Returns:
        None when there is no pickle in it.
    """
    gathered = Gathered()
    look = _Look(gathered, unpacking.Budget())
    try:
        look.at_file(read_at, size, 0)
    except Lost as lost:
        gathered.odd(str(lost))
    return gathered.findings()


class _Look:
    """One look through one file."""

    def __init__(self, gathered: Gathered, budget: unpacking.Budget) -> None:
        self._gathered = gathered
        self._budget = budget

    def at_file(self, read_at: ReadAt, size: int, depth: int) -> None:
        """Look at bytes of which any can be read."""
        window = Window(Stretch(read_at, 0, size))
        head = window.peek(_HEAD)
        if head.startswith((zips.LOCAL_MAGIC, b"PK\x05\x06", b"PK00")):
            self._in_zip(zips.Archive(read_at, size), read_at, depth)
            return
        self._at_window(window, depth)
        if zips.Archive.ends_here(read_at, size):
            self._in_zip(zips.Archive(read_at, size), read_at, depth)

    def _at_window(self, window: Window, depth: int) -> None:
        """Look at bytes that come one after the other."""
        head = window.peek(_HEAD)
        if head.startswith(zips.LOCAL_MAGIC):
            self._in_copy(window, depth)
        elif head.startswith(arrays.MAGIC):
            arrays.walk_array(window, self._gathered)
        elif feed := self._unpacked(window, head):
            self._in_packed(feed, depth)
        elif tars.is_tar(head):
            self._in_tar(window, depth)
        else:
            walk_pickles(window, self._gathered)

    def _unpacked(self, window: Window, head: bytes) -> Feed | None:
        if head.startswith(unpacking.Zstd.MAGIC):
            return unpacking.Zstd(window, self._budget)
        if head.startswith(_OLD_JOBLIB):
            window.skip(_OLD_JOBLIB_HEAD)
            if window.peek(1) == b" ":
                window.skip(1)
            head = window.peek(2)
        make = unpacking.unpacker_for(head)
        return None if make is None else unpacking.Unpacked(window, make, self._budget)

    def _in_packed(self, feed: Feed, depth: int) -> None:
        inner = Window(feed)
        try:
            inner.peek(_HEAD)
        except Lost:
            return  # it only began like something packed
        self._deeper(inner, depth)

    def _deeper(self, window: Window, depth: int) -> None:
        if depth >= _DEEPEST:
            raise Lost("has archives in archives too deep")
        self._at_window(window, depth + 1)

    def _in_tar(self, window: Window, depth: int) -> None:
        """Look at each member; and at all of it as a pickle, for its name may be opcodes."""
        head = window.peek(_HEAD)
        walk_pickles(Window(Stretch(bytes_reader(head), 0, len(head))), self._gathered)
        outer, before = self._gathered.where, self._gathered.pickles
        try:
            for member in tars.members(window):
                self._gathered.where = _inside(outer, member.name)
                with self._noting():
                    self._deeper(Window(_Part(window, member.size)), depth)
        except Lost as lost:
            if self._gathered.pickles > before:
                self._gathered.odd(str(lost))
        finally:
            self._gathered.where = outer

    def _in_zip(self, archive: zips.Archive, read_at: ReadAt, depth: int) -> None:
        outer, before = self._gathered.where, self._gathered.pickles
        try:
            for member in archive.members():
                self._gathered.where = _inside(outer, member.name)
                with self._noting():
                    self._at_member(member, read_at, depth)
        finally:
            self._gathered.where = outer
            for oddity in archive.oddities:
                self._gathered.odd(oddity)
        if archive.shift and self._gathered.pickles > before:
            self._gathered.odd("is an archive behind other bytes")

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note what cannot be followed in one member, and go on with the next."""
        try:
            yield
        except Lost as lost:
            self._gathered.odd(str(lost))

    def _at_member(self, member: zips.Member, read_at: ReadAt, depth: int) -> None:
        before = self._gathered.pickles
        if depth >= _DEEPEST:
            raise Lost("has archives in archives too deep")
        if member.method == zips.STORED:
            if member.packed != member.size:
                self._gathered.odd("is stored with two different sizes")
            self.at_file(_shifted(read_at, member.offset), member.packed, depth + 1)
        else:
            self._at_window(self._inflating(member, read_at), depth + 1)
        if self._gathered.pickles > before and member.size <= _LARGEST_CRC:
            self._check_crc(member, read_at)

    def _inflating(self, member: zips.Member, read_at: ReadAt) -> Window:
        makers = {zips.DEFLATED: unpacking.raw_deflate, zips.BZIP2: unpacking.bzip2}
        make = makers.get(member.method)
        if make is None:
            raise Lost(f"is packed in a way that is not known here (method {member.method})")
        packed = Window(Stretch(read_at, member.offset, member.packed))
        return Window(unpacking.Unpacked(packed, make, self._budget, stated=member.size))

    def _check_crc(self, member: zips.Member, read_at: ReadAt) -> None:
        stored = member.method == zips.STORED
        window = (
            Window(Stretch(read_at, member.offset, member.packed))
            if stored
            else self._inflating(member, read_at)
        )
        crc = 0
        while block := window.peek(2**20):
            crc = zlib.crc32(block, crc)
            window.at += len(block)
        if crc != member.crc:
            self._gathered.odd("has other bytes than its checksum says")

    def _in_copy(self, window: Window, depth: int) -> None:
        """Look at an archive of which the end must be read first, but that comes from its start."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            size = 0
            while block := window.peek(2**20):
                size += len(block)
                if size > _LARGEST_COPY:
                    raise Lost("is an archive in an archive too large to be looked at")
                copy.write(block)
                window.at += len(block)
            self.at_file(_copied(copy), size, depth)


class _Part:
    """The next bytes of a window, as the feed of another."""

    def __init__(self, window: Window, length: int) -> None:
        self._window = window
        self._left = length

    def read(self, length: int) -> bytes:
        """Return the next bytes, at most `length`; none at the end."""
        got = self._window.peek(min(length, self._left))
        self._window.at += len(got)
        self._left -= len(got)
        return got

    def skip(self, length: int) -> int:
        """Pass over bytes; return how many there were to pass over."""
        length = min(length, self._left)
        self._window.skip(length)
        self._left -= length
        return length


def _shifted(read_at: ReadAt, start: int) -> ReadAt:
    return lambda offset, length: read_at(start + offset, length)


def _copied(copy: "IO[bytes]") -> ReadAt:
    def read_at(offset: int, length: int) -> bytes:
        copy.seek(offset)
        return copy.read(length)

    return read_at


def _inside(outer: str, name: str) -> str:
    return f"{outer}/{name}" if outer else name
