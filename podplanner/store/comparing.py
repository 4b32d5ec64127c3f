"""Two versions side by side: files, tensors, metadata; told from piece tables.

A tensor is found again by its name in whatever file it lies, so a model that was sharded anew has
the same tensors. Content is compared by the digests of pieces, and only small tensors are read.
Limits: pieces that were cut at other places, as another release of podplanner might, look changed
where they are not; a small tensor shares its piece with its neighbours, and where that piece
differs nothing says which of them it was, so that those are `unknown` unless they can be read.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from podplanner.store.manifest import FileEntry, Manifest, TensorList
from podplanner.store.metadata import lines
from podplanner.store.tensor_contents import Content, Contents, Known, Pieces, contents_of

Reading = Callable[[str, int, int], bytes]
"""`read(path, offset, length)`: bytes of a file of a version."""
_SMALL = 64 * 1024
# Bytes: cutting gives every tensor from here on pieces of its own.
_MOST_READ = 64 * 2**20
# Bytes of each version that are read to compare small tensors.


class Side(NamedTuple):
    """One of the two versions."""

    manifest: Manifest
    tensors: Mapping[str, TensorList]
    """By the path of the file; files without tensors are not in it."""
    pieces: Pieces
    """`pieces(path)`: the pieces of a file, in order; asked for once for every file."""
    read: Reading | None = None
    """Reads small tensors where pieces do not tell; None: they stay unknown."""


class State(Enum):
    """What became of a file or a tensor."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    """Of files: the same content under another path."""
    UNKNOWN = "unknown"
    """Of tensors: it shares a piece that changed, and is too small to tell."""


class FileChange(NamedTuple):
    """A file that is not the same in both versions."""

    path: str
    state: State
    old_size: int | None
    new_size: int | None
    changed_bytes: int
    """Bytes of the new file in pieces that the old version has nowhere."""
    old_path: str | None = None
    """Of a renamed file."""


class TensorChange(NamedTuple):
    """A tensor that is not the same in both versions."""

    name: str
    state: State
    path: str
    """Of the file that holds it; of the old one where it was removed."""
    dtype: str
    shape: tuple[int, ...]
    size: int
    """Bytes; of the new tensor, or of the removed one."""
    changed_bytes: int
    """Bytes of the new tensor in pieces that the old version has nowhere."""
    old_dtype: str | None = None
    """Where another."""
    old_shape: tuple[int, ...] | None = None
    """Where another."""


class ShapeTotal(NamedTuple):
    """The changed tensors of one dtype and shape, together."""

    state: State
    dtype: str
    shape: tuple[int, ...]
    tensors: int
    size: int
    changed_bytes: int


class MetadataChange(NamedTuple):
    """A value of metadata that is not the same in both versions."""

    key: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions."""

    files: tuple[FileChange, ...]
    """By path."""
    same_files: int
    tensors: tuple[TensorChange, ...]
    """By name."""
    same_tensors: int
    moved_tensors: int
    """Of the same ones, those that lie in another file."""
    metadata: tuple[MetadataChange, ...]
    """By key."""
    same_metadata: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.files or self.tensors or self.metadata)

    def by_shape(self) -> tuple[ShapeTotal, ...]:
        """Return the changed tensors summed by state, dtype and shape, the largest sums first."""
        sums: dict[tuple[State, str, tuple[int, ...]], list[int]] = defaultdict(lambda: [0, 0, 0])
        for change in self.tensors:
            total = sums[change.state, change.dtype, change.shape]
            total[0] += 1
            total[1] += change.size
            total[2] += change.changed_bytes
        totals = (ShapeTotal(*key, *total) for key, total in sums.items())
        return tuple(sorted(totals, key=lambda t: (-t.size, t.state.value, t.dtype, t.shape)))


