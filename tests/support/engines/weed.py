"""How the parts of SeaweedFS are started: the command of each, on loopback, with quick elections.

Every port is given, since what is not given is a fixed number: a gRPC port is the HTTP port plus
10,000, and a gateway opens 8181 and 9101 as well.
"""

import http.client
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.engines.engine import ADMIN, BUCKET, KEYS, NO_LIST, READ_ONLY, READ_WRITE
from support.engines.ports import LOOPBACK, free_ports

VOLUME_LIMIT_MB = 128
"""Size at which a volume counts as full; small, since every bucket has volumes of its own."""

_MOST_VOLUMES = 1_000
_ON_LOOPBACK = (f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}")

ENVIRONMENT: Mapping[str, str] = {
    # Two new volumes at a time instead of seven: a bucket's first object comes sooner.
    "WEED_MASTER_VOLUME_GROWTH_COPY_1": "2",
    "WEED_MASTER_VOLUME_GROWTH_COPY_2": "2",
}

_ACTIONS = {
    ADMIN: ["Admin", "Read", "Write", "List", "Tagging"],
    READ_WRITE: [f"{verb}:{BUCKET}" for verb in ("Read", "Write", "List", "Tagging")],
    READ_ONLY: [f"{verb}:{BUCKET}" for verb in ("Read", "List")],
    NO_LIST: [f"{verb}:{BUCKET}" for verb in ("Read", "Write", "Tagging")],
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part listens: HTTP and gRPC."""

    port: int
    grpc: int

    def __str__(self) -> str:
        """Return it as SeaweedFS writes it, host:port.grpc."""
        return f"{LOOPBACK}:{self.port}.{self.grpc}"

    @property
    def flags(self) -> tuple[str, str]:
        return f"-port={self.port}", f"-port.grpc={self.grpc}"

    @property
    def http(self) -> str:
        return f"{LOOPBACK}:{self.port}"


def free_addresses(count: int) -> list[Address]:
    """Return addresses on ports that are free now."""
    ports = free_ports(2 * count)
    return [Address(*pair) for pair in zip(ports[::2], ports[1::2], strict=True)]


def binary() -> Path:
    """Return the `weed` of the development dependencies.

    Raises:
        FileNotFoundError: It is not installed.
    """
    beside_python = Path(sys.executable).parent / "weed"
    found = beside_python if beside_python.exists() else shutil.which("weed")
    if found is None:
        raise FileNotFoundError(
            "no SeaweedFS: PyPI has none for this machine, put a `weed` on the PATH"
        )
    return Path(found)


def write_users(path: Path) -> None:
    """Write the gateway's file of users."""
    identities = [
        {
            "name": user,
            "credentials": [{"accessKey": keys.access_key, "secretKey": keys.secret_key}],
            "actions": _ACTIONS[user],
        }
        for user, keys in KEYS.items()
    ]
    path.write_text(json.dumps({"identities": identities}))
    path.chmod(0o600)


def master(
    at: Address, directory: Path, *, peers: Sequence[Address] = (), replication: str = "000"
) -> list[str]:
    """Return the command of a master.

    Args:
        at: Where it listens.
        directory: Where it keeps its log of elections.
        peers: All masters, this one too, where there are several.
        replication: Copies in other data centers, other racks, and on other servers of the rack.
    """
    # A lone master elects itself when it has heard nothing for a while: ten seconds usually, so
    # that it leads up to 20 s after a start. Several must not miss a heartbeat on busy cores.
    election, heartbeat = ("2s", "100ms") if peers else ("100ms", "10ms")
    return [
        *(str(binary()), "-logtostderr=true", "master", *_ON_LOOPBACK, *at.flags),
        f"-mdir={directory}",
        *([f"-peers={','.join(str(peer) for peer in peers)}"] if peers else []),
        f"-defaultReplication={replication}",
        f"-electionTimeout={election}",
        f"-heartbeatInterval={heartbeat}",
        f"-volumeSizeLimitMB={VOLUME_LIMIT_MB}",
        "-telemetry=false",
    ]


def volume_server(
    at: Address, directory: Path, *, masters: Sequence[Address], rack: str = "rack"
) -> list[str]:
    """Return the command of a volume server."""
    return [
        *(str(binary()), "-logtostderr=true", "volume", *_ON_LOOPBACK, *at.flags),
        f"-dir={directory}",
        f"-max={_MOST_VOLUMES}",
        f"-master={','.join(str(master) for master in masters)}",
        "-dataCenter=dc",
        f"-rack={rack}",
        # Without it no server copies from one on loopback, so nothing would be repaired here.
        # Servers with addresses of their own, private ones too, do not need it.
        "-volume.allowUntrustedRemoteEndpoints",
    ]


def filer(
    at: Address, directory: Path, *, masters: Sequence[Address], replication: str = ""
) -> list[str]:
    """Return the command of a filer, which keeps the names of objects."""
    return [
        *(str(binary()), "-logtostderr=true", "filer", *_ON_LOOPBACK, *at.flags),
        f"-defaultStoreDir={directory}",
        f"-localSocket={directory / 'filer.sock'}",
        f"-master={','.join(str(master) for master in masters)}",
        f"-defaultReplicaPlacement={replication}",
    ]


def gateway(at: Address, directory: Path, *, filers: Sequence[Address], users: Path) -> list[str]:
    """Return the command of an S3 gateway; a bucket that is missing stays missing."""
    return [
        *(str(binary()), "-logtostderr=true", "s3", f"-ip.bind={LOOPBACK}", *at.flags),
        *("-port.iceberg=0", "-port.lance=0", "-autoCreateBucket=false"),
        f"-localSocket={directory / 's3.sock'}",
        f"-filer={','.join(str(filer) for filer in filers)}",
        f"-config={users}",
    ]


def answers(at: Address, path: str = "/") -> bool:
    """Return whether a part answers at all.

    Raises:
        OSError: Nothing listens there.
    """
    connection = http.client.HTTPConnection(at.http, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    finally:
        connection.close()


def ask(at: Address, path: str) -> Any:
    """Return what a part answers, read as JSON.

    Raises:
        OSError: Nothing listens there, or it does not answer in JSON.
    """
    connection = http.client.HTTPConnection(at.http, timeout=5)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse().read()
    except http.client.HTTPException as error:
        raise OSError(f"{at.http}{path}: {error!r}") from error
    finally:
        connection.close()
    try:
        return json.loads(answer)
    except ValueError as error:
        raise OSError(f"{at.http}{path} did not answer in JSON: {answer[:200]!r}") from error
