"""What a push keeps beside the store: an index that outgrows memory, and hints never believed."""

import errno
import random
import sqlite3
import tempfile
import threading

import pytest
from support.stores import contents, new_root, noise, safetensors, write_tree

from podplanner.errors import FileAccessError, NoSpaceError
from podplanner.store.pushing import PushOptions, ends, push, rows
from podplanner.store.pushing.index import DigestIndex
from podplanner.store.worktree.user_folders import cache_folder

MIB = 2**20


@pytest.fixture
def source(tmp_path):
    return write_tree(
        tmp_path / "model",
        {
            "a.bin": noise(2 * MIB, 1),
            "w.safetensors": safetensors({"w": ("F32", (256, 256), noise(MIB // 4, 50))}),
        },
    )


@pytest.mark.parametrize("in_memory", [1, 7, 1000, 10**6])
def test_an_index_gives_back_the_newest_entry_wherever_it_lies(in_memory):
    chance = random.Random(in_memory)
    expected = {}
    with DigestIndex(in_memory=in_memory) as index:
        for number in range(3000):
            key = chance.randrange(900).to_bytes(32, "big")
            expected[key] = b"%d" % number
            index.put(key, expected[key])
            assert index.get(key) == expected[key]
        assert all(index.get(key) == value for key, value in expected.items())
        assert index.get(b"\xff" * 32) is None


def test_an_index_is_used_by_threads_while_it_spills():
    wrong = []

    def use(index, first):
        for number in range(first, first + 2000):
            key = number.to_bytes(32, "big")
            index.put(key, key)
            if index.get(key) != key:
                wrong.append(number)

    with DigestIndex(in_memory=50) as index:
        threads = [threading.Thread(target=use, args=(index, n * 2000)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert all(index.get(n.to_bytes(32, "big")) for n in range(8000))


def test_an_index_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with DigestIndex(in_memory=1) as index:
        index.put(b"a" * 32, b"a")
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_an_index_without_a_folder_for_temporary_files_says_so(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere at all")
    with DigestIndex(in_memory=1) as index, pytest.raises(FileAccessError, match="temporary"):
        index.put(b"a" * 32, b"a")


@pytest.mark.parametrize(
    ("code", "error"), [(errno.ENOSPC, NoSpaceError), (errno.EIO, FileAccessError)]
)
def test_a_full_folder_for_temporary_files_is_named(source, monkeypatch, code, error):
    class Full(tempfile.SpooledTemporaryFile):
        def write(self, content):
            raise OSError(code, "made up")

    monkeypatch.setattr(rows.tempfile, "SpooledTemporaryFile", Full)
    root = new_root()
    with pytest.raises(error, match="temporary files") as caught:
        push(root, source, "cat")
    assert "TMPDIR" in caught.value.hint
    monkeypatch.undo()
    assert push(root, source, "cat").created


def hints(root):
    return cache_folder(root.id) / "pieces.db"


LIES = [
    "UPDATE pairs SET pieces = 'no digest'",
    "UPDATE pairs SET places = NULL",
    "UPDATE pairs SET pieces = 7",
    "UPDATE pairs SET pieces = places, places = pieces",
    "UPDATE hints SET place = 'far'",
    "UPDATE hints SET place = -1",
    "UPDATE hints SET place = 9000000000",
    "UPDATE hints SET place = place + 1",
    "DROP TABLE pairs",
    "PRAGMA user_version = 99",
]


@pytest.mark.parametrize("lie", LIES)
def test_what_the_cache_says_is_never_believed(source, lie):
    root = new_root()
    push(root, source, "cat")
    with sqlite3.connect(hints(root)) as database:
        database.execute(lie)
    database.close()
    done = push(root, source, "dog", PushOptions(rehash=True))
    assert contents(root, "dog") == contents(root, "cat")
    assert done.created


@pytest.mark.parametrize("content", [b"", b"no database", noise(40_000, 3)])
def test_a_cache_that_is_no_database_is_made_anew(source, content):
    root = new_root()
    push(root, source, "cat")
    hints(root).write_bytes(content)
    push(root, source, "dog", PushOptions(rehash=True))
    assert contents(root, "dog") == contents(root, "cat")


def test_a_push_needs_no_home(source, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("pathlib.Path.home", _no_home)
    root = new_root()
    for _ in range(2):
        push(root, source, "cat")
    assert contents(root, "cat").keys() == {"a.bin", "w.safetensors"}


def _no_home():
    raise RuntimeError("no home")


def test_the_manifest_of_what_is_known_is_that_of_what_is_read(tmp_path, monkeypatch):
    """For any numbers of pieces: tables end at the same places by both ways."""
    from podplanner.store.pushing.making import manifest_of_facts
    from podplanner.store.pushing.work import PushWork

    monkeypatch.setattr("podplanner.store.worktree.stat_cache.YOUNG_S", -3600)
    chance = random.Random(5)
    for trial in range(12):
        most = chance.choice((4, 9, 16))
        for name in ("podplanner.store.pushing.ends.MOST_PIECES",):
            monkeypatch.setattr(name, most)
        monkeypatch.setattr(ends, "_FILE_END", chance.choice((1, 3, most // 2 + 1)))
        sizes = [chance.choice((0, 1, 100_000, 500_000, 1_500_000)) for _ in range(9)]
        folder = write_tree(
            tmp_path / str(trial), {f"{n}.bin": noise(size, n) for n, size in enumerate(sizes)}
        )
        root = new_root()
        read = push(root, folder, "cat")
        work = PushWork(root, folder, *_asked("cat"))
        try:
            facts = list(work.facts())
            assert len(facts) == len(sizes)
            made = manifest_of_facts(facts, work.scan.folders, {})
        finally:
            work.close()
        assert made.digest.hex() == read.manifest


def _asked(name):
    from podplanner.store.names import ModelName

    return ModelName.parse(name), PushOptions(), None


def test_what_is_known_of_large_files_is_asked_for_a_few_at_a_time(source, monkeypatch):
    """A terabyte cut by content has a gigabyte of it."""
    from podplanner.store.pushing import work as works

    asked = []
    get_many = works.StatCache.get_many

    def counted(cache, files):
        asked.append([file.path for file in files])
        return get_many(cache, files)

    monkeypatch.setattr(works.StatCache, "get_many", counted)
    monkeypatch.setattr(works, "_FACTS_BYTES", 2 * MIB)
    for name in "bcd":
        (source / f"{name}.bin").write_bytes(noise(MIB, 9))
    push(new_root(), source, "cat")
    assert asked == [["a.bin"], ["b.bin", "c.bin"], ["d.bin", "w.safetensors"]]


def test_what_is_read_is_remembered_before_it_takes_much_memory(source, monkeypatch):
    from podplanner.store.pushing import storing
    from podplanner.store.pushing import work as works

    sizes = []
    monkeypatch.setattr(
        works.StatCache, "put_many", lambda cache, known, seen: sizes.append(len(known))
    )
    monkeypatch.setattr(storing, "_FACTS_BYTES", 1)
    push(new_root(), source, "cat")
    assert sizes == [1, 1, 0], "each file by itself, then the rest, which is none"
