"""Placing a version: whole, in place, or not at all; and what is there already is respected."""

import errno
import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from podplanner.errors import (
    ConflictError,
    NoSpaceError,
    NotPermittedError,
    OutputError,
    SourceChangedError,
    UnsafeContentError,
    WrongUsageError,
)
from podplanner.store.founding import found_store
from podplanner.store.worktree import (
    copying,
    destination,
    exchange,
    linux_calls,
    settling,
    staging,
    writer,
)
from podplanner.store.worktree.destination import Overwrite
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.holes import Extent
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.linux_calls import AbsentCallError
from podplanner.store.worktree.placing import prepare
from podplanner.store.worktree.tree import Tree

MANIFEST = "ab" * 32
FORCE, EXACT, SWAP = Overwrite(force=True), Overwrite(exact=True), Overwrite(swap=True)
FORCE_EXACT = Overwrite(force=True, exact=True)


@dataclass(frozen=True)
class Version:
    """Files of a version with what is in them."""

    content: dict[str, bytes]
    executable: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()

    def plan(self, dest, overwrite=None, manifest=MANIFEST):
        files = [
            WantedFile(path, len(content), path in self.executable)
            for path, content in sorted(self.content.items())
        ]
        return prepare(dest, files, self.folders, manifest=manifest, overwrite=overwrite)

    def judge(self, plan):
        for one in plan.to_judge:
            with plan.open_present(one.path) as file:
                same = file.read_at(0, file.size) == self.content[one.path]
            (plan.keep if same else plan.differs)(one.path)

    def write(self, plan, only=None):
        plan.begin()
        for wanted in plan.remaining():
            if only is None or wanted.path in only:
                with plan.open_file(wanted.path) as out:
                    out.write_at(0, self.content[wanted.path])
                    out.finish()

    def pull(self, dest, overwrite=None):
        plan = self.plan(dest, overwrite)
        plan.require_no_conflicts()
        self.judge(plan)
        plan.require_no_conflicts()
        self.write(plan)
        return plan.commit()


