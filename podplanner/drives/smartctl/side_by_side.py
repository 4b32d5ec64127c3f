"""Many questions at once, and never longer than is given to all of them together.

Every link has a thread, so a drive that hangs holds up no other link. On one link drives are asked
one after another, each for its share of the time; those that kept silent are asked once more, for
what is left. The threads are daemons, and nobody joins them without an end: one that the system
holds (a program on a disk that died) ends with the process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from podplanner.drives.reading import DriveReading
from podplanner.drives.smartctl.ending import KILL_GRACE_S, TERM_GRACE_S

MOST_THREADS = 512
"""More links than a rack of shelves has."""
GRACE_S = TERM_GRACE_S + KILL_GRACE_S + 0.3
"""Beyond the time given: for ending what hangs, and for a busy machine to get to it."""
LEAST_SHARE_S = 1.0
"""Of a drive that shares its link: a drive that is awake answers every log within it."""
_LEAST_AGAIN_S = 0.5
# Left over, to ask a second time.


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one drive.

    Attributes:
        raw: What smartctl wrote; None: none was run.
        silent: It did not answer in its time, and may do so in more.
    """

    reading: DriveReading
    raw: bytes | None = None
    silent: bool = False


Ask = Callable[[int, float, Event], Answer]
"""Asks the drive at a place, for some seconds, or until the event."""

_Told = tuple[int, Answer] | BaseException | None
# An answer; what broke; None: a link is through.


def ask_side_by_side(links: Sequence[Sequence[int]], ask: Ask, until: float) -> dict[int, Answer]:
    """Return the answers by place; a place that is not in it gave none in time.

    Args:
        links: Places; those on one link are never asked at the same time.
        ask: Asks one.
        until: By the clock of `time.monotonic`.
    """
    waiting: SimpleQueue[Sequence[int]] = SimpleQueue()
    for link in links:
        waiting.put(link)
    told: SimpleQueue[_Told] = SimpleQueue()
    stop = Event()
    threads = _started(
        min(len(links), MOST_THREADS), lambda: _work(waiting, told, ask, until, stop)
    )
    answers: dict[int, Answer] = {}
    through = 0
    try:
        while through < len(links):
            found = told.get(timeout=max(until + GRACE_S - monotonic(), 0))
            if isinstance(found, BaseException):
                raise found
            if found is None:
                through += 1
            else:
                answers[found[0]] = found[1]
    except Empty:
        stop.set()
    except BaseException:
        # Ctrl-C, above all: what was started is ended before anybody is told.
        stop.set()
        ends = monotonic() + GRACE_S
        for thread in threads:
            thread.join(max(ends - monotonic(), 0))
        raise
    return answers


def _started(count: int, work: Callable[[], None]) -> list[Thread]:
    threads: list[Thread] = []
    for _ in range(count):
        thread = Thread(target=work, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system gives no more; those that it gave take turns.
            if not threads:
                raise
            break
        threads.append(thread)
    return threads


def _work(
    waiting: "SimpleQueue[Sequence[int]]",
    told: "SimpleQueue[_Told]",
    ask: Ask,
    until: float,
    stop: Event,
) -> None:
    while not stop.is_set():
        try:
            link = waiting.get_nowait()
        except Empty:
            return
        try:
            _ask_link(link, ask, until, stop, told)
        except BaseException as error:  # noqa: BLE001  raised again by the thread that waits
            told.put(error)
            return
        told.put(None)


def _ask_link(
    places: Sequence[int], ask: Ask, until: float, stop: Event, told: "SimpleQueue[_Told]"
) -> None:
    silent = []
    for number, place in enumerate(places):
        if stop.is_set():
            return
        answer = ask(place, _share(until - monotonic(), len(places) - number, len(places)), stop)
        told.put((place, answer))
        if answer.silent and len(places) > 1:
            silent.append(place)
    for number, place in enumerate(silent):
        left = until - monotonic()
        if left < _LEAST_AGAIN_S or stop.is_set():
            return
        told.put((place, ask(place, left / (len(silent) - number), stop)))


def _share(left: float, waiting: int, together: int) -> float:
    """Return a drive's share of the time: as if there were one more on the link, to ask again."""
    if together == 1:
        return left
    return min(left, max(LEAST_SHARE_S, left / (waiting + 1)))
