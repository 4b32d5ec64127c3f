"""How rates and times are written, how sure counts make a rate, how long rebuilds take."""

from math import exp, factorial

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.parts import Drive
from podplanner.planning.durability import rate_of_counts, rate_of_drive, rebuild_hours, rebuild_of
from podplanner.planning.durability.rate import (
    RateError,
    poisson_interval,
    read_rate,
    read_share,
)
from podplanner.planning.durability.rebuild import (
    DurationError,
    drive_share_of,
    read_hours,
    read_speed,
)
from podplanner.planning.durability.report_file import read_report


@pytest.mark.parametrize(
    ("written", "rate"),
    [("1.57%", 0.0157), ("0.0157", 0.0157), ("0.00405", 0.00405), ("120%", 1.2), ("1", 1.0),
     ("0", 0.0), (" 1.57 % ", 0.0157), ("1.57e0%", 0.0157), (".5%", 0.005), ("4.05e-3", 0.00405)],
)  # fmt: skip
def test_rates_as_they_are_written(written, rate):
    assert read_rate(written) == rate


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.57", r"did you mean 1\.57%, or 1\.57 failures per drive-year \(157%\)\?"),
        ("2", r"did you mean 2%"), ("-1%", "not negative"), ("-0.1", "not negative"),
        ("nan", "no number"), ("inf", "no number"), ("", "no number"), ("1,57%", "no number"),
        ("1.57 percent", "no number"), ("1e9%", "no rate of drives"), ("١%", "no number"),
    ],
)  # fmt: skip
def test_rates_that_are_refused(written, said):
    with pytest.raises(RateError, match=said):
        read_rate(written)


def test_a_share_is_no_more_than_all():
    assert read_share("100%") == 1.0
    with pytest.raises(RateError, match="100%"):
        read_share("120%")


# Garwood's table, as it is reprinted in every book on counts: 95 %, two-sided.
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (2, 0.2422, 7.2247), (5, 1.6235, 11.6683),
     (10, 4.7954, 18.3904), (50, 37.1110, 65.9190), (100, 81.3640, 121.6270)],
)  # fmt: skip
def test_exact_intervals_of_counts(count, low, high):
    assert poisson_interval(count) == pytest.approx((low, high), abs=2e-3 if count > 20 else 6e-5)


@pytest.mark.parametrize("count", [0, 1, 3, 17, 60])
def test_the_ends_of_an_interval_leave_a_fortieth_on_each_side(count):
    def at_most(most, mean):
        return sum(exp(-mean) * mean**k / factorial(k) for k in range(most + 1))

    low, high = poisson_interval(count)
    assert at_most(count, high) == pytest.approx(0.025, rel=1e-9)
    if count:
        assert 1 - at_most(count - 1, low) == pytest.approx(0.025, rel=1e-9)


def test_a_large_count_is_nearly_normal():
    low, high = poisson_interval(4372)
    assert (low + high) / 2 == pytest.approx(4372, rel=1e-3)
    assert (high - low) / 2 == pytest.approx(1.96 * 4372**0.5, rel=5e-3)


def test_rates_of_counts():
    # Backblaze, drive stats for 2024: 4,372 failures; ST12000NM0007, 409,533 drive days, 11.38 %.
    found = rate_of_counts(128, 409_533, "here")
    assert found.estimate == pytest.approx(0.1141, abs=1e-4)
    assert found.low < 0.1138 < found.high
    none = rate_of_counts(0, 365_000, "here")
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert none.high == none.cautious == pytest.approx(0.003689, rel=1e-3)
    for failures, days in ((-1, 10), (1, 0), (0, -5)):
        with pytest.raises(RateError):
            rate_of_counts(failures, days, "here")


def drive(**more):
    return Drive(sku="X", title="X", source="a test", **more)


def test_the_rate_of_a_drive_is_measured_promised_or_unknown():
    measured = rate_of_drive(drive(failures=10, drive_days=365_000, afr_stated="0.005"))
    assert measured.estimate == 0.01
    assert measured.low < 0.01 < measured.high
    promised = rate_of_drive(drive(afr_stated="0.0035"))
    assert (promised.estimate, promised.low, promised.high) == (0.0035, None, None)
    assert "maker" in promised.source
    assert rate_of_drive(drive()) is None
    assumed = rate_of_drive(
        drive(failures=4, drive_days=93_235, assumptions={"failures": "like the fleet"})
    )
    assert "an assumption: like the fleet" in assumed.source


@pytest.mark.parametrize(
    ("written", "hours"),
    [("6.5d", 156.0), ("156h", 156.0), ("2h30m", 2.5), ("90m", 1.5), ("90min", 1.5),
     ("1d 12h", 36.0), ("3600s", 1.0), ("0.1h", 0.1)],
)  # fmt: skip
def test_times_as_they_are_written(written, hours):
    assert read_hours(written) == hours


