"""A manifest may lie about pickles: what a pull has written is looked at itself."""

import os
import pickle

import pytest

from podplanner.errors import UnsafeContentError
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.root import make_root
from podplanner.store.store import Store


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with a version whose manifest says that there is no pickle."""
    (tmp_path / "pod").mkdir()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(pickle.dumps(Evil()))
    store = Store(make_root(DirectoryBackend(tmp_path / "pod")))
    with monkeypatch.context() as lie:
        lie.setattr("podplanner.store.pushing.hashing.find_globals", lambda *_, **__: None)
        store.push(tmp_path / "model", "cat")
    return store


def test_a_pickle_that_the_manifest_hides_is_refused_and_nothing_is_left(store, tmp_path):
    assert store.root.open(store.root.refs.latest(name())).manifest.files[0].pickle is None
    with pytest.raises(UnsafeContentError, match=r"weights\.bin"):
        store.pull("cat", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_is_pulled_by_whoever_allows_pickles(store, tmp_path):
    store.pull("cat", tmp_path / "out", allow_pickle=True)
    assert (tmp_path / "out" / "weights.bin").exists()


def name():
    from podplanner.store.names import ModelName

    return ModelName.parse("cat")
