"""Reading the source: spans are read and hashed by threads, and their rows come in order."""

import mmap
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import prod

from podplanner.errors import SourceChangedError
from podplanner.store.cutting import Span, Understood, understand
from podplanner.store.digest import NO_DIGEST, digest_of
from podplanner.store.documents import encode
from podplanner.store.manifest import TensorsRef
from podplanner.store.pickles import find_globals
from podplanner.store.progress import Progress
from podplanner.store.pushing.bundling import Slot
from podplanner.store.pushing.facts import FileFacts, FileSummary, PieceColumns
from podplanner.store.pushing.placing import Placer
from podplanner.store.pushing.sources import OpenFile
from podplanner.store.tables import Piece
from podplanner.store.worktree import SourceFile

SPAN_BYTES = 8 * 2**20
"""Bytes of a span at most, unless it is a hole: what one buffer holds."""
_AHEAD = 2
# Spans that wait beside those that the threads have in hand.
_REUSED_ROWS = 4096
# Rows of a known file given out at a time, 2 MB: the line may be full of them.

Row = tuple[Piece, Slot | None]


@dataclass(slots=True)
class _Reading:
    """A file that is being read."""

    source: SourceFile
    file: OpenFile
    understood: Understood
    pickle: tuple[str, ...] | None
    pieces: PieceColumns = field(default_factory=PieceColumns)


@dataclass(frozen=True, slots=True)
class _Part:
    """One step in line: rows that are ready, a span in the hands of a thread, a file's end."""

    ready: "FileRows | None" = None
    reading: _Reading | None = None
    future: "Future[list[Row]] | None" = None


@dataclass(frozen=True, slots=True)
class FileRows:
    """Some rows of a file, in order; with the last of them comes what the file is."""

    source: SourceFile
    rows: Sequence[Row]
    summary: FileSummary | None = None
    facts: FileFacts | None = None
    """With the last rows of a file that was read: what is to be remembered of it."""