@pytest.mark.parametrize(
    ("written", "said"),
    [("156", r"156h \(hours\) or 156d \(days\)\?"), ("6.5", "hours"), ("-3d", "no length"),
     ("0d", "no time"), ("0h0m", "no time"), ("nan", "no length"), ("", "no length"),
     ("3 weeks", "no length"), ("1h2h", "twice"), ("d", "no length"), ("1e3h", "no length")],
)  # fmt: skip
def test_times_that_are_refused(written, said):
    with pytest.raises(DurationError, match=said):
        read_hours(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [("100", "no rate"), ("100Mb/s", "bits"), ("1Gbit/s", "bits"), ("0MB/s", "nothing"),
     ("-5MB/s", "nothing"), ("fast", "no rate"), ("100MB", "no rate"), ("100Mbps", "bits")],
)  # fmt: skip
def test_speeds_that_are_refused(written, said):
    with pytest.raises(DurationError, match=said):
        read_speed(written)


def test_speeds_as_they_are_written():
    assert read_speed("100MB/s") == 1e8
    assert read_speed("1 GiB/s") == 2**30


def hours(words, **more):
    given = {"drive_bytes": 18 * 10**12, "rate": 1e8, "drives": 45, "delay_h": 0.0}
    return rebuild_hours(None if words is None else read_layout(words), **(given | more))


def test_one_new_drive_is_written_from_end_to_end():
    assert hours(None) == hours("raidz2:15x3") == hours("mirror:2x22") == 50.0
    assert hours("raidz2:15x3", delay_h=12.0) == 62.0


def test_a_spread_rebuild_is_shared():
    # Six drives' worth read and one written, by 23 drives.
    assert hours("draid2:6d:24c:1s", drives=24) == pytest.approx(50 * 7 / 23)
    assert hours("draid2:6d:24c:0s", drives=24) == 50.0
    assert hours("ceph-ec:8+3", pods=20) == pytest.approx(50 * 9 / 899)
    assert hours("ceph-rep:3", drives=3) == 50.0


def test_usual_delays_are_said():
    def found(words, **more):
        return rebuild_of(read_layout(words), drive_bytes=18 * 10**12, rate=1e8, drives=45, **more)

    assert found("raidz2:15x3").delay_h == 24
    assert "replaced within 24 hours" in " ".join(found("raidz2:15x3").assumptions)
    assert found("ceph-ec:8+3").delay_h == pytest.approx(1 / 6)
    assert found("draid2:6d:24c:1s").delay_h == 0
    assert found("seaweed-rs:10+4").delay_h == 24
    assert "replaced" not in " ".join(found("raidz2:15x3", delay_h=1.0).assumptions)


def test_rebuilds_that_cannot_be():
    for wrong in (
        {"drive_bytes": 0}, {"rate": 0.0}, {"rate": float("inf")}, {"drives": 0}, {"pods": 0},
        {"delay_h": -1.0}, {"delay_h": float("nan")}, {"rate": 1.0},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            hours("raidz2:15x3", **wrong)


def test_a_drive_gives_half_its_speed():
    rate, said = drive_share_of(drive(sustained_rate="285 MB/s"))
    assert rate == 142.5e6
    assert "50%" in said[0]
    assert drive_share_of(drive()) is None


def report(afr):
    return f'{{"schema": "podplanner/drive-report/1", "other": [], "afr": {afr}}}'


def test_reports_give_counts_or_an_interval():
    counted = read_report(report('{"failures": 12, "drive_days": 250000, "estimate": 9}'), "r")
    assert counted.estimate == pytest.approx(12 * 365 / 250_000)
    assert counted.low < counted.estimate < counted.high
    stated = read_report(report('{"estimate": 0.0175, "low": 0.009, "high": 0.031}'), "r")
    assert (stated.estimate, stated.low, stated.high) == (0.0175, 0.009, 0.031)
    bare = read_report(report('{"estimate": 1.4}'), "r")
    assert (bare.estimate, bare.low) == (1.4, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file"), ("[]", "the file"), ("{}", "schema"),
        ('{"schema": "podplanner/drive-report/2"}', "schema"),
        (report("{}"), "give failures"), (report('{"failures": 3}'), "give failures"),
        (report('{"failures": -1, "drive_days": 3}'), "failures"),
        (report('{"failures": 1, "drive_days": 0}'), "drive_days"),
        (report('{"failures": true, "drive_days": 3}'), "failures"),
        (report('{"estimate": NaN}'), "."), (report('{"estimate": 0.1, "low": 0.05}'), "together"),
        (report('{"estimate": 0.1, "low": 0.2, "high": 0.3}'), "order"),
        (report('{"estimate": 0.1, "low": 0.05, "high": 0.07}'), "order"),
        (report('{"estimate": 1e9}'), "estimate"), (report('"1%"'), "afr"),
    ],
)  # fmt: skip
def test_reports_that_are_none(text, said):
    with pytest.raises(RateError, match=said):
        read_report(text, "r")
