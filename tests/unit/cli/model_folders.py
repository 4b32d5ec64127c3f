"""Small models in folders, and a store to keep them in."""

import random
from pathlib import Path

from support.stores import safetensors
from unit.cli.running import Done, podplanner

from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.root import make_root

STORE = Path("models")


def model_folder(name: str = "cat", *, seed: int = 1, changed: int = 0) -> Path:
    """Make a folder with weights of 160 x 512 a tensor, and a configuration.

    Args:
        name: The folder.
        seed: Other seeds have other weights.
        changed: How many of the three weights another seed gives.
    """
    folder = Path(name)
    folder.mkdir(exist_ok=True)
    seeds = [seed * 10 + n + (1000 if n < changed else 0) for n in range(3)]
    weights = {
        f"layer.{n}.weight": ("BF16", (160, 512), random.Random(one).randbytes(160 * 1024))
        for n, one in enumerate(seeds)
    }
    weights["norm"] = ("F32", (8,), bytes(32))
    (folder / "model.safetensors").write_bytes(safetensors(weights))
    (folder / "config.json").write_text('{"layers": 3}\n')
    return folder


def new_store(name: Path = STORE) -> Path:
    """Make a store, without the second that `store init` spends on racing processes."""
    name.mkdir()
    make_root(DirectoryBackend(name))
    return name


def model(*words: object, store: Path = STORE) -> Done:
    """Run `podplanner model WORDS --store models`."""
    return podplanner("model", *words, "--store", store)


def store(*words: object) -> Done:
    """Run `podplanner store WORDS`."""
    return podplanner("store", *words)


def pushed(name: str = "team/cat", *words: object, seed: int = 1) -> int:
    """Push a model's next version and return its number."""
    done = model("push", model_folder(seed=seed), name, *words, "--json")
    assert done.status == 0, done.out
    return int(done.json["version"])
