"""A store in a directory: a local disk, or a mount of a file server."""

from podplanner.store.backends.directory.backend import DirectoryBackend
from podplanner.store.backends.directory.creating import Primitive

__all__ = ["DirectoryBackend", "Primitive"]
