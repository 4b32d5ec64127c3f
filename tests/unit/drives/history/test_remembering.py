"""What is told of drives comes back, and only that."""

from datetime import UTC, datetime, timedelta

import pytest
from support.drives.rounds import DAY, HOUR, START, Clock, Seen, key, round_of

from podplanner.drives.assessment import Verdict
from podplanner.drives.history.opening import open_history
from podplanner.drives.past import NOTHING, Place
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal

PENDING, CRC = Signal.PENDING, Signal.CRC_ERRORS


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(tmp_path, clock):
    with open_history(tmp_path / "drives.db", clock=clock) as opened:
        yield opened
        assert opened.trouble == ()


def told(history, clock, *rounds):
    for hours, *seen in rounds:
        clock.now = START + hours * HOUR
        history.remember(round_of(clock.now, *seen))


def past(history, serial, **more):
    return history.past([key(serial)], **more)[key(serial)]


def known(history, serial):
    return next(drive for drive in history.known() if drive.serial == serial)


def test_a_reading_comes_back_as_it_was_told(history, clock):
    seen = Seen("Z1", {PENDING: 3, Signal.WRITTEN_BYTES: 2**62}, "/dev/sda", 7, Verdict.WARNING,
                "3 pending sectors")  # fmt: skip
    told(history, clock, (0, seen))
    latest = past(history, "Z1").latest
    assert latest.read_at == START
    assert latest.signals == {PENDING: 3, Signal.WRITTEN_BYTES: 2**62}
    assert (latest.device, latest.bay) == ("/dev/sda", 7)
    assert (latest.verdict, latest.reason) == (Verdict.WARNING, "3 pending sectors")


def test_every_figure_has_a_code_of_its_own_and_comes_back(history, clock):
    every = {signal: number for number, signal in enumerate(Signal)}
    told(history, clock, (0, Seen("Z1", every)))
    assert past(history, "Z1").latest.signals == every


def test_strangers_have_an_empty_past_and_no_keys_ask_nothing(history):
    assert history.past(["EX-18T/none"]) == {"EX-18T/none": NOTHING}
    assert history.past([]) == {}
    assert history.known() == ()


def test_the_same_round_told_twice_is_told_once(history, clock):
    told(history, clock, (0, Seen("Z1", {PENDING: 1})), (0, Seen("Z1", {PENDING: 1})))
    assert len(history.readings(key("Z1"))) == 1


def test_a_drive_without_a_key_is_never_kept(history, clock):
    told(history, clock, (0, Seen(None, {PENDING: 1}, "/dev/sda")))
    assert history.known() == ()


def test_a_reading_told_late_is_not_the_latest(history, clock):
    told(history, clock, (5, Seen("Z1", {PENDING: 5})), (3, Seen("Z1", {PENDING: 3})))
    clock.now = START + DAY
    readings = past(history, "Z1").readings
    assert [reading.signals[PENDING] for reading in readings] == [3, 5]
    assert known(history, "Z1").last_answered == START + 5 * HOUR


def test_readings_of_a_clock_that_was_ahead_are_left_out_and_told(history, clock):
    told(history, clock, (24 * 4000, Seen("Z1", {PENDING: 9})), (1, Seen("Z1", {PENDING: 1})))
    found = past(history, "Z1")
    assert [reading.signals[PENDING] for reading in found.readings] == [1]
    assert "a clock was wrong" in found.notes[0]
    assert known(history, "Z1").last_answered == START + HOUR


def test_readings_that_are_all_ahead_of_our_own_clock_count(history, clock):
    told(history, clock, (0, Seen("Z1", {PENDING: 1}, bay=3)), (9, Seen("Z1", {PENDING: 2}, bay=3)))
    clock.now = START - 400 * DAY
    found = past(history, "Z1")
    assert [reading.signals[PENDING] for reading in found.readings] == [1, 2]
    assert found.notes == ()
    assert known(history, "Z1").bay == 3
    assert len(history.answered()[key("Z1")]) == 2


def test_a_past_before_a_moment_has_nothing_of_it_or_after(history, clock):
    told(history, clock, *((hours, Seen("Z1", {PENDING: hours})) for hours in range(4)))
    earlier = past(history, "Z1").before(START + 2 * HOUR)
    assert [reading.signals[PENDING] for reading in earlier.readings] == [0, 1]


