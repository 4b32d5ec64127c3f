"""Reading a file that a scan found: whole, by holes, and never when it is another."""

import errno
import os
import threading

import pytest

from podplanner.errors import FileAccessError, SourceChangedError
from podplanner.store.worktree import holes, readable
from podplanner.store.worktree.holes import Extent
from podplanner.store.worktree.scan import scan
from podplanner.store.worktree.source import open_source


@pytest.fixture
def one(tmp_path):
    """Return a function that makes the only file of a directory, and scans it."""

    def make(content):
        (tmp_path / "file").write_bytes(content)
        return scan(tmp_path).files[0]

    return make


def test_ranges_come_back_and_end_with_the_file(one):
    content = bytes(range(256)) * 50
    with open_source(one(content)) as opened:
        assert opened.size == len(content)
        assert opened.read_at(300, 100) == content[300:400]
        assert opened.read_at(len(content) - 5, 100) == content[-5:]
        assert opened.read_at(len(content), 10) == b""
        buffer = bytearray(len(content) + 10)
        assert opened.read_into(0, memoryview(buffer)) == len(content)
        assert buffer[: len(content)] == content
        assert list(opened.holes()) == []
        assert list(opened.written()) == [Extent(0, len(content))]
        assert opened.unchanged()


def test_reads_that_come_short_are_continued(one, monkeypatch):
    content = os.urandom(10_000)
    plain = os.preadv
    monkeypatch.setattr(
        readable.os, "preadv", lambda fd, buffers, at: plain(fd, [buffers[0][:700]], at)
    )
    with open_source(one(content)) as opened:
        assert opened.read_at(10, 9000) == content[10:9010]


def test_a_system_without_preadv_reads_the_same(one, monkeypatch):
    content = os.urandom(100_000)
    monkeypatch.delattr(readable.os, "preadv")
    with open_source(one(content)) as opened:
        found = {}

        def read(number):
            found[number] = opened.read_at(number * 1000, 1000)

        threads = [threading.Thread(target=read, args=(n,)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert b"".join(found[n] for n in range(100)) == content


def test_holes_are_seen(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        file.truncate(2**30)
        file.seek(2**20)
        file.write(b"x" * 2**16)
    file = scan(tmp_path).files[0]
    with open_source(file) as opened:
        found = list(opened.holes())
        data = list(opened.written())
    assert found == [Extent(0, 2**20), Extent(2**20 + 2**16, 2**30 - 2**20 - 2**16)]
    assert data == [Extent(2**20, 2**16)]


def test_a_file_that_is_one_hole(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        file.truncate(50 * 10**9)
    with open_source(scan(tmp_path).files[0]) as opened:
        assert list(opened.holes()) == [Extent(0, 50 * 10**9)]


@pytest.mark.parametrize("answer", [errno.EINVAL, errno.EOPNOTSUPP])
def test_a_file_system_that_knows_no_holes_has_none(tmp_path, monkeypatch, answer):
    with (tmp_path / "file").open("wb") as file:
        file.truncate(2**20)

    def cannot(*_):
        raise OSError(answer, "no")

    with open_source(scan(tmp_path).files[0]) as opened:
        monkeypatch.setattr(holes.os, "lseek", cannot)
        assert list(opened.holes()) == []
        monkeypatch.delattr(holes.os, "SEEK_DATA")
        assert list(opened.holes()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"other"),
        lambda path: os.utime(path),
        lambda path: path.chmod(0o600),
        lambda path: (path.rename(path.with_name("old")), path.write_bytes(b"content")),
        lambda path: (path.rename(path.with_name("old")), path.symlink_to("old")),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
    ids=["written", "touched", "mode", "replaced", "linked", "removed", "folder", "pipe"],
)
def test_a_change_is_noticed_before_and_during_reading(tmp_path, one, change):
    file = one(b"content")
    with open_source(file) as opened:
        assert opened.unchanged()
        change(tmp_path / "file")
        assert not opened.unchanged()
        with pytest.raises(SourceChangedError, match="file changed"):
            opened.require_unchanged()
    with pytest.raises(SourceChangedError):
        open_source(file)


def test_a_file_that_becomes_shorter_is_noticed_at_once(tmp_path, one):
    file = one(b"x" * 5000)
    with open_source(file) as opened:
        os.truncate(tmp_path / "file", 100)
        with pytest.raises(SourceChangedError, match="shorter"):
            opened.read_at(0, 5000)


def test_a_link_that_turns_elsewhere_is_noticed(tmp_path):
    (tmp_path / "d").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"same")
    (tmp_path / "d/link").symlink_to("../one")
    (file,) = scan(tmp_path / "d", follow_links=True).files
    with open_source(file) as opened:
        assert opened.read_at(0, 9) == b"same"
        (tmp_path / "d/link").unlink()
        (tmp_path / "d/link").symlink_to("../two")
        assert not opened.unchanged()


def test_a_disk_that_fails_is_no_traceback(one, monkeypatch):
    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    with open_source(one(b"content")) as opened:
        monkeypatch.setattr(readable.os, "preadv", fails)
        with pytest.raises(FileAccessError, match="input/output error") as refused:
            opened.read_at(0, 7)
    assert "disk" in refused.value.hint
