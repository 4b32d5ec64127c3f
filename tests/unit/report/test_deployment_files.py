"""The files of a deployment: what they start, where it listens, and who may read them."""

import os
import shutil
import stat
import subprocess

import pytest
import tomli
from support.deployed import Unit
from support.deployments import cluster

from podplanner.planning.deployment import findings_of
from podplanner.planning.deployment.credentials import new_credentials
from podplanner.report.deployment import Programs, deployment_report
from podplanner.report.deployment_files import deployment_files, secret_files


def files(found=None, **options):
    """Return every file of a cluster by its path."""
    found = found or cluster(**options)
    report = deployment_report(found, findings_of(found), Programs(), ["pod.toml"])
    return {one.path: one for one in deployment_files(report)}


def laid(folder, **options):
    """Write every file of a cluster, and return the folder."""
    written = [*files(**options).values(), *secret_files(new_credentials(os.urandom), "models")]
    for one in written:
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text)
        path.chmod(one.mode)
    return folder


def environment(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def unit(tmp_path, text, name="weed-x"):
    path = tmp_path / f"{name}.service"
    path.write_text(text)
    return Unit.read(path)


UNITS = ("weed-etcd", "weed-master", "weed-volume", "weed-filer", "weed-s3")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_again_and_has_what_it_needs_from_the_environment(tmp_path, name):
    made = files()
    variables = environment(made["pods/pod-2/pod.env"].text)
    read = unit(tmp_path, made[f"units/{name}.service"].text)
    command = read.command(variables)
    assert not any("$" in word for word in command)
    assert not any("0.0.0.0" in word or word.endswith("=") for word in command)
    assert "10.0.0.2" in " ".join(command)
    assert read.settings["Restart"] == "always"
    assert read.settings["User"] == "seaweedfs"
    assert read.settings["NoNewPrivileges"] == "true"
    assert read.settings["StartLimitIntervalSec"] == "0"
    assert read.settings["WantedBy"] == "multi-user.target"


def test_the_engine_tells_nobody_and_opens_nothing_else(tmp_path):
    made = files()
    master = made["units/weed-master.service"].text
    assert "-telemetry=false" in master
    assert "-defaultReplication=010" in master
    gateway = made["units/weed-s3.service"].text
    for word in ("-port.iceberg=0", "-port.lance=0", "-iam=false", "-autoCreateBucket=false"):
        assert word in gateway


def test_a_pod_has_its_own_address_rack_and_filer():
    made = files(racks="aab")
    two = environment(made["pods/pod-2/pod.env"].text)
    assert (two["NAME"], two["ADDRESS"], two["RACK"]) == ("pod-2", "10.0.0.2", "a")
    assert two["FILERS"] == "10.0.0.2:8888,10.0.0.1:8888,10.0.0.3:8888"
    assert two["DATA"].count(",") == 3
    assert two["PEERS"] == two["MASTERS"] == "10.0.0.1:9333,10.0.0.2:9333,10.0.0.3:9333"
    assert two["ETCD_CLUSTER"].split(",")[2] == "pod-3=http://10.0.0.3:2380"


def test_a_single_master_waits_for_no_other():
    made = files(racks="ab", metadata="leveldb", masters=1, gateways=1)
    one = environment(made["pods/pod-1/pod.env"].text)
    assert (one["PEERS"], one["MASTERS"]) == ("none", "10.0.0.1:9333")
    assert "ETCD_CLUSTER" not in one
    assert "units/weed-etcd.service" not in made
    assert tomli.loads(made["config/filer.toml"].text) == {
        "leveldb2": {"enabled": True, "dir": "/var/lib/seaweedfs/filer/names"}
    }


def test_configuration_is_toml_and_says_what_the_cluster_is():
    made = files(racks="abcd", coded="10+4", copies=None)
    names = tomli.loads(made["config/filer.toml"].text)["etcd"]
    assert names["enabled"] is True
    assert names["servers"] == "10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379"
    scripts = tomli.loads(made["config/master.toml"].text)["master"]["maintenance"]["scripts"]
    lines = [line.strip() for line in scripts.strip().splitlines()]
    assert (lines[0], lines[-1]) == ("lock", "unlock")
    assert "volume.fix.replication -apply" in lines
    assert "ec.encode -collection=models -fullPercent=95 -quietFor=24h" in lines
    assert "ec.encode" not in files()["config/master.toml"].text
    keys = new_credentials(os.urandom)
    security = tomli.loads(secret_files(keys, "models")[1].text)
    assert security["jwt"]["signing"]["key"] == keys.volume_key
    assert security["jwt"]["filer_signing"] == {
        "key": keys.filer_key, "read": {"key": keys.filer_read_key},
    }  # fmt: skip


def test_the_firewall_closes_every_port_but_that_of_s3():
    rules = files()["config/firewall.nft"].text
    (closed,) = [line for line in rules.splitlines() if "drop" in line]
    ports = {int(word) for word in closed.replace(",", " ").split() if word.isdigit()}
    assert ports == {2379, 2380, 8080, 8888, 9333, 18080, 18333, 18888, 19333}
    assert "10.0.0.1, 10.0.0.2, 10.0.0.3" in rules


def test_only_secrets_are_closed_and_only_scripts_run():
    modes = {path: one.mode for path, one in files().items()}
    assert {path for path, mode in modes.items() if mode & 0o111} == {"install.sh", "check.sh"}
    assert {one.mode for one in secret_files(new_credentials(os.urandom), "models")} == {0o600}


def installed(folder, pod, root):
    return subprocess.run([folder / "install.sh", pod, root], capture_output=True, text=True)


def test_a_pod_gets_what_it_runs_and_no_key_that_it_does_not_need(tmp_path):
    folder = laid(tmp_path / "out", racks="abcd", gateways=1)
    for pod in ("pod-1", "pod-4"):
        (tmp_path / pod).mkdir()
        assert installed(folder, pod, tmp_path / pod).returncode == 0
    first, last = (
        {str(path.relative_to(tmp_path / pod)): path for path in (tmp_path / pod).rglob("*.*")
         if path.is_file()}
        for pod in ("pod-1", "pod-4")
    )  # fmt: skip
    assert set(last) == {
        "etc/seaweedfs/pod.env", "etc/seaweedfs/security.toml",
        "etc/systemd/system/weed-volume.service",
    }  # fmt: skip
    assert {f"etc/systemd/system/{name}.service" for name in UNITS} <= set(first)
    for name in ("s3.json", "security.toml", "filer.toml"):
        assert stat.S_IMODE(first[f"etc/seaweedfs/{name}"].stat().st_mode) == 0o600
    wrong = installed(folder, "pod-9", tmp_path / "pod-9")
    assert (wrong.returncode, wrong.stderr) == (
        2, "there is no pod pod-9; there are pod-1, pod-2, pod-3, pod-4\n",
    )  # fmt: skip


def test_a_database_of_ones_own_is_asked_for(tmp_path):
    folder = laid(tmp_path / "out", metadata="own")
    assert not (folder / "config/filer.toml").exists()
    assert "weed scaffold -config=filer" in (folder / "README.md").read_text()
    refused = installed(folder, "pod-1", tmp_path)
    assert (refused.returncode, "filer.toml first" in refused.stderr) == (1, True)
    (folder / "config/filer.toml").write_text("[postgres2]\nenabled = true\n")
    assert installed(folder, "pod-1", tmp_path).returncode == 0
    assert "[postgres2]" in (tmp_path / "etc/seaweedfs/filer.toml").read_text()


@pytest.mark.parametrize(
    "options",
    [{}, {"racks": "abcd", "copies": None, "coded": "10+4"}, {"metadata": "own", "copies": 1},
     {"racks": "ab", "metadata": "leveldb", "masters": 1, "gateways": 1}],
)  # fmt: skip
def test_the_readme_says_what_holds_for_this_cluster(options):
    found = cluster(**options)
    readme = files(found)["README.md"].text
    for finding in findings_of(found):
        assert f"({finding.code}): {finding.message}." in readme
    for member in found.members:
        assert f"./install.sh {member.site.name}" in readme
    goes_on = "Reading and writing go on" in readme
    assert goes_on is (options.get("racks") != "ab" and options.get("copies") != 1)
    assert ("etcdctl" in readme) is (found.metadata == "etcd")
    assert "\n\n\n" not in readme


@pytest.mark.skipif(shutil.which("sh") is None, reason="no POSIX shell here")
@pytest.mark.parametrize("name", ["install.sh", "check.sh"])
def test_scripts_are_read_by_a_posix_shell(tmp_path, name):
    folder = laid(tmp_path)
    done = subprocess.run(["sh", "-n", folder / name], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_check_fails_where_nothing_answers(tmp_path):
    found = laid(tmp_path, racks="a", metadata="leveldb", masters=1, copies=1)
    check = found / "check.sh"
    # A port of loopback where nobody listens, in place of an address that may belong to somebody.
    check.write_text(check.read_text().replace("10.0.0.1", "127.0.0.1:9/"))
    done = subprocess.run([check], capture_output=True, text=True)
    assert done.returncode == 1
    assert "ok " not in done.stdout
    assert "MISSING  master of pod-1" in done.stdout
    assert "MISSING  pod-1 is not in rack a" in done.stdout
