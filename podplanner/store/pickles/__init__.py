"""What pickles in a file would import: found by walking their opcodes, never by loading them."""

from podplanner.store.pickles.findings import PickleFindings, describe, refuse_unsafe
from podplanner.store.pickles.looking import find_globals

__all__ = ["PickleFindings", "describe", "find_globals", "refuse_unsafe"]
