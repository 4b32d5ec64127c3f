"""Begin and stop a test through smartctl: what is asked, and what is made of the answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives import made
from support.drives.fake_smartctl import DEAF, HANGS, Replay, install
from support.drives.self_tested import BEGUN, saying

from podplanner.drives.reading import Protocol
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import Ran
from podplanner.drives.smartctl.stuck import StuckProcesses
from podplanner.drives.testing.log import Kind
from podplanner.drives.testing.starting import Answer, begin_test, stop_test

SDA = Device("/dev/sda", "sat", Protocol.ATA)


def _answer(ran, device=SDA, kind=Kind.LONG):
    return begin_test(device, kind, timeout_s=5, run=lambda _: ran)


def _said(*lines, status=0, version=(7, 3)):
    head = {"version": list(version), "exit_status": status, "output": list(lines)}
    return Ran(status=status, output=json.dumps({"smartctl": head}).encode())


@pytest.mark.parametrize("words", BEGUN.values())
def test_a_test_has_begun_only_when_smartctl_says_so(words):
    assert _answer(_said("=== START ===", words)).answer is Answer.DONE
    assert _answer(_said("=== START ===")).answer is Answer.UNKNOWN


def test_bits_about_the_drives_health_do_not_say_that_the_test_did_not_begin():
    assert _answer(_said("Testing has begun.", status=8 + 64 + 128)).answer is Answer.DONE
    assert _answer(_said("Testing has begun.", status=4)).answer is Answer.REFUSED


def test_a_drive_that_tests_already_is_busy_whatever_the_status():
    line = "Can't start self-test without aborting current test (90% remaining),"
    for status in (0, 4, 255):
        assert _answer(_said(line, status=status)).answer is Answer.BUSY


def test_a_drive_that_fell_asleep_is_left_asleep():
    ran = _said("Device is in STANDBY mode, exit(3)", status=3)
    assert _answer(ran).answer is Answer.ASLEEP


def test_a_drive_without_self_tests_says_so():
    asking = _answer(_said("Self-test functions not supported", status=4))
    assert (asking.answer, asking.words) == (Answer.REFUSED, "Self-test functions not supported")


def test_an_old_smartctl_that_ignores_the_option_on_nvme_is_named():
    nvme = Device("/dev/nvme0", "nvme", Protocol.NVME)
    asking = _answer(_said("=== START ===", version=(7, 3)), nvme)
    assert asking.answer is Answer.REFUSED
    assert "7.4" in asking.words
    assert _answer(_said("Self-test has begun", version=(7, 4)), nvme).answer is Answer.DONE


def test_no_answer_is_unknown_for_the_test_may_have_begun():
    assert _answer(Ran(timed_out=True)).answer is Answer.UNKNOWN
    assert _answer(Ran(signal=9)).answer is Answer.UNKNOWN
    assert stop_test(SDA, timeout_s=5, run=lambda _: Ran(timed_out=True)).answer is Answer.UNKNOWN


@given(st.binary(max_size=300), st.integers(0, 255))
def test_no_output_makes_it_fall_over_and_none_passes_for_a_beginning(output, status):
    answer = _answer(Ran(status=status, output=output)).answer
    assert answer is not Answer.DONE or b"has begun" in output.lower()


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                 lambda inner: st.lists(inner, max_size=3)
                 | st.dictionaries(st.sampled_from(["smartctl", "output", "messages", "string"]),
                                   inner, max_size=3))
)  # fmt: skip
def test_no_document_makes_it_fall_over(document):
    output = json.dumps(document).encode()
    assert _answer(Ran(status=0, output=output)).answer is Answer.UNKNOWN


@pytest.mark.parametrize("kind", Kind)
def test_only_tests_beside_the_drives_work_are_asked_for(kind):
    asked = []
    begin_test(SDA, kind, timeout_s=5, run=lambda c: asked.append(c.arguments) or _said())
    stop_test(SDA, timeout_s=5, run=lambda c: asked.append(c.arguments) or _said())
    first, second = asked
    assert f"--test={kind}" in first
    assert "--abort" in second
    for words in asked:
        assert not {"-C", "--captive", "--test=offline"} & set(words)
        assert "--nocheck=standby,3" in words
        assert words[-1] == "/dev/sda"


def test_a_name_that_begins_with_a_dash_is_no_option():
    asked = []
    begin_test(Device("-C"), Kind.LONG, timeout_s=5,
               run=lambda c: asked.append(c.arguments) or _said())  # fmt: skip
    assert asked[0][-1] == "./-C"


def test_a_process_begins_a_test_and_stops_it(tmp_path, monkeypatch):
    document = made.ata_hdd()
    fake = install(tmp_path, {"/dev/sda": Replay(document, after=saying(document, BEGUN["ATA"]))})
    monkeypatch.setenv("PATH", fake.path())
    assert begin_test(SDA, Kind.LONG, timeout_s=20).answer is Answer.DONE
    assert fake.calls("test") == ["/dev/sda long"]
    assert stop_test(SDA, timeout_s=20).answer is Answer.DONE
    assert fake.calls("abort") == ["/dev/sda sat"]


def test_a_process_leaves_a_sleeping_drive_asleep_and_a_missing_one_missing(tmp_path, monkeypatch):
    fake = install(tmp_path, {"/dev/sda": Replay(made.ata_hdd(), behaviour="asleep")})
    monkeypatch.setenv("PATH", fake.path())
    assert begin_test(SDA, Kind.SHORT, timeout_s=20).answer is Answer.ASLEEP
    assert fake.calls("woken") == []
    missing = begin_test(Device("/dev/sdz"), Kind.SHORT, timeout_s=20)
    assert missing.answer is Answer.REFUSED
    assert "No such device" in missing.words


@pytest.mark.parametrize("drive", [HANGS, DEAF], ids=["hangs", "deaf"])
def test_a_process_that_hangs_is_given_up_and_nothing_is_claimed(drive, tmp_path, monkeypatch):
    fake = install(tmp_path / "bin", {"/dev/sda": drive})
    monkeypatch.setenv("PATH", fake.path())
    stuck = StuckProcesses(tmp_path / "stuck")
    asking = begin_test(SDA, Kind.LONG, timeout_s=0.3, stuck=stuck)
    assert asking.answer is Answer.UNKNOWN
    assert "--status" in asking.words
