"""Whether an engine creates an object only if there is none: tried in turn, and by many at once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

from podplanner.errors import BackendUnavailableError, ObjectMissingError
from podplanner.store.backends.s3.scratch import Scratch
from podplanner.store.claims import new_id
from podplanner.store.examination import Figure, Result

_GOES_ON_S = 60.0
# A racer that waits so long for the others waits for one that has been interrupted.
_SMALL, _LARGE = 64, 256 * 2**10
# Bytes: an engine that looks first and writes later gives others more time where it writes more.


@dataclass(frozen=True, slots=True)
class Wave:
    """Races for several keys that begin at the same moment."""

    keys: int
    writers: int
    """Of each key."""


_WAVES = (Wave(keys=8, writers=4), Wave(keys=16, writers=2))
# 32 requests at once, each. SeaweedFS 4.48 lets all but two writers of a key wait for a second and
# more, so that few writers of many keys take a tenth of the time of many writers of few keys.


@dataclass(frozen=True, slots=True)
class Try:
    """One writer's part in a race for one key."""

    content: bytes
    """Random, so that it is no other writer's."""
    won: bool | None
    """None: the answer was lost, or the engine asked for a second try."""


def creation(scratch: Scratch, *, times: int) -> Result:
    """Try what exclusion between writers rests on.

    Args:
        scratch: Where.
        times: How often both waves are run: each makes 24 rounds.
    """
    if (trouble := _in_turn(scratch)) is not None:
        hint = (
            "Use another engine, or a newer version of it. If only one process ever writes, make "
            "the store with --single-writer."
        )
        return Result("creation", "error", trouble, hint, (Figure("second create", "made"),))
    spoilt = rounds = 0
    for time in range(times):
        for wave in _WAVES:
            outcomes = _race(scratch, wave, f"race-{time}-{wave.writers}")
            rounds += len(outcomes)
            spoilt += sum(not is_sound(tries, kept) for tries, kept in outcomes)
    figures = (
        Figure("second create", "refused"),
        Figure("rounds", rounds),
        Figure("rounds spoilt", spoilt),
    )
    who = " or ".join(str(wave.writers) for wave in sorted(_WAVES, key=lambda wave: wave.writers))
    if spoilt:
        words = f"two writers can both win: {spoilt} of {rounds} rounds of {who} writers spoilt"
        hint = (
            "Use another engine, or a newer version of it. If only one process ever writes, make "
            "the store with --single-writer."
        )
        return Result("creation", "error", words, hint, figures)
    words = f"a second create is refused, and one of {who} writers wins in {rounds} rounds"
    return Result("creation", "ok", words, "", figures)


def is_sound(tries: Sequence[Try], kept: bytes | None) -> bool:
    """Return whether a race went as it must: one writer won, and what it wrote is there.

    Where an answer was lost, nobody need know of having won; but what is there must be
    something that somebody wrote who does not know of having lost.

    Args:
        tries: Of all writers of one key.
        kept: What is under the key afterwards; None: nothing.
    """
    winners = [each.content for each in tries if each.won]
    unknown = [each.content for each in tries if each.won is None]
    if winners:
        return [kept] == winners
    return bool(unknown) and (kept is None or kept in unknown)


def _in_turn(scratch: Scratch) -> str | None:
    """Create an object twice; return what is wrong, or None."""
    backend, key = scratch.backend, scratch.key("twice")
    first, second = new_id().encode(), new_id().encode()
    if not backend.create(key, first):
        return "a new object is said to be there already"
    won = backend.create(key, second)
    kept = backend.get(key)
    if won or kept != first:
        how = "made a second time" if won else "overwritten, though it is refused"
        return (
            f"what is there is {how}, so that two writers overwrite each other's versions: "
            "`If-None-Match` is ignored"
        )
    backend.delete(key)
    if not backend.create(key, second) or backend.get(key) != second:
        return "what was deleted cannot be created again"
    return None


def _race(scratch: Scratch, wave: Wave, name: str) -> list[tuple[list[Try], bytes | None]]:
    """Let many writers create the same keys at the same moment."""
    backend = scratch.backend
    keys = [scratch.key(f"{name}-{number:02}") for number in range(wave.keys)]
    barrier = threading.Barrier(wave.keys * wave.writers)

    # Connections are open by then, and what an engine remembers of absence may be wrong.
    scratch.side_by_side(backend.head, keys * wave.writers)

    def write(key: str, size: int) -> Try:
        content = new_id().encode().ljust(size, b".")
        barrier.wait(_GOES_ON_S)
        try:
            return Try(content, backend.create(key, content))
        except BackendUnavailableError:
            return Try(content, None)

    def kept(key: str) -> bytes | None:
        try:
            return backend.get(key)
        except ObjectMissingError:
            return None

    with ThreadPoolExecutor(barrier.parties) as pool:
        try:
            racing = [
                [pool.submit(write, key, size) for _ in range(wave.writers)]
                for key, size in zip(keys, cycle((_SMALL, _LARGE)), strict=False)
            ]
            tries = [[each.result() for each in of_key] for of_key in racing]
        except BaseException:
            # Whoever waits for one that was never begun waits in vain.
            barrier.abort()
            raise
    return list(zip(tries, map(kept, keys), strict=True))
