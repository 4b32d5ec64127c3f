"""What can be wrong with the directory of a store: tried where it can be, else judged and said."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from podplanner.errors import PodplannerError
from podplanner.store.backends.directory import leftovers
from podplanner.store.backends.directory.backend import DirectoryBackend
from podplanner.store.backends.directory.claiming import CLAIMS
from podplanner.store.backends.directory.creating import Primitive, is_sound
from podplanner.store.backends.directory.mounts import BUCKETS, IN_MEMORY, NETWORK, Mount, mount_of
from podplanner.store.backends.directory.place import Place
from podplanner.store.backends.directory.racing import Race, race
from podplanner.store.backends.directory.sharing import examine_sharing
from podplanner.store.backends.directory.strolling import examine_tree
from podplanner.store.backends.directory.writing import temporary_name
from podplanner.store.examination import Figure, Result, SecondUser
from podplanner.store.measuring import measure_speed

_FSYNCS = 7
# Of which the median is told: one may meet a journal that is being written.


def examine(place: Place, second_user: SecondUser | None) -> Iterator[Result]:
    """Yield what is found; what is tried is tried in a temporary folder, which goes again."""
    try:
        place.assure()
    except PodplannerError as error:
        yield Result("directory", "error", error.message, error.hint)
        return
    yield _file_system(place)
    try:
        with _scratch(place) as scratch:
            yield _creation(place, scratch)
            yield from (_fsync(scratch), _letter_case(scratch), _hard_links(scratch))
            yield from measure_speed(DirectoryBackend(scratch), "objects/")
            yield examine_sharing(place, scratch, second_user)
    except (PodplannerError, OSError) as error:
        words = error.message if isinstance(error, PodplannerError) else str(error)
        yield Result(
            "writing", "unknown", f"nothing can be tried, since nothing is written: {words}"
        )
    yield _leftovers(place)
    yield from examine_tree(place)


def prove_creation(place: Place) -> Result:
    """Say whether the create-only primitive that would be used holds; the others are not raced."""
    with _scratch(place) as scratch:
        return _creation(place, scratch, only_used=True)


@contextmanager
def _scratch(place: Place) -> Iterator[Path]:
    """Give a temporary folder inside the store, on its file system, with its group and mode."""
    name = temporary_name()
    place.make_folder(name)
    try:
        yield Path(place.path, name)
    finally:
        leftovers.remove(place, name)


def _file_system(place: Place) -> Result:
    mount = mount_of(place.path)
    if mount is None:
        return Result("file system", "unknown", "the system does not say what is mounted here")
    figures = (Figure("kind", mount.kind), Figure("mounted at", mount.point))
    words = f"{mount.kind}, mounted at {mount.point}"
    for applies, warning, hint in _mount_rules():
        if applies(mount):
            return Result("file system", "warning", f"{words}: {warning}", hint, figures)
    far = mount.kind in NETWORK
    return Result("file system", "ok", f"{words}{' (over a network)' if far else ''}", "", figures)


def _mount_rules() -> tuple[tuple[Callable[[Mount], bool], str, str], ...]:
    return (
        (
            lambda mount: "ro" in mount.options,
            "mounted read-only, so that models can be pulled and not pushed",
            "",
        ),
        (
            lambda mount: mount.kind in BUCKETS,
            "a bucket that poses as a folder keeps no two writers apart",
            "Use a folder of a file server, or of a local disk.",
        ),
        (
            lambda mount: mount.kind in IN_MEMORY,
            "what is in memory is gone when the machine stops",
            "Use a folder of a disk for what shall stay.",
        ),
        (
            lambda mount: mount.kind.startswith("nfs") and "soft" in mount.options,
            "a soft mount gives writes up when the server is slow",
            "Mount it with the option `hard`.",
        ),
        (
            lambda mount: mount.kind.startswith("nfs") and "async" in mount.options,
            "the mount may answer before the server has written",
            "Mount it without the option `async`.",
        ),
        (
            lambda mount: mount.kind in ("cifs", "smb3") and "cache=loose" in mount.options,
            "with loose caching two machines see different stores",
            "Mount it with `cache=strict`.",
        ),
    )


def _creation(place: Place, scratch: Path, *, only_used: bool = False) -> Result:
    """Race every primitive, and say what the one is worth that would be used.

    That is the first which is to be had; where claims are used already, a claim.
    """
    races: list[Race] = []
    used: Race | None = None
    claims = place.has_folder(CLAIMS)
    for primitive in Primitive:
        if only_used and (used is not None or (claims and primitive is not Primitive.CLAIM)):
            continue
        races.append(_race(place, scratch, primitive))
        if races[-1].rounds and (used is None or (claims and primitive is Primitive.CLAIM)):
            used = races[-1]
    if claims and used is not None and used.primitive is not Primitive.CLAIM:
        used = None
    return _judged(used, races)


def _race(place: Place, scratch: Path, primitive: Primitive) -> Race:
    if not is_sound(primitive, place):
        return Race(primitive, 0, 0, "it would keep only one machine's writers apart")
    folder = scratch / primitive.value
    folder.mkdir()
    return race(folder, primitive)


def _judged(used: Race | None, races: list[Race]) -> Result:
    told = "; ".join(_told(each) for each in races)
    figures = tuple(
        Figure(f"{each.primitive.value} rounds spoilt", each.spoilt)
        for each in races
        if each.rounds
    )
    if used is None:
        hint = "Use another file system, or make the store with --single-writer."
        words = f"nobody can create only what is not there: {told}"
        return Result("creation", "error", words, hint, figures)
    figures = (Figure("primitive", used.primitive.value), *figures)
    if not used.holds:
        hint = "Use another file system, or let one process write at a time (--single-writer)."
        return Result("creation", "error", f"two writers can both win: {told}", hint, figures)
    words = f"one writer wins by {used.primitive.value} ({told})"
    return Result("creation", "ok", words, "", figures)


def _told(each: Race) -> str:
    name = each.primitive.value
    if not each.rounds:
        return f"{name}: not to be had"
    if each.spoilt:
        return f"{name}: {each.spoilt} of {each.rounds} rounds spoilt"
    return f"{name}: holds in {each.rounds} rounds"


def _fsync(scratch: Path) -> Result:
    taken: list[float] = []
    try:
        for number in range(_FSYNCS):
            descriptor = os.open(scratch / f"fsync-{number}", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, b"x" * 4096)
                start = time.perf_counter()
                os.fsync(descriptor)
                taken.append(time.perf_counter() - start)
            finally:
                os.close(descriptor)
    except OSError as error:
        hint = "Look at the disk and its cables; do not push here."
        return Result("fsync", "error", f"fsync fails: {error.strerror}", hint)
    median = statistics.median(taken)
    words = f"fsync answers in {median * 1000:.2f} ms; whether the disk obeys is not seen from here"
    return Result("fsync", "ok", words, "", (Figure("time", median, "s"),))


def _letter_case(scratch: Path) -> Result:
    (scratch / "letter").touch()
    folds = (scratch / "LETTER").exists()
    words = "upper and lower case are one" if folds else "upper and lower case are two"
    return Result(
        "letter case", "ok", f"{words}; keys are all lower case", "", (Figure("folds", int(folds)),)
    )


def _hard_links(scratch: Path) -> Result:
    one, two = scratch / "link-one", scratch / "link-two"
    one.touch()
    try:
        two.hardlink_to(one)
    except OSError as error:
        return Result("hard links", "ok", f"not to be had ({error.strerror}); none is needed")
    return Result("hard links", "ok", "to be had")


def _leftovers(place: Place) -> Result:
    try:
        found = leftovers.leftovers(place)
    except OSError as error:
        return Result("leftovers", "unknown", f"they cannot be listed: {error.strerror}")
    size = sum(each for _, each, _ in found)
    figures = (Figure("count", len(found)), Figure("size", size, "bytes"))
    if not found:
        return Result(
            "leftovers", "ok", "no write is under way, and none was broken off", "", figures
        )
    words = f"{len(found)} files of writes that are under way or were broken off, {size} bytes"
    return Result("leftovers", "ok", words, "A collection removes old ones.", figures)
