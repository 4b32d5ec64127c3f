"""What every engine that tests start has in common: its life, and what a test sees of it."""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from support.engines.engine import READ_WRITE, Engine, Keys
from support.engines.ports import LOOPBACK
from support.engines.processes import PortTakenError, ProcessGroup

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MOST_STARTS = 5
_PATIENCE_S = 60
# Three seconds are usual, and a machine with all its cores busy takes longer.


class Server(ABC):
    """An engine on loopback, as processes that are killed as one, with a directory of its own."""

    NAME: ClassVar[str]

    def __init__(self) -> None:
        """Start it on new ports with an empty directory, and make the bucket.

        Raises:
            EngineError: It did not come up.
        """
        for tries_left in reversed(range(_MOST_STARTS)):
            # A short path: those of Unix sockets end after 107 bytes.
            self.directory = Path(tempfile.mkdtemp(prefix=f"podplanner-{self.NAME}-"))
            self._group = ProcessGroup(self.directory)
            try:
                self._choose_ports()
                self.start()
                self._make_first_bucket()
            except PortTakenError:
                self.stop()
                if not tries_left:
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                return

    @abstractmethod
    def _choose_ports(self) -> None:
        """Choose the ports of a first start; later ones use the same."""

    @abstractmethod
    def start(self) -> None:
        """Start it on its own ports and data, and return when it takes objects.

        Raises:
            EngineError: It did not come up.
        """

    @property
    @abstractmethod
    def _s3_port(self) -> int: ...

    def _make_first_bucket(self) -> None:
        self.make_bucket(self.bucket)

    @property
    def engine(self) -> Engine:
        return Engine(self.NAME, self.endpoint)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._s3_port}"

    @property
    def bucket(self) -> str:
        return self.engine.bucket

    def access(self, user: str = READ_WRITE) -> Keys:
        return self.engine.access(user)

    def client(self, user: str = READ_WRITE, **options: Any) -> S3Client:
        return self.engine.client(user, **options)

    def make_bucket(self, name: str) -> str:
        return self.engine.make_bucket(name)

    def kill(self) -> None:
        """SIGKILL all of it at once; the data stay, and `start` goes on from them."""
        self._group.kill_all()

    def stop(self) -> None:
        """Kill it and remove its data."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pids(self) -> list[int]:
        """Return the processes that it runs as."""
        return [self._group.pid_of(name) for name in self._group.names()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self, part: str, ports: Iterable[int], ready: Callable[[], bool]) -> None:
        """Wait until a part listens on all its ports and is ready."""
        ports = list(ports)
        self._group.wait_until(
            lambda: ready() and all(self._group.listens(part, port) for port in ports),
            f"answer from {part}",
            seconds=_PATIENCE_S,
        )
