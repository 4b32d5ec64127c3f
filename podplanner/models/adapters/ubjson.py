"""UBJSON as XGBoost writes it, read without trust: sizes are what is there, and depth is bounded.

XGBoost's own reader believes the lengths that a file says: one wrong bit can end the process. The
draft that it follows (draft 12) has more than is here; what XGBoost never writes is refused.
"""

import struct
from typing import Any

import numpy as np

_DEEPEST = 64
# Levels: a model has about ten.
_NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
# Marker -> type of numpy; big-endian throughout, draft 12.
_SCALARS = {
    "i": struct.Struct(">b"), "U": struct.Struct(">B"), "I": struct.Struct(">h"),
    "l": struct.Struct(">i"), "L": struct.Struct(">q"), "d": struct.Struct(">f"),
    "D": struct.Struct(">d"),
}  # fmt: skip
_WORDS: dict[str, Any] = {"Z": None, "T": True, "F": False}


def read_ubjson(content: bytes | bytearray) -> Any:
    """Return what the content says: dicts, lists, texts, numbers, and arrays of numpy.

    Raises:
        ValueError: It is not UBJSON as XGBoost writes it; says where.
    """
    reader = _Reader(content)
    try:
        value = reader.value(reader.marker(), _DEEPEST)
    except UnicodeDecodeError as error:
        raise ValueError("a text is not UTF-8") from error
    if reader.position != len(content):
        raise ValueError(f"something follows at byte {reader.position}")
    return value


class _Reader:
    def __init__(self, content: bytes | bytearray) -> None:
        self._content = memoryview(content)
        self.position = 0

    def _take(self, count: int) -> memoryview:
        if count < 0 or count > len(self._content) - self.position:
            raise ValueError(f"{count} bytes are wanted at byte {self.position}, and not there")
        self.position += count
        return self._content[self.position - count : self.position]

    def marker(self) -> str:
        return chr(self._take(1)[0])

    def _scalar(self, marker: str) -> Any:
        form = _SCALARS[marker]
        return form.unpack(self._take(form.size))[0]

    def _length(self) -> int:
        # XGBoost writes all lengths as 64 bits, and reads no others.
        if (marker := self.marker()) != "L":
            raise ValueError(f"a length is of the kind {marker!r} at byte {self.position - 1}")
        return int(self._scalar("L"))

    def _text(self) -> str:
        return bytes(self._take(self._length())).decode("utf-8")

    def value(self, marker: str, left: int) -> Any:
        if not left:
            raise ValueError("it is nested too deep")
        if marker in _SCALARS:
            return self._scalar(marker)
        if marker in _WORDS:
            return _WORDS[marker]
        if marker == "S":
            return self._text()
        if marker == "{":
            return self._object(left - 1)
        if marker == "[":
            return self._array(left - 1)
        raise ValueError(f"{marker!r} means nothing at byte {self.position - 1}")

    def _object(self, left: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while bytes(self._content[self.position : self.position + 1]) != b"}":
            key = self._text()
            if key in found:
                raise ValueError(f"the key {key[:40]!r} is there twice")
            found[key] = self.value(self.marker(), left)
        self.position += 1
        return found

    def _array(self, left: int) -> Any:
        marker = self.marker()
        if marker == "$":
            return self._numbers()
        if marker != "#":
            raise ValueError(f"an array has no length at byte {self.position - 1}")
        length = self._length()
        # Each value takes a byte at least: no list is longer than what is left.
        if not 0 <= length <= len(self._content) - self.position:
            raise ValueError(f"an array has {length} values at byte {self.position}")
        return [self.value(self.marker(), left) for _ in range(length)]

    def _numbers(self) -> "np.ndarray[Any, Any]":
        kind = self.marker()
        if kind not in _NUMBERS or self.marker() != "#":
            raise ValueError(f"an array of {kind!r} is none of numbers, before {self.position}")
        dtype = np.dtype(_NUMBERS[kind])
        length = self._length()
        return np.frombuffer(self._take(length * dtype.itemsize), dtype)