def tree(root):
    """Return what is in a directory: content of files, None for folders, targets of links."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_dir():
            found[name] = None
        else:
            found[name] = path.read_bytes()
    return found


def names(root):
    return sorted(path.name for path in root.iterdir())


def fill(root, content):
    for path, words in content.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(words)


V1 = Version(
    {"a": b"one", "sub/b": b"two", "sub/deep/c": b"", "日本/モデル": b"x" * 10_000},
    frozenset({"sub/b"}),
    ("empty/inner",),
)
WHOLE = {
    "a": b"one",
    "sub": None,
    "sub/b": b"two",
    "sub/deep": None,
    "sub/deep/c": b"",
    "empty": None,
    "empty/inner": None,
    "日本": None,
    "日本/モデル": b"x" * 10_000,
}


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "around" / "dest"


@pytest.mark.parametrize("there", ["missing", "empty", "link"])
def test_a_new_or_empty_directory_gets_the_whole_version_at_once(dest, there):
    if there != "missing":
        dest.mkdir(parents=True)
        dest.chmod(0o750)
    asked = dest
    if there == "link":
        asked = dest.parent / "link"
        asked.symlink_to("dest")
    plan = V1.plan(asked)
    V1.write(plan)
    assert not dest.exists() or list(dest.iterdir()) == []
    placed = plan.commit()
    assert tree(dest) == WHOLE
    assert (placed.written, placed.kept, placed.removed, placed.left_behind) == (4, 0, (), None)
    assert {path.name for path in dest.parent.iterdir()} <= {"dest", "link"}
    assert (dest / "sub/b").stat().st_mode & 0o777 == 0o755
    assert (dest / "a").stat().st_mode & 0o777 == 0o644
    if there != "missing":
        assert dest.stat().st_mode & 0o777 == 0o750
    for path, identity in placed.identities.items():
        assert identity == FileIdentity.of((dest / path).stat())
    assert placed.identities.keys() == V1.content.keys()


def test_modes_follow_the_umask(dest):
    before = os.umask(0o027)
    try:
        V1.pull(dest)
    finally:
        os.umask(before)
    assert (dest / "sub/b").stat().st_mode & 0o777 == 0o750
    assert (dest / "a").stat().st_mode & 0o777 == 0o640
    assert (dest / "sub").stat().st_mode & 0o777 == 0o750


def test_looking_writes_nothing(tmp_path):
    V1.plan(tmp_path / "x/y/z")
    V1.plan(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_equal_stays_and_strangers_are_named(dest):
    fill(dest, {"a": b"one", "mine": b"!", "sub/mine": b"!", "other/x": b"!", ".git/config": b"!"})
    before = (dest / "a").stat()
    plan = V1.plan(dest)
    assert plan.strangers == ("mine", "other/", "sub/mine")
    assert plan.spared == (".git/",)
    assert [one.path for one in plan.to_judge] == ["a"]
    V1.judge(plan)
    V1.write(plan)
    placed = plan.commit()
    assert (placed.written, placed.kept) == (3, 1)
    assert (dest / "a").stat().st_ino == before.st_ino
    assert tree(dest) == WHOLE | {
        "mine": b"!",
        "sub/mine": b"!",
        "other": None,
        "other/x": b"!",
        ".git": None,
        ".git/config": b"!",
    }
    assert names(dest.parent) == ["dest"]


def test_the_same_pull_again_writes_nothing(dest):
    V1.pull(dest)
    placed = V1.pull(dest)
    assert (placed.written, placed.kept) == (0, 4)


@pytest.mark.parametrize("there", [b"longer than one", b"two", b""])
def test_a_file_that_differs_is_refused_unless_forced(dest, there):
    fill(dest, {"a": there})
    with pytest.raises(ConflictError, match=r"a in .*dest would be replaced") as refused:
        V1.pull(dest)
    assert "--force" in refused.value.hint
    assert tree(dest) == {"a": there}
    assert names(dest.parent) == ["dest"]
    assert V1.pull(dest, FORCE).written == 4
    assert tree(dest) == WHOLE


def test_a_plan_that_nobody_judged_replaces_nothing(dest):
    fill(dest, {"a": b"two"})
    plan = V1.plan(dest)
    V1.write(plan)
    with pytest.raises(ValueError, match="nobody judged a"):
        plan.commit()
    plan.discard()
    assert tree(dest) == {"a": b"two"}
    assert names(dest.parent) == ["dest"]


def test_a_plan_that_is_not_finished_is_not_carried_out(dest):
    plan = V1.plan(dest)
    V1.write(plan, only={"a"})
    with pytest.raises(ValueError, match="not finished"):
        plan.commit()
    plan.discard()
    assert not dest.exists()
    assert names(dest.parent) == []


def test_a_kept_file_gets_its_executable_bit(dest):
    fill(dest, {"a": b"one", "sub/b": b"two"})
    (dest / "a").chmod(0o755)
    (dest / "sub/b").chmod(0o640)
    assert V1.pull(dest).kept == 2
    assert (dest / "a").stat().st_mode & 0o777 == 0o644
    assert (dest / "sub/b").stat().st_mode & 0o777 == 0o750


def test_exact_removes_strangers_but_not_what_a_push_leaves_out(dest):
    fill(dest, {"a": b"one", "mine": b"!", "other/deep/x": b"!", ".git/config": b"!"})
    (dest / "link").symlink_to("/etc")
    (dest / "other/out").symlink_to("/etc")
    placed = V1.pull(dest, EXACT)
    assert placed.removed == ("link", "mine", "other/")
    assert tree(dest) == WHOLE | {".git": None, ".git/config": b"!"}
    assert Path("/etc/passwd").exists()


def test_swap_exchanges_the_directories_and_removes_the_old_one(dest, monkeypatch):
    fill(dest, {"a": b"old", "mine": b"!", "sub": b"a file"})
    (dest / "empty").symlink_to("/etc")
    placed = V1.pull(dest, SWAP)
    assert tree(dest) == WHOLE
    assert placed.removed == ("mine",)
    assert names(dest.parent) == ["dest"]

    def absent(*_):
        raise AbsentCallError

    monkeypatch.setattr(exchange, "exchange_names", absent)
    fill(dest, {"a": b"old", "mine": b"!"})
    V1.pull(dest, SWAP)
    assert tree(dest) == WHOLE
    assert names(dest.parent) == ["dest"]


def test_swap_in_two_steps_goes_back_when_the_second_fails(dest, monkeypatch):
    def absent(*_):
        raise AbsentCallError

    plain, done = os.rename, []

    def rename(old, new):
        done.append(new)
        if len(done) == 2:
            raise OSError(errno.EIO, "Input/output error")
        plain(old, new)

    fill(dest, {"a": b"old"})
    plan = V1.plan(dest, SWAP)
    V1.write(plan)
    monkeypatch.setattr(exchange, "exchange_names", absent)
    monkeypatch.setattr(exchange.os, "rename", rename)
    with pytest.raises(OutputError, match="input/output"):
        plan.commit()
    assert tree(dest) == {"a": b"old"}
    plan.abandon()


def test_swap_is_refused_where_it_would_hurt(dest, monkeypatch, tmp_path):
    fill(dest, {".git/config": b"!", "a": b"old"})
    with pytest.raises(ConflictError, match=r"holds \.git"):
        V1.plan(dest, SWAP)
    (dest / ".git").rename(tmp_path / "git")
    monkeypatch.chdir(dest)
    with pytest.raises(ConflictError, match="stand in it"):
        V1.plan(dest, SWAP)
    monkeypatch.chdir("/")
    monkeypatch.setattr(destination, "_mounts", lambda: [str(dest / "below")])
    with pytest.raises(ConflictError, match="mounted"):
        V1.plan(dest, SWAP)
    monkeypatch.setenv("HOME", str(dest))
    for overwrite, option in ((SWAP, "--swap"), (EXACT, "--exact")):
        with pytest.raises(WrongUsageError, match=option):
            V1.plan(dest, overwrite)
        with pytest.raises(WrongUsageError, match=option):
            V1.plan(Path("/"), overwrite)
    assert tree(dest) == {"a": b"old"}


def test_an_empty_directory_in_which_one_stands_stays_the_same_directory(dest, monkeypatch):
    dest.mkdir(parents=True)
    before = dest.stat().st_ino
    monkeypatch.chdir(dest)
    V1.pull(Path())
    assert dest.stat().st_ino == before
    assert tree(dest) == WHOLE
    assert names(dest.parent) == ["dest"]


@pytest.mark.parametrize("overwrite", [None, FORCE, FORCE_EXACT], ids=["plain", "force", "exact"])
@pytest.mark.parametrize("target", ["outside", "inside"])
def test_a_linked_folder_in_the_destination_is_refused(tmp_path, dest, overwrite, target):
    fill(tmp_path / "outside", {"b": b"not ours"})
    fill(dest, {"real/x": b""})
    (dest / "sub").symlink_to(tmp_path / "outside" if target == "outside" else "real")
    with pytest.raises(UnsafeContentError, match="sub is a link"):
        V1.pull(dest, overwrite)
    assert tree(tmp_path / "outside") == {"b": b"not ours"}


def test_a_link_put_there_during_the_pull_is_not_followed(tmp_path, dest):
    fill(tmp_path / "outside", {"b": b"not ours"})
    fill(dest, {"sub/deep/c": b"", "sub/b": b"two"})
    plan = V1.plan(dest)
    V1.judge(plan)
    V1.write(plan)
    (dest / "sub").rename(dest / "was")
    (dest / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises((UnsafeContentError, ConflictError)):
        plan.commit()
    assert tree(tmp_path / "outside") == {"b": b"not ours"}
    plan.abandon()


def test_a_link_or_pipe_where_a_file_belongs_is_replaced_by_force_and_not_followed(tmp_path, dest):
    (tmp_path / "secret").write_bytes(b"secret")
    (dest / "sub").mkdir(parents=True)
    (dest / "a").symlink_to(tmp_path / "secret")
    os.mkfifo(dest / "sub/b")
    with pytest.raises(ConflictError, match="a and 1 more"):
        V1.pull(dest)
    V1.pull(dest, FORCE)
    assert tree(dest) == WHOLE
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_a_folder_where_a_file_belongs_is_removed_only_by_exact(dest):
    fill(dest, {"a/precious": b"!"})
    with pytest.raises(ConflictError, match="would be replaced"):
        V1.pull(dest)
    with pytest.raises(ConflictError, match="a folder stands where") as refused:
        V1.pull(dest, FORCE)
    assert "--exact" in refused.value.hint
    assert tree(dest) == {"a": None, "a/precious": b"!"}
    V1.pull(dest, FORCE_EXACT)
    assert tree(dest) == WHOLE


def test_a_file_where_a_folder_belongs_is_replaced_by_force(dest):
    fill(dest, {"sub": b"file", "empty": b"file"})
    with pytest.raises(ConflictError, match="empty and 1 more"):
        V1.pull(dest)
    V1.pull(dest, FORCE)
    assert tree(dest) == WHOLE


def test_a_destination_that_is_no_directory_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "broken").symlink_to("nowhere")
    with pytest.raises(ConflictError, match="not a directory"):
        V1.plan(tmp_path / "file")
    with pytest.raises(ConflictError, match="file is not a directory"):
        V1.plan(tmp_path / "file" / "below")
    V1.pull(tmp_path / "broken")
    assert tree(tmp_path / "nowhere") == WHOLE


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "C:x", "a\\b", ".git/config", "nul"])
def test_a_hostile_path_is_refused_before_anything_is_made(dest, path):
    with pytest.raises(UnsafeContentError, match="refused"):
        prepare(dest, [WantedFile(path, 1, executable=False)], (), manifest=MANIFEST)
    with pytest.raises(UnsafeContentError, match="refused"):
        prepare(dest, [], [path], manifest=MANIFEST)
    assert not dest.parent.exists()


@pytest.mark.parametrize("size", [-1, 2**62, 2**80])
def test_a_length_that_cannot_be_is_refused(dest, size):
    with pytest.raises(UnsafeContentError, match="claims"):
        prepare(dest, [WantedFile("a", size, executable=False)], (), manifest=MANIFEST)


def test_too_little_space_is_said_before(dest, monkeypatch):
    plan = V1.plan(dest)
    plan.require_space(1)
    with pytest.raises(NoSpaceError, match="are free"):
        plan.require_space(2**60)
    assert plan.free_bytes() > 0


# What is put there by others, meanwhile.


def test_a_directory_that_was_filled_meanwhile_is_not_replaced(dest):
    plan = V1.plan(dest)
    V1.write(plan)
    fill(dest, {"mine": b"!"})
    with pytest.raises(ConflictError, match="filled") as refused:
        plan.commit()
    assert "again" in refused.value.hint
    plan.abandon()
    assert tree(dest) == {"mine": b"!"}
    # The same command goes on with what was written.
    again = V1.plan(dest)
    again.begin()
    with again.open_file("a") as out:
        assert out.before == (Extent(0, 3),)
        out.finish()
    V1.write(again)
    again.commit()
    assert tree(dest) == WHOLE | {"mine": b"!"}
    assert names(dest.parent) == ["dest"]


@pytest.mark.parametrize("linking", [True, False])
def test_a_file_that_appears_meanwhile_is_not_replaced(dest, monkeypatch, linking):
    if linking:

        def absent(*_):
            raise AbsentCallError

        monkeypatch.setattr(exchange, "rename_if_free", absent)
    fill(dest, {"mine": b"!"})
    plan = V1.plan(dest)
    V1.write(plan)
    fill(dest, {"sub/b": b"new"})
    with pytest.raises(ConflictError, match="sub/b was changed"):
        plan.commit()
    assert (dest / "sub/b").read_bytes() == b"new"
    plan.abandon()
    (dest / "sub/b").unlink()
    V1.pull(dest)
    assert tree(dest) == WHOLE | {"mine": b"!"}


def test_a_file_system_without_second_names_still_moves(dest, monkeypatch):
    def absent(*_):
        raise AbsentCallError

    def no_links(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(exchange, "rename_if_free", absent)
    monkeypatch.setattr(exchange.os, "link", no_links)
    fill(dest, {"mine": b"!"})
    plan = V1.plan(dest)
    V1.write(plan)
    fill(dest, {"sub/b": b"new"})
    with pytest.raises(ConflictError, match="sub/b was changed"):
        plan.commit()
    plan.discard()
    (dest / "sub/b").unlink()
    V1.pull(dest)
    assert tree(dest) == WHOLE | {"mine": b"!"}


def test_a_kept_file_that_changes_meanwhile_is_noticed(dest):
    fill(dest, {"a": b"one"})
    plan = V1.plan(dest)
    V1.judge(plan)
    V1.write(plan)
    (dest / "a").write_bytes(b"two")
    with pytest.raises(ConflictError, match="a was changed"):
        plan.commit()
    with pytest.raises(SourceChangedError):
        plan.open_present("a")
    plan.discard()


def test_two_pulls_to_one_place_do_not_mix(dest):
    first, second = V1.plan(dest), V1.plan(dest)
    V1.write(first)
    second.begin()
    assert second.busy
    assert not first.busy
    V1.write(second)
    first.commit()
    with pytest.raises(ConflictError, match="filled"):
        second.commit()
    second.abandon()
    assert V1.pull(dest).kept == 4
    assert tree(dest) == WHOLE


# What a pull leaves that was broken off.


_KILLED = """
import os, sys
from pathlib import Path
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.placing import prepare
files = [WantedFile("a", 3, False), WantedFile("big", 3 * 2**20, False), WantedFile("c", 1, False)]
plan = prepare(Path(sys.argv[1]), files, (), manifest=sys.argv[2])
plan.begin()
with plan.open_file("a") as out:
    out.write_at(0, b"one")
    out.finish()
