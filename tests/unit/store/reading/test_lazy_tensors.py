"""Tensors come back as they were, of every type, and each reads only its own bytes."""

import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from support.hand_made import Watched
from support.model_files import gguf_file, npy_file, npz_file, quantised
from support.stores import new_root, noise, safetensors, write_tree

from podplanner.errors import (
    MissingPackageError,
    ObjectCorruptError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.cutting.dtypes import BITS
from podplanner.store.names import Reference
from podplanner.store.pushing import PushOptions, push
from podplanner.store.reading import LazyTensor, tensors
from podplanner.store.reading.dtypes import numpy_dtype, torch_name

REFERENCE = Reference.parse("cat")
KIB = 2**10

NUMPY = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
    "C64": np.complex64,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
}
PACKED = {"F4", "F6_E2M3", "F6_E3M2"}


@pytest.fixture
def root():
    return new_root(Watched(MemoryBackend()))


def store(root, tmp_path, options=None, **files):
    source = write_tree(
        tmp_path / "source", {path.replace("__", "."): c for path, c in files.items()}
    )
    push(root, source, "cat", options or PushOptions())
    root.backend.reads.clear()


def test_every_word_of_safetensors_is_known():
    assert set(NUMPY) | PACKED == set(BITS)
    for word, expected in NUMPY.items():
        assert numpy_dtype(word) == np.dtype(expected), word
        assert torch_name(word), word
    for word in PACKED:
        assert numpy_dtype(word) is None
        assert torch_name(word) is None


