"""The engine that everybody is measured on: a SeaweedFS of one process, with an empty folder."""

import http.client
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from processes import fresh
from support.engines.ports import LOOPBACK, free_ports
from support.engines.processes import PortTakenError, ProcessGroup

ACCESS_KEY = "BENCH0ACCESSKEY"
SECRET_KEY = "secret-of-the-bench-01234567890123456789"
REGION = "us-east-1"
BUCKET = "bench"
_USERS = {
    "identities": [
        {
            "name": "bench",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}
_PREPARE = """
import sys, boto3
client = boto3.client("s3", endpoint_url=sys.argv[1])
client.create_bucket(Bucket=sys.argv[2])
for number in range(16):
    key = f"warm-up/{number}"
    client.put_object(Bucket=sys.argv[2], Key=key, Body=bytes(2**20))
    client.delete_object(Bucket=sys.argv[2], Key=key)
"""
# The first objects of a bucket wait for its volumes to be made, whoever writes them. In a process
# of its own: boto3 would make this one larger than some of those that are measured.

_COUNTED = re.compile(r"^SeaweedFS_s3_(\w+)\{(.*)\} ([0-9.e+]+)$", re.MULTILINE)
_KIND = re.compile(r'type="(\w+)"')
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_TRIES = 5
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Count:
    """What the engine has counted since it started."""

    requests: dict[str, int]
    """By verb: GET, HEAD, LIST and so on, as the engine names them."""
    sent_up: int
    """Bytes of bodies that clients sent."""
    sent_down: int
    """Bytes of bodies that clients got."""
    cpu_s: float
    """Of the engine's own process."""

    def since(self, before: "Count") -> "Count":
        """Return what came after an earlier count."""
        kinds = {
            kind: number - before.requests.get(kind, 0) for kind, number in self.requests.items()
        }
        return Count(
            {kind: number for kind, number in sorted(kinds.items()) if number},
            self.sent_up - before.sent_up,
            self.sent_down - before.sent_down,
            self.cpu_s - before.cpu_s,
        )


class SeaweedFs:
    """A running engine with one bucket; its data are gone when it is stopped."""

    def __init__(self, folder: Path, host: str = LOOPBACK) -> None:
        """Start it.

        Args:
            folder: Where it keeps its data and logs; what is there is removed.
            host: The address at which it listens.
        """
        self.host = host
        for tries_left in reversed(range(_TRIES)):
            self._folder = fresh(folder)
            self._folder.mkdir(parents=True)
            self._group = ProcessGroup(self._folder)
            try:
                self._start()
                return
            except PortTakenError:
                self.stop()
                if not tries_left:
                    raise
            except BaseException:
                self.stop()
                raise

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self._s3}"

    def count(self) -> Count:
        """Return what the gateway has counted of requests and bodies."""
        requests: dict[str, int] = {}
        up = down = 0
        for name, labels, word in _COUNTED.findall(_page(self.host, self._metrics)):
            number = int(float(word))
            if name == "request_total" and (kind := _KIND.search(labels)):
                requests[kind[1]] = requests.get(kind[1], 0) + number
            elif name == "bucket_traffic_received_bytes_total":
                up += number
            elif name == "bucket_traffic_sent_bytes_total":
                down += number
        return Count(requests, up, down, _cpu_of(self._group.pid_of("weed")))

    def stored_bytes(self) -> int:
        """Return how large the files are that hold the bytes of objects."""
        return sum(path.stat().st_size for path in self._folder.rglob("*.dat"))

    def stop(self) -> None:
        self._group.kill_all()
        fresh(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _start(self) -> None:
        users = self._folder / "users.json"
        users.write_text(json.dumps(_USERS))
        data = self._folder / "data"
        data.mkdir()
        ports = free_ports(9)
        self._s3, self._metrics = ports[:2]
        parts = ("s3.port", "metricsPort", "s3.port.grpc", "master.port", "master.port.grpc",
                 "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")  # fmt: skip
        command = [
            *(str(Path(sys.executable).parent / "weed"), "-logtostderr=true", "server"),
            *(f"-{part}={port}" for part, port in zip(parts, ports, strict=True)),
            *(f"-dir={data}", f"-ip={self.host}", f"-ip.bind={self.host}"),
            *("-filer", "-s3", f"-s3.config={users}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *("-master.volumeSizeLimitMB=1024", "-volume.max=100", "-master.telemetry=false"),
        ]
        self._group.start("weed", command)
        self._group.wait_until(
            lambda: (
                bool(_page(self.host, self._s3, "/status") is not None)
                and bool(_page(self.host, self._metrics))
            ),
            "answer from weed",
            seconds=_PATIENCE_S,
        )
        subprocess.run(
            [sys.executable, "-c", _PREPARE, self.endpoint, BUCKET],
            check=True,
            env={**os.environ, **environment(self.endpoint)},
        )


def environment(endpoint: str) -> dict[str, str]:
    """Return what tells clients where the engine is and who they are."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def _page(host: str, port: int, path: str = "/metrics") -> str:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(f"{host}:{port}{path}: {error!r}") from error
    finally:
        connection.close()


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
