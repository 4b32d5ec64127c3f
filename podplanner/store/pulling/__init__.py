"""Pulling a version into a directory."""

from podplanner.store.pulling.pull import pull

__all__ = ["pull"]
