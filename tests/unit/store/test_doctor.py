"""The doctor of stores: it finds what is wrong, and leaves nothing behind but its report."""

import os
import pwd
import tempfile
import threading
from pathlib import Path

import msgspec
import pytest
from support.backends import replaced

from podplanner.errors import ConflictError, NoStoreError
from podplanner.store.backends.directory import DirectoryBackend, Primitive
from podplanner.store.backends.directory.mounts import mount_of
from podplanner.store.backends.directory.racing import Race, race
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.doctor import (
    DoctorRecord,
    DoctorReport,
    demand_creation,
    examine,
)
from podplanner.store.examination import Result, SecondUser

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user takes root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(monkeypatch):
    """No race and little data: both are tried elsewhere."""
    monkeypatch.setattr(
        "podplanner.store.backends.directory.examining.race",
        lambda folder, primitive: Race(primitive, 2, 0, ""),
    )
    monkeypatch.setattr("podplanner.store.measuring._OBJECTS", 2)


def store_at(root: Path) -> DirectoryBackend:
    backend = DirectoryBackend(root)
    assert backend.create("store.json", b"{}")
    return backend


def result(report: DoctorReport, name: str) -> Result:
    return next(each for each in report.results if each.name == name)


def figure(found: Result, name: str):
    return next(each.value for each in found.figures if each.name == name)


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def test_a_good_store_is_found_good_and_left_as_it_was(root):
    backend = store_at(root)
    backend.put("objects/aa/one", [b"x"])
    before = tree(root)
    heard: list[str] = []
    report = examine(str(root), told=lambda each: heard.append(each.name))
    assert report.address == str(root)
    assert report.verdict in ("ok", "warning")
    # A warning where the disk of the tests is nearly full, or in memory.
    assert {each.name for each in report.results if each.verdict not in ("ok", "warning")} == set()
    assert heard == [each.name for each in report.results]
    assert len(set(heard)) == len(heard)
    assert set(heard) >= {
        "store", "file system", "creation", "fsync", "letter case", "hard links", "writing",
        "reading", "sharing", "leftovers", "symbolic links", "strangers", "modes", "clock", "space",
        "contents",
    }  # fmt: skip
    assert figure(result(report, "writing"), "rate") > 0
    assert figure(result(report, "creation"), "primitive") == "link"
    assert figure(result(report, "creation"), "claim rounds spoilt") == 0
    after = tree(root)
    assert report.record == "doctor/0000000001.json"
    assert after.keys() - before.keys() == {"doctor", report.record}
    del after[report.record], after["doctor"]
    assert after == before


def test_reports_are_numbered_and_kept(root, quick):
    store_at(root)
    for number in range(1, 4):
        report = examine(str(root))
        assert report.record == f"doctor/{number:010}.json"
    record = msgspec.json.decode((root / report.record).read_bytes(), type=DoctorRecord)
    assert record.format == "podplanner/doctor/1"
    assert [each.name for each in record.results] == [each.name for each in report.results]
    assert record.time.endswith("Z")


def test_a_report_is_kept_only_where_there_is_a_store_and_it_is_wanted(root, quick):
    assert examine(str(root)).record is None
    assert tree(root) == {"tmp": None}
    store_at(root)
    assert examine(str(root), record=False).record is None
    assert not (root / "doctor").exists()


def test_where_nothing_is_there_is_nothing_to_examine(tmp_path):
    with pytest.raises(NoStoreError):
        examine(str(tmp_path / "none"))


def test_a_backend_that_is_no_directory_is_examined_by_the_port_alone(monkeypatch):
    monkeypatch.setattr("podplanner.store.measuring._OBJECTS", 2)
    backend = MemoryBackend()
    backend.put("store.json", [b"{}"])
    report = examine(backend)
    assert result(report, "creation").verdict == "ok"
    assert result(report, "space").verdict == "unknown"
    assert [info.key for info in backend.keys("")] == ["doctor/0000000001.json", "store.json"]


class Careless(MemoryBackend):
    """Looks, and writes later: two writers can both find nothing."""

    def create(self, key: str, content: bytes) -> bool:
        if self.head(key) is not None:
            return False
        threading.Event().wait(0.002)
        self.put(key, [content])
        return True


def test_a_backend_on_which_two_can_win_is_found_out():
    report = examine(Careless(), record=False)
    assert result(report, "creation").verdict == "error"
    assert report.verdict == "error"
    with pytest.raises(ConflictError, match="both win"):
        demand_creation(Careless())
    demand_creation(MemoryBackend())


