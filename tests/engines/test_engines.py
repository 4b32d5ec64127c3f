"""The engines that tests start: they keep data, refuse what they must, and go away."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from support.engines import ceph, weed
from support.engines.ceph import Ceph
from support.engines.engine import ADMIN, NO_LIST, READ_ONLY, READ_WRITE
from support.engines.ports import free_ports
from support.engines.processes import EngineError, ProcessGroup
from support.engines.seaweedfs import SeaweedFs
from support.engines.sharing import shared_engine

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def key():
    return f"engines/{uuid.uuid4()}"


def refused(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def happens(true):
    """Return whether it becomes true within a minute."""
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def runs(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def listens(endpoint):
    address = urlsplit(endpoint)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == 0


def test_every_user_may_do_what_its_name_says_and_no_more(engine, key):
    bucket = engine.bucket
    rw, ro, no_list = map(engine.client, (READ_WRITE, READ_ONLY, NO_LIST))

    rw.put_object(Bucket=bucket, Key=key, Body=b"weights")
    for client in (rw, ro, no_list):
        assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == b"weights"
    for client in (rw, ro):
        assert client.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"] == 1
    assert refused(lambda: no_list.list_objects_v2(Bucket=bucket, Prefix=key)) == "AccessDenied"
    assert refused(lambda: ro.put_object(Bucket=bucket, Key=key, Body=b"x")) == "AccessDenied"
    assert refused(lambda: ro.delete_object(Bucket=bucket, Key=key)) == "AccessDenied"
    no_list.delete_object(Bucket=bucket, Key=key)
    assert refused(lambda: rw.get_object(Bucket=bucket, Key=key)) == "NoSuchKey"


def test_a_second_bucket_is_the_administrators_alone(engine, key):
    name = engine.make_bucket(f"second-{uuid.uuid4().hex[:8]}")

    engine.client(ADMIN).put_object(Bucket=name, Key=key, Body=b"x")
    assert (
        refused(lambda: engine.client().put_object(Bucket=name, Key=key, Body=b"x"))
        == "AccessDenied"
    )


@pytest.mark.parametrize("user", [ADMIN, READ_WRITE])
def test_a_missing_bucket_is_not_made_by_a_put(engine, user, key):
    code = refused(lambda: engine.client(user).put_object(Bucket="not-there", Key=key, Body=b"x"))
    assert code in {"NoSuchBucket", "AccessDenied"}


def test_what_was_stored_is_there_after_a_kill(fresh_engine, key):
    client = fresh_engine.client()
    body = os.urandom(300_000)
    client.put_object(Bucket="pods", Key=key, Body=body)

    fresh_engine.kill()
    with pytest.raises(EndpointConnectionError):
        client.get_object(Bucket="pods", Key=key)
    fresh_engine.start()

    assert client.get_object(Bucket="pods", Key=key)["Body"].read() == body
    client.put_object(Bucket="pods", Key=key, Body=b"again")


def test_the_bytes_of_an_object_are_in_the_files_of_the_volumes(fresh_seaweedfs, key):
    body = os.urandom(300_000)
    fresh_seaweedfs.client().put_object(Bucket="pods", Key=key, Body=body)
    fresh_seaweedfs.kill()

    assert sum(file.read_bytes().count(body) for file in fresh_seaweedfs.volume_files()) == 1


@pytest.mark.parametrize(
    ("kind", "module"),
    [(SeaweedFs, weed), pytest.param(Ceph, ceph, marks=pytest.mark.ceph)],
)
def test_an_engine_whose_ports_were_taken_meanwhile_starts_on_others(
    seaweedfs, kind, module, monkeypatch
):
    if kind is Ceph and Ceph.missing():
        pytest.skip(Ceph.missing())
    taken = urlsplit(seaweedfs.endpoint).port
    answers = []

    def free_then_taken(count):
        ports = free_ports(count)
        answers.append([*ports[:-1], taken] if not answers else ports)
        return answers[-1]

    monkeypatch.setattr(module, "free_ports", free_then_taken)
    with kind() as server:
        server.client().put_object(Bucket=server.bucket, Key="a", Body=b"x")
        assert urlsplit(server.endpoint).port != taken
    assert len(answers) == 2
    assert seaweedfs.client().list_objects_v2(Bucket=seaweedfs.bucket)


def test_an_engine_that_cannot_start_says_what_its_log_said(tmp_path):
    group = ProcessGroup(tmp_path)
    group.start("part", ["/bin/sh", "-c", "echo the disk is full >&2; exit 3"])
    with pytest.raises(EngineError, match=r"part ended with status 3\n.*\nthe disk is full"):
        group.wait_until(lambda: False, "part", seconds=60)
    group.kill_all()


@pytest.mark.usefixtures("weed_is_there")
def test_an_engine_goes_with_the_process_that_started_it():
    started = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from support.engines.seaweedfs import SeaweedFs; s = SeaweedFs();"
            "print(s.directory, *s.pids(), flush=True);"
            "time.sleep(600)",
        ],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        directory, *pids = started.stdout.readline().split()
        assert len(pids) == 4
        os.kill(started.pid, signal.SIGKILL)
    assert happens(lambda: not any(runs(int(pid)) for pid in pids))
    subprocess.run(["rm", "-rf", directory], check=True)


@pytest.mark.usefixtures("weed_is_there")
def test_a_shared_engine_is_started_once_and_ends_with_its_last_user(tmp_path):
    with shared_engine("seaweedfs", tmp_path) as first:
        with shared_engine("seaweedfs", tmp_path) as second:
            assert second == first
        first.client().put_object(Bucket=first.bucket, Key="a", Body=b"x")
    assert happens(lambda: not listens(first.endpoint))
    with shared_engine("seaweedfs", tmp_path) as third:
        assert refused(lambda: third.client().get_object(Bucket=third.bucket, Key="a"))
