"""Readings of long ago become fewer; what they told stays."""

import sqlite3
from datetime import timedelta

from support.drives.rounds import DAY, HOUR, START, Clock, Seen, key, round_of

from podplanner.drives.history.opening import open_history
from podplanner.drives.signals import Signal

PENDING, HEAT = Signal.PENDING, Signal.TEMPERATURE_C


def filled(path, moments_and_values):
    """Tell readings whose moments are given, without any upkeep between."""
    clock = Clock()
    with open_history(path, clock=clock) as history:
        for moment, value in moments_and_values:
            history.remember(
                round_of(clock.now, Seen("Z1", {PENDING: value, HEAT: moment.hour}, at=moment))
            )


def upkeep(path, *moments):
    """Tell of another drive at these moments; the upkeep that is due is done then."""
    clock = Clock()
    for clock.now in moments:
        with open_history(path, clock=clock) as history:
            history.remember(round_of(clock.now, Seen("OTHER")))
    with open_history(path, clock=clock) as history:
        return [reading.read_at for reading in history.readings(key("Z1"))]


def test_of_readings_older_than_ninety_days_one_a_day_stays_and_every_change(tmp_path):
    path = tmp_path / "drives.db"
    every = [START + hours * HOUR for hours in range(24 * 4)]
    filled(path, [(moment, int(moment >= START + 50 * HOUR)) for moment in every])
    late = START + 120 * DAY
    left = upkeep(path, late, late + DAY)
    assert START + 49 * HOUR in left
    assert START + 50 * HOUR in left
    assert {moment.date() for moment in left} == {moment.date() for moment in every}
    assert left[-1] == every[-1]
    assert len(left) == 5 + 2 + 1


def test_of_readings_older_than_two_years_one_a_week_stays(tmp_path):
    path = tmp_path / "drives.db"
    every = [START + days * DAY for days in range(51)]
    filled(path, [(moment, 0) for moment in every])
    late = START + timedelta(days=900)
    left = upkeep(path, late, late + DAY)
    assert len(left) == 8 + 1
    assert {moment.isocalendar()[:2] for moment in left} == {
        moment.isocalendar()[:2] for moment in every
    }


def test_of_the_last_ninety_days_everything_stays(tmp_path):
    path = tmp_path / "drives.db"
    every = [START + hours * HOUR for hours in range(100)]
    filled(path, [(moment, 0) for moment in every])
    assert upkeep(path, START + 80 * DAY, START + 81 * DAY) == every


def test_a_clock_that_is_ahead_for_one_round_thins_nothing(tmp_path):
    path = tmp_path / "drives.db"
    every = [START + hours * HOUR for hours in range(100)]
    filled(path, [(moment, 0) for moment in every])
    assert upkeep(path, START + 4000 * DAY, START + 5 * DAY, START + 6 * DAY) == every


def test_what_was_thinned_does_not_come_back_from_the_copies(tmp_path):
    path = tmp_path / "drives.db"
    filled(path, [(START + hours * HOUR, 0) for hours in range(24 * 4)])
    late = START + 120 * DAY
    left = upkeep(path, late, late + DAY, late + 2 * DAY)
    path.unlink()
    assert upkeep(path, late + 2 * DAY) == left
    copy = sqlite3.connect(tmp_path / "drives.db.copy")
    (count,) = copy.execute("SELECT count(*) FROM reading WHERE key = ?", (key("Z1"),)).fetchone()
    copy.close()
    assert count == len(left)