def test_every_type_comes_back_without_loss(root, tmp_path):
    parts = {}
    for word, bits in BITS.items():
        content = noise(24 * bits // 8, bits)
        if word == "BOOL":
            content = bytes(byte & 1 for byte in content)
        parts[word] = (word, (2, 3, 4), content)
    store(root, tmp_path, a__safetensors=safetensors(parts))
    found = tensors(root, REFERENCE)
    assert set(found) == set(BITS)
    for word, (_, _, content) in parts.items():
        lazy, array = found[word], found[word].numpy()
        assert (lazy.name, lazy.dtype, lazy.shape) == (word, word, (2, 3, 4))
        assert (lazy.nbytes, lazy.file) == (len(content), "a.safetensors")
        assert array.tobytes() == content
        if word in PACKED:
            assert (array.dtype, array.shape) == (np.uint8, (len(content),))
        else:
            assert (array.dtype, array.shape) == (np.dtype(NUMPY[word]), (2, 3, 4))
        assert array.flags.writeable


def test_empty_and_single_ones(root, tmp_path):
    store(
        root,
        tmp_path,
        a__safetensors=safetensors(
            {
                "empty": ("F32", (0, 7), b""),
                "one": ("F32", (), struct.pack("<f", 1.5)),
                "none": ("BF16", (3, 0), b""),
            }
        ),
    )
    found = tensors(root, REFERENCE)
    assert found["empty"].numpy().shape == (0, 7)
    assert found["none"].numpy().dtype == ml_dtypes.bfloat16
    assert found["one"].numpy() == np.float32(1.5)
    assert found["one"].numpy().shape == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_columns_first_as_npy_may_have_it(root, tmp_path, dtype):
    array = np.asfortranarray(np.arange(60).reshape(3, 4, 5).astype(dtype))
    plain = np.arange(12).reshape(3, 4).astype(dtype)
    store(root, tmp_path, a__npy=npy_file(array), b__npz=npz_file({"f": array, "c": plain}))
    for lazy in tensors(root, REFERENCE, "a.npy").values():
        assert np.array_equal(lazy.numpy(), array)
        assert lazy.numpy().flags.f_contiguous
    found = tensors(root, REFERENCE, "b.npz")
    arrays = sorted((lazy.numpy() for lazy in found.values()), key=lambda one: one.ndim)
    assert np.array_equal(arrays[0], plain)
    assert np.array_equal(arrays[1], array)


def test_quantised_blocks_of_gguf_come_as_bytes(root, tmp_path):
    one = quantised("blk.0.w", (4, 256), seed=1, dtype="GGML:Q4_K")
    store(root, tmp_path, a__gguf=gguf_file([one]))
    lazy = tensors(root, REFERENCE)["blk.0.w"]
    assert lazy.dtype == "GGML:Q4_K"
    assert lazy.numpy().dtype == np.uint8
    assert lazy.numpy().tobytes() == one.content


def test_numpy_takes_a_lazy_tensor_as_it_is(root, tmp_path):
    values = np.arange(6, dtype="<f4")
    store(root, tmp_path, a__safetensors=safetensors({"w": ("F32", (2, 3), values.tobytes())}))
    lazy = tensors(root, REFERENCE)["w"]
    assert np.array_equal(np.asarray(lazy), values.reshape(2, 3))
    assert np.asarray(lazy, dtype=np.float64).dtype == np.float64
    assert np.sum(lazy) == 15
    with pytest.raises(ValueError, match="new array"):
        np.array(lazy, copy=False)


def test_a_tensor_reads_its_own_bytes_alone(root, tmp_path):
    parts = {f"w{n}": ("BF16", (512, 512), noise(512 * KIB, n)) for n in range(8)}
    store(root, tmp_path, a__safetensors=safetensors(parts))
    found = tensors(root, REFERENCE)
    assert root.backend.read_bytes == 0, "listing reads no tensor"
    assert found["w5"].numpy().tobytes() == parts["w5"][2]
    assert root.backend.read_bytes == 512 * KIB
    assert len(root.backend.reads) == 1


def test_a_small_tensor_reads_the_piece_that_it_shares(root, tmp_path):
    parts = {f"w{n:02}": ("F32", (250,), noise(1000, n)) for n in range(40)}
    store(root, tmp_path, a__safetensors=safetensors(parts))
    found = tensors(root, REFERENCE)
    for name, (_, _, content) in parts.items():
        assert found[name].numpy().tobytes() == content
    root.backend.reads.clear()
    found["w20"].numpy()
    assert 1000 <= root.backend.read_bytes <= 40_000 + 4000


def test_a_large_tensor_is_read_by_several_threads(root, tmp_path):
    content = noise(20 * 2**20, 1)
    store(root, tmp_path, a__safetensors=safetensors({"w": ("U8", (len(content),), content)}))
    assert tensors(root, REFERENCE)["w"].numpy().tobytes() == content
    assert root.backend.read_bytes == len(content)


def test_from_many_threads_at_once(root, tmp_path):
    parts = {f"w{n}": ("U8", (5000 * n,), noise(5000 * n, n)) for n in range(1, 30)}
    store(root, tmp_path, a__safetensors=safetensors(parts))
    found = tensors(root, REFERENCE)
    wrong = []

    def read(start):
        names = list(parts)
        for name in names[start:] + names[:start]:
            if found[name].numpy().tobytes() != parts[name][2]:
                wrong.append(name)

    threads = [threading.Thread(target=read, args=(7 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_packed_and_different_tensors_come_back(root, tmp_path):
    rng = np.random.default_rng(5)
    first = rng.normal(0, 0.02, 300_000).astype(ml_dtypes.bfloat16)
    second = first.copy()
    second[::50] *= ml_dtypes.bfloat16(1.01)
    for number, array in enumerate((first, second)):
        file = safetensors({"w": ("BF16", (300, 1000), array.tobytes())})
        source = write_tree(tmp_path / f"s{number}", {"a.safetensors": file})
        push(root, source, "cat", PushOptions(encoding="fast", delta=bool(number)))
    for number, array in enumerate((first, second), 1):
        found = tensors(root, Reference.parse(f"cat:{number}"))["w"]
        assert np.array_equal(found.numpy(), array.reshape(300, 1000))
    opened = root.open(root.refs.resolve(REFERENCE))
    assert any(place is not None and place.base for _, place in opened.rows())


def test_a_model_in_shards_has_the_tensors_of_all(root, tmp_path):
    store(
        root,
        tmp_path,
        a1__safetensors=safetensors({"x": ("U8", (3,), b"abc"), "y": ("U8", (1,), b"d")}),
        a2__safetensors=safetensors({"z": ("U8", (2,), b"ef")}),
        config__json=b"{}",
    )
    found = tensors(root, REFERENCE)
    assert list(found) == ["x", "y", "z"]
    assert [found[name].file for name in found] == ["a1.safetensors"] * 2 + ["a2.safetensors"]
    assert [lazy.numpy().tobytes() for lazy in found.values()] == [b"abc", b"d", b"ef"]
    assert list(tensors(root, REFERENCE, "a2.safetensors")) == ["z"]
    assert "q" not in found
    with pytest.raises(KeyError):
        found["q"]
    assert repr(found) == "<3 tensors>"


def test_a_name_in_two_files_is_asked_for_by_the_file(root, tmp_path):
    store(
        root,
        tmp_path,
        a__safetensors=safetensors({"x": ("U8", (1,), b"a"), "y": ("U8", (1,), b"b")}),
        b__safetensors=safetensors({"x": ("U8", (1,), b"c")}),
        c__safetensors=safetensors({"x": ("U8", (1,), b"d")}),
    )
    found = tensors(root, REFERENCE)
    assert found["y"].numpy().tobytes() == b"b"
    with pytest.raises(WrongUsageError, match=r"x is in 3 files: a\.safetensors, b\.sa") as caught:
        found["x"]
    assert "path" in caught.value.hint
    assert tensors(root, REFERENCE, "b.safetensors")["x"].numpy().tobytes() == b"c"
    with pytest.raises(WrongUsageError):
        dict(found)


def test_files_without_tensors(root, tmp_path):
    store(root, tmp_path, config__json=b"{}")
    assert len(tensors(root, REFERENCE)) == 0
    with pytest.raises(UnknownNameError, match=r"no tensors are known in config\.json"):
        tensors(root, REFERENCE, "config.json")
    with pytest.raises(UnknownNameError, match=r"no file b; it has config\.json"):
        tensors(root, REFERENCE, "b")


def test_a_flipped_bit_in_a_tensor_is_told(root, tmp_path):
    parts = {f"w{n}": ("U8", (600 * KIB,), noise(600 * KIB, n)) for n in range(2)}
    store(root, tmp_path, a__safetensors=safetensors(parts))
    found = tensors(root, REFERENCE)
    found["w1"].numpy()
    key = max(root.backend.reads, key=lambda read: read[2])[0]
    content = bytearray(root.backend.get(key))
    content[1000] ^= 1
    root.backend.put(key, [bytes(content)])
    with pytest.raises(ObjectCorruptError, match=f"a.safetensors of cat:1 is hurt: {key}"):
        found["w1"].numpy()
    assert found["w0"].numpy().tobytes() == parts["w0"][2]


@pytest.mark.parametrize(
    "changes",
    [
        {"lengths": (2,), "offsets": (10**6,)},
        {"lengths": (2, 2)},
        {"lengths": (-2,)},
        {"offsets": (-1,)},
        {"shapes": ((-1,),)},
    ],
)
def test_a_list_that_contradicts_itself_is_refused(root, tmp_path, changes):
    store(root, tmp_path, a__safetensors=safetensors({"x": ("U8", (2,), b"ab")}))
    _lie_about_tensors(root, **changes)
    with pytest.raises(ObjectCorruptError, match=r"list of tensors of a\.safetensors"):
        tensors(root, REFERENCE)


def test_a_shape_that_does_not_fit_the_bytes_is_refused(root, tmp_path):
    store(root, tmp_path, a__safetensors=safetensors({"x": ("U8", (2,), b"ab")}))
    _lie_about_tensors(root, shapes=((3,),))
    with pytest.raises(ObjectCorruptError, match="does not take 2 bytes"):
        tensors(root, REFERENCE)["x"].numpy()


def _lie_about_tensors(root, **changes):
    """Publish the last version again, with another list of its tensors."""
    import msgspec

    from podplanner.store.claims import new_id
    from podplanner.store.documents import encode
    from podplanner.store.session import Session

    opened = root.open(root.refs.resolve(REFERENCE))
    entry = opened.manifest.files[0]
    listed = msgspec.structs.replace(opened.tensor_list(entry), **changes)
    with Session(root.backend, REFERENCE.model) as session:
        key = session.put_document("tables", encode(listed))
        tensors_ref = msgspec.structs.replace(entry.tensors, table=key.digest.hex())
        entry = msgspec.structs.replace(entry, tensors=tensors_ref)
        manifest = msgspec.structs.replace(opened.manifest, files=(entry,))
        key = session.put_document("manifests", encode(manifest))
        layout = msgspec.structs.replace(opened.layout, manifest=key.digest.hex())
        layout_key = session.put_document("layouts", encode(layout))
        record = msgspec.structs.replace(
            opened.version.record,
            manifest=key.digest.hex(),
            layout=layout_key.word,
            push_id=new_id(),
        )
        session.publish(lambda number: msgspec.structs.replace(record, number=number))


def test_without_torch_one_line_says_what_to_install(root, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    store(root, tmp_path, a__safetensors=safetensors({"x": ("U8", (2,), b"ab")}))
    with pytest.raises(MissingPackageError, match="torch is not installed") as caught:
        tensors(root, REFERENCE)["x"].torch()
    assert "pip install torch" in caught.value.hint


def test_torch_has_every_type_too(root, tmp_path):
    torch = pytest.importorskip("torch")
    parts = {}
    for word, bits in BITS.items():
        content = bytes(24 * bits // 8) if word == "BOOL" else noise(24 * bits // 8, bits)
        parts[word] = (word, (2, 3, 4), content)
    array = np.asfortranarray(np.arange(60).reshape(3, 4, 5).astype(np.float32))
    store(root, tmp_path, a__safetensors=safetensors(parts), b__npy=npy_file(array))
    found = tensors(root, REFERENCE, "a.safetensors")
    for word, (_, shape, content) in parts.items():
        one = found[word].torch()
        name = torch_name(word)
        assert one.view(torch.uint8).numpy().tobytes() == content
        if name is not None:
            assert one.dtype == getattr(torch, name)
            assert one.shape == shape
    (lazy,) = tensors(root, REFERENCE, "b.npy").values()
    assert np.array_equal(lazy.torch().numpy(), array)


def test_numpy_is_not_imported_before_an_array_is_asked_for():
    program = (
        "import sys, json; from podplanner.store.reading import LazyTensor, tensors, open_file;"
        "print(json.dumps([m for m in ('numpy', 'ml_dtypes', 'torch') if m in sys.modules]))"
    )
    checkout = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert json.loads(done.stdout) == []
    assert LazyTensor.__doc__
