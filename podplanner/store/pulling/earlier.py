"""Pieces of an earlier pull to the same directory, wherever in its files they lie.

A file whose header grew has all its tensors at other offsets, and a model in three shards has
those of two shards in other files. What was pulled is on record with the manifest of then; so it
is known which piece lies where in the files of now, as far as nobody has written them since. What
is taken from there is verified once more.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from podplanner.errors import PodplannerError, UnsafeContentError
from podplanner.store.digest import NO_DIGEST, SIZE
from podplanner.store.manifest import Manifest
from podplanner.store.paths import check_path
from podplanner.store.reader import Reader, located
from podplanner.store.reading.rows import check_numbers
from podplanner.store.worktree.holes import may_have_holes
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.readable import OPEN_FLAGS, ReadableFile
from podplanner.store.worktree.records import Pulled, recall
from podplanner.store.worktree.tree import Tree

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]

NOWHERE = -1


class Spot(NamedTuple):
    """Where a piece is said to lie."""

    file: int
    """Index into the earlier manifest's files."""
    offset: int


class Earlier:
    """What an earlier pull left in a directory; usable from several threads.

    Attributes:
        untouched: Paths of the files that are still as they were put there, by all that their
            file system tells.
    """

    def __init__(self, dest: Path, manifest: Manifest, record: Pulled, reader: Reader) -> None:
        """List the pieces of the files that are still as they were put there.

        Args:
            dest: The directory.
            manifest: Of the version that was pulled there.
            record: What the files were when they had been put there.
            reader: Of the store, for the version's tables.

        Raises:
            PodplannerError: A table of that version is not in the store any more, or damaged.
            OSError: The directory cannot be opened.
        """
        check_numbers(manifest, "the manifest of the earlier pull")
        self._manifest = manifest
        self._record = record
        self._tree = Tree(str(dest))
        try:
            files = self._untouched()
            self.untouched = frozenset(manifest.files[number].path for number in files)
            self._list_pieces(reader, files)
        except BaseException:
            self._tree.close()
            raise

    def close(self) -> None:
        """Let the directory go."""
        self._tree.close()

    def find(self, digests: bytes) -> "Numbers":
        """Return, for each of the digests, joined, a number for `spot`; `NOWHERE` for none.

        Numbers tell digests apart by their first 8 bytes alone: what is found must be verified.
        """
        import numpy as np

        wanted = np.frombuffer(digests, "<u8")[:: SIZE // 8]
        if not len(self._words):
            return np.full(len(wanted), NOWHERE, np.int64)
        at = np.minimum(np.searchsorted(self._words, wanted), len(self._words) - 1)
        return np.where(self._words[at] == wanted, at, NOWHERE)

    def spot(self, number: int) -> Spot:
        """Return where a piece is said to lie."""
        return Spot(int(self._files[number]), int(self._offsets[number]))

    def open(self, file: int) -> ReadableFile | None:
        """Open a file of the earlier pull; None when it is not what it was."""
        path = self._manifest.files[file].path
        try:
            fd = self._tree.open(path, OPEN_FLAGS)
        except (OSError, UnsafeContentError):
            return None
        found = os.fstat(fd)
        opened = ReadableFile(
            fd, path, self._record.identities[path], partial(_look, self._tree, path),
            sparse=may_have_holes(found),
        )  # fmt: skip
        if opened.unchanged():
            return opened
        opened.close()
        return None

    def _untouched(self) -> frozenset[int]:
        """Return the files that are still as they were put there."""
        found = set()
        for number, entry in enumerate(self._manifest.files):
            identity = self._record.identities.get(entry.path)
            if identity is None or identity.size != entry.size or not entry.size:
                continue
            with suppress(UnsafeContentError, OSError):
                check_path(entry.path)
                seen = self._tree.look(entry.path)
                if seen is not None and FileIdentity.of(seen) == identity:
                    found.add(number)
        return frozenset(found)

    def _list_pieces(self, reader: Reader, files: frozenset[int]) -> None:
        """Fill three columns, sorted by the first: word of the digest, file, offset."""
        import numpy as np

        of_rows = np.repeat(
            np.arange(len(self._manifest.files), dtype=np.uint32),
            [entry.pieces for entry in self._manifest.files],
        )
        starts = [0, *accumulate(entry.size for entry in self._manifest.files)]
        keep = np.isin(of_rows, list(files))
        words, offsets = [], []
        first = size = 0
        for table in self._manifest.tables:
            here = slice(first, first + table.pieces)
            first += table.pieces
            if keep[here].any():
                pieces = reader.pieces(located("tables", table.table, {}))
                digests = np.frombuffer(pieces.digests, f"V{SIZE}")
                keep[here] &= digests != np.frombuffer(NO_DIGEST, f"V{SIZE}")
                words.append(np.frombuffer(pieces.digests, "<u8")[:: SIZE // 8][keep[here]])
                lengths = np.array(pieces.lengths[:-1], np.int64)
                offsets.append((size + np.concatenate(([0], lengths.cumsum())))[keep[here]])
            size += table.bytes
        self._sort(words, offsets, of_rows[keep], starts)

    def _sort(
        self,
        words: "Sequence[np.ndarray[tuple[int], np.dtype[np.uint64]]]",
        offsets: "Sequence[Numbers]",
        files: "np.ndarray[tuple[int], np.dtype[np.uint32]]",
        starts: Sequence[int],
    ) -> None:
        import numpy as np

        joined = np.concatenate((*words, np.empty(0, "<u8")))
        order = joined.argsort(kind="stable")
        self._words = joined[order]
        self._files = files[order]
        within = np.concatenate((*offsets, np.empty(0, np.int64)))[order]
        self._offsets = within - np.array(starts, np.int64)[self._files]


def find_earlier(dest: Path, store: str, manifest: str, reader: Reader) -> Earlier | None:
    """Return what an earlier pull from the same store left in a directory.

    Nothing is certain of it, and nothing depends on it: where the record, its manifest or its
    tables are gone there is none.

    Args:
        dest: The directory.
        store: The store's id.
        manifest: Digest of the manifest that is pulled now, hex: the same is no earlier pull.
        reader: Of the store.
    """
    record = recall(dest)
    if record is None or record.store != store or record.manifest == manifest:
        return None
    try:
        before = reader.manifest(record.manifest, {})
        return Earlier(dest, before, record, reader)
    except (PodplannerError, OSError):
        return None


def _look(tree: Tree, path: str) -> os.stat_result:
    found = tree.look(path)
    if found is None:
        raise FileNotFoundError(path)
    return found
