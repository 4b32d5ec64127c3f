"""What a directory promises beyond the port: modes, leftovers, lost mounts, strangers, faults."""

import errno
import gc
import os
import stat
import tempfile
import threading
from pathlib import Path

import pytest
from support.backends import only, replaced

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    NotPermittedError,
    ObjectMissingError,
    OutcomeUnknownError,
    PodplannerError,
)
from podplanner.store.backend import Cleared
from podplanner.store.backends.directory import (
    DirectoryBackend,
    Primitive,
    creating,
    linux,
    place,
    writing,
)
from podplanner.store.backends.directory.mounts import Mount

KIB = 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def backend(root: Path) -> DirectoryBackend:
    made = DirectoryBackend(root)
    assert made.create("store.json", b"{}")
    return made


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def failing(code: int, *, after: int = 0):
    """A call that fails from its n-th time on."""
    calls = 0

    def wrap(real):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls > after:
                raise OSError(code, os.strerror(code))
            return real(*args, **kwargs)

        return call

    return wrap


# Reading must not write


def test_opening_and_reading_write_nothing(root, backend):
    backend.put("objects/aa/one", [b"x"])
    (root / "tmp").rmdir()
    reader = DirectoryBackend(root)
    assert reader.get("store.json") == b"{}"
    assert [info.key for info in reader.keys("")] == ["objects/aa/one", "store.json"]
    assert list(reader.folders("")) == ["objects"]
    assert reader.head("objects/aa/none") is None
    assert reader.primitive is None
    assert sorted(path.name for path in root.iterdir()) == ["objects", "store.json"]


def test_a_root_that_is_not_there_is_said_at_the_first_question(tmp_path):
    backend = DirectoryBackend(tmp_path / "none")
    with pytest.raises(BackendUnavailableError, match="none"):
        backend.get("store.json")
    with pytest.raises(BackendUnavailableError):
        backend.put("a", [b""])
    with pytest.raises(BackendUnavailableError):
        list(backend.keys(""))
    assert not (tmp_path / "none").exists()


def test_a_new_root_is_empty_before_its_store_is_made(root):
    backend = DirectoryBackend(root)
    assert backend.head("store.json") is None
    assert list(backend.keys("")) == []
    with pytest.raises(ObjectMissingError):
        backend.get("store.json")
    assert backend.create("store.json", b"{}")


# A mount that goes away


def all_questions(backend: DirectoryBackend):
    return (
        lambda: backend.get("objects/aa/one"),
        lambda: backend.get("objects/aa/none"),
        lambda: backend.read_into("objects/aa/none", 0, memoryview(bytearray(1))),
        lambda: backend.head("objects/aa/none"),
        lambda: list(backend.keys("")),
        lambda: list(backend.folders("")),
        lambda: backend.create("models/a/1.json", b"x"),
        lambda: backend.settle(["objects/aa/none"]),
    )


def test_an_empty_folder_in_its_place_is_not_an_empty_store(root, backend):
    """As after an unmount: the path leads to the mount point, the open folder to what was."""
    backend.put("objects/aa/one", [b"x"])
    root.rename(root.parent / "elsewhere")
    root.mkdir()
    for ask in all_questions(backend)[1:]:
        with pytest.raises(BackendUnavailableError, match="mounted"):
            ask()
    backend.put("objects/aa/two", [b"x"])
    with pytest.raises(BackendUnavailableError, match="mounted"):
        backend.settle(["objects/aa/two"])
    assert list(root.iterdir()) == []
    assert "models/a/1.json" not in files_of(root.parent / "elsewhere")
    root.rmdir()
    (root.parent / "elsewhere").rename(root)
    assert backend.create("models/a/1.json", b"x")


def test_a_root_that_lost_its_store_is_not_an_empty_store(root, backend):
    (root / "store.json").unlink()
    for ask in all_questions(backend):
        with pytest.raises(BackendUnavailableError, match="mounted"):
            ask()
    with pytest.raises(BackendUnavailableError):
        DirectoryBackend(root / "objects").get("a")


def test_a_root_that_is_gone_is_not_an_empty_store(root, backend):
    root.rename(root.parent / "elsewhere")
    for ask in all_questions(backend)[1:]:
        with pytest.raises(BackendUnavailableError):
            ask()


# Names that are no keys


