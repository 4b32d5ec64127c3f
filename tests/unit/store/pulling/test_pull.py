"""Pulling: what comes is what was pushed, and what stands there is respected."""

import os
import pickle
import stat

import pytest
from support.hand_made import Bundle, HandMade, hole, put_alone
from support.pulls import Heard, files_in, names, publish, pull_to, tree, watched_root
from support.stores import noise, safetensors, write_tree

from podplanner.errors import (
    ConflictError,
    NotPermittedError,
    ObjectCorruptError,
    SignatureError,
    UnknownNameError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.names import ModelName, Reference
from podplanner.store.pulling import pull
from podplanner.store.pushing import PushOptions, push
from podplanner.store.root import open_root

MIB = 2**20
FILES = {
    "config.json": [b'{"layers": 2}'],
    "empty": [],
    "weights/big": [noise(70_000, 1), noise(70_000, 2), noise(5, 3)],
    "weights/deep/er/x": [b"x"],
    "ünïcode/名前": ["grüße".encode()],
}
PLAIN = {path: b"".join(pieces) for path, pieces in FILES.items()}


@pytest.fixture
def root():
    root = watched_root()
    publish(root, FILES)
    return root


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "here" / "model"


@pytest.mark.parametrize("threads", [None, 1, 5])
def test_a_version_into_a_new_directory(root, dest, threads):
    done = pull_to(root, dest, threads=threads)
    assert files_in(dest) == PLAIN
    assert (done.model, done.version, done.files) == ("cat", 1, 5)
    assert done.bytes == done.fetched_bytes == sum(map(len, PLAIN.values()))
    assert (done.kept, done.strangers, done.free_bytes) == ((), (), None)
    assert done.manifest == root.refs.record(ModelName.parse("cat"), 1).manifest
    assert names(dest.parent) == ["model"], "nothing of ours is left"


def test_into_an_empty_directory_that_is_there(root, dest):
    dest.mkdir(parents=True)
    dest.chmod(0o750)
    pull_to(root, dest)
    assert files_in(dest) == PLAIN
    assert stat.S_IMODE(dest.stat().st_mode) == 0o750


def test_what_a_push_took_comes_back_exactly(tmp_path, dest):
    root = watched_root()
    source = write_tree(
        tmp_path / "source",
        {
            "a.safetensors": safetensors({"w": ("F32", (1000, 200), noise(800_000, 1))}),
            "run.sh": b"#!/bin/sh\n",
            "text.txt": b"many words " * 9000,
            "nothing": b"",
        },
    )
    (source / "run.sh").chmod(0o755)
    (source / "empty" / "inner").mkdir(parents=True)
    push(root, source, "cat", PushOptions(encoding="fast"))
    done = pull_to(root, dest)
    assert tree(dest) == tree(source)
    assert os.access(dest / "run.sh", os.X_OK)
    assert not os.access(dest / "text.txt", os.X_OK)
    assert done.fetched_bytes < done.bytes, "it was packed"


def test_by_number_alias_and_name(root, dest):
    publish(root, {"a": [b"2"]})
    root.refs.move_alias(ModelName.parse("cat"), "prod", 1)
    assert pull_to(root, dest / "1", "cat:prod").version == 1
    assert pull_to(root, dest / "2", "CAT:1").version == 1
    assert pull_to(root, dest / "3", "cat").version == 2
    for reference in ("cat:9", "cat:none", "dog"):
        with pytest.raises(UnknownNameError):
            pull_to(root, dest / "4", reference)
    assert names(dest) == ["1", "2", "3"]


def test_holes_come_back_as_holes(root, dest):
    publish(root, {"a": []}, "sparse")
    end = put_alone(root.backend, b"the end")
    HandMade({"a": [hole(50 * 10**9), end, hole(3)], "b": [hole(7)]}).publish(root, "sparse")
    assert pull_to(root, dest, "sparse").bytes == 50 * 10**9 + 17
    found = (dest / "a").stat()
    assert found.st_size == 50 * 10**9 + 10
    assert found.st_blocks * 512 < MIB
    with (dest / "a").open("rb") as file:
        file.seek(50 * 10**9)
        assert file.read() == b"the end\0\0\0"
    assert (dest / "b").read_bytes() == bytes(7)


def test_a_sparse_file_that_is_there_is_judged_without_reading_its_holes(root, dest):
    HandMade({"a": [hole(50 * 10**9), put_alone(root.backend, b"x")]}).publish(root, "sparse")
    pull_to(root, dest, "sparse")
    assert pull_to(root, dest, "sparse").kept == ("a",)
    with (dest / "a").open("r+b") as file:
        file.seek(10**9)
        file.write(b"\0" * 5000)
    assert pull_to(root, dest, "sparse").kept == ("a",), "zeros that are written are zeros too"
    with (dest / "a").open("r+b") as file:
        file.seek(10**9)
        file.write(b"1")
    with pytest.raises(ConflictError, match="a in "):
        pull_to(root, dest, "sparse")


def test_pulled_again_everything_is_kept(root, dest):
    pull_to(root, dest)
    before = {path: (dest / path).stat() for path in PLAIN}
    done = pull_to(root, dest)
    assert done.kept == tuple(sorted(PLAIN))
    assert done.fetched_bytes == 0
    for path, found in before.items():
        now = (dest / path).stat()
        assert (now.st_ino, now.st_mtime_ns) == (found.st_ino, found.st_mtime_ns)


def test_what_is_missing_is_added_and_strangers_stay(root, dest):
    pull_to(root, dest)
    (dest / "config.json").unlink()
    write_tree(dest, {"weights/mine": b"m", "other/thing": b"o", ".git/config": b"g"})
    done = pull_to(root, dest)
    assert done.strangers == ("other/", "weights/mine")
    assert done.fetched_bytes == len(PLAIN["config.json"])
    assert files_in(dest) == {
        **PLAIN,
        "weights/mine": b"m",
        "other/thing": b"o",
        ".git/config": b"g",
    }
    done = pull_to(root, dest, exact=True)
    assert done.strangers == ("other/", "weights/mine")
    assert files_in(dest) == {**PLAIN, ".git/config": b"g"}


@pytest.mark.parametrize("other", [b"other", b'{"layers": 3}'])
def test_a_file_that_differs_is_not_replaced_unasked(root, dest, other):
    write_tree(dest, {"config.json": other})
    with pytest.raises(ConflictError, match=r"config\.json in .* would be replaced") as caught:
        pull_to(root, dest)
    assert "--force" in caught.value.hint
    assert tree(dest) == {"config.json": other}
    assert names(dest.parent) == ["model"]
    assert root.backend.reads == []
    done = pull_to(root, dest, force=True)
    assert files_in(dest) == PLAIN
    assert done.kept == ()


def test_swap_exchanges_the_directory(root, dest):
    write_tree(dest, {"config.json": b"other", "stranger": b"s"})
    before = dest.stat().st_ino
    done = pull_to(root, dest, swap=True)
    assert files_in(dest) == PLAIN
    assert done.strangers == ("stranger",)
    assert dest.stat().st_ino != before
    assert names(dest.parent) == ["model"]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["*.json"], {"config.json"}),
        (["weights/*"], {"weights/big", "weights/deep/er/x"}),
        (["weights"], {"weights/big", "weights/deep/er/x"}),
        (["weights/deep/"], {"weights/deep/er/x"}),
        (["empty", "ünï*/*"], {"empty", "ünïcode/名前"}),
        (["*"], set(PLAIN)),
    ],
)
def test_only_the_files_that_are_asked_for(root, dest, patterns, expected):
    done = pull_to(root, dest, files=patterns)
    assert files_in(dest) == {path: PLAIN[path] for path in expected}
    assert done.files == len(expected)
    assert done.bytes == done.fetched_bytes == sum(len(PLAIN[path]) for path in expected)


