"""Working off tasks by a few threads, so that the first error and Ctrl-C end all of them soon."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from podplanner.store.backend import Traits

T = TypeVar("T")

_THREADS = 2
# One hashes while the other one waits for a disk; more only take turns on it.
_REQUESTS = 8
# Of a remote backend: enough to fill a link; each takes up to 48 MiB of buffers, usually 16.
_MOST_THREADS = 16
# As many as a server answers side by side; each takes up to 48 MiB of buffers.
_LOOK_S = 0.2
# How often is looked whether a thread was started at all.


def thread_count(asked: int | None, traits: Traits) -> int:
    """Return how many threads to use: what was asked for, within reason, else what suits."""
    if asked is not None:
        return max(1, min(asked, _MOST_THREADS))
    if traits.at_once:
        return min(_REQUESTS, traits.at_once)
    return min(_THREADS, os.cpu_count() or 1)


class Work(NamedTuple):
    """A row of tasks and who does them; as `work_off` takes them."""

    tasks: Iterator[Any]
    make_worker: Callable[[], Callable[[Any], None]]
    threads: int


def work_off(
    tasks: Iterator[T], make_worker: Callable[[], Callable[[T], None]], threads: int
) -> None:
    """Do all tasks, each by one of the threads; tasks are asked for when a thread is free.

    Args:
        tasks: The tasks; making the next one may take time, it is done by one thread at a time.
        make_worker: Makes what does a task; called once by each thread.
        threads: How many; with 1 the calling thread does the work.

    Raises:
        BaseException: The first that a task raised; the others are finished, no new one begun.
    """
    if threads == 1:
        worker = make_worker()
        for task in tasks:
            worker(task)
        return
    _Crew([Work(tasks, make_worker, threads)]).run()


def work_off_together(works: Sequence[Work]) -> None:
    """Do several rows of tasks at the same time, each by threads of its own.

    Raises:
        BaseException: The first that a task raised; the others are finished, no new one begun.
    """
    _Crew(works).run()


class _Worker(threading.Thread):
    """A thread whose end is told by an event.

    A `join` that Ctrl-C interrupts takes a thread for ended that still runs (Python 3.11,
    `Thread._wait_for_tstate_lock`), so nobody must wait for it by `join` alone.
    """

    def __init__(self, labour: Callable[[], None], number: int) -> None:
        super().__init__(name=f"store-{number}")
        self._labour = labour
        self._over = threading.Event()

    def run(self) -> None:
        """Do the work."""
        try:
            self._labour()
        finally:
            # It leads back to this thread: what was worked on would be kept until a collection.
            del self._labour
            self._over.set()

    def wait(self) -> None:
        """Wait until the thread has ended; one that was never started has."""
        while not self._over.wait(_LOOK_S):
            if self.ident is None:
                return
        self.join()


class _Crew:
    """The threads at work on some rows of tasks."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._stop = False
        self._errors: list[BaseException] = []
        self._workers: list[_Worker] = []
        for work in works:
            labour = partial(self._labour, work, threading.Lock())
            for _ in range(work.threads):
                self._workers.append(_Worker(labour, len(self._workers)))

    def run(self) -> None:
        try:
            for worker in self._workers:
                worker.start()
            for worker in self._workers:
                worker.wait()
        finally:
            try:
                self._stop = True
            finally:
                _wait_for(self._workers)
        if self._errors:
            raise self._errors[0]

    def _labour(self, work: Work, turn: threading.Lock) -> None:
        try:
            worker = work.make_worker()
            while not self._stop:
                with turn:
                    if self._stop:
                        return
                    try:
                        task = next(work.tasks)
                    except StopIteration:
                        return
                worker(task)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._errors.append(error)
            self._stop = True


def _wait_for(workers: list[_Worker]) -> None:
    """Wait for the end of all threads, also when Ctrl-C is pressed once more meanwhile."""
    try:
        for worker in workers:
            worker.wait()
    except KeyboardInterrupt:
        _wait_for(workers)
        raise
