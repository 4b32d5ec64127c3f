"""A session of learning loses no answer, and goes back as far as it came."""

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState, Rebuild
from podplanner.drives.bays.filling import Found
from podplanner.drives.bays.learning import (
    Session,
    Wish,
    answer_of,
    given,
    gone_back,
    skipped,
    spans,
)
from podplanner.drives.bays.making import map_of_count
from podplanner.drives.bays.places import Places, SeenDrive
from podplanner.drives.bays.pulling import Waiting, objections, returned, vanished

DRIVES = tuple(SeenDrive(f"/dev/sd{name}", f"Z30{name}") for name in "abcd")
MAP = map_of_count(6)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("3", 3), (" 03\n", 3), ("bay 3", 3), ("s", Wish.SKIP), ("B\n", Wish.BACK), ("q", Wish.QUIT)],
)
def test_numbers_and_wishes_are_understood(typed, answer):
    assert answer_of(typed, MAP) == answer


@pytest.mark.parametrize(
    ("typed", "words"),
    [("7", "no bay 7, it has 1-6"), ("0", "no bay 0"), ("", "Type the number"),
     ("three", "Type the number"), ("-1", "Type the number"), ("٣", "Type the number"),
     ("9" * 5000, "Type the number"), ("3.5", "Type the number")],
)  # fmt: skip
def test_what_is_neither_is_said(typed, words):
    assert words in answer_of(typed, MAP)


@generated(st.text())
def test_any_text_is_answered(typed):
    answer = answer_of(typed, MAP)
    assert isinstance(answer, Wish | str) or MAP.numbered(answer) is not None


STEPS = st.lists(st.one_of(st.integers(1, 6), st.just(None)), max_size=4)


@generated(STEPS)
def test_going_back_all_the_way_is_the_beginning(steps):
    begun = session = Session(MAP, DRIVES)
    for step in steps:
        if step is None:
            session = skipped(session)
        else:
            session = given(session, step, Found(session.drive.serial)).session
    for _ in range(len(steps) + 1):
        session = gone_back(session)
    assert session == begun


def test_a_bay_given_twice_has_the_last_drive_and_counts_once():
    session = given(Session(MAP, DRIVES), 2, Found("Z30a")).session
    assert session.holder(2) == DRIVES[0]
    session = given(session, 2, Found("Z30b")).session
    assert session.holder(2) == DRIVES[1]
    assert session.learnt == 1
    assert [b.serial for b in session.bay_map.bays if b.serial] == ["Z30b"]


def test_after_the_last_drive_there_is_none():
    session = Session(MAP, DRIVES[:1])
    assert skipped(session).drive is None


def test_spans_of_numbers():
    assert spans([3, 1, 2, 9]) == "1-3, 9"
    assert spans([]) == "none"


# --- by pulling ---


def looking(*looks):
    left = list(looks)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def seen(*drives):
    return Places(drives=drives)


def waiting(*looks, patience_s=50.0):
    return Waiting(looking(*looks), sleep=lambda _: None, patience_s=patience_s)


def test_the_drive_that_went_is_found():
    now = seen(*DRIVES[1:])
    assert vanished(seen(*DRIVES), waiting(seen(*DRIVES), seen(*DRIVES), now)) == DRIVES[:1]


def test_drives_that_go_one_after_the_other_are_all_named():
    looks = waiting(seen(*DRIVES), seen(*DRIVES[1:]), seen(*DRIVES[2:]))
    assert vanished(seen(*DRIVES), looks) == DRIVES[:2]


def test_a_drive_that_only_blinked_did_not_go():
    looks = waiting(seen(*DRIVES[1:]), seen(*DRIVES), patience_s=5)
    assert vanished(seen(*DRIVES), looks) == ()


def test_a_drive_is_back_under_whatever_name():
    back = SeenDrive("/dev/sdz", "Z30a")
    assert returned(DRIVES[0], waiting(seen(), seen(DRIVES[1]), seen(DRIVES[1], back))) is not None
    other = SeenDrive("/dev/sda", "OTHER")
    assert returned(DRIVES[0], waiting(seen(other), patience_s=2)) is None


def group(**changes):
    members = tuple(Member(f"sd{n}", MemberState.ONLINE) for n in "abc")
    return Group(**{"name": "raidz1-0", "kind": "raidz1", "members": members, "tolerance": 1,
                    "gone": 0, **changes})  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"gone": 1}, "1 of its drives are gone"), ({"rebuild": Rebuild("resilver")}, "rebuild"),
     ({"tolerance": 0}, "no drive to spare"), ({"trouble": ("errors.",)}, "errors.")],
)  # fmt: skip
def test_a_group_that_is_not_whole_forbids_to_pull(changes, words):
    state = ArrayState((Array("tank", "zfs", (group(**changes),)),))
    assert words in " ".join(objections(state))


def test_a_whole_group_does_not_and_what_is_unknown_does():
    assert objections(ArrayState((Array("tank", "zfs", (group(),)),))) == ()
    assert "unknown" in objections(ArrayState(trouble=("zpool hangs.",)))[0]
    assert objections(ArrayState()) == ()
