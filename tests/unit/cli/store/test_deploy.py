"""`store deploy`, as a person uses it: files to review, and keys that stay where they are."""

import json
import os
import stat
from pathlib import Path

import pytest
from unit.cli.running import podplanner

PLAN = """\
schema = "podplanner/bill/1"
title = "Small pod"
{layout}
[[line]]
id = "data"
title = "Data drive 4 TB"
category = "Data drive"
quantity = {drives}
"""
HOSTS = ("--host", "a=10.0.0.1", "--host", "b=10.0.0.2", "--host", "c=10.0.0.3")


@pytest.fixture(autouse=True)
def _desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan("pod.toml")


def plan(name, *, drives=4, layout=None):
    written = "" if layout is None else f'layout = "{layout}"\n'
    Path(name).write_text(PLAN.format(drives=drives, layout=written))


def deploy(*words, hosts=HOSTS, plans=("pod.toml",), output="out"):
    return podplanner("store", "deploy", *plans, *hosts, "-o", output, *words)


def files(folder="out"):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def keys(folder="out"):
    """Return every secret of a deployment."""
    identities = json.loads(Path(folder, "secret/s3.json").read_text())["identities"]
    pairs = [pair for one in identities for pair in one["credentials"]]
    found = [word for pair in pairs for word in pair.values()]
    security = Path(folder, "secret/security.toml").read_text()
    return found + [line.split('"')[1] for line in security.splitlines() if "key = " in line]


def refused(done, code):
    error = done.json["error"]
    assert error["code"] == code, error
    assert error["hint"]
    return error["message"]


# --- what is written ---


def test_everything_is_written_and_the_pods_are_shown():
    done = deploy("--replicas", 2)
    assert done.status == 0, done.err
    rows = [line.split() for line in done.out.splitlines()[2:5]]
    services = ["etcd", "master", "volume", "filer", "s3"]
    assert rows[1] == ["b", "10.0.0.2", "b", "4", "x", "124", *services]
    assert "2 copies, each in another rack" in done.out
    assert done.out.endswith("16 files in out; begin with README.md\n")
    assert len(files()) == 16


def test_the_answer_names_every_file():
    done = deploy("--replicas", 3, "--json")
    assert set(done.json["files"]) == set(files())
    assert (done.json["replication"], done.json["copies"]) == ("020", 3)
    assert done.json["endpoints"] == [f"http://10.0.0.{n}:8333" for n in (1, 2, 3)]
    assert done.json["raw_bytes"] == 12 * 4 * 10**12
    assert [one["code"] for one in done.json["findings"]] == ["no-spare-pod"]


