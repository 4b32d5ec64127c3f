"""A SeaweedFS on loopback that tests start, kill and start again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from support.engines import weed
from support.engines.engine import READ_WRITE, Engine, Keys
from support.engines.ports import LOOPBACK, free_ports
from support.engines.processes import PortTakenError, ProcessGroup
from support.engines.weed import Address

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MOST_STARTS = 5
_PATIENCE_S = 60
# Three seconds are usual, and a machine with all its cores busy takes longer.


class SeaweedFs:
    """One master, volume server, filer and S3 gateway, as four processes that are killed as one.

    `weed server` runs the same four in one process, but it sleeps on the way: it serves after
    3.4 s and, after a kill, again after 2.2 s, where these take 2.5 s and 0.8 s.
    """

    NAME = "seaweedfs"

    def __init__(self) -> None:
        """Start it on new ports with an empty directory, and make the bucket."""
        self.directory = Path(tempfile.mkdtemp(prefix="podplanner-seaweedfs-"))
        self._group = ProcessGroup(self.directory)
        for tries_left in reversed(range(_MOST_STARTS)):
            self._addresses = {
                part: Address(*pair)
                for part, pair in zip(
                    ("master", "volume", "filer", "s3"), _pairs(free_ports(8)), strict=True
                )
            }
            try:
                self.start()
                self.engine.make_bucket(self.engine.bucket)
            except PortTakenError:
                self.stop()
                if not tries_left:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                return

    @property
    def engine(self) -> Engine:
        return Engine(self.NAME, self.endpoint)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._addresses['s3'].port}"

    @property
    def bucket(self) -> str:
        return self.engine.bucket

    def access(self, user: str = READ_WRITE) -> Keys:
        return self.engine.access(user)

    def client(self, user: str = READ_WRITE, **options: Any) -> S3Client:
        return self.engine.client(user, **options)

    def make_bucket(self, name: str) -> str:
        return self.engine.make_bucket(name)

    def volume_files(self) -> list[Path]:
        """Return the files that hold the bytes of objects."""
        return sorted((self.directory / "volume").rglob("*.dat"))

    def start(self) -> None:
        """Start it on its own ports and data, and return when it takes objects.

        Raises:
            EngineError: It did not come up.
        """
        for part in self._addresses:
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        users = self.directory / "users.json"
        weed.write_users(users)
        at = self._addresses
        masters = [at["master"]]
        self._start("master", weed.master(at["master"], self.directory / "master"))
        # A volume server that finds no leader tries again only after five seconds.
        self._wait("leader", lambda: weed.ask(at["master"], "/cluster/status").get("IsLeader"))
        self._start(
            "volume", weed.volume_server(at["volume"], self.directory / "volume", masters=masters)
        )
        self._start("filer", weed.filer(at["filer"], self.directory / "filer", masters=masters))
        self._wait("filer", lambda: weed.answers(at["filer"]))
        self._start(
            "s3",
            weed.gateway(at["s3"], self.directory / "s3", filers=[at["filer"]], users=users),
        )
        self._wait("gateway", lambda: weed.answers(at["s3"]))
        self._wait("volume server", lambda: bool(weed.racks(at["master"])))

    def kill(self) -> None:
        """SIGKILL all of it at once; the data stay, and `start` goes on from them."""
        self._group.kill_all()

    def stop(self) -> None:
        """Kill it and remove its data."""
        self.kill()
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

    def _start(self, part: str, command: list[str]) -> None:
        self._group.start(part, command, environment=weed.ENVIRONMENT)

    def _wait(self, what: str, true) -> None:
        self._group.wait_until(true, what, seconds=_PATIENCE_S)


def _pairs(ports: list[int]) -> list[tuple[int, int]]:
    return list(zip(ports[::2], ports[1::2], strict=True))
