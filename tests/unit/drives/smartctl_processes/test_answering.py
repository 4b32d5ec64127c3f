import json
import signal
from datetime import UTC, datetime

import pytest
from support.drives import made

from podplanner.drives.reading import Trouble
from podplanner.drives.smartctl.answering import ASLEEP, NoDocumentError, document_in, reading_from
from podplanner.drives.smartctl.device import Device
from podplanner.drives.smartctl.running import Ran

SDA = Device("/dev/sda", "sat")
AT = datetime(2024, 3, 1, 3, 0, tzinfo=UTC)


def read(ran: Ran):
    return reading_from(ran, SDA, source="/dev/sda", read_at=AT, asked_s=30)


def written(document: object) -> bytes:
    return json.dumps(document, indent=2).encode()


def test_a_document_gives_a_reading_of_the_device_that_was_asked():
    reading = read(Ran(status=64, output=written(made.ata_hdd())))
    assert reading.trouble is None
    assert (reading.source, reading.device_type, reading.read_at) == ("/dev/sda", "sat", AT)
    assert reading.exit_status.value == 64


def test_every_exit_status_comes_back_and_those_of_health_are_no_trouble():
    output = written(made.ata_hdd())
    for status in range(256):
        reading = read(Ran(status=status, output=output))
        assert reading.exit_status.value == status
        assert (reading.trouble is Trouble.ASLEEP) == (status == ASLEEP)
        if not status & 3:
            assert reading.trouble is None


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (b"", "smartctl wrote nothing (exit status 4) about /dev/sda; run it by hand to see why."),
        (b" \n", "smartctl wrote nothing"),
        (b"Segmentation fault", "smartctl wrote no JSON"),
        (b'{"smartctl": {"version": [7, 3', "cut off"),
        (b"[" * 100_000, "no JSON"),
        (b"{" + b'"a":{' * 100_000, "cut off"),
        (b"\x00\xff\xfe", "no JSON"),
        (b"{" + b'"a": ' + b"9" * 5000 + b"}", "no JSON"),
    ],
)
def test_what_is_no_document_is_unreadable_and_said_in_words(output, words):
    reading = read(Ran(status=4, output=output))
    assert reading.trouble is Trouble.UNREADABLE
    assert words in reading.trouble_words
    assert reading.device == "/dev/sda"


def test_words_of_a_program_that_failed_are_passed_on():
    reading = read(Ran(status=127, output=b"", errors=b"sudo: a password is required\n\n"))
    assert reading.messages == ("sudo: a password is required",)


def test_every_cut_of_a_document_is_unreadable():
    whole = written(made.ata_hdd())
    for end in range(1, len(whole) - 1, 97):
        assert read(Ran(status=0, output=whole[:end])).trouble is Trouble.UNREADABLE


def test_text_before_and_after_the_document_is_passed_over():
    whole = written({"smartctl": {}, "model_name": "X"})
    banner = b"smartctl 7.3 2022-02-28\n{note: not JSON}\n\n"
    assert document_in(banner + whole + b"\ntrailing")["model_name"] == "X"


def test_letters_in_no_encoding_do_not_lose_a_document():
    assert document_in(b'{"model_name": "caf\xe9"}') == {
        "model_name": "caf\N{REPLACEMENT CHARACTER}"
    }


def test_control_signs_in_a_string_do_not_lose_a_document():
    assert document_in(b'{"model_name": "a\x1b[2J\tb\n"}') == {"model_name": "a\x1b[2J\tb\n"}


def test_an_array_is_no_document():
    with pytest.raises(NoDocumentError):
        document_in(b"[1, 2]")


def test_a_drive_that_sleeps_is_asleep_whatever_the_words_are():
    document = {"smartctl": {"exit_status": 3, "messages": []}}
    assert read(Ran(status=ASLEEP, output=written(document))).trouble is Trouble.ASLEEP


def test_a_time_out_says_how_long_it_was():
    reading = read(Ran(timed_out=True, output=b"{"))
    assert reading.trouble is Trouble.TIMED_OUT
    assert "within 30 s" in reading.trouble_words


def test_a_process_that_was_left_behind_is_named():
    reading = read(Ran(timed_out=True, left=4711))
    assert reading.trouble is Trouble.TIMED_OUT
    assert "process 4711" in reading.trouble_words


def test_an_end_by_signal_is_told_apart_from_an_exit():
    reading = read(Ran(signal=signal.SIGSEGV, output=written(made.ata_hdd())))
    assert reading.trouble is Trouble.UNREADABLE
    assert "SIGSEGV" in reading.trouble_words
    assert "signal 99" in read(Ran(signal=99)).trouble_words


def test_endless_output_is_unreadable():
    reading = read(Ran(cut=True, output=written(made.ata_hdd())))
    assert reading.trouble is Trouble.UNREADABLE
    assert "16 MB" in reading.trouble_words


def test_a_smartctl_from_before_json_is_told_to_be_replaced():
    words = b"smartctl 6.6 2017-11-05 r4594 [x86_64-linux]\n=======> UNRECOGNIZED OPTION: json\n"
    reading = read(Ran(status=1, output=words))
    assert reading.trouble is Trouble.NOT_INSTALLED
    assert "6.6" in reading.trouble_words
    assert "7.0" in reading.trouble_words