def test_the_rest_of_the_version_is_no_stranger(root, dest):
    pull_to(root, dest)
    (dest / "config.json").unlink()
    assert pull_to(root, dest, files=["config.json"]).strangers == ()
    assert files_in(dest) == PLAIN


def test_a_pattern_that_fits_nothing_is_told(root, dest):
    with pytest.raises(UnknownNameError, match=r"'\*\.bin' fits no file of cat:1, which has conf"):
        pull_to(root, dest, files=["*.json", "*.bin"])
    with pytest.raises(WrongUsageError, match="--exact"):
        pull_to(root, dest, files=["*.json"], exact=True)
    assert not dest.parent.exists()


def test_a_dry_run_writes_nothing_and_tells_what_would_be_read(root, dest):
    done = pull_to(root, dest, dry_run=True)
    assert done.fetched_bytes == done.bytes
    assert done.free_bytes > 0
    assert not dest.parent.exists()
    assert root.backend.reads == []
    pull_to(root, dest)
    (dest / "weights/big").write_bytes(PLAIN["weights/big"][:-5] + b"12345")
    with pytest.raises(ConflictError):
        pull_to(root, dest, dry_run=True)
    trial = pull_to(root, dest, dry_run=True, force=True)
    assert trial.fetched_bytes == pull_to(root, dest, force=True).fetched_bytes == 5
    assert files_in(dest) == PLAIN


