"""Cutting: where a file is cut into pieces, and which tensors it holds.

Formats are recognised by content and read for offsets only; nothing is ever executed. A file
that is not understood, or lies about itself, is cut by content all the same.
"""

from podplanner.store.cutting.access import RandomAccess
from podplanner.store.cutting.anatomy import Member
from podplanner.store.cutting.recognise import PIECE_BYTES, Understood, understand
from podplanner.store.cutting.spans import LARGEST_SPAN, Span

__all__ = [
    "LARGEST_SPAN",
    "PIECE_BYTES",
    "Member",
    "RandomAccess",
    "Span",
    "Understood",
    "understand",
]
