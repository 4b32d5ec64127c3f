"""Wrappers round modules of PyTorch, and what they do to the names of tensors."""

from typing import Any

_COMPILED = "_orig_mod"
# What torch.compile calls the module in its wrapper; stands in names where a part is compiled.
_DISTRIBUTED = frozenset({"DataParallel", "DistributedDataParallel"})


def unwrapped(module: Any) -> Any:
    """Return the module in wrappers of torch.compile, DataParallel, DistributedDataParallel."""
    while True:
        kind = type(module)
        if not kind.__module__.startswith("torch."):
            return module
        if kind.__name__ == "OptimizedModule":
            module = module._orig_mod
        elif kind.__name__ in _DISTRIBUTED:
            module = module.module
        else:
            return module


def plain_name(name: str) -> str:
    """Return the name of a tensor as it is when no part of its module is compiled.

    >>> plain_name("body._orig_mod.0.weight")
    'body.0.weight'
    """
    return ".".join(word for word in name.split(".") if word != _COMPILED)
