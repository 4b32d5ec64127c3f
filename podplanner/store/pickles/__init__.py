"""What pickles in a file would import: found by walking their opcodes, never by loading them."""

from podplanner.store.pickles.findings import PickleFindings, describe, refuse_unsafe
from podplanner.store.pickles.window import ReadAt

__all__ = ["PickleFindings", "describe", "find_globals", "refuse_unsafe"]


def find_globals(read_at: ReadAt, size: int, *, name: str = "") -> PickleFindings | None:
    """Return what the pickles in a file would import, without importing anything.

    `looking.find_globals` says how; it is imported when there is a file to look at, since a push
    of what is known looks at none.

    Args:
        read_at: `read_at(offset, length)`: that many bytes of the file, fewer only at its end.
        size: Bytes of the file.
        name: The file's path; it decides nothing.

    Returns:
        None when there is no pickle in it.
    """
    from podplanner.store.pickles import looking

    return looking.find_globals(read_at, size, name=name)
