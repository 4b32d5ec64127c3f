"""Upkeep of a store: collecting, retaining, deleting, checking, mending, copying, counting."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podplanner.store.upkeep.checking import check
    from podplanner.store.upkeep.collecting import collect, undo_epoch
    from podplanner.store.upkeep.copying import copy
    from podplanner.store.upkeep.counting import stats
    from podplanner.store.upkeep.deleting import delete, undelete

__all__ = ["check", "collect", "copy", "delete", "stats", "undelete", "undo_epoch"]

_MODULES = {
    "check": "checking",
    "collect": "collecting",
    "copy": "copying",
    "delete": "deleting",
    "stats": "counting",
    "undelete": "deleting",
    "undo_epoch": "collecting",
}
# Imported when first used: numpy alone takes longer than deleting a version.


def __getattr__(name: str) -> Any:  # noqa: ANN401  as the interpreter wants it
    """Return what a module of this package offers, importing that module only now."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
