"""A store in a cluster, with models that are known byte by byte, and what must hold of both."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from support.engines.cluster import Cluster
from support.engines.commands import Command, Ended, run
from support.engines.engine import BUCKET
from support.engines.faults import ServerClock
from support.engines.promises import (
    demand_equal,
    demand_no_half_pull,
    demand_no_half_version,
    store_at,
)
from support.engines.proxy import FaultProxy
from support.engines.ways import Moved, StandStill, Way, moved_over, wait_until
from support.engines.winners import demand_one_winner
from support.stores import safetensors

from podplanner.errors import BackendUnavailableError

MODEL = "team/cat"
UNAVAILABLE = BackendUnavailableError.exit_code
GRACE, GRACE_S = "10m", 600
# The shortest that a collection of a bucket may have.

_MIB = 2**20
_SIZE = 32 * _MIB
_SHARED = 8 * _MIB
# Of every version: so that there is something that need not be sent.
_TENSOR = _MIB // 2
# An object each: more of them than requests that are under way at once.
_BYTES_PER_S = 8e6
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """A push or a pull of one version."""

    what: Literal["push", "pull"]
    model: Path
    """The directory that is pushed, or was."""
    needed: int
    """Bytes that must be moved."""
    number: int = 0
    """The version that is pulled."""
    dest: Path = Path()
    """Where it is pulled to."""

    def share(self, moved: Moved) -> float:
        """Return how much of it is done, 0 to 1."""
        return (moved.put if self.what == "push" else moved.got) / self.needed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job in whose midst something was killed."""

    job: Job
    share: float
    """How much of it was done at the kill, 0 to 1."""
    ended: Ended
    """Its first run."""
    seconds: float
    """From the kill to the end of the first run."""
    stood_still_s: float
    """For which nothing moved at a stretch, at the longest."""
    runs: int
    moved: int
    """Bytes, by all runs and all requests."""

    @property
    def again(self) -> int:
        """Bytes that were moved more than once."""
        return max(self.moved - self.job.needed, 0)


