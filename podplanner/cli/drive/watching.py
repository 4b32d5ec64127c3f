"""`drive watch`."""

import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from podplanner.cli.console import emit, say, show
from podplanner.cli.drive.choices import (
    DEFAULT_MAX_AGE,
    Bays,
    Devices,
    From,
    HistoryFile,
    Json,
    Looking,
    MaxAge,
    NoHistory,
    Timeout,
    Types,
    Wake,
    asked_of,
    span_option,
)
from podplanner.cli.drive.metrics import PrometheusFile, metrics_file
from podplanner.cli.drive.statuses import STATUS_OF, end_by
from podplanner.cli.drive.watch_installing import Installing, install, print_units
from podplanner.cli.drive.watch_round import Watch, emit_round, make_round, show_round
from podplanner.cli.drive.watch_targets import Notify, NotifyFile, PingUrl, addresses_of
from podplanner.cli.plan.outputs import Force
from podplanner.drives.asking import TIMEOUT_S, Asked
from podplanner.drives.assessment import Verdict
from podplanner.drives.state_folder import state_folder
from podplanner.drives.watching.complaint import Gravity
from podplanner.drives.watching.memory import Message, Tone
from podplanner.drives.watching.naming import printable
from podplanner.drives.watching.sending import Target, send
from podplanner.errors import FileAccessError, PodplannerError, WrongUsageError

Least = Literal["watch", "warning", "replace"]

_GRAVITIES: dict[Least, Gravity] = {
    "watch": Gravity.NOTE, "warning": Gravity.WARNING, "replace": Gravity.ALARM,
}  # fmt: skip
_SHORTEST = timedelta(minutes=1)
# More often a drive changes nothing that it says of itself, and never sleeps.
_STATE = "watch.json"
_GLANCE_S = 0.5
# How long it takes to notice that it is to end.


