"""The end of a process and of all that it started, without waiting for what cannot end.

A process group has the number of its first process, and nobody else gets that number before the
process is reaped: so a group is signalled first, and reaped after.
"""

import os
import signal
from contextlib import suppress
from time import monotonic, sleep

TERM_GRACE_S = 0.2
KILL_GRACE_S = 0.3
"""What a process that can end at all is given to do so; together they stay below the second
that a round may take beyond its time-out."""
FIRST_LOOK_S = 0.001
SLOWEST_LOOK_S = 0.05
"""Between two looks at a process; they grow from the one to the other."""


def end_group(pid: int) -> bool:
    """End a process and all that it started; return whether it ended."""
    signal_group(pid, signal.SIGTERM)
    ended_within(pid, TERM_GRACE_S)
    signal_group(pid, signal.SIGKILL)
    return ended_within(pid, KILL_GRACE_S)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to all processes of a group that are left."""
    # None of the group is left; or one that runs under another user (a program started by sudo).
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def ended_within(pid: int, seconds: float) -> bool:
    """Return whether a child ends within a time."""
    until = monotonic() + seconds
    pause = FIRST_LOOK_S
    while not ended(pid):
        if monotonic() >= until:
            return False
        sleep(pause)
        pause = min(pause * 2, SLOWEST_LOOK_S)
    return True


def ended(pid: int) -> bool:
    """Return whether a child ended, and leave its number taken."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        # Whoever started us has children reaped at once (SIGCHLD ignored).
        return True


def reap(pid: int) -> int | None:
    """Return how a child ended, negative by a signal; None: not yet, or that is lost."""
    try:
        reaped, code = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(code) if reaped else None
