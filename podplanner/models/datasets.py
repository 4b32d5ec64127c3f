"""Data sets: what a model was trained on, named by a digest.

The digests are defined here, and test vectors pin them. All are BLAKE3-256, written as
`blake3:<64 hex digits>`; lines end in one line feed, texts are UTF-8, numbers decimal.

- A file: of its bytes, as `b3sum FILE` prints it. The file's own name is not part of it.
- A folder: of the line `podplanner/dataset/1`, then a line `<hex> <size> <path>` for each file, in
  order of the paths' bytes: the digest of the file's bytes, their number, and the path relative to
  the folder, `/` between names, in NFC. Times, owners, permissions and empty folders are not part
  of it, nor is what a push leaves out by itself (version control, caches, `.podplannerignore`).
- Arrays: of the line `podplanner/arrays/1`, then a line `<hex> <type> <shape> <name>` for each, in
  the order given: the digest of its bytes (little-endian, row by row), its type as safetensors
  writes it (else as numpy does, such as `<U3`), its shape with commas in between, and its name or
  its number. The same values in numpy and in torch have the same digest.
- A version in a store: the digest of its manifest, which `model show` prints.
- Feedback: of the line `podplanner/feedback/1`, then a line `<number> <manifest digest>` for each
  batch, numbers rising.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podplanner.models.opening import AnyStore, the_store
from podplanner.store.digest import digest_of
from podplanner.store.names import Reference

if TYPE_CHECKING:
    from podplanner.store.worktree import Scan

_FOLDER = "podplanner/dataset/1"
_FEEDBACK = "podplanner/feedback/1"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set, named by the digest of its content."""

    name: str
    digest: str | None = None
    """`blake3:<hex>`, or another kind that metadata knows (`sha256:<hex>`); None: unknown."""
    url: str | None = None
    revision: str | None = None
    """Which one of those that the name names: a version's number, the batches of feedback."""
    split: str | None = None
    license: str | None = None
    note: str | None = None
    files: int | None = None
    bytes: int | None = None
    rows: int | None = None
    """Of arrays their first length, of feedback the records; files are not parsed."""
    lines: int | None = None
    """Of `.csv`, `.tsv`, `.jsonl`, `.ndjson` and `.txt` files together, headers too; None: there
    is no such file."""

    @classmethod
    def from_path(
        cls,
        path: str | PathLike[str],
        name: str | None = None,
        *,
        exclude: Sequence[str] = (),
        follow_links: bool = False,
        url: str | None = None,
        split: str | None = None,
        license: str | None = None,
        note: str | None = None,
    ) -> "Dataset":
        """Return a file or a folder as a data set, every byte of it read.

        The digest is the same on every machine; a byte that changes, or in a folder a name,
        changes it.

        Args:
            path: The file or folder.
            name: What to call it; default: the name of the file or folder.
            exclude: Patterns, as in `.gitignore`, of what to leave out of a folder.
            follow_links: Take what symbolic links point to; else a link is refused, as by a push.
            url: Where it can be had.
            split: Which part of it: `train`.
            license: Its licence.
            note: Anything else.

        Raises:
            FileAccessError: It is not there, or cannot be read.
            UnsafeContentError: It holds links, devices, or names that no version can have.
            WrongUsageError: It holds nothing.
            SourceChangedError: Something in it changed meanwhile.
        """
        from podplanner.models.file_digests import digests
        from podplanner.store.worktree.scan import scan

        place = Path(path)
        found = scan(place, exclude=exclude, follow_links=follow_links)
        read = list(digests(found.files))
        if place.is_dir():
            lines = [
                f"{one.digest.hex()} {file.identity.size} {file.path}"
                for one, file in zip(read, found.files, strict=True)
            ]
            digest = _digest_of_lines([_FOLDER, *lines])
        else:
            digest = f"blake3:{read[0].digest.hex()}"
        counted = [one.lines for one in read if one.lines is not None]
        return cls(
            name=name or _own_name(place, found),
            digest=digest,
            url=url,
            split=split,
            license=license,
            note=note,
            files=len(found.files),
            bytes=found.total_bytes,
            lines=sum(counted) if counted else None,
        )

    @classmethod
    def from_store(
        cls,
        reference: str,
        store: AnyStore = None,
        *,
        split: str | None = None,
        license: str | None = None,
        note: str | None = None,
    ) -> "Dataset":
        """Return a version of a store as a data set; its bytes are not read.

        Args:
            reference: `name`, `name:3` or `name:prod`; looked up now.
            store: An open store, its address, or None for what the environment says.
            split: Which part of it.
            license: Its licence.
            note: Anything else.

        Raises:
            UnknownNameError: There is no such version.
        """
        opened = the_store(store, read_only=True)
        record = opened.root.refs.resolve(Reference.parse(reference)).record
        return cls(
            name=record.model,
            digest=f"blake3:{record.manifest}",
            revision=str(record.number),
            split=split,
            license=license,
            note=note,
            files=record.files,
            bytes=record.total_bytes,
        )

    @classmethod
    def from_arrays(cls, *arrays: Any, name: str, **named: Any) -> "Dataset":
        """Return arrays of numpy or tensors of torch as a data set.

        The digest covers their values, types, shapes, names and order as they are now, and not
        where they are from or what was done to them before.

        Args:
            arrays: Arrays, such as inputs and labels.
            name: What to call it.
            named: More arrays, each by its name.

        Raises:
            FormatError: One has no plain bytes: it holds objects, or is sparse or quantized.
            WrongUsageError: There are none, or one is no array.
        """
        from podplanner.models.array_digests import described_arrays

        found = described_arrays(arrays, named)
        return cls(
            name=name,
            digest=_digest_of_lines(found.lines),
            bytes=found.bytes,
            rows=found.rows,
        )

    @classmethod
    def from_feedback(cls, model: str, store: AnyStore = None) -> "Dataset":
        """Return the feedback on a model, as far as there is any now, as a data set.

        `read_feedback(model, store, dataset=...)` reads exactly this, whatever comes later.

        Args:
            model: The model, `team/cat`.
            store: An open store, its address, or None for what the environment says.

        Raises:
            UnknownNameError: There is no feedback on it.
        """
        from podplanner.models.feedback_batches import batches_of, written_numbers

        batches = batches_of(the_store(store, read_only=True), model)
        return cls(
            name=str(batches[0].model),
            digest=feedback_digest((one.number, one.record.manifest) for one in batches),
            revision=written_numbers([one.number for one in batches]),
            bytes=sum(one.record.total_bytes for one in batches),
        )

    def described(self) -> dict[str, str]:
        """Return it as metadata has it: what was counted stands in the note."""
        fields = {
            "name": self.name,
            "digest": self.digest,
            "url": self.url,
            "revision": self.revision,
            "split": self.split,
            "license": self.license,
            "note": "; ".join(part for part in (self.note, self._counted()) if part),
        }
        return {key: value for key, value in fields.items() if value}

    def _counted(self) -> str:
        counts = {
            "rows": self.rows,
            "lines": self.lines,
            "files": self.files,
            "bytes": self.bytes,
        }
        return ", ".join(
            f"{count} {what[:-1] if count == 1 else what}"
            for what, count in counts.items()
            if count is not None
        )


AnyDataset = Dataset | str | Mapping[str, Any]
"""A data set, its name (`squad`, `squad@sha256:3f2a...`), or the fields of a model card."""


def described(dataset: AnyDataset | Sequence[AnyDataset]) -> list[Any]:
    """Return data sets as metadata has them."""
    some = [dataset] if isinstance(dataset, Dataset | str | Mapping) else list(dataset)
    return [one.described() if isinstance(one, Dataset) else one for one in some]


def feedback_digest(batches: Iterable[tuple[int, str]]) -> str:
    """Return the digest of batches of feedback.

    Args:
        batches: Number and manifest digest of each, numbers rising.
    """
    return _digest_of_lines([_FEEDBACK, *(f"{number} {digest}" for number, digest in batches)])


def _digest_of_lines(lines: Iterable[str]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return f"blake3:{digest_of(text.encode('utf-8')).hex()}"


def _own_name(place: Path, found: "Scan") -> str:
    """Return the name of a file or folder; of `.` the folder's that it is."""
    name = place.resolve().name if place.is_dir() else found.files[0].path
    return name or "dataset"
