"""A version that is open for loading: its files and tensors, every byte verified."""

from collections.abc import Callable, Mapping
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.origins import Origin
from podplanner.store.paths import printable
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.file import StoredFile
from podplanner.store.reading.opening import file_at
from podplanner.store.reading.ranges import FileRange
from podplanner.store.reading.whole import ReadTensor, read_file, read_tensors

SAVED = "saved"
"""Key under `extra` of what `save` wrote down: the adapter's kind, the class, its details."""


class StoredModel:
    """A version that is open for loading; pinned: whatever its alias does meanwhile."""

    def __init__(self, version: OpenVersion, origin: Origin) -> None:
        self._version = version
        self.origin = origin

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What was said of the version."""
        return self._version.manifest.metadata

    @property
    def saved(self) -> Mapping[str, Any]:
        """What `save` wrote down; empty for a version that was pushed from a directory."""
        extra = self.metadata.get("extra")
        found = extra.get(SAVED) if isinstance(extra, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of its files, sorted."""
        return tuple(entry.path for entry in self._version.manifest.files)

    def size(self, path: str) -> int:
        """Return the bytes of a file; 0 when there is none."""
        return next((one.size for one in self._version.manifest.files if one.path == path), 0)

    def format(self, path: str) -> str | None:
        """Return what a file was understood to be: `safetensors`, `gguf`, `onnx` ..."""
        return next((one.format for one in self._version.manifest.files if one.path == path), None)

    def the_one(self, *suffixes: str) -> str:
        """Return the path of the only file whose name ends so.

        Raises:
            FormatError: There is none, or more than one.
        """
        found = [path for path in self.paths if path.endswith(suffixes)]
        if len(found) == 1:
            return found[0]
        what = "no file that ends" if not found else f"{len(found)} files that end"
        raise FormatError(
            f"{self.origin.reference} has {what} in {' or '.join(suffixes)}",
            hint="Name one with `path=`." if found else "See `podplanner model show`.",
        )

    def read(self, path: str) -> bytearray:
        """Return a whole file, read in parallel.

        Raises:
            UnknownNameError: There is no such file.
            ObjectMissingError, ObjectCorruptError: The store is damaged.
        """
        return read_file(self._version, path)

    def head(self, path: str, size: int) -> bytes:
        """Return the first bytes of a file, fewer than `size` where it is shorter.

        Raises:
            UnknownNameError: There is no such file.
            ObjectMissingError, ObjectCorruptError: The store is damaged.
        """
        entry, start = file_at(self._version, path)
        content = bytearray(min(size, entry.size))
        FileRange(self._version, entry, start).read_into(0, memoryview(content), keep=False)
        return bytes(content)

    def open(self, path: str) -> StoredFile:
        """Return a file, open: for a few of its bytes where all are many.

        Raises:
            UnknownNameError: There is no such file.
        """
        return StoredFile(self._version, *file_at(self._version, path))

    def text(self, path: str) -> str:
        """Return a whole file of text.

        Raises:
            FormatError: It is not UTF-8.
        """
        try:
            return self.read(path).decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(f"{printable(path)} is not UTF-8") from error

    def tensors(
        self, path: str | None = None, *, ready: Callable[[ReadTensor], None] | None = None
    ) -> dict[str, ReadTensor]:
        """Return all tensors, or those of one file, in memory, read in parallel.

        Args:
            path: Only those of this file.
            ready: Called with each tensor as soon as it is whole, from any thread.

        Raises:
            FormatError: No file has tensors that are known.
            UnknownNameError: There is no such file, or it has none.
            WrongUsageError: Two files have a tensor of the same name.
            ObjectMissingError, ObjectCorruptError: The store is damaged.
        """
        if path is None and all(self.format(one) is None for one in self.paths):
            raise FormatError(
                f"{self.origin.reference} has no file of tensors that is known",
                hint="Tensors are found in safetensors, GGUF, .npy, .npz, .pt and ONNX files.",
            )
        return read_tensors(self._version, path, ready=ready)
