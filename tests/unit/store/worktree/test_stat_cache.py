"""The stat cache: it gives back what it was given of the same file, or nothing."""

import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from podplanner.store.worktree import stat_cache
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.scan import SourceFile
from podplanner.store.worktree.stat_cache import NAME, StatCache

DAY_NS = 86_400 * 10**9
LATER = 2_000_000_000.0


def file(path="model.bin", **changed):
    identity = FileIdentity(1, 2, 3, 4 * 10**9, 5 * 10**9)._replace(**changed)
    return SourceFile(path, f"/data/{path}", identity, executable=False, sparse=False)


@pytest.fixture
def cache(tmp_path):
    with StatCache(tmp_path / "cache") as opened:
        yield opened


def test_the_same_file_gets_what_was_kept_and_another_gets_nothing(cache):
    one, two = file("one"), file("two", inode=2**64 - 1, device=2**64 - 1)
    cache.put_many({one: b"facts", two: b""}, seen=LATER)
    assert cache.get_many([one, two, file("three")]) == {"one": b"facts", "two": b""}
    for name in FileIdentity._fields:
        other = file("one", **{name: getattr(one.identity, name) + 1})
        assert cache.get_many([other]) == {}
    assert cache.get_many([]) == {}


def test_what_is_put_again_replaces_what_was_there(cache):
    cache.put_many({file(): b"old"}, seen=LATER)
    cache.put_many({file(mtime_ns=9): b"new"}, seen=LATER)
    assert cache.get_many([file()]) == {}
    assert cache.get_many([file(mtime_ns=9)]) == {"model.bin": b"new"}


@pytest.mark.parametrize("which", ["mtime_ns", "ctime_ns"])
@pytest.mark.parametrize(("age_s", "kept"), [(-3600, False), (0, False), (1.9, False), (2.1, True)])
def test_a_file_written_within_two_seconds_is_not_remembered(cache, which, age_s, kept):
    young = file(**{which: int((LATER - age_s) * 1e9)})
    cache.put_many({young: b"facts"}, seen=LATER)
    assert cache.get_many([young]) == ({"model.bin": b"facts"} if kept else {})


def test_another_process_finds_it(tmp_path, cache):
    cache.put_many({file(): b"facts"}, seen=LATER)
    with StatCache(tmp_path / "cache") as other:
        assert other.get_many([file()]) == {"model.bin": b"facts"}


