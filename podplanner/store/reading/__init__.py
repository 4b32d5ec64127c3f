"""Reading from a version without pulling it: files, tensors, verification.

What is not asked for is not imported: one tensor should cost little more than its bytes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podplanner.store.reading.file import StoredFile, cat, open_file
    from podplanner.store.reading.lazy_tensors import LazyTensor, tensors
    from podplanner.store.reading.verifying import verify

__all__ = ["LazyTensor", "StoredFile", "cat", "open_file", "tensors", "verify"]

_HOMES = {
    "LazyTensor": "lazy_tensors",
    "tensors": "lazy_tensors",
    "StoredFile": "file",
    "cat": "file",
    "open_file": "file",
    "verify": "verifying",
}


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
