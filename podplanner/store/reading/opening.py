"""Opening a version for reading: the reference looked up, its manifest checked."""

from podplanner.errors import UnknownNameError
from podplanner.store.manifest import FileEntry
from podplanner.store.names import Reference
from podplanner.store.paths import printable
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.rows import check_numbers
from podplanner.store.root import StoreRoot

_NAMED = 8
# Files that an error names; `model show` gives all.


def open_version(root: StoreRoot, reference: Reference) -> OpenVersion:
    """Return the version that a reference names, its manifest free of contradictions.

    Raises:
        UnknownNameError: There is no such version.
        ObjectMissingError: A document is lost.
        ObjectCorruptError: A document is damaged, or contradicts itself.
    """
    version = root.open(root.refs.resolve(reference))
    check_numbers(version.manifest, f"the manifest of {version.version}")
    return version


def file_at(version: OpenVersion, path: str) -> tuple[FileEntry, int]:
    """Return a file and where its bytes begin among all of the version.

    Raises:
        UnknownNameError: The version has no such file; says which it has.
    """
    start = 0
    for entry in version.manifest.files:
        if entry.path == path:
            return entry, start
        start += entry.size
    raise UnknownNameError(
        f"{version.version} has no file {printable(path)}; it has {_some_paths(version)}",
        hint=f"Run `podplanner model show {version.version}` to see all.",
    )


def _some_paths(version: OpenVersion) -> str:
    files = version.manifest.files
    named = ", ".join(printable(entry.path) for entry in files[:_NAMED])
    return named + (f" and {len(files) - _NAMED} more" if len(files) > _NAMED else "")
