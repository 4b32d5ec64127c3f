"""Working off tasks by a few threads, so that the first error and Ctrl-C end all of them soon."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

_THREADS = 2
# One hashes while the other one waits for a disk; more only take turns on it.
_MOST_THREADS = 16


def thread_count(asked: int | None) -> int:
    """Return how many threads to use: what was asked for, within reason, else one or two."""
    if asked is not None:
        return max(1, min(asked, _MOST_THREADS))
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
        self._threads = [
            threading.Thread(target=self._labour, name=f"store-{n}") for n in range(threads)
        ]

    def run(self) -> None:
        started: list[threading.Thread] = []
        try:
            for thread in self._threads:
                thread.start()
                started.append(thread)
            for thread in started:
                thread.join()
        finally:
            self._stop = True
            for thread in started:
                thread.join()
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
