"""A smartctl for PATH that replays what a test lays out: real processes, invented drives.

    fake = install(tmp_path / "bin", {"/dev/sda": Replay(made.ata_hdd()), "/dev/sdb": HANGS})
    monkeypatch.setenv("PATH", fake.path())

It is a shell script (one starts within some 2 ms, so that sixty on two cores stay quick). It takes
`--scan`/`--scan-open` (all that are laid out; `listed=False` leaves a drive out), `--version`,
`-d`/`--device=`, `-n`/`--nocheck=`, `-t`/`--test=` and `-X`, and passes over other options; the
device comes as the one word that is no option. Several drives behind one device are laid out as
`("/dev/bus/0", "megaraid,3")`. A device that is not laid out does not exist.

How a drive behaves (`Replay.behaviour`):
    answer      writes `output`, exits with `status`
    hang        never answers; ends on SIGTERM
    deaf        never answers, hears no SIGTERM, and has a child that holds stdout open
    asleep      with --nocheck: says so and exits as asked; without: is woken and answers
    slow S      answers after S seconds
    killed      is ended by SIGKILL before it writes
    flood       writes without end
Self-tests are noted, and `after` is answered from then on until `-X`, where it is given.

What was asked is in `calls()`: `call ARGUMENTS`, `begin NAME TYPE PID`, `end NAME TYPE PID`,
`asleep NAME TYPE`, `woken NAME TYPE`, `test NAME KIND`, `abort NAME TYPE`.
"""

import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

SCRIPT = Path(__file__).with_name("fake_smartctl.sh")
VERSION = "smartctl 7.3 2022-02-28 r5338 [x86_64-linux-6.1.0] (local build)\n"

Key = str | tuple[str, str]
"""A device, or a device and a type."""


@dataclass(frozen=True)
class Replay:
    """One drive.

    Attributes:
        output: A JSON document, or the bytes themselves.
        status: Exit status; None: the document's own, else 0.
        after: What it writes once a self-test was started; None: the same.
        listed: Whether a scan finds it.
        listed_as: The type that a scan gives it.
    """

    output: object = b"{}"
    status: int | None = None
    behaviour: str = "answer"
    after: object = None
    listed: bool = True
    listed_as: str = "sat"


HANGS = Replay(behaviour="hang")
DEAF = Replay(behaviour="deaf")


@dataclass(frozen=True)
class FakeSmartctl:
    """One that is installed."""

    folder: Path

    @property
    def _data(self) -> Path:
        return self.folder / ".fake-smartctl"

    def path(self) -> str:
        """Return a PATH on which it comes first."""
        return os.pathsep.join([str(self.folder), os.environ.get("PATH", os.defpath)])

    def put(self, key: Key, drive: Replay) -> None:
        """Lay a drive out, in place of one that is there."""
        folder = self._drive(key)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "output").write_bytes(_bytes(drive.output))
        (folder / "status").write_text(f"{_status(drive)}\n")
        (folder / "behaviour").write_text(f"{drive.behaviour}\n")
        if drive.after is not None:
            (folder / "after").write_bytes(_bytes(drive.after))

    def remove(self, key: Key) -> None:
        """Take a drive out: it does not exist any more."""
        shutil.rmtree(self._drive(key))

    def scan_finds(self, document: object) -> None:
        """Lay out what a scan writes: a document, or the bytes themselves."""
        (self._data / "scan.json").write_bytes(_bytes(document))

    def is_version(self, words: str) -> None:
        """Lay out what `--version` writes."""
        (self._data / "version").write_text(words)

    def calls(self, verb: str = "") -> list[str]:
        """Return what was asked, one line each; with a verb: those lines, without it."""
        log = self._data / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.removeprefix(f"{verb} ") for line in lines if line.startswith(verb)]

    def children(self) -> list[int]:
        """Return the processes that deaf drives started and did not wait for."""
        file = self._data / "children"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def _drive(self, key: Key) -> Path:
        name, type_ = (key, "") if isinstance(key, str) else key
        folder = self._data / "drives" / name.lstrip("/")
        return folder / "type" / type_ if type_ else folder


def install(folder: Path, drives: Mapping[Key, Replay] | None = None) -> FakeSmartctl:
    """Make a folder with a smartctl that has these drives."""
    fake = FakeSmartctl(folder)
    (folder / ".fake-smartctl/drives").mkdir(parents=True, exist_ok=True)
    shutil.copy(SCRIPT, folder / "smartctl")
    (folder / "smartctl").chmod(0o755)
    fake.is_version(VERSION)
    laid_out = drives or {}
    for key, drive in laid_out.items():
        fake.put(key, drive)
    fake.scan_finds(scan_listing({key: d for key, d in laid_out.items() if d.listed}))
    return fake


def scan_listing(drives: Mapping[Key, Replay]) -> dict[str, object]:
    """Return the document of a scan; as smartctl's, it has no `devices` where there are none."""
    devices = [
        {"name": name, "info_name": f"{name} [{type_}]", "type": type_, "protocol": protocol(type_)}
        for name, type_ in (
            (k, d.listed_as) if isinstance(k, str) else k for k, d in drives.items()
        )
    ]
    head = {"version": [7, 3], "argv": ["smartctl", "--scan", "--json"], "exit_status": 0}
    found = {"json_format_version": [1, 0], "smartctl": head}
    return {**found, "devices": devices} if devices else found


def still_running(pids: Iterable[int], seconds: float = 5) -> list[int]:
    """Return which processes run on after a time that an ended one needs to be seen as such."""
    left = list(pids)
    ends = time.monotonic() + seconds
    while left and time.monotonic() < ends:
        left = [pid for pid in left if _runs(pid)]
        time.sleep(0.01)
    return left


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def protocol(type_: str) -> str:
    """Return the protocol that smartctl names beside a type."""
    return {"sat": "ATA", "ata": "ATA", "nvme": "NVMe"}.get(type_, "SCSI")


def with_status(drive: Replay, status: int) -> Replay:
    """Return the drive with another exit status, in its document too."""
    document = drive.output
    if isinstance(document, dict):
        head = {**document.get("smartctl", {}), "exit_status": status}
        document = {**document, "smartctl": head}
    return replace(drive, output=document, status=status)


def _bytes(output: object) -> bytes:
    return output if isinstance(output, bytes) else json.dumps(output, indent=2).encode()


def _status(drive: Replay) -> int:
    if drive.status is not None:
        return drive.status
    head = drive.output.get("smartctl") if isinstance(drive.output, dict) else None
    return int(head.get("exit_status", 0)) if isinstance(head, dict) else 0
