"""Pulls that are broken off, stores that are damaged, disks that are full."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.backends import Always, Fault, FaultyBackend, Scripted, replaced
from support.hand_made import Bundle, HandMade, Watched, hole, put_alone
from support.pulls import Heard, files_in, names, publish, pull_to, tree
from support.stores import noise, write_tree

from podplanner.errors import (
    BackendUnavailableError,
    ConflictError,
    NoSpaceError,
    ObjectCorruptError,
    ObjectMissingError,
)
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.root import make_root
from podplanner.store.worktree import destination, writer

CHECKOUT = Path(__file__).parents[4]
SIZE = 20_000
FILES = {
    "a": [noise(SIZE, n) for n in range(10)],
    "b": [noise(SIZE, n) for n in range(10, 30)],
    "c": [b"c"],
}
PLAIN = {path: b"".join(pieces) for path, pieces in FILES.items()}
TOTAL = sum(map(len, PLAIN.values()))


@pytest.fixture
def root():
    root = make_root(Watched(FaultyBackend(MemoryBackend())))
    publish(root, FILES)
    return root


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "model"


def fail_at(root, number):
    root.backend.inner.plan = Scripted("read_into", {number: Fault.IO_ERROR}, "objects/")


def mend(root):
    root.backend.inner.plan = Scripted("read_into", {})


@pytest.mark.parametrize("threads", [1, 4])
def test_a_store_that_fails_in_the_middle_costs_only_the_rest(root, dest, threads):
    fail_at(root, 15)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, threads=threads)
    assert not dest.exists()
    read = root.backend.read_bytes
    assert read >= 14 * SIZE - SIZE
    mend(root)
    heard = Heard()
    done = pull_to(root, dest, progress=heard)
    assert done.fetched_bytes <= TOTAL - read + SIZE
    assert heard.size == TOTAL, "what was there counts as done"
    assert files_in(dest) == PLAIN
    assert names(dest.parent) == ["model"]


def test_broken_off_again_and_again_it_comes_to_an_end(root, dest):
    total = 0
    for _ in range(40):
        fail_at(root, 4)
        try:
            total += pull_to(root, dest, threads=1).fetched_bytes
        except BackendUnavailableError:
            total += sum(length for _, _, length in root.backend.reads[:-1])
        else:
            break
    assert files_in(dest) == PLAIN
    assert total == TOTAL, "no piece is fetched twice"


def test_into_a_directory_with_files_nothing_changes_before_all_is_there(root, dest):
    write_tree(dest, {"a": b"old", "mine": b"mine"})
    fail_at(root, 25)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, force=True)
    assert files_in(dest) == {"a": b"old", "mine": b"mine"}
    mend(root)
    assert pull_to(root, dest, force=True).fetched_bytes <= TOTAL - 23 * SIZE
    assert files_in(dest) == {**PLAIN, "mine": b"mine"}


def test_what_changed_in_the_half_pulled_files_is_fetched_again(root, dest):
    fail_at(root, 25)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, threads=1)
    (staged,) = dest.parent.glob(".model.podplanner-*/tree/a")
    with staged.open("r+b") as file:
        file.seek(SIZE + 5)
        file.write(b"flipped")
    written = sum(length for _, _, length in root.backend.reads[:-1])
    mend(root)
    done = pull_to(root, dest)
    assert files_in(dest) == PLAIN
    assert done.fetched_bytes == TOTAL - written + SIZE


def test_holes_are_holes_after_a_resume_over_rubbish(root, dest):
    pieces = [put_alone(root.backend, noise(SIZE, n)) for n in range(3)]
    HandMade({"a": [pieces[0], hole(10**6), pieces[1], hole(10**6), pieces[2]]}).publish(
        root, "sparse"
    )
    fail_at(root, 3)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, "sparse", threads=1)
    (staged,) = dest.parent.glob(".model.podplanner-*/tree/a")
    with staged.open("r+b") as file:
        file.seek(SIZE + 100_000)
        file.write(b"rubbish" * 1000)
    mend(root)
    assert pull_to(root, dest, "sparse").fetched_bytes == SIZE
    plain = [noise(SIZE, n) for n in range(3)]
    assert files_in(dest)["a"] == plain[0] + bytes(10**6) + plain[1] + bytes(10**6) + plain[2]
    assert (dest / "a").stat().st_blocks * 512 < 200_000


def test_of_a_broken_pull_of_another_version_nothing_is_left(root, dest):
    fail_at(root, 15)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest)
    mend(root)
    publish(root, {"a": [noise(SIZE, 0), b"2"]})
    pull_to(root, dest)
    assert files_in(dest) == {"a": noise(SIZE, 0) + b"2"}
    assert names(dest.parent) == ["model"]


def key_of(root, content):
    return put_alone(root.backend, content)[1].object.key


def damage(root, key, how):
    content = root.backend.get(key)
    if how == "lost":
        root.backend.delete(key)
    elif how == "truncated":
        root.backend.put(key, [content[:-1]])
    else:
        root.backend.put(key, [bytes([content[0] ^ 128]) + content[1:]])
    return content


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("lost", ObjectMissingError),
        ("truncated", ObjectCorruptError),
        ("flipped", ObjectCorruptError),
    ],
)
def test_damage_is_named_and_the_rest_is_kept(root, dest, how, error):
    key = key_of(root, FILES["b"][15])
    content = damage(root, key, how)
    with pytest.raises(error, match=f"b of cat:1 is hurt: .*{key}") as caught:
        pull_to(root, dest, threads=1)
    assert "store check" in caught.value.hint
    assert "--repair-from" in caught.value.hint
    assert not dest.exists()
    written = sum(length for read, _, length in root.backend.reads if read != key)
    assert written > SIZE
    root.backend.put(key, [content])
    done = pull_to(root, dest)
    assert done.fetched_bytes == TOTAL - written
    assert files_in(dest) == PLAIN


def test_in_a_hurt_bundle_the_hurt_file_is_named_and_its_neighbours_are_kept(root, dest):
    bundle = Bundle(root.backend)
    for seed in range(5):
        bundle.add(noise(1000, seed))
    rows = bundle.put()
    HandMade({f"f{n}": [row] for n, row in enumerate(rows)}, table_pieces=64).publish(root, "small")
    key = rows[0][1].object.key
    content = bytearray(root.backend.get(key))
    content[3500] ^= 1
    root.backend.put(key, [bytes(content)])
    with pytest.raises(ObjectCorruptError, match="f3 of small:1"):
        pull_to(root, dest, "small")
    content[3500] ^= 1
    root.backend.put(key, [bytes(content)])
    assert pull_to(root, dest, "small").fetched_bytes == 2000


def test_when_nothing_could_be_had_nothing_is_left(root, dest):
    root.backend.inner.plan = Always("read_into", Fault.IO_ERROR, "objects/")
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest)
    assert names(dest.parent) == []


def test_too_little_space_is_told_before_anything_is_written(root, dest):
    with (
        replaced(destination.Destination, "free_bytes", lambda _: TOTAL - 1),
        pytest.raises(NoSpaceError, match=f"{TOTAL - 1:,} are free"),
    ):
        pull_to(root, dest)
    assert names(dest.parent) == []
    assert root.backend.reads == []


def test_what_an_earlier_pull_wrote_needs_no_space(root, dest):
    fail_at(root, 26)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, threads=1)
    mend(root)
    with replaced(destination.Destination, "free_bytes", lambda _: 6 * SIZE + 4096 * 3):
        pull_to(root, dest)
    assert files_in(dest) == PLAIN


def test_a_disk_that_fills_up_meanwhile_can_be_freed_and_gone_on_with(root, dest):
    written = []
    plain = writer.write_all

    def fill(fd, buffer, offset):
        if len(written) == 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(len(buffer))
        plain(fd, buffer, offset)

    with (
        replaced(writer, "write_all", fill),
        pytest.raises(NoSpaceError, match="no space left to write") as caught,
    ):
        pull_to(root, dest, threads=1)
    assert "run the same command again" in caught.value.hint
    assert not dest.exists()
    assert pull_to(root, dest).fetched_bytes == TOTAL - 12 * SIZE
    assert files_in(dest) == PLAIN


def test_a_file_that_changes_meanwhile_is_not_lost(root, dest):
    write_tree(dest, {"a": PLAIN["a"]})

    class Meddler(Heard):
        def advance(self, *, size=0, files=0, moved=0):
            if moved:
                (dest / "a").write_bytes(b"mine")

    with pytest.raises(ConflictError, match="a was changed"):
        pull_to(root, dest, progress=Meddler())
    assert files_in(dest) == {"a": b"mine"}


@pytest.mark.parametrize("threads", [1, 3])
def test_ctrl_c_ends_all_threads_and_leaves_nothing_half_visible(root, dest, threads):
    class Impatient(Heard):
        left = 2

        def advance(self, *, size=0, files=0, moved=0):
            super().advance(size=size, files=files, moved=moved)
            if size and self.size >= 10 * SIZE:
                if self.left:
                    # Twice: whoever waits is pressed again.
                    self.left -= 1
                    os.kill(os.getpid(), signal.SIGINT)
                # Pieces are tiny here; real ones take the time in which the main thread hears.
                time.sleep(0.1)

    with pytest.raises(KeyboardInterrupt):
        pull_to(root, dest, threads=threads, progress=Impatient())
    assert not any(thread.name.startswith("store-") for thread in threading.enumerate())
    read = root.backend.read_bytes
    assert not dest.exists()
    assert read < TOTAL
    assert pull_to(root, dest).fetched_bytes <= TOTAL - read + threads * SIZE
    assert files_in(dest) == PLAIN


PROGRAM = """
import os, sys
from pathlib import Path
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.names import Reference
from podplanner.store.pulling import pull
from podplanner.store.root import open_root

