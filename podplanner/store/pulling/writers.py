"""The files that a pull has open for writing: not too many at once, closed when they are whole."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from podplanner.store.progress import Progress
from podplanner.store.worktree.placing import Plan
from podplanner.store.worktree.writer import FileWriter

_OPEN = 128
# A process may have 1,024 files open by default on Linux, 256 on macOS; others need some too.


class _Entry:
    __slots__ = ("users", "whole", "writer")

    def __init__(self, writer: FileWriter) -> None:
        self.writer = writer
        self.users = 0
        self.whole = False


class Writers:
    """Opens files of a plan when they are needed; usable from several threads."""

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        look: Callable[[str, FileWriter], None] | None = None,
    ) -> None:
        """Open files of a plan.

        Args:
            plan: What is to be written.
            progress: Hears of files that are whole.
            look: Called with each file once it is whole and before it is finished; raises to
                refuse it.
        """
        self._plan = plan
        self._look = look
        self._progress = progress
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    @contextmanager
    def use(self, path: str) -> Iterator[FileWriter]:
        """Hold a file open while something is written to it."""
        entry = self._take(path)
        try:
            yield entry.writer
        finally:
            self._give_back(path, entry)

    def finish(self, path: str) -> None:
        """Say that a file is whole; it is closed as soon as nobody uses it."""
        with self.use(path) as writer:
            if self._look is not None:
                self._look(path, writer)
            with self._lock:
                self._entries[path].whole = True

    def close(self) -> None:
        """Close all files, whole or not; nobody may use one any more."""
        with self._lock:
            entries = list(self._entries.values())
            self._entries.clear()
        for entry in entries:
            entry.writer.close()

    def _take(self, path: str) -> _Entry:
        with self._lock:
            entry = self._entries.get(path)
            if entry is None:
                self._make_room()
                entry = self._entries[path] = _Entry(self._plan.open_file(path))
            self._entries.move_to_end(path)
            entry.users += 1
            return entry

    def _give_back(self, path: str, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            finish = entry.whole and not entry.users
            if finish:
                del self._entries[path]
        if finish:
            entry.writer.finish()
            self._progress.advance(files=1)

    def _make_room(self) -> None:
        """Close the file that was used longest ago, if there are too many."""
        if len(self._entries) < _OPEN:
            return
        for path, entry in self._entries.items():
            if not entry.users:
                del self._entries[path]
                entry.writer.close()
                return
