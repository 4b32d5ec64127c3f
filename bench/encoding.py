"""Compare ways to encode weights: bytes stored, CPU time both ways, memory, two threads.

Usage: python bench/encoding.py [--versions DIR] [FILE.safetensors ...]

One JSON line a row on stdout. Contents are 16 MiB of numbers drawn like weights (64 tensors, each
Gaussian of its own scale), and the tensors of the files, in their own dtype and rounded to bf16.
With --versions, the versions that bench/fine_tune.py made (and makes here when they are missing,
in about 8 minutes) are encoded against their parent, tensor by tensor.

Beside ours: bit-shuffle and LZ4 or zstd (packages blosc2, bitshuffle and numcodecs; rows of those
not installed say so), zstd alone, byte planes with other coders; for differences XOR and integer
difference without groups. CPU times are medians of 5; memory is what Python's allocator counts
beyond the input.
"""

import argparse
import importlib.util
import json
import statistics
import struct
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ml_dtypes
import numpy as np
import zstandard
from typing_extensions import Buffer

sys.path.insert(0, str(Path(__file__).parent))
import fine_tune

from podplanner.store.encoding import decode, encode
from podplanner.store.encoding.delta import encode_difference
from podplanner.store.encoding.elements import element_of
from podplanner.store.encoding.planes import split
from podplanner.store.tables import DELTA, FAST

RUNS = 5
PIECE = 8 * 2**20
# As the store cuts a tensor.
DTYPES = {
    "BF16": ml_dtypes.bfloat16,
    "F16": np.float16,
    "F32": np.float32,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
}


@dataclass(frozen=True)
class Content:
    name: str
    dtype: str
    words: np.ndarray

    def pieces(self) -> list[memoryview]:
        data = memoryview(self.words).cast("B")
        return [data[start : start + PIECE] for start in range(0, len(data), PIECE)]


@dataclass(frozen=True)
class Way:
    """One way to encode."""

    name: str
    encode: Callable[[memoryview, int], bytes | list[Buffer]]
    """From a piece and the width of its numbers to parts, as they would be written."""
    decode: Callable[[bytes, int, int], object] | None = None


def unsigned(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(-1).view(f"u{values.itemsize}")


def drawn(dtype: str) -> Content:
    rng = np.random.default_rng(7)
    kind = np.dtype(DTYPES[dtype])
    count = 16 * 2**20 // kind.itemsize // 64
    # Scales of layers differ by up to 8 x; fp8 is stored with a scale that fills its range.
    gain = 50.0 if kind.itemsize == 1 else 1.0
    tensors = [
        rng.standard_normal(count, dtype=np.float32)
        * np.float32(0.02 * gain * 2 ** rng.uniform(-1.5, 1.5))
        for _ in range(64)
    ]
    return Content("drawn", dtype, unsigned(np.concatenate(tensors).astype(kind)))


def contents_of(path: Path) -> Iterator[Content]:
    """Yield the weights of a safetensors file, as they are and rounded to bf16."""
    data = path.read_bytes()
    length = struct.unpack_from("<Q", data)[0]
    tensors = json.loads(data[8 : 8 + length])
    for dtype in ("F32", "F16", "BF16"):
        found = [
            data[8 + length + start : 8 + length + end]
            for tensor in tensors.values()
            if tensor.get("dtype") == dtype
            for start, end in [tensor["data_offsets"]]
        ]
        if found:
            values = np.frombuffer(b"".join(found), DTYPES[dtype])
            yield Content(path.name, dtype, unsigned(values))
            if dtype != "BF16":
                rounded = values.astype(np.float32).astype(ml_dtypes.bfloat16)
                yield Content(f"{path.name}, rounded", "BF16", unsigned(rounded))


# --- ways ---


def ours(dtype: str) -> Way:
    def pack(plain: memoryview, width: int) -> list[Buffer]:
        return list(encode(plain, policy="fast", width=width, dtype=dtype).parts)

    def unpack(stored: bytes, length: int, width: int) -> object:
        del width
        decode(memoryview(stored), FAST, length, memoryview(bytearray(length)))
        return None

    return Way("ours: turned byte planes, zstd that counts symbols", pack, unpack)


def planes_with(name: str, pack: Callable[[np.ndarray], bytes], *, turned: bool = True) -> Way:
    def packed(plain: memoryview, width: int) -> list[Buffer]:
        first, *rest = split(np.frombuffer(plain, f"<u{width}"), turned=turned)
        return [pack(first), *rest]

    return Way(name, packed)


def huffman(plane: np.ndarray) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_HUFFMAN_ONLY)
    return packer.compress(plane) + packer.flush()


