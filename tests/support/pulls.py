"""What tests of pulling share: trees of files, and stores on which reading is counted."""

from pathlib import Path

from support.hand_made import HandMade, Row, Watched, put_alone

from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.pulling import pull
from podplanner.store.results import Pulled
from podplanner.store.root import StoreRoot, make_root


def watched_root() -> StoreRoot:
    return make_root(Watched(MemoryBackend()))


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return the files of a directory with their content; folders with None."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def files_in(folder: Path) -> dict[str, bytes]:
    return {path: content for path, content in tree(folder).items() if content is not None}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def publish(root: StoreRoot, files: dict[str, list[bytes]], name: str = "cat") -> int:
    """Make a version in which every piece is an object of its own, and return its number."""
    rows: dict[str, list[Row]] = {
        path: [put_alone(root.backend, piece) for piece in pieces if piece]
        for path, pieces in sorted(files.items())
    }
    return HandMade(rows, table_pieces=16).publish(root, name).number


def pull_to(root: StoreRoot, dest: Path, reference: str = "cat", **options: object) -> Pulled:
    """Pull, and check that what is said to be fetched is what was read of objects."""
    root.backend.reads.clear()
    done = pull(root, Reference.parse(reference), dest, **options)
    if not options.get("dry_run"):
        assert done.fetched_bytes == root.backend.read_bytes
    return done


class Heard:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int | None, int | None]] = []
        self.size = self.files = self.moved = 0
        self.warnings: list[str] = []

    def begin(self, what: str, *, files: int | None, size: int | None) -> None:
        self.begun.append((what, files, size))
        self.size = self.files = self.moved = 0

    def advance(self, *, size: int = 0, files: int = 0, moved: int = 0) -> None:
        self.size += size
        self.files += files
        self.moved += moved

    def warn(self, message: str) -> None:
        self.warnings.append(message)
