"""`drive report`: everything of a pod's drives in one file, and a rate that planning takes."""

import json
import shutil
from pathlib import Path

import pytest
from unit.cli.running import podplanner

from podplanner.drives.samples import sample_folder

SAMPLE = "lab-pod"


def report(*words):
    return podplanner("drive", "report", *words)


def written(name="drives.json"):
    return json.loads(Path(name).read_text(encoding="utf-8"))


@pytest.fixture
def recordings() -> Path:
    """A copy of the shipped recordings, here."""
    found = sample_folder(SAMPLE)
    assert found is not None
    return Path(shutil.copytree(found, "recordings"))


def test_a_page_is_written_and_its_first_sentence_is_said():
    done = report("--from", SAMPLE, "-o", "drives.html")
    assert done.status == 0, done.err
    text = Path("drives.html").read_text(encoding="utf-8")
    assert done.out == f"wrote drives.html ({len(text.encode()):,} bytes)\n"
    assert "Of 45 drives" in done.err
    assert text.startswith("<!doctype html>")
    assert "</html>" in text
    assert 'class="chassis"' in text
    assert "<script" not in text


def test_the_status_is_0_also_where_a_drive_is_to_be_replaced():
    done = report("--from", SAMPLE, "-o", "drives.json")
    assert done.status == 0, done.err
    assert written()["verdict"] == "REPLACE"
    assert podplanner("drive", "check", "--from", SAMPLE, "--json").status == 2


def test_the_file_says_of_each_drive_what_drive_check_says():
    assert report("--from", SAMPLE, "-o", "drives.json").status == 0
    checked = podplanner("drive", "check", "--from", SAMPLE, "--json").json["drives"]
    found = {drive["source"]: drive for drive in written()["drives"]}
    assert len(found) == len(checked)
    for drive in checked:
        assert {key: found[drive["source"]][key] for key in drive} == drive


def test_the_card_of_the_page_is_that_of_drive_next():
    assert report("--from", SAMPLE, "-o", "drives.json").status == 0
    card = written()["next"]["card"]
    lines = podplanner("drive", "next", "--from", SAMPLE).out
    assert card["safety"] in lines
    assert card["serial"] in lines
    assert f"bay {card['bay']}" in lines.lower()


def test_json_is_printed_whole_with_and_without_a_file():
    bare = report("--from", SAMPLE, "--json")
    assert bare.status == 0, bare.err
    assert bare.json["schema"] == "podplanner/drive-report/1"
    assert (bare.json["output"], bare.json["format"], bare.json["bytes"]) == (None, "json", None)
    beside = report("--from", SAMPLE, "--json", "-o", "drives.html")
    assert beside.json["bytes"] == Path("drives.html").stat().st_size
    assert beside.json["format"] == "html"
    assert beside.json["drives"] == bare.json["drives"]


def test_the_format_goes_before_the_name():
    assert report("--from", SAMPLE, "-o", "drives.txt", "--format", "json").status == 0
    assert written("drives.txt")["schema"] == "podplanner/drive-report/1"


def test_the_pod_is_called_as_its_bay_map_or_as_one_says():
    assert report("--from", SAMPLE, "-o", "drives.json").status == 0
    own = written()["title"]
    assert own
    assert report("--from", SAMPLE, "-o", "drives.json", "--title", "Cellar").status == 0
    assert written()["title"] == "Cellar" != own


# --- History and the failure rate ---


def test_without_a_history_the_rate_is_unknown_and_planning_says_so():
    assert report("--from", SAMPLE, "-o", "drives.json").status == 0
    afr = written()["afr"]
    assert (afr["failures"], afr["drive_days"], afr["words"]) == (None, None, "unknown")
    done = podplanner("plan", "durability", "--layout", "raidz2:15x3", "--rebuild", "3d",
                      "--afr-from", "drives.json")  # fmt: skip
    assert done.status != 0
    assert "failures and drive_days" in done.err
    assert "Traceback" not in done.err


