"""Modules that are frozen: eval mode, no gradients, and `train()` does not end that unheard."""

import warnings
from contextlib import suppress
from functools import lru_cache
from types import new_class
from typing import Any

_CLASSES_KEPT = 128
# Each frozen class keeps its own class alive: those made in a loop are to go some time.


class _Frozen:
    """Stands before the class of a frozen module.

    `train()` of a model that holds a frozen one reaches it too, and would switch dropout on and
    let batch norm learn. An attribute in its place would be a circle of references, which keeps
    a model's memory until the collector comes by; a hook would miss methods beside `forward`.
    PyTorch itself gives a module with parametrizations a class of its own in the same way.
    """

    def __init_subclass__(cls, **_: Any) -> None:
        """Tell nobody of the class: some classes register those that are made from them."""

    def train(self, mode: bool = True) -> Any:
        """Stay in eval mode, and say so."""
        if mode:
            warnings.warn(
                f"this {type(self).__name__} was loaded for inference and stays in eval mode; "
                "load it with `trainable=True` to train it",
                stacklevel=2,
            )
        return super().train(False)  # type: ignore[misc]

    def __reduce_ex__(self, _protocol: Any) -> Any:
        """Be pickled, and copied, as a module of the class that it had."""
        made = super().__reduce_ex__(1)
        # Later protocols insist on the class that the object has.
        if not isinstance(made, tuple):
            return made
        function, arguments, *rest = made
        own = own_class(self)
        return (function, tuple(own if one is type(self) else one for one in arguments), *rest)


def freeze(outer: Any, inner: Any) -> None:
    """Freeze a module.

    Args:
        outer: What the caller has: the module, or a wrapper round it.
        inner: The module.
    """
    import torch

    outer.eval()
    outer.requires_grad_(False)
    if not isinstance(inner, _Frozen | torch.jit.ScriptModule):
        kind: Any = type(inner)
        with suppress(TypeError):
            # A class with a metaclass or a layout of its own may not have it: then it is frozen
            # for as long as nobody calls `train()`.
            object.__setattr__(inner, "__class__", _frozen(kind))


def thaw(inner: Any) -> None:
    """Let a module be trained again if it was frozen; its mode and its parameters are kept."""
    if isinstance(inner, _Frozen):
        object.__setattr__(inner, "__class__", own_class(inner))


def own_class(module: Any) -> Any:
    """Return the class that a module was made of, also when it is frozen."""
    kind = type(module)
    return kind.__bases__[1] if issubclass(kind, _Frozen) else kind


@lru_cache(maxsize=_CLASSES_KEPT)
def _frozen(kind: Any) -> Any:
    made = new_class(kind.__name__, (_Frozen, kind))
    made.__module__, made.__qualname__, made.__doc__ = (
        kind.__module__,
        kind.__qualname__,
        kind.__doc__,
    )
    return made
