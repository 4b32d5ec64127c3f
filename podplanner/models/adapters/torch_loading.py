"""Tensors of a version as PyTorch's, on their device, and in a module: what its adapters share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions
from podplanner.models.adapters.tensors import ADAPTER, LoadedTensors
from podplanner.models.adapters.torch_filling import assign
from podplanner.models.adapters.torch_freezing import freeze, thaw
from podplanner.models.adapters.torch_lanes import Arrivals
from podplanner.models.adapters.torch_wrappers import plain_name, unwrapped
from podplanner.models.packages import require
from podplanner.models.stored import StoredModel

if TYPE_CHECKING:
    import torch

_SAFETENSORS = "safetensors"
_FORMAT = ("format", "pt")
# What transformers writes into every header: it names no tensor.
_LONGEST_HEADER = 100_000_000
# Bytes. Source: MAX_HEADER_SIZE of the library safetensors.


def tensors_of_torch(stored: StoredModel, options: ReadOptions) -> LoadedTensors:
    """Return the tensors of a version, or of one file; each on its device.

    A name that a file has for a second name of one tensor is there too, with the same tensor.

    Raises:
        MissingPackageError: PyTorch is not installed.
        WrongUsageError: The device is none, or not there, or another framework is asked for.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    require(
        "torch",
        why=f"to load {stored.origin.reference}",
        instead="" if target_of(options) else 'ask for arrays with `framework="numpy"`',
    )
    if options.framework not in (None, "torch"):
        raise WrongUsageError(
            f"a model of PyTorch has no tensors of {options.framework!r} here",
            hint='Say `framework="torch"`, or leave it out.',
        )
    arrivals = Arrivals(_place(options))
    order = list(stored.tensors(options.path, ready=arrivals))
    there = arrivals.all()
    found = LoadedTensors((name, there[name]) for name in order)
    _name_twice(found, stored, options)
    return found


def arrays_wanted(options: ReadOptions) -> bool:
    """Return whether arrays of numpy are asked for, which need no PyTorch."""
    return options.framework == "numpy" and target_of(options) is None


def arrays_of(stored: StoredModel, options: ReadOptions) -> LoadedTensors:
    """Return the tensors as arrays of numpy, second names too."""
    found: LoadedTensors = ADAPTER.read(stored, options)
    _name_twice(found, stored, options)
    return found


def fill(target: Any, tensors: "LoadedTensors", stored: StoredModel, options: ReadOptions) -> Any:
    """Return a module that holds the tensors, frozen unless it is to be trained.

    Args:
        target: A module, or what makes one when it is called.
        tensors: By name, as `tensors_of_torch` returns them.
        stored: The version, for errors.
        options: `device` and `trainable` are used.

    Raises:
        WrongUsageError: It is no module.
        FormatError: The tensors do not fit; the module is as it was.
    """
    module = module_for(target)
    inner = unwrapped(module)
    device = device_named(options.device) if options.device is not None else None
    assign(inner, tensors, source=stored.origin.reference, device=device)
    if options.trainable:
        thaw(inner)
    else:
        freeze(module, inner)
    return module


def target_of(options: ReadOptions) -> Any:
    """Return the module or what makes it; None when only tensors are asked for.

    Raises:
        WrongUsageError: Both are given.
    """
    if options.into is not None and options.factory is not None:
        raise WrongUsageError(
            "`into` and `factory` both say what takes the tensors", hint="Give one of them."
        )
    return options.factory if options.into is None else options.into


def device_named(name: str) -> "torch.device":
    """Return a device that can hold tensors.

    Raises:
        WrongUsageError: There is no such device here.
    """
    import torch

    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise WrongUsageError(
            f"{name!r} is no device of PyTorch", hint="Say `cpu`, or `cuda:0`."
        ) from error
    if device.type == "meta":
        raise WrongUsageError(
            "on `meta` tensors have no values",
            hint="Leave `device` out; `Store.tensors` gives shapes and types without reading.",
        )
    if device.type == "cuda" and not torch.cuda.is_available():
        raise WrongUsageError(
            f"there is no {name} here: this PyTorch ({torch.__version__}) sees no CUDA device",
            hint="Say `cpu`, or install a PyTorch that is built for the device.",
        )
    return device


def module_for(target: Any) -> Any:
    """Return the module that is to take tensors: the target, or what it makes when it is called.

    Raises:
        WrongUsageError: It is no module.
    """
    import torch

    if isinstance(target, torch.nn.Module):
        return target
    if not callable(target):
        raise WrongUsageError(
            f"a {type(target).__name__} takes no tensors", hint="Give a module of PyTorch."
        )
    module = target()
    if not isinstance(module, torch.nn.Module):
        raise WrongUsageError(
            f"the factory made a {type(module).__name__}, which is no module of PyTorch",
            hint="Give what returns a torch.nn.Module when it is called without arguments.",
        )
    return module


def _place(options: ReadOptions) -> "Callable[[str], torch.device]":
    """Return what says where a tensor is to be, by its name."""
    import torch

    if options.device is not None:
        device = device_named(options.device)
        return lambda _: device
    cpu = torch.device("cpu")
    if not isinstance(options.into, torch.nn.Module):
        return lambda _: cpu
    own = unwrapped(options.into).state_dict()
    devices = {
        plain_name(name): value.device
        for name, value in own.items()
        if isinstance(value, torch.Tensor) and not value.is_meta
    }
    return lambda name: devices.get(name, cpu)


def _name_twice(found: LoadedTensors, stored: StoredModel, options: ReadOptions) -> None:
    """Add the second names of tensors that a model has under two."""
    paths = stored.paths if options.path is None else (options.path,)
    for path in paths:
        if stored.format(path) == _SAFETENSORS:
            for name, kept in _second_names(stored, path).items():
                if kept in found and name not in found and (name, kept) != _FORMAT:
                    found[name] = found[kept]


class _Header(msgspec.Struct):
    """What is read of a safetensors file's header: what was said of the file."""

    metadata: dict[str, str] = msgspec.field(name="__metadata__", default_factory=dict)


def _second_names(stored: StoredModel, path: str) -> dict[str, str]:
    """Return name -> name of the tensor that it is too, as `safetensors.torch.save_model` says."""
    length = int.from_bytes(stored.head(path, 8), "little")
    if not 0 < length <= min(_LONGEST_HEADER, stored.size(path) - 8):
        return {}
    header = stored.head(path, 8 + length)[8:]
    try:
        return msgspec.json.decode(header, type=_Header).metadata
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"the header of {path} is no header of safetensors") from error
