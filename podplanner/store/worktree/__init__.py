"""The user's directory: scanned for a push, and written for a pull."""

from podplanner.store.worktree.scan import Scan, SourceFile, scan
from podplanner.store.worktree.source import open_source
from podplanner.store.worktree.stat_cache import StatCache

__all__ = ["Scan", "SourceFile", "StatCache", "open_source", "scan"]
