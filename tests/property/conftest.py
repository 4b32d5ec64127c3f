"""Temporary files of the many examples lie in memory, where there is room for them."""

import shutil
import tempfile
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
# Half of these tests' time was waiting for a disk: what is tried is made, synced and thrown away
# some thousand times. The calls are the same, those that sync among them.
ROOM = 256 * 2**20
# The largest example takes a few megabytes; a container may have 64 MiB there for all.


@pytest.fixture(autouse=True, scope="module")
def _temporary_files_in_memory():
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield
        return
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        patch.setattr(tempfile, "tempdir", folder)
        yield