def watch(
    devices: Devices = None,
    once: Annotated[bool, typer.Option("--once", help="Make one round, and end.")] = False,
    every: Annotated[
        str, typer.Option("--every", metavar="TIME", help="How often: 1h, 15m, 1d.")
    ] = "1h",
    notify: Notify = None,
    notify_file: NotifyFile = None,
    ping: PingUrl = None,
    least: Annotated[
        Least,
        typer.Option("--at-least", help="The least verdict that is worth a message of its own."),
    ] = "watch",
    remind: Annotated[
        str,
        typer.Option("--remind", metavar="TIME",
                     help="After how long a REPLACE that still stands is told again."),
    ] = "7d",
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME",
                     help="What messages call the pod; the name of this machine if absent."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE",
                     help="Where it remembers the last round; in the user's own folder if absent, "
                     "nowhere with --from."),
    ] = None,
    prometheus: PrometheusFile = None,
    sources: From = None,
    types: Types = None,
    timeout: Timeout = TIMEOUT_S,
    wake: Wake = False,
    bays: Bays = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    max_age: MaxAge = DEFAULT_MAX_AGE,
    test: Annotated[
        bool, typer.Option("--test", help="Send a message that says it is a test, and end.")
    ] = False,
    units: Annotated[
        bool,
        typer.Option("--print-units", help="Print a systemd service and timer, and end."),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--install", metavar="DIR",
                     help="Write them, and a file for the addresses, into a folder, and end."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Check now and then, and send one message when something changed.

    Told are: a verdict that became worse, a new reason for a WARNING or a REPLACE, a drive that
    cannot be judged or is gone, one that is new, a group of an array that lost a drive, and once
    that it is over. What comes and goes is told a few times and then not again until it lasts.
    A message that could not be sent is kept, and sent with the next round.

    Addresses hold secrets and are never printed. On a command line other users of the machine can
    see them: better put them into the environment (PODPLANNER_NOTIFY, PODPLANNER_PING) or a file.

    Exit statuses with --once are those of `drive check`; 3 also when a message was not taken.

    \b
    Examples:
      podplanner drive watch --once --notify-file /etc/podplanner/notify
      podplanner drive watch --every 15m --ping https://hc-ping.com/UUID
      podplanner drive watch --test --notify mailto://user:password@example.org
      podplanner drive watch --install units/ --bays bays.toml
    """
    _one_of(once=once, test=test, units=units, install=folder is not None)
    if as_json and not (once or test or units or folder is not None):
        raise WrongUsageError("--json prints one object, and a watch goes on",
                              hint="Add --once.")  # fmt: skip
    spans = _spans(every, remind)
    addresses = addresses_of(notify, notify_file, ping)
    looking = Looking(sources, types, timeout, wake, history, no_history, bays, max_age)
    asked = asked_of(devices, looking)
    metrics = metrics_file(prometheus)
    called = printable(name if name is not None else socket.gethostname(), 64) or "pod"
    if units or folder is not None:
        installing = Installing(
            spans.every, looking, tuple(devices or ()), least=least, remind=remind, name=name,
            state=state, metrics=metrics,
        )  # fmt: skip
        if folder is None:
            print_units(installing, as_json=as_json)
        else:
            addresses.targets()
            install(installing, addresses, folder, force=force, as_json=as_json)
        return
    targets = addresses.targets()
    if test:
        _test(called, targets, as_json=as_json)
        return
    watching = Watch(asked, called, _state(state, asked), targets, addresses.ping,
                     _GRAVITIES[least], spans.remind, metrics)  # fmt: skip
    if not once:
        _go_on(watching, spans.every)
        return
    done = make_round(watching)
    if as_json:
        emit_round(done)
    else:
        show_round(done, watching)
    if not done.all_sent:
        raise typer.Exit(STATUS_OF[Verdict.UNKNOWN])
    end_by(done.pod.verdict)


@dataclass(frozen=True, slots=True)
class _Spans:
    every: timedelta
    remind: timedelta


def _spans(every: str, remind: str) -> _Spans:
    found = _Spans(span_option("--every", every), span_option("--remind", remind))
    if found.every < _SHORTEST:
        raise WrongUsageError(f"--every {every}: drives do not change that fast",
                              hint="A minute is the least; an hour is usual.")  # fmt: skip
    return found


def _one_of(**wanted: bool) -> None:
    """Refuse two things at once that each end the command."""
    named = [f"--{'print-units' if key == 'units' else key}" for key, on in wanted.items() if on]
    if len(named) > 1:
        raise WrongUsageError(f"{' and '.join(named)} are different things to do",
                              hint="Choose one of them.")  # fmt: skip


def _state(named: Path | None, asked: Asked) -> Path | None:
    """Return where rounds are remembered; recordings are compared with nothing by themselves."""
    if named is not None:
        if named.is_dir():
            raise WrongUsageError(f"--state {named} is a folder", hint="Name a file in it.")
        return named
    if asked.recordings:
        say("recordings are compared with no earlier round, unless --state names a file")
        return None
    folder = state_folder()
    if folder is None:
        raise FileAccessError("this user has no folder to remember the last round in",
                              hint="Name a file with --state.")  # fmt: skip
    return folder / "drives" / _STATE


def _test(name: str, targets: Sequence[Target], *, as_json: bool) -> None:
    """Send a test to every target."""
    if not targets:
        raise WrongUsageError(
            "nobody is named to send a test to",
            hint="Add --notify URL, --notify-file FILE or PODPLANNER_NOTIFY.",
        )
    message = Message(f"{name}: a test of podplanner drive watch",
                      "Messages about the drives of this pod will look like this one. No drive was "
                      "read, and nothing is wrong.", Tone.NOTE)  # fmt: skip
    reasons = {target.name: send(target, message) for target in targets}
    if as_json:
        emit("drive-watch", {
            "sent": [one for one, reason in reasons.items() if not reason],
            "not_sent": [{"target": one, "reason": r} for one, r in reasons.items() if r],
        })  # fmt: skip
    else:
        for one, reason in reasons.items():
            show(f"{one}: {f'not taken: {reason}' if reason else 'taken'}")
    if any(reasons.values()):
        raise typer.Exit(STATUS_OF[Verdict.UNKNOWN])


def _go_on(watching: Watch, every: timedelta) -> None:
    """Make rounds until somebody ends it; SIGTERM lets the round that runs come to its end."""
    stopped = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True

    kept = signal.signal(signal.SIGTERM, stop)
    try:
        while not stopped:
            due = time.monotonic() + every.total_seconds()
            try:
                show_round(make_round(watching), watching)
            except PodplannerError as error:
                say(f"error: {error.message}")
                if error.hint:
                    say(f"       {error.hint}")
            while not stopped and (left := due - time.monotonic()) > 0:
                time.sleep(min(left, _GLANCE_S))
    finally:
        signal.signal(signal.SIGTERM, kept)
