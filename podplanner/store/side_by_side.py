"""Work done side by side, its results in the order of the tasks, in bounded memory.

A call to a server takes from one to fifty milliseconds, nearly all of it waiting. What is asked of
one for each of many things is asked for several of them at a time.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from podplanner.store.backend import Backend

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")


def calls_at_once(backend: Backend) -> int:
    """Return how many small calls are best under way together; 1: they only wait for a disk."""
    traits = backend.traits
    return max(traits.at_once, 1) if traits.is_remote else 1


def side_by_side(
    work: Callable[[T], R], tasks: Iterable[T], at_once: int, *, ahead: int | None = None
) -> Iterator[R]:
    """Yield what the work gives for each task, in the order of the tasks.

    Tasks are asked for by the calling thread, and only as far ahead as is needed. With `at_once` 1
    that thread does the work too, when a result is asked for, and nothing ahead.

    Args:
        work: Done for each task; from several threads.
        tasks: May be endless.
        at_once: Threads.
        ahead: Tasks begun or done and not yielded yet, at most; by default twice as many as
            threads.

    Raises:
        BaseException: What the work raised for the first task, in order, for which it raised.
    """
    if at_once == 1:
        yield from map(work, tasks)
        return
    from concurrent.futures import ThreadPoolExecutor  # Slow to import, for a directory's sake.

    most = ahead or 2 * at_once
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="store") as pool:
        try:
            for task in tasks:
                waiting.append(pool.submit(work, task))
                if len(waiting) >= most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def portions(tasks: Iterable[T], weigh: Callable[[T], int], limit: int) -> Iterator[list[T]]:
    """Yield the tasks in order, as many at a time as together weigh no more than a limit.

    One that weighs more comes alone.
    """
    some: list[T] = []
    total = 0
    for task in tasks:
        weight = weigh(task)
        if some and total + weight > limit:
            yield some
            some, total = [], 0
        some.append(task)
        total += weight
    if some:
        yield some


class Budget:
    """An amount that threads share, such as of memory: who needs more than is left, waits."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, amount: int) -> Iterator[None]:
        """Have an amount for a while; whoever wants more than there ever is, gets all of it."""
        own = min(amount, self._limit)
        with self._freed:
            self._freed.wait_for(lambda: self._left >= own)
            self._left -= own
        try:
            yield
        finally:
            with self._freed:
                self._left += own
                self._freed.notify_all()