STRANGERS = (
    ".nfs00000000deadbeef",
    ".DS_Store",
    "Thumbs.db",
    "objects/.hidden",
    "objects/aa/.nfs1",
    "objects/aa/Upper",
    "objects/aa/with space",
    "lost+found/inside",
    "@eaDir/one",
    ".snapshot/objects/aa/old",
    "tmp/_1-left",
)


def test_names_that_are_no_keys_are_passed_over(root, backend):
    backend.put("objects/aa/one", [b"x"])
    for name in STRANGERS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"strange")
    assert [info.key for info in backend.keys("")] == ["objects/aa/one", "store.json"]
    assert list(backend.folders("")) == ["objects"]


def test_symbolic_links_are_no_objects_and_are_not_followed(root, backend, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_bytes(b"secret")
    (root / "objects").mkdir()
    (root / "objects" / "link").symlink_to(secret / "file")
    (root / "linked").symlink_to(secret)
    assert [info.key for info in backend.keys("")] == ["store.json"]
    assert list(backend.keys("linked/")) == []
    assert backend.head("objects/link") is None
    with pytest.raises(ObjectMissingError):
        backend.get("objects/link")
    with pytest.raises(ObjectMissingError):
        backend.read_into("objects/link", 0, memoryview(bytearray(1)))
    with pytest.raises(ObjectMissingError):
        backend.settle(["objects/link"])
    backend.put("objects/link", [b"own"])
    assert (secret / "file").read_bytes() == b"secret"
    assert backend.get("objects/link") == b"own"


def test_what_is_no_file_is_no_object(root, backend):
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for key in ("pipe", "folder"):
        assert backend.head(key) is None
        with pytest.raises(ObjectMissingError):
            backend.get(key)
        with pytest.raises(ObjectMissingError):
            backend.read_into(key, 0, memoryview(bytearray(1)))
    assert [info.key for info in backend.keys("")] == ["store.json"]


def test_a_key_below_another_objects_key_cannot_be_written(backend):
    backend.put("a", [b"x"])
    with pytest.raises(BackendUnavailableError):
        backend.put("a/b", [b"x"])
    with pytest.raises(BackendUnavailableError):
        backend.create("a/b", b"x")
    assert backend.get("a") == b"x"


# Modes and groups


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o177, 0o777])
@pytest.mark.parametrize("mode", [0o755, 0o2775, 0o750, 0o3777])
@pytest.mark.parametrize("primitive", list(Primitive))
def test_modes_follow_the_root_whatever_the_umask(root, umask, mask, mode, primitive):
    root.chmod(mode)
    umask(mask)
    backend = DirectoryBackend(root, primitive=primitive)
    backend.put("objects/aa/one", [b"x"])
    backend.create("models/a/1.json", b"x")
    umask(0o022)
    for path in root.rglob("*"):
        wanted = mode & ~0o1000 if path.is_dir() else 0o444
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
        assert path.stat().st_gid == root.stat().st_gid


def test_a_shared_store_is_open_to_its_group_even_where_the_root_is_not(root, umask):
    root.chmod(0o755)
    umask(0o077)
    DirectoryBackend(root, shared_group=True).put("objects/aa/one", [b"x"])
    assert stat.S_IMODE((root / "objects" / "aa").stat().st_mode) == 0o2775
    assert stat.S_IMODE((root / "objects" / "aa" / "one").stat().st_mode) == 0o444


def test_a_root_that_was_just_opened_to_its_group_is_followed(root, umask):
    umask(0o077)
    backend = DirectoryBackend(root)
    assert backend.head("store.json") is None
    root.chmod(0o2775)
    backend.create("store.json", b"{}")
    backend.put("objects/aa/one", [b"x"])
    for folder in ("tmp", "objects", "objects/aa"):
        assert stat.S_IMODE((root / folder).stat().st_mode) == 0o2775


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder to another group takes root")
def test_the_group_is_the_roots(root):
    os.chown(root, -1, 12345)
    root.chmod(0o770)
    backend = DirectoryBackend(root)
    backend.put("objects/aa/one", [b"x"])
    assert {path.stat().st_gid for path in root.rglob("*")} == {12345}


