"""Upkeep of a store on a real disk, with the push that people use."""

import os
import threading
import time
from random import Random

import pytest

from podplanner.errors import BackendUnavailableError, LeaseLostError
from podplanner.store import open_store
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.directory.place import TEMPORARY
from podplanner.store.names import Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root, open_root
from podplanner.store.upkeep import check, collect, delete, undelete


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "store").mkdir()
    make_root(DirectoryBackend(tmp_path / "store"))
    return open_store(str(tmp_path / "store"))


def made(folder, seed, size=700_000):
    random = Random(seed)
    folder.mkdir(exist_ok=True)
    for name in ("a.bin", "b.bin"):
        (folder / name).write_bytes(random.randbytes(size))
    return folder


def used(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def test_what_a_collection_says_it_freed_is_gone_from_the_disk(store, tmp_path):
    store.push(made(tmp_path / "one", 1), "cat")
    store.push(made(tmp_path / "two", 2), "cat")
    delete(store.root, Reference.parse("cat:1"))
    before = used(tmp_path / "store" / "objects")
    found = collect(store.root, grace_s=0, progress=Silent())
    assert before - used(tmp_path / "store" / "objects") == found.freed_bytes == 1_400_000
    assert check(store.root, progress=Silent(), deep=True).ok
    store.pull("cat:2", tmp_path / "out")
    assert (tmp_path / "out" / "a.bin").read_bytes() == (tmp_path / "two" / "a.bin").read_bytes()


def test_every_file_that_broken_writes_left_goes_in_time(store, tmp_path):
    store.push(made(tmp_path / "one", 1), "cat")
    before = sorted(path for path in (tmp_path / "store").rglob("*") if path.is_file())
    folder = tmp_path / "store" / TEMPORARY
    left = folder / "_broken"
    left.write_bytes(b"x" * 1000)
    collect(store.root, grace_s=0, progress=Silent())
    assert left.exists()
    os.utime(left, (time.time() - 901, time.time() - 901))
    collect(store.root, grace_s=0, progress=Silent())
    assert not left.exists()
    assert sorted(path for path in (tmp_path / "store").rglob("*") if path.is_file()) == before


def test_pushes_and_collections_side_by_side_lose_nothing(store, tmp_path):
    """Four threads, each a process in all that counts: a root and a backend of its own."""
    done = threading.Event()
    errors = []
    sources = [made(tmp_path / f"s{number}", number, size=40_000) for number in range(4)]
    pushed = {}

    def pushing(seed):
        random = Random(seed)
        own = open_store(str(tmp_path / "store"))
        for _ in range(12):
            number = random.randrange(4)
            found = own.push(sources[number], f"m{seed}", new_version=True)
            pushed[f"m{seed}:{found.version}"] = sources[number]
            if random.random() < 0.5:
                gone = f"m{seed}:{found.version}"
                delete(own.root, Reference.parse(gone))
                if random.random() < 0.3:
                    undelete(own.root, Reference.parse(gone))
                else:
                    del pushed[gone]

    def collecting():
        own = open_root(DirectoryBackend(tmp_path / "store"))
        while not done.is_set():
            collect(own, grace_s=0, progress=Silent())

    def run(work, *arguments):
        try:
            work(*arguments)
        except (BackendUnavailableError, LeaseLostError, AssertionError) as error:
            errors.append(error)
        except BaseException as error:
            errors.append(error)
            raise

    pushers = [threading.Thread(target=run, args=(pushing, seed)) for seed in range(2)]
    collectors = [threading.Thread(target=run, args=(collecting,)) for _ in range(2)]
    for thread in [*pushers, *collectors]:
        thread.start()
    for thread in pushers:
        thread.join()
    done.set()
    for thread in collectors:
        thread.join()
    assert errors == []
    assert check(store.root, progress=Silent(), deep=True).ok
    for word, source in pushed.items():
        store.pull(word, tmp_path / "out", force=True)
        assert (tmp_path / "out" / "a.bin").read_bytes() == (source / "a.bin").read_bytes()