def test_of_a_file_that_is_replaced_only_what_differs_is_read(root, dest):
    pull_to(root, dest)
    content = bytearray(PLAIN["weights/big"])
    content[70_001] ^= 1
    (dest / "weights/big").write_bytes(bytes(content) + b"longer than before")
    done = pull_to(root, dest, force=True)
    assert done.fetched_bytes == 70_000
    assert files_in(dest) == PLAIN


def test_swap_takes_what_is_equal_from_the_old_directory(root, dest):
    pull_to(root, dest)
    (dest / "config.json").write_bytes(b"other")
    assert pull_to(root, dest, swap=True).fetched_bytes == len(PLAIN["config.json"])
    assert files_in(dest) == PLAIN


def test_a_file_that_may_not_be_read_is_a_conflict_and_can_be_replaced(root, dest):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    pull_to(root, dest)
    (dest / "config.json").chmod(0)
    with pytest.raises(ConflictError):
        pull_to(root, dest)
    pull_to(root, dest, force=True)
    assert files_in(dest) == PLAIN


def test_a_piece_that_is_there_often_is_read_once(root, dest):
    again = put_alone(root.backend, noise(3000, 9))
    HandMade({"a": [again] * 5, "b": [again] * 3}, table_pieces=64).publish(root, "often")
    assert pull_to(root, dest, "often").fetched_bytes == 3000
    assert files_in(dest) == {"a": noise(3000, 9) * 5, "b": noise(3000, 9) * 3}


def test_a_bundle_is_read_once_for_all_its_files(root, dest):
    bundle = Bundle(root.backend)
    for seed in range(300):
        bundle.add(noise(200, seed))
    rows = bundle.put()
    made = HandMade({f"f{n:03}": [row] for n, row in enumerate(rows)}, table_pieces=1000)
    made.publish(root, "small")
    pull_to(root, dest, "small")
    assert len(root.backend.reads) == 1
    assert files_in(dest) == {f"f{n:03}": noise(200, n) for n in range(300)}


def test_more_files_at_once_than_may_be_open(root, dest):
    # Every object goes into every file, so that all files are open until the last object.
    rows = [put_alone(root.backend, noise(50, n)) for n in range(4)]
    HandMade({f"f{n:03}": rows for n in range(400)}, table_pieces=5000).publish(root, "wide")
    whole = b"".join(noise(50, n) for n in range(4))
    done = pull_to(root, dest, "wide", threads=4)
    assert done.fetched_bytes == 200
    assert files_in(dest) == {f"f{n:03}": whole for n in range(400)}


def test_reading_needs_no_permission_to_write(root, dest):
    reader = open_root(ReadOnlyBackend(root.backend))
    assert pull(reader, Reference.parse("cat"), dest).version == 1
    assert files_in(dest) == PLAIN