def test_a_drive_that_gives_no_reading_is_seen_and_not_read(history, clock):
    told(history, clock, (0, Seen("Z1", {PENDING: 1}, "/dev/sda", verdict=Verdict.WATCH)))
    asleep = Seen("Z1", device="/dev/sda", trouble=Trouble.ASLEEP, verdict=Verdict.UNKNOWN)
    told(history, clock, *((hours, asleep) for hours in range(1, 30)))
    drive = known(history, "Z1")
    assert len(past(history, "Z1").readings) == 1
    assert (drive.last_answered, drive.last_seen) == (START, START + 29 * HOUR)
    assert (drive.last_trouble, drive.verdict) == ("asleep", Verdict.WATCH)


def test_a_drive_that_vanished_was_not_seen(history, clock):
    told(history, clock, (0, Seen("Z1")), (9, Seen("Z1", trouble=Trouble.VANISHED)))
    drive = known(history, "Z1")
    assert (drive.last_seen, drive.last_trouble) == (START, "vanished")
    assert drive.last_trouble_at == START + 9 * HOUR


def test_an_answer_ends_a_silence(history, clock):
    told(history, clock, (0, Seen("Z1", trouble=Trouble.TIMED_OUT)), (1, Seen("Z1")))
    drive = known(history, "Z1")
    assert (drive.first_seen, drive.last_trouble) == (START, "")


def test_a_drive_that_never_answered_is_known(history, clock):
    told(history, clock, (0, Seen("Z1", trouble=Trouble.NO_HEALTH_DATA)))
    drive = known(history, "Z1")
    assert (drive.last_answered, drive.last_seen, drive.first_seen) == (None, START, START)


def test_a_serial_number_that_moved_is_told(history, clock):
    told(history, clock, (0, Seen("Z1", bay=4)), (48, Seen("Z1", bay=7)))
    assert past(history, "Z1").notes == (
        "it moved from bay 4 to bay 7 between 2024-03-04 and 2024-03-06",
    )


def test_another_device_name_is_no_move(history, clock):
    told(history, clock, (0, Seen("Z1", device="/dev/sda")), (48, Seen("Z1", device="/dev/sdb")))
    assert past(history, "Z1").notes == ()


def test_a_round_without_a_bay_map_is_no_move(history, clock):
    told(history, clock, (0, Seen("Z1", bay=4)), (1, Seen("Z1")), (2, Seen("Z1", bay=4)))
    assert past(history, "Z1").notes == ()
    assert known(history, "Z1").bay == 4


def test_what_took_the_place_of_another_is_told_from_its_first_round(history, clock):
    told(history, clock, (0, Seen("OLD", bay=7, verdict=Verdict.REPLACE)))
    clock.now = START + 2 * DAY
    here = {key("NEW"): Place("/dev/sda", 7)}
    words = ("it took the place of EX-18T OLD in bay 7, last seen 2024-03-04",)
    assert past(history, "NEW", places=here).notes == words
    told(history, clock, (48, Seen("NEW", bay=7)))
    assert past(history, "NEW").notes == words


def test_a_drive_whose_bay_has_another_is_no_longer_expected(history, clock):
    told(history, clock, (0, Seen("OLD", bay=7, verdict=Verdict.REPLACE)), (9, Seen("NEW", bay=7)))
    old = known(history, "OLD")
    assert old.replaced_by == key("NEW")
    assert not old.expected
    assert old.counts_as_failure
    assert known(history, "NEW").expected


def test_drives_that_change_places_replace_nobody(history, clock):
    told(history, clock, (0, Seen("A1", bay=1), Seen("B1", bay=2)),
         (9, Seen("A1", bay=2), Seen("B1", bay=1)))  # fmt: skip
    assert all(drive.expected and not drive.replaced_by for drive in history.known())