class Site:
    """A store in a cluster, reached by a way to each gateway."""

    def __init__(self, cluster: Cluster, folder: Path, seed: int) -> None:
        """Make a store.

        Args:
            cluster: One of one's own.
            folder: Empty; for models, caches and what is pulled.
            seed: Of moments, victims and contents.
        """
        self.cluster = cluster
        self.random = random.Random(seed)
        self.address = f"s3://{BUCKET}/site"
        self.versions: dict[int, Path] = {}
        """The directory of every version that was pushed."""
        self._folder = folder
        self._shared = self.random.randbytes(_SHARED)
        self._directories = 0
        self._ways = {
            gateway: Way(cluster.engine(gateway).endpoint, bytes_per_s=_BYTES_PER_S)
            for gateway in cluster.gateways
        }
        self.run("store", "init", self.address)

    def close(self) -> None:
        """Close the ways."""
        for way in self._ways.values():
            way.close()

    # Jobs, and kills in their midst

    def push_job(self, size: int = _SIZE) -> Job:
        """Write the files of a version that is still to be pushed.

        Args:
            size: Bytes of it that no other version has.
        """
        model = self._new_directory("model")
        model.mkdir()
        fresh = self.random.randbytes(size)
        content = (self._shared + fresh) if size == _SIZE else fresh
        tensors = {
            f"layer.{at}": ("U8", (len(part),), part)
            for at in range(0, len(content), _TENSOR)
            if (part := content[at : at + _TENSOR])
        }
        (model / "model.safetensors").write_bytes(safetensors(tensors))
        (model / "config.json").write_text(f'{{"seed": {self.random.getrandbits(64)}}}')
        return Job("push", model, len(fresh) + (0 if self.versions else len(self._shared)))

    def pull_job(self) -> Job:
        """Choose the last version, which shall be pulled to where nothing is known of it."""
        number = max(self.versions)
        model = self.versions[number]
        size = sum(path.stat().st_size for path in model.iterdir())
        return Job("pull", model, size, number, self._new_directory("pulled") / "model")

    def start(self, job: Job, gateway: str) -> Command:
        """Start a push or a pull through a gateway; one that is started again goes on."""
        endpoint = self._ways[gateway].endpoint
        options = ("--store", self.address, "--json")
        if job.what == "push":
            arguments = ("model", "push", str(job.model), MODEL)
            return Command(*arguments, *options, endpoint=endpoint, home=self._folder / "home")
        arguments = ("model", "pull", f"{MODEL}:{job.number}", str(job.dest))
        home = job.dest.parent / "home"
        return Command(*arguments, *options, endpoint=endpoint, home=home)

    def with_kill(
        self,
        kinds: Sequence[Literal["push", "pull"]],
        kill: Callable[[], None],
        *,
        back: Callable[[], None] = lambda: None,
        then: str = "gateway-0",
        share: float | None = None,
    ) -> list[Outcome]:
        """Do something in the midst of jobs through the first gateway, and bring them to their end.

        Args:
            kinds: Of the jobs, at most one push and one pull, which are under way together.
            kill: What is done in their midst.
            back: What is done before they are waited for.
            then: The gateway that they go through if they are run again.
            share: How much of each is done by then, 0 to 1; None: by chance.
        """
        ways = tuple(self._ways.values())
        jobs, commands = self._in_the_midst(kinds, share)
        shares = [job.share(moved_over(ways)) for job in jobs]
        with StandStill(ways) as still:
            kill()
            killed = time.monotonic()
            other = next(name for name in self.cluster.gateways if name in self.cluster.running())
            self._demand_nothing_half(jobs, other)
            back()
            with ThreadPoolExecutor(len(jobs)) as pool:
                ends = list(pool.map(lambda command: (command.end(), time.monotonic()), commands))
        found = []
        for job, (first, ended_at), done in zip(jobs, ends, shares, strict=True):
            runs = self._bring_to_end(job, first, then)
            moved = moved_over(ways)
            found.append(
                Outcome(
                    job=job,
                    share=done,
                    ended=first,
                    seconds=ended_at - killed,
                    stood_still_s=min(still.longest_s, ended_at - killed),
                    runs=runs,
                    moved=moved.put if job.what == "push" else moved.got,
                )
            )
        return found

    def _in_the_midst(
        self, kinds: Sequence[Literal["push", "pull"]], share: float | None
    ) -> tuple[list[Job], list[Command]]:
        """Start jobs, and return when each has moved some of its bytes and none has ended."""
        ways = tuple(self._ways.values())
        for _ in range(_TRIES):
            jobs = [self.push_job() if kind == "push" else self.pull_job() for kind in kinds]
            for way in ways:
                way.forget()
            least = share or self.random.uniform(0.1, 0.7 / len(jobs))
            commands = [self.start(job, "gateway-0") for job in jobs]
            for job, command in zip(jobs, commands, strict=True):
                wait_until(_moves(job, command, ways, least))
            if all(command.is_under_way for command in commands):
                return jobs, commands
            for job, command in zip(jobs, commands, strict=True):
                # Too quick, or the machine too slow to start the other.
                self._bring_to_end(job, command.end(), "gateway-0")
        raise RuntimeError(f"{kinds} are never under way together")

    def cut(self, gateway: str) -> None:
        """Kill a gateway, and refuse connections to it."""
        self.cluster.kill(gateway)
        self._ways[gateway].close()

    def restore(self, gateway: str) -> None:
        """Start a gateway again."""
        self.cluster.start(gateway)
        self._ways[gateway].open()

    def pushed(self, job: Job, ended: Ended) -> int:
        """Take note of a push that ended well, and return the version's number."""
        result = ended.demand_success().result
        assert result["created"], result
        number = result["version"]
        assert number not in self.versions, f"{number} was given twice"
        self.versions[number] = job.model
        return number

    def _bring_to_end(self, job: Job, ended: Ended, gateway: str) -> int:
        """Run a job until it ends well, and return how often it was run."""
        runs = 1
        while ended.code:
            assert ended.code == UNAVAILABLE, ended
            assert ended.result["error"]["code"] in ("unavailable", "outcome-unknown"), ended
            assert runs < _TRIES, f"does not get through: {ended}"
            ended = self.start(job, gateway).end()
            runs += 1
        if job.what == "push":
            self.pushed(job, ended)
        else:
            demand_equal(job.dest, job.model)
        return runs

    def _demand_nothing_half(self, jobs: Sequence[Job], gateway: str) -> None:
        for job in jobs:
            if job.what == "pull":
                demand_no_half_pull(job.dest, job.model)
        endpoint = self.cluster.engine(gateway).endpoint
        at_most = max(self.versions, default=0) + 1
        demand_no_half_version(self.address, endpoint, MODEL, at_most=at_most)

    # What must hold

    def demand_in_two_racks(self) -> int:
        """Find every volume with content in two racks at least, and return how many there are."""
        placement = self.cluster.placement()
        volumes = self.cluster.volumes_with_content()
        assert volumes
        # Each server is a rack of its own.
        alone = {
            volume: servers
            for volume in volumes
            if len(servers := placement.copies.get(volume, frozenset())) < 2
        }
        assert not alone, f"volumes without a copy in a second rack: {alone}"
        return len(volumes)

    def servers_with_content(self) -> list[str]:
        """Return the volume servers that hold an object in a whole volume."""
        placement = self.cluster.placement()
        found = {
            server
            for volume in self.cluster.volumes_with_content()
            for server in placement.copies.get(volume, ())
        }
        return sorted(found)

    def demand_all_read_back(self) -> None:
        """Find exactly the versions that were pushed, each byte by byte, through both gateways."""
        for number, model in self.versions.items():
            gateway = self.cluster.gateways[number % 2]
            dest = self._new_directory("checked") / "model"
            reference = f"{MODEL}:{number}"
            self.run(
                *("model", "pull", reference, str(dest), "--store", self.address),
                gateway=gateway,
                home=dest.parent / "home",
            )
            demand_equal(dest, model)
        for gateway in self.cluster.gateways:
            store = store_at(self.address, self.cluster.engine(gateway).endpoint)
            numbers = {one.record.number for one in store.versions(MODEL)}
            assert numbers == set(self.versions), f"{gateway} shows {numbers}"

    def check(self, gateway: str = "gateway-0") -> int:
        """Find no object bad, missing or cut short, and return how many there are."""
        result = self.run("store", "check", self.address, "--json", gateway=gateway).result
        assert result["ok"], result
        assert not result["problems"], result
        return result["objects"]

    def collect(self) -> tuple[int, int]:
        """Delete the first version, and collect its objects once the time of grace is over.

        The second collection sees the store's clock as if that time had gone by.

        Returns:
            How many objects were marked, and how many were freed.
        """
        number = min(self.versions)
        self.run("model", "delete", f"{MODEL}:{number}", "--store", self.address)
        del self.versions[number]
        collecting = ("store", "gc", self.address, "--grace", GRACE, "--json")
        first = self.run(*collecting).result
        assert first["freed_objects"] == 0, first
        with FaultProxy(self.cluster.engine("gateway-1").endpoint) as proxy:
            proxy.add(ServerClock(GRACE_S + 100))
            done = run(*collecting, endpoint=proxy.endpoint, home=self._folder / "home")
        second = done.demand_success().result
        assert not second["waiting_for"], second
        return first["marked_objects"], second["freed_objects"]

    def doctor(self, gateway: str) -> str:
        """Find a gateway sound, and return what is said of creation through it."""
        done = self.run("store", "doctor", self.address, "--json", gateway=gateway)
        words = {one["name"]: one for one in done.result["results"]}
        assert words["creation"]["verdict"] == "ok", words
        return words["creation"]["words"]

    def demand_one_winner(self) -> int:
        """Let writers on both gateways race, and return for how many keys exactly one won."""
        endpoints = [self.cluster.engine(gateway).endpoint for gateway in self.cluster.gateways]
        return demand_one_winner(f"{self.address}-races", endpoints)

    def run(self, *arguments: str, gateway: str = "gateway-0", home: Path | None = None) -> Ended:
        """Run a command to its end, which must be a good one."""
        endpoint = self.cluster.engine(gateway).endpoint
        home = home or self._folder / "home"
        return run(*arguments, endpoint=endpoint, home=home).demand_success()

    def _new_directory(self, kind: str) -> Path:
        """Return a path at which there is nothing yet; its parent is its own."""
        self._directories += 1
        parent = self._folder / str(self._directories)
        parent.mkdir()
        return parent / kind


def _moves(job: Job, command: Command, ways: Sequence[Way], share: float) -> Callable[[], bool]:
    return lambda: job.share(moved_over(ways)) >= share or not command.is_under_way