class Dying(DirectoryBackend):
    left = int(sys.argv[3])
    def read_into(self, key, offset, buffer):
        Dying.left -= 1
        if Dying.left < 0:
            os.kill(os.getpid(), 9)
        super().read_into(key, offset, buffer)

print(pull(open_root(Dying(Path(sys.argv[1]))), Reference.parse("cat"), Path(sys.argv[2])))
"""


def test_killed_at_any_moment_it_goes_on(tmp_path, dest):
    (tmp_path / "store").mkdir()
    root = make_root(Watched(DirectoryBackend(tmp_path / "store")))
    publish(root, FILES)
    for allowed in (0, 7, 16):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "store"), str(dest), str(allowed)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not dest.exists()
    done = pull_to(root, dest)
    # Two threads: what each had in hand when it was killed may be read again.
    assert done.fetched_bytes <= TOTAL - (7 + 16 - 4) * SIZE
    assert files_in(dest) == PLAIN
    assert names(tmp_path) == ["model", "store"]


def test_an_error_in_one_thread_ends_the_others_soon(root, dest):
    fail_at(root, 3)
    with pytest.raises(BackendUnavailableError):
        pull_to(root, dest, threads=4)
    assert len(root.backend.reads) <= 3 + 4
    assert not any(thread.name.startswith("store-") for thread in threading.enumerate())


def test_two_pulls_at_once_do_not_mix(root, dest):
    errors, done = [], []

    def one():
        try:
            done.append(json.dumps(sorted(tree(dest))) if run() else "")
        except ConflictError as error:
            errors.append(error)

    def run():
        from podplanner.store.names import Reference
        from podplanner.store.pulling import pull

        return pull(root, Reference.parse("cat"), dest)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) >= 1
    assert len(done) + len(errors) == 2
    assert files_in(dest) == PLAIN
    assert pull_to(root, dest).fetched_bytes == 0
