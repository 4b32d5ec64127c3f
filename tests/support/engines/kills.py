"""An engine that is killed at random moments of pushes and pulls, and what becomes of them.

Promised is: nothing half-done is ever seen, a command either goes on when the engine is back or
ends with the exit code for an engine that does not answer, and run again it ends well, without
sending again what was stored.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from support.engines.commands import Command, Ended, run
from support.engines.promises import (
    demand_equal,
    demand_no_half_pull,
    demand_no_half_version,
    store_at,
)
from support.engines.proxy import FaultProxy
from support.engines.server import Server

from podplanner.errors import BackendUnavailableError

UNAVAILABLE = BackendUnavailableError.exit_code
MODEL = "team/cat"
_TRIES = 6
_SETTLES_S = 10.0
_MIB = 2**20
_SIZE = 24 * _MIB
_SHARED = 8 * _MIB
# Of every version: so that there is something that need not be sent.
_SMALL = 30


@dataclass(frozen=True, slots=True)
class Round:
    """What one kill did to one command."""

    what: Literal["push", "pull"]
    after_s: float
    """When the engine was killed, after the command was started."""
    hit: bool
    """Whether the command was still under way then."""
    runs: int
    """How often it was started; 1: it went on by itself."""
    needed: int
    """Bytes that had to be moved."""
    moved: int
    """Bytes that were moved, by all runs and all requests."""

    @property
    def again(self) -> int:
        """Bytes that were moved more than once."""
        return max(self.moved - self.needed, 0)


class Kills:
    """Rounds of commands and kills on one store."""

    def __init__(self, server: Server, folder: Path, seed: int) -> None:
        """Make a store.

        Args:
            server: An engine of one's own.
            folder: Empty; for models, caches and what is pulled.
            seed: Of the moments and the contents.
        """
        self._server = server
        self._folder = folder
        self._random = random.Random(seed)
        self._proxy = FaultProxy(server.endpoint)
        self._shared = self._random.randbytes(_SHARED)
        self._usual = {"push": 1.2, "pull": 0.8}
        self.address = f"s3://{server.bucket}/kills-{seed}"
        self.versions = 0
        made = self._run("store", "init", self.address)
        if "rounds of" in made.words:
            # Just after its start, on a busy machine, SeaweedFS 4.48 was twice seen to let two
            # writers win. `init` refuses it then, rightly; once it has settled it must not.
            time.sleep(_SETTLES_S)
            made = self._run("store", "init", self.address)
        made.demand_success()

    def close(self) -> None:
        """Close the way to the engine."""
        self._proxy.close()

    def push(self) -> Round:
        """Push the next version while the engine is killed, until it is there."""
        model = self._folder / "model"
        content = self._write(model)
        found = self._with_kill("push", ["model", "push", str(model), MODEL], "PUT", content)
        self.versions += 1
        store = store_at(self.address, self._server.endpoint)
        assert store.versions(MODEL)[0].record.number == self.versions
        self._demand_whole(self.versions, model)
        return found

    def pull(self) -> Round:
        """Pull the latest version while the engine is killed, until it is there."""
        dest = self._folder / f"pulled-{self._random.getrandbits(32)}"
        model = self._folder / "model"
        size = sum(path.stat().st_size for path in model.iterdir())
        found = self._with_kill("pull", ["model", "pull", MODEL, str(dest)], "GET", size, dest)
        demand_equal(dest, model)
        return found

    def _with_kill(
        self,
        what: Literal["push", "pull"],
        arguments: list[str],
        method: str,
        needed: int,
        dest: Path | None = None,
    ) -> Round:
        self._proxy.forget()
        after = self._random.uniform(0.2, 1.1) * self._usual[what]
        command = self._start(*arguments, "--store", self.address, "--json")
        time.sleep(after)
        self._server.kill()
        hit = command.is_under_way
        time.sleep(self._random.uniform(0.1, 2.0))
        self._demand_nothing_half(dest)
        self._server.start()
        self._demand_nothing_half(dest)
        runs = 1
        while True:
            ended = command.end()
            if ended.code == 0:
                break
            assert ended.code == UNAVAILABLE, ended
            assert ended.result["error"]["code"] in ("unavailable", "outcome-unknown")
            assert runs < _TRIES, f"{what} does not get through: {ended}"
            command = self._start(*arguments, "--store", self.address, "--json")
            runs += 1
        # Aims at the time in which the command is under way, which depends on the machine.
        self._usual[what] *= 1.1 if hit else 0.7
        moved = self._proxy.sent(method) if what == "push" else self._proxy.received(method)
        return Round(what, after, hit, runs, needed, moved)

    def _demand_nothing_half(self, dest: Path | None) -> None:
        if dest is not None:
            demand_no_half_pull(dest, self._folder / "model")
        demand_no_half_version(
            self.address, self._server.endpoint, MODEL, at_most=self.versions + 1
        )

    def _demand_whole(self, number: int, model: Path) -> None:
        dest = self._folder / "checked"
        options = ["--swap"] if dest.exists() else []
        command = ["model", "pull", f"{MODEL}:{number}", str(dest), "--store", self.address]
        self._run(*command, *options).demand_success()
        demand_equal(dest, model)

    def _write(self, model: Path) -> int:
        """Write the next version's files and return how many bytes are new in them."""
        model.mkdir(exist_ok=True)
        fresh = self._random.randbytes(_SIZE - _SHARED)
        (model / "weights.bin").write_bytes(self._shared + fresh)
        small = 0
        for number in range(_SMALL):
            content = self._random.randbytes(self._random.randrange(1, 60_000))
            (model / f"part-{number}.json").write_bytes(content)
            small += len(content)
        return len(fresh) + small + (0 if self.versions else _SHARED)

    # Commands

    def _start(self, *arguments: str) -> Command:
        return Command(*arguments, endpoint=self._proxy.endpoint, home=self._folder / "home")

    def _run(self, *arguments: str) -> Ended:
        return run(*arguments, endpoint=self._proxy.endpoint, home=self._folder / "home")
