"""Whether a second user of a store's group can push and collect."""

import os
import signal
import stat
import warnings
from collections.abc import Callable
from pathlib import Path

from podplanner.errors import PodplannerError
from podplanner.store.backends.directory.backend import DirectoryBackend
from podplanner.store.backends.directory.place import Place
from podplanner.store.examination import Result, SecondUser

_MADE_UP = (60_001, 60_002)
# User ids that the Linux Standard Base and systemd leave free for no fixed purpose.
_TRIAL_S = 20
# For what takes some milliseconds; a file server may be slow.
_NAME = "sharing"


def examine_sharing(place: Place, scratch: Path, second_user: SecondUser | None) -> Result:
    """Try it as two users of the group when this one may become them; else judge by the modes.

    Args:
        place: The root.
        scratch: An empty folder in the store, with the mode and group that its folders get.
        second_user: As whom to try; None: a made-up user of the root's group.
    """
    root = place.look(".")
    mode = stat.S_IMODE(root.st_mode)
    if not mode & stat.S_IWGRP:
        words = f"only its owner (user {root.st_uid}) writes here: the root has mode {mode:04o}"
        return Result(_NAME, "ok", words, f"To share it, run `chmod g+rwxs {place.path}`.")
    faults = _by_modes(root)
    if os.name == "nt" or not hasattr(os, "fork"):
        return Result(_NAME, "unknown", "it cannot be tried on this system")
    if faults:
        return Result(_NAME, "error", *faults)
    if os.geteuid() != 0:
        words = f"judged from the root's mode ({mode:04o}): members of group {root.st_gid} can"
        return Result(_NAME, "ok", words, "Run doctor as root to have it really tried.")
    gid = root.st_gid
    first = SecondUser(root.st_uid or _MADE_UP[0], gid)
    second = second_user or SecondUser(_MADE_UP[1], gid)
    failed = _try(scratch, first, second)
    if failed:
        hint = f"Put both into group {gid}, and open the folders above {place.path} to it."
        return Result(_NAME, "error", failed, hint)
    words = f"tried: users {first.uid} and {second.uid} of group {gid} push, read and collect"
    return Result(_NAME, "ok", words)


def _by_modes(root: os.stat_result) -> tuple[str, str] | None:
    """Return what forbids it whoever tries, and what to do."""
    mode = stat.S_IMODE(root.st_mode)
    if mode & stat.S_ISVTX:
        words = "the root has the sticky bit, so that nobody removes what another has made in it"
        return words, "Run `chmod -t` on the root."
    if not mode & stat.S_ISGID:
        words = "the root has no set-group-id bit, so that new folders may get another group"
        return words, "Run `chmod g+s` on the root and on the folders in it."
    if mode & 0o070 != 0o070:
        return f"the group may not read and search the root ({mode:04o})", "Run `chmod g+rwx`."
    return None


def _try(scratch: Path, first: SecondUser, second: SecondUser) -> str:
    """Let two users push, and each collect what the other has pushed; return what failed."""

    def push(own: str) -> Callable[[DirectoryBackend], None]:
        def work(backend: DirectoryBackend) -> None:
            backend.put(f"objects/aa/{own}", [b"x"])
            backend.settle([f"objects/aa/{own}"])
            backend.create(f"models/a/versions/{own}.json", b"x")

        return work

    def collect(other: str) -> Callable[[DirectoryBackend], None]:
        def work(backend: DirectoryBackend) -> None:
            backend.get(f"objects/aa/{other}")
            backend.delete(f"objects/aa/{other}")
            backend.delete(f"models/a/versions/{other}.json")

        return work

    steps = (
        (first, "push", push("one")),
        (second, "push", push("two")),
        (second, "read and collect what the other has pushed", collect("one")),
        (first, "read and collect what the other has pushed", collect("two")),
    )
    for user, what, work in steps:
        failed = _as_user(user, scratch, work)
        if failed:
            return f"user {user.uid} of group {user.gid} cannot {what}: {failed}"
    return ""


def _groups_of(user: SecondUser) -> list[int]:
    """Return all groups of a user: those of a made-up one are its only one."""
    import pwd  # Not on Windows, where nobody comes here.

    try:
        name = pwd.getpwuid(user.uid).pw_name
    except KeyError:
        return [user.gid]
    return os.getgrouplist(name, user.gid)


def _as_user(user: SecondUser, folder: Path, work: Callable[[DirectoryBackend], None]) -> str:
    """Do something with a folder as another user, in a child process; return what failed.

    The child is forked, not started anew, since the other user may not read our program.
    """
    groups = _groups_of(user)
    ear, mouth = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # Of forking beside other threads: the child takes none of their locks, and has an alarm.
        child = os.fork()
    if child == 0:
        said = "it died"
        try:
            os.close(ear)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_TRIAL_S)
            os.setgroups(groups)
            os.setgid(user.gid)
            os.setuid(user.uid)
            os.umask(0o077)
            # The hardest: the store must not depend on it.
            work(DirectoryBackend(folder))
            said = ""
        except PodplannerError as error:
            said = error.message
        except OSError as error:
            said = str(error)
        finally:
            os.write(mouth, f"{said}\n".encode())
            os._exit(0)
    os.close(mouth)
    with os.fdopen(ear, encoding="utf-8", errors="replace") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said.strip() if said.endswith("\n") else "it took too long, or died"
