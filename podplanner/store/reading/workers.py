"""Working off tasks by a few threads, so that the first error and Ctrl-C end all of them soon."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

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
    _Crew(tasks, make_worker, threads).run()


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
            self._over.set()

    def wait(self) -> None:
        """Wait until the thread has ended; one that was never started has."""
        while not self._over.wait(_LOOK_S):
            if self.ident is None:
                return
        self.join()


class _Crew:
    """The threads at work on one row of tasks."""

    def __init__(
        self, tasks: Iterator[T], make_worker: Callable[[], Callable[[T], None]], threads: int
    ) -> None:
        self._tasks = tasks
        self._make_worker = make_worker
        self._turn = threading.Lock()
        self._stop = False
        self._errors: list[BaseException] = []
        self._workers = [_Worker(self._labour, number) for number in range(threads)]

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

    def _labour(self) -> None:
        try:
            worker = self._make_worker()
            while not self._stop:
                with self._turn:
                    if self._stop:
                        return
                    try:
                        task = next(self._tasks)
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
