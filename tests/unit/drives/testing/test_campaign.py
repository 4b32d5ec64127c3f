"""A round of tests to its end: turns, ends, rebuilds that begin, drives that say nothing."""

from dataclasses import dataclass, field, replace

from support.drives import made
from support.drives.fake_smartctl import Replay, install
from support.drives.made_tests import LoggedTest
from support.drives.self_tested import (
    BEGUN,
    REBUILD,
    arrays_of,
    drive_with,
    group,
    logged,
    running,
    saying,
)

from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal
from podplanner.drives.smartctl.asking import read_devices
from podplanner.drives.smartctl.device import Device
from podplanner.drives.testing.campaign import Campaign, between_looks_s, run_to_the_end
from podplanner.drives.testing.live import LiveDrives
from podplanner.drives.testing.log import Kind
from podplanner.drives.testing.outcome import Ending, outcome_of
from podplanner.drives.testing.plan import Candidate, Step
from podplanner.drives.testing.seat import seats_of
from podplanner.drives.testing.starting import Answer, Asking


@dataclass
class _Pod:
    """Drives whose tests take two looks, made by hand: no process, no clock."""

    arrays_now: ArrayState = field(default_factory=ArrayState)
    ends: dict = field(default_factory=dict)
    """What a drive says at its looks after the beginning, by source; else 50 % left, passed."""
    answers: dict = field(default_factory=dict)
    begun: list = field(default_factory=list)
    stopped: list = field(default_factory=list)
    at_once: int = 0
    _looks: dict = field(default_factory=dict)
    _testing: set = field(default_factory=set)

    def read(self, readings):
        found = []
        for reading in readings:
            looks = self._looks[reading.source] = self._looks.get(reading.source, 0) + 1
            script = self.ends.get(reading.source) or [
                lambda r: running(r, 50),
                lambda r: replace(r, test_left_percent=None,
                                  self_tests=(logged("short", at=1_000), *r.self_tests)),
            ]  # fmt: skip
            new = script[min(looks, len(script)) - 1](reading)
            if new.test_left_percent is None and new.trouble is None:
                self._testing.discard(reading.source)
            found.append(new)
        return found

    def arrays(self):
        return self.arrays_now

    def begin(self, reading):
        answer = self.answers.get(reading.source, Answer.DONE)
        if answer is Answer.DONE:
            self.begun.append(reading.source)
            self._testing.add(reading.source)
            self.at_once = max(self.at_once, len(self._testing))
        return Asking(answer, "made up")

    def stop(self, reading):
        self.stopped.append(reading.source)
        self._testing.discard(reading.source)
        return Asking(Answer.DONE)


def _campaign(pod, readings, **options):
    seats = seats_of(readings, pod.arrays_now)
    candidates = tuple(Candidate(r, seats[r.source]) for r in readings)
    return Campaign(pod, candidates, Kind.SHORT, **options)


def _run(campaign, pod, each_sleep=lambda: None):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        assert len(slept) < 500, "it never ends"
        each_sleep()

    plan = run_to_the_end(campaign, pod.arrays_now, sleep=sleep)
    return plan, slept


def test_every_drive_has_its_turn_and_never_two_of_a_group_at_once():
    pod = _Pod(arrays_of(group("a", 1, 2, 3), group("b", 4, 5, 6)))
    campaign = _campaign(pod, [drive_with(n) for n in range(1, 7)], at_once=9)
    plan, _ = _run(campaign, pod)
    assert sorted(pod.begun) == [f"/dev/sd{n}" for n in range(1, 7)]
    assert pod.at_once == 2
    assert {o.ending for o in campaign.endings.values()} == {Ending.PASSED}
    assert plan.decisions == ()


def test_a_test_that_fails_is_told_and_the_others_go_on():
    failed = [lambda r: replace(r, test_left_percent=None,
                                self_tests=(logged("short", at=1_000, passed=False),))]  # fmt: skip
    pod = _Pod(ends={"/dev/sd1": failed})
    campaign = _campaign(pod, [drive_with(1), drive_with(2)])
    _run(campaign, pod)
    assert campaign.endings["/dev/sd1"].ending is Ending.FAILED
    assert campaign.endings["/dev/sd2"].ending is Ending.PASSED


def test_tests_that_were_begun_are_stopped_when_a_rebuild_begins():
    pod = _Pod(arrays_of(group("a", 1), group("b", 2)))
    campaign = _campaign(pod, [drive_with(1), drive_with(2)], at_once=1)

    def rebuild():
        pod.arrays_now = arrays_of(group("a", 1), group("b", 2, gone=1, rebuild=REBUILD))

    plan, _ = _run(campaign, pod, rebuild)
    assert pod.stopped == ["/dev/sd1"]
    assert campaign.endings["/dev/sd1"].ending is Ending.BROKEN_OFF
    assert pod.begun == ["/dev/sd1"]
    assert [d.step for d in plan.decisions] == [Step.LATER]


