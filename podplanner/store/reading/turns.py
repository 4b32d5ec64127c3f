"""Turns: what is done in several files, so that the threads do not all wait for one of them."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

_AT_ONCE = 2
# Files: a kernel lets one thread at a time write to a file, and processors are what limits; with
# more files at once each one's parts come to the disk in a worse order.


def in_turns(groups: Iterable[list[T]]) -> Iterator[T]:
    """Yield everything, a few groups taking turns; each group in its own order.

    >>> list(in_turns([[1, 2, 3], [10], [20, 21]]))
    [1, 10, 2, 20, 3, 21]
    """
    waiting = iter(groups)
    lanes = deque(iter(group) for group in islice(waiting, _AT_ONCE))
    while lanes:
        lane = lanes.popleft()
        for one in lane:
            yield one
            lanes.append(lane)
            break
        else:
            lanes.extendleft(iter(group) for group in islice(waiting, 1))
