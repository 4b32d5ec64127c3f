"""Scanning a directory for a push: what is stored, left out, refused."""

import os
import socket
import subprocess
import sys
import time

import pytest

from podplanner.errors import (
    ConflictError,
    FileAccessError,
    FormatError,
    SourceChangedError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.store.founding import found_store
from podplanner.store.worktree.scan import scan

scanning = sys.modules[scan.__module__]


def fill(root, *paths, content=b"x"):
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def paths(result):
    return [file.path for file in result.files]


def test_files_come_in_order_of_their_paths_with_what_the_disk_says(tmp_path):
    fill(tmp_path, "b", "a/x", "a.b", "B2", "é", "日本/モデル", content=b"four")
    (tmp_path / "b").chmod(0o755)
    (tmp_path / "empty/inner").mkdir(parents=True)
    result = scan(tmp_path)
    assert paths(result) == ["B2", "a.b", "a/x", "b", "é", "日本/モデル"]
    assert result.folders == ("empty/inner",)
    assert result.left_out == ()
    assert result.total_bytes == 24
    assert abs(result.time - time.time()) < 60
    by_path = {file.path: file for file in result.files}
    assert by_path["b"].executable
    assert not by_path["a/x"].executable
    found = (tmp_path / "a/x").stat()
    assert by_path["a/x"].identity == (
        found.st_dev,
        found.st_ino,
        4,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )
    assert by_path["a/x"].real == os.path.realpath(tmp_path / "a/x")


def test_twins_on_a_careless_file_system_are_refused(tmp_path):
    fill(tmp_path, "Model.bin", "model.bin")
    with pytest.raises(UnsafeContentError, match="same name"):
        scan(tmp_path)


def test_a_name_in_decomposed_form_is_stored_composed(tmp_path):
    fill(tmp_path, "e\u0301te\u0301/mode\u0300le")
    (file,) = scan(tmp_path).files
    assert file.path == "été/modèle"
    assert (tmp_path / "e\u0301te\u0301/mode\u0300le").samefile(file.real)
    fill(tmp_path, "été/modèle")
    with pytest.raises(UnsafeContentError, match="été"):
        scan(tmp_path)


def test_a_name_that_is_not_utf_8_is_refused_and_shown(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.bin")).write_bytes(b"")
    with pytest.raises(UnsafeContentError, match=r"caf\\udce9.bin .*not UTF-8"):
        scan(tmp_path)


@pytest.mark.parametrize("name", ["con.txt", "a:b", "back\\slash", "ends.", "tab\there"])
def test_a_name_that_a_version_cannot_have_is_refused(tmp_path, name):
    fill(tmp_path, "ok", name)
    with pytest.raises(UnsafeContentError, match="refused"):
        scan(tmp_path)


def test_what_tools_keep_for_themselves_is_left_out_and_named(tmp_path):
    fill(
        tmp_path,
        "model.bin",
        ".git/config",
        "sub/.hg/hgrc",
        "sub/.svn/entries",
        "code/__pycache__/a.pyc",
        ".DS_Store",
        "Thumbs.db",
        ".ipynb_checkpoints/n.ipynb",
        ".cache/huggingface/download/x.metadata",
        ".cache/mine",
        "huggingface/kept",
        ".out.podplanner-0123456789abcdef/tree/x",
        ".podplanner-0123456789abcdef/tree/x",
        ".nfs000000000123456700000001",
    )
    result = scan(tmp_path)
    assert paths(result) == [".cache/mine", "huggingface/kept", "model.bin"]
    assert [one.path for one in result.left_out] == [
        ".DS_Store",
        ".cache/huggingface/",
        ".git/",
        ".ipynb_checkpoints/",
        ".nfs000000000123456700000001",
        ".out.podplanner-0123456789abcdef/",
        ".podplanner-0123456789abcdef/",
        "Thumbs.db",
        "code/__pycache__/",
        "sub/.hg/",
        "sub/.svn/",
    ]
    assert all(one.why for one in result.left_out)
    # A folder of which all is left out goes with it.
    assert result.folders == ()


def test_patterns_are_those_of_git_and_the_command_line_wins(tmp_path):
    fill(tmp_path, "a.log", "keep.log", "logs/x", "deep/logs/y", "top", "deep/top", "w.bin")
    (tmp_path / ".podplannerignore").write_text("# ours\n*.log\n!keep.log\n/logs/\n\n/top\n")
    result = scan(tmp_path, exclude=["./w.bin", "!a.log"])
    assert paths(result) == [".podplannerignore", "a.log", "deep/logs/y", "deep/top", "keep.log"]
    assert {(one.path, one.why) for one in result.left_out} == {
        ("logs/", ".podplannerignore"),
        ("top", ".podplannerignore"),
        ("w.bin", "--exclude"),
    }


def test_patterns_compare_names_as_they_are_stored(tmp_path):
    fill(tmp_path, "e\u0301.bin", "b")
    (tmp_path / ".podplannerignore").write_text("e\u0301.bin\n", encoding="utf-8")
    assert paths(scan(tmp_path)) == [".podplannerignore", "b"]


def test_a_bad_pattern_is_named_with_its_line(tmp_path):
    fill(tmp_path, "a")
    with pytest.raises(WrongUsageError, match="--exclude !"):
        scan(tmp_path, exclude=["!"])
    (tmp_path / ".podplannerignore").write_text("fine\n!\n")
    with pytest.raises(FormatError, match="line 2"):
        scan(tmp_path)
    (tmp_path / ".podplannerignore").write_bytes(b"caf\xe9\n")
    with pytest.raises(FormatError, match="UTF-8"):
        scan(tmp_path)


def test_links_are_refused_with_their_number_and_the_way_out(tmp_path):
    fill(tmp_path, "blob")
    (tmp_path / "b").symlink_to("blob")
    (tmp_path / "a").symlink_to("blob")
    (tmp_path / "dir").symlink_to(tmp_path)
    with pytest.raises(UnsafeContentError, match="a and 2 more are links") as refused:
        scan(tmp_path)
    assert "--follow-links" in refused.value.hint
    assert "Hugging Face" in refused.value.message
    assert paths(scan(tmp_path, exclude=["/a", "/b", "dir"])) == ["blob"]


def test_a_hugging_face_snapshot_is_stored_when_links_are_followed(tmp_path):
    fill(tmp_path, "blobs/abc", content=b"weights")
    snapshot = tmp_path / "snapshots/rev"
    (snapshot / "sub").mkdir(parents=True)
    (snapshot / "model.bin").symlink_to("../../blobs/abc")
    (snapshot / "sub/same").symlink_to("../../../blobs/abc")
    with pytest.raises(UnsafeContentError, match="follow"):
        scan(snapshot)
    result = scan(snapshot, follow_links=True)
    assert paths(result) == ["model.bin", "sub/same"]
    assert all(file.followed and file.identity.size == 7 for file in result.files)
    # A link that the user named is followed as it is.
    assert paths(scan(snapshot / "model.bin")) == ["model.bin"]
    (tmp_path / "to").symlink_to(snapshot / "sub")
    assert paths(scan(tmp_path / "to", follow_links=True)) == ["same"]


def test_links_to_folders_are_followed_outside_and_twice_but_never_in_a_circle(tmp_path):
    fill(tmp_path, "out/x", "in/y")
    (tmp_path / "in/one").symlink_to(tmp_path / "out")
    (tmp_path / "in/two").symlink_to(tmp_path / "out")
    assert paths(scan(tmp_path / "in", follow_links=True)) == ["one/x", "two/x", "y"]
    (tmp_path / "out/back").symlink_to(tmp_path / "in")
    with pytest.raises(UnsafeContentError, match="circle"):
        scan(tmp_path / "in", follow_links=True)


def test_links_that_multiply_are_refused_before_memory_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "MOST_FILES", 500)
    for level in range(12):
        folder = tmp_path / f"level{level}"
        folder.mkdir()
        for number in range(3):
            (folder / f"l{number}").symlink_to(tmp_path / f"level{level + 1}")
    (tmp_path / "level12").mkdir()
    with pytest.raises(UnsafeContentError, match="at most"):
        scan(tmp_path / "level0", follow_links=True)


@pytest.mark.parametrize("target", ["nothing", "self"])
def test_a_broken_link_is_named(tmp_path, target):
    (tmp_path / "self").symlink_to(target)
    with pytest.raises(FileAccessError, match="the link self points to nothing"):
        scan(tmp_path, follow_links=True)


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    fill(tmp_path, "a")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsafeContentError, match="pipe is a pipe"):
        scan(tmp_path)
    (tmp_path / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "s"))
        with pytest.raises(UnsafeContentError, match="s is a socket"):
            scan(tmp_path)
    with pytest.raises(UnsafeContentError, match="null is a character device"):
        scan(tmp_path.__class__("/dev/null"))


