"""Batches of feedback in a store: each is one version of the series `<model>.feedback`.

A batch has `records.jsonl`, one JSON object a line; `arrays.safetensors`, the arrays that they
name; and `bytes/<digest>`, the bytes that they name. It never changes, and a number is used once,
so that many processes append without losing anything.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from podplanner.errors import FormatError, UnknownNameError
from podplanner.models.feedback_values import decoded
from podplanner.models.provenance import main_folder
from podplanner.models.safetensors_file import Stored, safetensors_file
from podplanner.store import MemoryFiles
from podplanner.store.digest import digest_of
from podplanner.store.names import FEEDBACK_SUFFIX, ModelName
from podplanner.store.paths import printable
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.rows import check_numbers
from podplanner.store.reading.whole import read_file, read_tensors
from podplanner.store.refs import Version
from podplanner.store.results import Pushed
from podplanner.store.side_by_side import calls_at_once, side_by_side

if TYPE_CHECKING:
    import numpy as np

    from podplanner.store import Store

SCHEMA = "podplanner/feedback/1"
"""What a line is, as it says itself."""
RECORDS = "records.jsonl"
ARRAYS = "arrays.safetensors"
BYTES = "bytes/"
MOST_PARTS = 50_000
"""Arrays and bytes of one batch: a version has at most 100,000 files."""
_TEXTS = ("id", "time", "model", "digest")
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class FeedbackRecord:
    """What a model was asked, what it answered, and what was right."""

    id: str
    """32 hex digits; what was sent twice has it twice and is read once."""
    time: str
    """When it was added, RFC 3339, by the clock of the machine that answered."""
    model: str
    """The version that answered, `team/cat:3`."""
    digest: str
    """Of its manifest, 64 hex digits."""
    input: Any
    output: Any
    correction: Any
    """What the answer should have been; None: nobody has said."""
    extra: Mapping[str, Any]
    """What else was said of it."""
    batch: int
    """The number of the batch that holds it."""


class Packed(NamedTuple):
    """A record as it is spooled: its line, and what lies beside."""

    line: bytes
    arrays: dict[str, Stored]
    files: dict[str, bytes]


def pack(record: Packed) -> bytes:
    """Return a record as bytes that hold all of it."""
    head = json.dumps(
        {
            "line": len(record.line),
            "arrays": [
                [name, one.dtype, list(one.shape), one.width, len(one.content)]
                for name, one in record.arrays.items()
            ],
            "files": [[digest, len(content)] for digest, content in record.files.items()],
        }
    ).encode()
    return b"".join(
        [
            len(head).to_bytes(_LENGTH_BYTES, "little"),
            head,
            record.line,
            *(one.content for one in record.arrays.values()),
            *record.files.values(),
        ]
    )


def parts_of(content: bytes) -> int:
    """Return how many arrays and bytes lie beside the line of a record that `pack` wrote."""
    head = json.loads(_head(memoryview(content)))
    return len(head["arrays"]) + len(head["files"])


def unpack(content: bytes) -> Packed:
    """Return the record that `pack` wrote; a digest has told already that it is whole."""
    view = memoryview(content)
    head_json = _head(view)
    head = json.loads(head_json)
    at = _LENGTH_BYTES + len(head_json)
    line = bytes(view[at : at + head["line"]])
    at += len(line)
    arrays, files = {}, {}
    for name, dtype, shape, width, length in head["arrays"]:
        arrays[name] = Stored(dtype, shape, view[at : at + length], width)
        at += length
    for digest, length in head["files"]:
        files[digest] = bytes(view[at : at + length])
        at += length
    return Packed(line, arrays, files)


def _head(view: memoryview) -> bytes:
    end = _LENGTH_BYTES + int.from_bytes(view[:_LENGTH_BYTES], "little")
    return bytes(view[_LENGTH_BYTES:end])


def series_of(model: str) -> ModelName:
    """Return the series that holds the feedback on a model.

    Raises:
        WrongUsageError: The name is no model's, or leaves no room for the suffix.
    """
    name = ModelName.parse(model)
    return name if name.append_only else ModelName.parse(f"{name}{FEEDBACK_SUFFIX}")


def push_batch(store: "Store", model: str, contents: Sequence[bytes]) -> Pushed:
    """Store records as one batch.

    Args:
        store: Open for writing.
        model: The model that they are about.
        contents: Records, as `pack` wrote them.

    Raises:
        StoreError: As `Store.push`.
    """
    records = [unpack(content) for content in contents]
    lines = memoryview(b"".join(record.line for record in records))
    files: dict[str, list[memoryview]] = {RECORDS: [lines]}
    arrays = {name: one for record in records for name, one in record.arrays.items()}
    if arrays:
        files[ARRAYS] = safetensors_file(arrays)
    for record in records:
        for digest, content in record.files.items():
            files[BYTES + digest] = [memoryview(content)]
    said = {"schema": SCHEMA, "model": model, "records": len(records)}
    return store.push(
        MemoryFiles(files, place=main_folder()),
        str(series_of(model)),
        meta={"extra": {"feedback": said}},
        new_version=True,
        # What a model was asked may look like anything. It is given back as bytes, never unpickled,
        # and a pull into files asks again.
        allow_pickle=True,
    )


def batches_of(store: "Store", model: str) -> list[Version]:
    """Return the batches of feedback on a model that are not deleted, numbers rising.

    Raises:
        UnknownNameError: There are none.
    """
    refs, series = store.root.refs, series_of(model)
    index = refs.index(series)

    def read(number: int) -> Version | None:
        try:
            return refs.version(series, number, index)
        except UnknownNameError:
            # A number that a dead push had claimed.
            return None

    at_once = calls_at_once(store.root.backend)
    found = [one for one in side_by_side(read, index.live, at_once) if one is not None]
    if not found:
        raise UnknownNameError(
            f"there is no feedback on {model} in {store.address}",
            hint="Record some with `podplanner.models.feedback`.",
        )
    return found


def written_numbers(numbers: Sequence[int]) -> str:
    """Return rising numbers in short.

    >>> written_numbers([1, 2, 3, 5, 7, 8])
    '1-3,5,7-8'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def read_batch(store: "Store", version: Version) -> Iterator[FeedbackRecord]:
    """Yield the records of a batch, every byte of it verified.

    Raises:
        FormatError: It is no batch of feedback, or contradicts itself.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    opened = store.root.open(version)
    check_numbers(opened.manifest, f"the manifest of {version}")
    paths = {entry.path for entry in opened.manifest.files}
    if RECORDS not in paths:
        raise FormatError(
            f"{version} is no batch of feedback: it has no {RECORDS}",
            hint=f"Delete it with `podplanner model delete {version}` if it has no place there.",
        )
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    if ARRAYS in paths:
        for name, tensor in read_tensors(opened, ARRAYS).items():
            arrays[name] = tensor.numpy()
            arrays[name].flags.writeable = False

    def file(digest: str) -> bytes:
        return _file(opened, paths, digest)

    for number, line in enumerate(read_file(opened, RECORDS).splitlines(), start=1):
        try:
            yield _record(json.loads(line), arrays, file, version.number)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"line {number} of {RECORDS} of {version} is no JSON") from error
        except FormatError as error:
            raise FormatError(
                f"line {number} of {RECORDS} of {version}: {error.message}", hint=error.hint
            ) from error


def _file(opened: OpenVersion, paths: set[str], digest: str) -> bytes:
    path = BYTES + digest
    if path not in paths:
        raise FormatError(f"it names bytes that are not there: {printable(digest)}")
    content = bytes(read_file(opened, path))
    if digest_of(content).hex() != digest:
        raise FormatError(f"{printable(path)} holds other bytes than its name says")
    return content


def _record(said: Any, arrays: Mapping[str, Any], file: Any, batch: int) -> FeedbackRecord:
    if not isinstance(said, dict):
        raise FormatError("it is no object")
    if said.get("schema") != SCHEMA:
        raise FormatError(
            f"it is {printable(str(said.get('schema'))[:80])}, which this podplanner cannot read",
            hint="Install a newer podplanner.",
        )
    extra = said.get("extra", {})
    if not isinstance(extra, dict) or any(not isinstance(said.get(key), str) for key in _TEXTS):
        raise FormatError("a field is missing, or is of the wrong kind")

    def value(key: str) -> Any:
        return decoded(said.get(key), arrays, file)

    return FeedbackRecord(
        id=said["id"],
        time=said["time"],
        model=said["model"],
        digest=said["digest"],
        input=value("input"),
        output=value("output"),
        correction=value("correction"),
        extra={name: decoded(inner, arrays, file) for name, inner in extra.items()},
        batch=batch,
    )
