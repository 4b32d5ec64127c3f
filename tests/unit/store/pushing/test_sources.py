"""Files in memory, and a mixture with files on a disk, pushed as a directory is."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from support.stores import contents, new_root, noise, safetensors, write_tree

from podplanner.errors import (
    FileAccessError,
    SourceChangedError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.store import MemoryFiles
from podplanner.store.names import ModelName
from podplanner.store.pushing import PushOptions, push

MIB = 2**20


@pytest.fixture
def root():
    return new_root()


def in_memory(files):
    """Return files in memory, each in buffers of odd lengths."""
    parts = {}
    for path, content in files.items():
        size = len(content)
        cuts = sorted(min(cut, size) for cut in (0, 1, 1, 1000, size // 2, size))
        parts[path] = [memoryview(content)[a:b] for a, b in pairwise(cuts)]
    return MemoryFiles(parts)


def test_memory_and_a_directory_make_the_same_version(root, tmp_path):
    files = {
        "a/model.safetensors": safetensors({"w": ("U8", (9 * MIB,), noise(9 * MIB, 1))}),
        "b.bin": noise(300_000, 2),
        "empty": b"",
    }
    from_disk = push(root, write_tree(tmp_path / "source", files), "disk")
    from_memory = push(root, in_memory(files), "memory")
    assert from_memory.manifest == from_disk.manifest
    assert (from_memory.files, from_memory.total_bytes) == (3, sum(map(len, files.values())))
    # All that is large is known by its key already.
    assert from_memory.new_bytes < MIB
    assert contents(root, "memory") == files


def test_the_same_buffers_with_other_bytes_are_another_version(root):
    """No times tell that memory has changed, so none are trusted."""
    array = np.zeros(3 * MIB, np.uint8)
    files = MemoryFiles({"w": [array.data]})
    assert push(root, files, "cat").version == 1
    assert not push(root, files, "cat").created
    array[5] = 1
    assert push(root, files, "cat").version == 2


def test_files_on_a_disk_go_in_beside_those_in_memory(root, tmp_path):
    on_disk = tmp_path / "some name.json"
    on_disk.write_bytes(b"{}")
    files = MemoryFiles({"config.json": on_disk, "w": [memoryview(b"abc")]})
    push(root, files, "cat")
    assert contents(root, "cat") == {"config.json": b"{}", "w": b"abc"}


def test_a_file_on_a_disk_that_changes_is_noticed(root, tmp_path):
    on_disk = tmp_path / "config.json"
    on_disk.write_bytes(b"{}")
    files = MemoryFiles({"config.json": on_disk})

    class Telling:
        """Hears of the push, and writes to its source."""

        def begin(self, what, **_):
            if what == "pushing":
                on_disk.write_bytes(b"{ }")

        def advance(self, **_):
            pass

        def warn(self, _):
            pass

    with pytest.raises(SourceChangedError):
        push(root, files, "cat", progress=Telling())
    assert root.refs.latest(ModelName.parse("cat")) is None


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, WrongUsageError),
        ({"../up": []}, UnsafeContentError),
        ({"/etc/passwd": []}, UnsafeContentError),
        ({"a": [], "A": []}, UnsafeContentError),
        ({"a": [], "a/b": []}, UnsafeContentError),
        ({"con": []}, UnsafeContentError),
    ],
)
def test_paths_in_memory_are_as_hostile_as_others(files, error):
    with pytest.raises(error):
        MemoryFiles(files)


def test_folders_and_files_that_are_not_there_are_refused(root, tmp_path):
    with pytest.raises(WrongUsageError, match="is a folder"):
        push(root, MemoryFiles({"a": tmp_path}), "cat")
    with pytest.raises(FileAccessError):
        push(root, MemoryFiles({"a": tmp_path / "none"}), "cat")


def test_options_of_directories_are_refused_and_not_passed_over(root):
    files = MemoryFiles({"a": [memoryview(b"abc")]})
    for options in (PushOptions(exclude=("a",)), PushOptions(follow_links=True)):
        with pytest.raises(WrongUsageError, match="in memory"):
            push(root, files, "cat", options)


def test_buffers_of_anything_but_bytes_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="flat and of bytes"):
        MemoryFiles({"a": [np.zeros(3, "f4").data]})
    with pytest.raises(ValueError, match="flat and of bytes"):
        MemoryFiles({"a": [np.zeros((3, 3), "u1").data]})


def test_a_pickle_in_memory_is_looked_at_too(root):
    hostile = pickle.dumps(print)
    with pytest.raises(UnsafeContentError):
        push(root, MemoryFiles({"model.pkl": [memoryview(hostile)]}), "cat")


def test_a_delta_is_made_from_memory_too(root):
    rng = np.random.default_rng(3)
    weights = rng.standard_normal(2 * MIB, dtype=np.float32)
    first = safetensors({"w": ("F32", (2 * MIB,), weights.tobytes())})
    push(root, in_memory({"m.safetensors": first}), "cat")
    tuned = safetensors({"w": ("F32", (2 * MIB,), (weights * np.float32(1 + 1e-6)).tobytes())})
    done = push(root, in_memory({"m.safetensors": tuned}), "cat", PushOptions(delta=True))
    assert done.stored_bytes < 0.6 * len(tuned)
