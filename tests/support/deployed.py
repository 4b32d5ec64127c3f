"""Pods on one machine: what `store deploy` wrote, installed and started as systemd would.

Each pod has a loopback address of its own and a folder that stands for its file system.
"""

import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from support.engines.processes import EngineError, ProcessGroup

OWN_FOLDERS = ("/etc/seaweedfs", "/var/lib/seaweedfs", "/srv/seaweedfs")
"""What a pod has to itself, and several pods on one machine must not share."""

SERVICES = {
    "weed-etcd": "etcd",
    "weed-master": "master",
    "weed-volume": "volume server",
    "weed-filer": "filer",
    "weed-s3": "gateway",
}
"""Unit -> what the check calls it, in the order in which they are started."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PATIENCE_S = 120
# Ten seconds are usual, and a machine with all its cores busy takes longer.


def loopback_addresses(count: int) -> list[str]:
    """Return addresses of this machine that nobody else is likely to use.

    All of 127.0.0.0/8 is loopback on Linux, so each pod can have the usual ports.
    """
    net = f"127.{random.randrange(16, 250)}.{random.randrange(1, 250)}"
    return [f"{net}.{number}" for number in range(1, count + 1)]


@dataclass(frozen=True)
class Unit:
    """A unit of systemd, as far as starting its command goes."""

    name: str
    settings: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Unit":
        """Read a unit; settings that are given twice are refused."""
        settings: dict[str, str] = {}
        for line in path.read_text().replace("\\\n", " ").splitlines():
            key, equals, value = line.partition("=")
            if equals:
                assert key not in settings, f"{path}: {key} is given twice"
                settings[key] = value
        return cls(path.stem, settings)

    def command(self, environment: dict[str, str]) -> list[str]:
        """Return the words of ExecStart; a variable that is not set is an error here."""
        return [
            _VARIABLE.sub(lambda match: environment[match[1]], word)
            for word in self.settings["ExecStart"].split()
        ]


class DeployedPods:
    """The pods of a deployment: installed below a temporary folder, started, killed."""

    def __init__(self, deployment: Path, names: Sequence[str]) -> None:
        self.deployment = deployment
        # Short, for the sockets below it: a path of one has 108 bytes at most.
        self.home = Path(tempfile.mkdtemp(prefix="pods-"))
        self._groups: dict[str, ProcessGroup] = {}
        self._commands: dict[str, dict[str, list[str]]] = {}
        self._started: list[str] = []
        self._up = list(names)
        for name in names:
            self._install(name)

    def root(self, name: str) -> Path:
        """Return the folder that stands for the file system of a pod."""
        return self.home / name

    def inside(self, name: str, word: str) -> str:
        """Return a word with the pod's own folders where they are here."""
        for folder in OWN_FOLDERS:
            word = word.replace(folder, f"{self.root(name)}{folder}")
        return word

    def start(self) -> None:
        """Start one kind of unit after the other on all pods, as the README says."""
        for unit, service in SERVICES.items():
            self._started.append(unit)
            asked = [
                f"ok       {service} of {name}"
                for name, commands in self._commands.items()
                if unit in commands
            ]
            self.wait_until(lambda asked=asked: self._all_say(asked), f"{service} everywhere")

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run the check that was written."""
        return self.run(next(iter(self._commands)), str(self.deployment / "check.sh"))

    def kill(self, name: str) -> None:
        """SIGKILL every process of a pod, as a power cut would."""
        self._up.remove(name)
        self._groups.pop(name).kill_all()

    def pids(self) -> dict[int, str]:
        """Return the process of each running unit, with the pod that it belongs to."""
        return {
            group.pid_of(unit): name
            for name, group in self._groups.items()
            for unit in group.names()
        }

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until `true()`, and start again what ends meanwhile, as `Restart=always` says.

        Raises:
            EngineError: It did not come true in time; the message has the end of every log.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not true():
            if time.monotonic() > deadline:
                raise EngineError(f"no {what} after {_PATIENCE_S} s\n{self._logs()}")
            for name in self._up:
                self._start_again(name)
            time.sleep(0.1)

    def run(self, name: str, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of an operator on a pod."""
        words = [self.inside(name, word) for word in command]
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=60)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for group in self._groups.values():
            group.kill_all()
        shutil.rmtree(self.home, ignore_errors=True)

    def _start_again(self, name: str) -> None:
        """Start every unit of a pod that shall run and does not."""
        group = self._groups.setdefault(name, ProcessGroup(self.root(name)))
        for unit in self._started:
            if unit in self._commands[name] and unit not in group.names():
                group.start(unit, self._commands[name][unit])

    def _all_say(self, lines: Sequence[str]) -> bool:
        return set(lines) <= set(self.check().stdout.splitlines())

    def _install(self, name: str) -> None:
        """Lay the files of a pod down by the written script, and make what systemd would make."""
        root = self.root(name)
        root.mkdir()
        subprocess.run([self.deployment / "install.sh", name, root], check=True,
                       capture_output=True)  # fmt: skip
        environment = dict(
            line.split("=", 1)
            for line in (root / "etc/seaweedfs/pod.env").read_text().splitlines()
            if line and not line.startswith("#")
        )
        for folder in environment["DATA"].split(","):
            Path(self.inside(name, folder)).mkdir(parents=True)
        units = [Unit.read(path) for path in sorted((root / "etc/systemd/system").iterdir())]
        for unit in units:
            for state in unit.settings["StateDirectory"].split():
                (root / "var/lib" / state).mkdir(mode=0o750, exist_ok=True, parents=True)
            assert unit.settings["EnvironmentFile"] == "/etc/seaweedfs/pod.env"
            assert unit.settings["Restart"] == "always"
        self._commands[name] = {
            unit.name: [self.inside(name, word) for word in unit.command(environment)]
            for unit in units
        }

    def _logs(self) -> str:
        return "\n".join(
            f"{name}: {group.tail_of(unit, 4)}"
            for name, group in self._groups.items()
            for unit in self._commands[name]
        )
