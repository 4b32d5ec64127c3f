"""Sending of feedback: what one process has of it, on its way to the store."""

import threading
import warnings
from os import PathLike
from pathlib import Path

from podplanner.errors import OutputError, PodplannerError
from podplanner.models.feedback_batches import MOST_PARTS, parts_of, push_batch
from podplanner.models.feedback_spool import Spool
from podplanner.models.opening import the_store
from podplanner.store import Store
from podplanner.store.side_by_side import portions

_MOST_IN_MEMORY = 64 * 2**20
# Bytes of records that wait in memory where no spool can be written.


class Sender:
    """The spool and the thread of one process."""

    def __init__(
        self,
        store: Store | str | PathLike[str],
        model: str,
        folder: Path | None,
    ) -> None:
        self.trouble: PodplannerError | None = None
        self._store = store
        self._model = model
        self._spool = Spool(folder) if folder is not None else None
        self._memory: list[bytes] = []
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, content: bytes) -> None:
        """Keep a record: on the disk, else in memory, else not, with a warning."""
        if self._spool is not None:
            try:
                self._spool.append(content)
            except OSError as error:
                self.trouble = OutputError(
                    f"feedback cannot be written to this machine's disk: {error}",
                    hint="Free some space; until then it waits in memory.",
                )
            else:
                return
        with self._lock:
            if sum(map(len, self._memory)) + len(content) <= _MOST_IN_MEMORY:
                self._memory.append(content)
                return
        warnings.warn(
            f"a record of feedback on {self._model} is lost: there is no room on this machine's "
            "disk, and the store does not take what waits in memory",
            RuntimeWarning,
            stacklevel=3,
        )

    def start(self, every_s: float) -> None:
        """Start the thread, once."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, args=(every_s,), name="feedback", daemon=True
                    )
                    self._thread.start()

    def stop(self) -> None:
        """End the thread; what it is sending is sent first."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def forget(self) -> None:
        """Let go of it: it is the session of the process that forked this one."""
        if self._spool is not None:
            self._spool.forget()

    def flush(self) -> int:
        """Send all that waits and return how many records.

        Raises:
            PodplannerError: The store, or this machine's disk, does not let it; what is not in
                the store waits on.
        """
        try:
            return self._flush()
        except OSError as error:
            raise OutputError(
                f"feedback cannot be sent from this machine's disk: {error}",
                hint="See to the disk; what can be read is sent the next time.",
            ) from error

    def _flush(self) -> int:
        sent = 0
        with self._sending:
            for taken in self._spool.take() if self._spool is not None else ():
                try:
                    frames = taken.frames()
                    sent += self._push(frames.contents)
                except BaseException:
                    taken.release()
                    raise
                taken.sent(damaged=frames.damaged)
            with self._lock:
                some, self._memory = self._memory, []
            try:
                sent += self._push(some)
            except BaseException:
                with self._lock:
                    self._memory = some + self._memory
                raise
            self.trouble = None
        return sent

    def _push(self, contents: list[bytes]) -> int:
        for some in portions(contents, parts_of, MOST_PARTS):
            self._store = the_store(self._store)
            push_batch(self._store, self._model, some)
        return len(contents)

    def _run(self, every_s: float) -> None:
        while not self._end.wait(every_s):
            try:
                self.flush()
            except PodplannerError as error:
                # Told to whoever asks; it is tried again the next time, and `close` raises.
                self.trouble = error