def test_who_may_only_read_is_told_what_could_not_be_tried(root):
    store_at(root)
    report = examine(ReadOnlyBackend(DirectoryBackend(root)))
    assert result(report, "creation").verdict == "unknown"
    assert result(report, "writing").verdict == "unknown"
    assert result(report, "clock").verdict == "unknown"
    assert report.record is None
    assert tree(root) == {"store.json": b"{}", "tmp": None}


# Races

CARELESS = """
import os
from podplanner.store.backends.directory import racing

def careless(source, target, *, src_dir_fd, dst_dir_fd, **_):
    try:
        os.stat(target, dir_fd=dst_dir_fd)
    except FileNotFoundError:
        import time
        time.sleep(0.003)
        os.replace(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
    else:
        raise FileExistsError(17, "exists")

os.link = careless
racing.run_racer()
"""


def test_a_race_finds_a_file_system_that_only_looks_before_it_writes(root):
    found = race(root, Primitive.LINK, rounds=8, program=CARELESS)
    assert found.rounds == 8
    assert found.spoilt > 0
    assert not found.holds


@pytest.mark.parametrize("primitive", list(Primitive))
def test_a_race_holds_on_a_good_file_system(root, primitive):
    assert race(root, primitive, rounds=8) == Race(primitive, 8, 0, "")


def test_a_primitive_that_is_not_to_be_had_is_said_so(root):
    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    with replaced(os, "link", refuse):
        found = race(root, Primitive.LINK, rounds=2)
    assert found.rounds == 0
    assert not found.holds
    assert "not permitted" in found.words


def test_racers_that_die_break_the_race_off(root):
    found = race(root, Primitive.LINK, rounds=2, program="raise SystemExit(3)")
    assert found.rounds == 0
    assert "broken off" in found.words


def test_the_first_primitive_that_is_to_be_had_decides(root, monkeypatch):
    outcomes = {
        Primitive.LINK: Race(Primitive.LINK, 0, 0, "no links"),
        Primitive.RENAME: Race(Primitive.RENAME, 25, 3, ""),
        Primitive.CLAIM: Race(Primitive.CLAIM, 25, 0, ""),
    }
    monkeypatch.setattr(
        "podplanner.store.backends.directory.examining.race",
        lambda folder, primitive: outcomes[primitive],
    )
    backend = DirectoryBackend(root)
    with pytest.raises(ConflictError, match="rename: 3 of 25 rounds spoilt") as caught:
        demand_creation(backend)
    assert "--single-writer" in caught.value.hint
    (root / ".claims").mkdir()
    demand_creation(backend)
    outcomes[Primitive.CLAIM] = Race(Primitive.CLAIM, 0, 0, "no")
    with pytest.raises(ConflictError):
        demand_creation(backend)


# What lies in the directory


def test_what_does_not_belong_is_named(root, quick):
    store_at(root)
    (root / "README.txt").write_text("mine")
    (root / "notes.txt").write_text("mine")
    (root / "objects").mkdir()
    (root / "objects" / "Copy of one").write_text("x")
    (root / ".DS_Store").write_text("")
    (root / "objects" / ".nfs0001").write_text("")
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "x").write_text("")
    (root / "linked").symlink_to("/")
    report = examine(str(root), record=False)
    strangers = result(report, "strangers")
    assert strangers.verdict == "warning"
    assert "README.txt" in strangers.words
    assert "Copy of one" in strangers.words
    assert (figure(strangers, "count"), figure(strangers, "harmless")) == (2, 2)
    contents = result(report, "contents")
    assert contents.verdict == "warning"
    assert "elsewhere/" in contents.words
    assert "notes.txt" in contents.words
    links = result(report, "symbolic links")
    assert links.verdict == "error"
    assert "linked" in links.words


def test_leftovers_are_counted_and_left(root, quick):
    store_at(root)
    (root / "tmp" / "_dead-1").write_bytes(b"x" * 100)
    report = examine(str(root), record=False)
    found = result(report, "leftovers")
    assert (figure(found, "count"), figure(found, "size")) == (1, 100)
    assert (root / "tmp" / "_dead-1").exists()


def test_folders_that_are_closed_to_the_group_are_named(root, quick):
    root.chmod(0o2775)
    backend = store_at(root)
    backend.put("objects/aa/one", [b"x"])
    (root / "objects" / "aa").chmod(0o755)
    found = result(examine(str(root), record=False), "modes")
    assert found.verdict == "warning"
    assert "objects/aa" in found.words


def test_a_lost_store_is_an_error(root, quick):
    backend = store_at(root)
    backend.head("store.json")
    (root / "store.json").unlink()
    report = examine(backend, record=False)
    assert result(report, "directory").verdict == "error"
    assert "mounted" in result(report, "directory").words


# Sharing


