"""Messages that wait, and that no target loses."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import AT

from podplanner.drives.watching.delivering import deliver, queued
from podplanner.drives.watching.memory import NOTHING, Message, Tone
from podplanner.drives.watching.sending import Target

ONE = Target("json://one", "target 1 (json)", "mark-1")
TWO = Target("json://two", "target 2 (json)", "mark-2")
BAD = Message("pod7: REPLACE", "body of bad", Tone.ALARM)
GOOD = Message("pod7: better", "body of good", Tone.BETTER)


class Post:
    """Takes messages, but for targets that are down."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.got: list[tuple[str, Message]] = []

    def __call__(self, target: Target, message: Message) -> str:
        if target.mark in self.down:
            return "it is down"
        self.got.append((target.mark, message))
        return ""


def test_what_was_taken_is_not_kept():
    post = Post()
    done = deliver(queued(NOTHING, BAD, (ONE, TWO), AT), (ONE, TWO), how=post)
    assert done.taken == (ONE.name, TWO.name)
    assert (done.refused, done.memory.unsent) == ((), ())
    assert post.got == [("mark-1", BAD), ("mark-2", BAD)]


def test_a_target_that_is_down_does_not_keep_the_others_from_theirs():
    post = Post()
    post.down = {"mark-1"}
    done = deliver(queued(NOTHING, BAD, (ONE, TWO), AT), (ONE, TWO), how=post)
    assert post.got == [("mark-2", BAD)]
    assert done.refused == ((ONE.name, "it is down"),)
    assert [one.target for one in done.memory.unsent] == ["mark-1"]


def test_what_waited_comes_with_the_next_message_as_one():
    post = Post()
    post.down = {"mark-1"}
    kept = deliver(queued(NOTHING, BAD, (ONE, TWO), AT), (ONE, TWO), how=post).memory
    post.down = set()
    done = deliver(queued(kept, GOOD, (ONE, TWO), AT), (ONE, TWO), how=post)
    (_, both), (_, new) = post.got[1:]
    assert new == GOOD
    assert both.title == "pod7: better (and 1 earlier)"
    assert both.body.index("body of good") < both.body.index("body of bad")
    assert both.tone is Tone.ALARM
    assert done.memory.unsent == ()


def test_what_waits_is_sent_also_when_there_is_nothing_new():
    post = Post()
    deliver(queued(NOTHING, BAD, (ONE,), AT), (ONE,), how=post)
    assert post.got == [("mark-1", BAD)]
    assert deliver(NOTHING, (ONE,), how=post).taken == ()


def test_what_waits_for_a_target_that_is_not_named_this_time_stays():
    post = Post()
    waiting = queued(NOTHING, BAD, (ONE,), AT)
    assert deliver(waiting, (TWO,), how=post).memory == waiting
    assert post.got == []


def test_what_waited_for_three_months_is_given_up():
    waiting = queued(NOTHING, BAD, (ONE,), AT)
    later = queued(waiting, GOOD, (ONE,), AT + timedelta(days=91))
    assert [one.message for one in later.unsent] == [GOOD]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=20))
def test_every_target_gets_every_message_once_it_is_up(rounds):
    """Whatever is down when, each body comes once to each target."""
    post, memory, sent = Post(), NOTHING, 0
    for number, (news, first_down, second_down) in enumerate([*rounds, (True, False, False)]):
        if news:
            sent += 1
            message = Message(f"title {number}", f"<body {number}>", Tone.NOTE)
            memory = queued(memory, message, (ONE, TWO), AT)
        post.down = {m for m, down in (("mark-1", first_down), ("mark-2", second_down)) if down}
        memory = deliver(memory, (ONE, TWO), how=post).memory
    for mark in ("mark-1", "mark-2"):
        bodies = " ".join(message.body for to, message in post.got if to == mark)
        assert bodies.count("<body") == sent
    assert memory.unsent == ()
