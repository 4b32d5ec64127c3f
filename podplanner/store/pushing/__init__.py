"""Pushing: a directory becomes a version."""

from podplanner.store.pushing.push import push
from podplanner.store.pushing.work import PushOptions

__all__ = ["PushOptions", "push"]
