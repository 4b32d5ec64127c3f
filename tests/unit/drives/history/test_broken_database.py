"""Whatever happens to the database: nothing that was told is lost, and questions are answered."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from support.drives.rounds import DAY, HOUR, START, Clock, Seen, key, round_of

from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal

PENDING = Signal.PENDING


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "drives.db"


def tell(path, clock, *values, serial="Z1"):
    """Tell readings an hour apart, and return what was said about trouble."""
    with open_history(path, clock=clock, wait_s=0.2) as history:
        for value in values:
            clock.now += HOUR
            history.remember(round_of(clock.now, Seen(serial, {PENDING: value})))
        return history.trouble


def values(path, clock, serial="Z1"):
    with open_history(path, clock=clock, wait_s=0.2) as history:
        return [reading.signals[PENDING] for reading in history.readings(key(serial))]


def names(path, word):
    return sorted(found.name for found in path.parent.iterdir() if word in found.name)


def garbage(path):
    path.write_bytes(os.urandom(20_000))


def words(path):
    path.write_text("this is no database\n" * 100)


def nothing(path):
    path.write_bytes(b"")


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def without_a_page(path):
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(content)


def without_its_first_page(path):
    content = bytearray(path.read_bytes())
    content[:4096] = b"\0" * 4096
    path.write_bytes(content)


def without_tables(path):
    database = sqlite3.connect(path)
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    for (table,) in database.execute(query).fetchall():
        database.execute(f"DROP TABLE {table}")
    database.close()


DAMAGE = [garbage, words, nothing, half, without_a_page, without_its_first_page, without_tables]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_broken_database_is_set_aside_and_nothing_is_lost(path, clock, damage):
    tell(path, clock, 1, 2, 3)
    with open_history(path, clock=clock) as history:
        history.accept(key("Z1"), PENDING, 3, note="old")
        history.retire(key("Z0"), failed=True)
    damage(path)
    broken = path.read_bytes()
    (said,) = tell(path, clock, 4)
    assert "made anew" in said
    assert "\n" not in said
    (aside,) = names(path, "broken-")
    assert (path.parent / aside).read_bytes() == broken
    assert values(path, clock) == [1, 2, 3, 4]
    with open_history(path, clock=clock) as history:
        assert history.trouble == ()
        (accepted,) = history.past([key("Z1")])[key("Z1")].accepted
        assert (accepted.value, accepted.note) == (3, "old")
        assert {drive.serial: drive.failed for drive in history.known()}["Z0"] is True


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_what_breaks_while_it_is_open_is_mended_too(path, clock, damage):
    tell(path, clock, *range(40))
    with open_history(path, clock=clock) as history:
        damage(path)
        clock.now += HOUR
        history.remember(round_of(clock.now, Seen("Z1", {PENDING: 40})))
        assert len(history.past([key("Z1")])[key("Z1")].readings) == 41
    assert values(path, clock) == list(range(41))


def test_rows_that_are_whole_are_read_over_where_there_is_no_other_copy(path, clock):
    for serial in ("A1", "B1", "C1"):
        tell(path, clock, *range(60), serial=serial)
    for name in ("copy", "since"):
        path.with_name(f"drives.db.{name}").unlink()
    content = bytearray(path.read_bytes())
    middle = content.index(b"EX-18T/B1", len(content) // 2) // 4096 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    path.write_bytes(content)
    # Damage in the middle is found when it is met; the daily upkeep looks for it.
    clock.now += 2 * DAY
    tell(path, clock, 60, serial="A1")
    kept = {serial: len(values(path, clock, serial)) for serial in ("A1", "B1", "C1")}
    assert sum(kept.values()) > 100
    assert kept["A1"] + kept["C1"] > 80
    assert names(path, "broken-")


def test_a_database_that_is_gone_is_made_anew_from_its_copies(path, clock):
    tell(path, clock, 1, 2)
    path.unlink()
    (said,) = tell(path, clock, 3)
    assert "is gone" in said
    assert values(path, clock) == [1, 2, 3]


def test_copies_that_are_broken_harm_nothing(path, clock):
    tell(path, clock, 1, 2)
    path.with_name("drives.db.copy").write_bytes(b"nothing")
    path.with_name("drives.db.since").write_bytes(b'{"type": "answered", "key": 3\n\xff\xfe\n[]\n')
    assert tell(path, clock, 3) == ()
    assert values(path, clock) == [1, 2, 3]


def test_damage_that_nobody_met_is_found_by_the_daily_upkeep(path, clock):
    tell(path, clock, *range(100))
    content = bytearray(path.read_bytes())
    content[-4096 * 1 :] = b"\xff" * 4096
    path.write_bytes(content)
    clock.now += 2 * DAY
    said = tell(path, clock, 100, serial="Z2")
    assert any("damaged" in sentence for sentence in said)
    assert values(path, clock) == list(range(100))


def test_a_row_that_makes_no_sense_is_left_out_and_told(path, clock):
    tell(path, clock, 1, 2)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("UPDATE reading SET signals = '[1]' WHERE signals LIKE '%:1}'")
    database.execute("INSERT INTO reading VALUES (?, 1e300, 5, 'x', 7, '', x'00', 15)",
                     (key("Z1"),))  # fmt: skip
    database.close()
    with open_history(path, clock=clock) as history:
        assert [r.signals[PENDING] for r in history.readings(key("Z1"))] == [2]
        history.known()
        assert "make no sense" in history.trouble[0]


@contextmanager
def held(path, statement):
    """Let another process hold a lock."""
    script = (
        "import sqlite3, sys\n"
        f"database = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        f"for statement in {statement!r}: database.execute(statement)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert process.stdout.readline() == b"held\n"
        yield
    finally:
        process.communicate(b"")


@pytest.mark.parametrize(
    "statements",
    [["BEGIN EXCLUSIVE"], ["BEGIN IMMEDIATE"], ["BEGIN IMMEDIATE", "DELETE FROM reading"]],
    ids=["exclusive", "writing", "deleting"],
)
def test_a_locked_database_answers_and_what_is_told_waits_in_the_spool(path, clock, statements):
    tell(path, clock, 1, 2)
    with held(path, statements):
        before = time.monotonic()
        said = tell(path, clock, 3)
        assert time.monotonic() - before < 10
        assert any("another process" in sentence for sentence in said)
        assert any("is kept in" in sentence for sentence in said)
        assert values(path, clock) == [1, 2, 3]
        assert tell(path, clock, 4) != ()
    assert values(path, clock) == [1, 2, 3, 4]
    assert tell(path, clock, 5) == ()
    assert list(path.with_name("drives.db.spool").iterdir()) == []


def test_an_acceptance_waits_in_the_spool_as_well(path, clock):
    tell(path, clock, 1)
    with held(path, ["BEGIN EXCLUSIVE"]), open_history(path, clock=clock, wait_s=0.1) as history:
        history.accept(key("Z1"), PENDING, 1)
        assert history.past([key("Z1")])[key("Z1")].accepted[0].value == 1
        assert not history.lost
    with open_history(path, clock=clock) as history:
        assert history.past([key("Z1")])[key("Z1")].accepted[0].value == 1


def test_a_database_that_cannot_be_written_is_read(path, clock):
    tell(path, clock, 1, 2)
    # A journal cannot be made where a folder has its name.
    path.with_name("drives.db-journal").mkdir()
    said = tell(path, clock, 3)
    assert any("cannot be opened or written" in sentence for sentence in said)
    assert values(path, clock) == [1, 2, 3]
    path.with_name("drives.db-journal").rmdir()
    assert tell(path, clock, 4) == ()
    assert values(path, clock) == [1, 2, 3, 4]


def test_where_the_folder_is_missing_another_keeps_what_is_told(tmp_path, clock):
    path = tmp_path / "not-mounted" / "drives.db"
    said = tell(path, clock, 1)
    assert any("is kept in" in sentence for sentence in said)
    assert not path.parent.exists()
    assert values(path, clock) == [1]
    path.parent.mkdir()
    assert values(path, clock) == [1]
    assert tell(path, clock, 2) == ()
    assert values(path, clock) == [1, 2]


def test_where_no_folder_takes_it_that_is_said(tmp_path, clock, monkeypatch):
    wall = tmp_path / "wall"
    wall.write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(wall / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(wall))
    with open_history(wall / "drives.db", clock=clock) as history:
        history.remember(round_of(START, Seen("Z1", {PENDING: 1})))
        assert any("could not be kept anywhere" in sentence for sentence in history.trouble)
        assert history.lost
        assert history.past([key("Z1")])[key("Z1")].latest.signals == {PENDING: 1}


FULL = """
import resource, signal, sys
from datetime import timedelta
from pathlib import Path
from support.drives.rounds import START, Clock, Seen, round_of
from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, path.stat().st_size))
clock = Clock(START + timedelta(days=9))
with open_history(path, clock=clock) as history:
    for number in range(20):
        drives = [Seen(f"N{number}-{drive}", {Signal.PENDING: 1}) for drive in range(30)]
        history.remember(round_of(clock.now, *drives))
    print(len(history.known()), history.lost)
    print(*history.trouble, sep="\\n")
