"""Read the state of this machine's arrays: `zpool status`, /proc/mdstat, `ceph`."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from podplanner.drives.arrays.devices import with_devices
from podplanner.drives.arrays.joining import Told, state_of
from podplanner.drives.arrays.recognising import MDSTAT, ZPOOL_JSON, ZPOOL_TEXT
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.smartctl.running import Command, Ran, Run, run_process

_TIMEOUT_S = 20.0
# Both answer in a second where nothing hangs; `zpool status` of a suspended pool may never.
_SEARCHED = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
# Users' PATH often lacks the folders of system programs.
_NO_MODULE = (
    "modules are not loaded",
    "modules cannot be auto-loaded",
    "no such file or directory",
)
# What libzfs says where the kernel has no ZFS: then it has no pools either.


def find_program(name: str) -> str | None:
    """Return where a program is, on PATH or where systems keep theirs."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_SEARCHED))


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this machine's state is read; tests name other places."""

    find: Callable[[str], str | None] = find_program
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def at(self, path: str) -> Path:
        """Return a path of this machine."""
        return self.root / path.lstrip("/")


def read_arrays(run: Run = run_process, *, machine: Machine | None = None) -> ArrayState:
    """Return the state of all arrays of this machine; what cannot be read is its trouble.

    Only what is there is asked: without ZFS or Ceph nothing is said of them. A command that hangs
    is left behind, as `run` does it. Nothing is changed.
    """
    machine = machine or Machine()
    told: list[Told] = []
    trouble: list[str] = []
    for found in (*_zfs(run, machine), *_md(machine), *_ceph(run, machine)):
        if isinstance(found, Told):
            told.append(found)
        else:
            trouble.append(found)
    return with_devices(state_of(told, trouble), machine.root)


def _zfs(run: Run, machine: Machine) -> Iterator[Told | str]:
    program = machine.find("zpool")
    loaded = machine.at("/sys/module/zfs").exists()
    if program is None:
        if loaded:
            yield "ZFS is loaded, and `zpool` is not found: its pools are not known"
        return
    ran = run(Command((program, "status", "-j", "--json-int", "-T", "u"), _TIMEOUT_S))
    if ran.status in (1, 2) and "option" in _errors(ran):
        # OpenZFS before 2.3 has no JSON.
        ran = run(Command((program, "status", "-P"), _TIMEOUT_S))
        if ran.status == 0:
            yield Told("zpool status", ZPOOL_TEXT, _output(ran))
            return
    elif ran.status == 0:
        yield _document(ran, "zpool status -j", ZPOOL_JSON)
        return
    if not loaded and any(words in _errors(ran).lower() for words in _NO_MODULE):
        return
    yield _failure(ran, "`zpool status`")


def _md(machine: Machine) -> Iterator[Told | str]:
    path = machine.at("/proc/mdstat")
    try:
        yield Told("/proc/mdstat", MDSTAT, path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"/proc/mdstat cannot be read: {error.strerror or error}"


def _ceph(run: Run, machine: Machine) -> Iterator[Told | str]:
    if not _has_osds(machine):
        return
    program = machine.find("ceph")
    if program is None:
        yield ("Ceph OSDs are on this machine, and `ceph` is not found: install ceph-common, or "
               "run this inside `cephadm shell`")  # fmt: skip
        return
    questions = {
        "ceph-status": ("status",),
        "ceph-osd-dump": ("osd", "dump"),
        "ceph-osd-metadata": ("osd", "metadata"),
        "ceph-pgs": ("pg", "dump", "pgs_brief"),
    }
    for kind, words in questions.items():
        found = _asked(run, program, kind, words)
        yield found
        if not isinstance(found, Told):
            # A cluster that does not answer one question lets each of them time out.
            return
        if kind == "ceph-osd-dump" and (leaving := _leaving(found.content)):
            yield _asked(run, program, "ceph-destroyable", ("osd", "safe-to-destroy", *leaving))


def _has_osds(machine: Machine) -> bool:
    """Return whether OSDs keep their things here, under their own folder or the cluster's."""
    folder = machine.at("/var/lib/ceph")
    try:
        return any(folder.glob("osd/*")) or any(folder.glob("*/osd.*"))
    except OSError:
        return folder.exists()


def _asked(run: Run, program: str, kind: str, words: tuple[str, ...]) -> Told | str:
    arguments = (program, "--connect-timeout", "10", *words, "-f", "json")
    ran = run(Command(arguments, _TIMEOUT_S))
    name = f"ceph {' '.join(words[:2])}"
    if ran.output.strip() and kind == "ceph-destroyable":
        # Its status says that not all of them may go; the answer says which may.
        return _document(ran, name, kind)
    return _document(ran, name, kind) if ran.status == 0 else _failure(ran, f"`{name}`")


def _leaving(dump: object) -> tuple[str, ...]:
    """Return the numbers of OSDs that are down or out."""
    osds = dump.get("osds") if isinstance(dump, dict) else None
    return tuple(
        str(osd["osd"])
        for osd in (osds if isinstance(osds, list) else ())
        if isinstance(osd, dict) and isinstance(osd.get("osd"), int)
        and not (osd.get("up") and osd.get("in"))
    )  # fmt: skip


def _document(ran: Ran, source: str, kind: str) -> Told | str:
    if ran.cut:
        return f"`{source}` writes more than is read: what it tells is not known"
    try:
        return Told(source, kind, json.loads(_output(ran)))
    except (ValueError, RecursionError):
        return f"`{source}` writes no JSON: what it tells is not known"


def _failure(ran: Ran, name: str) -> str:
    if ran.left is not None:
        return f"{name} hangs in the kernel (process {ran.left}): what it would tell is not known"
    if ran.timed_out:
        return f"{name} did not answer within {_TIMEOUT_S:.0f} s: what it would tell is not known"
    last = next((line for line in reversed(_errors(ran).splitlines()) if line.strip()), "")
    how = f"exit status {ran.status}" if ran.signal is None else f"ended by signal {ran.signal}"
    return f"{name} failed ({how}): {last.strip()[:160] or 'it does not say why'}"


def _output(ran: Ran) -> str:
    return ran.output.decode("utf-8", errors="replace")


def _errors(ran: Ran) -> str:
    return ran.errors.decode("utf-8", errors="replace")
