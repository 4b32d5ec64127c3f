"""Who makes a pull: enough to tell later whether that process is still at work."""

import os
import platform
from pathlib import Path
from typing import Literal

import msgspec

FORMAT = "podplanner/pull/1"
QUIET_S = 900.0
"""Seconds without a sign after which a pull on another machine counts as broken off.

A pull gives a sign each half minute while it writes; no read from a store is let wait that long.
"""


class PullMark(msgspec.Struct, frozen=True, kw_only=True):
    """`pull.json` in a staging folder: what is being pulled there, and by whom."""

    format: str
    manifest: str
    """Digest of the manifest, hex."""
    host: str
    boot: str
    """Of the machine's last start; empty where it does not say."""
    space: str
    """In which process numbers count: containers have their own."""
    process: int
    """0: the process has let go of it."""
    started: str
    """Of the process, in the machine's own ticks; empty where it does not say."""

    @classmethod
    def of_this_process(cls, manifest: str, *, released: bool = False) -> "PullMark":
        """Return the mark of a pull by this process, under way or given up."""
        process = 0 if released else os.getpid()
        return cls(
            format=FORMAT,
            manifest=manifest,
            host=platform.node(),
            boot=_boot(),
            space=_space(),
            process=process,
            started=_started(process) or "",
        )

    def state(self) -> Literal["alive", "dead", "unknown"]:
        """Return whether the process that wrote the mark is still there."""
        if not self.process:
            return "dead"
        if self.host != platform.node() or not self.boot:
            return "unknown"
        if self.boot != _boot():
            return "dead"
        if self.space != _space():
            return "unknown"
        started = _started(self.process)
        return "alive" if started is not None and started == self.started else "dead"


def read_mark(content: bytes) -> PullMark | None:
    """Return the mark that bytes write; None when they write none."""
    try:
        mark = msgspec.json.decode(content, type=PullMark)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
    return mark if mark.format == FORMAT else None


def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id")


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(process: int) -> str | None:
    """Return when a process started; None when there is no such process."""
    line = _read(f"/proc/{process}/stat")
    # The name in brackets may hold blanks; the time is the 20th word after it (proc(5)).
    words = line.rpartition(")")[2].split()
    return words[19] if len(words) > 19 and words[0] not in ("Z", "X") else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
