"""From the start of a process to a model's first answer, beside other stores of models."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from figures import Figure, Sample, in_turn
from processes import run

_READERS = Path(__file__).resolve().parent / "readers"
_PEERS = ("mlflow-skinny", "pandas", "modelstore")
# The small MLflow, which is the quicker one to import; it wants pandas to load a model.
_WHEELS = "https://download.pytorch.org/whl/cpu"
_WAYS = ("podplanner", "mlflow", "modelstore", "file")
_KINDS = {"network": "network of 101 MB", "forest": "forest of scikit-learn"}


def measured(folder: Path, runs: int) -> Iterator[Figure]:
    """Measure, and yield the figures of each kind of model.

    Args:
        folder: Keeps the models and the other stores.
        runs: Of each way.
    """
    peers = _ready(folder) / "bin" / "python"
    pythons = dict.fromkeys(_WAYS, Path(sys.executable)) | {"mlflow": peers, "modelstore": peers}
    home = folder / "first-answer"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for kind, what in _KINDS.items():
        ways: dict[str, Callable[[], Sample]] = {}
        for way in _WAYS:
            place, python = home / way / kind, str(pythons[way])
            words = (python, str(_READERS / "save_all.py"), way, kind, str(place))
            weights = home / f"{kind}.weights"
            number = run([*words, str(weights)]).out.split()[-1:]
            ways[way] = _asker(python, way, kind, place, number)
        yield from in_turn(f"first answer, {what}", runs, ways, "podplanner")


def _asker(
    python: str, way: str, kind: str, place: Path, number: list[str]
) -> Callable[[], Sample]:
    def once() -> Sample:
        words = [python, str(_READERS / "first_answer.py"), way, kind, str(place), *number]
        done = run(words)
        return Sample(done.wall_s, done.cpu_s, done.out.splitlines()[-1], done.rss_bytes)

    return once


def _ready(folder: Path) -> Path:
    """Return the environment of the other stores, made when it is not there."""
    home = folder / "model-peers"
    done = home / "installed"
    if done.exists():
        return home
    frameworks = [f"{name}=={version(name)}" for name in ("torch", "scikit-learn")]
    print("installing", *_PEERS, *frameworks, file=sys.stderr)
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--extra-index-url", _WHEELS]
    subprocess.run([*pip, *_PEERS, *frameworks], check=True, stderr=subprocess.DEVNULL)
    done.touch()
    return home
