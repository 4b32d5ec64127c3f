"""Processes that are killed together, at the latest when the process that started them dies."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from support.engines.ports import LOOPBACK

_KILL_ALL_AT_END_OF_INPUT = "read _; kill -KILL 0"
# A shell that leads the group and holds the reading end of a pipe. The kernel closes the writing
# end however the starting process ends, SIGKILL included. PR_SET_PDEATHSIG would tie the engine
# to the thread that started it instead, and tests start engines again from threads.

_LOOK_AGAIN_S = 0.02

_LOCAL, _STATE, _INODE = 1, 3, 9
_LISTENING = "0A"
# Columns of /proc/net/tcp, and a state; see proc_net_tcp in the kernel's documentation.


class EngineError(RuntimeError):
    """An engine did not start, or ended by itself; the message ends with its last log lines."""


class PortTakenError(EngineError):
    """A part of an engine could not bind its port."""


class ProcessGroup:
    """Named processes in one process group, each with a log file in `logs`."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._parts: dict[str, subprocess.Popen[bytes]] = {}
        self._leader: subprocess.Popen[bytes] | None = None

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def pid_of(self, name: str) -> int:
        return self._parts[name].pid

    def names(self) -> list[str]:
        """Return the names of the parts that run."""
        return [name for name, part in self._parts.items() if part.poll() is None]

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start one process; its output is appended to its log."""
        if name in self.names():
            raise RuntimeError(f"{name} already runs")
        if self._leader is None:
            self._leader = subprocess.Popen(
                ["/bin/sh", "-c", _KILL_ALL_AT_END_OF_INPUT], stdin=subprocess.PIPE, process_group=0
            )
        with self.log_of(name).open("ab") as log:
            self._parts[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._logs,
                env={**os.environ, **(environment or {})},
                process_group=self._leader.pid,
            )

    def listens(self, name: str, port: int) -> bool:
        """Say whether this process, and not another that was quicker, listens on a port.

        Raises:
            OSError: Nobody listens there, or the process is not there.
        """
        socket.create_connection((LOOPBACK, port), timeout=5).close()
        if sys.platform != "linux":
            # Nothing says whose a port is; an engine that could not bind ends soon.
            return True
        sockets = {str(link.readlink()) for link in Path(f"/proc/{self.pid_of(name)}/fd").iterdir()}
        return any(f"socket:[{inode}]" in sockets for inode in _listening_on(port))

    def kill(self, name: str) -> None:
        """SIGKILL one process and wait until it is gone."""
        part = self._parts.pop(name)
        part.kill()
        part.wait()

    def kill_all(self) -> None:
        """SIGKILL every process at once and wait until they are gone."""
        if self._leader is None:
            return
        leader, self._leader = self._leader, None
        os.killpg(leader.pid, signal.SIGKILL)
        for process in (*self._parts.values(), leader):
            process.wait()
        self._parts.clear()
        leader.stdin.close()

    def wait_until(self, true: Callable[[], bool], what: str, *, seconds: float) -> None:
        """Wait until `true()`; an OSError of it counts as "not yet".

        Raises:
            PortTakenError: A process ended since something else has its port.
            EngineError: A process ended, or `seconds` went by.
        """
        deadline = time.monotonic() + seconds
        while True:
            self._raise_if_one_ended()
            try:
                if true():
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                logs = "\n".join(self.tail_of(name) for name in self._parts)
                raise EngineError(f"no {what} after {seconds:g} s\n{logs}")
            time.sleep(_LOOK_AGAIN_S)

    def tail_of(self, name: str, lines: int = 12) -> str:
        """Return the last lines of a log under its name."""
        log = self.log_of(name)
        text = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join([f"--- {log.name}", *text.splitlines()[-lines:]])

    def _raise_if_one_ended(self) -> None:
        for name, part in self._parts.items():
            if part.poll() is None:
                continue
            said = self.log_of(name).read_text(errors="replace").lower()
            # A gateway of Ceph ends with the error's number, sometimes before its log says it.
            taken = part.returncode == errno.EADDRINUSE or "address already in use" in said
            kind = PortTakenError if taken else EngineError
            raise kind(f"{name} ended with status {part.returncode}\n{self.tail_of(name)}")


def _listening_on(port: int) -> list[str]:
    """Return the inodes of the sockets that listen on a port, from Linux's table of them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        row[_INODE]
        for row in rows
        if row[_STATE] == _LISTENING and int(row[_LOCAL].rpartition(":")[2], 16) == port
    ]
