"""Checkpoints in the background: copied while the training waits, stored while it goes on."""

import concurrent.futures.thread
import os
import queue
import sys
import threading
import weakref
from collections.abc import Callable

from podplanner.errors import WrongUsageError
from podplanner.models.adapter import Written
from podplanner.models.checkpoints_memory import CheckpointMemory
from podplanner.models.checkpoints_series import Checkpoint

_MOST_IN_MEMORY = 2
# One that is being stored, and the next one.


class CheckpointWriter:
    """Stores checkpoints by a thread of its own, at most two of them in memory.

    What goes wrong in the thread is kept until somebody asks: `failure`. Methods are for the
    thread that trains.
    """

    def __init__(self, push: Callable[[Checkpoint], None]) -> None:
        """Begin nothing: thread and memory come with the first checkpoint.

        Args:
            push: Stores a checkpoint; called in the thread.
        """
        self._push = push
        self._process = os.getpid()
        self._thread: threading.Thread | None = None
        self._room: queue.SimpleQueue[CheckpointMemory] = queue.SimpleQueue()
        self._room.put(CheckpointMemory())
        self._memories = 1
        self._line: queue.SimpleQueue[tuple[Checkpoint, CheckpointMemory] | None]
        self._line = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._waiting = 0
        """Checkpoints that are accepted and not done with."""
        self._failures: list[BaseException] = []
        self._closed = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is another process than the one that began: a fork of it."""
        return os.getpid() != self._process

    def accept(
        self, write: Callable[[], Written], complete: Callable[[Written], Checkpoint]
    ) -> None:
        """Copy a model and return; it is stored later. Waits while two are in memory.

        Args:
            write: Makes files of the model.
            complete: Makes the checkpoint of what was copied.

        Raises:
            WrongUsageError: This is a fork of the process that trains, or the training is over.
            PodplannerError: An earlier one has failed; this one is not taken.
        """
        if self.is_elsewhere:
            raise WrongUsageError(
                "this process is a fork of the one that trains, and has no checkpoints of its own",
                hint="Call `checkpoint` in the process that began the training.",
            )
        if self._closed:
            raise WrongUsageError(
                "the training is over", hint="Call `checkpoint` within the `with` block."
            )
        memory = self._room.get()
        try:
            if (failure := self.failure()) is not None:
                # It failed while this one waited.
                raise failure
            checkpoint = complete(memory.hold(write))
            if self._thread is None:
                self._start()
        except BaseException:
            self._room.put(memory)
            raise
        with self._changed:
            self._waiting += 1
        self._line.put((checkpoint, memory))

    def failure(self) -> BaseException | None:
        """Return what went wrong since the last call, once; more than one in notes on the first."""
        if self.is_elsewhere:
            # Nor may its lock be asked for: the thread may have had it when the process forked.
            return None
        with self._changed:
            failures, self._failures = self._failures, []
        if not failures:
            return None
        first, *others = failures
        for other in others:
            first.add_note("; ".join((f"then: {other}", *getattr(other, "__notes__", ()))))
        return first

    def wait(self) -> None:
        """Wait until all that was accepted is stored, or has failed."""
        if not self.is_elsewhere:
            with self._changed:
                self._changed.wait_for(lambda: not self._waiting)

    def close(self) -> None:
        """Wait as `wait`, and give thread and memory back; a second time does nothing."""
        if self.is_elsewhere:
            return
        self._closed = True
        try:
            self.wait()
        finally:
            _open_writers.discard(self)
            if self._thread is not None:
                self._line.put(None)
                # After an interrupt it may be in the middle of a push, which nobody waits for.
                if not self._waiting:
                    self._thread.join()
                self._thread = None
            # The run may live on; its memory is as large as two checkpoints.
            self._room = queue.SimpleQueue()

    @property
    def waiting(self) -> int:
        """How many checkpoints are accepted and not stored yet."""
        return self._waiting

    def _start(self) -> None:
        _finish_before_exit(self)
        # As a daemon it keeps no program from ending; `_finish_before_exit` waits for it in time.
        self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while (job := self._line.get()) is not None:
            checkpoint, memory = job
            try:
                if self._memories < _MOST_IN_MEMORY:
                    self._memories += 1
                    self._make_room(memory)
                self._push(checkpoint)
            except BaseException as error:  # noqa: BLE001  handed to the thread that trains
                with self._changed:
                    self._failures.append(error)
            finally:
                del job, checkpoint
                self._room.put(memory)
                with self._changed:
                    self._waiting -= 1
                    self._changed.notify_all()

    def _make_room(self, like: CheckpointMemory) -> None:
        """Make the second memory while the training goes on: so only the first copy is slow."""
        memory = CheckpointMemory()
        try:
            memory.prepare_for(like)
        finally:
            self._room.put(memory)


_open_writers: "weakref.WeakSet[CheckpointWriter]" = weakref.WeakSet()
_registered: list[int] = []
# Processes in which `_finish` is to run at the end; a fork has the registration of its parent.


def _finish_before_exit(writer: CheckpointWriter) -> None:
    """See to it that a program that ends without leaving its `with` still stores what it began."""
    _open_writers.add(writer)
    if _registered:
        return
    _registered.append(os.getpid())
    # `atexit` comes too late: by then the interpreter starts no work in pools of threads any more,
    # which pushes need. What is registered here runs before; the last first, so after the import
    # of the pools above. It is not public: where it is not there, `with` is the only way.
    register = getattr(threading, "_register_atexit", None)
    if register is not None and concurrent.futures.thread:
        register(_finish)


def _finish() -> None:
    for writer in list(_open_writers):
        if writer.is_elsewhere:
            continue
        writer.close()
        if (error := writer.failure()) is not None:
            # Nobody is left to catch it.
            sys.excepthook(type(error), error, error.__traceback__)
