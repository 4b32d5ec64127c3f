"""The four encodings of a piece, read by docs/store-format.md alone."""

import struct

import numpy as np
import zstandard

LEAST_WINDOW = 131_072
WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
GROUPS = 16


class RefusedError(Exception):
    """The store holds something that the page tells a reader to refuse."""


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RefusedError(otherwise)


def unpack(frame: bytes, *, due: int | None = None, limit: int = 0) -> bytes:
    """Return the content of one Zstandard frame: `due` bytes, or at most `limit`."""
    try:
        head = zstandard.get_frame_parameters(frame)
    except zstandard.ZstdError as broken:
        raise RefusedError(f"no frame: {broken}") from broken
    size = head.content_size
    require(size != zstandard.CONTENTSIZE_UNKNOWN, "a frame without its content size")
    require(size >= 1, "a frame of nothing")
    require(size == due if due is not None else size <= limit, f"a frame of {size} bytes")
    require(head.dict_id == 0, "a frame with a dictionary")
    require(head.window_size <= max(LEAST_WINDOW, 2 * size), "a frame with a large window")
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    try:
        content = unpacker.decompress(frame)
    except zstandard.ZstdError as broken:
        raise RefusedError(f"a broken frame: {broken}") from broken
    require(unpacker.eof and not unpacker.unused_data, "not one whole frame")
    require(len(content) == size, "a frame that lies about its size")
    return content


def decode(encoding: int, stored: bytes, length: int, base: bytes | None) -> bytes:
    """Return the plain bytes of a piece, which its digest has still to prove."""
    if encoding == 0:
        require(len(stored) == length, "plain bytes of another length")
        return stored
    if encoding == 1:
        return unpack(stored, due=length)
    if encoding == 2:
        return _fast(stored, length)
    require(encoding == 3 and base is not None, f"encoding {encoding}")
    return _delta(stored, length, base)


class _Runs:
    """Head and runs of FAST and DELTA."""

    def __init__(self, stored: bytes, length: int, extra: int) -> None:
        require(len(stored) >= 8, "too short for a head")
        version, self.width, self.exponent, tail, self.number, count = struct.unpack_from(
            "<BBBBHH", stored
        )
        require(version == 1 and self.width in WORDS, "no head of version 1")
        require(self.exponent <= 11 and self.exponent < 8 * self.width, "no such exponent")
        require(tail == length % self.width, "another tail")
        require(count == self.width + extra, "another count of runs")
        at = 8 + 5 * count
        require(len(stored) >= at, "too short for a head")
        self.codecs = stored[8 : 8 + count]
        sizes = struct.unpack_from(f"<{count}I", stored, 8 + count)
        require(len(stored) == at + sum(sizes) + tail, "another length")
        self.elements = length // self.width
        self.tail = stored[len(stored) - tail :]
        self.runs = []
        for size in sizes:
            self.runs.append(stored[at : at + size])
            at += size

    def run(self, index: int, due: int) -> bytes:
        codec, run = self.codecs[index], self.runs[index]
        require(codec <= 1, f"codec {codec}")
        if codec == 1:
            return unpack(run, due=due)
        require(len(run) == due, "a run of another length")
        return run

    def words(self) -> np.ndarray:
        """Return the words that the planes make, most significant byte first."""
        planes = [self.run(index, self.elements) for index in range(self.width)]
        columns = [np.frombuffer(plane, np.uint8) for plane in reversed(planes)]
        return np.ascontiguousarray(np.stack(columns, axis=1)).view(_type(self.width)).ravel()


def _type(width: int) -> np.dtype:
    return np.dtype(WORDS[width]).newbyteorder("<")


def _fast(stored: bytes, length: int) -> bytes:
    form = _Runs(stored, length, 0)
    require(form.number == 0, "a number in FAST")
    words = form.words()
    if form.exponent and form.width > 1:
        one, rest = words.dtype.type(1), words.dtype.type(8 * form.width - 1)
        words = (words >> one) | (words << rest)
    return words.tobytes() + form.tail


def _delta(stored: bytes, length: int, base: bytes) -> bytes:
    require(len(base) == length, "a base of another length")
    form = _Runs(stored, length, 2)
    count, bits = form.elements, 8 * form.width
    require(form.number < 1 << form.exponent, "no such top")
    before = np.frombuffer(base, _type(form.width), count)
    group = np.zeros(count, np.int64)
    if form.exponent:
        mantissa = bits - 1 - form.exponent
        exponent = (before >> before.dtype.type(mantissa)) & before.dtype.type(
            (1 << form.exponent) - 1
        )
        group = np.clip(form.number - exponent.astype(np.int64), 0, GROUPS - 1)
    groups = np.frombuffer(form.run(form.width + 1, 4 * GROUPS), "<u4")
    require(np.array_equal(np.bincount(group, minlength=GROUPS), groups), "other groups")
    sizes = form.words()
    moved = np.flatnonzero(sizes)
    packed = np.frombuffer(form.run(form.width, -(-len(moved) // 8)), np.uint8)
    below = moved[np.unpackbits(packed)[: len(moved)] == 1]
    steps = sizes.copy()
    steps[below] = -steps[below]
    listed = np.argsort(group, kind="stable")
    step = np.empty_like(steps)
    step[listed] = steps
    after = _line(_line(before, form) + step, form)
    return after.astype(_type(form.width)).tobytes() + form.tail


def _line(words: np.ndarray, form: _Runs) -> np.ndarray:
    if not form.exponent:
        return words
    top = words.dtype.type(1 << (8 * form.width - 1))
    return np.where(words & top != 0, words ^ words.dtype.type(int(top) - 1), words)
