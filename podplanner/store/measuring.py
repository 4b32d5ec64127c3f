"""How fast a backend takes and gives large objects, and how its clock goes."""

import mmap
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from podplanner.errors import NoSpaceError
from podplanner.store.backend import Backend
from podplanner.store.examination import Figure, Result

_OBJECT = 8 * 2**20
# Bytes: what a piece of a large tensor, and a bundle of small ones, takes.
_OBJECTS = 16
# 128 MiB: enough that a disk's own cache does not hide it, and soon done on a slow mount.
_THREADS = 2
# As a push has.
_SKEW_S = 60.0
# Of the clocks, above which times that people read would puzzle them.


def measure_speed(backend: Backend, prefix: str) -> Iterator[Result]:
    """Write some objects below an empty prefix, make them durable, read them; remove them again."""
    keys = [f"{prefix}{number:02}" for number in range(_OBJECTS)]
    pages = mmap.mmap(-1, _OBJECT)
    # Not closed by hand: the error of a write that failed may still hold a view of it.
    pages.write(os.urandom(_OBJECT))
    # Random, so that a disk that compresses gains nothing.
    content = memoryview(pages)
    name = "writing"
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            yield _timed(name, lambda: _write(pool, backend, keys, content))
            name = "reading"
            yield _timed(name, lambda: _read(pool, backend, keys))
        except NoSpaceError:
            words = f"not tried: there is no room for {_OBJECTS} objects of 8 MiB"
            yield Result(name, "unknown", words)
        finally:
            for key in keys:
                backend.delete(key)


def measure_clock(backend: Backend) -> Result:
    """Compare the store's clock with this machine's."""
    before = time.time()
    told = backend.now()
    after = time.time()
    skew = told - (before + after) / 2
    figures = (Figure("ahead", round(skew, 3), "s"), Figure("asking takes", after - before, "s"))
    words = f"the store's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} ours"
    if abs(skew) > _SKEW_S:
        hint = "Set both by NTP; nothing is lost by it, but times in lists will puzzle."
        return Result("clock", "warning", words, hint, figures)
    return Result("clock", "ok", words, "", figures)


def _write(
    pool: ThreadPoolExecutor, backend: Backend, keys: list[str], content: memoryview
) -> None:
    list(pool.map(lambda key: backend.put(key, [content]), keys))
    backend.settle(keys)


def _read(pool: ThreadPoolExecutor, backend: Backend, keys: list[str]) -> None:
    def read(key: str) -> None:
        backend.read_into(key, 0, memoryview(bytearray(_OBJECT)))

    list(pool.map(read, keys))


def _timed(name: str, work: Callable[[], None]) -> Result:
    start = time.perf_counter()
    work()
    taken = time.perf_counter() - start
    rate = _OBJECTS * _OBJECT / taken
    words = f"{rate / 1e6:.0f} MB/s, {_OBJECTS} objects of 8 MiB by {_THREADS} threads"
    return Result(name, "ok", words, "", (Figure("rate", round(rate), "bytes/s"),))
