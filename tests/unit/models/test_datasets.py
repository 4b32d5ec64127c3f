"""Data sets, named by digests that are the same everywhere."""

import os
import subprocess
import sys

import numpy as np
import pytest
from blake3 import blake3

from podplanner.errors import FileAccessError, FormatError, UnsafeContentError, WrongUsageError
from podplanner.models import Dataset, save


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "cats"
    (place / "b").mkdir(parents=True)
    (place / "a.csv").write_bytes(b"x,y\n1,2\n3,4")
    (place / "b" / "z.bin").write_bytes(bytes(range(256)))
    (place / "b" / "\u00e9.txt").write_bytes(b"")
    return place


FOLDER = "blake3:a28a03e2cba91efd58b47447bf80e0fb3f0cbbd5fd359d456a91afe1a0c5489b"
ARRAYS = "blake3:10b6b312b45752d775cf6969d6f15f5d353f115d29811f996cbbc10c3a09977a"


def test_a_folder_has_the_digest_that_the_definition_says(folder):
    found = Dataset.from_path(folder)
    lines = ["podplanner/dataset/1\n"]
    for path in ("a.csv", "b/z.bin", "b/\u00e9.txt"):
        content = (folder / path).read_bytes()
        lines.append(f"{blake3(content).hexdigest()} {len(content)} {path}\n")
    assert found.digest == "blake3:" + blake3("".join(lines).encode()).hexdigest() == FOLDER
    assert (found.name, found.files, found.bytes, found.lines) == ("cats", 3, 267, 3)


def test_a_file_has_the_digest_of_its_bytes_whatever_its_name(folder):
    found = Dataset.from_path(folder / "a.csv")
    assert found.digest == "blake3:" + blake3(b"x,y\n1,2\n3,4").hexdigest()
    assert (found.name, found.files, found.bytes, found.lines) == ("a.csv", 1, 11, 3)
    (folder / "a.csv").rename(folder / "renamed")
    again = Dataset.from_path(folder / "renamed", "squad")
    assert (again.digest, again.name, again.lines) == (found.digest, "squad", None)


def test_a_large_file_is_read_in_blocks(tmp_path):
    content = np.random.default_rng(0).bytes(9 * 2**20 + 7)
    (tmp_path / "large.jsonl").write_bytes(content)
    found = Dataset.from_path(tmp_path / "large.jsonl")
    assert found.digest == "blake3:" + blake3(content).hexdigest()
    assert found.lines == content.count(b"\n") + (not content.endswith(b"\n"))


def test_a_byte_and_a_name_in_a_folder_change_the_digest(folder):
    seen = {Dataset.from_path(folder).digest}
    (folder / "a.csv").write_bytes(b"x,y\n1,2\n3,5")
    seen.add(Dataset.from_path(folder).digest)
    (folder / "a.csv").rename(folder / "c.csv")
    seen.add(Dataset.from_path(folder).digest)
    (folder / "more").write_bytes(b"")
    seen.add(Dataset.from_path(folder).digest)
    assert len(seen) == 4


def test_times_permissions_and_what_tools_keep_do_not(folder):
    before = Dataset.from_path(folder)
    os.utime(folder / "a.csv", (1, 1))
    (folder / "a.csv").chmod(0o700)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    (folder / "empty").mkdir()
    assert Dataset.from_path(folder) == before
    (folder / "notes").write_text("x")
    assert Dataset.from_path(folder) != before
    assert Dataset.from_path(folder, exclude=["/notes"]) == before
    (folder / ".podplannerignore").write_text("notes\n.podplannerignore\n")
    assert Dataset.from_path(folder) == before


def test_links_are_refused_or_followed(folder, tmp_path):
    before = Dataset.from_path(folder)
    (folder / "b" / "z.bin").rename(tmp_path / "elsewhere")
    (folder / "b" / "z.bin").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeContentError, match=r"b/z\.bin is a link"):
        Dataset.from_path(folder)
    assert Dataset.from_path(folder, follow_links=True) == before


def test_what_is_not_there_or_holds_nothing_is_refused(tmp_path):
    with pytest.raises(FileAccessError):
        Dataset.from_path(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongUsageError, match="nothing to store"):
        Dataset.from_path(tmp_path / "empty")


def test_the_working_directory_has_its_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert Dataset.from_path(".") == Dataset.from_path(folder)


def test_a_version_of_a_store_has_the_digest_of_its_manifest(store):
    saved = save({"w": np.zeros(3)}, "team/data", store=store, alias="train")
    found = Dataset.from_store("team/data:train", store, split="train", license="mit")
    assert found.digest == f"blake3:{saved.manifest}"
    assert (found.name, found.revision, found.files) == ("team/data", "1", 1)
    save({"w": np.ones(3)}, "cat", store=store, dataset=found)
    (said,) = store.show("cat").metadata["datasets"]
    assert said == {
        "name": "team/data",
        "digest": found.digest,
        "revision": "1",
        "split": "train",
        "license": "mit",
        "note": f"1 file, {found.bytes} bytes",
    }


