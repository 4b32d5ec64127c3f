"""The commit of the code around a push, read from the git checkout without trusting it.

The commit is read from git's own files, which needs no git and runs nothing. Whether files were
changed since only git can say; it is asked with everything switched off that a checkout's own
configuration could make it run, and only for a moment.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from podplanner.store.records import CodeRevision

_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# SHA-1 or SHA-256.
_REFERENCE = re.compile(r"refs/(?:[^\x00-\x20/~^:?*\[\\]+/)*[^\x00-\x20/~^:?*\[\\]+")
_HIGHEST = 64
# Folders that are climbed from where the push runs.
_LONGEST_CHAIN = 5
# References that name references, as git follows them.
_LARGEST_SMALL, _LARGEST_PACKED = 4096, 64 * 2**20
_PATIENCE = 1.0
# Seconds for `git status`; it takes 10 ms in most checkouts, and minutes on a cold file server.
_RUNS_SOMETHING = re.compile(rb"^\s*\[\s*(?:filter|include)", re.IGNORECASE | re.MULTILINE)
# Sections of a checkout's own configuration that run programs on changed files, or hide others.


def code_revision(start: Path, environment: Mapping[str, str] | None = None) -> CodeRevision | None:
    """Return the commit of the git checkout that holds a folder.

    Args:
        start: Where the push runs: the folder or one above it holds `.git`.
        environment: In which git is run; default: that of this process.

    Returns:
        None when there is no checkout, no commit yet, or it belongs to another user.
    """
    found = _find(start)
    if found is None:
        return None
    root, git = found
    if not (_is_ours(root) and _is_ours(git)):
        return None
    common = _common(git)
    revision = _resolve(git, common, "HEAD")
    if revision is None:
        return None
    dirty = _is_dirty(root, git, common, environment)
    return CodeRevision(revision=revision, dirty=dirty)


def _find(start: Path) -> tuple[Path, Path] | None:
    """Return the root of a checkout and its git folder."""
    for folder, _ in zip(_upwards(start.absolute()), range(_HIGHEST), strict=False):
        mark = folder / ".git"
        if mark.is_dir():
            return (folder, mark) if (mark / "HEAD").is_file() else None
        if mark.is_file():
            target = _read(mark, _LARGEST_SMALL).removeprefix("gitdir:").strip()
            git = folder / target
            return (folder, git) if target and (git / "HEAD").is_file() else None
    return None


def _upwards(start: Path) -> Iterator[Path]:
    yield start
    yield from start.parents


def _is_ours(path: Path) -> bool:
    """Return whether this user owns a folder; git refuses others' for the same reason."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        return path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _common(git: Path) -> Path:
    """Return the folder that a worktree shares with its main checkout."""
    shared = _read(git / "commondir", _LARGEST_SMALL).strip()
    return git / shared if shared else git


def _resolve(git: Path, common: Path, name: str) -> str | None:
    """Return the commit that a reference leads to."""
    for _ in range(_LONGEST_CHAIN):
        said = _read(git / name, _LARGEST_SMALL) or _read(common / name, _LARGEST_SMALL)
        said = said.strip()
        if _REVISION.fullmatch(said):
            return said
        if not said:
            return _packed(common, name)
        name = said.removeprefix("ref:").strip()
        if ".." in name or not _REFERENCE.fullmatch(name):
            return None
    return None


def _packed(common: Path, name: str) -> str | None:
    for line in _read(common / "packed-refs", _LARGEST_PACKED).splitlines():
        revision, _, reference = line.partition(" ")
        if reference == name and _REVISION.fullmatch(revision):
            return revision
    return None


def _read(path: Path, most: int) -> str:
    """Return a small file of git's; nothing where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_dirty(
    root: Path, git: Path, common: Path, environment: Mapping[str, str] | None
) -> bool | None:
    """Return whether files that git knows differ from the commit; None when it cannot be told."""
    for config in (common / "config", git / "config.worktree"):
        if _RUNS_SOMETHING.search(_read(config, _LARGEST_SMALL * 16).encode()):
            return None
    settings = dict(os.environ if environment is None else environment)
    for name in [name for name in settings if name.startswith("GIT_")]:
        del settings[name]
    settings |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    switched_off = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}")
    command = [
        "git",
        *(word for setting in switched_off for word in ("-c", setting)),
        "-C",
        str(root),
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--ignore-submodules=all",
    ]
    try:
        done = subprocess.run(  # noqa: S603  fixed words; the folder is where the user stands
            command,
            env=settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return bool(done.stdout.strip()) if done.returncode == 0 else None
