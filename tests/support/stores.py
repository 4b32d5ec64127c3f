"""Stores and sources for tests."""

import json
import random
import struct
from pathlib import Path

from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.root import StoreRoot, make_root
from podplanner.store.stored import read_piece


def new_root(backend=None) -> StoreRoot:
    return make_root(backend or MemoryBackend())


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def write_tree(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def safetensors(tensors: dict[str, tuple[str, tuple[int, ...], bytes]], **extra: str) -> bytes:
    """Return a safetensors file: name -> dtype, shape, bytes."""
    head: dict[str, object] = {}
    at = 0
    for name, (dtype, shape, content) in tensors.items():
        head[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(content)]}
        at += len(content)
    if extra:
        head["__metadata__"] = extra
    header = json.dumps(head).encode()
    header += b" " * (-len(header) % 8)
    body = b"".join(content for _, _, content in tensors.values())
    return struct.pack("<Q", len(header)) + header + body


def contents(root: StoreRoot, reference: str) -> dict[str, bytes]:
    """Return the files of a version, read piece by piece and verified."""
    opened = root.open(root.refs.resolve(Reference.parse(reference)))
    found = {}
    for entry in opened.manifest.files:
        parts = []
        for piece, place in opened.file_rows(entry.path):
            if place is None:
                parts.append(bytes(piece.length))
            else:
                parts.append(bytes(read_piece(root.backend, piece, place)))
        found[entry.path] = b"".join(parts)
        assert len(found[entry.path]) == entry.size
    return found


def object_keys(root: StoreRoot) -> set[str]:
    return {info.key for info in root.backend.keys("objects/")}


def object_bytes(root: StoreRoot) -> int:
    return sum(info.size for info in root.backend.keys("objects/"))