def test_the_same_device_name_is_a_hint_and_no_proof(history, clock):
    told(history, clock, (0, Seen("OLD", device="/dev/sda")), (9, Seen("NEW", device="/dev/sda")))
    old = known(history, "OLD")
    assert (old.replaced_by, old.perhaps_replaced_by) == (None, key("NEW"))
    assert old.expected
    assert past(history, "NEW").notes == ("it is new; /dev/sda was EX-18T OLD until 2024-03-04",)


def test_a_device_name_in_another_bay_is_no_hint(history, clock):
    told(history, clock, (0, Seen("OLD", device="/dev/sda", bay=1)),
         (9, Seen("NEW", device="/dev/sda", bay=2)))  # fmt: skip
    assert known(history, "OLD").perhaps_replaced_by is None


def test_a_retired_drive_is_not_expected_until_it_is_restored(history, clock):
    told(history, clock, (0, Seen("Z1")))
    history.retire(key("Z1"), failed=True, note="clicked")
    drive = known(history, "Z1")
    assert (drive.retired_at, drive.failed, drive.note) == (START, True, "clicked")
    assert not drive.expected
    assert drive.counts_as_failure
    history.restore(key("Z1"))
    drive = known(history, "Z1")
    assert (drive.retired_at, drive.failed, drive.expected) == (None, None, True)


@pytest.mark.parametrize(
    ("failed", "verdict", "counts"),
    [(None, Verdict.REPLACE, True), (None, Verdict.OK, False), (False, Verdict.REPLACE, False)],
)
def test_a_retired_drive_failed_as_the_user_says_else_as_its_verdict(
    history, clock, failed, verdict, counts
):
    told(history, clock, (0, Seen("Z1", verdict=verdict)))
    history.retire(key("Z1"), failed=failed)
    assert known(history, "Z1").counts_as_failure is counts


def test_an_accepted_value_stays_until_it_is_withdrawn(history, clock):
    told(history, clock, (0, Seen("Z1", {CRC: 17})))
    history.accept(key("Z1"), CRC, 17, note="cable changed")
    (accepted,) = past(history, "Z1").accepted
    assert (accepted.signal, accepted.value, accepted.note) == (CRC, 17, "cable changed")
    history.withdraw(key("Z1"), CRC)
    assert past(history, "Z1").accepted == ()
    history.accept(key("Z1"), CRC, 18)
    assert [a.value for a in past(history, "Z1").accepted] == [18]


def test_the_users_latest_word_counts_also_when_the_clock_was_ahead_before(history, clock):
    clock.now = START + 4000 * DAY
    history.accept(key("Z1"), CRC, 17)
    clock.now = START
    history.accept(key("Z1"), CRC, 20)
    assert [a.value for a in past(history, "Z1").accepted] == [20]
    assert history.accepted()[key("Z1")][0].value == 20


def test_days_of_answers_are_told_for_the_fleets_own_rate(history, clock):
    told(history, clock, *((hours, Seen("Z1")) for hours in range(0, 72, 6)))
    answered = history.answered()[key("Z1")]
    assert answered[0] == START
    assert answered[-1] == START + 66 * HOUR
    assert len({moment.date() for moment in answered}) == 4
    assert len(answered) == 5


def test_words_of_a_drive_that_no_file_takes_are_kept_harmlessly(history, clock):
    told(history, clock, (0, Seen("Z\ud800\0", reason="half \udfff of a pair")))
    (drive,) = history.known()
    assert drive.reason == "half ? of a pair"


def test_moments_of_all_times_are_kept(history, clock):
    first = datetime(1, 1, 1, tzinfo=UTC)
    told(history, clock, (0, Seen("Z1", at=first)), (1, Seen("Z1")))
    assert past(history, "Z1").readings[0].read_at == first


def test_a_long_past_is_thinned_to_what_matters(history, clock):
    pending = 0
    for hours in range(0, 24 * 40, 6):
        pending += hours == 24 * 20
        told(history, clock, (hours, Seen("Z1", {PENDING: pending})))
    readings = past(history, "Z1").readings
    assert readings[0].read_at == START
    assert readings[-1].read_at == clock.now
    assert START + 20 * DAY in {reading.read_at for reading in readings}
    assert START + 20 * DAY - timedelta(hours=6) in {reading.read_at for reading in readings}
    assert len(readings) < 50
    assert len(history.readings(key("Z1"))) == 160
