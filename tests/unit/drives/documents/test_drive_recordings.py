"""Recordings: one reading for each file, whatever is in it."""

import json
import os

import pytest
from support.drives.made import ata_hdd, nvme, open_failed, sas_hdd, scan
from support.unprivileged import as_a_user, open_folder

from podplanner.drives.reading import Protocol, Trouble
from podplanner.drives.recordings import MOST_BYTES, read_recordings, read_scans
from podplanner.errors import FileAccessError


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def put(path, document):
    path.write_text(json.dumps(document))
    return path


def only(path):
    (reading,) = read_recordings([path]).readings
    return reading


def test_a_folder_gives_a_reading_a_file_in_the_order_of_their_names(folder):
    put(folder / "b.json", nvme())
    put(folder / "a.json", ata_hdd())
    put(folder / "c.JSON", open_failed())
    (folder / "notes.txt").write_text("nothing")
    (folder / "deeper").mkdir()
    put(folder / "deeper" / "d.json", ata_hdd())
    (folder / "named.json").mkdir()
    found = read_recordings([folder])
    assert [reading.source for reading in found.readings] == ["a.json", "b.json", "c.JSON"]
    assert found.skipped == ()


def test_files_are_read_as_they_are_named_whatever_their_ending(folder):
    one, two = put(folder / "z.txt", sas_hdd()), put(folder / "a.out", ata_hdd())
    found = read_recordings([one, two])
    assert [reading.protocol for reading in found.readings] == [Protocol.SCSI, Protocol.ATA]


def test_listings_and_arrays_are_passed_over_and_named(folder):
    put(folder / "a.json", ata_hdd())
    put(folder / "scan.json", scan())
    put(folder / "empty-scan.json", scan(()))
    put(folder / "zpool.json", {
        "output_version": {"command": "zpool status", "vers_major": 0, "vers_minor": 1},
        "pools": {"tank": {"name": "tank", "state": "ONLINE", "vdevs": {}}},
    })  # fmt: skip
    mdstat = folder / "mdstat"
    mdstat.write_text("Personalities : [raid6]\nmd0 : active raid6 sdb1[1] sda1[0]\n")
    found = read_recordings([folder, mdstat])
    assert [reading.source for reading in found.readings] == ["a.json"]
    assert len(found.skipped) == 4
    for name in ("scan.json", "empty-scan.json", "zpool.json", "mdstat"):
        assert sum(line.startswith(name) for line in found.skipped) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"smartctl 7.3 2022-02-28 r5338\n=== START OF INFORMATION SECTION ===\n", "--json"),
        (b"hello", "no JSON"),
        (b"\x00\x01\x02\xff" * 100, "no text"),
        (b'{"smartctl": {"version": [7, 3]}, "device": {"na', "cut off"),
        (b'{"smartctl": {"version": [7, 3],\n', "cut off"),
        (b'{"smartctl": {"version" [7, 3]}}', "no valid JSON"),
        (b'{"smartctl": {}}\n{"smartctl": {}}', "file of its own"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "does not write"),
        (b"[" * 100_000, "does not write"),
        (b'["a list"]', "no object"),
        (b"null", "no object"),
    ],
)
def test_a_file_that_is_no_recording_says_what_it_is_and_what_to_do(folder, content, words):
    path = folder / "odd.json"
    path.write_bytes(content)
    reading = only(path)
    assert reading.source == "odd.json"
    assert reading.trouble is Trouble.UNREADABLE
    assert words in reading.trouble_words
    assert "\n" not in reading.trouble_words


def test_a_recording_cut_anywhere_is_one_unreadable_reading(folder):
    whole = json.dumps(ata_hdd()).encode()
    for length in range(1, len(whole), 97):
        path = folder / "cut.json"
        path.write_bytes(whole[:length])
        assert only(path).trouble is Trouble.UNREADABLE


def test_a_name_in_another_encoding_does_not_cost_the_drive(folder):
    path = folder / "latin.json"
    path.write_bytes(json.dumps(ata_hdd(model="M\u00f6del"), ensure_ascii=False).encode("latin-1"))
    assert only(path).trouble is None
    assert only(path).identity.model == "M\ufffddel"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_windows_writes_is_read(folder, encoding):
    path = folder / "windows.json"
    path.write_bytes(json.dumps(ata_hdd()).encode(encoding))
    assert only(path).trouble is None


def test_a_file_that_is_far_too_large_is_not_read(folder):
    path = folder / "huge.json"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    reading = only(path)
    assert reading.trouble is Trouble.UNREADABLE
    assert "64 MiB" in reading.trouble_words


def test_a_file_that_must_not_be_read_is_one_unreadable_reading():
    with open_folder() as folder:
        path = put(folder / "secret.json", ata_hdd())
        assert only(path).trouble is None
        path.chmod(0)

        def said():
            reading = only(path)
            return f"{reading.trouble}: {reading.trouble_words}"

        told = as_a_user(said)
    assert told.startswith("unreadable: ")
    assert "Permission denied" in told


def test_what_is_no_file_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe.json")
    reading = only(folder / "pipe.json")
    assert reading.trouble is Trouble.UNREADABLE
    assert "no file" in reading.trouble_words


def test_a_link_to_nowhere_in_a_folder_does_not_stop_the_others(folder):
    put(folder / "b.json", ata_hdd())
    (folder / "a.json").symlink_to(folder / "gone")
    found = read_recordings([folder]).readings
    assert [reading.trouble for reading in found] == [Trouble.UNREADABLE, None]


def test_a_path_that_is_not_there_is_an_error_that_names_it(folder):
    with pytest.raises(FileAccessError, match="nowhere"):
        read_recordings([folder / "nowhere"])


def test_listings_give_their_devices_and_other_files_nothing(folder):
    put(folder / "a.json", ata_hdd())
    put(folder / "scan.json", scan(errors=["", "", "", "Permission denied"]))
    (folder / "odd.json").write_text("{")
    devices = read_scans([folder])
    assert [(device.name, device.type) for device in devices] == [
        ("/dev/sda", "sat"), ("/dev/bus/0", "megaraid,8"), ("/dev/bus/0", "megaraid,9"),
        ("/dev/nvme0", "nvme"),
    ]  # fmt: skip
    assert devices[3].error == "Permission denied"
    assert devices[3].protocol is Protocol.NVME
