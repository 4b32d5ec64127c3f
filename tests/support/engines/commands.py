"""The real commands, as processes that reach an engine by an address that they are given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.engines.engine import KEYS, READ_WRITE, REGION

_PATIENCE_S = 300
# A command gives an engine up after a minute without an answer, and may have several such minutes.


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    arguments: tuple[str, ...]
    code: int
    out: str
    words: str
    """What it said beside its result."""

    @property
    def result(self) -> dict[str, Any]:
        """What a command with `--json` answers."""
        return json.loads(self.out)

    def demand_success(self) -> Ended:
        assert self.code == 0, f"{self.arguments} ended with {self.code}: {self.out}\n{self.words}"
        return self


class Command:
    """A command that has been started."""

    def __init__(self, *arguments: str, endpoint: str, home: Path) -> None:
        """Start it.

        Args:
            arguments: Those of `podplanner`.
            endpoint: Where it finds the engine.
            home: Where it keeps caches, and what it remembers of earlier pulls.
        """
        self._arguments = arguments
        self._process = subprocess.Popen(
            [sys.executable, "-m", "podplanner", *arguments],
            env=_environment(endpoint, home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def is_under_way(self) -> bool:
        return self._process.poll() is None

    def end(self) -> Ended:
        """Wait until it has ended."""
        try:
            out, words = self._process.communicate(timeout=_PATIENCE_S)
        except BaseException:
            self._process.kill()
            raise
        return Ended(self._arguments, self._process.returncode, out, words)


def run(*arguments: str, endpoint: str, home: Path) -> Ended:
    """Run a command to its end."""
    return Command(*arguments, endpoint=endpoint, home=home).end()


def _environment(endpoint: str, home: Path) -> dict[str, str]:
    keys = KEYS[READ_WRITE]
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **others,
        "PODPLANNER_S3_ENDPOINT": endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "aws-credentials"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