def test_the_folder_is_private_and_found_by_the_store(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    with StatCache.open("0123456789abcdef" * 2) as cache:
        cache.put_many({file(): b"x"}, seen=LATER)
        assert cache.get_many([file()])
    folder = tmp_path / "xdg/podplanner" / ("0123456789abcdef" * 2)
    assert (folder / NAME).is_file()
    assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with StatCache.open("0123456789abcdef") as cache:
        cache.put_many({file(): b"x"}, seen=LATER)
    assert (tmp_path / "home/.cache/podplanner/0123456789abcdef" / NAME).is_file()


@pytest.mark.parametrize("store_id", ["../../etc", "", "A" * 32, "/tmp"])
def test_a_store_whose_id_leads_elsewhere_has_no_cache(tmp_path, monkeypatch, store_id):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    with StatCache.open(store_id) as cache:
        cache.put_many({file(): b"x"}, seen=LATER)
        assert cache.get_many([file()]) == {}
    assert not (tmp_path / "xdg").exists()


def test_a_folder_that_others_can_write_is_not_trusted(tmp_path):
    folder = tmp_path / "cache"
    with StatCache(folder) as cache:
        cache.put_many({file(): b"x"}, seen=LATER)
    folder.chmod(0o777)
    with StatCache(folder) as cache:
        assert cache.get_many([file()]) == {}


BROKEN = {
    "no database": lambda path: path.write_bytes(b"not a database" * 100),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "overwritten": lambda path: path.write_bytes(
        path.read_bytes()[:4096] + b"\xff" * (path.stat().st_size - 4096)
    ),
    "another form": lambda path: _execute(path, "PRAGMA user_version = 99"),
    "another table": lambda path: (
        _execute(path, "DROP TABLE files"),
        _execute(path, "CREATE TABLE files (x)"),
    ),
}


def _execute(path, words):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(words)
    database.close()


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_database_gives_nothing_and_is_made_anew(tmp_path, breaks):
    files = [file(f"{number}") for number in range(200)]
    with StatCache(tmp_path / "c") as cache:
        cache.put_many(dict.fromkeys(files, b"facts" * 20), seen=LATER)
    breaks(tmp_path / "c" / NAME)
    with StatCache(tmp_path / "c") as cache:
        assert set(cache.get_many(files).values()) <= {b"facts" * 20}
        cache.put_many({file(): b"again"}, seen=LATER)
        cache.put_many({file(): b"again"}, seen=LATER)
        assert cache.get_many([file()]) == {"model.bin": b"again"}


def test_an_entry_that_was_changed_on_the_disk_gives_nothing(tmp_path):
    with StatCache(tmp_path / "c") as cache:
        cache.put_many({file(): b"right", file("b"): b"b"}, seen=LATER)
    _execute(tmp_path / "c" / NAME, "UPDATE files SET known = x'00' WHERE path = '/data/b'")
    _execute(tmp_path / "c" / NAME, "UPDATE files SET known = CAST('wrong' AS BLOB)")
    with StatCache(tmp_path / "c") as cache:
        assert cache.get_many([file(), file("b")]) == {}


def test_a_database_that_another_process_holds_is_done_without_soon(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(stat_cache, "_WRITE_WAIT_S", 0.2)
    cache.put_many({file(): b"facts"}, seen=LATER)
    holder = sqlite3.connect(tmp_path / "cache" / NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    assert cache.get_many([file()]) == {}
    cache.put_many({file(): b"new"}, seen=LATER)
    assert time.monotonic() - began < 2
    holder.execute("ROLLBACK")
    holder.close()
    assert cache.get_many([file()]) == {"model.bin": b"facts"}


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with StatCache(tmp_path / "file" / "c") as cache:
        cache.put_many({file(): b"facts"}, seen=LATER)
        assert cache.get_many([file()]) == {}
    (tmp_path / "c" / NAME).mkdir(parents=True)
    (tmp_path / "c").chmod(0o700)
    with StatCache(tmp_path / "c") as cache:
        cache.put_many({file(): b"facts"}, seen=LATER)
        assert cache.get_many([file()]) == {}


def test_entries_nobody_asks_for_go_and_those_that_are_used_stay(tmp_path):
    now = [LATER]
    with StatCache(tmp_path / "c", clock=lambda: now[0]) as cache:
        cache.put_many({file("used"): b"u", file("not"): b"n"}, seen=LATER)
        for _ in range(10):
            now[0] += 10 * 86_400
            assert cache.get_many([file("used")]) == {"used": b"u"}
        cache.put_many({file("new"): b"w"}, seen=LATER)
        assert cache.get_many([file("used"), file("not"), file("new")]) == {
            "used": b"u",
            "new": b"w",
        }


def test_threads_share_it(cache):
    def work(number):
        for turn in range(10):
            one = file(f"{number}-{turn}")
            cache.put_many({one: one.path.encode()}, seen=LATER)
            assert cache.get_many([one]) == {one.path: one.path.encode()}

    failed = []

    def run(number):
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


_WRITER = """
import sys
from pathlib import Path
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.scan import SourceFile
from podplanner.store.worktree.stat_cache import StatCache
with StatCache(Path(sys.argv[1])) as cache:
    for turn in range(30):
        name = f"{sys.argv[2]}-{turn}"
        file = SourceFile(name, "/" + name, FileIdentity(1, 2, 3, 4, 5), False, False)
        cache.put_many({file: name.encode()}, seen=2e9)
"""


def test_two_processes_write_at_once(tmp_path):
    folder = tmp_path / "c"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(folder), str(number)])
        for number in range(2)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    files = [
        SourceFile(name, "/" + name, FileIdentity(1, 2, 3, 4, 5), executable=False, sparse=False)
        for name in (f"{number}-{turn}" for number in range(2) for turn in range(30))
    ]
    with StatCache(folder) as cache:
        found = cache.get_many(files)
    assert found == {one.path: one.path.encode() for one in files}


def test_names_that_are_not_utf_8_above_the_source_do_no_harm(cache):
    odd = file()._replace(real="/data/caf\udce9/model.bin")
    cache.put_many({odd: b"facts"}, seen=LATER)
    assert cache.get_many([odd]) == {"model.bin": b"facts"}