def test_a_tree_that_is_too_deep_is_refused(tmp_path):
    deep = tmp_path
    for _ in range(140):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(UnsafeContentError, match="names deep"):
        scan(tmp_path)


def test_a_single_file_is_stored_under_its_name(tmp_path):
    fill(tmp_path, "e\u0301.bin")
    result = scan(tmp_path / "e\u0301.bin", exclude=["*.bin"])
    assert paths(result) == ["é.bin"]
    assert result.folders == ()


def test_nothing_to_store_is_said(tmp_path):
    with pytest.raises(FileAccessError, match="no such file"):
        scan(tmp_path / "nothing")
    with pytest.raises(WrongUsageError, match="nothing to store"):
        scan(tmp_path)
    fill(tmp_path, ".git/x")
    with pytest.raises(WrongUsageError, match="but what is left out"):
        scan(tmp_path)
    (tmp_path / "empty").mkdir()
    assert scan(tmp_path).folders == ("empty",)


def test_a_sparse_file_is_marked(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**30)
    fill(tmp_path, "dense", content=b"x" * 10_000)
    marks = {file.path: file.sparse for file in scan(tmp_path).files}
    assert marks == {"sparse": True, "dense": False}


def test_what_vanishes_during_the_scan_is_told(tmp_path, monkeypatch):
    fill(tmp_path, "sub/a")
    plain = os.scandir

    def gone(path):
        if str(path).endswith("sub"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return plain(path)

    monkeypatch.setattr(scanning.os, "scandir", gone)
    with pytest.raises(SourceChangedError, match="meanwhile"):
        scan(tmp_path)


_AS_NOBODY = """
import os, sys
from pathlib import Path
from podplanner.errors import FileAccessError
from podplanner.store.worktree.scan import scan
if os.geteuid() == 0:
    os.setuid(65534)
try:
    scan(Path(sys.argv[1]))
except FileAccessError as error:
    print(error.message)
"""


def test_all_unreadable_files_are_told_in_one_error(tmp_path):
    fill(tmp_path, "a", "b", "c", "locked/x")
    for name in ("b", "c"):
        (tmp_path / name).chmod(0)
    (tmp_path / "locked").chmod(0)
    reach = tmp_path
    while reach != reach.parent and reach.stat().st_uid == os.geteuid():
        # The other user must get as far as the directory itself.
        reach.chmod(reach.stat().st_mode | 0o011)
        reach = reach.parent
    tmp_path.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "locked").chmod(0o755)
    assert told.stdout.strip() == "b and 2 more are not readable"


def make_store(folder):
    found_store(str(folder), single_writer=True)
    return folder


def test_a_store_in_a_source_is_no_part_of_a_model_and_can_be_left_out(tmp_path):
    fill(tmp_path, "config.json", "b/store.json")
    make_store(tmp_path / "a b" / "pod")
    with pytest.raises(ConflictError, match="a b/pod is a store of models") as caught:
        scan(tmp_path)
    assert "--exclude '/a b/pod'" in caught.value.hint
    found = scan(tmp_path, exclude=("/a b/pod",))
    assert paths(found) == ["b/store.json", "config.json"]


def test_a_store_itself_is_no_model(tmp_path):
    with pytest.raises(ConflictError, match="is a store of models and no model") as caught:
        scan(make_store(tmp_path / "pod"))
    assert "store copy" in caught.value.hint
