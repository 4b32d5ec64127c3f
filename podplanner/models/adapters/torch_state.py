"""Tensors of torch by name, and nested state such as an optimizer's."""

import sys
from collections.abc import Mapping
from typing import Any

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.tensors import FILE, LoadedTensors, stored_array
from podplanner.models.nested_state import (
    DEEPEST,
    MOST_BYTES,
    Kind,
    can_name_a_tensor,
    put_together,
    take_apart,
)
from podplanner.models.safetensors_file import safetensors_file
from podplanner.models.stored import StoredModel

DOCUMENT = "state.json"
TENSORS = "state.safetensors"
ARRAYS = "arrays.safetensors"
# Apart from the tensors, so that arrays need no torch where they are loaded.
_FORM = "form"
_FLAT, _NESTED = "flat", "nested"


class LoadedState(dict[Any, Any]):
    """Nested state, as `load` gives it; `origin` knows where it is from."""

    __slots__ = ("__weakref__",)


class TorchStateAdapter:
    """A dict of tensors of torch by name; dicts, lists and tuples of such and of plain values."""

    kind = "state"
    package: str | None = "torch"

    def fits(self, model: object) -> bool:
        """Return whether it is a dict with a tensor in it, at any depth, but no arrays by name."""
        if not isinstance(model, dict) or not _has_tensors(model, 0):
            return False
        return not all(
            type(name) is str and _kind_of(value) == "array" for name, value in model.items()
        )

    def write(self, model: Any) -> Written:
        """Return one file of tensors by name; of nested state also a document of its structure."""
        from podplanner.models.torch_tensors import stored_tensor

        if _is_flat(model):
            tensors = {name: stored_tensor(name, value) for name, value in model.items()}
            return Written(
                files={FILE: safetensors_file(tensors)},
                library="pytorch",
                versions=_versions("torch"),
                details={_FORM: _FLAT},
            )
        parts = take_apart(model, _kind_of)
        files = {DOCUMENT: [memoryview(parts.document)]}
        if parts.tensors:
            tensors = {name: stored_tensor(name, value) for name, value in parts.tensors.items()}
            files[TENSORS] = safetensors_file(tensors)
        if parts.arrays:
            arrays = {name: stored_array(name, value) for name, value in parts.arrays.items()}
            files[ARRAYS] = safetensors_file(arrays)
        return Written(
            files=files,
            library="pytorch" if parts.tensors else "numpy",
            versions=_versions(*["torch"] * bool(parts.tensors), *["numpy"] * bool(parts.arrays)),
            details={_FORM: _NESTED},
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return False: tensors that no adapter wrote are given as numpy's, unless asked."""
        return False

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return tensors, without gradients; a module filled with them; or nested state.

        Also what gives tensors of torch of a version that no adapter wrote.
        """
        if options.framework not in (None, "numpy", "torch"):
            raise WrongUsageError(
                f"there is no framework {options.framework!r}", hint="Say numpy or torch."
            )
        if stored.saved.get("kind") == self.kind and stored.saved.get(_FORM) == _NESTED:
            return _nested(stored, options)
        if options.framework == "numpy":
            return LoadedTensors(_arrays(stored, options.path, options))
        from podplanner.models.adapters.torch_loading import fill, target_of, tensors_of_torch

        target = target_of(options)
        tensors = tensors_of_torch(stored, options)
        return tensors if target is None else fill(target, tensors, stored, options)


def _nested(stored: StoredModel, options: ReadOptions) -> LoadedState:
    if options.into is not None or options.factory is not None:
        raise WrongUsageError(
            f"{stored.origin.reference} holds nested state, which no module takes as it is",
            hint="Load it, and give its parts to `load_state_dict`.",
        )
    if options.path is not None:
        raise WrongUsageError(
            f"{stored.origin.reference} holds nested state, which is loaded whole",
            hint="Leave `path=` out.",
        )
    if DOCUMENT not in stored.paths:
        raise FormatError(f"{stored.origin.reference} has no {DOCUMENT}")
    if stored.size(DOCUMENT) > MOST_BYTES:
        raise FormatError(f"{DOCUMENT} of {stored.size(DOCUMENT):,} bytes is too large")
    found: dict[Kind, Mapping[str, Any]] = {
        "tensor": _tensors(stored, options) if TENSORS in stored.paths else {},
        "array": _arrays(stored, ARRAYS, options) if ARRAYS in stored.paths else {},
    }
    used: set[tuple[Kind, str]] = set()

    def tensor_of(kind: Kind, name: str) -> Any:
        used.add((kind, name))
        return found[kind][name]

    state = put_together(bytes(stored.read(DOCUMENT)), tensor_of)
    if len(used) != sum(map(len, found.values())):
        raise FormatError(f"{stored.origin.reference} has tensors that {DOCUMENT} does not name")
    return LoadedState(state)


def _tensors(stored: StoredModel, options: ReadOptions) -> Mapping[str, Any]:
    if options.framework == "numpy":
        return _arrays(stored, TENSORS, options)
    from dataclasses import replace

    from podplanner.models.adapters.torch_loading import tensors_of_torch

    return tensors_of_torch(stored, replace(options, path=TENSORS))


def _arrays(stored: StoredModel, path: str | None, options: ReadOptions) -> dict[str, Any]:
    found = {}
    for name, tensor in stored.tensors(path).items():
        found[name] = array = tensor.numpy()
        array.flags.writeable = options.trainable
    return found


def _is_flat(model: dict[Any, Any]) -> bool:
    return all(
        type(name) is str and can_name_a_tensor(name) and _kind_of(value) == "tensor"
        for name, value in model.items()
    )


def _has_tensors(value: object, depth: int) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return any(_has_tensors(one, depth + 1) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_has_tensors(one, depth + 1) for one in value)
    return _kind_of(value) is not None


def _kind_of(value: object) -> Kind | None:
    """Return what a value is, without importing what made it."""
    if (torch := sys.modules.get("torch")) is not None and isinstance(value, torch.Tensor):
        return "tensor"
    if (numpy := sys.modules.get("numpy")) is not None and isinstance(value, numpy.ndarray):
        return "array"
    return None


def _versions(*packages: str) -> dict[str, str]:
    # Of what is imported: asking for the metadata of a package takes milliseconds, in which a
    # training waits for its checkpoint.
    return {package: str(sys.modules[package].__version__) for package in packages}


ADAPTER = TorchStateAdapter()
