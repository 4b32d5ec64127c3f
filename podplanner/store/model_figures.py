"""What a version is, in figures: parameters, dtypes, formats, size, and what its pickles import."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from podplanner.store.manifest import FileEntry, Manifest, TensorList
from podplanner.store.pickles import PickleFindings

_NAMING_FORMATS = frozenset({"safetensors", "gguf", "onnx"})
"""Formats whose tensors have the model's own names; the others also hold optimizers."""
OTHER = "other"
"""Stands for the format of a file that was not understood."""


class DtypeFigures(NamedTuple):
    """The tensors of one dtype."""

    dtype: str
    tensors: int
    parameters: int
    size: int
    """Bytes."""


class FormatFigures(NamedTuple):
    """The files of one format."""

    format: str
    files: int
    size: int
    """Bytes."""
    tensors: int
    parameters: int
    """Elements of the tensors, each name of a folder counted once."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What a version is, in figures."""

    parameters: int | None
    """Of the model: of one of its formats where it is there in several; None: no tensors."""
    tensors: int
    """Of the same format."""
    by_dtype: tuple[DtypeFigures, ...]
    """Of the same tensors, the most parameters first."""
    formats: tuple[FormatFigures, ...]
    """The largest first."""
    files: int
    folders: int
    """Empty ones."""
    size: int
    """Bytes."""
    pickles: Mapping[str, PickleFindings]
    """By path, only of files that hold one."""


class _Tensor(NamedTuple):
    dtype: str
    parameters: int
    size: int


def summarise(manifest: Manifest, tensors: Mapping[str, TensorList]) -> ModelFigures:
    """Return the figures of a version.

    Parameters are counted from tensors. A model that lies there in several formats, or several
    times in one (`model.safetensors` and `model.fp16.safetensors`), is counted once: a tensor's
    name counts once in a folder, and of several formats the one with the most parameters counts,
    of those that name tensors as the model does before those that may hold an optimizer.

    Args:
        manifest: The version.
        tensors: By the path of the file; files without tensors are not in it.
    """
    grouped: dict[str, list[FileEntry]] = defaultdict(list)
    for entry in manifest.files:
        grouped[entry.format or OTHER].append(entry)
    unique = {name: _unique(entries, tensors) for name, entries in grouped.items()}
    formats = tuple(
        sorted(
            (_format(name, grouped[name], unique[name]) for name in grouped),
            key=lambda figures: (-figures.size, figures.format),
        )
    )
    chosen = _chosen(formats)
    counted = [] if chosen is None else list(unique[chosen.format].values())
    return ModelFigures(
        parameters=None if chosen is None else chosen.parameters,
        tensors=len(counted),
        by_dtype=_by_dtype(counted),
        formats=formats,
        files=len(manifest.files),
        folders=len(manifest.folders),
        size=manifest.total_bytes,
        pickles={
            entry.path: PickleFindings.of_words(entry.pickle)
            for entry in manifest.files
            if entry.pickle is not None
        },
    )


def _unique(
    entries: list[FileEntry], tensors: Mapping[str, TensorList]
) -> dict[tuple[str, str], _Tensor]:
    """Return the tensors of one format by folder and name."""
    found: dict[tuple[str, str], _Tensor] = {}
    for entry in entries:
        listed = tensors.get(entry.path)
        if listed is None:
            continue
        folder = entry.path.rpartition("/")[0]
        rows = zip(listed.names, listed.dtypes, listed.shapes, listed.lengths, strict=True)
        for name, dtype, shape, size in rows:
            found.setdefault((folder, name), _Tensor(dtype, math.prod(shape), size))
    return found


def _format(
    name: str, entries: list[FileEntry], tensors: Mapping[tuple[str, str], _Tensor]
) -> FormatFigures:
    return FormatFigures(
        name,
        len(entries),
        sum(entry.size for entry in entries),
        len(tensors),
        sum(tensor.parameters for tensor in tensors.values()),
    )


def _chosen(formats: tuple[FormatFigures, ...]) -> FormatFigures | None:
    """Return the format by which a model's parameters are counted."""
    holding = [figures for figures in formats if figures.tensors]
    naming = [figures for figures in holding if figures.format in _NAMING_FORMATS]
    return max(naming or holding, key=lambda figures: figures.parameters, default=None)


def _by_dtype(tensors: list[_Tensor]) -> tuple[DtypeFigures, ...]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for tensor in tensors:
        total = sums[tensor.dtype]
        total[0] += 1
        total[1] += tensor.parameters
        total[2] += tensor.size
    figures = (DtypeFigures(dtype, *total) for dtype, total in sums.items())
    return tuple(sorted(figures, key=lambda f: (-f.parameters, f.dtype)))
