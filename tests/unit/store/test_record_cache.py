"""The cache of records: it gives back what was put in for the same object, or nothing."""

import sqlite3
import threading

import pytest

from podplanner.store import record_cache
from podplanner.store.backend import ObjectInfo
from podplanner.store.record_cache import NAME, RecordCache

HERE = "s3://pods/models"
DAY_S = 86_400


def seen(key="models/cat/versions/0000000001.json", size=7, time=1_000.0):
    return ObjectInfo(key, size, time)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def cached(folder, infos, **options):
    with RecordCache(folder, HERE, **options) as cache:
        return cache.get_many(infos)


def keep(folder, *records, **options):
    with RecordCache(folder, HERE, **options) as cache:
        cache.put_many(records)


def test_what_was_put_in_is_given_back_to_another_process(folder):
    keep(folder, (seen("a"), b"A"), (seen("b"), b"B"))
    assert cached(folder, [seen("a"), seen("b"), seen("c")]) == {"a": b"A", "b": b"B"}


@pytest.mark.parametrize("changed", [{"size": 8}, {"time": 1_001.0}])
def test_an_object_that_was_written_anew_is_read_again(folder, changed):
    keep(folder, (seen(), b"before"))
    assert cached(folder, [seen(**changed)]) == {}
    keep(folder, (seen(**changed), b"after"))
    assert cached(folder, [seen(**changed)]) == {seen().key: b"after"}
    assert cached(folder, [seen()]) == {}


def test_a_copy_of_the_store_elsewhere_is_another_one(folder):
    keep(folder, (seen(), b"here"))
    with RecordCache(folder, "s3://other/models") as there:
        assert there.get_many([seen()]) == {}


def test_more_keys_than_one_query_takes_are_found(folder):
    records = [(seen(f"k{number}"), b"%d" % number) for number in range(1203)]
    keep(folder, *records)
    found = cached(folder, [info for info, _ in records])
    assert found == {info.key: content for info, content in records}


def test_a_record_that_is_too_long_is_not_kept(folder):
    keep(folder, (seen("long"), bytes(16 * 2**10 + 1)), (seen("short"), b"x"))
    assert cached(folder, [seen("long"), seen("short")]) == {"short": b"x"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE records SET content = x'00'",
        "UPDATE records SET content = 'text'",
        "UPDATE records SET proof = 'text'",
        "UPDATE records SET name = name || '2'",
        "DELETE FROM records",
        "DROP TABLE records",
        "PRAGMA user_version = 99",
    ],
)
def test_an_entry_that_was_changed_on_the_disk_gives_nothing(folder, change):
    keep(folder, (seen(), b"right"))
    with sqlite3.connect(folder / NAME) as database:
        database.execute(change)
    database.close()
    assert cached(folder, [seen()]) == {}
    keep(folder, (seen(), b"right"))
    keep(folder, (seen(), b"right"))
    assert cached(folder, [seen()]) == {seen().key: b"right"}


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_file_that_is_no_database_is_made_anew(folder, content):
    keep(folder, (seen(), b"right"))
    (folder / NAME).write_bytes(content)
    assert cached(folder, [seen()]) == {}
    keep(folder, (seen(), b"right"))
    assert cached(folder, [seen()]) == {seen().key: b"right"}


def test_a_database_that_another_process_holds_is_done_without(folder, monkeypatch):
    monkeypatch.setattr(record_cache, "_WRITE_WAIT_S", 0.05)
    keep(folder, (seen(), b"right"))
    holder = sqlite3.connect(folder / NAME, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert cached(folder, [seen()]) == {}
    keep(folder, (seen("other"), b"lost"))
    holder.execute("ROLLBACK")
    holder.close()
    assert cached(folder, [seen(), seen("other")]) == {seen().key: b"right"}


def test_a_folder_of_others_or_none_is_done_without(folder, tmp_path):
    keep(None, (seen(), b"x"))
    assert cached(None, [seen()]) == {}
    keep(folder, (seen(), b"x"))
    folder.chmod(0o777)
    assert cached(folder, [seen()]) == {}
    (tmp_path / "file").write_bytes(b"")
    keep(tmp_path / "file" / "c", (seen(), b"x"))


def test_records_nobody_asks_for_go_and_those_that_are_used_stay(folder):
    day = [1000 * DAY_S]
    keep(folder, (seen("used"), b"u"), (seen("forgotten"), b"f"), clock=lambda: day[0])
    for _ in range(4):
        day[0] += 20 * DAY_S
        assert cached(folder, [seen("used")], clock=lambda: day[0]) == {"used": b"u"}
        keep(folder, (seen("new"), b"n"), clock=lambda: day[0])
    assert cached(folder, [seen("used"), seen("forgotten")]) == {"used": b"u"}


def test_no_more_records_are_kept_than_some_and_the_newest_stay(folder, monkeypatch):
    monkeypatch.setattr(record_cache, "_MOST", 10)
    for number in range(30):
        keep(folder, (seen(f"k{number}"), b"x"), (seen("always"), b"y"))
    with sqlite3.connect(folder / NAME) as database:
        (count,) = database.execute("SELECT count(*) FROM records").fetchone()
    database.close()
    assert count <= 10
    assert cached(folder, [seen("k29"), seen("k0"), seen("always")]) == {
        "k29": b"x",
        "always": b"y",
    }


def test_threads_share_it(folder):
    with RecordCache(folder, HERE) as cache:

        def work(number):
            for turn in range(20):
                info = seen(f"{number}/{turn}")
                cache.put_many([(info, b"%d" % number)])
                assert cache.get_many([info]) == {info.key: b"%d" % number}

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(cache.get_many([seen(f"{n}/{t}") for n in range(4) for t in range(20)])) == 80