X = np.arange(6, dtype="f4").reshape(2, 3)
Y = np.array(["cat", "dog"])


def test_arrays_have_the_digest_that_the_definition_says():
    found = Dataset.from_arrays(X, Y, name="pets", w=np.array(2, "i8"))
    lines = (
        "podplanner/arrays/1\n"
        f"{blake3(X.tobytes()).hexdigest()} F32 2,3 0\n"
        f"{blake3(Y.tobytes()).hexdigest()} <U3 2 1\n"
        f"{blake3((2).to_bytes(8, 'little')).hexdigest()} I64 - w\n"
    )
    assert found.digest == "blake3:" + blake3(lines.encode()).hexdigest() == ARRAYS
    assert (found.name, found.bytes, found.rows) == ("pets", 24 + 24 + 8, 2)


def test_layout_and_order_of_bytes_do_not_change_the_digest_of_arrays():
    before = Dataset.from_arrays(X, name="x").digest
    assert Dataset.from_arrays(np.asfortranarray(X), name="x").digest == before
    assert Dataset.from_arrays(X.astype(">f4"), name="x").digest == before
    assert Dataset.from_arrays(np.repeat(X, 2, axis=0)[::2], name="x").digest == before


def test_values_types_shapes_and_names_change_it():
    different = [
        Dataset.from_arrays(X, name="x"),
        Dataset.from_arrays(X + 1, name="x"),
        Dataset.from_arrays(X.astype("f8"), name="x"),
        Dataset.from_arrays(X.view("i4"), name="x"),
        Dataset.from_arrays(X.reshape(3, 2), name="x"),
        Dataset.from_arrays(X[0], X[1], name="x"),
        Dataset.from_arrays(X[1], X[0], name="x"),
        Dataset.from_arrays(name="x", x=X),
        Dataset.from_arrays(np.zeros((0, 3), "f4"), name="x"),
        Dataset.from_arrays(np.zeros((3, 0), "f4"), name="x"),
        Dataset.from_arrays(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), name="x"),
        Dataset.from_arrays(np.array([(1, 2.0)], dtype=[("a", "i4"), ("c", "f8")]), name="x"),
    ]
    assert len({one.digest for one in different}) == len(different)


def test_large_arrays_are_read_in_blocks(tmp_path):
    large = np.random.default_rng(1).random((3, 700_000))
    plain = Dataset.from_arrays(large, name="x").digest
    assert Dataset.from_arrays(np.asfortranarray(large), name="x").digest == plain
    np.save(tmp_path / "x.npy", large)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert Dataset.from_arrays(mapped, name="x").digest == plain


def test_tensors_of_torch_have_the_digest_of_the_same_arrays():
    torch = pytest.importorskip("torch", reason="needs torch")
    here = Dataset.from_arrays(torch.from_numpy(X), torch.tensor(3.0), name="x")
    assert here.digest == Dataset.from_arrays(X, np.array(3, "f4"), name="x").digest
    with pytest.raises(FormatError, match="sparse"):
        Dataset.from_arrays(torch.eye(3).to_sparse(), name="x")


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        ([1, 2], WrongUsageError, "0 is a builtins.list and no array"),
        (np.array(["a", 1], object), FormatError, "holds objects of Python"),
        (np.ma.masked_array([1, 2], [True, False]), FormatError, "is masked"),
    ],
    ids=["list", "objects", "masked"],
)
def test_what_has_no_plain_bytes_is_refused(value, error, says):
    with pytest.raises(error, match=says):
        Dataset.from_arrays(value, name="x")


def test_without_arrays_or_with_two_of_a_name_there_is_no_data_set():
    with pytest.raises(WrongUsageError, match="no arrays"):
        Dataset.from_arrays(name="x")
    for name in ("0", "a\nb"):
        with pytest.raises(WrongUsageError, match="cannot name an array"):
            Dataset.from_arrays(X, name="x", **{name: X})


def test_a_data_set_of_a_name_alone_is_that():
    assert Dataset("squad").described() == {"name": "squad"}
    assert Dataset("squad", note="by hand", rows=1).described()["note"] == "by hand; 1 row"


def test_hashing_takes_little_memory(tmp_path):
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(512 * 2**20)
    code = f"""
import resource
from podplanner.models import Dataset
from podplanner.store.worktree.scan import scan
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
Dataset.from_path({str(tmp_path)!r})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64 * 1024