"""


def test_a_disk_that_is_full_loses_nothing(path, clock):
    tell(path, clock, *range(30))
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=60,
        check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    first, *said = done.stdout.splitlines()
    assert first == "601 False"
    assert any("is kept in" in sentence for sentence in said)
    with open_history(path, clock=clock) as history:
        assert len(history.known()) == 601
    assert values(path, clock) == list(range(30))


def test_a_database_of_a_newer_form_is_left_alone(path, clock):
    tell(path, clock, 1)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    said = tell(path, clock, 2)
    assert any("newer podplanner" in sentence for sentence in said)
    assert path.read_bytes() == before
    assert values(path, clock) == [2]
    assert names(path, "broken-") == []


def test_the_database_of_another_program_is_left_alone(path, clock):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE mine (x)")
    database.close()
    before = path.read_bytes()
    assert any("left alone" in sentence for sentence in tell(path, clock, 1))
    assert path.read_bytes() == before


def test_a_file_that_never_was_a_history_is_left_alone(path, clock):
    path.write_text("precious\n")
    assert any("left alone" in sentence for sentence in tell(path, clock, 1))
    assert path.read_text() == "precious\n"
    assert values(path, clock) == [1]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_left_alone(path, clock, make):
    make(path)
    assert any("it is no file" in sentence for sentence in tell(path, clock, 1))
    assert values(path, clock) == [1]


def test_an_empty_file_is_a_new_history(path, clock):
    path.touch()
    assert tell(path, clock, 1) == ()
    assert values(path, clock) == [1]


def test_a_link_to_the_database_is_followed_when_it_is_set_aside(path, tmp_path, clock):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    tell(link, clock, 1)
    garbage(path)
    tell(link, clock, 2)
    assert link.is_symlink()
    assert names(path, "broken-")
    assert values(link, clock) == [1, 2]


def test_a_damaged_line_of_the_spool_is_kept_and_told(path, clock):
    tell(path, clock, 1)
    spool = path.with_name("drives.db.spool")
    spool.mkdir()
    (spool / "20240101T000000.000000Z-00000000.jsonl").write_text('{"type": "answ\n')
    (said,) = tell(path, clock, 2)
    assert "cannot be read" in said
    assert [found.suffix for found in spool.iterdir()] == [".damaged"]
    assert tell(path, clock, 3) == ()


def test_two_files_that_break_in_one_second_are_both_kept(path, clock):
    tell(path, clock, 1)
    for _ in range(2):
        garbage(path)
        clock.now -= HOUR
        tell(path, clock, 2)
    assert len(names(path, "broken-")) == 2