class Hasher:
    """Reads, hashes and places the files of a source, `threads` spans at a time."""

    def __init__(
        self,
        placer: Placer,
        *,
        opener: Callable[[SourceFile], OpenFile],
        threads: int,
        progress: Progress,
        judge: Callable[[str, tuple[str, ...] | None], None],
    ) -> None:
        """Hash by `threads` threads.

        Args:
            placer: Decides where pieces lie.
            opener: Opens a file of the source.
            threads: How many spans are in work at once.
            progress: Hears how far it is.
            judge: Called with the path of each file and what its pickles import, before
                anything of it is stored; raises to refuse it.
        """
        self._placer = placer
        self._open = opener
        self._judge = judge
        self._progress = progress
        self._threads = threads
        self._buffers: queue.SimpleQueue[mmap.mmap] = queue.SimpleQueue()
        self._line: deque[_Part] = deque()

    def wait(self) -> None:
        """Wait for the spans that threads have in hand.

        A row that has been given out may have the slot of a piece that one of them is storing.

        Raises:
            PodplannerError: One of them failed.
        """
        for part in self._line:
            if part.future is not None:
                part.future.result()

    def rows(
        self, files: Sequence[SourceFile], known: Callable[[SourceFile], FileFacts | None]
    ) -> Generator[FileRows]:
        """Yield the rows of all files in order.

        Args:
            files: In the order of the version.
            known: Facts from before; used where all pieces are in the store.

        Raises:
            SourceChangedError: A file changed while it was read.
        """
        room = self._threads + _AHEAD
        with ExitStack() as stack:
            opened: set[OpenFile] = set()
            stack.callback(_close_all, opened)
            pool = ThreadPoolExecutor(self._threads, thread_name_prefix="push")
            # Threads end before their files are closed.
            stack.callback(pool.shutdown, wait=True, cancel_futures=True)
            line = self._line = deque()
            for part in self._parts(files, known, pool, opened):
                line.append(part)
                while len(line) > room or line[0].future is None:
                    yield self._finish(line.popleft(), opened)
                    if not line:
                        break
            while line:
                yield self._finish(line.popleft(), opened)

    def _parts(
        self,
        files: Sequence[SourceFile],
        known: Callable[[SourceFile], FileFacts | None],
        pool: ThreadPoolExecutor,
        opened: set[OpenFile],
    ) -> Iterator["_Part"]:
        """Yield the work in order, each span given to the threads when it is asked for."""
        for source in files:
            facts = known(source)
            if facts is not None:
                self._judge(source.path, facts.summary.pickle)
                if self._is_stored(facts):
                    for rows in self._reused(facts):
                        yield _Part(ready=FileRows(source, rows))
                    self._progress.advance(size=source.identity.size, files=1)
                    yield _Part(ready=FileRows(source, (), facts.summary))
                    continue
            reading = self._begin(source, opened)
            for span in reading.understood.spans():
                yield _Part(reading=reading, future=pool.submit(self._span, reading, span))
            yield _Part(reading=reading)

    def _is_stored(self, facts: FileFacts) -> bool:
        """Return whether the store has all pieces of a file that is known."""
        return all(
            piece.digest == NO_DIGEST or self._placer.find(piece) is not None
            for piece in facts.rows()
        )

    def _reused(self, facts: FileFacts) -> Iterator[list[Row]]:
        """Yield the rows of a file all of whose pieces have just been found, some at a time."""
        rows: list[Row] = []
        for piece in facts.rows():
            slot = None if piece.digest == NO_DIGEST else self._placer.find(piece)
            rows.append((piece, slot))
            if len(rows) == _REUSED_ROWS:
                yield rows
                rows = []
        yield rows

    def _begin(self, source: SourceFile, opened: set[OpenFile]) -> _Reading:
        file = self._open(source)
        opened.add(file)
        size = source.identity.size
        holes = tuple(file.holes()) if source.sparse else ()
        understood = understand(file, size, name=source.path, holes=holes)
        found = find_globals(file.read_at, size, name=source.path)
        pickle = None if found is None else found.words
        self._judge(source.path, pickle)
        return _Reading(source, file, understood, pickle)

    def _span(self, reading: _Reading, span: Span) -> list[Row]:
        """Read and hash one span, and place its pieces."""
        if span.hole:
            return [(Piece(length, NO_DIGEST), None) for length in span.lengths]
        size = sum(span.lengths)
        buffer = self._buffer()
        try:
            view = memoryview(buffer)[:size]
            got = reading.file.read_into(span.offset, view)
            if got != size:
                raise SourceChangedError(f"{reading.source.path} became shorter")
            rows: list[Row] = []
            at = 0
            for length in span.lengths:
                plain = view[at : at + length]
                piece = Piece(length, digest_of(plain))
                slot = self._placer.place(piece, plain, span, at, reading.source.path)
                rows.append((piece, slot))
                at += length
            return rows
        finally:
            self._buffers.put(buffer)

    def _buffer(self) -> mmap.mmap:
        """Return a buffer whose start is that of a memory page, as direct writing wants it."""
        try:
            return self._buffers.get_nowait()
        except queue.Empty:
            return mmap.mmap(-1, SPAN_BYTES)

    def _finish(self, part: "_Part", opened: set[OpenFile]) -> FileRows:
        """Wait for rows and return them; with the last of a file, what is known of it."""
        if part.ready is not None:
            return part.ready
        reading = part.reading
        if reading is None:
            raise RuntimeError("a part of no file")
        if part.future is not None:
            rows = part.future.result()
            for piece, _ in rows:
                reading.pieces.add(piece)
            self._progress.advance(size=sum(row[0].length for row in rows))
            return FileRows(reading.source, rows)
        reading.file.require_unchanged()
        reading.file.close()
        opened.discard(reading.file)
        self._progress.advance(files=1)
        summary = _summary(reading)
        return FileRows(reading.source, (), summary, reading.pieces.facts(summary))


def _close_all(files: set[OpenFile]) -> None:
    for file in files:
        file.close()


def _summary(reading: _Reading) -> FileSummary:
    tensors = reading.understood.tensors
    document = b"" if tensors is None else encode(tensors)
    ref = None
    if tensors is not None:
        ref = TensorsRef(
            table=digest_of(document).hex(),
            count=len(tensors.names),
            parameters=sum(prod(shape) for shape in tensors.shapes),
        )
    return FileSummary(
        reading.pieces.count,
        reading.understood.format,
        ref,
        document,
        reading.pickle,
    )
