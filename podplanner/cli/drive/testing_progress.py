"""A line that says how self-tests stand while somebody waits for them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from podplanner.cli.console import counted, say
from podplanner.cli.progress import telling
from podplanner.drives.reading import DriveReading
from podplanner.drives.testing.campaign import Campaign
from podplanner.drives.testing.outcome import Ending

_GO_ON = (
    "The drives go on testing by themselves: `podplanner drive test --status` tells how they "
    "stand, `podplanner drive test --stop` stops them."
)


@contextmanager
def following(campaign: Campaign) -> Iterator[Callable[[Campaign], None]]:
    """Give what is called after every look: it redraws the line, and writes what ended.

    Raises:
        InterruptedWorkError: Ctrl-C; the drives go on testing.
    """
    said: set[str] = set()
    with telling("auto" if sys.stderr.isatty() else "none", _GO_ON) as told:

        def look(now: Campaign) -> None:
            for source, outcome in now.endings.items():
                if outcome.ending is Ending.RUNNING or source in said:
                    continue
                said.add(source)
                told.warn(
                    f"{source}: {outcome.words}"
                ) if outcome.ending is not Ending.PASSED else (None)
            told.begin(_standing(now), files=None, size=None)

        say(f"testing {counted(sum(c.asked for c in campaign.candidates), 'drive')}")
        yield look


def _standing(campaign: Campaign) -> str:
    endings = [outcome.ending for outcome in campaign.endings.values()]
    asked = sum(candidate.asked for candidate in campaign.candidates)
    left = [r.test_left_percent for c in campaign.candidates if (r := c.reading) and _tests(r)]
    words = f"{sum(e is not Ending.RUNNING for e in endings)} of {asked} tests ended"
    known = [percent for percent in left if percent is not None]
    if campaign.running:
        words += f", {campaign.running} run"
        if known:
            words += f", {max(known)} % left at most"
    return words


def _tests(reading: DriveReading) -> bool:
    return reading.test_left_percent is not None
