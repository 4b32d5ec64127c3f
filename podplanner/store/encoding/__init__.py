"""How pieces are encoded and decoded: raw, zstd, fast, delta.

docs/store-format.md gives the bytes of every stored form; docs/adr/0009-encoding-of-pieces.md says
why these, with what was measured beside them. All functions may be called from several threads;
the work is done without the interpreter's lock.
"""

from dataclasses import dataclass
from typing import Literal

from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD

__all__ = ["Encoded", "decode", "encode", "encode_delta"]

_WORTH = 0.95
# A piece that shrinks by less is stored raw: raw bytes are read at the disk's speed, in any part.
_DELTA_WORTH = 0.6
# Above it a piece is stored whole and becomes the next base.


@dataclass(frozen=True, slots=True)
class Encoded:
    """The stored form of a piece."""

    encoding: int
    """RAW, ZSTD, FAST or DELTA of `tables`."""
    parts: tuple[Buffer, ...]
    """To be written one after the other. Some are views of what was encoded, not copies."""
    size: int
    """Bytes of the parts together."""


def encode(plain: memoryview, *, policy: Literal["raw", "fast"], width: int, dtype: str) -> Encoded:
    """Return the stored form of a piece by itself.

    Bytes of no one type are stored as zstd where a sample says that it pays, by either policy.
    Numbers stay raw by the policy `raw`; by `fast` they are packed plane by plane where it pays.

    Args:
        plain: The piece.
        policy: The store's, or the push's.
        width: Bytes of an element; 0 when the piece is not of one type.
        dtype: The element's name as in a list of tensors; "" when the piece is not of one type.
    """
    typed = bool(dtype)
    if typed and policy == "raw":
        return _raw(plain)
    parts: list[Buffer] | None
    if typed:
        from podplanner.store.encoding.elements import element_of
        from podplanner.store.encoding.fast import encode_fast

        encoding, parts = FAST, encode_fast(plain, element_of(width, dtype))
    else:
        encoding, parts = ZSTD, _encode_zstd(plain)
    if parts is None:
        return _raw(plain)
    found = _encoded(encoding, parts)
    return found if found.size <= _WORTH * len(plain) else _raw(plain)


def encode_delta(plain: memoryview, base: memoryview, *, width: int, dtype: str) -> Encoded | None:
    """Return the stored form of a piece by its difference to another of the same length.

    Returns:
        None when it comes out above 60 % of the piece: then it is better stored whole.

    Raises:
        ValueError: The lengths differ.
    """
    from podplanner.store.encoding.delta import encode_difference
    from podplanner.store.encoding.elements import element_of

    if len(plain) != len(base):
        raise ValueError(f"a base of {len(base)} bytes for a piece of {len(plain)}")
    found = _encoded(DELTA, encode_difference(plain, base, element_of(width, dtype)))
    return found if found.size <= _DELTA_WORTH * len(plain) else None


def decode(
    stored: memoryview, encoding: int, length: int, out: memoryview, base: memoryview | None = None
) -> None:
    """Fill `out` with the piece of which `stored` is the stored form.

    Memory beyond `out` is at most three times the length. What is filled in may be anything when
    bits have flipped: the digest of the piece tells.

    Args:
        stored: The stored form, no byte more or less.
        encoding: RAW, ZSTD, FAST or DELTA.
        length: Bytes of the piece.
        out: Writable, of just this length.
        base: The plain bytes of the base of a DELTA.

    Raises:
        ObjectCorruptError: The stored form is none of this encoding and length. `out` may hold
            anything.
        ValueError: `out` is not of the length, or a DELTA came without its base.
    """
    if len(out) != length:
        raise ValueError(f"room for {len(out)} bytes for a piece of {length}")
    if encoding == RAW:
        if len(stored) != length:
            raise damaged(f"it has {len(stored)} bytes where {length} are due")
        out[:] = stored
    elif encoding == ZSTD:
        from podplanner.store.encoding.frames import unpack

        out[:] = unpack(stored, length)
    elif encoding == FAST:
        from podplanner.store.encoding.fast import decode_fast

        decode_fast(stored, out)
    elif encoding == DELTA:
        from podplanner.store.encoding.delta import decode_difference

        if base is None:
            raise ValueError("a difference is decoded with its base")
        if len(base) != length:
            raise damaged(f"its base has {len(base)} bytes where {length} are due")
        decode_difference(stored, base, out)
    else:
        raise damaged(f"no encoding has the number {encoding}")


def _encode_zstd(plain: memoryview) -> list[Buffer] | None:
    from podplanner.store.encoding.frames import pack_where_worth

    frame = pack_where_worth(plain, _WORTH, "repeats")
    return None if frame is None else [frame]


def _raw(plain: memoryview) -> Encoded:
    return Encoded(RAW, (plain,), len(plain))


def _encoded(encoding: int, parts: list[Buffer]) -> Encoded:
    return Encoded(encoding, tuple(parts), sum(memoryview(part).nbytes for part in parts))
