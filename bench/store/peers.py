"""Other stores at the same work, each as its own documentation says.

They are installed into a virtual environment of their own, `PEERS` below the bench's folder;
restic is the system's package.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processes import Run, fresh, podplanner, run

PACKAGES = ("dvc", "mlflow-skinny", "modelstore")
_RESTIC = {"RESTIC_PASSWORD": "bench", "RESTIC_PROGRESS_FPS": "0.1"}
_MLFLOW = (
    "import sys;"
    "from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository as Repository;"
    "do, where, what = sys.argv[1:];"
    "repository = Repository(where);"
    "repository.log_artifacts(what) if do == 'push' else "
    "repository.download_artifacts('', dst_path=what)"
)
# What `mlflow.log_artifacts` and `mlflow.artifacts.download_artifacts` do with a local store.
_MODELSTORE = (
    "import sys;"
    "from modelstore import ModelStore;"
    "do, where, what = sys.argv[1:];"
    "store = ModelStore.from_file_system(root_directory=where, create_directory=True);"
    "print(store.upload('bench', model=what)['model']['model_id']) if do == 'push' else "
    "store.download(what, 'bench', store.list_models('bench')[-1])"
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A store: made anew by `make`, then pushed to and pulled from."""

    name: str
    make: Callable[[Path], None]
    push: Callable[[Path, Path, int], Run]
    """Store's folder, model's folder, which version it will be."""
    pull: Callable[[Path, Path, int], Run]
    """Store's folder, empty folder, which version."""
    once: bool = False
    """Whether it is so slow that one run must do."""


def ready(folder: Path) -> Path:
    """Return the environment with the peers' packages, made when it is not there."""
    home = folder / "peers"
    if not (home / "bin" / "dvc").exists():
        print("installing", *PACKAGES, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True, stderr=subprocess.DEVNULL)
    return home


def ours() -> Peer:
    """Return podplanner itself."""

    def make(store: Path) -> None:
        podplanner("store", "init", str(store))

    def push(store: Path, model: Path, version: int) -> Run:
        return podplanner("model", "push", str(model), "bench", "--store", str(store))

    def pull(store: Path, target: Path, version: int) -> Run:
        return podplanner("model", "pull", f"bench:{version}", str(target), "--store", str(store))

    return Peer("podplanner", make, push, pull)


def dvc(home: Path) -> Peer:
    """DVC: `add`, `push`; a second checkout with an empty cache pulls."""
    word = str(home / "bin" / "dvc")
    env = {"DVC_NO_ANALYTICS": "1", "PATH": f"{home / 'bin'}:/usr/bin:/bin"}

    def make(store: Path) -> None:
        work = store / "work"
        (store / "remote").mkdir(parents=True)
        work.mkdir()
        run(["git", "init", "--quiet"], cwd=work)
        run([word, "init", "--quiet"], cwd=work, env=env)
        run([word, "remote", "add", "--default", "pod", str(store / "remote")], cwd=work, env=env)

    def push(store: Path, model: Path, version: int) -> Run:
        work = store / "work"
        shutil.rmtree(work / "model", ignore_errors=True)
        run(["cp", "-r", "--reflink=never", str(model), str(work / "model")])
        script = (
            '"$1" add --quiet model && "$1" push --quiet && cp model.dvc "saved-$2" && sync -f .'
        )
        return run(["sh", "-c", script, "sh", word, str(version)], cwd=work, env=env)

    def pull(store: Path, target: Path, version: int) -> Run:
        work = fresh(store / "second")
        run(["cp", "-r", str(store / "work" / ".dvc"), f"{store}/second.dvc"])
        work.mkdir()
        run(["git", "init", "--quiet"], cwd=work)
        run(["mv", f"{store}/second.dvc", str(work / ".dvc")])
        run(["rm", "-rf", str(work / ".dvc" / "cache"), str(work / ".dvc" / "tmp")])
        run(["cp", str(store / "work" / f"saved-{version}"), str(work / "model.dvc")])
        done = run(["sh", "-c", '"$1" pull --quiet && sync -f .', "sh", word], cwd=work, env=env)
        shutil.move(work / "model", target)
        return done

    return Peer("DVC", make, push, pull)


def restic() -> Peer:
    """restic: `backup`, `restore`."""

    def make(store: Path) -> None:
        run(["restic", "-r", str(store), "--quiet", "init"], env=_RESTIC)

    def push(store: Path, model: Path, version: int) -> Run:
        words = ["backup", "--quiet", "--tag", f"v{version}", "."]
        script = 'restic -r "$0" "$@" && sync -f "$0"'
        return run(["sh", "-c", script, str(store), *words], env=_RESTIC, cwd=model)

    def pull(store: Path, target: Path, version: int) -> Run:
        script = 'restic -r "$0" --quiet restore latest --tag "$1" --target "$2" && sync -f "$2"'
        return run(["sh", "-c", script, str(store), f"v{version}", str(target)], env=_RESTIC)

    return Peer("restic", make, push, pull)


def mlflow(home: Path) -> Peer:
    """MLflow's artifacts in a local folder."""
    python = str(home / "bin" / "python")

    def make(store: Path) -> None:
        store.mkdir(parents=True)

    def push(store: Path, model: Path, version: int) -> Run:
        script = '"$1" -c "$2" push "$3" "$4" && sync -f "$3"'
        where = store / str(version)
        where.mkdir(exist_ok=True)
        return run(["sh", "-c", script, "sh", python, _MLFLOW, str(where), str(model)])

    def pull(store: Path, target: Path, version: int) -> Run:
        target.mkdir()
        script = '"$1" -c "$2" pull "$3" "$4" && sync -f "$4"'
        where = store / str(version)
        return run(["sh", "-c", script, "sh", python, _MLFLOW, str(where), str(target)])

    return Peer("MLflow", make, push, pull)


def modelstore(home: Path) -> Peer:
    """modelstore: `upload` of a file, here the first shard, and `download`."""
    python = str(home / "bin" / "python")

    def make(store: Path) -> None:
        store.mkdir(parents=True)

    def push(store: Path, model: Path, version: int) -> Run:
        shard = str(next(iter(sorted(model.glob("*.safetensors")))))
        script = '"$1" -c "$2" push "$3" "$4" && sync -f "$3"'
        return run(["sh", "-c", script, "sh", python, _MODELSTORE, str(store), shard])

    def pull(store: Path, target: Path, version: int) -> Run:
        target.mkdir()
        script = '"$1" -c "$2" pull "$3" "$4" && sync -f "$4"'
        return run(["sh", "-c", script, "sh", python, _MODELSTORE, str(store), str(target)])

    return Peer("modelstore (one shard)", make, push, pull, once=True)