def two_months(recordings: Path) -> list[str]:
    """The words that name a history in which the sample was read twice, a month apart."""
    words = ["--history", "history.sqlite"]
    assert report("--from", f"{SAMPLE}-last-month", *words, "-o", "first.json").status == 0
    assert report("--from", recordings, *words, "-o", "drives.json").status == 0
    return words


def test_the_fleets_rate_is_taken_by_plan_durability(recordings):
    two_months(recordings)
    afr = written()["afr"]
    assert afr["drive_days"] > 0
    done = podplanner("plan", "durability", "--layout", "raidz2:15x3", "--rebuild", "3d",
                      "--afr-from", "drives.json", "--json")  # fmt: skip
    assert done.status == 0, done.err
    # None failed, so planning goes by the upper end of the interval.
    assert (afr["failures"], afr["estimate"]) == (0, 0)
    assert done.json["inputs"]["afr"] == pytest.approx(afr["high"])
    assert "drives.json" in done.json["inputs"]["afr_source"]


def test_trends_begin_with_what_the_history_knows(recordings):
    two_months(recordings)
    worst = written()["drives"][0]
    assert worst["verdict"] == "REPLACE"
    assert worst["trends"]
    for trend in worst["trends"]:
        assert len(trend["points"]) == 2
        assert trend["points"][0]["at"] < trend["points"][1]["at"]


# --- Bad input ---


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "drives.pdf"], "pdf"),
        (["-o", "drives"], "format"),
        (["-o", "drives.html", "--format", "xml"], "xml"),
        ([], "-o drives.html"),
        (["/dev/sda", "-o", "drives.html"], "two sources"),
        (["-o", "drives.html", "--timeout", "0"], "--timeout"),
        (["-o", "drives.html", "--max-age", "soon"], "--max-age"),
        (["-o", "drives.html", "--no-history", "--history", "h"], "contradict"),
        (["-o", "drives.html", "--bays", "nowhere.toml"], "nowhere.toml"),
        (["-o", "drives.html", "--bill", "nowhere.toml"], "nowhere.toml"),
        (["-o", "nowhere/drives.html"], "no such folder"),
    ],
)
def test_each_wrong_word_is_one_clear_error_with_status_3(words, said):
    done = report("--from", SAMPLE, *words)
    assert done.status == 3
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err
    assert list(Path().iterdir()) == []


def test_recordings_that_are_not_there_are_an_error():
    done = report("--from", "no-such-pod", "-o", "drives.html")
    assert done.status == 3
    assert "no-such-pod" in done.err
    assert not Path("drives.html").exists()


def test_what_is_read_is_never_written_over(recordings):
    one = sorted(recordings.glob("*.json"))[0]
    before = one.read_bytes()
    done = report("--from", one, "-o", one)
    assert done.status == 3
    assert "is read by this command" in done.err
    assert one.read_bytes() == before
    bays = recordings / "bays.toml"
    done = report("--from", recordings, "--bays", bays, "-o", bays, "--format", "html")
    assert done.status == 3
    assert bays.read_text().count("serial") > 1


def test_a_page_that_is_there_stays_whole_when_the_next_one_fails(recordings):
    assert report("--from", recordings, "-o", "drives.html").status == 0
    before = Path("drives.html").read_bytes()
    (recordings / "bays.toml").write_text("this is no bay map")
    assert report("--from", recordings, "-o", "drives.html").status == 3
    assert Path("drives.html").read_bytes() == before


def test_a_recording_that_is_cut_off_is_on_the_page_as_unknown(recordings):
    one = sorted(recordings.glob("bay*.json"))[0]
    one.write_bytes(one.read_bytes()[:200])
    assert report("--from", recordings, "-o", "drives.json").status == 0
    found = {drive["source"]: drive for drive in written()["drives"]}
    assert found[one.name]["verdict"] == "UNKNOWN"
    assert found[one.name]["why"]


def test_a_history_that_is_no_database_does_not_stop_the_page():
    Path("history.sqlite").write_bytes(b"this is no database" * 100)
    done = report("--from", SAMPLE, "--history", "history.sqlite", "-o", "drives.json")
    assert done.status == 0, done.err
    assert len(written()["drives"]) == 45
    assert written()["notes"]
