"""The commit around a push, from real checkouts."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from podplanner.store.code_revision import code_revision
from podplanner.store.records import CodeRevision

GIT = shutil.which("git")
QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"],
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}  # fmt: skip


def git(folder, *words):
    done = subprocess.run(
        [GIT, *words], cwd=folder, env=QUIET, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one commit."""
    root = tmp_path / "code"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "train.py").write_text("print(1)\n")
    git(root, "add", "train.py")
    git(root, "commit", "-q", "-m", "one")
    return root


def test_the_commit_of_a_clean_checkout_is_found_from_any_folder_in_it(checkout):
    head = git(checkout, "rev-parse", "HEAD")
    deep = checkout / "a" / "b"
    deep.mkdir(parents=True)
    for start in (checkout, deep):
        assert code_revision(start, QUIET) == CodeRevision(revision=head, dirty=False)


def test_changed_files_make_it_dirty_and_unknown_ones_do_not(checkout):
    (checkout / "notes.txt").write_text("x")
    assert code_revision(checkout, QUIET).dirty is False
    (checkout / "train.py").write_text("print(2)\n")
    assert code_revision(checkout, QUIET).dirty is True


def test_packed_references_branches_tags_and_a_detached_head_are_read(checkout):
    head = git(checkout, "rev-parse", "HEAD")
    git(checkout, "pack-refs", "--all")
    assert not (checkout / ".git" / "refs" / "heads" / "main").exists()
    assert code_revision(checkout, QUIET).revision == head
    git(checkout, "checkout", "-q", "-b", "team/feature")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "two")
    assert code_revision(checkout, QUIET).revision == git(checkout, "rev-parse", "HEAD")
    git(checkout, "checkout", "-q", "--detach", head)
    assert code_revision(checkout, QUIET).revision == head


def test_worktrees_have_their_own_commit(checkout):
    git(checkout, "worktree", "add", "-q", "-b", "other", "../other")
    other = checkout.parent / "other"
    git(other, "commit", "-q", "--allow-empty", "-m", "two")
    git(other, "pack-refs", "--all")
    assert code_revision(other, QUIET).revision == git(other, "rev-parse", "HEAD")
    assert code_revision(other, QUIET).revision != git(checkout, "rev-parse", "HEAD")


def test_no_checkout_and_no_commit_are_nothing(tmp_path):
    assert code_revision(tmp_path, QUIET) is None
    git(tmp_path, "init", "-q")
    assert code_revision(tmp_path, QUIET) is None


@pytest.mark.parametrize(
    "head",
    [
        "",
        "ref: ../../etc/passwd",
        "ref: refs/../../x",
        "ref: HEAD",
        "zz" * 20,
        "\xff",
        "ref: refs/a b",
    ],
)
def test_a_strange_head_is_nothing(checkout, head):
    (checkout / ".git" / "HEAD").write_text(head, encoding="latin-1")
    assert code_revision(checkout, QUIET) is None


def test_references_in_a_circle_are_nothing(checkout):
    (checkout / ".git" / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n")
    assert code_revision(checkout, QUIET) is None


def test_without_git_the_commit_is_known_and_the_changes_are_not(checkout, tmp_path):
    found = code_revision(checkout, {"PATH": str(tmp_path / "nothing")})
    assert found == CodeRevision(revision=git(checkout, "rev-parse", "HEAD"), dirty=None)


def test_a_git_that_never_answers_is_left_alone(checkout, tmp_path):
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    begun = time.monotonic()
    found = code_revision(checkout, {"PATH": f"{slow.parent}:{os.environ['PATH']}"})
    assert found.dirty is None
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to chown")
def test_another_user_s_checkout_is_nothing(checkout):
    os.chown(checkout / ".git", 12345, 12345)
    assert code_revision(checkout, QUIET) is None


TRAPS = {
    "a file system monitor": ("core.fsmonitor", "{trap}"),
    "a clean filter": ("filter.evil.clean", "{trap}"),
    "a process filter": ("filter.evil.process", "{trap}"),
    "a folder of hooks": ("core.hooksPath", "{hooks}"),
}


@pytest.mark.parametrize(("key", "value"), TRAPS.values(), ids=TRAPS)
def test_a_checkout_s_configuration_runs_nothing(checkout, tmp_path, key, value):
    sprung = tmp_path / "sprung"
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / name)
    (checkout / ".gitattributes").write_text("* filter=evil\n")
    git(checkout, "config", key, value.format(trap=trap, hooks=hooks))
    (checkout / "train.py").write_text("print(2)\n")
    found = code_revision(checkout, QUIET)
    assert found.revision == git_head(checkout)
    assert not sprung.exists()
    if key.startswith("filter"):
        assert found.dirty is None


def git_head(checkout):
    return (checkout / ".git" / "refs" / "heads" / "main").read_text().strip()


def test_a_configuration_that_is_elsewhere_is_not_followed(checkout, tmp_path):
    sprung, other = tmp_path / "sprung", tmp_path / "other.config"
    other.write_text(f'[filter "evil"]\n\tclean = touch {sprung}; cat\n')
    with (checkout / ".git" / "config").open("a") as file:
        file.write(f"[include]\n\tpath = {other}\n")
    (checkout / ".gitattributes").write_text("* filter=evil\n")
    (checkout / "train.py").write_text("print(2)\n")
    assert code_revision(checkout, QUIET).dirty is None
    assert not sprung.exists()


def test_asking_leaves_the_checkout_as_it_was(checkout):
    index = checkout / ".git" / "index"
    os.utime(checkout / "train.py", (1, 1))
    before = index.read_bytes(), index.stat().st_mtime_ns
    code_revision(checkout, QUIET)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    assert not list(Path(checkout / ".git").glob("*.lock"))