out = plan.open_file("big")
out.write_at(2**20, b"x" * 2**20)
os.kill(os.getpid(), 9)
"""
BIG = Version({"a": b"one", "big": b"x" * (3 * 2**20), "c": b"c"})


def killed(dest, manifest=MANIFEST):
    done = subprocess.run([sys.executable, "-c", _KILLED, str(dest), manifest])
    assert done.returncode == -9


@pytest.mark.parametrize("there", [{}, {"mine": b"!"}], ids=["new", "filled"])
def test_a_killed_pull_goes_on_with_what_was_written(dest, there):
    fill(dest, there)
    killed(dest)
    assert tree(dest) == there if there else not dest.exists()
    plan = BIG.plan(dest)
    plan.begin()
    assert not plan.busy
    with plan.open_file("a") as out:
        assert out.before == (Extent(0, 3),)
        buffer = bytearray(3)
        out.read_into(0, memoryview(buffer))
        assert buffer == b"one"
        out.finish()
    with plan.open_file("big") as out:
        assert out.before == (Extent(2**20, 2**20),)
        for offset in (0, 2 * 2**20):
            out.write_at(offset, b"x" * 2**20)
        out.finish()
    BIG.write(plan)
    plan.commit()
    assert tree(dest) == BIG.content | there
    assert names(dest.parent) == ["dest"]


def test_what_a_killed_pull_left_goes_when_nothing_of_it_is_needed(dest):
    fill(dest, {"mine": b"!"})
    killed(dest)
    fill(dest, BIG.content)
    plan = BIG.plan(dest)
    BIG.judge(plan)
    assert plan.remaining() == ()
    plan.commit()
    assert names(dest.parent) == ["dest"]
    assert tree(dest) == BIG.content | {"mine": b"!"}


def test_what_a_killed_pull_of_another_version_left_is_removed(dest):
    killed(dest, "cd" * 32)
    plan = BIG.plan(dest)
    plan.begin()
    with plan.open_file("a") as out:
        assert out.before == ()
    plan.discard()
    assert names(dest.parent) == []


def test_a_smaller_part_of_a_version_takes_only_its_own_from_what_was_left(dest):
    killed(dest)
    Version({"c": b"c"}).pull(dest)
    assert tree(dest) == {"c": b"c"}


def test_links_and_foreign_files_in_what_was_left_are_not_used(tmp_path, dest):
    killed(dest)
    (left,) = dest.parent.iterdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (left / "tree/a").unlink()
    (left / "tree/a").symlink_to(tmp_path / "secret")
    os.link(tmp_path / "secret", left / "tree/c")
    os.mkfifo(left / "tree/big2")
    BIG.pull(dest)
    assert tree(dest) == BIG.content
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("damage", ["no mark", "bad mark", "no tree", "tree is a link"])
def test_a_staging_folder_that_is_broken_is_cleared_away(tmp_path, dest, damage):
    killed(dest)
    (left,) = dest.parent.iterdir()
    fill(tmp_path / "outside", {"x": b"!"})
    if damage == "no mark":
        (left / "pull.json").unlink()
        os.utime(left, (0, 0))
    elif damage == "bad mark":
        (left / "pull.json").write_bytes(b"[" * 5000)
        os.utime(left, (0, 0))
    else:
        (left / "tree").rename(tmp_path / "elsewhere")
        if damage == "tree is a link":
            (left / "tree").symlink_to(tmp_path / "outside")
    BIG.pull(dest)
    assert tree(dest) == BIG.content
    assert names(dest.parent) == ["dest"]
    assert tree(tmp_path / "outside") == {"x": b"!"}


def test_a_staging_folder_without_a_mark_that_is_young_is_left_alone(dest):
    killed(dest)
    (left,) = dest.parent.iterdir()
    (left / "pull.json").unlink()
    plan = BIG.plan(dest)
    BIG.write(plan)
    assert plan.busy
    plan.commit()
    assert names(dest.parent) == sorted([left.name, "dest"])


@pytest.mark.parametrize(("quiet_s", "taken"), [(60, False), (3600, True)])
def test_a_pull_of_another_machine_is_taken_over_when_it_is_quiet(
    dest, monkeypatch, quiet_s, taken
):
    killed(dest)
    (left,) = dest.parent.iterdir()
    mark = (left / "pull.json").read_bytes()
    host = os.uname().nodename.encode()
    (left / "pull.json").write_bytes(mark.replace(b'"host":"' + host, b'"host":"far away'))
    seen = (left / "pull.json").stat().st_mtime - quiet_s
    os.utime(left, (seen, seen))
    plan = BIG.plan(dest)
    plan.begin()
    assert plan.busy is not taken
    with plan.open_file("a") as out:
        assert bool(out.before) is taken
    plan.discard()
    assert left.exists() is not taken


def test_a_pull_whose_staging_was_taken_fails_clearly(dest):
    plan = BIG.plan(dest)
    BIG.write(plan)
    (left,) = dest.parent.iterdir()
    left.rename(dest.parent / (left.name[:-16] + "0" * 16))
    with pytest.raises(OutputError, match="took it over"):
        plan.commit()
    plan.abandon()
    assert not dest.exists()


def test_a_staging_folder_that_was_deleted_is_made_anew(dest):
    plan = BIG.plan(dest)
    BIG.write(plan, only={"a"})
    plan.abandon()
    (left,) = dest.parent.iterdir()
    staging.remove_tree(str(left))
    BIG.pull(dest)
    assert tree(dest) == BIG.content


def test_a_sign_of_life_is_given_while_writing(dest, monkeypatch):
    monkeypatch.setattr(staging, "_BEAT_S", 0.0)
    plan = BIG.plan(dest)
    plan.begin()
    (left,) = dest.parent.iterdir()
    os.utime(left, (0, 0))
    with plan.open_file("a") as out:
        out.write_at(0, b"one")
    assert left.stat().st_mtime > 10**9
    plan.discard()


# Where nothing can be built beside the destination.


def nothing_beside(monkeypatch, dest):
    plain = os.mkdir

    def mkdir(path, *rest, **more):
        if str(path).startswith(f"{dest.parent}/."):
            raise PermissionError(errno.EACCES, "Permission denied")
        plain(path, *rest, **more)

    monkeypatch.setattr(staging.os, "mkdir", mkdir)


@pytest.mark.parametrize("how", ["not permitted", "mounted"])
@pytest.mark.parametrize("there", [{}, {"mine": b"!"}], ids=["empty", "filled"])
def test_a_hidden_folder_inside_is_used_and_gone_at_the_end(dest, monkeypatch, how, there):
    dest.mkdir(parents=True)
    fill(dest, there)
    if how == "mounted":
        monkeypatch.setattr(destination, "_mounts", lambda: [str(dest)])
    else:
        nothing_beside(monkeypatch, dest)
    plan = V1.plan(dest)
    V1.write(plan, only={"a"})
    assert [path.name[:12] for path in dest.iterdir() if path.name != "mine"] == [".podplanner-"]
    assert names(dest.parent) == ["dest"]
    plan.abandon()
    plan = V1.plan(dest)
    plan.begin()
    with plan.open_file("a") as out:
        assert out.before
        out.finish()
    V1.write(plan)
    plan.commit()
    assert tree(dest) == WHOLE | there


def test_swap_where_nothing_can_be_beside_is_refused(dest, monkeypatch):
    fill(dest, {"a": b"old"})
    nothing_beside(monkeypatch, dest)
    with pytest.raises(ConflictError, match="cannot be exchanged"):
        V1.pull(dest, SWAP)
    assert tree(dest) == {"a": b"old"}


def test_a_new_directory_where_none_may_be_made_is_refused(dest, monkeypatch):
    nothing_beside(monkeypatch, dest)
    with pytest.raises(NotPermittedError, match="permission denied"):
        V1.pull(dest)


def test_another_file_system_below_is_refused(dest, monkeypatch):
    fill(dest, {"sub/mine": b"!"})
    entries = Tree.entries

    def elsewhere(self, folder):
        return [
            (name, Path("/proc").stat() if name == "sub" else found)
            for name, found in entries(self, folder)
        ]

    monkeypatch.setattr(Tree, "entries", elsewhere)
    with pytest.raises(ConflictError, match="mounted"):
        V1.plan(dest)


# Disks that fail.


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, NoSpaceError),
        (errno.EDQUOT, NoSpaceError),
        (errno.EIO, OutputError),
        (errno.ESTALE, OutputError),
        (errno.EROFS, NotPermittedError),
        (errno.EFBIG, OutputError),
    ],
)
def test_a_write_that_fails_is_told_and_goes_on_later(dest, monkeypatch, number, kind):
    plan = V1.plan(dest)
    V1.write(plan, only={"a"})

    def fails(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write_all", fails)
        with plan.open_file("sub/b") as out, pytest.raises(kind, match="sub/b") as refused:
            out.write_at(0, b"two")
    assert refused.value.hint
    V1.write(plan)
    plan.commit()
    assert tree(dest) == WHOLE


def test_short_writes_are_continued(dest, monkeypatch):
    plain = os.pwrite
    monkeypatch.setattr(
        copying.os, "pwrite", lambda fd, buffer, at: plain(fd, bytes(buffer)[:777], at)
    )
    V1.pull(dest)
    assert tree(dest) == WHOLE


@pytest.mark.parametrize("at_once", [False, True])
def test_a_disk_that_does_not_take_a_file_has_it_written_again(dest, monkeypatch, at_once):
    if at_once:
        monkeypatch.setattr(settling, "_MANY", 1)
        failing = "sync_file_system"
        target = settling
    else:
        failing, target = "fsync", settling.os
    plan = V1.plan(dest)
    V1.write(plan)

    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(target, failing, fails)
        with pytest.raises(OutputError, match="does not answer"):
            plan.commit()
    plan.abandon()
    assert not dest.exists()
    (left,) = dest.parent.iterdir()
    assert "a" not in tree(left / "tree")
    V1.pull(dest)
    assert tree(dest) == WHOLE


def test_many_files_are_settled_at_once_where_the_system_can(dest, monkeypatch):
    many = Version({f"{number:03}": b"x" for number in range(100)})
    seen = []
    plain = settling.sync_file_system
    monkeypatch.setattr(settling, "sync_file_system", lambda fd: (seen.append(fd), plain(fd)))
    many.pull(dest)
    opened = os.open(dest, os.O_RDONLY)
    kind = linux_calls.file_system_kind(opened)
    os.close(opened)
    assert len(seen) == (1 if kind in settling._TRUSTED_KINDS else 0)
    assert tree(dest) == many.content

    def absent(_):
        raise AbsentCallError

    monkeypatch.setattr(settling, "sync_file_system", absent)
    many.pull(dest.parent / "other")
    assert tree(dest.parent / "other") == many.content


def test_an_old_directory_that_cannot_be_removed_is_told(dest, monkeypatch):
    fill(dest, {"a": b"old"})
    plan = V1.plan(dest, SWAP)
    V1.write(plan)

    def fails(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(staging, "remove_staging", fails)
        placed = plan.commit()
    assert tree(dest) == WHOLE
    assert placed.left_behind
    assert Path(placed.left_behind, "tree/a").read_bytes() == b"old"


def test_folders_that_may_not_be_written_are_removed_with_an_old_directory(dest):
    fill(dest, {"locked/x": b"!"})
    (dest / "locked").chmod(0o500)
    V1.pull(dest, SWAP)
    assert names(dest.parent) == ["dest"]


# Writing a file.


def test_ranges_may_be_written_in_any_order_by_threads(dest):
    content = os.urandom(2**20)
    plan = Version({"f": content}).plan(dest)
    with plan.open_file("f") as out:

        def write(number):
            at = number * 2**16
            out.write_at(at, content[at : at + 2**16])

        threads = [threading.Thread(target=write, args=(n,)) for n in reversed(range(16))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        out.finish()
    plan.commit()
    assert (dest / "f").read_bytes() == content


def test_threads_open_files_in_many_folders(dest):
    many = Version({f"d{n % 7}/e{n % 3}/f{n}": bytes([n]) for n in range(200)})
    plan = many.plan(dest)
    failed = []

    def write(paths):
        try:
            for path in paths:
                with plan.open_file(path) as out:
                    out.write_at(0, many.content[path])
                    out.finish()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    paths = list(many.content)
    threads = [threading.Thread(target=write, args=(paths[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    plan.commit()
    assert {path: (dest / path).read_bytes() for path in paths} == many.content


def test_holes_come_back_as_holes_and_zeros_as_zeros(dest):
    size = 2**30
    plan = prepare(dest, [WantedFile("f", size, executable=False)], (), manifest=MANIFEST)
    with plan.open_file("f") as out:
        out.hole(0, 2**29)
        out.write_at(2**29, bytes(2**20))
        out.hole(2**29 + 2**20, size - 2**29 - 2**20)
        out.finish()
    plan.commit()
    assert (dest / "f").stat().st_size == size
    assert (dest / "f").stat().st_blocks * 512 in range(2**20, 2**21)


@pytest.mark.parametrize("punching", [True, False])
def test_a_hole_over_what_an_earlier_pull_wrote_is_zeros(dest, monkeypatch, punching):
    if not punching:

        def absent(*_):
            raise AbsentCallError

        monkeypatch.setattr(writer, "punch_hole", absent)
    killed(dest)
    plan = BIG.plan(dest)
    with plan.open_file("big") as out:
        out.hole(0, 3 * 2**20)
        out.finish()
    BIG.write(plan)
    plan.commit()
    assert (dest / "big").read_bytes() == bytes(3 * 2**20)


def test_a_range_outside_of_the_file_is_a_mistake(dest):
    plan = V1.plan(dest)
    with plan.open_file("a") as out:
        for offset, content in ((-1, b"x"), (0, b"1234"), (4, b"")):
            with pytest.raises(ValueError, match="are not in"):
                out.write_at(offset, content)
    plan.discard()


@pytest.fixture
def sharing(monkeypatch):
    """A disk that shares blocks, as Btrfs and XFS do; returns the ranges that it was asked for."""
    asked = []

    def clone(target, request, argument):
        assert request == 0x4020940D
        source, start, length, offset = struct.unpack("=qQQQ", argument)
        if start % 4096 or offset % 4096 or length % 4096:
            raise OSError(errno.EINVAL, "unaligned")
        asked.append((start, offset, length))
        os.pwrite(target, os.pread(source, length, start), offset)

    monkeypatch.setattr("fcntl.ioctl", clone)
    return asked


def test_ranges_share_the_blocks_of_a_file_that_is_there(dest, sharing):
    old = os.urandom(3 * 2**20)
    fill(dest, {"f": old})
    new = Version({"f": old[: 2**20] + b"y" * 8192 + old[2**20 :]})
    plan = new.plan(dest, FORCE)
    with plan.open_present("f") as source, plan.open_file("f") as out:
        assert out.share_from(source, 0, 0, 2**20 - 100)
        out.write_at(2**20 - 100, old[2**20 - 100 : 2**20] + b"y" * 8192)
        assert out.share_from(source, 2**20 + 50, 2**20 + 8192 + 50, 2 * 2**20 - 50)
        out.write_at(2**20 + 8192, old[2**20 : 2**20 + 50])
        buffer = bytearray(len(new.content["f"]))
        out.read_into(0, memoryview(buffer))
        assert buffer == new.content["f"]
        out.finish()
    plan.commit()
    assert tree(dest) == new.content
    assert sharing == [(0, 0, 2**20 - 4096), (2**20 + 4096, 2**20 + 12288, 2 * 2**20 - 4096)]


def test_ranges_that_lie_otherwise_in_their_blocks_are_not_shared(dest, sharing):
    fill(dest, {"f": bytes(2**20)})
    plan = Version({"f": b"1" * 2**20}).plan(dest, FORCE)
    with plan.open_present("f") as source, plan.open_file("f") as out:
        assert not out.share_from(source, 0, 100, 2**20 - 100)
        assert not out.share_from(source, 0, 0, 4095)
        assert not out.share_from(source, 1, 1, 4095 + 4095)
        buffer = bytearray(2**20)
        out.read_into(0, memoryview(buffer))
    assert buffer == bytes(2**20)
    assert sharing == []


def test_a_source_that_ends_before_the_range_is_told(dest, sharing):
    fill(dest, {"f": os.urandom(2**20)})
    plan = Version({"f": b"1" * 2**20}).plan(dest, FORCE)
    with plan.open_present("f") as source, plan.open_file("f") as out:
        os.truncate(dest / "f", 10_000)
        with pytest.raises(SourceChangedError):
            out.share_from(source, 0, 0, 12_000)


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EXDEV, errno.ENOTTY, errno.EINVAL])
def test_a_disk_that_cannot_share_says_so_and_nothing_has_changed(dest, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.ioctl", refuse)
    fill(dest, {"f": b"1" * 2**20})
    plan = Version({"f": b"2" * 2**20}).plan(dest, FORCE)
    with plan.open_present("f") as source, plan.open_file("f") as out:
        assert not out.share_from(source, 100, 100, 2**20 - 200)
        buffer = bytearray(2**20)
        out.read_into(0, memoryview(buffer))
        assert buffer == bytes(2**20)


def test_a_full_disk_that_shares_is_told(dest, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("fcntl.ioctl", full)
    fill(dest, {"f": b"1" * 2**20})
    plan = Version({"f": b"2" * 2**20}).plan(dest, FORCE)
    with (
        plan.open_present("f") as source,
        plan.open_file("f") as out,
        pytest.raises(NoSpaceError),
    ):
        out.share_from(source, 0, 0, 2**20)


def test_the_space_of_an_old_destination_is_reused_in_a_swap(dest):
    fill(dest, {"a": b"one"})
    plan = V1.plan(dest, SWAP)
    assert plan.to_judge == ()
    assert list(plan.present) == ["a"]
    with plan.open_present("a") as source, plan.open_file("a") as out:
        content = bytearray(3)
        source.read_into(0, memoryview(content))
        out.write_at(0, content)
        out.finish()
    V1.write(plan)
    plan.commit()
    assert tree(dest) == WHOLE


def test_a_very_long_name_has_a_staging_folder_too(tmp_path):
    dest = tmp_path / ("é" * 127)
    V1.pull(dest)
    assert tree(dest) == WHOLE
    assert names(tmp_path) == [dest.name]


def test_a_path_longer_than_the_system_takes_at_once_is_placed(dest):
    path = "/".join(["x" * 200] * 20)
    fill(dest, {"mine": b"!"})
    Version({path: b"deep"}).pull(dest)
    Version({path: b"deep"}).pull(dest)
    here = os.open(dest, os.O_RDONLY)
    for name in path.split("/")[:-1]:
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
    assert os.read(file, 10) == b"deep"
    os.close(file)
    os.close(here)


_AS_NOBODY = """
import os, sys
from pathlib import Path
from podplanner.errors import NotPermittedError
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.placing import prepare
if os.geteuid() == 0:
    os.setuid(65534)
