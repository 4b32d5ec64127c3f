"""Every message to every target, also one that was not to be had for a while."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from podplanner.drives.watching.memory import Memory, Message, Tone, Unsent
from podplanner.drives.watching.sending import Target, send

_FORGET = timedelta(days=90)
# A target that was not to be had, or not named, for so long does not come back.
_BETWEEN = "\n\n----------\n\n"
_HEAVIEST_FIRST = (Tone.ALARM, Tone.WARNING, Tone.NOTE, Tone.BETTER)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How sending went.

    Attributes:
        memory: With what is still to be sent.
        taken: Names of the targets that took a message.
        refused: Name of a target and why it did not, in pairs.
    """

    memory: Memory
    taken: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def queued(memory: Memory, message: Message, targets: Sequence[Target], now: datetime) -> Memory:
    """Return the memory with a message to be sent to every target."""
    fresh = tuple(Unsent(target.mark, message, now) for target in targets)
    kept = tuple(one for one in memory.unsent if now - one.since <= _FORGET)
    return replace(memory, unsent=(*kept, *fresh))


def deliver(
    memory: Memory, targets: Sequence[Target], *, how: Callable[[Target, Message], str] = send
) -> Delivered:
    """Send what waits, one message to each target, and keep what a target did not take.

    What waits for a target that is not named this time is kept too.

    Args:
        memory: What waits.
        targets: Where to.
        how: Sends one message; returns why it was not taken, or nothing.
    """
    taken: list[str] = []
    refused: list[tuple[str, str]] = []
    sent: set[str] = set()
    for target in targets:
        waiting = [one.message for one in memory.unsent if one.target == target.mark]
        if not waiting:
            continue
        if reason := how(target, _together(waiting)):
            refused.append((target.name, reason))
        else:
            taken.append(target.name)
            sent.add(target.mark)
    left = tuple(one for one in memory.unsent if one.target not in sent)
    return Delivered(replace(memory, unsent=left), tuple(taken), tuple(refused))


def _together(messages: Sequence[Message]) -> Message:
    """Return one message that says all; what waited comes after what is new."""
    if len(messages) == 1:
        return messages[0]
    newest = messages[-1]
    bodies = [newest.body, "Not delivered before:", *(one.body for one in reversed(messages[:-1]))]
    tone = min((one.tone for one in messages), key=_HEAVIEST_FIRST.index)
    return Message(f"{newest.title} (and {len(messages) - 1} earlier)", _BETWEEN.join(bodies), tone)