def shared(root: Path, mode: int) -> Result:
    root.chmod(mode)
    return result(examine(str(root), record=False), "sharing")


def test_a_store_of_one_user_is_no_error(root, quick):
    found = shared(root, 0o755)
    assert found.verdict == "ok"
    assert "only its owner" in found.words


@pytest.mark.parametrize(
    ("mode", "word"), [(0o775, "set-group-id"), (0o3775, "sticky"), (0o2720, "read and search")]
)
def test_modes_that_forbid_sharing_are_named(root, quick, mode, word):
    found = shared(root, mode)
    assert found.verdict == "error"
    assert word in found.words


@pytest.fixture
def open_root():
    """A folder that everybody reaches: pytest closes its own to others, again and again."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = Path(name, "store")
        root.mkdir()
        os.chown(root, 60_010, 60_011)
        yield root


@ROOT
def test_sharing_is_really_tried_as_two_users(open_root, quick):
    found = shared(open_root, 0o2770)
    assert found.verdict == "ok", found.words
    assert "tried: users 60010 and 60002 of group 60011 push, read and collect" in found.words


@ROOT
def test_a_second_user_may_be_named(open_root, quick):
    open_root.chmod(0o2770)
    user = SecondUser(60_020, 60_011)
    found = result(examine(str(open_root), second_user=user, record=False), "sharing")
    assert "60020" in found.words
    stranger = SecondUser(60_021, 60_022)
    found = result(examine(str(open_root), second_user=stranger, record=False), "sharing")
    assert found.verdict == "error"
    assert "user 60021 of group 60022 cannot push" in found.words


@ROOT
def test_a_second_user_comes_with_all_its_groups(open_root, quick):
    """As one whose own group is another, and who is a member of the store's."""
    member = next(
        (
            (user, gid)
            for user in pwd.getpwall()
            for gid in os.getgrouplist(user.pw_name, user.pw_gid)
            if gid != user.pw_gid and user.pw_uid
        ),
        None,
    )
    if member is None:
        pytest.skip("no user of this machine is in a second group")
    user, gid = member
    os.chown(open_root, 60_010, gid)
    open_root.chmod(0o2770)
    second = SecondUser(user.pw_uid, user.pw_gid)
    found = result(examine(str(open_root), second_user=second, record=False), "sharing")
    assert found.verdict == "ok", found.words


@ROOT
def test_a_folder_above_that_is_closed_is_found(open_root, quick):
    open_root.parent.chmod(0o700)
    found = shared(open_root, 0o2770)
    assert found.verdict == "error"
    assert "cannot push" in found.words
    assert "open the folders above" in found.hint


# Mounts

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /mnt/pod rw,relatime shared:7 - nfs4 server:/pod rw,vers=4.2,soft,lookupcache=all
41 27 0:41 / /mnt/with\040space\134x ro - cifs //server/share rw,cache=strict
42 40 0:42 / /mnt/pod/models rw master:3 propagate_from:2 - tmpfs none rw,size=1k
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind", "option"),
    [
        ("/srv", "ext4", "relatime"),
        ("/mnt/podium", "ext4", "rw"),
        ("/mnt/pod/x", "nfs4", "soft"),
        ("/mnt/pod/models/deep", "tmpfs", "size=1k"),
        ("/mnt/with space\\x/y", "cifs", "ro"),
    ],
)
def test_the_mount_of_a_folder_is_the_deepest_one_above_it(tmp_path, path, kind, option):
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    found = mount_of(path, mounts=table)
    assert found is not None
    assert found.kind == kind
    assert option in found.options


def test_where_the_system_does_not_say_nothing_is_known(tmp_path):
    assert mount_of("/srv", mounts=tmp_path / "none") is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("1 1 0:1 / / rw - nfs4 server:/x rw,soft", "soft"),
        ("1 1 0:1 / / rw - nfs server:/x rw,async", "before the server"),
        ("1 1 0:1 / / rw - cifs //server/x rw,cache=loose", "loose"),
        ("1 1 0:1 / / ro - ext4 /dev/sda rw", "read-only"),
        ("1 1 0:1 / / rw - tmpfs none rw", "memory"),
        ("1 1 0:1 / / rw - fuse.rclone bucket: rw", "bucket"),
    ],
)
def test_mounts_with_a_catch_are_warned_of(root, tmp_path, quick, monkeypatch, line, word):
    table = tmp_path / "mountinfo"
    table.write_text(f"{line}\n")
    monkeypatch.setattr(
        "podplanner.store.backends.directory.examining.mount_of",
        lambda path: mount_of(path, mounts=table),
    )
    found = result(examine(str(root), record=False), "file system")
    assert found.verdict == "warning"
    assert word in found.words
