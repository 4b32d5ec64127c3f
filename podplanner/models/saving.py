"""Save: a model in memory becomes a version, with what is known of how it came to be."""

import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.models.adapter import Written
from podplanner.models.datasets import AnyDataset, described
from podplanner.models.opening import AnyStore, the_store
from podplanner.models.origins import Origin, origin_if_known
from podplanner.models.plain_values import plain_mapping
from podplanner.models.provenance import environment, main_folder, seeds
from podplanner.models.registry import adapter_for
from podplanner.models.stored import SAVED
from podplanner.store import MemoryFiles, Store
from podplanner.store.metadata import suspected_secrets
from podplanner.store.names import Reference
from podplanner.store.policy import EncodingPolicy
from podplanner.store.progress import Progress
from podplanner.store.pushing.sources import Content
from podplanner.store.results import Pushed


def save(
    model: Any,
    name: str,
    *,
    store: AnyStore = None,
    hyperparameters: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    dataset: AnyDataset | Sequence[AnyDataset] | None = None,
    parent: str | None = None,
    alias: str | None = None,
    meta: Mapping[str, Any] | None = None,
    files: Mapping[str, str | PathLike[str] | bytes] | None = None,
    delta: bool = False,
    encoding: EncodingPolicy | None = None,
    new_version: bool = False,
    sign_with: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Pushed:
    """Store a model as the next version of `name`, straight from memory.

    Beside what is passed, the version records: the model's own hyperparameters, its parameters
    counted, framework and versions, the code's revision, seeds, and the machine.

    Args:
        model: A PyTorch module or state dict, a dict of tensors (numpy or torch), a transformers or
            PEFT model, a scikit-learn, XGBoost or LightGBM model, an ONNX model, the path of an
            ONNX or GGUF file, rules, or a Bayesian network.
        name: `cat` or `team/cat`.
        store: An open store, its address, or None for what the environment says.
        hyperparameters: What framed the training.
        metrics: What was measured, such as accuracy.
        dataset: What it was trained on; see `Dataset.from_path`.
        parent: The version that it was made from; default: the one that it was loaded from, else
            the latest of `name`.
        alias: Let this alias name the version afterwards.
        meta: More metadata, as `Store.push` takes it.
        files: More files: path in the version -> a file on disk, or bytes.
        delta: Store tensors as differences from the parent's where that is much smaller.
        encoding: `raw` or `fast`; default: the store's policy.
        new_version: Make a version even where the latest is the same.
        sign_with: A private key (PEM) that signs the version.
        progress: Hears how far it is.

    Raises:
        FormatError: There is no adapter for it, or something in it has no safe form.
        WrongUsageError: Metadata has a shape that it cannot have, or a file is named twice.
        StoreError: As `Store.push`.
    """
    opened = the_store(store)
    adapter = adapter_for(model)
    written = adapter.write(model)
    known = origin_if_known(model) or written.made_from
    if parent is None and known is not None and known.store == opened.address:
        parent = _if_still_there(opened, known)
    metadata = metadata_for(
        adapter.kind,
        written,
        hyperparameters=hyperparameters,
        metrics=metrics,
        dataset=dataset,
        meta=meta,
    )
    return opened.push(
        MemoryFiles(_all_files(written, files), place=main_folder()),
        name,
        parent=parent,
        alias=alias,
        meta=metadata,
        delta=delta,
        encoding=encoding,
        new_version=new_version,
        sign_with=sign_with,
        progress=progress,
    )


def metadata_for(
    kind: str,
    written: Written,
    *,
    hyperparameters: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    dataset: AnyDataset | Sequence[AnyDataset] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the metadata of a version: what was passed, and what is known without asking."""
    given = {
        "hyperparameters": plain_mapping(hyperparameters, "hyperparameters"),
        "metrics": plain_mapping(metrics, "metrics"),
    }
    said = plain_mapping(meta, "meta")
    _warn_of_secrets({**said, "given": given})
    extra = plain_mapping(said.pop("extra", None), "extra")
    own = {**written.details, "kind": kind}
    if written.class_name is not None:
        own["class"] = written.class_name
    if written.parameters is not None:
        own["parameters"] = written.parameters
    extra[SAVED] = own
    if found := {**seeds(), **written.seeds}:
        extra.setdefault("seeds", found)
    known: dict[str, Any] = {
        "library_name": written.library,
        "environment": environment(written.versions)
        | plain_mapping(said.pop("environment", None), "environment"),
        "hyperparameters": {
            **plain_mapping(written.hyperparameters, "hyperparameters", named=True),
            **plain_mapping(said.pop("hyperparameters", None), "hyperparameters"),
            **given["hyperparameters"],
        },
        "extra": extra,
    }
    if written.base_model is not None:
        known["base_model"] = [written.base_model]
    if given["metrics"]:
        # A model card may only name its metrics, in a list: values say more.
        before = said.pop("metrics", None)
        known["metrics"] = {**(before if isinstance(before, dict) else {}), **given["metrics"]}
    if dataset is not None:
        before = said.pop("datasets", [])
        named = before if isinstance(before, list) else [before]
        known["datasets"] = [*named, *described(dataset)]
    return {**known, **said}


def _if_still_there(store: Store, known: Origin) -> str | None:
    """Return the version that a model was loaded from; None, with a warning, when it is deleted.

    Nobody said that it is to be the parent, and what was trained since must not be lost for it.
    """
    try:
        store.root.refs.resolve(Reference.parse(known.reference))
    except UnknownNameError:
        warnings.warn(
            f"{known.reference}, from which this was loaded, is deleted: the latest version, if "
            "there is one, is written down as its parent",
            stacklevel=3,
        )
        return None
    return known.reference


def _warn_of_secrets(said: Mapping[str, Any]) -> None:
    if secrets := suspected_secrets(said):
        keys = ", ".join(key.removeprefix("given.") for key in secrets)
        warnings.warn(
            f"{keys} looks like a secret, and everybody who reads the store will read it",
            stacklevel=4,
        )


def _all_files(
    written: Written, more: Mapping[str, str | PathLike[str] | bytes] | None
) -> dict[str, Content]:
    files = dict(written.files)
    for path, content in (more or {}).items():
        if path in files:
            raise WrongUsageError(
                f"{path} is a file of the model itself", hint="Give it another name."
            )
        files[path] = _content(content)
    return files


def _content(content: str | PathLike[str] | bytes) -> Content:
    return [memoryview(content)] if isinstance(content, bytes | bytearray) else Path(content)
