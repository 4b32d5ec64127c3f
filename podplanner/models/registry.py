"""All adapters, in the order in which they are asked."""

from importlib import import_module
from typing import NamedTuple, cast

from podplanner.errors import FormatError
from podplanner.models.adapter import Adapter
from podplanner.models.stored import StoredModel


class Entry(NamedTuple):
    """One adapter, by its home: the module is imported when it is asked."""

    kind: str
    home: str
    """Module under `adapters`; its `ADAPTER` is the adapter."""


ALL_ADAPTERS: tuple[Entry, ...] = (
    # The special before the general: an adapter of LoRA is a module too, a module holds tensors.
    Entry("peft", "lora"),
    Entry("transformers", "transformers"),
    Entry("torch-module", "torch_module"),
    Entry("scikit-learn", "scikit_learn"),
    Entry("xgboost", "xgboost"),
    Entry("lightgbm", "lightgbm"),
    Entry("onnx", "onnx"),
    Entry("gguf", "gguf"),
    Entry("rules", "rules"),
    Entry("bayesian-network", "bayesian_network"),
    Entry("state", "torch_state"),
    Entry("tensors", "tensors"),
)


def adapter_of(kind: str) -> Adapter:
    """Return the adapter of a kind.

    Raises:
        FormatError: This podplanner knows none of that kind.
    """
    for entry in ALL_ADAPTERS:
        if entry.kind == kind:
            return _imported(entry)
    raise FormatError(
        f"this podplanner cannot load models of the kind {kind!r}",
        hint="Install a newer podplanner, or pull the files with `podplanner model pull`.",
    )


def adapter_for(model: object) -> Adapter:
    """Return the adapter for a model.

    Raises:
        FormatError: There is none for its type.
    """
    for entry in ALL_ADAPTERS:
        adapter = _imported(entry)
        if adapter.fits(model):
            return adapter
    what = type(model)
    raise FormatError(
        f"there is no adapter for a {what.__module__}.{what.__qualname__}",
        hint="Write its files to a directory and push that with `podplanner model push`.",
    )


def adapter_by_files(stored: StoredModel) -> Adapter:
    """Return the adapter that can read a version that none wrote.

    Raises:
        FormatError: There is none.
    """
    for entry in ALL_ADAPTERS:
        adapter = _imported(entry)
        if adapter.recognises(stored):
            return adapter
    raise FormatError(
        f"nothing in {stored.origin.reference} is a model that can be loaded",
        hint="Pull the files with `podplanner model pull`, or read one with `store.open`.",
    )


def _imported(entry: Entry) -> Adapter:
    return cast("Adapter", import_module(f"podplanner.models.adapters.{entry.home}").ADAPTER)
