"""The port of the adapters: how a framework's model becomes files, and files become a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from podplanner.models.origins import Origin
from podplanner.models.stored import StoredModel
from podplanner.store.pushing.sources import Content


@dataclass(frozen=True, slots=True)
class Written:
    """A model as files, and what can be told of it without asking anybody."""

    files: Mapping[str, Content]
    """Path in the version -> buffers of bytes (read in place, not copied), or a file on a disk."""
    library: str
    """As model cards have it in `library_name`: `pytorch`, `transformers`, `sklearn` ..."""
    class_name: str | None = None
    """Module and name of the model's class, for information: `load` never imports it."""
    parameters: int | None = None
    """Learned numbers, where the files' own tensors do not say it; else None."""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    """What the model itself says of how it is trained; what `save` is given wins over it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Package -> version, of the framework and what its files depend on."""
    seeds: Mapping[str, int] = field(default_factory=dict)
    """Name -> seed, of seeds that the model itself knows (`random_state`)."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What `read` needs to know beside the files; no floats; kept in the metadata."""
    made_from: Origin | None = None
    """The version that it was made from, where not the model itself was loaded but a part of it."""
    base_model: str | None = None
    """Reference of the version without which it is of no use, as an adapter's base is."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How `load` is to give a model back."""

    into: Any = None
    """An object of the framework that takes the tensors: a module."""
    factory: Callable[..., Any] | None = None
    """Makes such an object."""
    trusted: tuple[str, ...] = ()
    """Types beyond those known to be harmless that may be made, by their full names."""
    device: str | None = None
    """Where tensors are to be: `cpu`, `cuda:0`."""
    framework: str | None = None
    """`numpy` or `torch`, for tensors that may be given as either."""
    path: str | None = None
    """Only this file."""
    trainable: bool = False
    """Whether it will be trained on; else it is frozen: no gradient, eval mode, read-only."""


class Adapter(Protocol):
    """Turns one kind of model into files and back.

    Importing its module imports no framework. It writes the framework's safe, portable form and
    never a pickle, and it never imports a class or module that a store names.
    """

    kind: str
    """Names it in the metadata of a version; never changes."""
    package: str | None
    """What must be installed to load what it wrote; None: nothing."""

    def fits(self, model: object) -> bool:
        """Return whether a model is one of its kind, without importing anything."""
        ...

    def write(self, model: Any) -> Written:
        """Return a model as files.

        Raises:
            FormatError: Something in it has no safe form; says what, and what to do instead.
        """
        ...

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it can read a version that no adapter wrote, by its files."""
        ...

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the model, every byte of it verified, frozen unless it is to be trained.

        Raises:
            MissingPackageError: The framework is not installed.
            UnsafeContentError: It holds a type that is not trusted.
            FormatError: Its files are not what they should be, or do not fit `into`.
            WrongUsageError: An option makes no sense for this kind.
            ObjectMissingError, ObjectCorruptError: The store is damaged.
        """
        ...
