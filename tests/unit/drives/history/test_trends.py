"""How figures went, and when wear is used up; None where that cannot be said."""

from datetime import timedelta

import pytest
from support.drives.rounds import DAY, START

from podplanner.drives.past import NOTHING, Past, PastReading
from podplanner.drives.signals import Signal
from podplanner.drives.trends import MONTH, months_until, trend_of

WEAR = Signal.WEAR_PERCENT
NOW = START


def past(*days_and_values):
    return Past(tuple(
        PastReading(NOW - days * DAY, {WEAR: value}) for days, value in days_and_values
    ))  # fmt: skip


def months(value, *days_and_values):
    return months_until(WEAR, 100, value, past(*days_and_values), NOW)


def test_steady_wear_reaches_its_limit_when_it_should():
    worn = [(30 * month, 80 - month) for month in range(12, 0, -1)]
    assert months(80, *worn) == pytest.approx(20 * 30 / 30.4375, rel=0.02)


def test_two_readings_suffice():
    assert months(90, (MONTH / DAY * 2, 80)) == pytest.approx(2.0)


def test_without_a_past_nothing_is_said():
    assert months_until(WEAR, 100, 95, NOTHING, NOW) is None
    assert months(95, (0, 90)) is None


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (95, [(3, 80)]),
        (95, [(60, 94)]),
        (95, [(400, 95)]),
        (95, [(60, 97)]),
    ],
    ids=["too short", "a single step", "it does not move", "it fell"],
)
def test_what_cannot_be_said_is_not_said(value, points):
    assert months(value, *points) is None


def test_a_single_step_in_a_quarter_says_something():
    assert months(95, (91.3125, 94)) == pytest.approx(15.0)


def test_the_limit_is_reached_at_once_whatever_the_past():
    assert months(100) == 0
    assert months(130, (30, 100)) == 0


def test_a_drive_that_came_under_load_is_judged_by_its_late_pace():
    quiet = [(days, 10) for days in range(1000, 90, -30)]
    assert months(40, *quiet, (60, 20), (30, 30)) < 7


def test_readings_before_a_fall_do_not_count():
    assert months(52, (200, 10), (150, 90), (90, 50)) == pytest.approx(
        48 / (2 / (90 * DAY / MONTH))
    )


def test_readings_of_the_future_do_not_count():
    assert months(50, (-30, 99)) is None


def readings(signal, *days_and_values):
    return [PastReading(START + days * DAY, {signal: value}) for days, value in days_and_values]


def test_a_trend_tells_first_last_extremes_and_pace():
    found = trend_of(readings(Signal.PENDING, (0, 1), (5, 9), (10, 3), (20, 3)), Signal.PENDING)
    assert (found.first, found.last, found.low, found.high) == (1, 3, 1, 9)
    assert (found.change, found.changes) == (2, 2)
    assert found.changed_at == START + 10 * DAY
    assert found.per_day == pytest.approx(0.1)


def test_within_a_day_there_is_no_pace():
    found = trend_of(readings(Signal.PENDING, (0, 1), (0.5, 9)), Signal.PENDING)
    assert (found.change, found.per_day) == (8, None)


def test_a_figure_that_was_never_read_has_no_trend():
    assert trend_of(readings(Signal.PENDING, (0, 1)), Signal.CRC_ERRORS) is None


def test_many_readings_a_day_weigh_no_more_than_few():
    often = [(days / 24, 60 - int(days / 24 / 10)) for days in range(24 * 90, 0, -1)]
    seldom = often[::24]
    assert months(60, *often) == pytest.approx(months(60, *seldom), rel=0.05)
    assert timedelta(days=30) < MONTH < timedelta(days=31)
