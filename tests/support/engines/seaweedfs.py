"""A SeaweedFS on loopback that tests start, kill and start again."""

from collections.abc import Callable
from pathlib import Path

from support.engines import topology, weed
from support.engines.server import Server


class SeaweedFs(Server):
    """One master, volume server, filer and S3 gateway, as four processes that are killed as one.

    `weed server` runs the same four in one process, but it sleeps on the way: it serves after
    3.4 s and, after a kill, again after 2.2 s, where these take 2.5 s and 0.8 s.
    """

    NAME = "seaweedfs"

    def volume_files(self) -> list[Path]:
        """Return the files that hold the bytes of objects."""
        return sorted((self.directory / "volume").rglob("*.dat"))

    def start(self) -> None:
        users = self.directory / "users.json"
        weed.write_users(users)
        at = self._addresses
        masters = [at["master"]]
        # A volume server that finds no leader tries again only after five seconds.
        self._start(
            "master",
            weed.master(at["master"], self._data("master")),
            lambda: topology.leads(at["master"]),
        )
        self._start(
            "volume",
            weed.volume_server(at["volume"], self._data("volume"), masters=masters),
            lambda: bool(topology.racks(at["master"])),
        )
        self._start(
            "filer",
            weed.filer(at["filer"], self._data("filer"), masters=masters),
            lambda: weed.answers(at["filer"]),
        )
        self._start(
            "s3",
            weed.gateway(at["s3"], self._data("s3"), filers=[at["filer"]], users=users),
            lambda: weed.answers(at["s3"]),
        )

    def _choose_ports(self) -> None:
        parts = ("master", "volume", "filer", "s3")
        self._addresses = dict(zip(parts, weed.free_addresses(len(parts)), strict=True))

    @property
    def _s3_port(self) -> int:
        return self._addresses["s3"].port

    def _data(self, part: str) -> Path:
        directory = self.directory / part
        directory.mkdir(exist_ok=True)
        return directory

    def _start(self, part: str, command: list[str], ready: Callable[[], bool]) -> None:
        self._group.start(part, command, environment=weed.ENVIRONMENT)
        self._wait(part, (self._addresses[part].port, self._addresses[part].grpc), ready)