def level_1(content: np.ndarray) -> bytes:
    # Anew each time: no compressor may be used by two threads.
    return zstandard.ZstdCompressor(level=1).compress(content)


def zstd_way(level: int) -> Way:
    return Way(
        f"zstd {level} of the bytes as they are",
        lambda plain, width: zstandard.ZstdCompressor(level=level).compress(plain),
        lambda stored, length, width: zstandard.ZstdDecompressor().decompress(stored),
    )


def blosc_ways() -> Iterator[Way]:
    import blosc2

    for codec in (blosc2.Codec.LZ4, blosc2.Codec.ZSTD):
        for shuffle in (blosc2.Filter.BITSHUFFLE, blosc2.Filter.SHUFFLE):
            yield Way(
                f"blosc2 {shuffle.name.lower()}, {codec.name.lower()} 1",
                lambda plain, width, codec=codec, shuffle=shuffle: blosc2.compress2(
                    np.frombuffer(plain, f"<u{width}"),
                    cparams=blosc2.CParams(
                        codec=codec, clevel=1, filters=[shuffle], typesize=width, nthreads=1
                    ),
                ),
                lambda stored, length, width: blosc2.decompress2(
                    stored, dparams=blosc2.DParams(nthreads=1)
                ),
            )


def bitshuffle_ways() -> Iterator[Way]:
    import bitshuffle

    yield Way(
        "bitshuffle, its own LZ4",
        lambda plain, width: [bitshuffle.compress_lz4(np.frombuffer(plain, f"<u{width}"))],
        lambda stored, length, width: bitshuffle.decompress_lz4(
            np.frombuffer(stored, np.uint8), (length // width,), np.dtype(f"<u{width}")
        ),
    )


def numcodecs_ways() -> Iterator[Way]:
    import numcodecs

    coder = numcodecs.Blosc("zstd", 1, numcodecs.Blosc.BITSHUFFLE)
    yield Way(
        "numcodecs blosc bitshuffle, zstd 1",
        lambda plain, width: coder.encode(np.frombuffer(plain, f"<u{width}")),
        lambda stored, length, width: coder.decode(stored),
    )


PACKAGES: dict[str, Callable[[], Iterator[Way]]] = {
    "blosc2": blosc_ways,
    "bitshuffle": bitshuffle_ways,
    "numcodecs": numcodecs_ways,
}


def ways(dtype: str) -> Iterator[Way]:
    yield ours(dtype)
    yield planes_with("turned byte planes, zstd 1", level_1)
    yield planes_with("byte planes as they are, zstd 1", level_1, turned=False)
    yield planes_with("turned byte planes, zlib Huffman only", huffman)
    yield zstd_way(1)
    for package, found in PACKAGES.items():
        if importlib.util.find_spec(package):
            yield from found()
        else:
            print(json.dumps({"way": package, "left out": "not installed"}))


# --- measures ---


def cpu_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def traced(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def speed_up(work: Callable[[], object]) -> float:
    """Return how much more two threads do than one in the same time; 2 at best."""

    def wall(threads: int) -> float:
        started = [
            threading.Thread(target=lambda: [work() for _ in range(4)]) for _ in range(threads)
        ]
        start = time.perf_counter()
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        return time.perf_counter() - start

    return statistics.median(2 * wall(1) / wall(2) for _ in range(3))


def joined(form: bytes | list[Buffer]) -> bytes:
    if isinstance(form, bytes):
        return form
    return b"".join(memoryview(part).cast("B") for part in form)


def measure(
    row: dict[str, object],
    total: int,
    packs: list[Callable[[], bytes | list[Buffer]]],
    unpacks: list[Callable[[bytes], object]] | None,
) -> None:
    """Print a row for pieces of `total` bytes: one function a piece each way."""
    stored = [joined(pack()) for pack in packs]
    size = sum(map(len, stored))

    def encode_all() -> None:
        # One piece at a time, let go of before the next, as a push does.
        for pack in packs:
            pack()

    def decode_all() -> None:
        for unpack, form in zip(unpacks or [], stored, strict=True):
            unpack(form)

    row |= {"stored_percent": round(100 * size / total, 2)}
    row |= {"encode_cpu_s_per_gb": round(cpu_s(encode_all) / total * 1e9, 2)}
    row |= {"encode_two_threads": round(speed_up(encode_all), 2)}
    row |= {"encode_traced_mb": round(traced(encode_all) / 1e6, 1)}
    if unpacks is not None:
        row |= {"decode_cpu_s_per_gb": round(cpu_s(decode_all) / total * 1e9, 2)}
        row |= {"decode_two_threads": round(speed_up(decode_all), 2)}
        row |= {"decode_traced_mb": round(traced(decode_all) / 1e6, 1)}
    print(json.dumps(row), flush=True)


def unpacked(
    unpack: Callable[[bytes, int, int], object], piece: memoryview, width: int, form: bytes
) -> object:
    return unpack(form, len(piece), width)


def compare_whole(content: Content) -> None:
    pieces, width = content.pieces(), content.words.itemsize
    total = sum(map(len, pieces))
    for way in ways(content.dtype):
        row: dict[str, object] = {"content": content.name, "dtype": content.dtype, "way": way.name}
        packs = [partial(way.encode, piece, width) for piece in pieces]
        unpacks = way.decode and [partial(unpacked, way.decode, piece, width) for piece in pieces]
        measure(row, total, packs, unpacks)


# --- differences ---


def line(words: np.ndarray) -> np.ndarray:
    bits = 8 * words.itemsize
    return words ^ ((words.view(f"i{words.itemsize}") >> (bits - 1)).view(words.dtype) >> 1)


def zigzag(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    steps = (line(new) - line(old)).view(f"i{new.itemsize}")
    return ((steps << 1) ^ (steps >> (8 * new.itemsize - 1))).view(new.dtype)


def byte_planes(words: np.ndarray) -> bytes:
    return b"".join(
        min(level_1(plane), plane.tobytes(), key=len) for plane in split(words, turned=False)
    )


def bit_planes(words: np.ndarray) -> bytes:
    planes = [np.packbits((words >> bit & 1).astype(bool)) for bit in range(8 * words.itemsize)]
    return b"".join(min(level_1(plane), plane.tobytes(), key=len) for plane in planes)


def difference_ways(
    dtype: str,
) -> dict[str, Callable[[np.ndarray, np.ndarray], bytes | list[Buffer]]]:
    def grouped(new: np.ndarray, old: np.ndarray) -> list[Buffer]:
        element = element_of(new.itemsize, dtype)
        return encode_difference(memoryview(new).cast("B"), memoryview(old).cast("B"), element)

    return {
        "ours: difference grouped by exponent, size planes, signs": grouped,
        "difference, zigzag, byte planes, zstd 1": lambda new, old: byte_planes(zigzag(new, old)),
        "difference, zigzag, bit planes, zstd 1": lambda new, old: bit_planes(zigzag(new, old)),
        "XOR, byte planes, zstd 1": lambda new, old: byte_planes(new ^ old),
    }


def compare_differences(folder: Path, dtype: str) -> None:
    fine_tune.make(folder)
    suffix = ".f32" if dtype == "F32" else ""
    parent = np.load(folder / "parent.npz")
    # Fine-tuning starts from what is stored: bf16, as fp32 where that is what is trained.
    names = [n for n in parent.files if not n.endswith(".f32") and parent[n].nbytes >= 2**16]
    olds = [parent[name].reshape(-1) for name in names]
    if dtype == "F32":
        olds = [old.astype(np.uint32) << 16 for old in olds]
    for path in sorted(
        folder.glob("*-*.npz"), key=lambda p: (p.stem.partition("-")[0], len(p.stem), p.stem)
    ):
        if dtype == "F32" and path.stem.startswith("pure"):
            continue
        version = np.load(path)
        news = [unsigned(version[name + suffix]) for name in names]
        pairs = list(zip(news, olds, strict=True))
        total = sum(new.nbytes for new in news)
        changed = sum(int(np.count_nonzero(new != old)) for new, old in pairs)
        for way, pack in difference_ways(dtype).items():
            row: dict[str, object] = {"version": path.stem, "dtype": dtype, "way": way}
            row |= {"changed_percent": round(100 * changed / sum(map(len, news)), 1)}

            packs = [partial(pack, new, old) for new, old in pairs]
            unpacks = (
                [partial(restored, old) for _, old in pairs] if way.startswith("ours") else None
            )
            measure(row, total, packs, unpacks)


def restored(base: np.ndarray, form: bytes) -> None:
    out = memoryview(bytearray(base.nbytes))
    decode(memoryview(form), DELTA, base.nbytes, out, memoryview(base).cast("B"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--versions", type=Path)
    chosen = parser.parse_args()
    for dtype in DTYPES:
        compare_whole(drawn(dtype))
    for path in chosen.files:
        for content in contents_of(path):
            compare_whole(content)
    if chosen.versions:
        for dtype in ("BF16", "F32"):
            compare_differences(chosen.versions, dtype)


if __name__ == "__main__":
    main()
