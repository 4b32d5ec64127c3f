"""Whatever is told, in whatever order, with the database broken between: nothing is lost."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from support.drives.rounds import START, Clock, Seen, key, round_of

from podplanner.drives.history.entries import (
    Accepted,
    Answered,
    Retired,
    Silent,
    entries_in,
    lines_of,
)
from podplanner.drives.history.opening import open_history
from podplanner.drives.history.schema import named, packed, unpacked
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal

SERIALS = st.sampled_from(["A1", "B1", "C1"])
SIGNALS = st.sampled_from([Signal.PENDING, Signal.CRC_ERRORS, Signal.TEMPERATURE_C])
VALUES = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
FIGURES = st.dictionaries(SIGNALS, VALUES, max_size=3)
HOURS = st.integers(min_value=0, max_value=24 * 200)
READ = st.tuples(st.just("read"), SERIALS, HOURS, FIGURES)
SILENT = st.tuples(st.just("silent"), SERIALS, HOURS, st.sampled_from(Trouble))
ACCEPT = st.tuples(st.just("accept"), SERIALS, SIGNALS, VALUES)
WITHDRAW = st.tuples(st.just("withdraw"), SERIALS, SIGNALS)
RETIRE = st.tuples(st.just("retire"), SERIALS, st.sampled_from([True, False, None]))
RESTORE = st.tuples(st.just("restore"), SERIALS)
WAIT = st.tuples(st.just("wait"), st.integers(min_value=0, max_value=72))
REOPEN = st.tuples(st.just("reopen"))
DAMAGE = st.tuples(st.just("damage"), st.integers(0, 10**6), st.binary(min_size=1, max_size=5000))
CUT = st.tuples(st.just("cut"), st.integers(0, 10**6))
LOSE = st.tuples(st.just("lose"))
STEPS = st.lists(
    st.one_of(READ, READ, READ, SILENT, ACCEPT, WITHDRAW, RETIRE, RESTORE, WAIT, REOPEN, DAMAGE,
              CUT, LOSE), max_size=30,
)  # fmt: skip


class Told:
    """What a history must know, in the simplest form."""

    def __init__(self):
        self.readings, self.accepted, self.retired = {}, {}, {}

    def check(self, history):
        found = {}
        for serial in ("A1", "B1", "C1"):
            readings = history.readings(key(serial))
            moments = [reading.read_at for reading in readings]
            assert moments == sorted(set(moments))
            found |= {(serial, reading.read_at): dict(reading.signals) for reading in readings}
            past = history.past([key(serial)])[key(serial)]
            assert {a.signal: a.value for a in past.accepted} == self.accepted.get(serial, {})
            assert [r.read_at for r in past.readings] == sorted(r.read_at for r in past.readings)
            if readings:
                assert past.readings[0] == readings[0]
                assert past.latest == readings[-1]
        assert found == self.readings
        known = {drive.serial: drive for drive in history.known()}
        for serial, failed in self.retired.items():
            assert (known[serial].retired_at is not None, known[serial].failed) == failed


@settings(max_examples=60)
@given(STEPS)
def test_what_was_told_is_known_whatever_happens_to_the_database(steps):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drives.db"
        clock, told = Clock(START + timedelta(days=300)), Told()
        history = open_history(path, clock=clock)
        try:
            for step in steps:
                if step[0] in ("reopen", "damage", "cut", "lose"):
                    history.close()
                    harm(path, *step)
                    history = open_history(path, clock=clock)
                else:
                    tell(history, told, clock, *step)
                assert not history.lost
            told.check(history)
        finally:
            history.close()


def harm(path, what, *how):
    if not path.exists():
        return
    content = bytearray(path.read_bytes())
    if what == "damage" and content:
        start = how[0] % len(content)
        content[start : start + len(how[1])] = how[1][: len(content) - start]
        # The header too: a value that is flipped into another is damage that no reader can see.
        content[:16] = b"no SQLite format"
        path.write_bytes(content)
    elif what == "cut":
        path.write_bytes(content[: max(how[0] % max(len(content), 1), 1)])
    elif what == "lose":
        path.unlink()


def tell(history, told, clock, what, serial, *rest):
    if what == "wait":
        clock.now += timedelta(hours=serial)
    elif what == "read":
        at = START + timedelta(hours=rest[0])
        history.remember(round_of(at, Seen(serial, rest[1])))
        told.readings[serial, at] = rest[1]
    elif what == "silent":
        history.remember(round_of(START + timedelta(hours=rest[0]), Seen(serial, trouble=rest[1])))
    elif what == "accept":
        history.accept(key(serial), *rest)
        told.accepted.setdefault(serial, {})[rest[0]] = rest[1]
    elif what == "withdraw":
        history.withdraw(key(serial), *rest)
        told.accepted.setdefault(serial, {}).pop(rest[0], None)
    elif what == "retire":
        history.retire(key(serial), failed=rest[0])
        told.retired[serial] = (True, rest[0])
    else:
        history.restore(key(serial))
        told.retired[serial] = (False, None)


@settings(max_examples=25)
@given(st.permutations(range(8)), st.lists(FIGURES, min_size=8, max_size=8))
def test_the_order_in_which_readings_are_told_does_not_matter(order, figures):
    found = []
    for way in (sorted(order), order):
        with TemporaryDirectory() as folder:
            clock = Clock(START + timedelta(days=300))
            with open_history(Path(folder) / "drives.db", clock=clock) as history:
                for number in way:
                    at = START + timedelta(hours=5 * number)
                    history.remember(round_of(at, Seen("A1", figures[number], bay=number % 2 + 1)))
                days = {moment.date() for moment in history.answered()[key("A1")]}
                found.append((history.readings(key("A1")), history.known(), days))
    assert found[0] == found[1]


TEXT = st.text(max_size=20)
MOMENTS = st.datetimes(timezones=st.just(START.tzinfo))
ENTRIES = st.one_of(
    st.builds(Answered, key=TEXT, at=MOMENTS, model=TEXT, device=st.none() | TEXT, reason=TEXT,
              signals=st.dictionaries(TEXT, VALUES, max_size=4)),
    st.builds(Silent, key=TEXT, at=MOMENTS, trouble=TEXT, there=st.booleans()),
    st.builds(Accepted, key=TEXT, at=MOMENTS, signal=TEXT, value=st.none() | VALUES, note=TEXT),
    st.builds(Retired, key=TEXT, at=MOMENTS, failed=st.none() | st.booleans(), note=TEXT,
              withdrawn=st.booleans()),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=5))
def test_entries_come_back_from_their_lines(entries):
    assert entries_in(lines_of(entries)) == (entries, 0)


@given(st.lists(ENTRIES, max_size=3), st.binary(max_size=200))
def test_lines_that_are_no_entries_never_hide_those_that_are(entries, noise):
    found, _ = entries_in(lines_of(entries) + b"\n" + noise)
    assert found[: len(entries)] == entries


@given(st.dictionaries(st.sampled_from(Signal), VALUES))
def test_figures_come_back_from_their_short_form(figures):
    words = packed({signal.value: value for signal, value in figures.items()})
    assert unpacked(words) == figures
    assert named(words) == {signal.value: value for signal, value in figures.items()}
