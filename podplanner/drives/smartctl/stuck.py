"""Processes that hang in the kernel, remembered from one run to the next.

A smartctl that waits for a drive which will never answer cannot be ended. Another one for the same
drive would hang beside it, at every run one more; so each is written down, and as long as it lives
none is started for its drive. A record is a hint: where the folder cannot be written, nothing is
remembered and nothing else changes.
"""

import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from podplanner.drives.smartctl.device import Device
from podplanner.drives.state_folder import make_private, state_folder

_ENDED = ("Z", "X", "x")
# States of a process that only waits to be reaped (proc_pid_stat(5)).
_STATE, _STARTED = 0, 19
# Fields 3 and 22 of /proc/PID/stat, counted after the name, which may hold anything.
_MOST_BYTES = 10_000
# Of a record; none that was written here is near that.


class StuckProcess(BaseModel):
    """One process that was left behind.

    Attributes:
        born: When it started, in the kernel's own count, with the boot that counts: a number is
            given to another process later.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    born: str
    device: str
    since: datetime


class StuckProcesses:
    """All of them, a file each."""

    def __init__(self, folder: Path | None = None, proc: Path = Path("/proc")) -> None:
        """Keep them in a folder; None: in this user's own."""
        own = state_folder()
        self._folder = folder or (None if own is None else own / "drives" / "stuck")
        self._proc = proc

    def on(self, device: Device) -> StuckProcess | None:
        """Return the process that hangs on a device now; forget one that does not any more."""
        file = self._file(device)
        if file is None:
            return None
        try:
            with file.open("rb") as record:
                found = StuckProcess.model_validate_json(record.read(_MOST_BYTES))
        except (OSError, ValidationError):
            return None
        if found.born and self._born(found.pid) == found.born:
            return found
        with suppress(OSError):
            file.unlink()
        return None

    def note(self, device: Device, pid: int, at: datetime | None = None) -> None:
        """Remember a process that hangs on a device."""
        file, born = self._file(device), self._born(pid)
        if file is None or born is None:
            return
        record = StuckProcess(pid=pid, born=born, device=device.name, since=at or datetime.now(UTC))
        new = file.with_suffix(f".{os.getpid()}.new")
        with suppress(OSError):
            make_private(file.parent)
            new.write_text(record.model_dump_json(), encoding="utf-8")
            new.replace(file)

    def _file(self, device: Device) -> Path | None:
        if self._folder is None:
            return None
        # One drive under several names is one; drives behind one name are told apart by type.
        name = os.path.realpath(device.name)
        which = device.type if device.type is not None and "," in device.type else ""
        digest = hashlib.sha256(f"{name}\0{which}".encode(errors="surrogateescape")).hexdigest()
        return self._folder / f"{digest[:32]}.json"

    def _born(self, pid: int) -> str | None:
        """Return when a process that lives was started; None: it ended, or cannot be seen."""
        if pid <= 0:
            return None
        try:
            line = (self._proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
            boot = (self._proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        fields = line.rpartition(")")[2].split()
        if len(fields) <= _STARTED or fields[_STATE] in _ENDED:
            return None
        return f"{boot} {fields[_STARTED]}"
