"""One round of `drive watch`: read and judge, compare, keep, send, ping; in this order."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from podplanner.cli.console import emit, say, show
from podplanner.cli.drive.looking import looked
from podplanner.cli.drive.metrics import write_metrics
from podplanner.cli.drive.records import moment
from podplanner.drives.arrays.live import read_arrays
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.asking import Asked
from podplanner.drives.checked import CheckedPod
from podplanner.drives.samples import resolved
from podplanner.drives.watching.comparing import News, compare
from podplanner.drives.watching.complaint import Gravity, subjects_of
from podplanner.drives.watching.delivering import Delivered, deliver, queued
from podplanner.drives.watching.memory import NOTHING, Memory, Message
from podplanner.drives.watching.message import counts_of, message_of, worth_telling
from podplanner.drives.watching.pinging import ping
from podplanner.drives.watching.sending import Target
from podplanner.drives.watching.state_file import alone, read_memory, write_memory


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watch does, round by round.

    Attributes:
        name: What the pod is called.
        state: Where it remembers; None: it does not.
        ping: A secret.
        least: The least that is worth a message.
        remind: After how long a REPLACE that stands is told again.
        metrics: File for Prometheus.
    """

    asked: Asked
    name: str
    state: Path | None
    targets: tuple[Target, ...]
    ping: str | None
    least: Gravity
    remind: timedelta
    metrics: Path | None

    def __repr__(self) -> str:
        """Show no secret, also in a traceback."""
        return f"Watch({self.name!r})"


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round.

    Attributes:
        message: None: nothing changed that is worth one.
        pinged: Whether the ping was taken; None: there is none.
    """

    pod: CheckedPod
    news: tuple[News, ...]
    message: Message | None
    delivered: Delivered
    first: bool
    pinged: bool | None = None

    @property
    def all_sent(self) -> bool:
        """Return whether every target that was to get a message took it."""
        return not self.delivered.refused


def make_round(watch: Watch) -> Round:
    """Make a round, and ping whether it ran.

    Raises:
        PodplannerError: Nothing could be read, or what is remembered cannot be.
    """
    try:
        done = _made(watch)
    except Exception:
        # Whatever failed, a bug too: somebody must know that nobody watches.
        _ping(watch, failed=True)
        raise
    nothing_seen = not done.pod.drives
    if nothing_seen:
        say("no drive was seen: that counts as a round that failed")
    return replace(done, pinged=_ping(watch, failed=nothing_seen or not done.all_sent))


def _made(watch: Watch) -> Round:
    with alone(watch.state) if watch.state is not None else nullcontext():
        memory = NOTHING
        if watch.state is not None:
            remembered = read_memory(watch.state)
            memory = remembered.memory
            if remembered.trouble:
                say(remembered.trouble)
        pod = looked(watch.asked)
        if watch.metrics is not None:
            write_metrics(pod, watch.metrics)
        found = compare(memory, subjects_of(pod, _arrays(watch.asked)), now=pod.at,
                        remind=watch.remind)  # fmt: skip
        message, kept = None, found.memory
        if worth_telling(found.news, watch.least):
            message = message_of(found.news, pod, watch.name)
            kept = queued(kept, message, watch.targets, pod.at)
        # Before anything is sent: a message may come twice, and is never lost.
        _remember(watch, kept)
        delivered = deliver(kept, watch.targets)
        if delivered.memory != kept:
            _remember(watch, delivered.memory)
    return Round(pod, found.news, message, delivered, first=memory.at is None)


def _arrays(asked: Asked) -> ArrayState:
    if asked.recordings:
        return read_array_recordings(resolved(asked.recordings))
    return read_arrays()


def _remember(watch: Watch, memory: Memory) -> None:
    if watch.state is not None:
        write_memory(watch.state, memory)


def _ping(watch: Watch, *, failed: bool) -> bool | None:
    if watch.ping is None:
        return None
    if reason := ping(watch.ping, failed=failed):
        say(f"the ping was not taken: {reason}")
    return not reason


def show_round(done: Round, watch: Watch) -> None:
    """Print a round for people: its message, or that nothing changed."""
    if done.message is not None:
        show(done.message.title)
        show()
        show(done.message.body)
    else:
        words = "the first round, nothing to tell" if done.first else "nothing changed"
        show(f"{watch.name}, {done.pod.at:%Y-%m-%d %H:%M} UTC: {words}; {counts_of(done.pod)}")
    for note in done.pod.notes:
        say(note)
    for name in done.delivered.taken:
        say(f"sent to {name}")
    for name, reason in done.delivered.refused:
        say(f"error: {name} did not take the message: {reason}")
    if done.delivered.refused and watch.state is not None:
        say("       What was not taken is kept, and sent with the next round.")
    if done.message is not None and not watch.targets:
        say("nobody was named to send it to: see --notify")


def emit_round(done: Round) -> None:
    """Print a round as one JSON object."""
    emit("drive-watch", {
        "checked_at": moment(done.pod.at),
        "verdict": done.pod.verdict,
        "first": done.first,
        "changes": [_change(news) for news in done.news],
        "message": None if done.message is None else {
            "title": done.message.title, "body": done.message.body,
            "tone": done.message.tone,
        },
        "sent": list(done.delivered.taken),
        "not_sent": [{"target": name, "reason": reason}
                     for name, reason in done.delivered.refused],
        "waiting": len(done.delivered.memory.unsent),
        "pinged": done.pinged,
        "notes": list(done.pod.notes),
    })  # fmt: skip


def _change(news: News) -> Mapping[str, object]:
    return {"turn": news.turn, "name": news.name, "device": news.device or None,
            "serial": news.serial, "bay": news.bay, "matter": news.matter,
            "before": news.before or None, "now": news.now or None, "words": news.words,
            "again": news.again}  # fmt: skip
