"""Tensors of numpy by name: one safetensors file. Also what gives the tensors of any version."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.packages import installed_version
from podplanner.models.safetensors_file import Stored, safetensors_file
from podplanner.models.stored import StoredModel
from podplanner.store.paths import printable
from podplanner.store.reading.dtypes import word_of_numpy

if TYPE_CHECKING:
    import numpy as np

FILE = "model.safetensors"


class LoadedTensors(dict[str, Any]):
    """Tensors by name, as `load` gives them; `origin` knows where they are from."""

    __slots__ = ("__weakref__",)


class TensorsAdapter:
    """A dict of arrays, by name."""

    kind = "tensors"
    package: str | None = None

    def fits(self, model: object) -> bool:
        """Return whether it is a dict of numpy's arrays by name, and has any."""
        import numpy as np

        return (
            isinstance(model, Mapping)
            and bool(model)
            and all(
                isinstance(name, str) and isinstance(value, np.ndarray)
                for name, value in model.items()
            )
        )

    def write(self, model: Any) -> Written:
        """Return the arrays as one file; those that are not contiguous are copied."""
        tensors = {name: stored_array(name, value) for name, value in model.items()}
        return Written(
            files={FILE: safetensors_file(tensors)},
            library="numpy",
            versions={"numpy": installed_version("numpy") or "unknown"},
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether any file has tensors that are known."""
        return any(stored.format(path) is not None for path in stored.paths)

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the tensors: arrays that cannot be written to, unless they are to be trained."""
        if options.framework == "torch" or options.into is not None or options.factory is not None:
            # Tensors of torch, or a module that takes them.
            from podplanner.models.adapters.torch_state import ADAPTER

            return ADAPTER.read(stored, options)
        if options.framework not in (None, "numpy"):
            raise WrongUsageError(
                f"there is no framework {options.framework!r}", hint="Say numpy or torch."
            )
        if options.device not in (None, "cpu"):
            raise WrongUsageError("arrays of numpy have no device", hint='Add `framework="torch"`.')
        found = LoadedTensors()
        for name, tensor in stored.tensors(options.path).items():
            array = tensor.numpy()
            array.flags.writeable = options.trainable
            found[name] = array
        return found


def stored_array(name: str, array: "np.ndarray[Any, Any]") -> Stored:
    """Return an array as it is to stand in a file; one that is not contiguous is copied.

    Raises:
        FormatError: safetensors does not have its type.
    """
    import numpy as np

    word = word_of_numpy(array.dtype)
    if word is None:
        raise FormatError(
            f"{printable(name)} has the type {array.dtype}, which safetensors does not have",
            hint="Convert it to numbers of a fixed width, such as float32.",
        )
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    flat = np.ascontiguousarray(little).reshape(-1).view(np.uint8)
    return Stored(word, array.shape, flat.data, array.dtype.itemsize)


ADAPTER = TensorsAdapter()
