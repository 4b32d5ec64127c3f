"""`drive bays` shows, makes and fills the bay map, as it is typed."""

import contextlib
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.drives.fake_system import System
from support.drives.painted import checked_drive
from support.drives.terminal import Talk, children_of
from unit.cli.running import podplanner

from podplanner.catalog.readers.bay_map import read_bay_map
from podplanner.cli.drive.bays.asking import Asking
from podplanner.cli.drive.bays.files import MapFile
from podplanner.cli.drive.bays.pulling import learn_by_pulling
from podplanner.drives.arrays.state import Array, ArrayState, Group
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.learning import Session
from podplanner.drives.bays.pulling import Waiting
from podplanner.drives.bays.seeing import read_places
from podplanner.drives.checked import CheckedPod
from podplanner.drives.history.opening import open_history
from podplanner.errors import ConflictError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="places are those of Linux")


@pytest.fixture
def system(tmp_path):
    found = System(tmp_path / "machine")
    for number, name in enumerate("abc", 1):
        found.drive(f"sd{name}", f"Z30100{number}", path=f"pci-0-ata-{number}.0")
    return found


@pytest.fixture
def talk():
    talks = []

    def begin(*words):
        talks.append(Talk("drive", "bays", *words))
        return talks[-1]

    yield begin
    for each in talks:
        each.close()


def bays(*words):
    return podplanner("drive", "bays", *words)


def made(*words):
    done = bays("new", *(words or ("--count", 6)), "-o", "bays.toml")
    assert done.status == 0, done.err
    return read_bay_map(Path("bays.toml"))


def serials():
    return {bay.number: bay.serial for bay in read_bay_map(Path("bays.toml")).bays if bay.serial}


# --- showing ---


def test_without_a_map_the_bays_are_what_the_system_tells(system):
    done = bays("--root", system.root)
    assert done.status == 0
    for number in (1, 2, 3):
        assert f"Z30100{number}" in done.out
    assert "are not those of your case" in done.err


def test_without_a_map_and_a_place_the_way_to_one_is_said(tmp_path):
    done = bays("--root", tmp_path / "nothing")
    assert done.status == 3
    assert "drive bays new --chassis" in done.err
    assert "drive bays learn" in done.err


def test_a_drive_never_checked_is_unknown_and_no_drive_is_asked(system, monkeypatch):
    monkeypatch.setenv("PATH", "")
    (drive,) = [b["holds"] for b in bays("--root", system.root, "--json").json["bays"]][:1]
    assert drive["verdict"] == "UNKNOWN"
    assert "Not checked yet" in drive["reason"]


@pytest.mark.parametrize(("days", "verdict"), [(1, "REPLACE"), (9, "UNKNOWN")])
def test_a_verdict_of_the_last_check_is_shown_as_long_as_it_holds(system, days, verdict):
    at = datetime.now(UTC) - timedelta(days=days)
    drive = checked_drive("Z301002", Verdict.REPLACE, reason="It fails.")
    with open_history(None) as history:
        history.remember(CheckedPod(at, (drive,)))
    rows = bays("--root", system.root, "--json").json["bays"]
    assert [row["holds"]["verdict"] for row in rows] == ["UNKNOWN", verdict, "UNKNOWN"]


def test_the_map_shows_what_is_in_it_and_what_is_in_no_bay(system):
    made()
    assert bays("set", 4, "Z301002", "--bays", "bays.toml", "--root", system.root).status == 0
    found = bays("--bays", "bays.toml", "--root", system.root, "--json").json
    assert found["schema"] == "podplanner/drive-bays/1"
    assert [b["number"] for b in found["bays"] if b["holds"]] == [4]
    assert found["bays"][3]["path"] == "pci-0-ata-2.0"
    assert [d["serial"] for d in found["elsewhere"]] == ["Z301001", "Z301003"]
    text = bays("--bays", "bays.toml", "--root", system.root)
    assert "not learned: 1-3, 5-6" in text.out


