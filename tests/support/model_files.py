"""Makes small model files of every format that is cut by tensors, byte by byte.

Those of safetensors and GGUF are read by their packages in `test_real_writers.py`; numpy and
zipfile write theirs themselves. The ONNX files were read once by onnx 1.23, and the archive of
PyTorch has the headers of one that PyTorch wrote (the TorchScript model in silero-vad 6.2).
"""

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

BITS = {"BF16": 16, "F16": 16, "F32": 32, "F64": 64, "I64": 64, "U8": 8, "F8_E4M3": 8}
GGML_TYPES = {"F32": 0, "F16": 1, "BF16": 30, "GGML:Q4_0": 2, "GGML:Q8_0": 8, "GGML:Q4_K": 12}
GGML_BLOCKS = {
    "F32": (1, 4),
    "F16": (1, 2),
    "BF16": (1, 2),
    "GGML:Q4_0": (32, 18),
    "GGML:Q8_0": (32, 34),
    "GGML:Q4_K": (256, 144),
}
ONNX_TYPES = {"F32": 1, "U8": 2, "I64": 7, "F16": 10, "F64": 11, "BF16": 16, "F8_E4M3": 17}


@dataclass(frozen=True)
class Weight:
    """A tensor to be written."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    content: bytes = field(repr=False)


@dataclass
class MemoryFile:
    """A file that is in memory, and counts what is read of it."""

    content: bytes = field(repr=False)
    taken: int = 0

    def read_at(self, offset: int, length: int) -> memoryview:
        found = memoryview(self.content)[offset : offset + length]
        self.taken += len(found)
        return found


def noise(length: int, seed: int) -> bytes:
    """Return bytes that no two seeds have in common."""
    return np.random.default_rng(seed).bytes(length)


def weight(name: str, shape: tuple[int, ...], *, seed: int, dtype: str = "BF16") -> Weight:
    """Return a tensor of random bytes."""
    length = int(np.prod(shape, dtype=np.int64)) * BITS[dtype] // 8
    return Weight(name, dtype, shape, noise(length, seed))


def quantised(name: str, shape: tuple[int, ...], *, seed: int, dtype: str) -> Weight:
    """Return a tensor of one of ggml's types."""
    elements, width = GGML_BLOCKS[dtype]
    length = int(np.prod(shape, dtype=np.int64)) // elements * width
    return Weight(name, dtype, shape, noise(length, seed))


def safetensors_file(
    weights: Sequence[Weight], metadata: dict[str, str] | None = None, *, pad: int = 8
) -> bytes:
    """Return a safetensors file."""
    header: dict[str, object] = {} if metadata is None else {"__metadata__": metadata}
    offset = 0
    for one in weights:
        after = offset + len(one.content)
        header[one.name] = {
            "dtype": one.dtype,
            "shape": list(one.shape),
            "data_offsets": [offset, after],
        }
        offset = after
    return with_header(header, b"".join(one.content for one in weights), pad=pad)


def with_header(header: object, body: bytes, *, pad: int = 8) -> bytes:
    """Return a safetensors file with any header at all."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % pad)
    return struct.pack("<Q", len(text)) + text + body


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _pair(key: str, value: object) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", 8) + _text(value)
    if isinstance(value, list):
        if value and isinstance(value[0], str):
            head = struct.pack("<IIQ", 9, 8, len(value))
            return _text(key) + head + b"".join(map(_text, value))
        return _text(key) + struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *value)
    return _text(key) + struct.pack("<II", 4, value)


def gguf_file(
    weights: Sequence[Weight], pairs: dict[str, object] | None = None, *, alignment: int = 32
) -> bytes:
    """Return a GGUF file, version 3."""
    pairs = {"general.architecture": "llama", **(pairs or {})}
    if alignment != 32:
        pairs["general.alignment"] = alignment
    out = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(weights), len(pairs)))
    for key, value in pairs.items():
        out += _pair(key, value)
    offset = 0
    for one in weights:
        out += _text(one.name) + struct.pack("<I", len(one.shape))
        out += struct.pack(f"<{len(one.shape)}Q", *reversed(one.shape))
        out += struct.pack("<IQ", GGML_TYPES[one.dtype], offset)
        offset += len(one.content) + -len(one.content) % alignment
    out += bytes(-len(out) % alignment)
    for one in weights:
        out += one.content + bytes(-len(one.content) % alignment)
    return bytes(out)


def npy_file(array: np.ndarray) -> bytes:
    """Return a .npy file."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def npz_file(arrays: dict[str, np.ndarray], *, compressed: bool = False) -> bytes:
    """Return a .npz file."""
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


def zip_file(members: dict[str, bytes], *, method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive as zipfile writes it (Keras does)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def torch_file(storages: Sequence[bytes], *, pickle: bytes = b"\x80\x02}.") -> bytes:
    """Return an archive as torch.save writes it.

    Each member's bytes begin at a multiple of 64, by an extra field `FB` in its local header; sizes
    and checksum are zero there and follow the bytes; the central directory has them.
    """
    members = {"archive/data.pkl": pickle, "archive/byteorder": b"little"}
    members |= {f"archive/data/{n}": content for n, content in enumerate(storages)}
    members["archive/version"] = b"3\n"
    out, directory = bytearray(), bytearray()
    for name, content in members.items():
        raw, begin = name.encode(), len(out)
        room = -(begin + 30 + len(raw) + 4) % 64
        extra = b"FB" + struct.pack("<H", room) + b"Z" * room
        fixed = (20, 0x808, 0, 0, 0)
        out += struct.pack("<4s5H3I2H", b"PK\3\4", *fixed, 0, 0, 0, len(raw), len(extra))
        out += raw + extra
        assert len(out) % 64 == 0
        sizes = (crc32(content), len(content), len(content))
        out += content + struct.pack("<4s3I", b"PK\7\x08", *sizes)
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 0, *fixed, *sizes, len(raw), 0, 0, 0, 0, 0, begin
        )
        directory += raw
    end = (len(members), len(directory), len(out))
    return bytes(out + directory) + _zip64_end(*end) + _zip_end(*end)


def _zip64_end(members: int, length: int, offset: int) -> bytes:
    """Return the records that torch writes always."""
    record = struct.pack(
        "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, members, members, length, offset
    )
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, offset + length, 1)


def _zip_end(members: int, length: int, offset: int) -> bytes:
    return struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, members, members, length, offset, 0)


def varint(value: int) -> bytes:
    """Return a number as protocol buffers write it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """Return a message of numbers and bytes, in the order given."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def onnx_tensor(one: Weight) -> bytes:
    """Return a TensorProto with raw bytes."""
    dims = [(1, extent) for extent in one.shape]
    kind = (2, ONNX_TYPES[one.dtype])
    return message(*dims, kind, (8, one.name.encode()), (9, one.content))


def onnx_file(
    weights: Sequence[Weight], *, constants: Sequence[Weight] = (), nodes: int = 3
) -> bytes:
    """Return an ONNX model; constants are values of nodes."""
    graph: list[tuple[int, int | bytes]] = []
    for number in range(nodes):
        graph.append((1, message((1, b"x"), (2, f"y{number}".encode()), (4, b"Relu"))))
    for one in constants:
        attribute = message((1, b"value"), (5, onnx_tensor(one)), (20, 4))
        graph.append((1, message((2, one.name.encode()), (4, b"Constant"), (5, attribute))))
    graph.append((2, b"main"))
    graph += [(5, onnx_tensor(one)) for one in weights]
    opset = message((2, 17))
    return message((1, 8), (2, b"maker"), (7, message(*graph)), (8, opset))