def test_progress_tells_files_and_bytes(root, dest):
    heard = Heard()
    pull_to(root, dest, progress=heard)
    total = sum(map(len, PLAIN.values()))
    assert heard.begun == [("pulling", 5, total)]
    assert (heard.files, heard.size, heard.moved) == (5, total, total)
    (dest / "config.json").unlink()
    heard = Heard()
    pull_to(root, dest, progress=heard)
    assert [what for what, _, _ in heard.begun] == ["comparing", "pulling"]
    assert (heard.files, heard.size) == (1, len(PLAIN["config.json"]))


def test_unsafe_pickles_are_refused_unless_allowed(tmp_path, dest):
    root = watched_root()
    source = write_tree(tmp_path / "source", {"a.pkl": pickle.dumps(os.system), "b.txt": b"b"})
    push(root, source, "cat", PushOptions(allow_pickle=True))
    with pytest.raises(
        UnsafeContentError, match=r"a\.pkl: its pickle imports posix\.system"
    ) as caught:
        pull_to(root, dest)
    assert "--allow-pickle" in caught.value.hint
    assert not dest.parent.exists()
    assert pull_to(root, dest / "part", files=["b.txt"]).files == 1
    heard = Heard()
    pull_to(root, dest / "all", allow_pickle=True, progress=heard)
    assert files_in(dest / "all") == files_in(source)
    assert len(heard.warnings) == 1


def test_a_signature_is_checked_before_anything_is_written(root, dest):
    seen = []

    def refuse(version):
        seen.append(str(version))
        raise SignatureError("not signed")

    with pytest.raises(SignatureError):
        pull_to(root, dest, check_signature=refuse)
    assert seen == ["cat:1"]
    assert not dest.parent.exists()
    pull_to(root, dest, check_signature=lambda version: seen.append(str(version)))
    assert seen == ["cat:1", "cat:1"]
    assert files_in(dest) == PLAIN


@pytest.mark.parametrize(
    "paths",
    [
        ["../out"],
        ["/etc/passwd"],
        ["a/../../out"],
        ["C:/x"],
        ["a\\b"],
        ["nul"],
        ["a\0b"],
        ["A", "a"],
        ["é", "e\u0301"],
        ["a", "a/b"],
        [".git/hooks/post-checkout"],
        ["x" * 300],
    ],
)
def test_hostile_paths_are_refused(root, dest, paths):
    row = put_alone(root.backend, b"evil")
    HandMade({path: [row] for path in paths}).publish(root, "evil")
    for options in ({}, {"force": True}, {"swap": True}, {"dry_run": True}):
        with pytest.raises(UnsafeContentError):
            pull_to(root, dest, "evil", **options)
    assert not dest.parent.exists()
    assert root.backend.reads == []


def test_a_path_twice_is_refused(root, dest):
    made = HandMade({"a": [put_alone(root.backend, b"1")], "b": [put_alone(root.backend, b"2")]})
    made.entries = {"b": {"path": "a"}}
    made.publish(root, "twice")
    with pytest.raises(UnsafeContentError, match="twice"):
        pull_to(root, dest, "twice")


def test_nothing_is_written_through_a_link(root, dest, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    dest.mkdir(parents=True)
    (dest / "weights").symlink_to(outside)
    with pytest.raises(UnsafeContentError, match="is a link"):
        pull_to(root, dest, force=True)
    assert names(outside) == []


def test_a_manifest_that_contradicts_itself_is_refused(root, dest):
    made = HandMade({"a": [put_alone(root.backend, b"12")], "b": [put_alone(root.backend, b"1")]})
    made.entries = {"a": {"size": 1}, "b": {"size": 2}}
    made.publish(root, "lie")
    with pytest.raises(ObjectCorruptError, match="contradicts itself"):
        pull_to(root, dest, "lie")
    assert not dest.parent.exists()


def test_a_directory_that_may_not_be_written_is_told(root, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(NotPermittedError):
            pull_to(root, tmp_path / "model")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_way_of_the_directory_is_told(root, tmp_path):
    (tmp_path / "model").write_bytes(b"mine")
    with pytest.raises(ConflictError, match="not a directory"):
        pull_to(root, tmp_path / "model", force=True)
    assert (tmp_path / "model").read_bytes() == b"mine"
