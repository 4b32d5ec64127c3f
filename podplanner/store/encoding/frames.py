"""Zstandard frames: bytes packed where that pays, unpacked only when they are what is due.

Every frame states its content size, and holds that many bytes and nothing after them.
"""

import threading
from typing import Literal

import zstandard

from podplanner.store.encoding.damage import damaged

Effort = Literal["symbols", "repeats"]
"""What to look for: bytes that are more frequent than others, or also runs seen before."""

_SAMPLES, _SAMPLE_SHARE = 8, 32
# A probe packs 8 runs, spread evenly, of one part in 32 together: a tenth of the time to pack all.
_SAMPLE_BYTES = range(2**10, 2**14)
# Bytes of one run: less says nothing of entropy, more says nothing new.
_MUCH_LESS = 0.9
# Looking for repeats costs 2.5 x as much as counting symbols; it must give a tenth more.
_WINDOW_FLOOR = 2**17
# Bytes: a block of a frame takes that much to unpack in any case.


class _Tools(threading.local):
    """Packers and an unpacker of one thread: they hold tables that none may share."""

    def __init__(self) -> None:
        self.packers = {
            # A hash table of 64 entries finds next to no match, and a search that finds none skips
            # ahead: what is left is the entropy coder. On exponents 2.5 x as quick as level 1 and
            # a tenth smaller: chance matches cost more than the few bits that they replace.
            "symbols": zstandard.ZstdCompressor(
                compression_params=zstandard.ZstdCompressionParameters(
                    window_log=17,
                    hash_log=6,
                    chain_log=6,
                    search_log=1,
                    min_match=7,
                    target_length=0,
                    strategy=zstandard.STRATEGY_FAST,
                )
            ),
            "repeats": zstandard.ZstdCompressor(level=1),
        }
        self.unpacker = zstandard.ZstdDecompressor()


_tools = _Tools()


def pack_where_worth(content: memoryview, worth: float, *efforts: Effort) -> bytes | None:
    """Return a frame of the content; None when more than the fraction `worth` of it is left.

    Long content is judged by a sample first, so that what does not shrink costs next to nothing.

    Args:
        content: What to pack.
        worth: 0 to 1.
        efforts: What to try; the later one must give a tenth more than the first.
    """
    probe = _sample(content)
    tried = {effort: _pack(probe, effort) for effort in efforts}
    best = efforts[0]
    for effort in efforts[1:]:
        if len(tried[effort]) < _MUCH_LESS * len(tried[best]):
            best = effort
    if len(tried[best]) > worth * len(probe):
        return None
    frame = tried[best] if len(probe) == len(content) else _pack(content, best)
    return frame if len(frame) <= worth * len(content) else None


def unpack(frame: memoryview, length: int) -> bytes:
    """Return the `length` bytes that a frame holds.

    Memory is taken only when the frame itself says that it holds just that many.

    Raises:
        ObjectCorruptError: It is no frame, holds more or less, or something follows it.
    """
    if not length:
        # The library takes a frame of nothing as read, whatever follows it.
        raise damaged("a frame stands where no bytes are due")
    try:
        stated = zstandard.get_frame_parameters(frame)
        if stated.content_size != length or stated.dict_id:
            raise damaged(f"a frame states {stated.content_size} bytes where {length} are due")
        if stated.window_size > max(2 * length, _WINDOW_FLOOR):
            raise damaged(f"a frame asks for a window of {stated.window_size} bytes")
        content = _tools.unpacker.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise damaged("a frame does not unpack") from error
    if len(content) != length:
        raise damaged(f"a frame holds {len(content)} bytes where {length} are due")
    return content


def _pack(content: memoryview, effort: Effort) -> bytes:
    return _tools.packers[effort].compress(content)


def _sample(content: memoryview) -> memoryview:
    """Return runs of the content from all over it, joined; all of it when it is short."""
    run = len(content) // (_SAMPLES * _SAMPLE_SHARE)
    run = min(max(run, _SAMPLE_BYTES.start), _SAMPLE_BYTES.stop)
    if len(content) <= 2 * _SAMPLES * run:
        return content
    step = (len(content) - run) // (_SAMPLES - 1)
    starts = [number * step for number in range(_SAMPLES)]
    return memoryview(b"".join(content[start : start + run] for start in starts))
