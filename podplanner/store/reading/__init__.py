"""Reading from a version without pulling it: files, tensors, verification."""

from podplanner.store.reading.file import StoredFile, cat, open_file
from podplanner.store.reading.tensors import LazyTensor, tensors
from podplanner.store.reading.verify import verify

__all__ = ["LazyTensor", "StoredFile", "cat", "open_file", "tensors", "verify"]
