"""safetensors: eight bytes of length, a JSON header, then the tensors without anything between.

Source: https://github.com/huggingface/safetensors, README, "Format".
"""

import msgspec

from podplanner.store.cutting.access import ContradictionError, RandomAccess, read_exactly
from podplanner.store.cutting.anatomy import (
    LONGEST_NAME,
    MOST_TENSORS,
    Anatomy,
    By,
    Region,
    Tensor,
    checked,
    listed,
)
from podplanner.store.cutting.dtypes import BITS, bytes_of, is_word, width_of

_LONGEST_HEADER = 32 * 2**20
# The reference allows 100 MB; 131,072 tensors take about 16, and memory is bounded by this.
_LENGTH = 8
# Bytes before the header: its length, little-endian.


_OFFSETS = b'"data_offsets"'
# Every tensor has it once; one that is called so makes the file be cut by content, no worse.
_COLONS = 8
# A tensor has four after its keys, more only if its name has some or a later version adds keys.
_MOST_OTHERS = 65_536
# Pairs of metadata.


class _Entry(msgspec.Struct, frozen=True):
    """One value of the header; unknown keys are ignored, as the reference does."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


_HEADER = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)
_METADATA = msgspec.json.Decoder(dict[str, str] | None)


def parse(file: RandomAccess, size: int) -> Anatomy:
    """Return what a safetensors file holds.

    Bytes that belong to no tensor are let pass: they are cut as what they are.

    Raises:
        ContradictionError: The header cannot be read or contradicts itself or the file.
    """
    length = int.from_bytes(read_exactly(file, 0, _LENGTH), "little")
    if length > _LONGEST_HEADER:
        raise ContradictionError("a header longer than any that is known")
    start = _LENGTH + length
    tensors = _tensors(read_exactly(file, _LENGTH, length), start)
    header = Region(0, start, By.HEADER)
    regions = checked((tensor.region() for tensor in tensors), start=start, end=size)
    return Anatomy("safetensors", [header, *regions], listed(tensors, size=size))


def _tensors(header: bytes, start: int) -> list[Tensor]:
    """Return the tensors that a header names; `start` is where their bytes begin."""
    count = header.count(_OFFSETS)
    if count > MOST_TENSORS or header.count(b'":') > _COLONS * count + _MOST_OTHERS:
        # Told before decoding, which would take ten times the bytes.
        raise ContradictionError("more tensors than any model has, or entries that are none")
    try:
        entries = _HEADER.decode(header)
        _METADATA.decode(entries.pop("__metadata__", b"null"))
        found = [_tensor(name, _ENTRY.decode(raw), start) for name, raw in entries.items()]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ContradictionError(str(error)) from error
    if count != len(found):
        # A name that comes twice: the decoder keeps the last and says nothing.
        raise ContradictionError("two tensors of one name")
    return found


def _tensor(name: str, entry: _Entry, start: int) -> Tensor:
    first, last = entry.data_offsets
    if not 0 <= first <= last or len(name) > LONGEST_NAME or not is_word(entry.dtype):
        raise ContradictionError(f"tensor {name[:80]!r} cannot be")
    bits = BITS.get(entry.dtype)
    if bits is not None and bytes_of(entry.shape, bits) != last - first:
        raise ContradictionError(f"tensor {name[:80]!r} has other bytes than its shape says")
    return Tensor(
        name, entry.dtype, entry.shape, start + first, last - first, width_of(entry.dtype)
    )
