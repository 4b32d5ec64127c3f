"""Load: a version becomes a model in memory, verified, frozen, without a file in between."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from podplanner.errors import ConflictError
from podplanner.models.adapter import ReadOptions
from podplanner.models.opening import AnyStore, the_store
from podplanner.models.origins import Origin, remember
from podplanner.models.registry import adapter_by_files, adapter_of
from podplanner.models.stored import StoredModel
from podplanner.store import Store
from podplanner.store.names import Reference
from podplanner.store.reading.opening import open_version


def load(
    reference: str,
    *,
    store: AnyStore = None,
    into: Any = None,
    factory: Callable[..., Any] | None = None,
    trusted: Sequence[str] = (),
    device: str | None = None,
    framework: str | None = None,
    path: str | None = None,
    trainable: bool = False,
    digest: str | None = None,
    require_signature: str | PathLike[str] | None = None,
) -> Any:
    """Return the model of a version, every byte of it verified, straight from the store.

    The alias is looked up once; `origin(model)` says which version and digest answered. Nothing
    that the store names is imported: of a PyTorch module come its tensors, unless `into` or
    `factory` gives the module that takes them.

    Args:
        reference: `name`, `name:3` or `name:prod`.
        store: An open store, its address, or None for what the environment says.
        into: A module that takes the tensors, in place.
        factory: Makes the module that takes the tensors.
        trusted: Types that a scikit-learn model may hold beyond those known to be harmless.
        device: Where tensors of PyTorch are to be; read and copied side by side.
        framework: `numpy` or `torch`: how tensors are given; default: as they were saved.
        path: Only this file of the version.
        trainable: It is to be trained on. Otherwise it is frozen: eval mode, no gradients, arrays
            that cannot be written to.
        digest: The manifest digest that the version must have, 64 hex digits.
        require_signature: A public key (PEM) whose signature the version must have.

    Raises:
        UnknownNameError: There is no such version.
        MissingPackageError: Its framework is not installed; names what to install.
        UnsafeContentError: It holds a type that is not trusted.
        ConflictError: The version has another digest.
        FormatError: It holds nothing that can be loaded, or does not fit `into`.
        ObjectMissingError, ObjectCorruptError: The store is damaged; nothing wrong is given out.
        SignatureError: That key has not signed it.
    """
    opened = the_store(store, read_only=True)
    stored = open_stored(opened, reference, digest=digest, require_signature=require_signature)
    kind = stored.saved.get("kind")
    adapter = adapter_of(kind) if isinstance(kind, str) else adapter_by_files(stored)
    options = ReadOptions(
        into=into,
        factory=factory,
        trusted=tuple(trusted),
        device=device,
        framework=framework,
        path=path,
        trainable=trainable,
    )
    model = adapter.read(stored, options)
    remember(model, stored.origin)
    return model


def open_stored(
    store: Store,
    reference: str,
    *,
    digest: str | None = None,
    require_signature: str | PathLike[str] | None = None,
) -> StoredModel:
    """Return a version, open for loading.

    Raises:
        UnknownNameError: There is no such version.
        ConflictError: It has another digest than `digest`.
        SignatureError: That key has not signed it.
    """
    version = open_version(store.root, Reference.parse(reference))
    record = version.version.record
    if digest is not None and record.manifest != digest.lower():
        raise ConflictError(
            f"{version.version} has the digest {record.manifest}, not {digest}",
            hint="Ask for the version by its number, or give the digest that is wanted now.",
        )
    if require_signature is not None:
        from podplanner.store.signatures import checker

        checker(store.root, Path(require_signature))(version.version)
    origin = Origin(
        store=store.address,
        model=record.model,
        version=version.version.number,
        digest=record.manifest,
        metadata=version.manifest.metadata,
    )
    return StoredModel(version, origin)
