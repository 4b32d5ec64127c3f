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
# As a push to a directory has.
_FOR_EVER_S = float("inf")
_FAST_BELOW = 500e6
# Bytes/s: one core makes pieces smaller at that rate (docs/adr/0009), so that below it a push and
# a pull end earlier with smaller ones.
_SKEW_S = 60.0
# Of the clocks, above which times that people read would puzzle them.


def measure_speed(
    backend: Backend,
    prefix: str,
    *,
    objects: int | None = None,
    threads: int = _THREADS,
    seconds: float = _FOR_EVER_S,
) -> Iterator[Result]:
    """Write some objects below an empty prefix, make them durable, read them; remove them again.

    Args:
        backend: Which.
        prefix: Below which there is nothing.
        objects: How many of 8 MiB, at most.
        threads: How many are under way side by side.
        seconds: After which no other object is begun, each way.
    """
    keys = [f"{prefix}{number:02}" for number in range(objects or _OBJECTS)]
    pages = mmap.mmap(-1, _OBJECT)
    # Not closed by hand: the error of a write that failed may still hold a view of it.
    pages.write(os.urandom(_OBJECT))
    # Random, so that a disk that compresses gains nothing.
    content = memoryview(pages)
    name = "writing"
    try:
        # The pool ends first: what is under way when it is interrupted is removed as well.
        with ThreadPoolExecutor(threads) as pool:

            def each(work: Callable[[str], None], keys: list[str]) -> list[str]:
                """Do it for as many keys as there is time for, and return which."""
                ends = time.perf_counter() + seconds

                def one(key: str) -> bool:
                    if time.perf_counter() > ends:
                        return False
                    work(key)
                    return True

                return [key for key, done in zip(keys, pool.map(one, keys), strict=True) if done]

            def write() -> list[str]:
                written = each(lambda key: backend.put(key, [content]), keys)
                backend.settle(written)
                return written

            def read(key: str) -> None:
                backend.read_into(key, 0, memoryview(bytearray(_OBJECT)))

            written, result = _timed(name, threads, write)
            yield result
            name = "reading"
            yield _timed(name, threads, lambda: each(read, written))[1]
    except NoSpaceError:
        words = f"not tried: there is no room for {len(keys)} objects of 8 MiB"
        yield Result(name, "unknown", words)
    finally:
        for key in keys:
            backend.delete(key)


def rate_of(result: Result) -> float | None:
    """Return the bytes per second that `measure_speed` found; None where it found none."""
    rate = next((figure.value for figure in result.figures if figure.name == "rate"), None)
    return rate if isinstance(rate, int | float) else None


def advise_encoding(speeds: list[Result]) -> Result:
    """Say which encoding suits a place whose pushes and pulls wait for a network."""
    rates = [rate for speed in speeds if (rate := rate_of(speed)) is not None]
    if not rates:
        return Result("encoding", "unknown", "the speed that decides it is not known")
    slowest = min(rates)
    megabytes = f"{slowest / 1e6:.0f} MB/s"
    if slowest < _FAST_BELOW:
        words = f"`fast` suits: at {megabytes} (under {_FAST_BELOW / 1e6:.0f}) smaller pieces pay"
        return Result("encoding", "ok", words, "", (Figure("advised", "fast"),))
    words = f"`raw` suits: at {megabytes} making pieces smaller takes longer than sending them"
    return Result("encoding", "ok", words, "", (Figure("advised", "raw"),))


def measure_clock(backend: Backend) -> Result:
    """Compare the store's clock with this machine's."""
    before = time.time()
    told = backend.now()
    after = time.time()
    skew = told - (before + after) / 2
    figures = (Figure("ahead", round(skew, 3), "s"), Figure("asking takes", after - before, "s"))
    words = f"the store's clock is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} ours"
    if abs(skew) > _SKEW_S:
        hint = (
            "Set both by NTP: an engine refuses who is 15 minutes off."
            if backend.traits.is_remote
            else "Set both by NTP; nothing is lost by it, but times in lists will puzzle."
        )
        return Result("clock", "warning", words, hint, figures)
    return Result("clock", "ok", words, "", figures)


def _timed(name: str, threads: int, work: Callable[[], list[str]]) -> tuple[list[str], Result]:
    start = time.perf_counter()
    done = work()
    taken = time.perf_counter() - start
    rate = len(done) * _OBJECT / taken
    words = f"{rate / 1e6:.0f} MB/s, {len(done)} objects of 8 MiB by {threads} threads"
    return done, Result(name, "ok", words, "", (Figure("rate", round(rate), "bytes/s"),))
