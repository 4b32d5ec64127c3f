"""ONNX models opened from memory: as a session of onnxruntime, or as a ModelProto."""

import re
from typing import Any

from podplanner.errors import FormatError, MissingPackageError, WrongUsageError
from podplanner.models.packages import require
from podplanner.models.stored import StoredModel
from podplanner.store.paths import printable

_DEVICE = re.compile(r"cuda(?::(\d{1,3}))?")
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_ERRORS = (
    "EPFail", "EngineError", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf",
    "NoSuchFile", "NotImplemented", "RuntimeException",
)  # fmt: skip
# What onnxruntime raises; they have no base of their own.


def session_of(
    stored: StoredModel, content: bytes, weights: dict[str, bytearray], device: str | None
) -> Any:
    """Return a session of onnxruntime, made from memory.

    Args:
        stored: Where the model is from.
        content: The model.
        weights: The other files that its weights lie in, by the names it has for them.
        device: `cpu`, `cuda`, `cuda:1`, or None.

    Raises:
        MissingPackageError: onnxruntime is not installed, too old, or cannot use the device.
        WrongUsageError: There is no such device.
        FormatError: onnxruntime cannot run the model.
    """
    runtime = require("onnxruntime", why=f"to load {stored.origin.reference}")
    providers = _providers(runtime, device)
    settings = runtime.SessionOptions()
    # Else bytes in onnxruntime's own format, which nobody looked at, would be taken for a model.
    settings.add_session_config_entry("session.load_model_format", "ONNX")
    if weights:
        if not hasattr(settings, "add_external_initializers_from_files_in_memory"):
            raise MissingPackageError(
                f"onnxruntime {runtime.__version__} cannot take weights from memory",
                hint="Run `pip install --upgrade onnxruntime`, or pull the files.",
            )
        settings.add_external_initializers_from_files_in_memory(
            list(weights), list(weights.values()), [len(one) for one in weights.values()]
        )
    state = require("onnxruntime.capi.onnxruntime_pybind11_state", why="to load ONNX")
    known = tuple(getattr(state, name) for name in _ERRORS if hasattr(state, name))
    try:
        session = runtime.InferenceSession(content, settings, providers=providers)
    except (*known, RuntimeError, ValueError) as error:
        raise FormatError(
            f"onnxruntime cannot run {stored.origin.reference}: {error}",
            hint='Look at it with `framework="onnx"`. Operators that are not its own are never '
            "loaded from a store.",
        ) from error
    if device not in (None, "cpu") and _CUDA not in session.get_providers():
        raise _no_cuda(runtime)
    return session


def _providers(runtime: Any, device: str | None) -> list[Any]:
    if device in (None, "cpu"):
        return [_CPU]
    match = _DEVICE.fullmatch(device or "")
    if match is None:
        raise WrongUsageError(f"there is no device {device!r}", hint="Say cpu, cuda or cuda:1.")
    if _CUDA not in runtime.get_available_providers():
        raise _no_cuda(runtime)
    return [(_CUDA, {"device_id": int(match[1] or 0)}), _CPU]


def _no_cuda(runtime: Any) -> MissingPackageError:
    return MissingPackageError(
        f"this onnxruntime {runtime.__version__} cannot use a GPU",
        hint="Run `pip install onnxruntime-gpu` in place of onnxruntime, or leave out `device`.",
    )


def proto_of(stored: StoredModel, content: bytes, weights: dict[str, bytearray]) -> Any:
    """Return a ModelProto with all weights in it.

    Raises:
        MissingPackageError: The package onnx is not installed.
        FormatError: It cannot read the model, or a tensor lies outside of its file.
    """
    onnx = require("onnx", why=f"to load {stored.origin.reference} as a ModelProto")
    messages = require("google.protobuf.message", package="protobuf", why="to load ONNX")
    try:
        model = onnx.load_model_from_string(content)
    except (messages.DecodeError, ValueError) as error:
        raise FormatError(
            f"{stored.origin.reference} cannot be read by onnx: {error}",
            hint="Upgrade onnx, or pull the file and look at it.",
        ) from error
    for tensor in model.graph.initializer:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        tensor.raw_data = _external(tensor, weights, stored)
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]
    return model


def _external(tensor: Any, weights: dict[str, bytearray], stored: StoredModel) -> bytes:
    """Return the bytes of a tensor that lies in another file."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    file = weights[entries["location"]]
    try:
        offset = int(entries.get("offset") or 0)
        length = int(entries.get("length") or max(len(file) - offset, 0))
    except ValueError:
        offset = length = -1
    if offset < 0 or length < 0 or offset + length > len(file):
        raise FormatError(
            f"{printable(tensor.name)} of {stored.origin.reference} lies outside of its file",
            hint="Save the model again, from files that belong together.",
        )
    return bytes(memoryview(file)[offset : offset + length])
