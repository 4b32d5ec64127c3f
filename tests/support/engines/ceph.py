"""A Ceph with an S3 gateway on loopback that tests start, kill and start again."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid
from typing import Any

from support.engines.engine import ADMIN, BUCKET, KEYS, NO_LIST, READ_ONLY, READ_WRITE
from support.engines.ports import LOOPBACK, free_ports
from support.engines.processes import EngineError
from support.engines.server import Server

PACKAGES = ("ceph-mon", "ceph-osd", "radosgw", "ceph-common")
"""What Debian calls them; they are installed with `--no-install-recommends`."""

_PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")

_READ, _LIST = ["s3:GetObject"], ["s3:ListBucket"]
_WRITE = ["s3:PutObject", "s3:DeleteObject"]
_ALLOWED = {READ_WRITE: _READ + _WRITE + _LIST, READ_ONLY: _READ + _LIST, NO_LIST: _READ + _WRITE}

_MAY = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
    "client.gateway": {"mon": "allow rw", "osd": "allow rwx"},
}

_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v2:{address}:{monitor_port}
public addr = {address}
keyring = {directory}/keyring
mon data = {directory}/mon
osd data = {directory}/osd
run dir = {directory}
crash dir = {directory}
admin socket = {directory}/$name.asok
pid file = {directory}/$name.pid
log file =
log to stderr = true
err to stderr = true
debug rocksdb = 0
mon cluster log file = {directory}/cluster.log
mon cluster log to stderr = false

# One copy on one disk that is a file, of which only what is written takes space.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
rgw rados pool pg num min = 1
bluestore block size = 17179869184

# The usual values make a first start take 20 seconds, nearly all of them waiting: a monitor
# gathers changes for a second, and a disk looks four times a second whether it may close.
paxos propose interval = 0.02
paxos min wait = 0.01
bdev aio poll ms = 10
bluestore fsck on mkfs = false
mon client hunt interval = 0.2

rgw frontends = beast endpoint={address}:{s3_port}
"""


class Ceph(Server):
    """One monitor, one disk and one gateway, as three processes that are killed as one.

    There is no manager: it gathers statistics, which no client of S3 sees, and it takes more
    processor time to start than the three of them together. No process needs to be root.
    """

    NAME = "ceph"

    @staticmethod
    def missing() -> str | None:
        """Return why it cannot run here, in one line, or None."""
        absent = [program for program in _PROGRAMS if shutil.which(program) is None]
        if not absent:
            return None
        return (
            f"needs Ceph, and {', '.join(absent)} cannot be found; as root: "
            f"apt-get install --no-install-recommends {' '.join(PACKAGES)}"
        )

    def start(self) -> None:
        first = not (self.directory / "mon").exists()
        disk = str(uuid.uuid4())
        if first:
            self._make_monitor()
        self._group.start("mon", self._command("ceph-mon", "-i", "a", "-f"))
        self._wait("mon", [self._monitor_port], lambda: True)
        if first:
            self._run("ceph", "osd", "new", disk)
            self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self._group.start("osd", self._command("ceph-osd", "-i", "0", "-f"))
        # A gateway that comes before its disk waits much longer than the disk takes.
        self._wait("osd", [], lambda: self._asked("osd.0", "status")["state"] == "active")
        self._group.start("s3", self._command("radosgw", "-n", "client.gateway", "-f"))
        self._wait("s3", [self._gateway_port], lambda: True)
        if first:
            self._make_users()

    def _choose_ports(self) -> None:
        self._monitor_port, self._gateway_port = free_ports(2)

    @property
    def _s3_port(self) -> int:
        return self._gateway_port

    def _make_monitor(self) -> None:
        fsid = str(uuid.uuid4())
        (self.directory / "mon").mkdir()
        (self.directory / "osd").mkdir()
        (self.directory / "keyring").write_text(_keyring())
        (self.directory / "ceph.conf").write_text(
            _CONFIGURATION.format(
                fsid=fsid,
                address=LOOPBACK,
                monitor_port=self._monitor_port,
                s3_port=self._gateway_port,
                directory=self.directory,
            )
        )
        at = f"[v2:{LOOPBACK}:{self._monitor_port}]"
        monitors = str(self.directory / "monmap")
        subprocess.run(
            [
                *("monmaptool", "--create", "--enable-all-features"),
                *("--fsid", fsid, "--addv", "a", at, monitors),
            ],
            check=True,
            capture_output=True,
        )
        keyring = str(self.directory / "keyring")
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monitors, "--keyring", keyring)

    def _make_users(self) -> None:
        creations = [
            subprocess.Popen(
                self._command(
                    *("radosgw-admin", "user", "create", f"--uid={user}", f"--display-name={user}"),
                    *(f"--access-key={keys.access_key}", f"--secret-key={keys.secret_key}"),
                ),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for user, keys in KEYS.items()
        ]
        complaints = [creation.communicate()[1] for creation in creations]
        if any(creation.returncode for creation in creations):
            raise EngineError(f"no users of the gateway\n{complaints}")

    def _make_first_bucket(self) -> None:
        super()._make_first_bucket()
        statements = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam:::user/{user}"]},
                "Action": actions,
                "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
            }
            for user, actions in {**_ALLOWED, ADMIN: ["s3:*"]}.items()
        ]
        self.client(ADMIN).put_bucket_policy(
            Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
        )

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [program, "-c", str(self.directory / "ceph.conf"), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._command(program, *arguments), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise EngineError(f"{program} {' '.join(arguments)}: {done.stderr[-2000:]}")

    def _asked(self, daemon: str, question: str) -> dict[str, Any]:
        """Return a process's answer through its socket.

        Raises:
            OSError: It does not answer yet.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.directory / f"{daemon}.asok"))
            connection.sendall(json.dumps({"prefix": question}).encode() + b"\0")
            with connection.makefile("rb") as answer:
                (length,) = struct.unpack(">I", answer.read(4).rjust(4, b"\0"))
                text = answer.read(length)
        if not text.startswith(b"{"):
            raise OSError(f"{daemon} does not know `{question}` yet")
        return json.loads(text)


def _keyring() -> str:
    """Return new keys, one for each process, as Ceph writes them."""
    lines = []
    for name, rights in _MAY.items():
        key = struct.pack("<HIIH", 1, int(time.time()), 0, 16) + os.urandom(16)
        lines += [f"[{name}]", f"\tkey = {base64.b64encode(key).decode()}"]
        lines += [f'\tcaps {kind} = "{right}"' for kind, right in rights.items()]
    return "\n".join(lines) + "\n"
