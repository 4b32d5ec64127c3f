"""What a user may not do, tried also where tests run as root."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def as_a_user(work: Callable[[], str]) -> str:
    """Return what `work` gives for a user who is not root.

    As root, it runs in a child that has become nobody; what it imports must be loaded by then.
    """
    if os.geteuid() != 0:
        return work()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            told = work()
        except BaseException as error:  # noqa: BLE001  the parent compares it, and fails
            told = repr(error)
        os.write(writing, told.encode())
        # Past everything that belongs to the tests of the parent.
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
