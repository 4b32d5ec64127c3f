"""GGUF: the files of llama.cpp, stored as they are, loaded as arrays without any package."""

import re
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from os import PathLike
from pathlib import Path
from typing import Any

from podplanner.errors import FileAccessError, FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.gguf_header import GgufSummary, read_fields, summary
from podplanner.models.packages import installed_version
from podplanner.models.stored import StoredModel
from podplanner.store.paths import printable
from podplanner.store.pushing.sources import Content
from podplanner.store.reading.file import StoredFile
from podplanner.store.reading.whole import ReadTensor

SUFFIX = ".gguf"
_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf")
# Source: `llama_split_path` in llama.cpp, include/llama.h: "%s-%05d-of-%05d.gguf".


class GgufAdapter:
    """The path of a file whose name ends in `.gguf`; of a model in several, of any."""

    kind = "gguf"
    package: str | None = None

    def fits(self, model: object) -> bool:
        """Return whether it is the path of a GGUF file."""
        return isinstance(model, str | PathLike) and str(model).endswith(SUFFIX)

    def write(self, model: Any) -> Written:
        """Return the file as it is, with the others that the model is divided into."""
        files = _shards(Path(model))
        found = [_summary(file) for file in files]
        if any(one.shards != len(files) for one in found):
            raise FormatError(
                f"{files[0].name} says that the model is in {found[0].shards} files, "
                f"and its name that it is in {len(files)}",
                hint="Name the files as llama.cpp does: `model-00001-of-00003.gguf`.",
            )
        contents: dict[str, Content] = {file.name: file for file in files}
        largest = max(found, key=lambda one: one.parameters)
        version = installed_version("gguf")
        return Written(
            files=contents,
            library="gguf",
            parameters=sum(one.parameters for one in found),
            versions={} if version is None else {"gguf": version},
            details={
                "files": sorted(contents),
                "architecture": found[0].architecture,
                "quantization": largest.quantization,
            },
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has GGUF files."""
        return any(path.endswith(SUFFIX) for path in stored.paths)

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the tensors, with the header's fields; see `GgufModel`."""
        from podplanner.models.gguf_model import GgufModel

        _check(options)
        paths = _paths(stored, options.path)
        for path in paths:
            if stored.format(path) != "gguf":
                raise FormatError(
                    f"{printable(path)} of {stored.origin.reference} is no GGUF file, or one with "
                    "tensors of a type that is not known here",
                    hint=f"Run `podplanner model pull {stored.origin.reference} FOLDER`.",
                )
        fields = read_fields(_At(stored.open(paths[0])), stored.size(paths[0]))
        tensors: dict[str, ReadTensor] = {}
        for path in paths:
            for name, tensor in stored.tensors(path).items():
                if name in tensors:
                    raise FormatError(
                        f"{printable(name)} is in two files of {stored.origin.reference}",
                        hint="Name one with `path=`.",
                    )
                tensors[name] = tensor
        return GgufModel(
            {name: _array(one, writable=options.trainable) for name, one in tensors.items()},
            fields=fields,
            types={name: one.dtype for name, one in tensors.items()},
            shapes={name: one.shape for name, one in tensors.items()},
        )


class _At:
    """A file of a version, as the reader of headers wants it."""

    def __init__(self, file: StoredFile) -> None:
        self._file = file

    def read_at(self, offset: int, length: int) -> bytes:
        return self._file.pread(length, offset)


class _Mapped:
    """A file on a disk, likewise."""

    def __init__(self, content: mmap) -> None:
        self._content = content

    def read_at(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length]


def _summary(file: Path) -> GgufSummary:
    try:
        with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            return summary(_Mapped(content), len(content))
    except OSError as error:
        raise FileAccessError(
            f"{file} cannot be read: {error.strerror}", hint="Give the path of a GGUF file."
        ) from error
    except ValueError as error:
        raise FormatError(f"{file} is empty", hint="Convert the model again.") from error


def _shards(file: Path) -> list[Path]:
    """Return the files that a model is divided into, in order; one that is not there is named."""
    match = _SHARD.fullmatch(file.name)
    if match is None:
        return [file]
    count = int(match["count"])
    names = [f"{match['stem']}-{number:05}-of-{count:05}.gguf" for number in range(1, count + 1)]
    return [file.with_name(name) for name in names] or [file]


def _paths(stored: StoredModel, path: str | None) -> Sequence[str]:
    """Return the files to load: the one that is named, the one there is, or all parts of one."""
    if path is not None:
        return [path]
    found = [one for one in stored.paths if one.endswith(SUFFIX)]
    matches = [_SHARD.fullmatch(one) for one in found]
    parts = [match for match in matches if match is not None]
    of_one = {(match["stem"], match["count"]) for match in parts}
    if len(found) > 1 and len(parts) == len(found) and len(of_one) == 1:
        count = int(parts[0]["count"])
        if [int(match["number"]) for match in parts] != list(range(1, count + 1)):
            raise FormatError(
                f"{stored.origin.reference} has {len(found)} of the {count} files of its model",
                hint="Save the model again, from a folder that has all of them.",
            )
        return found
    return [stored.the_one(SUFFIX)]


def _check(options: ReadOptions) -> None:
    if options.into is not None or options.factory is not None:
        raise WrongUsageError(
            "a GGUF model goes into no module", hint="Leave out `into` and `factory`."
        )
    if options.framework not in (None, "numpy"):
        raise WrongUsageError(
            f"a GGUF model cannot be given in {options.framework!r}",
            hint="Leave out `framework`; `dequantized(name)` gives float32.",
        )
    if options.device not in (None, "cpu"):
        raise WrongUsageError("arrays of numpy have no device", hint="Leave out `device`.")


def _array(tensor: ReadTensor, *, writable: bool) -> Any:
    """Return plain numbers as they are; quantised ones as bytes, a row for each row of numbers."""
    array = tensor.numpy()
    if tensor.dtype.startswith("GGML:") and tensor.shape and array.size:
        array = array.reshape((*tensor.shape[:-1], -1))
    array.flags.writeable = writable
    return array


ADAPTER = GgufAdapter()
