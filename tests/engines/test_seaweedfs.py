"""The SeaweedFS that tests start: it keeps data, it refuses what it must, and it goes away."""

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
from support.engines.engine import ADMIN, NO_LIST, READ_ONLY, READ_WRITE
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


def test_every_user_may_do_what_its_name_says_and_no_more(seaweedfs, key):
    bucket = seaweedfs.bucket
    rw, ro, no_list = map(seaweedfs.client, (READ_WRITE, READ_ONLY, NO_LIST))

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


def test_a_second_bucket_is_the_administrators_alone(seaweedfs, key):
    name = seaweedfs.make_bucket(f"second-{uuid.uuid4().hex[:8]}")

    seaweedfs.client(ADMIN).put_object(Bucket=name, Key=key, Body=b"x")
    assert (
        refused(lambda: seaweedfs.client().put_object(Bucket=name, Key=key, Body=b"x"))
        == "AccessDenied"
    )


@pytest.mark.parametrize("user", [ADMIN, READ_WRITE])
def test_a_missing_bucket_is_not_made_by_a_put(seaweedfs, user, key):
    code = refused(
        lambda: seaweedfs.client(user).put_object(Bucket="not-there", Key=key, Body=b"x")
    )
    assert code in {"NoSuchBucket", "AccessDenied"}


def test_what_was_stored_is_there_after_a_kill(fresh_seaweedfs, key):
    client = fresh_seaweedfs.client()
    body = os.urandom(300_000)
    client.put_object(Bucket="pods", Key=key, Body=body)

    fresh_seaweedfs.kill()
    with pytest.raises(EndpointConnectionError):
        client.get_object(Bucket="pods", Key=key)
    fresh_seaweedfs.start()

    assert client.get_object(Bucket="pods", Key=key)["Body"].read() == body
    client.put_object(Bucket="pods", Key=key, Body=b"again")
    assert any(body[:64] in file.read_bytes() for file in fresh_seaweedfs.volume_files())


def test_an_engine_goes_with_the_process_that_started_it():
    started = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from support.engines.seaweedfs import SeaweedFs; s = SeaweedFs();"
            "print(s.directory, *map(s._group.pid_of, s._group.names()), flush=True);"
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


def test_a_shared_engine_is_started_once_and_ends_with_its_last_user(tmp_path):
    with shared_engine("seaweedfs", tmp_path) as first:
        with shared_engine("seaweedfs", tmp_path) as second:
            assert second == first
        first.client().put_object(Bucket=first.bucket, Key="a", Body=b"x")
    assert happens(lambda: not listens(first.endpoint))
    with shared_engine("seaweedfs", tmp_path) as third:
        assert refused(lambda: third.client().get_object(Bucket=third.bucket, Key="a"))