def test_what_disagrees_is_said(system):
    made()
    bays("set", 1, "Z301001", "--bays", "bays.toml", "--root", system.root)
    text = Path("bays.toml").read_text()
    Path("bays.toml").write_text(text.replace("pci-0-ata-1.0", "pci-0-ata-9.0").replace(
        'path = ""', 'path = "pci-0-ata-1.0"', 1))  # fmt: skip
    done = bays("--bays", "bays.toml", "--root", system.root)
    assert "Z301001 (/dev/sda) is bay 1 by the map" in done.err
    assert done.status == 0


@pytest.mark.parametrize("name", ["case.svg", "case.html"])
def test_the_picture_is_written_once_and_with_force_again(system, name):
    made("--chassis", "STORAGE-POD-3.0-CASE")
    words = ("--bays", "bays.toml", "--root", system.root, "-o", name)
    assert bays(*words).status == 0
    text = Path(name).read_text()
    svg = text[text.index("<svg") : text.index("</svg>") + 6]
    assert ElementTree.fromstring(svg).get("role") == "img"
    assert bays(*words).status == 3
    assert bays(*words, "--force").status == 0


def test_a_picture_of_another_kind_and_over_the_map_is_refused(system):
    made()
    words = ("--bays", "bays.toml", "--root", system.root, "--force", "-o")
    assert bays(*words, "case.png").status == 3
    before = Path("bays.toml").read_text()
    Path("bays.svg").symlink_to("bays.toml")
    assert bays(*words, "bays.svg").status == 3
    assert Path("bays.toml").read_text() == before


@pytest.mark.parametrize(
    "words", [("--bays", "none.toml"), ("--check", "--from", "."), ("--from", "none"), ("nosuch",)]
)
def test_wrong_words_are_3_and_no_verdict(words):
    done = bays(*words)
    assert done.status == 3
    assert "Traceback" not in done.err


# --- making ---


def test_a_map_of_a_case_reads_back():
    bay_map = made("--chassis", "storage-pod-3.0-case", "--title", "Pod 3")
    assert (len(bay_map.bays), bay_map.title) == (45, "Pod 3")


def test_what_is_seen_becomes_a_map(system):
    assert len(made("--seen", "--root", system.root).bays) == 3
    assert serials() == {1: "Z301001", 2: "Z301002", 3: "Z301003"}


@pytest.mark.parametrize(
    "words",
    [(), ("--count", 4, "--seen"), ("--per-backplane", 4, "--seen"), ("--count", 0),
     ("--chassis", "NO-SUCH"), ("--chassis", "ST4000DM000"), ("--chassis", "RM41-506"),
     ("--seen", "--root", "nowhere")],
)  # fmt: skip
def test_a_map_of_nothing_is_refused(words):
    assert bays("new", *words, "-o", "bays.toml").status == 3
    assert not Path("bays.toml").exists()


def test_a_map_that_is_there_is_kept():
    made()
    done = bays("new", "--count", 3, "-o", "bays.toml")
    assert done.status == 3
    assert len(read_bay_map(Path("bays.toml")).bays) == 6


# --- setting ---


def test_a_bay_is_set_and_cleared_and_comments_stay(system):
    made()
    text = Path("bays.toml").read_text()
    Path("bays.toml").write_text(f"# by the door\n{text}")
    words = ("--bays", "bays.toml", "--root", system.root)
    assert bays("set", 2, " z301003 ", *words).out == "bay 2: z301003\n"
    assert serials() == {2: "z301003"}
    assert bays("set", 2, "--clear", *words).out == "bay 2: open\n"
    assert serials() == {}
    assert Path("bays.toml").read_text().startswith("# by the door\n")


def test_the_map_may_be_named_before_the_command(system):
    made()
    assert bays("--bays", "bays.toml", "set", 1, "Z301001", "--root", system.root).status == 0
    assert serials() == {1: "Z301001"}


@pytest.mark.parametrize(
    "words",
    [(9, "Z301001"), (1,), (1, "Z301001", "--clear"), (1, ""), (1, "XXXXXXXX"), ("one", "Z301001")],
)
def test_what_cannot_be_set_is_refused(words):
    made()
    before = Path("bays.toml").read_bytes()
    assert bays("set", *words, "--bays", "bays.toml").status == 3
    assert Path("bays.toml").read_bytes() == before


