"""Run a command on a terminal of its own, and talk to it."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE_S = 20.0


class Talk:
    """A command that runs on a pseudo-terminal."""

    def __init__(self, *words: object) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "podplanner", *map(str, words)],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> str:
        """Return what was written until `words`, which must come."""
        deadline = time.monotonic() + _PATIENCE_S
        while words not in self.seen:
            assert time.monotonic() < deadline, f"no {words!r} in:\n{self.seen}"
            if not self._take():
                break
        before, found, self.seen = self.seen.partition(words)
        assert found, f"it ended without {words!r}:\n{before}"
        return before

    def type(self, words: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{words}\n".encode())

    def ended(self) -> int:
        """Return its exit status, when it has ended."""
        while self._take():
            pass
        return self.process.wait(_PATIENCE_S)

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _take(self) -> bool:
        if not select.select([self._ours], [], [], _PATIENCE_S)[0]:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says EIO when nobody is at the other end any more
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that run still."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]
