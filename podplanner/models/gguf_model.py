"""A GGUF model in memory: its tensors as they are stored, and the fields of its header."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError, UnknownNameError
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.packages import require

if TYPE_CHECKING:
    import numpy as np

_QUANTISED = "GGML:"


class GgufModel(LoadedTensors):
    """Arrays of numpy by name; quantised tensors as rows of bytes, block after block.

    Attributes:
        fields: The header's, by name (`llama.block_count`); arrays of numbers are numpy's, arrays
            of texts tuples. Of a model in several files those of the first.
        types: Name of a tensor -> its type: `F16`; `GGML:Q4_K` for those of ggml's own.
        shapes: Name of a tensor -> its shape in elements, rows before columns.
    """

    __slots__ = ("fields", "shapes", "types")

    def __init__(
        self,
        arrays: "Mapping[str, np.ndarray[Any, Any]]",
        *,
        fields: Mapping[str, Any],
        types: Mapping[str, str],
        shapes: Mapping[str, tuple[int, ...]],
    ) -> None:
        super().__init__(arrays)
        self.fields = fields
        self.types = types
        self.shapes = shapes

    def dequantized(self, name: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """Return a tensor as numbers, a new array of float32, reckoned by the package gguf.

        Raises:
            UnknownNameError: There is no such tensor.
            MissingPackageError: The tensor is quantised, and gguf is not installed.
            FormatError: gguf cannot dequantise its type.
        """
        import numpy as np

        if name not in self:
            raise UnknownNameError(
                f"the model has no tensor {name!r}", hint="Look at the keys of the model."
            )
        array, word = self[name], self.types[name]
        if not word.startswith(_QUANTISED):
            return np.array(array, dtype=np.float32)
        word = word.removeprefix(_QUANTISED)
        package = require("gguf", why=f"to dequantise {word}")
        kind = getattr(package.GGMLQuantizationType, word, None)
        try:
            if kind is None:
                raise NotImplementedError(f"gguf knows no type {word}")
            numbers = package.quants.dequantize(array, kind)
        except NotImplementedError as error:
            raise FormatError(
                f"{name} is stored as {word}, which gguf cannot dequantise",
                hint="Run `pip install --upgrade gguf`.",
            ) from error
        return np.array(numbers, dtype=np.float32).reshape(self.shapes[name])
