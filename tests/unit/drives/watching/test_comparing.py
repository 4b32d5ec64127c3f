"""What is news in a round."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import AT, drive, pod, saw

from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState, Rebuild
from podplanner.drives.assessment import Cause, Verdict
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.watching.comparing import Compared, News, Turn, compare
from podplanner.drives.watching.complaint import Gravity, Matter, subjects_of
from podplanner.drives.watching.memory import NOTHING, Memory

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
NO_ARRAYS = ArrayState()


class Rounds:
    """Rounds one after the other, an hour apart unless said."""

    def __init__(self) -> None:
        self.memory: Memory = NOTHING
        self.now = AT
        self.remind = WEEK

    def see(self, *drives, arrays=NO_ARRAYS, after=HOUR) -> tuple[News, ...]:
        self.now += after
        subjects = subjects_of(pod(*drives, at=self.now), arrays)
        found = compare(self.memory, subjects, now=self.now, remind=self.remind)
        assert isinstance(found, Compared)
        self.memory = found.memory
        return found.news


@pytest.fixture
def rounds():
    return Rounds()


def turns(news):
    return [(one.turn, one.name.split(",")[0]) for one in news]


REPLACED = drive(2, Verdict.REPLACE, "24 sectors are pending.",
                 evidence=(saw(Verdict.REPLACE, Signal.PENDING),))  # fmt: skip


def group(*states, tolerance=2, gone=None, rebuild=None, trouble=()):
    members = tuple(Member(f"ata-{n}", state) for n, state in enumerate(states, 1))
    missing = sum(state is not MemberState.ONLINE for state in states) if gone is None else gone
    return Group("raidz2-0", "raidz2", members, tolerance, missing, rebuild, trouble)


def arrays(*groups, trouble=()):
    return ArrayState((Array("tank", "zfs", groups),), ("zpool status -j",), trouble)


ON, GONE = MemberState.ONLINE, MemberState.GONE


def test_a_first_round_without_a_fault_is_no_news(rounds):
    assert rounds.see(drive(1), drive(2, Verdict.WATCH, "One sector.")) == ()


def test_the_first_round_tells_what_is_wrong_already_and_the_second_does_not(rounds):
    assert turns(rounds.see(drive(1), REPLACED)) == [(Turn.WORSE, "bay 2")]
    assert rounds.see(drive(1), REPLACED) == ()


def test_a_verdict_that_becomes_worse_is_told_once_with_what_it_was(rounds):
    rounds.see(drive(2, Verdict.WATCH, "One sector."))
    (news,) = rounds.see(REPLACED)
    assert (news.turn, news.before, news.now) == (Turn.WORSE, "WATCH", "REPLACE")
    assert news.words == "24 sectors are pending."
    assert rounds.see(REPLACED) == ()


def test_each_step_down_is_told(rounds):
    rounds.see(drive(1))
    for verdict in (Verdict.WATCH, Verdict.WARNING, Verdict.REPLACE):
        (news,) = rounds.see(drive(1, verdict, "It grows."))
        assert (news.turn, news.now) == (Turn.WORSE, verdict.value)
        assert not news.again


def test_a_new_reason_for_the_same_verdict_is_told_and_new_numbers_are_not(rounds):
    def warned(*evidence):
        return drive(1, Verdict.WARNING, "Look soon.", evidence=evidence)

    pending = saw(Verdict.WARNING, Signal.PENDING)
    rounds.see(drive(1))
    rounds.see(warned(pending))
    assert rounds.see(warned(replace(pending, value=48))) == ()
    (news,) = rounds.see(warned(pending, saw(Verdict.WARNING, Signal.CRC_ERRORS)))
    assert (news.turn, news.now) == (Turn.ALSO, "WARNING")
    hot = saw(Verdict.WARNING, None, "It is at 61 °C of 60.", Cause.HEAT)
    assert turns(rounds.see(warned(pending, hot))) == [(Turn.ALSO, "bay 1")]
    assert rounds.see(warned(pending, replace(hot, words="It is at 63 °C of 60."))) == ()


def test_a_reason_that_weighs_little_is_no_news(rounds):
    rounds.see(REPLACED)
    cable = saw(Verdict.WATCH, Signal.CRC_ERRORS)
    more = replace(REPLACED.assessment, evidence=(*REPLACED.assessment.evidence, cable))
    assert rounds.see(replace(REPLACED, assessment=more)) == ()


def test_that_it_is_over_is_told_once(rounds):
    rounds.see(REPLACED)
    (news,) = rounds.see(drive(2))
    assert (news.turn, news.before, news.now) == (Turn.BETTER, "REPLACE", "")
    assert rounds.see(drive(2)) == ()


def test_a_watch_that_is_over_is_no_news(rounds):
    rounds.see(drive(1))
    rounds.see(drive(1, Verdict.WATCH, "One."))
    assert rounds.see(drive(1)) == ()


def test_a_drive_that_cannot_be_judged_is_told_and_its_health_is_not_forgotten(rounds):
    rounds.see(REPLACED)
    silent = drive(2, Verdict.UNKNOWN, "It does not answer.", trouble=Trouble.TIMED_OUT)
    (news,) = rounds.see(silent)
    assert (news.matter, news.now) == (Matter.SILENCE, "not judged")
    (back,) = rounds.see(REPLACED)
    assert (back.turn, back.matter) == (Turn.BETTER, Matter.SILENCE)


def test_a_drive_that_is_not_listed_any_more_is_gone_and_told_when_it_comes_back(rounds):
    rounds.see(drive(1), drive(2))
    (news,) = rounds.see(drive(1))
    assert (news.turn, news.now) == (Turn.WORSE, "gone")
    assert "SN0002" in news.name
    assert "last seen 2026-11-04 04:00 UTC" in news.words
    assert rounds.see(drive(1)) == ()
    assert turns(rounds.see(drive(1), drive(2))) == [(Turn.BETTER, "bay 2")]


def test_a_drive_that_hangs_and_then_vanishes_is_told_twice(rounds):
    rounds.see(drive(1))
    rounds.see(drive(1, Verdict.UNKNOWN, "Hangs.", trouble=Trouble.TIMED_OUT))
    (news,) = rounds.see(drive(1, Verdict.UNKNOWN, "Gone.", trouble=Trouble.VANISHED))
    assert (news.turn, news.now) == (Turn.ALSO, "gone")


def test_a_drive_that_does_not_even_say_its_name_is_the_one_that_was_there(rounds):
    rounds.see(drive(1), drive(2))
    mute = drive(2, Verdict.UNKNOWN, "Hangs.", serial=None, model=None, bay=None,
                 trouble=Trouble.TIMED_OUT)  # fmt: skip
    (news,) = rounds.see(drive(1), mute)
    assert news.name == "bay 2, MADE UP 4000 SN0002 (/dev/sdb)"
    assert news.now == "not judged"


def test_a_drive_in_the_bay_of_another_takes_its_place(rounds):
    rounds.see(drive(1), REPLACED)
    (news,) = rounds.see(drive(1), drive(9, bay=2))
    assert (news.turn, news.words) == (
        Turn.NEW,
        "it took the place of bay 2, MADE UP 4000 SN0002 (/dev/sdb)",
    )
    assert rounds.see(drive(1), drive(9, bay=2)) == ()


def test_a_new_drive_that_is_bad_is_told_for_both(rounds):
    rounds.see(drive(1))
    assert {one.turn for one in rounds.see(drive(1), REPLACED)} == {Turn.NEW, Turn.WORSE}


def test_what_stands_is_reminded_of_and_only_if_it_is_grave(rounds):
    warned = drive(3, Verdict.WARNING, "Look soon.")
    rounds.see(REPLACED, warned)
    assert rounds.see(REPLACED, warned, after=timedelta(days=6)) == ()
    assert turns(rounds.see(REPLACED, warned, after=timedelta(days=1))) == [(Turn.STILL, "bay 2")]
    assert rounds.see(REPLACED, warned) == ()
    assert turns(rounds.see(REPLACED, warned, after=WEEK)) == [(Turn.STILL, "bay 2")]


def test_a_bad_drive_that_was_pulled_is_not_reminded_of(rounds):
    rounds.see(drive(1), REPLACED)
    rounds.see(drive(1))
    assert rounds.see(drive(1), after=WEEK) == ()


def test_a_bad_drive_that_hangs_is_reminded_of(rounds):
    rounds.see(REPLACED)
    silent = drive(2, Verdict.UNKNOWN, "Hangs.", trouble=Trouble.STUCK)
    rounds.see(silent)
    (news,) = rounds.see(silent, after=WEEK)
    assert (news.turn, news.now) == (Turn.STILL, "REPLACE")


def test_what_comes_and_goes_every_hour_for_a_week_is_told_a_few_times(rounds):
    rounds.see(drive(2))
    news = [one for hour in range(168) for one in rounds.see(REPLACED if hour % 2 else drive(2))]
    assert [one.turn for one in news] == [Turn.WORSE, Turn.BETTER, Turn.WORSE]
    assert [one.again for one in news] == [False, False, True]


def test_what_came_and_went_is_told_to_be_over_once_it_lasts(rounds):
    for _ in range(3):
        rounds.see(REPLACED)
        rounds.see(drive(2))
    rounds.see(REPLACED)
    told = [rounds.see(drive(2)) for _ in range(24)]
    assert sum(map(len, told)) == 1
    assert 2 <= next(n for n, news in enumerate(told, 1) if news) <= 24


def test_a_relapse_after_more_than_a_week_is_a_new_fault(rounds):
    for after in (HOUR, timedelta(days=8), timedelta(days=8)):
        (news,) = rounds.see(REPLACED, after=after)
        assert not news.again
        assert turns(rounds.see(drive(2))) == [(Turn.BETTER, "bay 2")]


def test_a_drive_that_is_not_listed_for_three_months_is_forgotten(rounds):
    rounds.see(drive(1), drive(2))
    rounds.see(drive(1))
    rounds.see(drive(1), after=timedelta(days=91))
    assert [one.key for one in rounds.memory.known if one.device] == ["drive MADE UP 4000/SN0001"]


def test_a_drive_that_the_history_still_lists_as_gone_is_not_told_again(rounds):
    gone = drive(2, Verdict.UNKNOWN, "Gone.", trouble=Trouble.VANISHED)
    rounds.see(drive(1), drive(2))
    rounds.see(drive(1), gone)
    assert rounds.see(drive(1), gone, after=timedelta(days=100)) == ()
    assert rounds.see(drive(1), gone) == ()


@pytest.mark.parametrize(
    ("states", "gravity", "words"),
    [
        (
            (ON, ON, GONE),
            Gravity.WARNING,
            "1 of 3 drives are not there (ata-3); it can lose 1 more",
        ),
        ((ON, GONE, GONE), Gravity.ALARM, "one more loss kills data"),
        ((GONE, GONE, GONE), Gravity.ALARM, "data is lost or out of reach"),
    ],
)
def test_a_group_that_loses_drives_is_told_by_what_is_left(rounds, states, gravity, words):
    rounds.see(drive(1), arrays=arrays(group(ON, ON, ON)))
    (news,) = rounds.see(drive(1), arrays=arrays(group(*states)))
    assert (news.name, news.gravity) == ("zfs tank raidz2-0", gravity)
    assert words in news.words
    assert turns(rounds.see(drive(1), arrays=arrays(group(ON, ON, ON)))) == [
        (Turn.BETTER, "zfs tank raidz2-0")
    ]


def test_a_second_drive_that_goes_is_told_though_the_group_still_can_lose_more(rounds):
    whole = (ON,) * 5
    rounds.see(arrays=arrays(group(*whole, tolerance=3)))
    rounds.see(arrays=arrays(group(*whole[1:], GONE, tolerance=3)))
    (news,) = rounds.see(arrays=arrays(group(*whole[2:], GONE, GONE, tolerance=3)))
    assert (news.turn, news.now) == (Turn.ALSO, "2 gone")


def test_the_progress_of_a_rebuild_is_no_news_and_its_end_is(rounds):
    rounds.see(arrays=arrays(group(ON, ON, GONE)))
    for percent in (3.0, 50.0, 99.0):
        filling = group(ON, ON, MemberState.REBUILDING, rebuild=Rebuild("resilver", percent))
        news = rounds.see(arrays=arrays(filling))
        assert news == ()
    assert turns(rounds.see(arrays=arrays(group(ON, ON, ON)))) == [
        (Turn.BETTER, "zfs tank raidz2-0")
    ]


def test_how_many_a_group_can_lose_that_nobody_knows_is_grave(rounds):
    (news,) = rounds.see(arrays=arrays(group(ON, GONE, tolerance=None)))
    assert news.gravity is Gravity.ALARM
    assert "not known" in news.words


def test_errors_of_a_group_and_trouble_of_an_array_are_told(rounds):
    rounds.see(arrays=arrays(group(ON, ON)))
    (news,) = rounds.see(arrays=arrays(group(ON, MemberState.ERRORS, gone=0)))
    assert (news.matter, news.words) == (Matter.ERRORS, "ata-2 counts errors")
    bad = Array("tank", "zfs", (group(ON, ON),), trouble=("permanent errors",))
    news = rounds.see(arrays=ArrayState((bad,)))
    assert (Turn.WORSE, "zfs tank") in turns(news)


def test_arrays_that_cannot_be_read_are_not_lost_arrays(rounds):
    rounds.see(arrays=arrays(group(ON, ON, GONE)))
    (news,) = rounds.see(arrays=ArrayState(trouble=("zpool did not answer",)))
    assert (news.name, news.now, news.words) == ("arrays", "not read", "zpool did not answer")
    assert turns(rounds.see(arrays=arrays(group(ON, ON, GONE)))) == [(Turn.BETTER, "arrays")]


def test_arrays_that_were_not_looked_at_stay_as_they_were_known(rounds):
    rounds.see(arrays=arrays(group(ON, ON, GONE)))
    assert rounds.see(arrays=None) == ()
    assert turns(rounds.see(arrays=arrays(group(ON, ON, ON)))) == [
        (Turn.BETTER, "zfs tank raidz2-0")
    ]


def test_an_array_that_is_not_there_any_more_is_grave(rounds):
    rounds.see(arrays=arrays(group(ON, ON, ON)))
    news = rounds.see(arrays=ArrayState())
    assert {one.gravity for one in news} == {Gravity.ALARM}
    assert {one.now for one in news} == {"gone"}


def test_a_serial_number_that_is_there_twice_counts_as_its_worse_half(rounds):
    rounds.see(drive(1), drive(1, device="/dev/sdz"))
    news = rounds.see(drive(1), drive(1, Verdict.REPLACE, "Bad.", device="/dev/sdz"))
    assert [one.now for one in news] == ["REPLACE"]


def test_drives_without_a_serial_number_are_known_by_where_they_are(rounds):
    one = drive(1, serial=None, bay=None)
    rounds.see(one, drive(2, serial=None, bay=None))
    news = rounds.see(one, drive(2, Verdict.WARNING, "Bad.", serial=None, bay=None))
    assert [n.name for n in news] == ["MADE UP 4000 (/dev/sdb)"]


_RISING = (Verdict.OK, Verdict.WATCH, Verdict.WARNING, Verdict.REPLACE)


@given(st.lists(st.sampled_from([*_RISING, None]), max_size=60))
def test_whatever_a_drive_does_people_know_of_nothing_better_than_it_is(states):
    """A message may be late with good news, and never with bad news."""
    rounds, known = Rounds(), Verdict.OK
    rounds.see(drive(1))
    for verdict in states:
        shown = drive(1, Verdict.UNKNOWN, "x", trouble=Trouble.TIMED_OUT) if verdict is None else (
            drive(1, verdict, "x")
        )  # fmt: skip
        for news in rounds.see(shown):
            if news.matter is Matter.HEALTH:
                known = Verdict(news.now or "OK")
        if verdict is not None:
            # A WATCH that ends is not told, so it may still be known.
            assert _RISING.index(known) >= _RISING.index(verdict)


@given(st.lists(st.lists(st.sampled_from(Verdict), min_size=3, max_size=3), max_size=12))
def test_a_round_that_sees_what_the_last_one_saw_is_no_news_but_for_what_is_better(states):
    rounds = Rounds()
    for verdicts in states:
        seen = [drive(n, verdict, "x") for n, verdict in enumerate(verdicts, 1)]
        rounds.see(*seen)
        assert [n for n in rounds.see(*seen) if n.turn is not Turn.BETTER] == []
