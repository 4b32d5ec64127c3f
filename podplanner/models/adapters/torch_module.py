"""Modules of PyTorch: the state dict as one safetensors file, the class's name for information."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.torch_filling import same_memory
from podplanner.models.adapters.torch_freezing import own_class
from podplanner.models.adapters.torch_loading import (
    arrays_of,
    arrays_wanted,
    fill,
    target_of,
    tensors_of_torch,
)
from podplanner.models.adapters.torch_wrappers import plain_name, unwrapped
from podplanner.models.safetensors_file import safetensors_file
from podplanner.models.stored import StoredModel
from podplanner.models.torch_tensors import stored_tensor
from podplanner.store.paths import printable

if TYPE_CHECKING:
    import torch

FILE = "model.safetensors"


class TorchModuleAdapter:
    """A module of PyTorch, of any class."""

    kind = "torch-module"
    package: str | None = "torch"

    def fits(self, model: object) -> bool:
        """Return whether it is a module; where PyTorch is not imported, nothing is one."""
        torch = sys.modules.get("torch")
        return torch is not None and isinstance(model, torch.nn.Module)

    def write(self, model: Any) -> Written:
        """Return its parameters and persistent buffers; tied ones once."""
        module = unwrapped(model)
        tensors, second_names = plain_state(module)
        stored = {name: stored_tensor(name, tensor) for name, tensor in tensors.items()}
        return Written(
            files={FILE: safetensors_file(stored, second_names)},
            library="pytorch",
            class_name=class_name(module),
            parameters=parameters_in(module),
            versions=versions(),
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return False: a version does not say that its tensors are of a module."""
        return False

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the tensors, or the module that takes them."""
        if arrays_wanted(options):
            return arrays_of(stored, options)
        target = target_of(options)
        tensors = tensors_of_torch(stored, options)
        return tensors if target is None else fill(target, tensors, stored, options)


def plain_state(
    module: "torch.nn.Module", *, last: Sequence[str] = ()
) -> "tuple[dict[str, torch.Tensor], dict[str, str]]":
    """Return a module's tensors, and the second names of those that it has under two.

    The second names, each with the name that is kept, stand in a file as
    `safetensors.torch.save_model` writes them, and are chosen as it does: the first of the
    sorted names is kept.

    Args:
        module: Without wrappers round it.
        last: Patterns of names that are kept only where a tensor has no other.

    Raises:
        FormatError: Something in its state is no tensor.
    """
    import torch

    kept: dict[Any, str] = {}
    tensors: dict[str, torch.Tensor] = {}
    second_names: dict[str, str] = {}
    state: Mapping[str, Any] = module.state_dict()
    for name in sorted(state, key=lambda name: (is_one_of(name, last), plain_name(name))):
        tensor, plain = state[name], plain_name(name)
        if not isinstance(tensor, torch.Tensor):
            raise FormatError(
                f"{printable(plain)} of the {type(module).__name__} is a {type(tensor).__name__}, "
                "no tensor",
                hint="Let `get_extra_state` return a tensor, or keep it in `hyperparameters=`.",
            )
        key = _memory(plain, tensor)
        if key in kept:
            second_names[plain] = kept[key]
        else:
            kept[key] = plain
            tensors[plain] = tensor
    return tensors, second_names


def is_one_of(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a pattern is found in a name."""
    return any(re.search(pattern, plain_name(name)) for pattern in patterns)


def _memory(name: str, tensor: "torch.Tensor") -> Any:
    """Return what tensors that are one have in common; those without plain memory have nothing."""
    import torch

    plain = tensor.layout is torch.strided and not torch.nn.parameter.is_lazy(tensor)
    return same_memory(tensor) if plain and type(tensor.detach()) is torch.Tensor else name


def class_name(module: object) -> str:
    """Return module and name of its class, for information."""
    kind = own_class(module)
    return f"{kind.__module__}.{kind.__qualname__}"


def parameters_in(module: "torch.nn.Module") -> int:
    """Return how many numbers are learned; tied ones count once."""
    return sum({same_memory(one): one.numel() for one in module.parameters()}.values())


def versions() -> dict[str, str]:
    """Return the version of PyTorch, and of CUDA where it is built for that."""
    import torch

    found = {"torch": str(torch.__version__)}
    if torch.version.cuda is not None:
        found["cuda"] = str(torch.version.cuda)
    return found


ADAPTER = TorchModuleAdapter()
