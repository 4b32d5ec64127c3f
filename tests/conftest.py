"""How properties are tried, whose folders and credentials are used, and which engines serve."""

import itertools
import os
import re
import signal

import pytest
from hypothesis import settings
from support.engines import weed
from support.engines.ceph import Ceph
from support.engines.seaweedfs import SeaweedFs
from support.engines.sharing import shared_engine

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is below `nohup ... &`; commands that tests interrupt would not hear of it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("soak", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory):
    """Give a function that makes a folder that no other test has, by a name and a number.

    pytest's own reads the names of all folders before it to number one: over this many tests that
    is most of a minute of each worker.
    """
    folders = tmp_path_factory.mktemp("tests")
    numbers = itertools.count()

    def make(name):
        folder = folders / f"{name}{next(numbers)}"
        folder.mkdir(mode=0o700)
        return folder

    return make


@pytest.fixture
def tmp_path(request, new_folder):
    """Give the test a folder of its own, as pytest's does."""
    return new_folder(re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def user_folders(new_folder, monkeypatch):
    """Give every test caches, a state and a configuration of its own."""
    home = new_folder("home")
    for variable, folder in (
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        monkeypatch.setenv(variable, str(home / folder))
    for variable in (
        "PODPLANNER_STORE", "PODPLANNER_BAYS", "PODPLANNER_DRIVE_HISTORY", "PODPLANNER_NOTIFY",
        "PODPLANNER_PING", "STATE_DIRECTORY",
    ):  # fmt: skip
        monkeypatch.delenv(variable, raising=False)
    for variable in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable, file in (
        ("AWS_CONFIG_FILE", "aws-config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "aws-credentials"),
    ):
        monkeypatch.setenv(variable, str(home / file))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory):
    """Return a folder that every worker of this run sees, and no other run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def weed_is_there():
    """Skip the test where SeaweedFS is not installed."""
    try:
        weed.binary()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def seaweedfs(run_directory, weed_is_there):
    """Give the SeaweedFS that all workers share: use a prefix or a bucket of your own."""
    with shared_engine(SeaweedFs.NAME, run_directory) as engine:
        yield engine


@pytest.fixture(scope="session")
def ceph(run_directory):
    """Give the Ceph that all workers share, as `seaweedfs` does; mark its tests `ceph`."""
    skip_without_ceph()
    with shared_engine(Ceph.NAME, run_directory) as engine:
        yield engine


@pytest.fixture(params=["seaweedfs", pytest.param("ceph", marks=pytest.mark.ceph)])
def engine(request):
    """Give each of the shared engines in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def fresh_seaweedfs(weed_is_there):
    """Give a SeaweedFS of the test's own, to be killed and started again."""
    with SeaweedFs() as server:
        yield server


@pytest.fixture
def fresh_ceph():
    """Give a Ceph of the test's own; mark its tests `ceph`."""
    skip_without_ceph()
    with Ceph() as server:
        yield server


@pytest.fixture(params=["fresh_seaweedfs", pytest.param("fresh_ceph", marks=pytest.mark.ceph)])
def fresh_engine(request):
    """Give an engine of the test's own, each in turn."""
    return request.getfixturevalue(request.param)


def skip_without_ceph():
    if (reason := Ceph.missing()) is not None:
        pytest.skip(reason)
