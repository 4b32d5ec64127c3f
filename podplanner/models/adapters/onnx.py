"""ONNX: models of any framework as one graph; loaded as a session of onnxruntime, from memory."""

import sys
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from podplanner.errors import (
    FileAccessError,
    FormatError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.onnx_graph import OnnxGraph, look_at
from podplanner.models.onnx_opening import proto_of, session_of
from podplanner.models.packages import installed_version, require
from podplanner.models.stored import StoredModel
from podplanner.store.paths import check_path, printable
from podplanner.store.pushing.sources import Content

SUFFIX = ".onnx"
FILE = "model.onnx"


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class OnnxModel:
    """A model as the package onnx has it: `load(..., framework="onnx")`; can be saved again."""

    proto: Any
    """The `onnx.ModelProto`, its weights in it wherever they lay before."""


class OnnxAdapter:
    """An `onnx.ModelProto`, or the path of a file whose name ends in `.onnx`."""

    kind = "onnx"
    package: str | None = "onnxruntime"

    def fits(self, model: object) -> bool:
        """Return whether it is a model of the package onnx, or the path of an ONNX file."""
        if isinstance(model, str | PathLike):
            return str(model).endswith(SUFFIX)
        return isinstance(model, OnnxModel) or _is_proto(model)

    def write(self, model: Any) -> Written:
        """Return a file as it is, with the files its weights lie in; a ModelProto in bytes."""
        if isinstance(model, str | PathLike):
            return _written_file(Path(model))
        return _written_proto(model.proto if isinstance(model, OnnxModel) else model)

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has ONNX files, and no safetensors beside them that they came from."""
        return any(path.endswith(SUFFIX) for path in stored.paths) and not any(
            stored.format(path) == "safetensors" for path in stored.paths
        )

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return a session of onnxruntime, or a ModelProto with `framework="onnx"`."""
        if options.into is not None or options.factory is not None:
            raise WrongUsageError(
                "an ONNX model goes into no module", hint="Leave out `into` and `factory`."
            )
        if options.framework not in (None, "onnx", "onnxruntime"):
            raise WrongUsageError(
                f"an ONNX model cannot be given in {options.framework!r}",
                hint="Say onnx (a ModelProto) or onnxruntime (a session, the default).",
            )
        path = options.path or stored.saved.get("file") or stored.the_one(SUFFIX)
        if not isinstance(path, str):
            raise FormatError(f"{stored.origin.reference} names no file", hint="Give `path=`.")
        content = stored.read(path)
        weights = _weights(stored, path, look_at(content))
        if options.framework == "onnx":
            return OnnxModel(proto_of(stored, bytes(content), weights))
        if options.trainable:
            raise WrongUsageError(
                "a session only infers", hint='Add `framework="onnx"` to get the graph itself.'
            )
        return session_of(stored, bytes(content), weights, options.device)


def _is_proto(model: object) -> bool:
    onnx = sys.modules.get("onnx")
    return onnx is not None and isinstance(model, getattr(onnx, "ModelProto", ()))


def _written_file(file: Path) -> Written:
    try:
        with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            graph = look_at(content)
    except OSError as error:
        raise FileAccessError(
            f"{file} cannot be read: {error.strerror}", hint="Give the path of an ONNX file."
        ) from error
    except ValueError as error:
        raise FormatError(f"{file} is empty", hint="Export it again.") from error
    files: dict[str, Content] = {file.name: file}
    for location in graph.locations:
        inside = _inside(location)
        beside = file.parent / inside
        if any((file.parent / part).is_symlink() for part in _with_parents(inside)):
            raise UnsafeContentError(
                f"{printable(location)}, in which weights of {file.name} lie, is reached by a link",
                hint="Copy the folder with its links followed: `cp -rL`.",
            )
        if not beside.is_file():
            raise FileAccessError(
                f"weights of {file.name} lie in {printable(location)}, which is not beside it",
                hint="Put the file where the model looks for it, or export the model in one file.",
            )
        files[inside] = beside
    return _written(files, file.name, graph)


def _with_parents(path: str) -> list[PurePosixPath]:
    whole = PurePosixPath(path)
    return [whole, *list(whole.parents)[:-1]]


def _written_proto(proto: Any) -> Written:
    messages = require("google.protobuf.message", package="protobuf", why="to save ONNX")
    try:
        content = proto.SerializeToString(deterministic=True)
    except (messages.EncodeError, ValueError) as error:
        raise FormatError(
            f"the model cannot be written in one piece: {error}",
            hint="Above 2 GiB write it with `onnx.save_model(..., save_as_external_data=True)` "
            "and save the path.",
        ) from error
    graph = look_at(content)
    if graph.locations:
        raise FormatError(
            f"weights of the model lie in {printable(graph.locations[0])}, not in the ModelProto",
            hint="Load it whole with `onnx.load`, or save the path of its file.",
        )
    return _written({FILE: [memoryview(content)]}, FILE, graph)


def _written(files: dict[str, Content], name: str, graph: OnnxGraph) -> Written:
    versions = {package: installed_version(package) for package in ("onnx", "onnxruntime")}
    return Written(
        files=files,
        library="onnx",
        parameters=graph.parameters,
        versions={package: found for package, found in versions.items() if found is not None},
        details={
            "file": name,
            "ir_version": graph.ir_version,
            "opset": graph.opsets,
            **({"producer": graph.producer} if graph.producer else {}),
        },
    )


def _inside(location: str) -> str:
    """Return the path that a location means, beside the model; UnsafeContentError: it leads out."""
    path = location.removeprefix("./")
    try:
        check_path(path)
    except UnsafeContentError as error:
        raise UnsafeContentError(
            f"the model asks for weights in {printable(location)}: {error.message}",
            hint="Such a model may be an attack. Export it again with its weights beside it.",
        ) from error
    return path


def _weights(stored: StoredModel, path: str, graph: OnnxGraph) -> dict[str, bytearray]:
    """Return the other files of a model by the names it has for them, each in memory."""
    where = stored.origin.reference
    if graph.hidden is not None:
        raise FormatError(
            f"{printable(graph.hidden)} of {where} lies in another file and inside a node, "
            "which cannot be loaded from memory",
            hint=f"Run `podplanner model pull {where} FOLDER` and open the file there.",
        )
    found = {}
    for location in graph.locations:
        beside = str(PurePosixPath(path).parent / _inside(location))
        if beside not in stored.paths:
            raise FormatError(
                f"weights of {where} lie in {printable(beside)}, which it does not have",
                hint="Save the model again, from a folder that has all of its files.",
            )
        found[location] = stored.read(beside)
    return found


ADAPTER = OnnxAdapter()
