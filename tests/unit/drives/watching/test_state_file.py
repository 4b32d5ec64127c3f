"""What a watch remembers, on disk."""

import json
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import AT

from podplanner.drives.watching.complaint import Gravity, Matter
from podplanner.drives.watching.memory import (
    NOTHING,
    Known,
    Memory,
    Message,
    Standing,
    Tone,
    Unsent,
)
from podplanner.drives.watching.state_file import SCHEMA, alone, read_memory, write_memory
from podplanner.errors import ConflictError, FileAccessError, FormatError

STANDING = Standing(Matter.HEALTH, Gravity.ALARM, "REPLACE", "24 sectors.",
                    frozenset({"pending_sectors"}), AT, eased_at=AT - timedelta(hours=3), calm=1,
                    relapses=2)  # fmt: skip
MEMORY = Memory(
    AT,
    (Known("drive M/S", "bay 2, M S (/dev/sdb)", AT, "/dev/sdb", "S", 2, (STANDING,)),),
    (Unsent("a1b2", Message("title", "body\nof two lines", Tone.ALARM), AT),),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "watch.json"


def test_what_was_written_is_read_and_only_its_owner_reads_it(path):
    write_memory(path, MEMORY)
    assert read_memory(path).memory == MEMORY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["schema"] == SCHEMA


def test_where_nothing_was_written_nothing_is_known(path):
    assert read_memory(path) == read_memory(path)
    assert read_memory(path).memory == NOTHING
    assert read_memory(path).trouble == ""


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", "null", '{"schema": 7}', "\xff\xfe",
     f'{{"schema": "{SCHEMA}", "memory": {{"known": 3}}}}'],
)  # fmt: skip
def test_a_damaged_file_is_set_aside_and_said(path, broken):
    path.write_bytes(broken.encode("latin-1"))
    found = read_memory(path)
    assert found.memory == NOTHING
    assert "is damaged" in found.trouble
    assert path.with_name("watch.json.damaged").read_bytes() == broken.encode("latin-1")
    assert not path.exists()


@given(st.integers(0, 400))
def test_a_file_that_is_cut_anywhere_ends_no_watch(tmp_path_factory, length):
    path = tmp_path_factory.mktemp("cut") / "watch.json"
    write_memory(path, MEMORY)
    path.write_bytes(path.read_bytes()[:length])
    assert read_memory(path).memory == NOTHING


def test_a_file_of_another_version_is_left_alone(path):
    path.write_text('{"schema": "podplanner/drive-watch-state/2", "memory": {}}')
    with pytest.raises(FormatError, match="another version"):
        read_memory(path)
    assert path.exists()


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir()
    with pytest.raises(FileAccessError, match="cannot be read"):
        read_memory(path)


def test_a_second_watch_is_refused_while_one_runs_and_not_after_it(path):
    script = (
        "import sys; from pathlib import Path\n"
        "from podplanner.drives.watching.state_file import alone\n"
        "with alone(Path(sys.argv[1])): print('mine', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", script, path], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)  # fmt: skip
    with other:
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(ConflictError, match="another watch"), alone(path):
            pytest.fail("two at once")
        other.stdin.close()
        other.wait(30)
    with alone(path):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileAccessError, match="cannot be written"), alone(tmp_path / "file" / "x"):
        pytest.fail("no folder")
