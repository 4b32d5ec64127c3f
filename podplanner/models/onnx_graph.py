"""What an ONNX model says of itself: operators, parameters, and the files its weights lie in.

Read without any package, so that a model is looked at before a runtime opens it: which files it
asks for is known first, and a runtime never gets to look for one of its own accord.
Source: onnx/onnx.proto of https://github.com/onnx/onnx (IR version 13), and the encoding of
protocol buffers (https://protobuf.dev/programming-guides/encoding/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from mmap import mmap
from typing import NamedTuple

from podplanner.errors import FormatError

Content = bytes | bytearray | mmap
"""A model's bytes: in memory, or a file that is mapped."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Forms in which a field is written.
_IR_VERSION, _PRODUCER, _PRODUCER_VERSION, _GRAPH, _OPSET, _TRAINING, _FUNCTION = (
    1, 2, 3, 7, 8, 20, 25,
)  # fmt: skip
# Of ModelProto.
_INITIALIZER = 5
# Of GraphProto.
_DIMS, _DATA_TYPE, _NAME, _EXTERNAL_DATA, _LOCATION = 1, 2, 8, 13, 14
# Of TensorProto.
_EXTERNAL = 1
# The location of a tensor whose bytes lie in another file.
_STRINGS = 8
# The type of tensors whose elements are no numbers.
_WITHIN = {
    "model": {_GRAPH: "graph", _TRAINING: "training", _FUNCTION: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", _INITIALIZER: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
# Message -> field -> message in it: every way that leads to a tensor.
_DEEPEST = 100
# Messages within each other, as many as the libraries of protocol buffers read.
_MOST_FIELDS = 5_000_000
# About four seconds; graphs of 100,000 nodes have two million.
_LONGEST_NUMBER = 10
# Bytes that hold 64 bits, seven in each.
_LONGEST_TEXT = 4096
# Bytes of a name or a path; a path has no more on Linux.
_MOST_DIMENSIONS = 64
# Runtimes have 8.
_MOST_PARAMETERS = 2**53 - 1
# What metadata can say exactly; the largest models have 2**41.
_MOST_OPSETS, _LONGEST_DOMAIN = 64, 100
# Models have one to five, with names like `com.microsoft`.
_LARGEST_OPSET = 2**31
# An int64 in the format; operators had 26 sets in 2026.


@dataclass(frozen=True, slots=True)
class OnnxGraph:
    """What a model says of itself."""

    ir_version: int
    opsets: dict[str, int]
    """Domain of operators -> version of the set; `ai.onnx` is the usual one."""
    producer: str
    """Program and version that wrote it, or an empty text."""
    parameters: int
    """Numbers in its initializers, constants among them."""
    locations: tuple[str, ...]
    """Other files that its weights lie in, as it names them: hostile, not checked."""
    hidden: str | None
    """A tensor that lies in another file and is no initializer of the main graph, or None."""


class _Field(NamedTuple):
    """One field of a message."""

    number: int
    wire: int
    value: int
    """Of a number; for bytes, where they end."""
    start: int
    """Where its bytes begin."""


def look_at(content: Content) -> OnnxGraph:
    """Return what a model says of itself.

    Raises:
        FormatError: It is no ONNX model.
    """
    try:
        found = _Looker(content)
        found.walk("model", 0, len(content), depth=0, main=True)
    except _NoModelError as error:
        raise FormatError(
            f"this is no ONNX model: {error}",
            hint="Export it again, and check it with `onnx.checker.check_model`.",
        ) from error
    if not found.graphs or not found.opsets:
        raise FormatError(
            "this is no ONNX model: it has no graph, or no operators to run it with",
            hint="Export it again, and check it with `onnx.checker.check_model`.",
        )
    return OnnxGraph(
        ir_version=found.ir_version,
        opsets=dict(sorted(found.opsets.items())),
        producer=" ".join(word for word in found.producer if word),
        parameters=found.parameters,
        locations=tuple(sorted(found.locations)),
        hidden=found.hidden,
    )


class _NoModelError(Exception):
    """The bytes are not what they should be; never leaves this module."""


class _Looker:
    """Walks a model and gathers what it says."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._left = _MOST_FIELDS
        self.graphs = 0
        self.ir_version = 0
        self.opsets: dict[str, int] = {}
        self.producer = ["", ""]
        self.parameters = 0
        self.locations: set[str] = set()
        self.hidden: str | None = None

    def walk(self, message: str, at: int, end: int, *, depth: int, main: bool) -> None:
        """Walk one message; `main` says whether it is the model or its main graph."""
        if depth > _DEEPEST:
            raise _NoModelError("its messages lie too deep in each other")
        within = _WITHIN[message]
        for field in self._fields(at, end):
            if message == "model":
                self._model_field(field)
            inner = within.get(field.number)
            if inner is None or field.wire != _BYTES:
                continue
            if inner == "tensor":
                self._tensor(field, main=main and field.number == _INITIALIZER)
                continue
            self.walk(
                inner, field.start, field.value, depth=depth + 1,
                main=message == "model" and inner == "graph",
            )  # fmt: skip

    def _model_field(self, field: _Field) -> None:
        if field.number == _IR_VERSION and field.wire == _VARINT:
            self.ir_version = min(field.value, _LARGEST_OPSET)
        elif field.wire != _BYTES:
            return
        elif field.number in (_PRODUCER, _PRODUCER_VERSION):
            self.producer[field.number - _PRODUCER] = self._text(field)
        elif field.number == _GRAPH:
            self.graphs += 1
        elif field.number == _OPSET:
            domain, version = "", 0
            for inner in self._fields(field.start, field.value):
                if inner.number == 1 and inner.wire == _BYTES:
                    domain = self._text(inner)
                elif inner.number == 2 and inner.wire == _VARINT:
                    version = min(inner.value, _LARGEST_OPSET)
            self.opsets[domain or "ai.onnx"] = version
            if len(self.opsets) > _MOST_OPSETS or len(domain) > _LONGEST_DOMAIN:
                raise _NoModelError("it wants more operators than any model")

    def _tensor(self, tensor: _Field, *, main: bool) -> None:
        """Take a tensor in; what might lie in another file counts as lying there."""
        dims: list[int] = []
        kind, name, external, location = 0, "", False, None
        for field in self._fields(tensor.start, tensor.value):
            if field.number == _DIMS:
                dims += self._numbers(field, most=_MOST_DIMENSIONS + 1)
            elif field.number == _DATA_TYPE and field.wire == _VARINT:
                kind = field.value
            elif field.number == _NAME and field.wire == _BYTES:
                name = self._text(field)
            elif field.number == _LOCATION and field.wire == _VARINT:
                external = external or field.value == _EXTERNAL
            elif field.number == _EXTERNAL_DATA and field.wire == _BYTES:
                external = True
                location = self._location(field) or location
        if len(dims) > _MOST_DIMENSIONS or (count := prod(dims)) > _MOST_PARAMETERS:
            raise _NoModelError(f"the tensor {name[:80]!r} has a shape that no tensor has")
        if main and kind != _STRINGS:
            self.parameters = min(self.parameters + count, _MOST_PARAMETERS)
        if not external:
            return
        if location is None:
            raise _NoModelError(f"the tensor {name[:80]!r} lies in a file without a name")
        self.locations.add(location)
        if not main and self.hidden is None:
            self.hidden = name

    def _location(self, entry: _Field) -> str | None:
        """Return the file that one entry of a tensor's external data names, if it does."""
        key, value = "", ""
        for field in self._fields(entry.start, entry.value):
            if field.wire == _BYTES and field.number in (1, 2):
                if field.number == 1:
                    key = self._text(field)
                else:
                    value = self._text(field)
        return value if key == "location" else None

    def _numbers(self, field: _Field, *, most: int) -> list[int]:
        """Return the first numbers of a repeated field, which stand alone or packed together."""
        if field.wire == _VARINT:
            return [field.value]
        found: list[int] = []
        at = field.start
        while field.wire == _BYTES and at < field.value and len(found) < most:
            number, at = self._number(at, field.value)
            found.append(number)
        return found

    def _text(self, field: _Field) -> str:
        if field.value - field.start > _LONGEST_TEXT:
            raise _NoModelError("a name longer than any that is known")
        return bytes(self._content[field.start : field.value]).decode("utf-8", "replace")

    def _fields(self, at: int, end: int) -> Iterator[_Field]:
        """Yield the fields between two offsets."""
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise _NoModelError("it has more fields than any model has")
            tag, at = self._number(at, end)
            number, wire = tag >> 3, tag & 7
            value, start = 0, at
            if wire == _VARINT:
                value, at = self._number(at, end)
            elif wire == _BYTES:
                length, start = self._number(at, end)
                at = value = start + length
            elif wire in (_FIXED64, _FIXED32):
                at += 8 if wire == _FIXED64 else 4
            else:
                raise _NoModelError("a field of a form that it cannot have")
            if not number or at > end:
                raise _NoModelError("a field that it cannot have, or one that reaches too far")
            yield _Field(number, wire, value, start)

    def _number(self, at: int, end: int) -> tuple[int, int]:
        """Return a number in groups of seven bits, lowest first, and where the next byte is."""
        value = 0
        for place in range(min(_LONGEST_NUMBER, end - at)):
            byte = self._content[at + place]
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
        raise _NoModelError("a number that does not end")
