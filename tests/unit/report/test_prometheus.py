"""Metrics for Prometheus, read back by its own client."""

import stat
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import AT, MODEL, drive, pod

from podplanner.cli.drive.metrics import metrics_file, write_metrics
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import Temperature, Trouble
from podplanner.drives.signals import Signal
from podplanner.errors import WrongUsageError
from podplanner.report.prometheus import prometheus_text

parser = pytest.importorskip("prometheus_client.parser", reason="no prometheus-client here")

NAMES = {
    "podplanner_check_timestamp_seconds",
    "podplanner_pod_verdict",
    "podplanner_pod_drives",
    "podplanner_drive_verdict",
    "podplanner_drive_last_answer_timestamp_seconds",
    "podplanner_drive_temperature_celsius",
    "podplanner_drive_temperature_limit_celsius",
    "podplanner_drive_capacity_bytes",
    "podplanner_drive_power_on_seconds",
    "podplanner_drive_written_bytes",
    "podplanner_drive_wear_ratio",
    "podplanner_drive_spare_ratio",
    "podplanner_drive_spare_threshold_ratio",
    "podplanner_drive_helium_ratio",
    "podplanner_drive_signal",
}
FULL = drive(
    3,
    Verdict.REPLACE,
    signals={signal: n for n, signal in enumerate(Signal, 1)},
    temperature=Temperature(41, 60),
)


def read(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return name -> labels -> value; fail where a series is there twice, or two names are one."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in parser.text_string_to_metric_families(text):
        assert family.name not in found
        assert family.type == "gauge"
        assert family.documentation
        series = found.setdefault(family.name, {})
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in series
            assert sample.timestamp is None
            series[labels] = sample.value
    return found


def one(text: str, name: str, **wanted: str) -> float:
    series = read(text)[f"podplanner_{name}"]
    found = [v for labels, v in series.items() if wanted.items() <= dict(labels).items()]
    assert len(found) == 1
    return found[0]


def test_the_names_are_these_and_no_others():
    assert set(read(prometheus_text(pod(FULL)))) == NAMES


def test_every_figure_of_a_drive_is_told_once_in_base_units():
    text = prometheus_text(pod(FULL))
    assert one(text, "drive_temperature_celsius") == 41
    assert one(text, "drive_power_on_seconds") == FULL.reading.signals[Signal.POWER_ON_H] * 3600
    assert one(text, "drive_wear_ratio") == FULL.reading.signals[Signal.WEAR_PERCENT] / 100
    told = {
        dict(labels)["signal"]: value
        for labels, value in read(text)["podplanner_drive_signal"].items()
    }
    assert told == {
        signal.value: value
        for signal, value in FULL.reading.signals.items()
        if not signal.value.endswith(("_percent", "_c", "_h", "_bytes"))
    }


def test_a_drive_is_named_by_serial_model_bay_and_device():
    text = prometheus_text(pod(FULL))
    labels = {"serial": "SN0003", "model": MODEL, "bay": "3", "device": "/dev/sdc"}
    assert one(text, "drive_verdict", **labels) == 4
    assert one(text, "drive_signal", **labels, signal="pending_sectors")


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.OK, 0),
        (Verdict.WATCH, 1),
        (Verdict.UNKNOWN, 2),
        (Verdict.WARNING, 3),
        (Verdict.REPLACE, 4),
    ],
)
def test_the_greatest_code_is_the_worst_verdict(verdict, code):
    text = prometheus_text(pod(drive(1), drive(2, verdict)))
    assert one(text, "pod_verdict") == code
    assert one(text, "drive_verdict", serial="SN0002") == code


def test_all_five_counts_are_there_also_where_they_are_zero():
    text = prometheus_text(pod(drive(1), drive(2), drive(3, Verdict.WATCH)))
    assert {
        dict(labels)["verdict"]: value
        for labels, value in read(text)["podplanner_pod_drives"].items()
    } == {"OK": 2, "WATCH": 1, "WARNING": 0, "REPLACE": 0, "UNKNOWN": 0}


def test_no_drive_is_told_too():
    text = prometheus_text(pod())
    assert one(text, "pod_verdict") == 2
    assert one(text, "check_timestamp_seconds") == AT.timestamp()
    assert text.endswith("\n")


def test_what_is_not_known_is_absent_and_not_zero():
    found = read(prometheus_text(pod(drive(1))))
    assert "podplanner_drive_temperature_celsius" not in found
    assert "podplanner_drive_signal" not in found


def test_a_drive_that_does_not_answer_keeps_the_time_of_its_last_answer():
    ago = AT - timedelta(days=3)
    text = prometheus_text(
        pod(
            drive(1, Verdict.UNKNOWN, trouble=Trouble.TIMED_OUT, last_seen=ago),
            drive(2, Verdict.UNKNOWN, trouble=Trouble.VANISHED),
            drive(3),
        )
    )
    name = "drive_last_answer_timestamp_seconds"
    assert one(text, name, serial="SN0001") == ago.timestamp()
    assert one(text, name, serial="SN0003") == AT.timestamp()
    assert len(read(text)[f"podplanner_{name}"]) == 2


def test_drives_that_nothing_tells_apart_are_different_series():
    twins = [drive(1, serial=None, bay=None, device="/dev/bus/0") for _ in range(3)]
    third = drive(1, serial=None, bay=None, device="/dev/bus/0 (2)")
    series = read(prometheus_text(pod(*twins, third)))["podplanner_drive_verdict"]
    assert len(series) == 4


_words = st.text(max_size=60)


@given(st.lists(st.tuples(_words, _words, _words), max_size=6))
def test_whatever_drives_say_prometheus_reads_every_one(found):
    drives = [
        drive(n, model=model, serial=serial or None, device=device or "x", bay=None)
        for n, (model, serial, device) in enumerate(found, 1)
    ]
    text = prometheus_text(pod(*drives)).encode(errors="replace").decode()
    series = read(text).get("podplanner_drive_verdict", {})
    assert len(series) == len(drives)


def test_quotes_and_backslashes_come_through():
    text = prometheus_text(pod(drive(1, model='a"b\\n', serial="\\")))
    assert one(text, "drive_verdict", model='a"b\\n', serial="\\") == 0


def test_everybody_may_read_the_file_and_nothing_else_lies_beside_it(tmp_path):
    path = tmp_path / "podplanner.prom"
    path.write_text("old")
    path.chmod(0o600)
    write_metrics(pod(FULL), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert set(read(path.read_text())) == NAMES
    assert [file.name for file in tmp_path.iterdir()] == ["podplanner.prom"]


def test_a_name_that_the_collector_would_not_read_is_refused(tmp_path):
    with pytest.raises(WrongUsageError, match=r"end in \.prom"):
        metrics_file(tmp_path / "drives.txt")
    with pytest.raises(WrongUsageError, match="no such folder"):
        metrics_file(tmp_path / "none" / "drives.prom")
    assert metrics_file(tmp_path / "drives.prom") == tmp_path / "drives.prom"
    assert metrics_file(None) is None
