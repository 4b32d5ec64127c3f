"""Examination of a store's place: what holds there, tried rather than believed."""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import msgspec

from podplanner.errors import ConflictError, NotPermittedError, ObjectMissingError, PodplannerError
from podplanner.store.backend import Backend, ObjectInfo
from podplanner.store.claims import new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.contents import STORE, judge_contents
from podplanner.store.documents import Document, encode
from podplanner.store.examination import (
    WORST_FIRST,
    Examinable,
    Figure,
    Result,
    SecondUser,
    Verdict,
)
from podplanner.store.locate import Address, open_backend, parse_address
from podplanner.store.measuring import measure_clock, measure_speed

FORMAT = "podplanner/doctor/1"
PREFIX = "doctor/"
"""Folder of the reports: `doctor/<10 digits>.json`, create-only, counted from 1."""
_RACERS = 8
_ROUNDS = 10
# Of the race by threads, for backends that cannot have it run by processes.
_LITTLE_SPACE = 10 * 2**30
# Bytes: less than one model of a few billion parameters in bf16.
_TRIES = 20
# Of writing the report under the next number, with others examining at the same time.
_LAST = "\U0010ffff"
# Sorts after every key below a folder.


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What an examination found, in the order of the report."""

    address: str
    results: tuple[Result, ...]
    record: str | None
    """The key under which it is kept in the store; None: there is no store, or it is not ours
    to write to."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all results."""
        found = {result.verdict for result in self.results}
        return next(verdict for verdict in WORST_FIRST if verdict in found)


class RecordedFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A figure in the document."""

    name: str
    value: float | int | str
    unit: str


class RecordedResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A result in the document."""

    name: str
    verdict: Verdict
    words: str
    figures: tuple[RecordedFigure, ...]


