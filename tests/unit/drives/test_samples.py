"""The sample pod that comes with podplanner."""

from pathlib import Path

import pytest
from support.drives.sample_pod import CABLE, DYING, FOLDER, NOW, WORRYING, files, serial

from podplanner.catalog.readers.bay_map import read_bay_map
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.asking import Asked
from podplanner.drives.assessment import Verdict
from podplanner.drives.round import check
from podplanner.drives.samples import resolved, sample_folder, sample_names

_LARGEST = 250_000
# Bytes; it travels in the wheel.


def test_the_shipped_files_are_what_the_script_makes():
    made = files()
    shipped = {
        str(file.relative_to(FOLDER)): file.read_text(encoding="utf-8")
        for file in FOLDER.rglob("*")
        if file.is_file()
    }
    assert shipped == made
    assert sum(len(text.encode()) for text in made.values()) < _LARGEST


def test_no_serial_number_is_there_twice_and_the_bay_map_has_them_all():
    bays = read_bay_map(FOLDER / "lab-pod" / "bays.toml")
    assert [bay.serial for bay in bays.bays] == [serial(n) for n in range(1, 46)]
    assert len({serial(n) for n in range(1, 46)}) == 45


@pytest.fixture(scope="module")
def lab_pod():
    return check(Asked(recordings=(Path("lab-pod"),)), now=NOW)


def test_three_drives_of_the_pod_are_not_well_and_each_in_its_way(lab_pod):
    verdicts = {drive.bay.number: drive.assessment.verdict for drive in lab_pod.drives}
    assert len(verdicts) == 45
    assert {bay: v for bay, v in verdicts.items() if v is not Verdict.OK} == {
        DYING: Verdict.REPLACE, WORRYING: Verdict.WARNING, CABLE: Verdict.WATCH,
    }  # fmt: skip


def test_its_pool_is_whole_and_knows_its_drives():
    (array,) = read_array_recordings([FOLDER / "lab-pod"]).arrays
    assert [(len(g.members), g.tolerance, g.gone) for g in array.groups] == [(15, 2, 0)] * 3
    names = {member.name.rpartition("_")[2] for g in array.groups for member in g.members}
    assert names == {serial(n) for n in range(1, 46)}
    assert (array.trouble, array.scrub) == ((), "")


def test_last_month_three_drives_looked_better():
    before = check(Asked(recordings=(Path("lab-pod-last-month"),)), now=NOW)
    assert [drive.reading.identity.serial for drive in before.drives] == [
        serial(n) for n in sorted((DYING, WORRYING, CABLE))
    ]
    assert Verdict.REPLACE not in {drive.assessment.verdict for drive in before.drives}


def test_a_sample_is_found_by_its_name_and_nothing_else_is():
    assert sample_names() == ("lab-pod", "lab-pod-last-month")
    assert sample_folder("lab-pod") == FOLDER / "lab-pod"
    for name in ("", ".", "..", "../pods", "lab-pod/", "no-such-pod", "Lab-Pod", "/etc"):
        assert sample_folder(name) is None


def test_what_exists_wins_over_a_sample_and_what_is_neither_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = (Path("lab-pod"), Path("none"), Path("./x/lab-pod"), Path("/tmp"))
    assert resolved(paths) == (FOLDER / "lab-pod", *paths[1:])
    Path("lab-pod").mkdir()
    assert resolved(paths) == paths