def compare(old: Side, new: Side) -> Comparison:
    """Return what differs between two versions.

    Memory grows with tensors and files (some 200 bytes each) and by 8 bytes for each piece of the
    old version, not with what the pieces hold.
    """
    known = Known()
    before = contents_of(old.manifest, old.tensors, old.pieces, collect=known)
    after = contents_of(new.manifest, new.tensors, new.pieces, known=known)
    files, same_files = _compare_files(old.manifest, new.manifest, before, after)
    tensors = _Tensors(old, new, before, after)
    tensors.compare()
    metadata, same_metadata = _compare_metadata(old.manifest, new.manifest)
    return Comparison(
        files=files,
        same_files=same_files,
        tensors=tuple(sorted(tensors.changes, key=lambda change: (change.name, change.path))),
        same_tensors=tensors.same,
        moved_tensors=tensors.moved,
        metadata=metadata,
        same_metadata=same_metadata,
    )


# --- files ---


def _compare_files(
    old: Manifest, new: Manifest, before: Contents, after: Contents
) -> tuple[tuple[FileChange, ...], int]:
    gone = {entry.path: entry for entry in old.files}
    changes: list[FileChange] = []
    added: list[FileEntry] = []
    for entry in new.files:
        was = gone.pop(entry.path, None)
        if was is None:
            added.append(entry)
        elif not _is_same_file(was, entry, before, after):
            fresh = after.files[entry.path].new_bytes
            changes.append(FileChange(entry.path, State.CHANGED, was.size, entry.size, fresh))
    same = len(new.files) - len(added) - len(changes)
    by_content: dict[bytes, list[FileEntry]] = defaultdict(list)
    for was in gone.values():
        if was.size:
            by_content[before.files[was.path].fingerprint].append(was)
    for entry in added:
        content = after.files[entry.path]
        twins = by_content.get(content.fingerprint)
        if twins:
            was = twins.pop(0)
            del gone[was.path]
            change = FileChange(entry.path, State.RENAMED, was.size, entry.size, 0, was.path)
        else:
            change = FileChange(entry.path, State.ADDED, None, entry.size, content.new_bytes)
        changes.append(change)
    changes += [FileChange(was.path, State.REMOVED, was.size, None, 0) for was in gone.values()]
    return tuple(sorted(changes, key=lambda change: change.path)), same


def _is_same_file(was: FileEntry, entry: FileEntry, before: Contents, after: Contents) -> bool:
    if was.size != entry.size or was.executable != entry.executable:
        return False
    if was.sha256 is not None and was.sha256 == entry.sha256:
        return True
    return before.files[was.path].fingerprint == after.files[entry.path].fingerprint


# --- tensors ---


class _Tensor(NamedTuple):
    path: str
    number: int
    name: str

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


_LIKENESSES: tuple[Callable[[_Tensor], Hashable], ...] = (
    lambda tensor: (tensor.path, tensor.name),
    lambda tensor: (tensor.folder, tensor.name),
    lambda tensor: tensor.name,
)
"""By what a tensor is found again, the surest first: parts of a pipeline share names."""