plan = prepare(Path(sys.argv[1]), [WantedFile("a", 0, False)], (), manifest="ab")
try:
    plan.begin()
except NotPermittedError as error:
    print(error.message, "|", error.hint)
plan.abandon()
"""


def test_a_directory_that_may_not_be_written_is_told(tmp_path):
    dest = tmp_path / "dest"
    dest.mkdir()
    dest.chmod(0o555)
    reach = tmp_path
    while reach != reach.parent and reach.stat().st_uid == os.geteuid():
        reach.chmod(reach.stat().st_mode | 0o011)
        reach = reach.parent
    tmp_path.chmod(0o555)
    told = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(dest)], capture_output=True, text=True, check=True
    )
    tmp_path.chmod(0o755)
    assert "may not be written: permission denied" in told.stdout
    assert list(dest.iterdir()) == []


@pytest.mark.parametrize("below", ["", "objects", "new/folder"])
def test_nothing_is_pulled_into_a_store(tmp_path, below):
    found_store(str(tmp_path / "pod"), single_writer=True)
    before = sorted(tmp_path.rglob("*"))
    version = Version({"a": b"1"})
    for overwrite in (None, SWAP, FORCE_EXACT):
        with pytest.raises(ConflictError, match="lies in the store"):
            version.plan(tmp_path / "pod" / below, overwrite)
    assert sorted(tmp_path.rglob("*")) == before