def test_keys_are_for_their_owner_only_whatever_the_umask_is():
    kept = os.umask(0)
    try:
        assert deploy("--replicas", 2).status == 0
    finally:
        os.umask(kept)
    assert stat.S_IMODE(Path("out/secret").stat().st_mode) == 0o700
    for name in ("s3.json", "security.toml"):
        assert stat.S_IMODE(Path("out/secret", name).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path("out/check.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE(Path("out/README.md").stat().st_mode) == 0o644


def test_keys_are_shown_nowhere_and_stand_in_no_other_file():
    done = [deploy("--replicas", 2), deploy("--replicas", 2, "--force", "--json")]
    secrets = keys()
    assert len(set(secrets)) == 9
    printed = "".join(one.out + one.err for one in done)
    others = [text for path, text in files().items() if not path.startswith("secret/")]
    assert not any(word in printed for word in secrets)
    assert not any(word.encode() in text for word in secrets for text in others)


# --- a second run ---


def test_a_second_run_touches_nothing_without_force():
    deploy("--replicas", 2)
    before = files()
    Path("out/units/weed-s3.service").unlink()
    assert "is there already" in refused(deploy("--replicas", 3, "--json"), "output")
    del before["units/weed-s3.service"]
    assert files() == before


def test_force_writes_anew_all_but_the_keys_and_says_so():
    deploy("--replicas", 2)
    before, secrets = files(), keys()
    done = deploy("--replicas", 3, "--force")
    assert done.status == 0, done.err
    assert done.err.count("kept out/secret/") == 2
    after = files()
    assert keys() == secrets
    assert before["secret/s3.json"] == after["secret/s3.json"]
    assert before["units/weed-master.service"] != after["units/weed-master.service"]


def test_new_keys_are_made_only_when_they_are_asked_for():
    deploy("--replicas", 2)
    secrets = keys()
    refused(deploy("--replicas", 2, "--new-credentials", "--json"), "wrong-usage")
    assert keys() == secrets
    done = deploy("--replicas", 2, "--force", "--new-credentials", "--json")
    assert done.json["kept"] == []
    assert not set(keys()) & set(secrets)


def test_kept_keys_must_be_for_the_bucket():
    deploy("--replicas", 2)
    before = files()
    message = refused(deploy("--replicas", 2, "--bucket", "other", "--force", "--json"), "conflict")
    assert "not for the bucket other" in message
    assert files() == before
    Path("out/secret/s3.json").write_text("not json")
    refused(deploy("--replicas", 2, "--force", "--json"), "conflict")


def test_keys_that_others_can_read_are_pointed_out():
    deploy("--replicas", 2)
    Path("out/secret/s3.json").chmod(0o644)
    done = deploy("--replicas", 2, "--force")
    assert "others can read out/secret/s3.json" in done.err
    assert "security.toml: chmod" not in done.err


def test_a_pod_of_an_earlier_run_is_pointed_out():
    deploy("--replicas", 2)
    done = deploy("--replicas", 2, "--force", hosts=("--host", "a=10.0.0.1", "--host",
                                                     "b=10.0.0.2"))  # fmt: skip
    assert "left alone out/pods/c" in done.err


# --- what cannot be ---


def test_a_cluster_that_cannot_keep_its_data_is_not_written():
    done = deploy("--replicas", 3, "--json", hosts=HOSTS[:4])
    assert done.status == 1
    assert (done.json["output"], done.json["files"]) == (None, [])
    assert done.json["findings"][0]["code"] == "placement"
    assert done.json["findings"][0]["severity"] == "error"
    assert not Path("out").exists()
    shown = deploy("--replicas", 3, hosts=HOSTS[:4])
    assert shown.status == 1
    assert "3 copies want 3 pods; there are 2" in shown.out
    assert shown.out.endswith("nothing was written\n")


@pytest.mark.parametrize(
    ("words", "hosts", "says"),
    [
        ((), HOSTS, "nothing of copies"),
        (("--replicas", 2), (), "where are the pods?"),
        (("--replicas", 2, "--pods", 4), HOSTS, "--pods 4, and 3 hosts"),
        (("--replicas", 2, "--hosts", "hosts.txt"), HOSTS, "both say where"),
        (("--replicas", 2, "--rack", "d=x"), HOSTS, "names no pod"),
        (("--replicas", 2, "--host", "a=10.0.0.9"), HOSTS, "two pods have the name a"),
        (("--replicas", 2, "--bucket", "My.Bucket"), HOSTS, "no name of a bucket"),
        (("--replicas", 2, "--port", "s3"), HOSTS, "no service and port"),
        (("--replicas", 2, "--port", "nfs=1"), HOSTS, "'nfs' is no service"),
        (("--replicas", 2, "--weed", "weed"), HOSTS, "no path that a unit can start"),
        (("--replicas", 2, "--etcd", "/usr/bin/etcd -x"), HOSTS, "no path that a unit can start"),
        (("--replicas", 2, "--masters", 5), HOSTS, "--masters 5: there are 3 pods"),
        (("--replicas", 2, "--gateways", 4), HOSTS, "--gateways 4"),
        (("--replicas", 2, "--data", "/a", "--data", "/b"), HOSTS, "2 data folders for 4 drives"),
        (("--erasure", "10"), HOSTS, "--erasure 10"),
        (("--replicas", 4), HOSTS, "less than or equal to 3"),
    ],
)  # fmt: skip
def test_options_that_make_no_cluster_are_wrong_usage(words, hosts, says):
    assert says in refused(deploy(*words, "--json", hosts=hosts), "wrong-usage")
    assert not Path("out").exists()


def test_a_bad_file_of_hosts_is_a_format_error():
    Path("hosts.txt").write_text("a 10.0.0.1\nb b\n")
    done = deploy("--replicas", 2, "--hosts", "hosts.txt", "--json", hosts=())
    assert "line 2" in refused(done, "format")
    done = deploy("--replicas", 2, "--hosts", "none.txt", "--json", hosts=())
    refused(done, "file-access")


def test_a_folder_that_is_a_file_is_refused():
    Path("out").write_text("mine")
    refused(deploy("--replicas", 2, "--json"), "output")
    refused(deploy("--replicas", 2, "--force", "--json"), "output")
    assert Path("out").read_text() == "mine"


# --- plans ---


def test_the_plan_says_how_often_data_is_kept():
    plan("pod.toml", layout="seaweed-rep:020")
    assert deploy("--json").json["replication"] == "020"
    refused(deploy("--replicas", 2, "--force", "--json"), "wrong-usage")
    plan("pod.toml", layout="ceph-rep:3")
    assert "another engine" in refused(deploy("--force", "--json"), "wrong-usage")


def test_a_pool_of_the_pod_is_one_folder():
    plan("pod.toml", drives=15, layout="raidz2:15x1")
    done = deploy("--replicas", 2, "--data", "/mnt/pod", "--json")
    assert [pod["folders"] for pod in done.json["pods"]] == [1, 1, 1]
    assert "DATA=/mnt/pod\n" in Path("out/pods/a/pod.env").read_text()


def test_every_host_may_have_a_plan_of_its_own():
    plan("large.toml", drives=8)
    done = deploy("--replicas", 2, "--json", plans=("pod.toml", "pod.toml", "large.toml"))
    assert [pod["folders"] for pod in done.json["pods"]] == [4, 4, 8]
    refused(deploy("--replicas", 2, "--json", plans=("pod.toml", "large.toml")), "wrong-usage")
    plan("large.toml", drives=8, layout="seaweed-rep:001")
    done = deploy("--json", "--force", plans=("pod.toml", "pod.toml", "large.toml"))
    assert "not keep their data in the same way" in refused(done, "wrong-usage")


def test_hosts_and_racks_come_from_a_file():
    Path("hosts.txt").write_text("one 10.0.0.1 left\ntwo 10.0.0.2 left\nthree 10.0.0.3 right\n")
    done = deploy("--replicas", 2, "--hosts", "hosts.txt", "--rack", "two=middle", "--json",
                  hosts=())  # fmt: skip
    assert [pod["rack"] for pod in done.json["pods"]] == ["left", "middle", "right"]


def test_two_pods_have_one_master_and_one_filer():
    done = deploy("--replicas", 2, "--json", hosts=HOSTS[:4])
    assert done.json["metadata"] == "leveldb"
    assert [pod["services"] for pod in done.json["pods"]] == [
        ["master", "volume", "filer", "s3"], ["volume"],
    ]  # fmt: skip
    assert [one["code"] for one in done.json["findings"]] == ["no-spare-pod", "masters", "metadata"]
