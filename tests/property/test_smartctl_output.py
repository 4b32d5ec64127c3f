import json
from contextlib import suppress
from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given

from podplanner.drives.reading import DriveReading
from podplanner.drives.smartctl.answering import NoDocumentError, document_in, reading_from
from podplanner.drives.smartctl.device import Device, sources_of
from podplanner.drives.smartctl.listing import listed_in
from podplanner.drives.smartctl.naming import recording_names
from podplanner.drives.smartctl.running import Ran
from podplanner.drives.smartctl.version import version_in

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
devices = st.builds(
    Device,
    st.sampled_from(["/dev/sda", "/dev/bus/0", "/dev/SDA", "/dev/../sda", "", "/"]) | st.text(),
    st.none() | st.sampled_from(["sat", "megaraid,0", "megaraid,1", "scsi"]),
)


@given(st.binary())
def test_any_bytes_are_a_document_or_refused(output):
    with suppress(NoDocumentError):
        assert isinstance(document_in(output), dict)
    version_in(output)


@given(st.dictionaries(st.text(), values), st.sampled_from(["", "banner\n", "{x}\n\n", "\n\n  "]))
def test_a_document_comes_back_whatever_is_written_around_it(document, banner):
    written = banner + json.dumps(document, indent=2) + "\n"
    assert document_in(written.encode()) == document


@given(st.binary(), st.none() | st.integers(0, 255), st.none() | st.integers(1, 64), st.booleans())
def test_any_end_of_smartctl_is_a_reading(output, status, signal, timed_out):
    reading = reading_from(
        Ran(status, signal, output, timed_out=timed_out), Device("/dev/sda"),
        source="/dev/sda", read_at=datetime(2024, 1, 1, tzinfo=UTC), asked_s=30,
    )  # fmt: skip
    assert isinstance(reading, DriveReading)
    assert (reading.trouble is None) == (reading.trouble_words == "")
    if timed_out or signal is not None:
        assert reading.trouble is not None


@given(values | st.fixed_dictionaries({"devices": st.lists(values)}))
def test_any_list_of_devices_is_read_or_empty(document):
    for device in listed_in(document):
        assert device.name.strip()
        assert device.name.isprintable()


@given(st.lists(devices, unique_by=lambda device: (device.name, device.type)))
def test_no_two_readings_are_called_the_same_and_no_two_recordings(asked):
    sources = sources_of(asked)
    names = recording_names(sources)
    assert len({name.casefold() for name in names}) == len(asked)
    for name in names:
        assert "/" not in name
        assert not name.startswith((".", "-"))
        assert name.endswith(".json")
        assert len(name) < 130
