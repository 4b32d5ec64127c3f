"""What is on this machine already: files that are equal, and pieces that need not be fetched."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import groupby

from podplanner.errors import FileAccessError, SourceChangedError
from podplanner.store.digest import NO_DIGEST, SIZE, digest_of
from podplanner.store.progress import Progress
from podplanner.store.pulling.board import Board
from podplanner.store.pulling.chunks import Chunk
from podplanner.store.pulling.earlier import NOWHERE, Earlier
from podplanner.store.pulling.writers import Writers
from podplanner.store.reading.buffers import Buffer
from podplanner.store.tables import Piece
from podplanner.store.worktree.holes import Extent
from podplanner.store.worktree.placing import Plan
from podplanner.store.worktree.readable import ReadableFile

_ZEROS = bytes(2**20)


class Judge:
    """Compares files in the destination with those of the version.

    Attributes:
        skip: Of each row of the version: whether it need not be looked at; set by the caller.
        here: Of each row of the version: whether the file in the destination has it, at the same
            offset. A copy is verified once more.
        unequal: Indexes of the files that are not those of the version.
    """

    def __init__(
        self, plan: Plan, paths: Mapping[int, str], rows: int, *, thorough: bool, progress: Progress
    ) -> None:
        """Prepare to compare.

        Args:
            plan: The destination.
            paths: Of the files that are present, by their index in the manifest.
            rows: How many the version has.
            thorough: Whether to go on in a file that differs, because its pieces will be used.
            progress: Hears how far it is.
        """
        self._plan = plan
        self._paths = paths
        self._thorough = thorough
        self._progress = progress
        self.skip = bytearray(rows)
        self.here = bytearray(rows)
        self.unequal: set[int] = set()

    def worker(self) -> Callable[[Chunk], None]:
        """Return what compares one chunk; for one thread."""
        buffer = Buffer()

        def compare(chunk: Chunk) -> None:
            if self._thorough or chunk.file not in self.unequal:
                try:
                    with self._plan.open_present(self._paths[chunk.file]) as present:
                        self._compare(chunk, present, buffer)
                except (FileAccessError, SourceChangedError):
                    # What cannot be read, or changes, is not the version's.
                    self.unequal.add(chunk.file)

        return compare

    def _compare(self, chunk: Chunk, present: ReadableFile, buffer: Buffer) -> None:
        table = chunk.table
        written = list(present.written()) if present.size else []
        for number in chunk.rows:
            if self.skip[table.first + number]:
                continue
            piece, offset = table.pieces[number], table.offsets[number]
            if offset + piece.length <= present.size and _has(
                present, written, offset, piece, buffer
            ):
                self.here[table.first + number] = 1
            else:
                self.unequal.add(chunk.file)
                if not self._thorough:
                    return
            self._progress.advance(size=piece.length)


def _has(
    present: ReadableFile, written: list[Extent], offset: int, piece: Piece, buffer: Buffer
) -> bool:
    """Return whether a file holds a piece at an offset; a hole is any run of zeros."""
    if piece.digest != NO_DIGEST:
        view = buffer.view(piece.length)
        present.read_into(offset, view)
        return digest_of(view) == piece.digest
    for extent in overlaps(written, offset, piece.length):
        for start in range(extent.offset, extent.offset + extent.length, len(_ZEROS)):
            view = buffer.view(min(len(_ZEROS), extent.offset + extent.length - start))
            present.read_into(start, view)
            if view != memoryview(_ZEROS)[: len(view)]:
                return False
    return True


def overlaps(
    extents: "list[Extent] | tuple[Extent, ...]", offset: int, length: int
) -> list[Extent]:
    """Return the parts of a range that lie in one of the extents, which are in order."""
    found = []
    end = offset + length
    at = max(bisect_right(extents, (offset, 2**63)) - 1, 0)
    while at < len(extents) and extents[at].offset < end:
        first = max(extents[at].offset, offset)
        last = min(extents[at].offset + extents[at].length, end)
        if last > first:
            found.append(Extent(first, last - first))
        at += 1
    return found


class Resume:
    """Finds what an earlier pull of the same version, which was broken off, has written."""

    def __init__(
        self, writers: Writers, paths: Mapping[int, str], board: Board, progress: Progress
    ) -> None:
        self._writers = writers
        self._paths = paths
        self._board = board
        self._progress = progress

    def worker(self) -> Callable[[Chunk], None]:
        """Return what looks at one chunk; for one thread."""
        buffer = Buffer()

        def look(chunk: Chunk) -> None:
            table = chunk.table
            path = self._paths[chunk.file]
            with self._writers.use(path) as writer:
                for number in chunk.rows if writer.before else ():
                    piece, offset = table.pieces[number], table.offsets[number]
                    if table.is_hole(number):
                        writer.hole(offset, piece.length)
                        continue
                    if not overlaps(writer.before, offset, piece.length):
                        continue
                    view = buffer.view(piece.length)
                    writer.read_into(offset, view)
                    if digest_of(view) != piece.digest:
                        continue
                    self._progress.advance(size=piece.length)
                    if self._board.mark(chunk.file, table.first + number, piece.length):
                        self._writers.finish(path)

        return look


class Copy:
    """Takes rows from files of this machine; every row is verified on the way.

    Where the disk cannot share blocks the bytes that are verified are the ones that are written.
    Shared ones are read where they are now.
    """

    def __init__(
        self,
        plan: Plan,
        writers: Writers,
        paths: Mapping[int, str],
        board: Board,
        here: bytearray,
        earlier: Earlier | None,
        progress: Progress,
    ) -> None:
        """Prepare to copy.

        Args:
            plan: The destination.
            writers: Of the files that are built.
            paths: Of the files, by their index in the manifest.
            board: What is done.
            here: Of each row: whether the file that stands there has it at the same offset.
            earlier: What an earlier pull left there.
            progress: Hears how far it is.
        """
        self._plan = plan
        self._writers = writers
        self._paths = paths
        self._board = board
        self._here = here
        self._earlier = earlier
        self._progress = progress

    def worker(self) -> Callable[[Chunk], None]:
        """Return what copies one chunk; for one thread."""
        buffer = Buffer()

        def copy(chunk: Chunk) -> None:
            first = chunk.table.first
            todo = [number for number in chunk.rows if not self._board.done[first + number]]
            same = [number for number in todo if self._here[first + number]]
            if same:
                self._copy_same(chunk, same, buffer)
            if self._earlier is not None:
                todo = [number for number in todo if not self._board.done[first + number]]
                self._copy_moved(chunk, todo, self._earlier, buffer)

        return copy

    def _copy_same(self, chunk: Chunk, rows: list[int], buffer: Buffer) -> None:
        """Copy rows that lie at the same offset in the file that stands there."""
        offsets = chunk.table.offsets
        path = self._paths[chunk.file]
        # It may be another by now: then what is missing is fetched.
        with (
            suppress(FileAccessError, SourceChangedError),
            self._plan.open_present(path) as present,
        ):
            for number in rows:
                self._copy(chunk, number, present, offsets[number], buffer)

    def _copy_moved(self, chunk: Chunk, rows: list[int], earlier: Earlier, buffer: Buffer) -> None:
        """Copy rows that an earlier pull put somewhere."""
        digests = chunk.table.pieces.digests
        numbers = earlier.find(b"".join(digests[SIZE * n : SIZE * n + SIZE] for n in rows))
        found = ((row, int(at)) for row, at in zip(rows, numbers, strict=True) if at != NOWHERE)
        spots = ((row, earlier.spot(at)) for row, at in found)
        for file, group in groupby(spots, key=lambda one: one[1].file):
            source = earlier.open(file)
            if source is not None:
                with source, suppress(FileAccessError, SourceChangedError):
                    for row, spot in group:
                        self._copy(chunk, row, source, spot.offset, buffer)

    def _copy(
        self, chunk: Chunk, number: int, source: ReadableFile, start: int, buffer: Buffer
    ) -> None:
        table = chunk.table
        piece, offset = table.pieces[number], table.offsets[number]
        if start + piece.length > source.size:
            return
        path = self._paths[chunk.file]
        view = buffer.view(piece.length)
        with self._writers.use(path) as writer:
            shared = writer.share_from(source, start, offset, piece.length)
            if shared:
                writer.read_into(offset, view)
            else:
                source.read_into(start, view)
            if digest_of(view) == piece.digest:
                if not shared:
                    source.let_go(start, piece.length)
                    writer.write_at(offset, view)
                self._progress.advance(size=piece.length)
                if self._board.mark(chunk.file, table.first + number, piece.length):
                    self._writers.finish(path)