def test_a_map_that_is_not_named_or_not_there_is_said():
    assert "no bay map is named" in bays("set", 1, "Z301001").err
    assert "drive bays new" in bays("set", 1, "Z301001", "--bays", "none.toml").err


# --- learning by light ---


def test_answers_are_taken_again_and_back_and_saved_at_once(system, talk):
    made()
    run = talk("learn", "--bays", "bays.toml", "--root", system.root)
    run.until("[1 of 3]")
    run.until("stop]: ")
    run.type("77")
    run.until("no bay 77, it has 1-6")
    run.until("stop]: ")
    run.type("5")
    run.until("bay 5: Z301001, saved")
    assert serials() == {5: "Z301001"}
    run.until("[2 of 3]")
    run.until("stop]: ")
    run.type("b")
    run.until("Bay 5 is as it was before")
    assert serials() == {}
    run.until("[1 of 3]")
    run.until("stop]: ")
    run.type("6")
    run.until("[2 of 3]")
    run.until("stop]: ")
    run.type("6")
    run.until("Take it from there? [y/N] ")
    run.type("")
    run.until("stop]: ")
    run.type("s")
    run.until("[3 of 3]")
    run.until("stop]: ")
    run.type("2")
    run.until("2 drives learnt")
    assert run.ended() == 0
    assert serials() == {6: "Z301001", 2: "Z301003"}
    assert read_bay_map(Path("bays.toml")).numbered(2).path == "pci-0-ata-3.0"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_it_puts_the_lights_out_and_keeps_the_answers(system, talk, end):
    made()
    for name, slot in (("sda", "Slot 01"), ("sdb", "Slot 02")):
        system.slot("0:0:1:0", slot, name)
    light = system.root / "sys/class/enclosure/0:0:1:0/Slot 02/locate"
    run = talk("learn", "--bays", "bays.toml", "--root", system.root)
    run.until("locating light is on")
    run.until("stop]: ")
    run.type("4")
    run.until("[2 of 3]")
    run.until("stop]: ")
    assert light.read_text() == "1"
    (reader,) = children_of(run.process.pid)
    os.kill(run.process.pid, end)
    assert run.ended() in (3, 130)
    assert "Traceback" not in run.seen
    assert light.read_text() == "0"
    assert serials() == {4: "Z301001"}
    _gone(reader)


def _gone(pid: int) -> None:
    deadline = time.monotonic() + 6
    while time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            time.sleep(0.02)
            continue
        return
    raise AssertionError("somebody still reads from the drive")


def test_what_another_changed_in_the_map_meanwhile_stays(system, talk):
    made()
    run = talk("learn", "--bays", "bays.toml", "--root", system.root)
    run.until("stop]: ")
    assert bays("set", 1, "OTHER01", "--bays", "bays.toml", "--root", system.root).status == 0
    run.type("3")
    run.until("saved")
    run.until("stop]: ")
    run.type("q")
    assert run.ended() == 0
    assert serials() == {1: "OTHER01", 3: "Z301001"}


def test_drives_at_places_of_the_map_are_noted_without_asking(system, talk):
    made()
    for number, serial in ((1, "Z301001"), (2, "Z301002"), (3, "Z301003")):
        bays("set", number, serial, "--bays", "bays.toml", "--root", system.root)
    text = Path("bays.toml").read_text()
    Path("bays.toml").write_text(text.replace("Z301002", ""))
    run = talk("learn", "--bays", "bays.toml", "--root", system.root)
    run.until("Bay 2 holds Z301002")
    run.until("the map has every drive")
    assert run.ended() == 0
    assert serials() == {1: "Z301001", 2: "Z301002", 3: "Z301003"}


def test_a_drive_that_is_seen_over_two_ways_is_asked_for_once(system, talk):
    made()
    system.drive("sdd", "Z301001", path="pci-1-ata-1.0")
    run = talk("learn", "--bays", "bays.toml", "--root", system.root)
    run.until("[1 of 3]")
    run.until("stop]: ")
    run.type("q")
    assert run.ended() == 0