def test_a_drive_that_misses_a_look_is_looked_at_again():
    away = [
        lambda r: replace(r, trouble=Trouble.TIMED_OUT, test_left_percent=None),
        lambda r: running(replace(r, trouble=None), 20),
        lambda r: replace(r, test_left_percent=None, self_tests=(logged("short", at=1_000),)),
    ]
    pod = _Pod(ends={"/dev/sd1": away})
    campaign = _campaign(pod, [drive_with(1)])
    _run(campaign, pod)
    assert campaign.endings["/dev/sd1"].ending is Ending.PASSED


def test_a_drive_that_stays_away_is_unknown_and_does_not_hold_up_the_end():
    gone = [lambda r: replace(r, trouble=Trouble.VANISHED, test_left_percent=None)]
    pod = _Pod(ends={"/dev/sd1": gone})
    campaign = _campaign(pod, [drive_with(1), drive_with(2)], at_once=1)
    _run(campaign, pod)
    assert campaign.endings["/dev/sd1"].ending is Ending.UNKNOWN
    assert campaign.endings["/dev/sd2"].ending is Ending.PASSED


def test_a_drive_that_refuses_is_asked_once():
    pod = _Pod(answers={"/dev/sd1": Answer.REFUSED})
    campaign = _campaign(pod, [drive_with(1), drive_with(2)])
    _run(campaign, pod)
    assert campaign.refused["/dev/sd1"].words == "made up"
    assert pod.begun == ["/dev/sd2"]


def test_a_test_that_somebody_else_began_is_waited_for():
    pod = _Pod(arrays_of(group("a", 1, 2)))
    campaign = _campaign(pod, [running(drive_with(1)), drive_with(2)])
    _run(campaign, pod)
    assert pod.begun == ["/dev/sd2"]
    assert "/dev/sd1" not in campaign.endings


def test_looks_are_a_fiftieth_of_the_test_within_bounds():
    pod = _Pod()
    for minutes, seconds in ((1, 10.0), (100, 120.0), (2_000, 300.0)):
        campaign = Campaign(pod, (Candidate(running(drive_with(1, long_min=minutes))),), Kind.LONG)
        assert between_looks_s(campaign) == seconds


def test_an_end_is_seen_by_what_changed_in_the_log():
    old = logged("short", at=1_000)
    before = drive_with(1, old)
    assert outcome_of(before, drive_with(1, old, old), Kind.SHORT).ending is Ending.PASSED
    broken = drive_with(1, logged("short", at=1_000, passed=None), old)
    assert outcome_of(before, broken, Kind.SHORT).ending is Ending.BROKEN_OFF
    earlier = drive_with(1, logged("short", at=900), hours=1_000)
    assert outcome_of(earlier, earlier, Kind.SHORT).ending is Ending.UNKNOWN


def test_an_end_is_seen_in_a_log_that_is_full_of_the_same():
    full = tuple(logged("short", at=1_000) for _ in range(21))
    reading = drive_with(1, *full, signals={Signal.POWER_ON_H: 1_000})
    assert outcome_of(reading, reading, Kind.SHORT).ending is Ending.PASSED


def test_real_processes_are_followed_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    names = ["/dev/sda", "/dev/sdb"]
    idle = {n: made.ata_hdd(device=n, hours=1_000, tests=[]) for n in names}
    tests = {n: made.ata_hdd(device=n, hours=1_000, tests=[], test_left=60) for n in names}
    ended = {
        n: made.ata_hdd(device=n, hours=1_000, tests=[LoggedTest(outcome, "short", 1_000)])
        for n, outcome in zip(names, ("passed", "read failure"), strict=True)
    }
    fake = install(
        tmp_path / "bin",
        {n: Replay(idle[n], after=saying(tests[n], BEGUN["ATA"])) for n in names},
    )
    monkeypatch.setenv("PATH", fake.path())
    live = LiveDrives(Kind.SHORT, timeout_s=20)
    readings = read_devices([Device(n, "sat") for n in names])

    class Here(LiveDrives):
        def arrays(self):
            return ArrayState()

    campaign = Campaign(Here(live.kind, live.timeout_s), tuple(map(Candidate, readings)),
                        Kind.SHORT, at_once=1)  # fmt: skip

    def sleep(_):
        for source, outcome in campaign.endings.items():
            if outcome.ending is Ending.RUNNING and outcome.left_percent is not None:
                fake.put(source, Replay(ended[source], after=ended[source]))

    run_to_the_end(campaign, ArrayState(), sleep=sleep)
    assert fake.calls("test") == ["/dev/sda short", "/dev/sdb short"]
    assert campaign.endings["/dev/sda"].ending is Ending.PASSED
    assert campaign.endings["/dev/sdb"].ending is Ending.FAILED
