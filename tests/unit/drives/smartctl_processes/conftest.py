"""Fakes on PATH, and records of what hangs in a folder of their own."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.drives.fake_smartctl import FakeSmartctl, Key, Replay, install

from podplanner.drives.smartctl.stuck import StuckProcesses


@pytest.fixture
def fake(tmp_path, monkeypatch) -> Callable[[Mapping[Key, Replay]], FakeSmartctl]:
    def installed(drives):
        laid_out = install(tmp_path / "bin", drives)
        monkeypatch.setenv("PATH", laid_out.path())
        return laid_out

    return installed


@pytest.fixture
def stuck(tmp_path: Path) -> StuckProcesses:
    return StuckProcesses(tmp_path / "stuck")
