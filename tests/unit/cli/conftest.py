"""Commands run in a folder of their own, and know no parts but the shipped ones, and no store."""

import pytest

from podplanner.catalog.library import library


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PODPLANNER_PARTS", str(tmp_path / "no-parts"))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    monkeypatch.delenv("PODPLANNER_STORE", raising=False)
    library.cache_clear()
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield
    library.cache_clear()
