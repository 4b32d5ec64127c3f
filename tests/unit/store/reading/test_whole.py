"""All tensors at once are what each is alone, and nothing that is not verified is given out."""

import threading
import time
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from conformance.registry import bucket_backend
from support.backends import Always, Fault, FaultyBackend
from support.buckets import moved_to
from support.hand_made import Bundle, HandMade, Watched, hole, put_alone
from support.model_files import (
    gguf_file,
    npy_file,
    npz_file,
    onnx_file,
    quantised,
    torch_file,
    weight,
)
from support.stores import new_root, noise, object_keys, safetensors, write_tree

from podplanner.errors import (
    BackendUnavailableError,
    ObjectCorruptError,
    ObjectMissingError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.backend import Traits
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.digest import digest_of
from podplanner.store.documents import encode, pack
from podplanner.store.manifest import TENSORS_FORMAT, TensorList, TensorsRef
from podplanner.store.names import Reference
from podplanner.store.pushing import PushOptions, push
from podplanner.store.reader import DocumentKey
from podplanner.store.reading import tensors
from podplanner.store.reading.opening import open_version
from podplanner.store.reading.whole import read_file, read_tensors
from podplanner.store.tables import DELTA, FAST, RAW

REFERENCE = Reference.parse("cat")
KIB, MIB = 2**10, 2**20


class Remote(MemoryBackend):
    """Takes many requests at once, as a bucket does."""

    @property
    def traits(self):
        return Traits(at_once=8, is_remote=True)


class Counting(Watched):
    """Says how many reads are under way at the same time, at most."""

    def __init__(self, inner):
        super().__init__(inner)
        self.under_way = self.most = 0
        self.lock = threading.Lock()

    def read_into(self, key, offset, buffer):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(0.01)
        try:
            super().read_into(key, offset, buffer)
        finally:
            with self.lock:
                self.under_way -= 1


def backends(tmp_path):
    (tmp_path / "store").mkdir()
    return {
        "memory": MemoryBackend(),
        "directory": DirectoryBackend(tmp_path / "store"),
        "remote": Remote(),
    }


def weights(seed, count):
    """Return bf16 weights as training leaves them."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.02, count).astype(ml_dtypes.bfloat16)


def every_format():
    array = np.arange(60_000, dtype="<f4").reshape(300, 200)
    small = {f"bias{n}": ("F32", (n,), noise(4 * n, n)) for n in range(1, 40)}
    typed = {
        "w": ("BF16", (1000, 400), weights(1, 400_000).tobytes()),
        "same": ("BF16", (1000, 400), weights(1, 400_000).tobytes()),
        "large": ("U8", (20 * MIB + 5,), noise(20 * MIB + 5, 3)),
        "empty": ("F32", (0, 7), b""),
        "scalar": ("F64", (), noise(8, 9)),
        "zero": ("I32", (256, 1024), bytes(MIB)),
    }
    return {
        "a-1.safetensors": safetensors(small | typed),
        "a-2.safetensors": safetensors({"v": ("F16", (700, 400), noise(560_000, 4))}),
        "config.json": b"{}",
        "m.gguf": gguf_file(
            [
                quantised("blk.0.w", (64, 2560), seed=1, dtype="GGML:Q4_K"),
                weight("blk.0.b", (31,), seed=2, dtype="F32"),
            ]
        ),
        "f.npy": npy_file(np.asfortranarray(array)),
        "z.npz": npz_file({"zf": np.asfortranarray(array), "zc": array[:3]}),
        "t.pt": torch_file([noise(300_001, 5), noise(7, 6)]),
        "o.onnx": onnx_file(
            [weight("ow", (300, 301), seed=7), weight("ob", (3,), seed=8, dtype="F32")]
        ),
    }


def version_of(root):
    return open_version(root, REFERENCE)


def assert_same(root, path=None):
    """Check all tensors against each read alone; return how many there are."""
    told = {}
    found = read_tensors(version_of(root), path, ready=lambda one: told.setdefault(one.name, one))
    alone = tensors(root, REFERENCE, path)
    assert list(found) == list(alone)
    assert told == found
    for name, lazy in alone.items():
        one, expected = found[name], lazy.content()
        assert (one.name, one.dtype, one.shape, one.file, one.fortran) == (
            lazy.name, lazy.dtype, lazy.shape, lazy.file, lazy.fortran,
        )  # fmt: skip
        assert np.array_equal(one.content, expected)
        assert one.content.flags.writeable
        assert one.content.ctypes.data % 16 == 0, "every type is aligned"
        if len(expected) and one.dtype not in ("GGML:Q4_K",):
            array, other = one.numpy(), lazy.numpy()
            assert (array.dtype, array.shape, array.strides) == (
                other.dtype, other.shape, other.strides,
            )  # fmt: skip
    return len(found)


@pytest.mark.parametrize("place", ["memory", "directory", "remote"])
@pytest.mark.parametrize("encoding", ["raw", "fast"])
def test_every_format_and_place(tmp_path, place, encoding):
    root = new_root(backends(tmp_path)[place])
    files = every_format()
    source = write_tree(tmp_path / "source", files)
    push(root, source, "cat", PushOptions(encoding=encoding))
    assert assert_same(root) > 50
    for path in ("a-1.safetensors", "f.npy", "m.gguf"):
        assert assert_same(root, path)
    version = version_of(root)
    encodings = {place.encoding for _, place in version.rows() if place is not None}
    assert (FAST in encodings) == (encoding == "fast")
    for path, content in files.items():
        found = read_file(version, path)
        assert isinstance(found, bytearray)
        assert found == content
        found += b"it may grow"


def test_from_a_bucket(seaweedfs, tmp_path):
    root = new_root()
    push(root, write_tree(tmp_path / "source", every_format()), "cat", PushOptions(encoding="fast"))
    backend = bucket_backend(seaweedfs, prefix="read-whole")
    there = moved_to(root, backend)
    assert assert_same(there) > 50
    key = max(backend.keys("objects/"), key=lambda info: info.size).key
    backend.delete(key)
    with pytest.raises(ObjectMissingError, match=f"of cat:1 is hurt.*{key}"):
        read_tensors(version_of(there))


def test_differences(tmp_path):
    root = new_root()
    first = weights(5, 2_000_000)
    second = first.copy()
    second[::50] *= ml_dtypes.bfloat16(1.01)
    for number, array in enumerate((first, second)):
        file = safetensors({"w": ("BF16", (2000, 1000), array.tobytes())})
        source = write_tree(tmp_path / f"s{number}", {"a.safetensors": file})
        push(root, source, "cat", PushOptions(encoding="fast", delta=bool(number)))
    assert DELTA in {place.encoding for _, place in version_of(root).rows() if place is not None}
    assert_same(root)
    found = read_tensors(version_of(root))["w"].numpy()
    assert np.array_equal(found, second.reshape(2000, 1000))


def with_list(root, rows, name="a", *, table_pieces=3, **columns):
    """Publish a file of these rows whose list of tensors says this."""
    listed = TensorList(format=TENSORS_FORMAT, **columns)
    content = encode(listed)
    digest = digest_of(content)
    root.backend.put(DocumentKey("tables", digest).key, [pack(content)])
    ref = TensorsRef(table=digest.hex(), count=len(listed.names), parameters=0)
    HandMade({name: rows}, entries={name: {"tensors": ref}}, table_pieces=table_pieces).publish(
        root, "cat"
    )


def of_bytes(*ranges):
    """Return the columns of a list of tensors of bytes, from offsets and lengths."""
    return {
        "names": tuple(f"t{number}" for number in range(len(ranges))),
        "dtypes": ("U8",) * len(ranges),
        "shapes": tuple((length,) for _, length in ranges),
        "offsets": tuple(offset for offset, _ in ranges),
        "lengths": tuple(length for _, length in ranges),
    }


def test_holes_and_tensors_that_share_bytes():
    root = new_root(Watched(MemoryBackend()))
    bundle = Bundle(root.backend)
    for seed in range(4):
        bundle.add(noise(1000, seed))
    small = bundle.put()
    large = put_alone(root.backend, noise(3 * MIB, 10))
    rows = [small[0], hole(5000), large, small[1], hole(2 * MIB), large, small[0], small[3]]
    whole = b"".join(
        bytes(piece.length) if place is None else bytes(root.backend.get(place.object.key))[
            place.offset : place.offset + place.stored
        ]
        for piece, place in rows
    )  # fmt: skip
    ranges = [
        (0, len(whole)),  # all
        (6000, 3 * MIB),  # one piece
        (6000, 3 * MIB),  # the same again
        (500, 5000),  # a part of a piece and of a hole
        (1500, 100),  # in a hole
        (6000 + 3 * MIB + 1000, 2 * MIB),  # a hole
        (len(whole), 0),  # nothing at the end
        (len(whole) - 1, 1),
        (7000, 2 * MIB),  # inside a piece
    ]
    with_list(root, rows, table_pieces=64, **of_bytes(*ranges))
    root.backend.reads.clear()
    told = []
    found = read_tensors(
        version_of(root), ready=lambda one: told.append((one.name, bytes(one.content)))
    )
    assert sorted(name for name, _ in told) == sorted(found), "each is told once"
    for (name, told_content), one in zip(
        sorted(told), (found[name] for name in sorted(found)), strict=True
    ):
        offset, length = ranges[int(name[1:])]
        assert bytes(one.content) == whole[offset : offset + length] == told_content
    assert root.backend.read_bytes == 3 * MIB + 4000, "each piece is read once"
    found["t1"].content[:] = 0
    assert found["t2"].content.any(), "each has memory of its own"


def test_only_what_is_needed_is_read():
    root = new_root(Watched(MemoryBackend()))
    rows = [put_alone(root.backend, noise(600 * KIB, seed)) for seed in range(9)]
    with_list(root, rows, **of_bytes((600 * KIB, 600 * KIB), (5 * 600 * KIB + 7, 100)))
    root.backend.reads.clear()
    assert [one.content.tobytes() for one in read_tensors(version_of(root)).values()] == [
        noise(600 * KIB, 1), noise(600 * KIB, 5)[7:107],
    ]  # fmt: skip
    assert root.backend.read_bytes == 1200 * KIB


def test_pieces_are_read_in_their_place_and_side_by_side():
    root = new_root(Counting(Remote()))
    rows = [put_alone(root.backend, noise(MIB, seed)) for seed in range(16)]
    with_list(root, rows, **of_bytes(*((n * 4 * MIB, 4 * MIB) for n in range(4))))
    found = read_tensors(version_of(root))
    assert root.backend.most > 3
    for number, one in enumerate(found.values()):
        expected = b"".join(noise(MIB, 4 * number + n) for n in range(4))
        assert one.content.tobytes() == expected


def test_names_in_two_files_and_files_without_tensors(tmp_path):
    root = new_root()
    files = {
        "a.safetensors": safetensors({"x": ("U8", (1,), b"a")}),
        "b.safetensors": safetensors({"x": ("U8", (1,), b"c")}),
        "empty": b"",
    }
    push(root, write_tree(tmp_path / "s", files), "cat", PushOptions())
    version = version_of(root)
    with pytest.raises(WrongUsageError, match=r"x is in 2 files"):
        read_tensors(version)
    assert read_tensors(version, "b.safetensors")["x"].content.tobytes() == b"c"
    assert read_file(version, "empty") == b""
    with pytest.raises(UnknownNameError, match="no tensors are known in empty"):
        read_tensors(version, "empty")
    with pytest.raises(UnknownNameError, match="has no file q"):
        read_file(version, "q")
    with pytest.raises(UnknownNameError, match="has no file q"):
        read_tensors(version, "q")


@pytest.mark.parametrize("how", ["lost", "short", "flipped"])
@pytest.mark.parametrize("remote", [False, True])
def test_harm_anywhere_is_told(tmp_path, how, remote):
    root = new_root(Remote() if remote else MemoryBackend())
    small = {f"b{n}": ("F32", (250,), noise(1000, n)) for n in range(20)}
    large = {f"w{n}": ("U8", (700 * KIB,), noise(700 * KIB, 50 + n)) for n in range(3)}
    typed = {"v": ("BF16", (400_000,), weights(9, 400_000).tobytes())}
    files = {"a.safetensors": safetensors(small | large), "b.safetensors": safetensors(typed)}
    push(root, write_tree(tmp_path / "s", files), "cat", PushOptions(encoding="fast"))
    right = {name: one.content() for name, one in tensors(root, REFERENCE).items()}
    version = version_of(root)
    keys = sorted(object_keys(root))
    assert len(keys) >= 4
    for key in keys:
        content = root.backend.get(key)
        if how == "lost":
            root.backend.delete(key)
        else:
            changed = bytearray(content)
            changed[len(content) // 2] ^= how == "flipped"
            root.backend.put(key, [bytes(changed[: -1 if how == "short" else None])])
        told = []
        kind = ObjectMissingError if how == "lost" else ObjectCorruptError
        with pytest.raises(kind, match=rf"[ab]\.safetensors of cat:1 is hurt.*{key}") as caught:
            read_tensors(version, ready=told.append)
        assert "store check" in caught.value.hint
        assert len(told) < len(right)
        assert all(np.array_equal(one.content, right[one.name]) for one in told)
        hurt = caught.value.message.partition(" of ")[0]
        with pytest.raises(kind, match=f"{hurt} of cat:1 is hurt"):
            read_file(version, hurt)
        root.backend.put(key, [content])
    assert len(read_tensors(version)) == len(right)


def test_the_file_that_is_hurt_is_named():
    root = new_root()
    bundle = Bundle(root.backend)
    for seed in range(3):
        bundle.add(noise(1000, seed))
    rows = bundle.put()
    HandMade({"a": rows[:1], "b": rows[1:2], "c": rows[2:]}).publish(root, "cat")
    key = rows[0][1].object.key
    content = bytearray(root.backend.get(key))
    content[1500] ^= 1
    root.backend.put(key, [bytes(content)])
    version = version_of(root)
    assert read_file(version, "a") == noise(1000, 0)
    assert read_file(version, "c") == noise(1000, 2)
    with pytest.raises(ObjectCorruptError, match=f"b of cat:1 is hurt: {key}"):
        read_file(version, "b")


@pytest.mark.parametrize("backend", [MemoryBackend, Remote])
@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_what_ready_raises_ends_the_reading(backend, error):
    root = new_root(Watched(backend()))
    rows = [put_alone(root.backend, noise(600 * KIB, seed)) for seed in range(60)]
    with_list(root, rows, **of_bytes(*((n * 600 * KIB, 600 * KIB) for n in range(60))))
    root.backend.reads.clear()
    before = threading.active_count()

    def ready(one):
        raise error

    with pytest.raises(type(error)):
        read_tensors(version_of(root), ready=ready)
    assert len(root.backend.reads) <= 16, "the others stop soon"
    assert threading.active_count() == before


def test_a_backend_that_does_not_answer_is_no_harm():
    root = new_root(FaultyBackend(MemoryBackend()))
    rows = [put_alone(root.backend, noise(600 * KIB, seed)) for seed in range(4)]
    with_list(root, rows, **of_bytes((0, 4 * 600 * KIB)))
    version = version_of(root)
    root.backend.plan = Always("read_into", Fault.IO_ERROR, "objects/")
    with pytest.raises(BackendUnavailableError):
        read_tensors(version)


@pytest.mark.parametrize(
    "changes",
    [
        {"offsets": (0, 10**6)},
        {"offsets": (0, -1)},
        {"lengths": (2, -2)},
        {"lengths": (2,)},
        {"lengths": (2, 2**60)},
        {"shapes": ((2,), (-2,))},
    ],
)
def test_a_list_that_contradicts_itself_is_refused(changes):
    root = new_root()
    rows = [put_alone(root.backend, noise(1000, 1))]
    with_list(root, rows, **(of_bytes((0, 2), (2, 2)) | changes))
    with pytest.raises(ObjectCorruptError, match="list of tensors of a contradicts itself"):
        read_tensors(version_of(root))


def test_a_shape_that_does_not_fit_the_bytes_is_refused():
    root = new_root()
    with_list(
        root, [put_alone(root.backend, noise(10, 1))], **(of_bytes((0, 10)) | {"shapes": ((3,),)})
    )
    one = read_tensors(version_of(root))["t0"]
    with pytest.raises(ObjectCorruptError, match="does not take 10 bytes"):
        one.numpy()


def test_tables_that_contradict_the_manifest_are_refused():
    root = new_root()
    rows = [put_alone(root.backend, noise(1000, seed)) for seed in range(4)]
    HandMade(
        {"a": rows[:2], "b": rows[2:]},
        entries={"a": {"size": 1500}, "b": {"size": 2500}},
    ).publish(root, "cat")
    with pytest.raises(ObjectCorruptError, match="contradicts itself"):
        read_file(version_of(root), "a")


def test_dropping_a_large_tensor_gives_its_memory_back(tmp_path):
    root = new_root()
    file = safetensors({f"w{n}": ("U8", (16 * MIB,), noise(16 * MIB, 1)) for n in range(6)})
    push(root, write_tree(tmp_path / "s", {"a.safetensors": file}), "cat", PushOptions())
    found = read_tensors(version_of(root))
    before = resident_bytes()
    for name in list(found)[1:]:
        del found[name]
    assert before - resident_bytes() > 70 * MIB


def resident_bytes():
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        pytest.skip("only Linux says how much memory is in use")


def test_encodings_are_raw_where_they_are_said_to_be(tmp_path):
    root = new_root()
    push(root, write_tree(tmp_path / "s", every_format()), "cat", PushOptions(encoding="raw"))
    large = [place for piece, place in version_of(root).rows() if piece.length > 4 * MIB]
    assert {place.encoding for place in large if place is not None} == {RAW}
