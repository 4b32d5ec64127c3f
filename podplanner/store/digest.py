"""Digests: BLAKE3-256 names every piece, object and document by its bytes."""

from blake3 import blake3
from typing_extensions import Buffer

SIZE = 32
"""Bytes of a digest."""

NO_DIGEST = bytes(SIZE)
"""Stands for a hole in a piece table; the BLAKE3 of no known content."""


def digest_of(*parts: Buffer) -> bytes:
    """Return the BLAKE3-256 of the parts, one after the other.

    Big buffers are hashed without the interpreter's lock, so threads hash side by side.

    >>> digest_of(b"").hex()[:16]
    'af1349b9f5f9a1a6'
    """
    hasher = blake3()
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def from_hex(word: str) -> bytes | None:
    """Return the digest that 64 lower-case hex digits write; None for anything else."""
    if len(word) != 2 * SIZE or not word.isascii() or word != word.lower():
        return None
    try:
        return bytes.fromhex(word) if " " not in word else None
    except ValueError:
        return None