def test_a_drive_that_cannot_be_read_can_be_learnt_all_the_same(system, talk):
    made()
    (system.root / "dev" / "sdb").unlink()
    run = talk("learn", "/dev/sdb", "--bays", "bays.toml", "--root", system.root)
    run.until("cannot be opened")
    run.until("Nothing shows where it is")
    run.until("stop]: ")
    run.type("1")
    assert run.ended() == 0
    assert serials() == {1: "Z301002"}


def test_without_a_terminal_it_says_what_to_do(system):
    made()
    done = bays("learn", "--bays", "bays.toml", "--root", system.root)
    assert done.status == 3
    assert "no terminal" in done.err
    assert "drive bays set BAY SERIAL" in done.err


# --- learning by pulling ---


def whole(gone=0):
    return ArrayState((Array("tank", "zfs", (Group("raidz1-0", "raidz1", (), 1, gone),)),))


class Hand:
    """Types answers, and pulls and puts back drives in between."""

    def __init__(self, system, *answers):
        self._system, self._answers = system, list(answers)

    def line(self):
        return self._answers.pop(0) if self._answers else None


def pulled(system, answers, state, *, yes=False, pulls=("sdb",)):
    """Learn by pulling, with somebody beside the case."""
    file = MapFile(Path("bays.toml"))
    places = read_places(system.root)
    session = Session(file.open().bay_map, places.drives)
    hand = Hand(system, *answers)
    left, events = list(pulls), threading.Event()

    def sleep(_seconds):
        # Every second look something happens: a drive goes, or the one that went comes back.
        if events.is_set():
            name = left.pop(0)
            system.drive(name, f"Z30100{'abc'.index(name[2]) + 1}",
                         path=f"pci-0-ata-{'abc'.index(name[2]) + 1}.0")  # fmt: skip
            events.clear()
        elif left and (system.root / "dev" / left[0]).exists():
            system.unplug(left[0])

    def line():
        events.set()  # whoever answers has the drive in hand, and puts it back next
        return hand.line()

    return learn_by_pulling(
        session, file, Asking(line if yes else _first_free(hand, line)),
        lambda: read_places(system.root), yes=yes, arrays=lambda: state,
        waiting=Waiting(lambda: read_places(system.root), sleep, patience_s=10),
    )  # fmt: skip


def _first_free(hand, line):
    """Answer the question whether to pull at all without a drive in hand."""
    asked = iter((hand.line,))

    def answer():
        return next(asked, line)()

    return answer


def test_the_drive_that_was_pulled_is_noted_with_the_path_it_had(system):
    made()
    session = pulled(system, ["y\n", "5\n"], whole())
    assert session.learnt == 1
    assert serials() == {5: "Z301002"}
    assert read_bay_map(Path("bays.toml")).numbered(5).path == "pci-0-ata-2.0"


def test_several_drives_are_learnt_in_the_order_of_the_user(system):
    made()
    session = pulled(system, ["y\n", "1\n", "2\n", "3\n"], whole(), pulls=("sdc", "sda", "sdb"))
    assert session.learnt == 3
    assert serials() == {1: "Z301003", 2: "Z301001", 3: "Z301002"}


def test_nothing_is_pulled_without_a_yes(system):
    made()
    assert pulled(system, ["\n"], whole()).learnt == 0
    assert serials() == {}


def test_nothing_is_pulled_where_an_array_is_not_whole(system):
    made()
    with pytest.raises(ConflictError, match="raidz1-0: 1 of its drives are gone"):
        pulled(system, ["y\n", "5\n"], whole(gone=1))
    assert pulled(system, ["5\n"], whole(gone=1), yes=True).learnt == 1


def test_nothing_is_pulled_where_the_state_is_unknown(system):
    made()
    with pytest.raises(ConflictError, match="unknown"):
        pulled(system, ["y\n"], ArrayState(trouble=("zpool hangs.",)))


def test_yes_goes_with_pulling_alone():
    assert bays("learn", "--yes", "--bays", "bays.toml").status == 3