class DoctorRecord(Document, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document `doctor/<10 digits>.json`."""

    time: str
    """RFC 3339, by the store's clock."""
    who: str
    """`user@host`: what holds for one machine may not hold for another one."""
    results: tuple[RecordedResult, ...]


def examine(
    place: Backend | Address | str,
    *,
    second_user: SecondUser | None = None,
    record: bool = True,
    told: Callable[[Result], None] = lambda result: None,
) -> DoctorReport:
    """Examine the place of a store, or one that shall become a store's.

    Everything that is tried is removed again; what is left behind is the report itself, in a
    store that may be written to.

    Args:
        place: A backend without wrappers, or where it is.
        second_user: As whom to try to share a directory, when run as root; None: a made-up user
            of the directory's group.
        record: Whether to keep the report in the store.
        told: Hears each result as soon as it is there.

    Raises:
        NoStoreError: There is no directory at the address.
        WrongUsageError: It is no address, or a setting makes no sense.
    """
    if isinstance(place, str):
        place = parse_address(place)
    backend = open_backend(place, retry=False) if isinstance(place, Address) else place
    results: list[Result] = []
    with closing(_results(backend, second_user)) as found:
        # Closed by hand: what is tried is removed at once when somebody interrupts.
        for result in found:
            told(result)
            results.append(result)
    is_reached = any(result.name == "store" for result in results)
    key = _record(backend, tuple(results)) if record and is_reached else None
    return DoctorReport(backend.address, tuple(results), key)


def demand_creation(backend: Backend) -> Result:
    """Find, by racing, that of several writers exactly one creates an object; say how.

    Raises:
        ConflictError: It is not so; the message says what was seen.
        NotPermittedError: Nobody can write there.
    """
    prove = getattr(backend, "prove_creation", None)
    result: Result = prove() if prove is not None else _race_threads(backend)
    if result.verdict != "ok":
        raise ConflictError(f"{backend.address} is not fit for a store: {result.words}",
                            hint=result.hint)  # fmt: skip
    return result


def _results(backend: Backend, second_user: SecondUser | None) -> Generator[Result, None, None]:
    heard: set[str] = set()
    for result in _of_the_place(backend, second_user):
        heard.add(result.name)
        yield result
    if "store" not in heard:
        # The place is not reached: all that follows would say the same.
        return
    for name, work in (("clock", measure_clock), ("space", _space), ("contents", _contents)):
        if name not in heard:
            yield from _tried(work, backend, name)


def _of_the_place(backend: Backend, second_user: SecondUser | None) -> Iterator[Result]:
    """Yield what the backend knows of its place, else what the port can tell of any."""
    if isinstance(backend, Examinable):
        found = iter(backend.examine(second_user))
        reached = next(found)
        if reached.verdict != "error":
            yield _store(backend)
        yield reached
        yield from found
        return
    yield _store(backend)
    yield from _tried(_race_threads, backend, "creation")
    try:
        yield from measure_speed(backend, f"{PREFIX}try-{new_id()}/")
    except PodplannerError as error:
        yield _unknown("writing", error)


def _tried(work: Callable[[Backend], Result], backend: Backend, name: str) -> Iterator[Result]:
    try:
        yield work(backend)
    except PodplannerError as error:
        yield _unknown(name, error)


def _unknown(name: str, error: PodplannerError) -> Result:
    verdict: Verdict = "unknown" if isinstance(error, NotPermittedError) else "error"
    return Result(name, verdict, error.message, error.hint)


def _store(backend: Backend) -> Result:
    try:
        backend.get(STORE)
    except ObjectMissingError:
        hint = f"Make one with `podplanner store init {backend.address}`."
        return Result("store", "ok", "there is no store here yet", hint)
    except PodplannerError as error:
        return Result("store", "error", error.message, error.hint)
    return Result("store", "ok", f"there is a store at {backend.address}")


def _race_threads(backend: Backend) -> Result:
    """Let threads create the same keys at the same moments, by the port alone."""
    prefix = f"{PREFIX}try-{new_id()}/"
    barrier = threading.Barrier(_RACERS)

    def race(key: str) -> bool:
        barrier.wait()
        return backend.create(key, new_id().encode())

    spoilt = 0
    with ThreadPoolExecutor(_RACERS) as pool:
        for number in range(_ROUNDS):
            key = f"{prefix}{number}"
            racing = [pool.submit(race, key) for _ in range(_RACERS)]
            try:
                spoilt += sum(each.result() for each in racing) != 1
            finally:
                backend.delete(key)
    figures = (Figure("rounds", _ROUNDS), Figure("rounds spoilt", spoilt))
    if spoilt:
        words = f"two writers can both win: {spoilt} of {_ROUNDS} rounds spoilt"
        return Result("creation", "error", words, "Let one process write at a time.", figures)
    return Result("creation", "ok", f"one writer wins in {_ROUNDS} rounds of threads", "", figures)


def _space(backend: Backend) -> Result:
    free = backend.free_bytes()
    if free is None:
        return Result("space", "unknown", "nobody says how much can be written")
    figures = (Figure("free", free, "bytes"),)
    words = f"{free / 1e9:.1f} GB are free"
    if free < _LITTLE_SPACE:
        hint = "Collect with `podplanner store gc`, or get a larger disk."
        return Result("space", "warning", words, hint, figures)
    return Result("space", "ok", words, "", figures)


def _contents(backend: Backend) -> Result:
    return judge_contents(_top_level(backend))


def _top_level(backend: Backend) -> Iterator[str]:
    """Yield the names of objects in the root, and of folders in it with a slash at their end."""
    after = ""
    while (info := _first(backend, after)) is not None:
        name, slash, _ = info.key.partition("/")
        yield name + slash
        after = f"{name}/{_LAST}" if slash else name


def _first(backend: Backend, after: str) -> ObjectInfo | None:
    return next(iter(backend.keys("", after=after)), None)


def _record(backend: Backend, results: tuple[Result, ...]) -> str | None:
    """Keep a report in a store under the next number; None where that cannot be."""
    try:
        if backend.head(STORE) is None:
            return None
        content = encode(_document(backend, results))
        for _ in range(_TRIES):
            number = max(map(_number_of, backend.keys(PREFIX)), default=0) + 1
            key = f"{PREFIX}{number:010}.json"
            if backend.create(key, content):
                return key
    except PodplannerError:
        return None
    return None


def _number_of(info: ObjectInfo) -> int:
    """Return the number of a report; 0 for what is none."""
    word = info.key.removeprefix(PREFIX).removesuffix(".json")
    return int(word) if len(word) == 10 and word.isdigit() else 0


def _document(backend: Backend, results: tuple[Result, ...]) -> DoctorRecord:
    return DoctorRecord(
        format=FORMAT,
        time=written(backend.now()),
        who=who_am_i(),
        results=tuple(
            RecordedResult(
                name=result.name,
                verdict=result.verdict,
                words=result.words,
                figures=tuple(
                    RecordedFigure(name=each.name, value=each.value, unit=each.unit)
                    for each in result.figures
                ),
            )
            for result in results
        ),
    )
