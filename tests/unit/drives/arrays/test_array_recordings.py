"""Recorded states of arrays, among other files."""

import json

import pytest
from support.drives.array_states import document, raidz2_pool, text
from support.drives.array_states_ceph import cluster
from support.drives.array_states_md import md, mdstat
from support.drives.made import ata_hdd

from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.errors import FileAccessError


def test_a_folder_of_everything_gives_its_arrays_and_nothing_else(tmp_path):
    (tmp_path / "sda.json").write_text(json.dumps(ata_hdd()))
    (tmp_path / "pool.json").write_text(json.dumps(document(raidz2_pool())))
    (tmp_path / "old.txt").write_text(text(raidz2_pool(name="old")))
    (tmp_path / "mdstat").write_text(mdstat(md()))
    (tmp_path / "bays.toml").write_text('schema = "podplanner/bay-map/1"\n')
    (tmp_path / "photo.bin").write_bytes(bytes(range(256)))
    (tmp_path / "inner").mkdir()
    for name, content in cluster().items():
        (tmp_path / name).write_text(json.dumps(content))
    state = read_array_recordings([tmp_path])
    assert state.trouble == ()
    assert sorted((a.kind, a.name) for a in state.arrays) == [
        ("ceph", "ceph"), ("md", "md0"), ("zfs", "old"), ("zfs", "tank"),
    ]  # fmt: skip
    assert "sda.json" not in state.source
    assert "pool.json" in state.source


def test_a_folder_without_arrays_tells_of_none(tmp_path):
    (tmp_path / "sda.json").write_text(json.dumps(ata_hdd()))
    state = read_array_recordings([tmp_path])
    assert (state.arrays, state.source, state.trouble) == ((), (), ())


def test_a_document_of_arrays_that_is_cut_off_is_trouble(tmp_path):
    whole = json.dumps(document(raidz2_pool()))
    (tmp_path / "pool.json").write_text(whole[: len(whole) // 2])
    state = read_array_recordings([tmp_path])
    assert state.arrays == ()
    assert any("pool.json" in words for words in state.trouble)


def test_a_document_of_a_drive_that_is_cut_off_is_left_to_its_reader(tmp_path):
    (tmp_path / "sda.json").write_text(json.dumps(ata_hdd())[:500])
    assert read_array_recordings([tmp_path]).trouble == ()


def test_json_that_is_nested_without_end_is_no_crash(tmp_path):
    (tmp_path / "deep.json").write_text('{"vdev_type":' * 100_000)
    assert read_array_recordings([tmp_path]).trouble


def test_a_tree_that_is_nested_without_end_is_trouble_and_no_crash(tmp_path):
    node = {"vdev_type": "disk", "state": "ONLINE"}
    for _ in range(400):
        node = {"vdev_type": "mirror", "state": "ONLINE", "vdevs": {"x": node}}
    found = document(raidz2_pool())
    found["pools"]["tank"]["vdevs"]["tank"] = node
    (tmp_path / "deep.json").write_text(json.dumps(found))
    state = read_array_recordings([tmp_path])
    assert state.trouble or state.arrays


def test_a_name_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileAccessError, match="is not there"):
        read_array_recordings([tmp_path / "nothing"])