@pytest.fixture
def everybodys():
    """A folder that everybody reaches: pytest closes its own to others, again and again."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")
def test_who_may_not_write_is_told_so_and_may_read(everybodys):
    root = everybodys
    DirectoryBackend(root).create("store.json", b"{}")
    DirectoryBackend(root).put("objects/aa/one", [b"x"])
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            os.setgroups([])
            os.setgid(60_001)
            os.setuid(60_001)
            mine = DirectoryBackend(root)
            assert mine.get("objects/aa/one") == b"x"
            assert mine.head("objects/aa/none") is None
            assert len(list(mine.keys(""))) == 2
            refused = 0
            for write in (
                lambda: mine.put("objects/aa/two", [b"x"]),
                lambda: mine.create("models/a/1.json", b"x"),
                lambda: mine.delete("objects/aa/one"),
                mine.now,
            ):
                try:
                    write()
                except NotPermittedError as error:
                    refused += "doctor" in error.hint
            said = f"refused {refused}"
        except (AssertionError, OSError, PodplannerError) as error:
            said = repr(error)
        finally:
            os.write(mouth, said.encode())
            os._exit(0)
    os.close(mouth)
    with os.fdopen(ear) as answer:
        assert answer.read() == "refused 4"
    os.waitpid(child, 0)


# Disks that fail


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (errno.ENOSPC, NoSpaceError),
        (errno.EDQUOT, NoSpaceError),
        (errno.EROFS, NotPermittedError),
        (errno.EACCES, NotPermittedError),
        (errno.EIO, BackendUnavailableError),
        (errno.ESTALE, BackendUnavailableError),
        (errno.ENODEV, BackendUnavailableError),
        (errno.ENOTCONN, BackendUnavailableError),
    ],
)
@pytest.mark.parametrize("size", [10, 600 * KIB + 1])
@pytest.mark.parametrize("call", ["write", "writev", "open", "replace", "close"])
def test_a_put_that_fails_says_why_and_leaves_what_was(root, backend, code, wanted, size, call):
    backend.put("objects/aa/one", [b"before"])
    if call == "write" and size == 10:
        call = "writev"
    with replaced(os, call, failing(code)(getattr(os, call))), pytest.raises(wanted) as caught:
        backend.put("objects/aa/one", [b"y" * size])
    assert caught.value.__cause__.errno == code
    assert caught.value.hint
    assert backend.get("objects/aa/one") == b"before"
    assert files_of(root) == ["objects/aa/one", "store.json"]


def test_a_disk_that_fills_in_the_middle_of_a_large_object_leaves_nothing(root, backend):
    full = failing(errno.ENOSPC, after=1)(os.write)
    with replaced(os, "write", full), pytest.raises(NoSpaceError):
        backend.put("objects/aa/one", [b"y" * 9_000_001])
    assert files_of(root) == ["store.json"]
    assert backend.head("objects/aa/one") is None


def test_writes_that_take_little_at_a_time_write_all(backend):
    real = os.writev

    def little(descriptor, views):
        return real(descriptor, [views[0][:7]])

    content = bytes(range(256)) * 8
    with replaced(os, "writev", little):
        backend.put("a", [content[:100], b"", content[100:1000], content[1000:]])
    assert backend.get("a") == content


@pytest.mark.parametrize("step", [4096, 5000])
def test_direct_writes_that_take_little_at_a_time_write_all(backend, step):
    real = os.write
    content = os.urandom(700_001)
    with replaced(os, "write", lambda descriptor, view: real(descriptor, view[:step])):
        backend.put("a", [content])
    assert backend.get("a") == content


def test_where_direct_writes_are_not_to_be_had_the_cache_is_used(backend):
    asked = []
    content = os.urandom(700_001)

    def refuse(descriptor, *, wanted):
        asked.append(wanted)
        raise OSError(errno.EINVAL, "no O_DIRECT here")

    with replaced(writing, "_set_direct", refuse):
        backend.put("a", [content])
        backend.put("b", [content])
    assert asked == [True]
    assert backend.get("a") == backend.get("b") == content


def test_reads_that_give_little_at_a_time_fill_the_buffer(backend):
    content = os.urandom(10_000)
    backend.put("a", [content])
    real = os.preadv
    buffer = bytearray(9000)
    little = lambda descriptor, views, offset: real(descriptor, [views[0][:999]], offset)  # noqa: E731
    with replaced(os, "preadv", little):
        backend.read_into("a", 500, memoryview(buffer))
    assert bytes(buffer) == content[500:9500]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_failed_fsync_is_never_asked_twice_of_the_same_file(root, backend, code):
    """The kernel forgets what it could not write, and says yes the second time."""
    backend.put("objects/aa/one", [b"x"])
    with replaced(os, "fsync", failing(code)(os.fsync)), pytest.raises((
        BackendUnavailableError, NoSpaceError
    )):  # fmt: skip
        backend.settle(["objects/aa/one"])
    assert backend.head("objects/aa/one") is None, "what this process wrote is gone, to be put anew"
    with pytest.raises(BackendUnavailableError):
        backend.settle(["objects/aa/one"])
    backend.put("objects/aa/one", [b"x"])
    backend.settle(["objects/aa/one"])


def test_a_failed_fsync_removes_nothing_that_others_had_settled(root, backend):
    backend.put("objects/aa/one", [b"x"])
    backend.settle(["objects/aa/one"])
    other = DirectoryBackend(root)
    with (
        replaced(os, "fsync", failing(errno.EIO)(os.fsync)),
        pytest.raises(BackendUnavailableError),
    ):
        other.settle(["objects/aa/one"])
    with pytest.raises(BackendUnavailableError, match="before"):
        other.settle(["objects/aa/one"])
    assert backend.get("objects/aa/one") == b"x"


def test_settle_syncs_every_file_and_each_folder_once(root, backend):
    keys = [f"objects/{number % 3}a/{number}" for number in range(30)]
    for key in keys:
        backend.put(key, [b"x"])
    synced: list[str] = []
    lock = threading.Lock()
    real = os.fsync

    def note(descriptor):
        with lock:
            synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    with replaced(os, "fsync", note):
        backend.settle(keys)
        wanted = [str(root / key) for key in keys]
        wanted += [str(root / f"objects/{number}a") for number in range(3)]
        assert sorted(
            path for path in synced if path not in {str(root), str(root / "objects")}
        ) == (sorted(wanted))
        assert {str(root), str(root / "objects")} <= set(synced), "names of new folders last too"
        synced.clear()
        backend.settle(keys[:1])
        assert synced == [str(root / keys[0]), str(root / "objects/0a")]


@pytest.mark.parametrize("primitive", list(Primitive))
def test_what_was_created_is_on_the_disk_before_it_is_said(root, primitive):
    """Content before its name, the name before the answer."""
    backend = DirectoryBackend(root, primitive=primitive)
    events: list[str] = []
    real = os.fsync

    def note(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        events.append("folder" if path.is_dir() else "file")
        if not path.is_dir():
            assert not (root / "models/a/1.json").exists()
            assert path.read_bytes() == b"x"
        elif path == root / "models/a":
            assert (root / "models/a/1.json").exists()
        real(descriptor)

    with replaced(os, "fsync", note):
        assert backend.create("models/a/1.json", b"x")
    assert events == ["file", "folder", "folder", "folder"]


@pytest.mark.parametrize("primitive", list(Primitive))
def test_a_create_whose_name_may_not_last_is_of_unknown_outcome(root, primitive):
    backend = DirectoryBackend(root, primitive=primitive)
    failed = failing(errno.EIO, after=1)(os.fsync)
    with replaced(os, "fsync", failed), pytest.raises(OutcomeUnknownError):
        backend.create("models/a/1.json", b"x")
    assert backend.get("models/a/1.json") == b"x"


@pytest.mark.parametrize("primitive", list(Primitive))
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_create_that_cannot_write_its_content_makes_nothing(root, primitive, code):
    backend = DirectoryBackend(root, primitive=primitive)
    failed = failing(code)(os.writev)
    with replaced(os, "writev", failed), pytest.raises((NoSpaceError, BackendUnavailableError)):
        backend.create("models/a/1.json", b"x")
    assert files_of(root) == []
    assert backend.create("models/a/1.json", b"x")


# Choosing a primitive


def test_the_first_primitive_that_works_is_used(root):
    backend = DirectoryBackend(root)
    backend.create("store.json", b"{}")
    assert backend.primitive is Primitive.LINK
    assert not (root / ".claims").exists()


def test_without_hard_links_a_rename_that_replaces_nothing_is_used(root):
    with only(Primitive.RENAME):
        backend = DirectoryBackend(root)
        backend.create("store.json", b"{}")
        assert backend.primitive is Primitive.RENAME


def test_where_neither_is_to_be_had_a_new_store_uses_claims_and_says_so(root):
    with only(Primitive.CLAIM):
        backend = DirectoryBackend(root)
        backend.create("store.json", b"{}")
        assert backend.primitive is Primitive.CLAIM
    assert (root / ".claims").is_dir()
    able = DirectoryBackend(root)
    assert able.create("models/a/1.json", b"x")
    assert able.primitive is Primitive.CLAIM, "all who write to one store must exclude each other"


def test_a_rename_over_smb_is_not_believed(root, monkeypatch):
    """It is exclusive only among the writers of one machine, so that no race would tell."""
    monkeypatch.setattr(place.Place, "remote", True, raising=False)
    monkeypatch.setattr(place.Place, "__setattr__", _keep_remote)
    monkeypatch.setattr(creating, "mount_of", lambda path: Mount("/", "cifs", "//s/x", frozenset()))
    monkeypatch.setattr(os, "link", failing(errno.EOPNOTSUPP)(os.link))
    backend = DirectoryBackend(root)
    assert backend.create("store.json", b"{}")
    assert backend.primitive is Primitive.CLAIM


def _keep_remote(self, name, value):
    if name != "remote":
        object.__setattr__(self, name, value)


def test_who_has_only_claims_may_not_create_in_a_store_of_others(root, backend):
    with only(Primitive.CLAIM):
        weak = DirectoryBackend(root)
        with pytest.raises(NotPermittedError, match="only if there is none"):
            weak.create("models/a/1.json", b"x")
    assert backend.create("models/a/1.json", b"y")


def test_a_full_disk_is_not_taken_for_a_missing_primitive(root):
    full = failing(errno.ENOSPC)(os.link)
    backend = DirectoryBackend(root)
    with replaced(os, "link", full), pytest.raises(NoSpaceError):
        backend.create("store.json", b"{}")
    assert backend.primitive is None


@pytest.mark.parametrize(
    ("primitive", "code"),
    [
        (Primitive.LINK, errno.EIO),
        (Primitive.LINK, errno.EEXIST),
        (Primitive.RENAME, errno.EIO),
        (Primitive.RENAME, errno.EEXIST),
        (Primitive.RENAME, errno.ENOENT),
    ],
)
def test_an_answer_that_was_lost_on_the_way_is_found_out(root, primitive, code):
    """NFS sends a call again, and the second answer is about what the first one did."""
    backend = DirectoryBackend(root, primitive=primitive)
    module, name = {
        Primitive.LINK: (os, "link"),
        Primitive.RENAME: (linux, "rename_no_replace"),
    }[primitive]
    real = getattr(module, name)
    calls = 0

    def lossy(*args, **kwargs):
        nonlocal calls
        calls += 1
        real(*args, **kwargs)
        if calls == 1:
            raise OSError(code, os.strerror(code))

    (root / "models").mkdir()
    with replaced(module, name, lossy):
        assert backend.create("models/1.json", b"own") is True
    assert backend.create("models/1.json", b"other") is False
    assert backend.get("models/1.json") == b"own"


# Leftovers


def test_leftovers_are_removed_when_they_are_old(root, backend):
    backend.put("objects/aa/one", [b"x"])
    old, new = root / "tmp/_1-old", root / "tmp/_1-new"
    old.write_bytes(b"y" * 1000)
    new.write_bytes(b"y")
    folder = root / "tmp/_2-old"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").write_bytes(b"z" * 10)
    (root / "tmp" / "foreign").write_bytes(b"")
    for path in (old, folder):
        os.utime(path, (1000, 1000))
    assert backend.clear_leftovers(2000) == Cleared(2, 1010)
    assert files_of(root) == ["objects/aa/one", "store.json", "tmp/_1-new", "tmp/foreign"]
    assert backend.clear_leftovers(backend.now() + 60) == Cleared(1, 1)


def test_a_write_whose_temporary_file_was_cleared_away_fails_and_says_so(root, backend):
    real = os.replace

    def late(source, target, **kwargs):
        for path in (root / "tmp").iterdir():
            path.unlink()
        return real(source, target, **kwargs)

    with replaced(os, "replace", late), pytest.raises(BackendUnavailableError):
        backend.put("objects/aa/one", [b"x"])
    assert backend.head("objects/aa/one") is None


def test_files_stay_open_no_longer_than_they_are_used(root):
    gc.collect()
    # What earlier tests left in circles.
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        backend = DirectoryBackend(root)
        backend.put("objects/aa/one", [b"x"])
        backend.settle(["objects/aa/one"])
        listing = backend.keys("")
        next(listing)
        del listing, backend
    assert len(list(Path("/proc/self/fd").iterdir())) == before
