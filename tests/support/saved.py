"""Models saved in this process and loaded in another; stores that are tampered with."""

import os
import subprocess
import sys
from pathlib import Path

from podplanner.store import Store, open_store
from podplanner.store.founding import found_store


def make_store(folder: Path) -> Store:
    """Return a new store in a folder."""
    # The race that proves exclusive creation takes a third of a second, and has its own tests.
    found_store(str(folder), single_writer=True)
    return open_store(folder)


def elsewhere(code: str, *, without: tuple[str, ...] = ()) -> str:
    """Run Python in another process and return what it prints; its error where it fails.

    Args:
        code: Reads nothing of this process but what is written into it.
        without: Modules that cannot be imported there, as if they were not installed.
    """
    hidden = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in without)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", hidden + code],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def flip(folder: Path, *, kind: str = "objects") -> int:
    """Flip one bit in the middle of every object of a store, and return how many there were."""
    files = [path for path in sorted((folder / kind).rglob("*")) if path.is_file()]
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(content)
    return len(files)
