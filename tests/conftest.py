"""How properties are tried, the same examples each time or new ones; and whose folders are used."""

import os

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("soak", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def user_folders(tmp_path_factory, monkeypatch):
    """Give every test caches, a state and a configuration of its own."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in (
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ):
        monkeypatch.setenv(variable, str(home / folder))
    monkeypatch.delenv("PODPLANNER_STORE", raising=False)
    return home
