"""What is recorded of a training without asking."""

import getpass
import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support.saved import elsewhere

from podplanner.models import provenance, save
from podplanner.models.provenance import environment, main_folder, seeds


@pytest.fixture
def numpy_random():
    """The global generator of numpy, put back afterwards."""
    before = np.random.get_state()
    yield np.random
    np.random.set_state(before)


def test_versions_and_the_machine_are_recorded():
    found = environment({"torch": "2.13.0"})
    assert {"python", "platform", "podplanner", "torch", "cpu", "cpu_count", "memory"} <= set(found)
    assert found["torch"] == "2.13.0"
    assert found["cpu_count"] == str(os.cpu_count())
    assert found["memory"].endswith(" GiB")
    assert found["cpu"]


def test_names_of_machine_and_user_are_not_recorded(store, tmp_path):
    save({"w": np.zeros(3)}, "cat", store=store)
    said = str(store.show("cat").metadata)
    for private in (socket.gethostname(), str(tmp_path), str(Path.cwd())):
        assert private not in said
    assert f"/{getpass.getuser()}/" not in said


def test_a_machine_that_says_nothing_of_itself_is_unknown(monkeypatch):
    monkeypatch.setattr("podplanner.models.provenance.Path.read_text", _nothing)
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "")
    monkeypatch.setattr("os.sysconf", _nothing)
    assert (provenance._cpu(), provenance._memory()) == ("unknown", "unknown")


def _nothing(*_args, **_kwargs):
    raise OSError


def test_accelerators_are_told_only_where_they_are_in_use(monkeypatch):
    cuda = SimpleNamespace(
        is_initialized=lambda: False,
        device_count=lambda: 3,
        get_device_name=lambda number: ["A100", "H200", "H200"][number],
    )
    torch = SimpleNamespace(cuda=cuda, version=SimpleNamespace(cuda="12.8"))
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert "gpu" not in environment({})
    cuda.is_initialized = lambda: True
    found = environment({})
    assert (found["gpu"], found["cuda"]) == ("1 x A100, 2 x H200", "12.8")


def test_the_driver_is_read_where_it_says_its_version(monkeypatch):
    for line in (
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.54.03  Release Build",
    ):
        monkeypatch.setattr(provenance.Path, "read_text", lambda *_a, line=line, **_k: line + "\n")
        assert provenance._nvidia_driver() == "535.54.03"


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1])
def test_the_seed_of_numpy_is_told_right_after_seeding(numpy_random, seed):
    numpy_random.seed(seed)
    assert seeds()["numpy"] == seed
    numpy_random.random_sample()
    assert "numpy" not in seeds()


def test_a_seed_of_numpy_that_cannot_be_told_is_not_made_up(numpy_random):
    numpy_random.seed([1, 2, 3])
    assert "numpy" not in seeds()
    numpy_random.seed(7)
    # As many numbers as the generator makes at once: it stands where it stood after seeding.
    numpy_random.randint(0, 2**32, size=2 * 624, dtype="u4")
    assert "numpy" not in seeds()
    numpy_random.seed()
    assert "numpy" not in seeds()


@pytest.mark.parametrize(("word", "seed"), [("7", 7), ("random", None), ("", None), ("٣", None)])
def test_the_seed_of_hashes_is_told_where_it_is_set(monkeypatch, word, seed):
    monkeypatch.setenv("PYTHONHASHSEED", word)
    assert seeds().get("python_hash") == seed


def test_the_seed_of_torch_is_told_when_somebody_chose_it():
    pytest.importorskip("torch", reason="needs torch")
    out = elsewhere(
        """
from podplanner.models.provenance import seeds, environment
import sys
environment({}), seeds()
assert "torch" not in sys.modules
import torch
print("torch" in seeds())
torch.manual_seed(1234)
torch.rand(3)
print(seeds()["torch"], torch.cuda.is_initialized())
torch.seed()
print("torch" in seeds())
"""
    )
    assert out.split() == ["False", "1234", "False", "False"]


def test_the_folder_of_the_script_is_where_its_code_is(monkeypatch, tmp_path):
    monkeypatch.setattr(
        sys.modules["__main__"], "__file__", str(tmp_path / "train.py"), raising=False
    )
    assert main_folder() == tmp_path
    monkeypatch.delattr(sys.modules["__main__"], "__file__")
    monkeypatch.chdir(tmp_path)
    assert main_folder() == tmp_path
