"""What can be wrong with a bucket as the place of a store: tried, for nothing an engine says."""

from collections.abc import Callable, Iterator

from podplanner.errors import NotPermittedError, PodplannerError
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.backends.s3.backend import S3Backend
from podplanner.store.backends.s3.keeping import keeping
from podplanner.store.backends.s3.probing import (
    checksums,
    deleting,
    listing,
    names,
    ranges,
    read_back,
)
from podplanner.store.backends.s3.racing import creation
from podplanner.store.backends.s3.reaching import permissions, reach
from podplanner.store.backends.s3.scratch import FOLDER, TRY, Scratch, scratch
from podplanner.store.backends.s3.translating import translated
from podplanner.store.contents import judge_contents
from podplanner.store.examination import Figure, Result
from podplanner.store.measuring import advise_encoding, measure_speed

_RACES, _FEW_RACES = 2, 1
# 48 rounds; 24 when a store is made.
_SPEED_THREADS, _SPEED_S = 8, 4.0
# As a push has; no object is begun later.
_OLD_S = 86_400.0
# Of what was tried: no examination takes so long, whatever clocks say.
_PROBES: tuple[tuple[str, Callable[[Scratch], Result]], ...] = (
    ("creation", lambda scratch: creation(scratch, times=_RACES)),
    ("read back", read_back),
    ("ranges", ranges),
    ("names", names),
    ("listing", listing),
    ("deletion", deleting),
    ("checksums", checksums),
)


def examine(backend: S3Backend) -> Iterator[Result]:
    """Yield what is found; what is tried lies below `doctor/try-...` and is removed again."""
    reached = reach(backend)
    yield reached
    if reached.verdict == "error":
        return
    with scratch(backend) as tried:
        may = permissions(tried)
        yield may
        if may.verdict == "ok":
            for name, probe in _PROBES:
                yield _result(name, lambda probe=probe: probe(tried))  # type: ignore[misc]
            yield from _speed(tried)
        else:
            words = "nothing more is tried: it could not be written, found, read and removed again"
            yield Result("writing", "unknown", words)
    yield from keeping(backend, keeps_versions=tried.keeps_versions)
    yield _leftovers(backend, tried.trouble)
    yield _result("contents", lambda: judge_contents(_top_level(backend)))


def prove_creation(backend: S3Backend) -> Result:
    """Say whether one of several writers wins; nothing else is tried.

    Raises:
        PodplannerError: It cannot be tried.
    """
    with scratch(backend) as tried:
        return creation(tried, times=_FEW_RACES)


def _result(name: str, work: Callable[[], Result]) -> Result:
    try:
        return work()
    except NotPermittedError as error:
        return Result(name, "unknown", error.message)
    except PodplannerError as error:
        return Result(name, "error", error.message, error.hint)


def _speed(tried: Scratch) -> Iterator[Result]:
    speeds: list[Result] = []
    try:
        for speed in measure_speed(
            RetryingBackend(tried.backend),
            f"{tried.folder}speed/",
            threads=_SPEED_THREADS,
            seconds=_SPEED_S,
        ):
            speeds.append(speed)
            yield speed
    except PodplannerError as error:
        yield Result("writing" if not speeds else "reading", "error", error.message, error.hint)
    yield advise_encoding(speeds)


def _leftovers(backend: S3Backend, trouble: PodplannerError | None) -> Result:
    """Remove what earlier examinations left that were killed."""
    if trouble is not None:
        words = f"what was tried stays: {trouble.message}"
        return Result("leftovers", "warning", words, trouble.hint)
    return _result("leftovers", lambda: _cleared(backend))


def _cleared(backend: S3Backend) -> Result:
    before = backend.now() - _OLD_S
    found = [info for info in backend.keys(FOLDER) if info.key.startswith(FOLDER + TRY)]
    old = [info.key for info in found if info.time < before]
    backend.delete_all(old)
    figures = (Figure("removed", len(old)), Figure("younger", len(found) - len(old)))
    if not found:
        return Result("leftovers", "ok", "no examination was broken off", "", figures)
    words = f"of examinations that were broken off {len(old)} objects removed"
    if len(old) < len(found):
        words += f", and {len(found) - len(old)} left that are younger than a day"
    return Result("leftovers", "ok", words, "", figures)


def _top_level(backend: S3Backend) -> Iterator[str]:
    """Yield the names of objects at the top, and of folders there with a slash at their end."""
    root = f"{backend.prefix}/".lstrip("/")
    with translated(backend.asked("list", "")):
        pages = backend.access.client.get_paginator("list_objects_v2").paginate(
            Bucket=backend.bucket, Prefix=root, Delimiter="/"
        )
        for page in pages:
            yield from (
                item["Prefix"].removeprefix(root) for item in page.get("CommonPrefixes", [])
            )
            yield from (item["Key"].removeprefix(root) for item in page.get("Contents", []))
