"""Any JSON is a reading: odd content costs what is odd, never the reading."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from support.drives.made import ata_hdd, ata_ssd, nvme, sas_hdd, sas_ssd, standby
from support.drives.made_tests import LoggedTest

from podplanner.drives.reading import DriveReading, Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 2**140), st.floats(), st.text(),
    st.sampled_from(["", "yes", "0x10", "12", "now", "\x1b[31m", "\ud800"]),
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=8),
    st.sampled_from([
        "smartctl", "device", "devices", "model_name", "serial_number", "smart_status", "passed",
        "ata_smart_attributes", "table", "id", "raw", "value", "name", "type", "protocol",
        "messages", "string", "temperature", "current", "scsi_self_test_0", "version", "argv",
        "nvme_smart_health_information_log", "power_on_time", "hours", "power_mode",
    ]),
)  # fmt: skip
ANY = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)
TESTS = [LoggedTest("read failure", "long", 90), LoggedTest("passed", "long", 80)]
MADE = [
    ata_hdd(maker="seagate", pending=3, tests=TESTS, extended=True, statistics={
        "Number of Interface CRC Errors": 4, "Percentage Used Endurance Indicator": 3}),
    ata_ssd(maker="intel"),
    nvme(tests=TESTS, test_left=40, warning_c=80, critical_c=85),
    sas_hdd(tests=TESTS, pending_defects=1, grown_defects=3),
    sas_hdd(version=(7, 0), grown_defects=3),
    sas_ssd(),
    standby(),
]  # fmt: skip


def check(reading):
    assert isinstance(reading, DriveReading)
    assert reading.source == "x"
    assert (reading.trouble is None) == (reading.trouble_words == "")
    assert "\n" not in reading.trouble_words
    for signal, value in reading.signals.items():
        assert isinstance(signal, Signal)
        assert type(value) is int
        assert value < 2**63
        assert value >= 0 or signal is Signal.TEMPERATURE_C
    for text in (reading.identity.model, reading.identity.serial, reading.device,
                 *reading.messages, reading.trouble_words):  # fmt: skip
        assert text is None or text == "" or text.isprintable()


@given(ANY)
def test_any_value_is_a_reading(document):
    check(reading_of(document, source="x"))


@given(st.data())
@settings(max_examples=300)
def test_a_document_with_odd_values_anywhere_is_a_reading(data):
    document = copy.deepcopy(data.draw(st.sampled_from(MADE)))
    for _ in range(data.draw(st.integers(1, 4))):
        put_in(document, data)
    check(reading_of(document, source="x"))


def put_in(document, data):
    """Replace or remove one value, somewhere on a way down that is drawn."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and data.draw(st.integers(0, 4)):
            place = inner
            continue
        if data.draw(st.booleans()):
            place[key] = data.draw(ANY)
        else:
            del place[key]
        return


@given(st.sampled_from(MADE[:6]), st.data())
def test_whatever_stands_in_another_block_the_figures_stay(made, data):
    plain = reading_of(made, source="x")
    key = data.draw(st.sampled_from(["wwn", "form_factor", "interface_speed", "trim", "new_block",
                                     "user_capacity", "local_time"]))  # fmt: skip
    changed = reading_of(made | {key: data.draw(ANY)}, source="x")
    assert dict(changed.signals) == dict(plain.signals)
    assert changed.passed == plain.passed
    assert changed.identity.key == plain.identity.key


@given(st.sampled_from(MADE))
def test_a_document_means_the_same_after_it_was_written_and_read(made):
    again = json.loads(json.dumps(made))
    assert reading_of(again, source="x") == reading_of(made, source="x")


@given(st.integers(0, 255))
def test_an_exit_status_alone_never_makes_a_reading_of_nothing(status):
    reading = reading_of({"smartctl": {"exit_status": status}}, source="x")
    assert reading.trouble is not None or reading.passed is False
    assert reading.trouble is not Trouble.ASLEEP
