"""Zstandard frames: runs of bytes packed where that pays, unpacked only when they are what is due.

Every frame states its content size, and holds that many bytes and nothing after them.
"""

import threading
from typing import Literal

import zstandard
from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged

Effort = Literal["symbols", "repeats"]
"""What to look for: bytes that are more frequent than others, or also runs seen before."""

SAMPLES, SAMPLE_BYTES = 4, 32 * 2**10
"""A probe packs this many runs of this length, spread evenly: 1.6 % of a piece of 8 MiB."""


class _Tools(threading.local):
    """Compressors and a decompressor of one thread: they hold tables that none may share."""

    def __init__(self) -> None:
        self.packers = {
            # A hash table of 64 entries finds next to no match, and a search that finds none skips
            # ahead: what is left is the entropy coder. 2.5 x as quick as level 1 on exponents, and
            # 10 % smaller, since chance matches of few bits cost more than the bytes they replace.
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


def pack(content: Buffer, effort: Effort) -> bytes:
    """Return one frame that holds the content."""
    return _tools.packers[effort].compress(content)


def unpack(frame: memoryview, length: int) -> bytes:
    """Return the `length` bytes that a frame holds.

    Memory is taken only when the frame itself says that it holds just that many.

    Raises:
        ObjectCorruptError: It is no frame, holds more or less, or something follows it.
    """
    try:
        stated = zstandard.get_frame_parameters(frame)
        if stated.content_size != length or stated.dict_id:
            raise damaged(f"a frame states {stated.content_size} bytes where {length} are due")
        content = _tools.unpacker.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise damaged("a frame does not unpack") from error
    if len(content) != length:
        raise damaged(f"a frame holds {len(content)} bytes where {length} are due")
    return content


def sample(content: memoryview) -> Buffer:
    """Return runs of the content from all over it, joined; all of it when it is short."""
    if len(content) <= 2 * SAMPLES * SAMPLE_BYTES:
        return content
    step = (len(content) - SAMPLE_BYTES) // (SAMPLES - 1)
    starts = [number * step for number in range(SAMPLES)]
    return b"".join(content[start : start + SAMPLE_BYTES] for start in starts)


def share(content: Buffer, effort: Effort) -> float:
    """Return what packing leaves of some content, as a fraction of it."""
    length = memoryview(content).nbytes
    return len(pack(content, effort)) / length if length else 1.0
