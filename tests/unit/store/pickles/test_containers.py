"""Pickles inside other files: packed files, arrays, archives that contradict themselves."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import lz4.frame
import numpy as np
import pytest
import zstandard
from support.pickled import (
    LEGACY_HEAD,
    Counted,
    calls,
    look,
    torch_legacy,
    torch_pickle,
    torch_zip,
    zipped,
)

EVIL = calls("os", "system", "id")
DATA = Path(__file__).resolve().parents[3] / "data" / "pickles"
SHAPES = {"embed.weight": 4000, "head.weight": 60}


def test_what_torch_saves_is_safe():
    for content in (torch_zip(SHAPES), torch_legacy(SHAPES)):
        found = look(content)
        assert found.safe, found
        assert "torch._utils._rebuild_tensor_v2" in found.globals


def test_a_tensor_s_bytes_are_not_taken_for_a_pickle():
    for first in range(256):
        storages = struct.pack("<q", first) + os.urandom(8 * first)
        rest = torch_pickle({"w": first}) + pickle.dumps(["0"], 2) + storages
        assert look(b"".join((*LEGACY_HEAD, rest))).safe, first


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("name", ["model/data.pkl", "readme.txt", "model/data/0", "x", "a.tar.gz"])
def test_every_member_of_an_archive_is_looked_at_whatever_its_name(name, method):
    found = look(zipped({"a": b"hello", name: EVIL, "z": b"bye"}, method))
    assert found.globals == ("os.system",)


@pytest.mark.parametrize("protocol", [0, 2])
def test_a_second_pickle_beside_the_right_one_is_found(protocol):
    evil = calls("os", "system", "id", protocol=protocol)
    assert look(torch_zip(SHAPES, extra={"model/.data/x": evil})).unknown == ("os.system",)


PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda content: lzma.compress(content, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstandard.compress,
    "joblib before 0.10": lambda content: (
        b"ZF" + hex(len(content)).ljust(19).encode() + zlib.compress(content)
    ),
}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_pickles_are_found_in_packed_files(pack):
    assert look(pack(EVIL)).globals == ("os.system",)
    assert look(pack(pickle.dumps(list(range(100_000))) + EVIL)).globals == ("os.system",)
    assert look(pack(pickle.dumps([1, 2]))).safe
    assert look(pack(b"a text " * 1000)) is None
    assert look(zipped({"inner": pack(EVIL)}, zipfile.ZIP_DEFLATED)).globals == ("os.system",)


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zlib", "lz4", "zstd"])
def test_a_stream_behind_a_stream_is_unpacked_too(name):
    pack = PACKERS[name]
    assert look(pack(pickle.dumps([1])) + pack(EVIL)).globals == ("os.system",)


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zlib", "lz4", "zstd"])
def test_a_packed_pickle_that_is_cut_off_is_unsafe(name):
    whole = PACKERS[name](pickle.dumps([os.urandom(1000) for _ in range(2500)]))
    found = look(whole[: len(whole) // 2])
    assert found.oddities


def test_packed_noise_is_no_pickle():
    for head in (b"\x1f\x8b\x08", b"\x78\x9c", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd",
                 b"\x04\x22\x4d\x18", b"\x5d\x00\x00", b"ZF0x10"):  # fmt: skip
        assert look(head + os.urandom(500)) is None


@pytest.mark.parametrize("name", ["gzip", "xz", "zlib"])
def test_a_bomb_is_unsafe_and_costs_little(name):
    bomb = b"\x80\x04\x8e" + struct.pack("<Q", 80 * 2**20) + bytes(80 * 2**20) + b"."
    found = look(PACKERS[name](bomb))
    assert any("times its size" in oddity for oddity in found.oddities), found


def test_archives_in_archives_are_looked_into_and_not_without_end():
    content = torch_zip(SHAPES, extra={"evil": EVIL})
    assert look(zipped({"model.pt": content}, zipfile.ZIP_DEFLATED)).unknown == ("os.system",)
    assert look(zipped({"model.pt": content})).unknown == ("os.system",)
    assert look(gzip.compress(tarred({"a/model.ckpt": content}))).unknown == ("os.system",)
    for _ in range(10):
        content = zipped({"again": content})
    assert look(content).oddities == (
        "again/again/again/again/again: has archives in archives too deep",
    )


def tarred(members, form=tarfile.PAX_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_members_of_tar_archives_are_looked_at(form):
    members = {"storages": b"x" * 700, "p" * 90 + "/" + "q" * 90: EVIL, "last": b"z"}
    assert look(tarred(members, form)).globals == ("os.system",)
    assert look(tarred({"a": b"text" * 300, "b": bytes(5000)}, form)) is None


def test_a_member_whose_size_stands_in_a_pax_header_is_found():
    entry = tarfile.TarInfo("big")
    entry.pax_headers = {"size": "1024"}
    archive = entry.tobuf(tarfile.PAX_FORMAT) + b"y" * 1024 + tarred({"evil": EVIL})
    assert look(archive).globals == ("os.system",)


def test_a_tar_archive_whose_first_name_is_a_pickle_is_found_out():
    entry = tarfile.TarInfo(calls("os", "system", "id", protocol=0).decode().replace("\0", ""))
    entry.name = "cos\nsystem\n(S'id'\ntR."
    assert look(entry.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)).unknown == ("os.system",)


# --- arrays ---


def saved(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_arrays_of_objects_are_walked_and_others_are_not():
    assert look(saved(np.array([Evil(), 1], dtype=object))).unknown == ("posix.system",)
    assert look(saved(np.array([1, "a"], dtype=object))).safe
    for dtype in ("<f4", ">i8", "<U7", "S3", "?", "c16", "M8[ns]", "V8", "f2",
                  [("O", "i4"), ("x", "f8", (2,))], [("a", [("b", "u1")])]):  # fmt: skip
        assert look(saved(np.zeros(3, dtype=dtype))) is None, dtype
    file = io.BytesIO()
    np.savez_compressed(file, a=np.zeros(5), b=np.array([Evil()], dtype=object))
    assert look(file.getvalue()).unknown == ("posix.system",)


def test_an_array_of_objects_without_a_pickle_is_unsafe():
    content = saved(np.array([1], dtype=object))
    assert look(content[: content.index(b"\x80")] + b"rubbish").oddities


def test_a_header_that_hides_its_objects_is_seen_through():
    for descr in ("'2O'", "'i4,O'", "[('a', 'i4'), ('b', '|O')]", "('O', (2,))", "'object'"):
        header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}".encode()
        content = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + EVIL
        assert look(content).unknown == ("os.system",), descr


# --- joblib: arrays among the opcodes ---


def test_arrays_among_joblib_s_opcodes_are_passed_over():
    for name in ("joblib-1.6.joblib", "joblib-1.6.joblib.z"):
        found = look((DATA / name).read_bytes())
        assert found.safe, found
        assert "joblib.numpy_pickle.NumpyArrayWrapper" in found.globals


def test_a_model_of_scikit_learn_is_unsafe_by_its_classes_only():
    found = look((DATA / "scikit-learn-1.9.joblib").read_bytes())
    assert found.unknown == ("sklearn.linear_model._logistic.LogisticRegression",)
    assert not found.oddities


def wrapped(item, shape, rest):
    """Return a pickle of joblib with one array, as its pickler writes it in protocol 2."""
    return (
        b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(U\x05shapeK"
        + bytes([shape]) + b"\x85U\x05dtypecnumpy\ndtype\nU" + bytes([len(item)]) + item
        + b"K\x00K\x01\x87RU\x05orderU\x01Cub" + rest
    )  # fmt: skip


def test_what_follows_an_array_of_joblib_is_walked():
    assert look(wrapped(b"f8", 3, bytes(24) + b".")).safe
    assert look(wrapped(b"f8", 3, bytes(24) + b"0cos\nsystem\n)R.")).unknown == ("os.system",)
    assert look(wrapped(b"O8", 1, EVIL + b".")).unknown == ("os.system",)


def test_opcodes_where_joblib_has_an_array_are_seen_by_both_readings():
    hidden = b"0cos\nsystem\n)R."
    found = look(wrapped(b"u1", len(hidden), hidden + b"."))
    assert "has opcodes where joblib has an array" in found.oddities
    padded = b"N0" * 3000 + hidden
    stream = wrapped(b"u1", 1, b"").replace(
        b"K\x01\x85", b"M" + struct.pack("<H", len(padded)) + b"\x85"
    )
    assert not look(stream + padded + b".").safe


def test_an_array_of_joblib_of_unknown_size_is_unsafe():
    for stream in (wrapped(b"zz", 3, bytes(24) + b"."), wrapped(b"f8", 3, bytes(23))):
        assert look(stream).oddities


# --- zip archives that say two different things ---


def changed(content, **fields):
    """Return an archive with fields of its first local header and first list entry replaced."""
    content = bytearray(content)
    entry = content.index(b"PK\x01\x02")
    places = {
        "local_flags": (6, "<H"), "local_method": (8, "<H"), "local_crc": (14, "<I"),
        "local_packed": (18, "<I"), "local_size": (22, "<I"), "local_name": (30, "1s"),
        "flags": (entry + 8, "<H"), "method": (entry + 10, "<H"), "crc": (entry + 16, "<I"),
        "packed": (entry + 20, "<I"), "size": (entry + 24, "<I"), "at": (entry + 42, "<I"),
        "count": (len(content) - 12, "<H"), "list_size": (len(content) - 10, "<I"),
        "comment": (len(content) - 2, "<H"),
    }  # fmt: skip
    for name, value in fields.items():
        at, form = places[name]
        struct.pack_into(form, content, at, value)
    return bytes(content)


SAFE_ARCHIVE = zipped({"data.pkl": pickle.dumps([1, 2, 3]), "other": b"hello"})
ANOMALIES = {
    "encrypted by the list": {"flags": 1},
    "encrypted by the member": {"local_flags": 1},
    "encrypted by both": {"flags": 1, "local_flags": 1},
    "another method before the member": {"local_method": 8},
    "a method that nobody has": {"method": 97, "local_method": 97},
    "another checksum in both": {"crc": 1, "local_crc": 1},
    "another checksum in the list": {"crc": 1},
    "another size before the member": {"local_size": 5},
    "another size in the list": {"size": 5},
    "another name before the member": {"local_name": b"X"},
    "a member beyond the archive": {"at": 10_000},
    "a member that is not there": {"at": 3},
    "a member longer than the archive": {"packed": 10_000, "local_packed": 10_000},
    "more members than there are": {"count": 9},
    "a list that is too long": {"list_size": 10_000},
    "a comment that is not there": {"comment": 9},
}


def test_the_archive_of_the_anomalies_is_safe():
    assert look(SAFE_ARCHIVE).safe
    assert look(changed(SAFE_ARCHIVE)).safe


@pytest.mark.parametrize("fields", ANOMALIES.values(), ids=ANOMALIES)
def test_an_archive_that_contradicts_itself_is_unsafe(fields):
    found = look(changed(SAFE_ARCHIVE, **fields))
    assert found is not None
    assert not found.safe


@pytest.mark.parametrize("fields", [{"flags": 1}, {"crc": 1, "local_crc": 1}, {"size": 5}])
def test_an_anomaly_does_not_hide_what_is_in_the_member(fields):
    archive = zipped({"data.pkl": EVIL, "other": b"hello"})
    assert look(changed(archive, **fields)).unknown == ("os.system",)


def test_a_member_that_unpacks_to_more_than_it_says_is_unsafe():
    content = pickle.dumps(list(range(100_000)))
    archive = zipped({"data.pkl": content}, zipfile.ZIP_DEFLATED)
    found = look(changed(archive, size=100, local_size=100))
    assert any("more than its archive says" in oddity for oddity in found.oddities)


def test_two_members_of_one_name_are_unsafe():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps([1]))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("data.pkl", pickle.dumps([2]))
    assert any("two members" in oddity for oddity in look(file.getvalue()).oddities)


def test_a_pickle_before_an_archive_and_an_archive_behind_a_pickle_are_both_found():
    found = look(pickle.dumps([1]) + zipped({"x": EVIL}))
    assert found.unknown == ("os.system",)
    assert any("behind other bytes" in oddity for oddity in found.oddities)
    assert look(EVIL + zipped({"x": b"nothing"})).unknown == ("os.system",)


def test_a_program_in_an_archive_behind_a_line_is_no_pickle():
    assert look(b"#!/usr/bin/env python3\n" + zipped({"__main__.py": b"print(1)"})) is None


def test_two_archives_of_which_the_offsets_fit_both_are_unsafe():
    inner = zipped({"x": b"nothing"})
    assert look(inner + inner).oddities


def test_a_large_zip64_archive_of_torch_is_read():
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w") as archive,
        archive.open(zipfile.ZipInfo("data.pkl"), "w", force_zip64=True) as member,
    ):
        member.write(EVIL)
    assert look(file.getvalue()).unknown == ("os.system",)


def test_a_checkpoint_of_10_gb_costs_its_lists_and_its_pickle(tmp_path):
    path = tmp_path / "model.pt"
    with path.open("wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", torch_pickle(SHAPES))
        for key in range(20):
            archive.writestr(f"model/data/{key}", os.urandom(2**20))
    with path.open("rb") as file:
        counted = Counted(
            lambda offset, length: os.pread(file.fileno(), length, offset), path.stat().st_size
        )
        assert counted.look().safe
    assert counted.bytes < 400_000
    assert counted.reads < 200
