"""What of a version is to be pulled: all of it, or the files that patterns name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from podplanner.errors import UnknownNameError
from podplanner.store.manifest import Manifest
from podplanner.store.paths import printable
from podplanner.store.pickles import PickleFindings, find_globals, refuse_unsafe
from podplanner.store.progress import Progress
from podplanner.store.reader import OpenVersion
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.writer import FileWriter

_NAMED = 8
# Files that an error names; `model show` gives all.


@dataclass(frozen=True, slots=True)
class Selection:
    """The files of a version that are to be pulled."""

    numbers: tuple[int, ...]
    """Indexes into the manifest's files, rising."""
    files: tuple[WantedFile, ...]
    """The same files, as a destination takes them."""
    folders: tuple[str, ...]
    """Empty ones."""

    @property
    def size(self) -> int:
        """Plain bytes of the files."""
        return sum(one.size for one in self.files)


def select(version: OpenVersion, patterns: Sequence[str]) -> Selection:
    """Return the files that patterns name; without patterns, all.

    A pattern is a path, a folder (everything below it), or a path with `*`, `?` and `[...]`,
    of which `*` also stands for slashes.

    Raises:
        UnknownNameError: A pattern fits nothing in the version.
    """
    manifest = version.manifest
    paths = [entry.path for entry in manifest.files]
    numbers: Iterable[int] = range(len(paths))
    folders: Iterable[str] = manifest.folders
    if patterns:
        _require_all_fit(version, patterns)
        numbers = (n for n in numbers if any(_fits(paths[n], one) for one in patterns))
        folders = (path for path in folders if any(_fits(path, one) for one in patterns))
    chosen = tuple(numbers)
    wanted = (manifest.files[number] for number in chosen)
    return Selection(
        chosen,
        tuple(WantedFile(one.path, one.size, one.executable) for one in wanted),
        tuple(folders),
    )


def refuse_pickles(
    version: OpenVersion, selection: Selection, *, allow: bool, progress: Progress
) -> None:
    """Refuse files that could run code when they are loaded, unless they are allowed.

    Raises:
        UnsafeContentError: There is one, and it is not allowed.
    """
    entries = (version.manifest.files[number] for number in selection.numbers)
    found = {
        entry.path: PickleFindings.of_words(entry.pickle)
        for entry in entries
        if entry.pickle is not None
    }
    for line in refuse_unsafe(found, allow=allow):
        progress.warn(line)


def refuse_hidden_pickle(size: int, path: str, writer: FileWriter) -> None:
    """Refuse a file that holds an unsafe pickle, whatever the manifest says of it.

    Raises:
        UnsafeContentError: It does.
    """

    def read_at(offset: int, length: int) -> bytes:
        buffer = bytearray(max(0, min(length, size - offset)))
        writer.read_into(offset, memoryview(buffer))
        return bytes(buffer)

    found = find_globals(read_at, size, name=path)
    if found is not None:
        refuse_unsafe({path: found}, allow=False)


def real_strangers(manifest: Manifest, strangers: Sequence[str]) -> tuple[str, ...]:
    """Return those strangers that belong to no file of the version, pulled or not.

    Args:
        manifest: The version's.
        strangers: Paths in the destination; folders with a slash behind them.
    """
    if not strangers:
        return ()
    known = set(manifest.folders)
    for entry in manifest.files:
        known.add(entry.path)
        folder = entry.path.rpartition("/")[0]
        while folder and folder not in known:
            known.add(folder)
            folder = folder.rpartition("/")[0]
    return tuple(path for path in strangers if path.rstrip("/") not in known)


def _require_all_fit(version: OpenVersion, patterns: Sequence[str]) -> None:
    manifest = version.manifest
    paths = [*(entry.path for entry in manifest.files), *manifest.folders]
    for pattern in patterns:
        if not any(_fits(path, pattern) for path in paths):
            named = ", ".join(printable(path) for path in paths[:_NAMED])
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            raise UnknownNameError(
                f"{pattern!r} fits no file of {version.version}, which has {named}{more}",
                hint=f"Run `podplanner model show {version.version}` to see all files.",
            )


def _fits(path: str, pattern: str) -> bool:
    folder = pattern.rstrip("/")
    return path == folder or path.startswith(folder + "/") or fnmatchcase(path, pattern)
