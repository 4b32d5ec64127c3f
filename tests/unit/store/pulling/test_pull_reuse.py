"""Reuse: what an earlier pull left in a directory is not fetched again, wherever it lies."""

import errno
import os
import struct
import threading

import msgspec
import numpy as np
import pytest
from support.hand_made import Watched
from support.pulls import files_in, publish, pull_to, watched_root
from support.stores import noise, safetensors, write_tree

from podplanner.errors import ConflictError
from podplanner.store.backend import Traits
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.pushing import PushOptions, push
from podplanner.store.root import make_root
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.readable import ReadableFile
from podplanner.store.worktree.records import recall, remember_pull

MIB = 2**20
A, B, C, D = (noise(50_000 + n, n) for n in range(4))


@pytest.fixture
def root():
    root = watched_root()
    publish(root, {"one": [b"head", A, B], "two": [C, D]})
    return root


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "model"


def test_pieces_that_moved_within_and_between_files(root, dest):
    pull_to(root, dest)
    publish(root, {"one": [b"longer head", B, C], "three": [D, A, A], "two": [b"new"]})
    done = pull_to(root, dest, force=True)
    assert done.fetched_bytes == len(b"longer head") + len(b"new")
    expected = {"one": b"longer head" + B + C, "three": D + A + A, "two": b"new"}
    assert files_in(dest) == expected
    assert done.strangers == ()


def test_files_that_the_new_version_does_not_have_are_read_before_they_go(root, dest):
    pull_to(root, dest)
    publish(root, {"other/three": [D, C, B, A]})
    done = pull_to(root, dest, exact=True)
    assert done.fetched_bytes == 0
    assert files_in(dest) == {"other/three": D + C + B + A}


@pytest.mark.parametrize("options", [{"force": True, "exact": True}, {"swap": True}])
def test_the_other_ways_to_replace_reuse_too(root, dest, options):
    pull_to(root, dest)
    publish(root, {"one": [b"2", A, B, C, D]})
    assert pull_to(root, dest, **options).fetched_bytes == 1
    assert files_in(dest) == {"one": b"2" + A + B + C + D}


def test_what_a_dry_run_tells_is_what_is_read(root, dest):
    pull_to(root, dest)
    publish(root, {"one": [b"longer", A, b"more", B], "two": [D]})
    trial = pull_to(root, dest, force=True, dry_run=True)
    assert trial.fetched_bytes == pull_to(root, dest, force=True).fetched_bytes == 10


def test_without_a_record_only_the_same_offsets_are_known(root, dest):
    pull_to(root, dest)
    write_tree(dest.parent / "copy", files_in(dest))
    publish(root, {"one": [b"head", A, C], "two": [b"1", C, D]})
    done = pull_to(root, dest.parent / "copy", force=True)
    assert done.fetched_bytes == len(C) + 1 + len(D)
    assert files_in(dest.parent / "copy") == {"one": b"head" + A + C, "two": b"1" + C + D}


def test_the_record_of_another_store_says_nothing(root, dest):
    pull_to(root, dest)
    other = watched_root()
    publish(other, {"one": [b"2", A]})
    assert pull_to(other, dest, force=True).fetched_bytes == 1 + len(A)
    assert files_in(dest)["one"] == b"2" + A


def test_a_file_that_was_touched_is_not_asked(root, dest):
    pull_to(root, dest)
    (dest / "one").write_bytes(b"head" + A + B)
    publish(root, {"three": [b"2", A, C]})
    assert pull_to(root, dest).fetched_bytes == 1 + len(A)
    assert files_in(dest)["three"] == b"2" + A + C


def test_a_file_that_lies_about_its_age_is_found_out(root, dest):
    pull_to(root, dest)
    record = recall(dest)
    wrong = bytearray(b"head" + A + B)
    wrong[100] ^= 1
    (dest / "one").write_bytes(bytes(wrong))
    lie = {**record.identities, "one": FileIdentity.of((dest / "one").stat())}
    remember_pull(dest, record.manifest, record.store, lie)
    publish(root, {"three": [b"2", A, B, C]})
    done = pull_to(root, dest)
    assert done.fetched_bytes == 1 + len(A)
    assert files_in(dest)["three"] == b"2" + A + B + C


@pytest.mark.parametrize("kind", ["tables/", "manifests/"])
def test_documents_of_the_earlier_version_that_are_gone_cost_only_the_reuse(root, dest, kind):
    pull_to(root, dest)
    before = {info.key for info in root.backend.keys(kind)}
    publish(root, {"three": [b"2", A]})
    for key in before:
        root.backend.delete(key)
    root.reader._kept.clear()
    assert pull_to(root, dest).fetched_bytes == 1 + len(A)
    assert files_in(dest)["three"] == b"2" + A


