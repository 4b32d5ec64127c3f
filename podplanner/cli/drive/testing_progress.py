"""A line that says how self-tests stand while somebody waits for them.

Looks are minutes apart, so the line is drawn anew at each look and stands still between them.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from podplanner.cli.console import counted, say
from podplanner.cli.progress import InterruptedWorkError
from podplanner.drives.testing.campaign import Campaign
from podplanner.drives.testing.log import expected_min
from podplanner.drives.testing.outcome import Ending

_GO_ON = (
    "`podplanner drive test --status` tells how they stand, `podplanner drive test --stop` stops "
    "them."
)


@contextmanager
def following(campaign: Campaign) -> Iterator[Callable[[Campaign], None]]:
    """Give what is called after every look: it redraws the line, and writes which tests ended.

    Raises:
        InterruptedWorkError: Ctrl-C; the drives go on testing.
    """
    said: set[str] = set()
    line = _Line()

    def look(now: Campaign) -> None:
        for source, outcome in now.endings.items():
            if outcome.ending is not Ending.RUNNING and source not in said:
                said.add(source)
                line.wipe()
                say(f"{source}: {outcome.ending.value.replace('-', ' ')}: {outcome.words}")
        line.draw(standing(now, datetime.now(UTC)))

    say(f"testing {counted(sum(c.asked for c in campaign.candidates), 'drive')}; Ctrl-C stops "
        "waiting, and leaves the drives testing")  # fmt: skip
    try:
        yield look
    except KeyboardInterrupt as error:
        line.wipe()
        raise InterruptedWorkError("interrupted; the drives go on testing by themselves",
                                   hint=_GO_ON) from error  # fmt: skip
    finally:
        line.wipe()


def standing(campaign: Campaign, now: datetime) -> str:
    """Return how far a campaign is, in one line."""
    asked = sum(candidate.asked for candidate in campaign.candidates)
    ended = sum(o.ending is not Ending.RUNNING for o in campaign.endings.values())
    words = f"{ended + len(campaign.refused)} of {asked} done, {campaign.running} testing"
    left = {
        c.reading.source: c.reading for c in campaign.candidates
        if (o := campaign.endings.get(c.reading.source)) and o.ending is Ending.RUNNING
    }  # fmt: skip
    known = [r.test_left_percent for r in left.values() if r.test_left_percent is not None]
    if known:
        span = f"{min(known)} to {max(known)}" if min(known) < max(known) else f"{known[0]}"
        words += f", {span} % left"
    ends = [
        timedelta(minutes=minutes * r.test_left_percent / 100)
        for r in left.values()
        if r.test_left_percent is not None and (minutes := expected_min(r, campaign.kind))
    ]
    if ends:
        words += f", these end about {now + max(ends):%a %H:%M} UTC"
    return f"{words}  (seen {now:%H:%M:%S})"


class _Line:
    """One line of a terminal; nothing where standard error is none."""

    def __init__(self) -> None:
        self._drawn = False

    def draw(self, words: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{words[:_WIDEST]}\x1b[K")
            sys.stderr.flush()
            self._drawn = True

    def wipe(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


_WIDEST = 79
# A line that wraps could not be wiped.
