"""Pushing: a directory becomes a version."""

from podplanner.store.pushing.push import PushOptions, push

__all__ = ["PushOptions", "push"]