def test_a_record_with_paths_that_lead_out_is_not_followed(root, dest, tmp_path):
    (tmp_path / "outside").write_bytes(A)
    pull_to(root, dest)
    record = recall(dest)
    opened = root.open(root.refs.resolve(Reference.parse("cat")))
    entries = (msgspec.structs.replace(opened.manifest.files[0], path="../outside"),)
    from support.hand_made import HandMade

    made = HandMade({"../outside": list(opened.rows(1, 1))})
    made.publish(root, "evil")
    evil = root.refs.record(Reference.parse("evil").model, 1).manifest
    identity = FileIdentity.of((tmp_path / "outside").stat())
    remember_pull(dest, evil, record.store, {entries[0].path: identity})
    publish(root, {"three": [b"2", A]})
    assert pull_to(root, dest).fetched_bytes == 1 + len(A)


def test_a_part_of_a_version_is_remembered_beside_the_rest(root, dest):
    pull_to(root, dest, files=["one"])
    pull_to(root, dest, files=["two"])
    assert set(recall(dest).identities) == {"one", "two"}
    publish(root, {"three": [b"2", A, D]})
    assert pull_to(root, dest).fetched_bytes == 1


def test_no_state_folder_is_no_error(root, dest, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/none")
    pull_to(root, dest)
    publish(root, {"one": [b"head", A, B, b"2"], "two": [C, D]})
    assert pull_to(root, dest, force=True).fetched_bytes == 1
    assert files_in(dest)["one"] == b"head" + A + B + b"2"


def test_the_bases_of_differences_are_taken_from_here(tmp_path, dest):
    root = watched_root()
    rng = np.random.default_rng(1)
    first = (rng.normal(0, 0.02, MIB).astype("<f4").view("<u4") >> 16).astype("<u2")
    second = first.copy()
    second[::40] += 1
    for number, words in enumerate((first, second)):
        file = safetensors({"w": ("BF16", (1024, 1024), words.tobytes())})
        source = write_tree(tmp_path / str(number), {"a.safetensors": file})
        push(root, source, "cat", PushOptions(delta=bool(number)))
    pull_to(root, dest, "cat:1")
    fresh = pull_to(root, tmp_path / "fresh", "cat:2").fetched_bytes
    done = pull_to(root, dest, "cat:2", force=True)
    assert files_in(dest) == files_in(tmp_path / "1")
    assert fresh > 2 * MIB, "elsewhere the base is read too"
    assert done.fetched_bytes < 2 * MIB // 2
    os.truncate(dest / "a.safetensors", 100)
    again = pull_to(root, dest, "cat:2", force=True)
    assert files_in(dest) == files_in(tmp_path / "1")
    assert again.fetched_bytes > 2 * MIB


def test_a_resharded_model_is_put_together_from_the_old_shards(tmp_path, dest):
    root = watched_root()
    parts = {f"w{n}": ("BF16", (512, 300), noise(512 * 600, n)) for n in range(8)}

    def shards(number, count):
        names = sorted(parts)
        files = {
            f"m-{s}-of-{count}.safetensors": safetensors({n: parts[n] for n in names[s::count]})
            for s in range(count)
        }
        return write_tree(tmp_path / f"s{number}", files)

    push(root, shards(1, 2), "cat")
    push(root, shards(2, 3), "cat")
    pull_to(root, dest, "cat:1")
    done = pull_to(root, dest, "cat:2", exact=True)
    assert done.fetched_bytes < 20_000
    assert files_in(dest) == files_in(tmp_path / "s2")


@pytest.fixture
def local_reads(monkeypatch):
    """Ranges that are read of files in the destination: path, offset, bytes."""
    reads = []
    read_into = ReadableFile.read_into

    def watched(self, offset, buffer):
        reads.append((self._shown, offset, len(buffer)))
        return read_into(self, offset, buffer)

    monkeypatch.setattr(ReadableFile, "read_into", watched)
    return reads


def test_a_file_that_will_be_replaced_is_read_once_and_only_what_is_taken(root, dest, local_reads):
    pull_to(root, dest)
    new = noise(len(B), 9)
    publish(root, {"one": [b"head", A, new], "two": [C, D]})
    assert pull_to(root, dest, force=True).fetched_bytes == len(new)
    assert files_in(dest) == {"one": b"head" + A + new, "two": C + D}
    assert sorted(local_reads) == [
        ("one", 0, 4),
        ("one", 4, len(A)),
        ("one", 4 + len(A), len(new)),
        ("two", 0, len(C)),
        ("two", len(C), len(D)),
    ]


def test_a_file_that_only_seems_to_be_equal_is_read_and_replaced(root, dest):
    pull_to(root, dest)
    record = recall(dest)
    (dest / "two").write_bytes(C + b"?" + D[1:])
    lie = {**record.identities, "two": FileIdentity.of((dest / "two").stat())}
    remember_pull(dest, record.manifest, record.store, lie)
    publish(root, {"one": [b"2", A], "two": [C, D]})
    with pytest.raises(ConflictError):
        pull_to(root, dest)
    assert pull_to(root, dest, force=True).fetched_bytes == 1 + len(D)
    assert files_in(dest) == {"one": b"2" + A, "two": C + D}


def test_what_is_copied_is_verified_although_it_seems_untouched(root, dest):
    pull_to(root, dest)
    record = recall(dest)
    (dest / "one").write_bytes(b"head" + b"?" + A[1:] + B)
    lie = {**record.identities, "one": FileIdentity.of((dest / "one").stat())}
    remember_pull(dest, record.manifest, record.store, lie)
    publish(root, {"one": [b"HEAD", A, B], "two": [C, D]})
    assert pull_to(root, dest, force=True).fetched_bytes == 4 + len(A)
    assert files_in(dest) == {"one": b"HEAD" + A + B, "two": C + D}


def test_a_file_that_is_cut_otherwise_now_is_reused_where_it_is_equal(root, dest):
    pull_to(root, dest)
    publish(root, {"one": [b"head" + A, B[:-1] + b"?"], "two": [C + D]})
    done = pull_to(root, dest, force=True)
    assert done.fetched_bytes == len(B)
    assert done.kept == ("two",)
    assert files_in(dest) == {"one": b"head" + A + B[:-1] + b"?", "two": C + D}


class Far(Watched):
    """A backend whose calls are requests to a server, side by side."""

    traits = Traits(at_once=8, is_remote=True)


@pytest.mark.parametrize("threads", [None, 1])
def test_from_a_far_store_what_is_missing_is_fetched_while_the_rest_is_copied(
    dest, monkeypatch, threads
):
    root = make_root(Far(MemoryBackend()))
    publish(root, {"one": [b"head", A, B], "two": [C, D]})
    pull_to(root, dest)
    publish(root, {"one": [b"2", B, A], "two": [C, b"3"]})
    fetched = threading.Event()
    together = []
    read_into, read_local = root.backend.read_into, ReadableFile.read_into

    def far(key, offset, buffer):
        read_into(key, offset, buffer)
        if key.startswith("objects/"):
            fetched.set()

    def local(self, offset, buffer):
        if self._shown == "one" and not together:
            together.append(fetched.wait(10 if threads is None else 0))
        return read_local(self, offset, buffer)

    monkeypatch.setattr(root.backend, "read_into", far)
    monkeypatch.setattr(ReadableFile, "read_into", local)
    monkeypatch.setattr("podplanner.store.pulling.local.Judge._compare", lambda *_: None)
    assert pull_to(root, dest, force=True, threads=threads).fetched_bytes == 2
    assert files_in(dest) == {"one": b"2" + B + A, "two": C + b"3"}
    assert together == [threads is None]


def test_from_a_far_store_what_was_said_to_be_here_and_is_not_is_fetched(dest):
    root = make_root(Far(MemoryBackend()))
    publish(root, {"one": [b"head", A, B], "two": [C, D]})
    pull_to(root, dest)
    record = recall(dest)
    (dest / "one").write_bytes(b"head" + b"?" + A[1:] + B)
    lie = {**record.identities, "one": FileIdentity.of((dest / "one").stat())}
    remember_pull(dest, record.manifest, record.store, lie)
    publish(root, {"one": [b"2", B, A], "two": [C, b"3"]})
    assert pull_to(root, dest, force=True).fetched_bytes == 2 + len(A)
    assert files_in(dest) == {"one": b"2" + B + A, "two": C + b"3"}


@pytest.mark.parametrize("flipped", [False, True])
def test_shared_blocks_are_verified_where_they_are_now(root, dest, monkeypatch, flipped):
    shared = []

    def clone(target, _, argument):
        source, start, length, offset = struct.unpack("=qQQQ", argument)
        content = bytearray(os.pread(source, length, start))
        content[7] ^= flipped
        os.pwrite(target, content, offset)
        shared.append(length)

    monkeypatch.setattr("fcntl.ioctl", clone)
    pull_to(root, dest)
    publish(root, {"one": [b"HEAD", A, B]})
    done = pull_to(root, dest, force=True)
    assert done.fetched_bytes == 4 + (len(A) + len(B)) * flipped
    assert files_in(dest)["one"] == b"HEAD" + A + B
    assert len(shared) == 2


@pytest.mark.parametrize("refused", [False, True])
def test_memory_of_what_was_copied_is_let_go(root, dest, monkeypatch, refused):
    let_go = []

    def advise(_, offset, length, advice):
        assert advice == os.POSIX_FADV_DONTNEED
        let_go.append((offset, length))
        if refused:
            raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(os, "posix_fadvise", advise)
    large = noise(MIB, 7)
    publish(root, {"one": [b"head", large, A]})
    pull_to(root, dest)
    publish(root, {"one": [b"2", large, A]})
    pull_to(root, dest, force=True)
    assert files_in(dest)["one"] == b"2" + large + A
    assert let_go == [(4, MIB)], "small ranges are not worth a call"
