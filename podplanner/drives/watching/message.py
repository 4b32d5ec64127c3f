"""News as one message: a title that says what to do, and a body with every reason."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from podplanner.drives.assessment import WORST_FIRST
from podplanner.drives.checked import CheckedPod
from podplanner.drives.watching.comparing import News, Turn
from podplanner.drives.watching.complaint import Gravity, Matter
from podplanner.drives.watching.memory import Message, Tone
from podplanner.drives.watching.naming import printable

_TONES = {
    Gravity.ALARM: Tone.ALARM,
    Gravity.WARNING: Tone.WARNING,
    Gravity.NOTE: Tone.NOTE,
    Gravity.NONE: Tone.NOTE,
}
_LONGEST_TITLE = 150
# Letters; subjects of mail are cut at about 78 to 150.
_NEXT = "What to pull, and whether that is safe now: podplanner drive next"


def worth_telling(news: Sequence[News], least: Gravity) -> bool:
    """Return whether any of the news is a reason for a message.

    Args:
        news: Of one round.
        least: A complaint that weighs less is no reason; told it is, where there is another.
    """
    return any(one.gravity >= least for one in news)


def message_of(news: Sequence[News], pod: CheckedPod, name: str) -> Message:
    """Return the message about a round.

    Args:
        news: The weightiest first, at least one.
        pod: The round, for its counts.
        name: What the pod is called.
    """
    worse = [one for one in news if one.turn is not Turn.BETTER]
    first = worse[0] if worse else news[0]
    more = len({one.name for one in news}) - 1
    title = f"{name}: {_short(first)}" + (f", and {more} more" if more else "")
    lines = [f"{name}, {_moment(pod.at)}: {counts_of(pod)}"]
    for heading, turns in _PARTS:
        found = [one for one in news if one.turn in turns]
        if found:
            lines += ["", heading, *_by_name(found)]
    if any(one.gravity is Gravity.ALARM for one in worse):
        lines += ["", _NEXT]
    tone = _TONES[max(one.gravity for one in worse)] if worse else Tone.BETTER
    return Message(printable(title, _LONGEST_TITLE), "\n".join(lines), tone)


def counts_of(pod: CheckedPod) -> str:
    """Return how many drives have which verdict: `45 drives: 1 REPLACE, 44 OK`."""
    if not pod.drives:
        return "no drives were found"
    found = Counter(drive.assessment.verdict for drive in pod.drives)
    counts = ", ".join(
        f"{found[verdict]} {verdict.value}" for verdict in WORST_FIRST if found[verdict]
    )
    return f"{len(pod.drives)} {'drive' if len(pod.drives) == 1 else 'drives'}: {counts}"


_PARTS = (
    ("Worse", (Turn.WORSE, Turn.ALSO)),
    ("Still so, and nothing was done", (Turn.STILL,)),
    ("New", (Turn.NEW,)),
    ("Better", (Turn.BETTER,)),
)


def _by_name(news: Sequence[News]) -> Iterator[str]:
    for name, ones in groupby(news, key=lambda one: one.name):
        yield f"* {name}: {'; '.join(map(_sentence, ones))}"


def _short(news: News) -> str:
    """Return the news in the words of a title."""
    if news.turn is Turn.BETTER:
        return f"{news.name} is {_now(news)} again"
    if news.turn is Turn.NEW:
        return f"{news.name} is new"
    still = "still " if news.turn is Turn.STILL else ""
    return f"{still}{news.now}: {news.name}"


def _sentence(news: News) -> str:
    words = news.words.rstrip(".")
    if news.turn is Turn.NEW:
        return words
    if news.turn is Turn.BETTER:
        return f"{_now(news)} again (was {news.before})" + (f": {words}" if words else "")
    if news.turn in (Turn.STILL, Turn.ALSO):
        state = f"{'still ' if news.turn is Turn.STILL else ''}{news.now}"
    else:
        state = f"{news.before} -> {news.now}" if news.before else news.now
    again = ", not for the first time this week" if news.again else ""
    return f"{state}{again}" + (f": {words}" if words else "")


def _now(news: News) -> str:
    """Return what something is now that got better."""
    if news.now:
        return news.now
    return {
        Matter.HEALTH: "OK", Matter.SILENCE: "there", Matter.REDUNDANCY: "whole",
        Matter.ERRORS: "without errors",
    }[news.matter]  # fmt: skip


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