class _Tensors:
    """The tensors of two versions, while they are compared."""

    def __init__(self, old: Side, new: Side, before: Contents, after: Contents) -> None:
        self._old = old
        self._new = new
        self._before = before
        self._after = after
        self._may_read = _MOST_READ
        self.changes: list[TensorChange] = []
        self.same = 0
        self.moved = 0

    def compare(self) -> None:
        """Find every tensor again, and compare it."""
        old, new = list(_all_tensors(self._old)), list(_all_tensors(self._new))
        for likeness in _LIKENESSES:
            pairs, old, new = _pair(old, new, likeness)
            for was, now in pairs:
                self._compare_pair(was, now)
        for now in new:
            self.changes.append(self._change(now, State.ADDED))
        for was in old:
            self.changes.append(self._removed(was))

    def _compare_pair(self, was: _Tensor, now: _Tensor) -> None:
        old, new = self._old.tensors[was.path], self._new.tensors[now.path]
        before = self._before.tensors[was.path][was.number]
        after = self._after.tensors[now.path][now.number]
        same_form = (
            old.dtypes[was.number] == new.dtypes[now.number]
            and old.shapes[was.number] == new.shapes[now.number]
            and (was.number in old.fortran) == (now.number in new.fortran)
        )
        same_size = old.lengths[was.number] == new.lengths[now.number]
        state = self._content_state(was, now, before, after) if same_size else State.CHANGED
        if state is None and same_form:
            self.same += 1
            self.moved += was.path != now.path
            return
        self.changes.append(self._change(now, state or State.CHANGED, was))

    def _content_state(
        self, was: _Tensor, now: _Tensor, before: Content, after: Content
    ) -> State | None:
        """Return what became of the bytes of a tensor; None: nothing."""
        if before.fingerprint == after.fingerprint:
            return None
        if before.is_apart and after.is_apart:
            return State.CHANGED
        read = self._read_both(was, now)
        if read is not None:
            return None if read[0] == read[1] else State.CHANGED
        return State.CHANGED if after.new_inside else State.UNKNOWN

    def _read_both(self, was: _Tensor, now: _Tensor) -> tuple[bytes, bytes] | None:
        """Return the bytes of a small tensor in both versions; None where they are not read."""
        length = self._new.tensors[now.path].lengths[now.number]
        if length > _SMALL or length > self._may_read:
            return None
        if self._old.read is None or self._new.read is None:
            return None
        self._may_read -= length
        return (
            self._old.read(was.path, self._old.tensors[was.path].offsets[was.number], length),
            self._new.read(now.path, self._new.tensors[now.path].offsets[now.number], length),
        )

    def _change(self, now: _Tensor, state: State, was: _Tensor | None = None) -> TensorChange:
        tensors = self._new.tensors[now.path]
        dtype, shape = tensors.dtypes[now.number], tensors.shapes[now.number]
        change = TensorChange(
            now.name,
            state,
            now.path,
            dtype,
            shape,
            tensors.lengths[now.number],
            self._after.tensors[now.path][now.number].new_bytes,
        )
        if was is None:
            return change
        old = self._old.tensors[was.path]
        old_dtype, old_shape = old.dtypes[was.number], old.shapes[was.number]
        return change._replace(
            old_dtype=old_dtype if old_dtype != dtype else None,
            old_shape=old_shape if old_shape != shape else None,
        )

    def _removed(self, was: _Tensor) -> TensorChange:
        tensors = self._old.tensors[was.path]
        return TensorChange(
            was.name,
            State.REMOVED,
            was.path,
            tensors.dtypes[was.number],
            tensors.shapes[was.number],
            tensors.lengths[was.number],
            0,
        )


def _all_tensors(side: Side) -> Iterator[_Tensor]:
    for entry in side.manifest.files:
        tensors = side.tensors.get(entry.path)
        for number, name in enumerate(tensors.names if tensors else ()):
            yield _Tensor(entry.path, number, name)


def _pair(
    old: list[_Tensor], new: list[_Tensor], likeness: Callable[[_Tensor], Hashable]
) -> tuple[list[tuple[_Tensor, _Tensor]], list[_Tensor], list[_Tensor]]:
    """Return tensors that are alike and have no double, and what is left of both versions."""
    candidates = _single(old, likeness)
    pairs = [
        (candidates[key], tensor)
        for key, tensor in _single(new, likeness).items()
        if key in candidates
    ]
    taken_old, taken_new = {was for was, _ in pairs}, {now for _, now in pairs}
    return (
        pairs,
        [tensor for tensor in old if tensor not in taken_old],
        [tensor for tensor in new if tensor not in taken_new],
    )


def _single(
    tensors: list[_Tensor], likeness: Callable[[_Tensor], Hashable]
) -> dict[Hashable, _Tensor]:
    found: dict[Hashable, _Tensor | None] = {}
    for tensor in tensors:
        key = likeness(tensor)
        found[key] = None if key in found else tensor
    return {key: tensor for key, tensor in found.items() if tensor is not None}


# --- metadata ---


def _compare_metadata(old: Manifest, new: Manifest) -> tuple[tuple[MetadataChange, ...], int]:
    before = {line.key: line.value for line in lines(old.metadata)}
    after = {line.key: line.value for line in lines(new.metadata)}
    keys = sorted(before.keys() | after.keys())
    changes = tuple(
        MetadataChange(key, before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    )
    return changes, len(keys) - len(changes)
