"""A SeaweedFS of many processes on loopback, each of which tests kill and start again."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from support.engines import topology, weed
from support.engines.engine import BUCKET, Engine
from support.engines.processes import EngineError, PortTakenError, ProcessGroup
from support.engines.topology import Placement
from support.engines.weed import Address

SHARDS_TO_READ = 10
"""An erasure-coded volume is 14 shards, of which any ten are the whole of it."""

_MASTERS = 3
_MOST_STARTS = 5
_PATIENCE_S = 120
# Elections and new copies take seconds, and a machine with all its cores busy takes longer.

_ANY_SERVER = "-shardReplicaPlacement=000"
# Shards go by the replication of the masters otherwise, and "one copy in another rack" then means
# "one shard in each": 11 of 14 stay on one server, and with it the volume is lost.


class Cluster:
    """Three masters, volume servers in a rack each, one filer and two S3 gateways.

    The parts are named `master-0`, `volume-0`, `filer` and `gateway-0`, and so on. With the usual
    replication each volume has a copy in two racks. There is one filer, since two with stores of
    their own would agree only after a while; what is lost with it is not what is tested.
    """

    def __init__(self, *, volume_servers: int = 3, replication: str = "010") -> None:
        """Start it on new ports with empty directories, and make the bucket.

        Args:
            volume_servers: How many; four or more where volumes are erasure-coded, so that the
                loss of one leaves ten shards.
            replication: Copies in other data centers, other racks, and on servers of the rack.

        Raises:
            EngineError: It did not come up.
        """
        self._replication = replication
        self.masters = [f"master-{n}" for n in range(_MASTERS)]
        self.volume_servers = [f"volume-{n}" for n in range(volume_servers)]
        self.filer = "filer"
        self.gateways = ["gateway-0", "gateway-1"]
        for tries_left in reversed(range(_MOST_STARTS)):
            self.directory = Path(tempfile.mkdtemp(prefix="podplanner-cluster-"))
            self._group = ProcessGroup(self.directory)
            try:
                self._start_all()
            except PortTakenError:
                self.stop()
                if not tries_left:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                return

    def engine(self, gateway: str = "gateway-0") -> Engine:
        """Return the cluster as one of its gateways shows it."""
        return Engine(f"cluster through {gateway}", f"http://{self._at[gateway].http}")

    def leader(self) -> str:
        """Return the master that leads now.

        Raises:
            EngineError: There was none for two minutes.
        """
        found: list[str] = []

        def one_leads() -> bool:
            for name in self._running(self.masters):
                with suppress(OSError):
                    if topology.leads(self._at[name]):
                        found.append(name)
                        return True
            return False

        self._wait("leader among the masters", one_leads)
        return found[0]

    def running(self) -> list[str]:
        """Return the names of the parts that run."""
        return self._group.names()

    def kill(self, name: str) -> None:
        """SIGKILL one part; its data stay."""
        self._group.kill(name)

    def start(self, name: str) -> None:
        """Start a part again on its own port and data, and return when it takes part.

        Raises:
            EngineError: It did not come up.
        """
        self._launch(name)
        self._await(name)

    def wipe(self, volume_server: str) -> None:
        """Let a volume server come back empty, as one does whose disks were replaced."""
        if volume_server in self.running():
            self.kill(volume_server)
        shutil.rmtree(self._data(volume_server))
        self.start(volume_server)

    def placement(self) -> Placement:
        """Return where volumes lie once master and disks agree; servers that are down hold none.

        Raises:
            EngineError: They did not agree for two minutes.
        """
        agreed: list[Placement] = []

        def they_agree() -> bool:
            running = self._running(self.volume_servers)
            seen = topology.on_disks({name: self._data(name) for name in running})
            names = {self._at[name].http: name for name in self.volume_servers}
            known = Placement(
                topology.copies_at(self._at[self.leader()], names),
                topology.in_list(self.shell("volume.list"), names),
            )
            agreed.append(seen)
            return seen == known

        self._wait("agreement of master and disks on where volumes lie", they_agree)
        return agreed[-1]

    def repair(self) -> str:
        """Copy volumes that have too few copies, and return what was said about it."""
        return self.shell("lock", "volume.fix.replication -apply", "unlock")

    def erasure_code(self) -> str:
        """Turn every volume that holds an object into shards, spread evenly over the servers."""
        # Named one by one: what the master knows of their sizes is seconds old. An empty volume
        # would make it fail.
        volumes = ",".join(map(str, self.volumes_with_content()))
        return self.shell(
            "lock", f"ec.encode -volumeIds={volumes} -batchSize=0 {_ANY_SERVER}", "unlock"
        )

    def volumes_with_content(self) -> list[int]:
        """Return the whole volumes, not erasure-coded, that hold an object on a running server."""
        running = self._running(self.volume_servers)
        found = {n for name in running for n in topology.with_content(self._data(name))}
        return sorted(found)

    def repair_shards(self) -> str:
        """Compute missing shards from the others, and spread them evenly."""
        return self.shell(
            "lock",
            f"ec.rebuild -collection={BUCKET} -apply",
            f"ec.balance -collection={BUCKET} -apply {_ANY_SERVER}",
            "unlock",
        )

    def shell(self, *commands: str) -> str:
        """Return what `weed shell` says to commands.

        Raises:
            EngineError: One of them failed.
        """
        masters = ",".join(str(self._at[name]) for name in self._running(self.masters))
        done = subprocess.run(
            [str(weed.binary()), "shell", f"-master={masters}", f"-filer={self._at[self.filer]}"],
            input="\n".join([*commands, "exit"]),
            text=True,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            cwd=self.directory,
        )
        if done.returncode or "error:" in done.stdout:
            raise EngineError(f"{commands}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def stop(self) -> None:
        """Kill all of it and remove its data."""
        self._group.kill_all()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_all(self) -> None:
        parts = [*self.masters, *self.volume_servers, self.filer, *self.gateways]
        self._at = dict(zip(parts, weed.free_addresses(len(parts)), strict=True))
        weed.write_users(self.directory / "users.json")
        # One kind at a time: who does not find what it needs looks again only after seconds.
        for names in (self.masters, [*self.volume_servers, self.filer], self.gateways):
            for name in names:
                self._launch(name)
            for name in names:
                self._await(name)
        self.engine().make_bucket(BUCKET)

    def _launch(self, name: str) -> None:
        at, data, kind = self._at[name], self._data(name), name.partition("-")[0]
        if kind == "master":
            peers = [self._at[master] for master in self.masters]
            command = weed.master(at, data, peers=peers, replication=self._replication)
        elif kind == "volume":
            command = weed.volume_server(
                at, data, masters=self._masters_leader_first(), rack=f"rack-of-{name}"
            )
        elif kind == "filer":
            masters = self._masters_leader_first()
            command = weed.filer(at, data, masters=masters, replication=self._replication)
        else:
            command = weed.gateway(
                at, data, filers=[self._at[self.filer]], users=self.directory / "users.json"
            )
        self._group.start(name, command, environment=weed.ENVIRONMENT)

    def _await(self, name: str) -> None:
        """Wait until a part that was started takes part."""
        at, kind = self._at[name], name.partition("-")[0]

        def ready() -> bool:
            if kind == "volume":
                return f"rack-of-{name}" in topology.racks(self._at[self.leader()])
            if kind == "master":
                return bool(weed.ask(at, "/cluster/status").get("Leader"))
            return weed.answers(at)

        self._wait(
            f"answer from {name}",
            lambda: (
                ready()
                and self._group.listens(name, at.port)
                and self._group.listens(name, at.grpc)
            ),
        )

    def _masters_leader_first(self) -> list[Address]:
        """Return the masters in the order in which a server should ask them.

        One that asks another first is told of the leader, and goes there three seconds later.
        """
        leader = self.leader()
        return [self._at[name] for name in sorted(self.masters, key=lambda name: name != leader)]

    def _data(self, name: str) -> Path:
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        return directory

    def _running(self, names: list[str]) -> list[str]:
        running = self._group.names()
        return [name for name in names if name in running]

    def _wait(self, what: str, true: Callable[[], bool]) -> None:
        self._group.wait_until(true, what, seconds=_PATIENCE_S)
