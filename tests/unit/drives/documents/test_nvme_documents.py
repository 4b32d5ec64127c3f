"""NVMe drives."""

import pytest
from support.drives.made import VERSIONS, LoggedTest, nvme

from podplanner.drives.reading import Protocol
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.document import reading_of


def read(document):
    return reading_of(document, source="nvme0.json")


@pytest.mark.parametrize("version", [None, *VERSIONS])
def test_every_figure_of_the_health_log_is_read(version):
    reading = read(nvme(version=version, critical_warning=4, passed=False, spare_percent=9,
                        media_errors=7, wear_percent=103, error_log_entries=4_871))  # fmt: skip
    assert reading.trouble is None
    assert reading.protocol is Protocol.NVME
    assert reading.rotation_rpm == 0
    assert reading.passed is False
    found = reading.signals
    assert found[Signal.CRITICAL_WARNING] == 4
    assert found[Signal.SPARE_PERCENT] == 9
    assert found[Signal.SPARE_THRESHOLD_PERCENT] == 10
    assert found[Signal.MEDIA_ERRORS] == 7
    assert found[Signal.WEAR_PERCENT] == 103
    assert found[Signal.ERROR_LOG_ENTRIES] == 4_871
    assert found[Signal.WRITTEN_BYTES] == 61_220_871 * 512_000
    assert found[Signal.POWER_ON_H] == 9_000
    assert found[Signal.POWER_CYCLES] == 210
    assert found[Signal.TEMPERATURE_C] == 41


def test_a_verdict_that_contradicts_the_warning_is_kept_as_both():
    reading = read(nvme(passed=False, critical_warning=0))
    assert reading.passed is False
    assert reading.signals[Signal.CRITICAL_WARNING] == 0


def test_limits_are_the_controllers_own():
    found = read(nvme(warning_c=82, critical_c=85)).temperature
    assert (found.limit_c, found.trip_c) == (82, 85)


def test_a_test_that_runs_has_so_much_left():
    assert read(nvme(test_left=37)).test_left_percent == 37
    assert read(nvme()).test_left_percent is None


def test_failed_tests_count_until_a_long_one_passes():
    failed = LoggedTest("read failure", "long", 800)
    passed = LoggedTest("passed", "long", 900)
    short = LoggedTest("passed", "short", 950)
    assert read(nvme(tests=[short, failed])).signals[Signal.FAILED_SELF_TESTS] == 1
    assert read(nvme(tests=[short, passed, failed])).signals[Signal.FAILED_SELF_TESTS] == 0


def test_rows_that_are_empty_in_the_log_are_passed_over():
    document = nvme(tests=[LoggedTest("passed", "long", 900)])
    document["nvme_self_test_log"]["table"].insert(0, None)
    assert len(read(document).self_tests) == 1


def test_a_namespace_gives_the_world_wide_name():
    document = nvme()
    document["nvme_namespaces"][0]["eui64"] = {"oui": 9_528, "ext_id": 268_705_991_866}
    assert read(document).identity.wwn == f"{9_528:06x}{268_705_991_866:010x}"
