"""What a watch remembers from one round to the next, and what it could not deliver yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from podplanner.drives.watching.complaint import Gravity, Matter


@dataclass(frozen=True, slots=True)
class Standing:
    """One complaint as people know it.

    Attributes:
        gravity: As it was told; NONE: it was told that it is over.
        state, words: As they were last seen.
        kinds: Of evidence that were told.
        calm: Rounds in a row in which it was better than was told.
        relapses: How often it came back soon after it had become better.
        told_at: When it was last told or reminded of.
        eased_at: When it last was better, told or not; None: never.
    """

    matter: Matter
    gravity: Gravity
    state: str
    words: str
    kinds: frozenset[str]
    told_at: datetime
    eased_at: datetime | None = None
    calm: int = 0
    relapses: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A drive, a group or an array that an earlier round saw.

    Attributes:
        seen_at: When it was last listed.
    """

    key: str
    name: str
    seen_at: datetime
    device: str = ""
    serial: str | None = None
    bay: int | None = None
    standings: tuple[Standing, ...] = ()

    def standing(self, matter: Matter) -> Standing | None:
        """Return what is known of one matter."""
        return next((one for one in self.standings if one.matter is matter), None)


class Tone(StrEnum):
    """How a message is to look where that can be shown."""

    ALARM = "alarm"
    WARNING = "warning"
    NOTE = "note"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, as plain text."""

    title: str
    body: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that a target did not take yet.

    Attributes:
        target: Mark of the target's address, which tells nothing of it.
    """

    target: str
    message: Message
    since: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it.

    Attributes:
        at: When the last round was; None: there was none.
    """

    at: datetime | None = None
    known: tuple[Known, ...] = ()
    unsent: tuple[Unsent, ...] = ()


NOTHING = Memory()
"""Before the first round."""
