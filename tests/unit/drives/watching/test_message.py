"""News in one message."""

from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import drive, pod

from podplanner.drives.assessment import Verdict
from podplanner.drives.watching.comparing import News, Turn
from podplanner.drives.watching.complaint import Gravity, Matter
from podplanner.drives.watching.memory import Tone
from podplanner.drives.watching.message import message_of, worth_telling

POD = pod(*(drive(n) for n in range(1, 43)), drive(43, Verdict.REPLACE, "Bad."))
BAD = News(Turn.WORSE, "bay 23, ST4000DM000 Z301", Matter.HEALTH, Gravity.ALARM, "WATCH", "REPLACE",
           "24 sectors cannot be read.")  # fmt: skip
ALSO = News(Turn.ALSO, "bay 7, HMS Z302", Matter.HEALTH, Gravity.WARNING, "WARNING", "WARNING",
            "2 sectors are pending")  # fmt: skip
GONE = News(Turn.WORSE, "bay 9, HMS Z303", Matter.SILENCE, Gravity.WARNING, "", "gone", "not there",
            again=True)  # fmt: skip
BETTER = News(
    Turn.BETTER, "zfs tank raidz2-0", Matter.REDUNDANCY, Gravity.WARNING, "1 gone", "", ""
)
STILL = News(Turn.STILL, "bay 23, ST4000DM000 Z301", Matter.HEALTH, Gravity.ALARM, "REPLACE",
             "REPLACE", "24 sectors cannot be read.")  # fmt: skip


def test_one_message_holds_everything_the_worst_first():
    message = message_of((BAD, GONE, ALSO, BETTER), POD, "pod7")
    assert message.title == "pod7: REPLACE: bay 23, ST4000DM000 Z301, and 3 more"
    assert message.tone is Tone.ALARM
    assert message.body.splitlines() == [
        "pod7, 2026-11-04 03:00 UTC: 43 drives: 1 REPLACE, 42 OK",
        "",
        "Worse",
        "* bay 23, ST4000DM000 Z301: WATCH -> REPLACE: 24 sectors cannot be read",
        "* bay 9, HMS Z303: gone, not for the first time this week: not there",
        "* bay 7, HMS Z302: WARNING: 2 sectors are pending",
        "",
        "Better",
        "* zfs tank raidz2-0: whole again (was 1 gone)",
        "",
        "What to pull, and whether that is safe now: podplanner drive next",
    ]


def test_a_message_of_good_news_looks_like_it():
    message = message_of((BETTER,), POD, "pod7")
    assert message.title == "pod7: zfs tank raidz2-0 is whole again"
    assert message.tone is Tone.BETTER
    assert "drive next" not in message.body


def test_a_reminder_says_that_it_is_one():
    message = message_of((STILL,), POD, "pod7")
    assert message.title == "pod7: still REPLACE: bay 23, ST4000DM000 Z301"
    assert "Still so, and nothing was done" in message.body


def test_what_weighs_less_than_is_asked_for_is_no_reason():
    note = News(Turn.WORSE, "bay 1", Matter.HEALTH, Gravity.NOTE, "", "WATCH", "One.")
    assert worth_telling((note,), Gravity.NOTE)
    assert not worth_telling((note,), Gravity.WARNING)
    assert worth_telling((note, BAD), Gravity.ALARM)
    assert not worth_telling((), Gravity.NOTE)


_words = st.text(max_size=200)


_news = st.builds(News, st.sampled_from(Turn), _words, st.sampled_from(Matter),
                  st.sampled_from(Gravity), _words, _words, _words, st.booleans())  # fmt: skip


@given(_news, _words)
def test_a_title_is_one_short_line_whatever_is_told(news, name):
    title = message_of((news,), POD, name).title
    assert title.isprintable()
    assert len(title) <= 150
