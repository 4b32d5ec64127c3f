"""What is measured: podplanner and what else moves models to a bucket, as its manual says."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from installing import environment_of, version_of
from place import Place, Version
from processes import Run

_COPIERS = Path(__file__).resolve().parent / "copiers"
_AT_ONCE = "16"

Move = Callable[[Place, Path, Version], Run]


def _nothing(place: Place) -> None:
    """Make nothing: a bucket is enough."""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that moves folders of files to a bucket and back."""

    word: str
    """How it is named on the command line."""
    name: str
    push: Move
    """A folder to the bucket."""
    pull: Move
    """Into a folder that is empty, or holds the version before; not there in the first case."""
    again: Move | None = None
    """How a folder is pushed that has not changed; None: as for the first time."""
    make: Callable[[Place], None] = _nothing
    files_alone: bool = False
    """Whether it takes one file only: the first shard stands for the model, two fifths of it."""
    once: bool = False
    """Whether it is so slow that one run must do."""


def podplanner(encoding: str) -> Tool:
    """Return podplanner itself."""
    word = Path(sys.executable).parent / "podplanner"

    def store(place: Place) -> tuple[str, str]:
        return "--store", f"s3://{place.bucket}/store"

    def make(place: Place) -> None:
        place.run(word, "store", "init", store(place)[1])

    def push(place: Place, model: Path, version: Version) -> Run:
        return place.run(
            *(word, "model", "push", model, version.model, "--encoding", encoding),
            *(*store(place), "--json"),
        )

    def pull(place: Place, target: Path, version: Version) -> Run:
        return place.run(
            *(word, "model", "pull", f"{version.model}:{version.number}", target, "--force"),
            *(*store(place), "--json"),
            env=place.elsewhere(),
        )

    return Tool(f"podplanner-{encoding}", f"podplanner, {encoding}", push, pull, make=make)


def s5cmd(home: Path, *, tuned: bool) -> Tool:
    """s5cmd: `cp`, and `sync` where nothing has changed."""
    # What is in `bin` is a script of Python that starts the real one.
    word = next(home.glob("lib/python*/site-packages/s5cmd/bin/s5cmd"))
    parts = ("-c", "4", "-p", "32") if tuned else ()

    def copy(place: Place, do: str, source: str, target: str) -> Run:
        options = parts if do == "cp" else ()
        return place.run(word, "--endpoint-url", place.endpoint, do, *options, source, target)

    def push(place: Place, model: Path, version: Version) -> Run:
        return copy(place, "cp", f"{model}/", f"s3://{place.bucket}/{version}/")

    def again(place: Place, model: Path, version: Version) -> Run:
        return copy(place, "sync", f"{model}/", f"s3://{place.bucket}/{version}/")

    def pull(place: Place, target: Path, version: Version) -> Run:
        # `sync` would take what lies there for newer, and leave it.
        return copy(place, "cp", f"s3://{place.bucket}/{version}/*", f"{target}/")

    if tuned:
        return Tool("s5cmd-tuned", "s5cmd, 4 x 32 MiB", push, pull, again)
    return Tool("s5cmd", f"s5cmd {version_of('s5cmd', home)}", push, pull, again)


def boto3(home: Path, how: str) -> Tool:
    """boto3: `upload_file` and `download_file`, or its transfer manager."""
    name = f"boto3 {version_of('boto3', home)}" if how == "default" else f"boto3, {how}"
    word = "boto3" if how == "default" else f"boto3-{how}"
    return Tool(word, name, *_by_script(home, "by_boto3.py", how))


def obstore(home: Path) -> Tool:
    """obstore in a script of 20 lines."""
    return Tool(
        "obstore", f"obstore {version_of('obstore', home)}", *_by_script(home, "by_obstore.py")
    )


def mlflow(home: Path) -> Tool:
    """The artifacts of MLflow."""
    name = f"MLflow {version_of('mlflow', home)}"
    return Tool("mlflow", name, *_by_script(home, "by_mlflow.py"))


def _by_script(home: Path, script: str, *options: str) -> tuple[Move, Move]:
    python = home / "bin" / "python"

    def move(do: str) -> Move:
        def done(place: Place, folder: Path, version: Version) -> Run:
            if do == "pull":
                folder.mkdir(parents=True, exist_ok=True)
            return place.run(
                *(python, _COPIERS / script, do, *options, place.bucket, str(version), folder),
                env={"MLFLOW_S3_ENDPOINT_URL": place.endpoint},
            )

        return done

    return move("push"), move("pull")


def rclone(home: Path) -> Tool:
    """rclone: `copy`, which looks at sizes and times."""

    def copy(place: Place, source: str, target: str) -> Run:
        return place.run(
            *(home / "bin" / "rclone", "copy", "--transfers", _AT_ONCE, "--checkers", _AT_ONCE),
            *("--config", "/dev/null", source, target),
            env={
                "RCLONE_CONFIG_POD_TYPE": "s3",
                "RCLONE_CONFIG_POD_PROVIDER": "SeaweedFS",
                "RCLONE_CONFIG_POD_ENV_AUTH": "true",
                "RCLONE_CONFIG_POD_ENDPOINT": place.endpoint,
            },
        )

    def push(place: Place, model: Path, version: Version) -> Run:
        return copy(place, str(model), f"pod:{place.bucket}/{version}")

    def pull(place: Place, target: Path, version: Version) -> Run:
        return copy(place, f"pod:{place.bucket}/{version}", str(target))

    return Tool("rclone", f"rclone {version_of('rclone', home)}", push, pull)


def restic(word: str) -> Tool:
    """restic: `backup`, `restore`."""
    shown = subprocess.run([word, "version"], stdout=subprocess.PIPE, text=True, check=True).stdout

    def env(place: Place) -> dict[str, str]:
        return {
            "RESTIC_PASSWORD": "bench",
            "RESTIC_PROGRESS_FPS": "0.1",
            "RESTIC_REPOSITORY": f"s3:{place.endpoint}/{place.bucket}/restic",
        }

    def make(place: Place) -> None:
        place.run(word, "--quiet", "init", env=env(place))

    def push(place: Place, model: Path, version: Version) -> Run:
        words = ("backup", "--quiet", "--tag", str(version), ".")
        return place.run(word, *words, env=env(place), cwd=model)

    def pull(place: Place, target: Path, version: Version) -> Run:
        words = ("restore", "--quiet", "latest", "--tag", str(version), "--target", target)
        return place.run(word, *words, env={**env(place), **place.elsewhere()})

    return Tool("restic", f"restic {shown.split()[1]}", push, pull, make=make)


def dvc(home: Path) -> Tool:
    """DVC: `add` and `push`; another checkout, with an empty cache, pulls."""
    word = home / "bin" / "dvc"
    env = {"DVC_NO_ANALYTICS": "1", "PATH": f"{home / 'bin'}:/usr/bin:/bin"}

    def make(place: Place) -> None:
        work = place.scratch / "work"
        work.mkdir()
        place.run("git", "init", "--quiet", cwd=work)
        place.run(word, "init", "--quiet", cwd=work, env=env)
        remote = f"s3://{place.bucket}/dvc"
        place.run(word, "remote", "add", "--default", "pod", remote, cwd=work, env=env)
        endpoint = ("pod", "endpointurl", place.endpoint)
        place.run(word, "remote", "modify", *endpoint, cwd=work, env=env)

    def push(place: Place, model: Path, version: Version) -> Run:
        work = place.scratch / "work"
        name = version.model
        if not (work / f"saved-{name}-{version.number}").exists():
            shutil.rmtree(work / name, ignore_errors=True)
            place.run("cp", "-r", "--reflink=never", model, work / name)
        script = '"$1" add --quiet "$2" && "$1" push --quiet "$2" && cp "$2.dvc" "saved-$2-$3"'
        return place.run(
            "sh", "-c", script, "sh", word, name, str(version.number), cwd=work, env=env
        )

    def pull(place: Place, target: Path, version: Version) -> Run:
        work, saved = target.parent, place.scratch / "work"
        if not (work / ".git").is_dir():
            place.run("git", "init", "--quiet", cwd=work)
            (work / ".dvc").mkdir()
            shutil.copy(saved / ".dvc" / "config", work / ".dvc" / "config")
        name = version.model
        shutil.copy(saved / f"saved-{name}-{version.number}", work / f"{name}.dvc")
        return place.run(word, "pull", "--quiet", "--force", f"{name}.dvc", cwd=work, env=env)

    return Tool("dvc", f"DVC {version_of('dvc', home)}", push, pull, make=make)


def modelstore(home: Path) -> Tool:
    """modelstore: `upload` of a file, here the first shard, and `download`."""
    python, script = home / "bin" / "python", _COPIERS / "by_modelstore.py"

    def push(place: Place, model: Path, version: Version) -> Run:
        return place.run(python, script, "push", place.bucket, model)

    def pull(place: Place, target: Path, version: Version) -> Run:
        target.mkdir(parents=True, exist_ok=True)
        return place.run(python, script, "pull", place.bucket, target)

    name = f"modelstore {version_of('modelstore', home)} (one shard)"
    return Tool("modelstore", name, push, pull, files_alone=True, once=True)


def all_tools(folder: Path, wanted: set[str]) -> Iterator[Tool]:
    """Yield the tools that are wanted and can be had; what cannot is said.

    Args:
        folder: Where they are installed.
        wanted: Their words; empty: all.
    """
    yield from (one for one in map(podplanner, ("raw", "fast")) if _is_in(one.word, wanted))
    makers: dict[str, tuple[str, Callable[[Path], Tool]]] = {
        "s5cmd": ("s5cmd", lambda home: s5cmd(home, tuned=False)),
        "s5cmd-tuned": ("s5cmd", lambda home: s5cmd(home, tuned=True)),
        "boto3": ("boto3", lambda home: boto3(home, "default")),
        "boto3-tuned": ("boto3", lambda home: boto3(home, "tuned")),
        "obstore": ("obstore", obstore),
        "rclone": ("rclone", rclone),
        "mlflow": ("mlflow", mlflow),
        "dvc": ("dvc", dvc),
        "modelstore": ("modelstore", modelstore),
    }
    for word, (package, maker) in makers.items():
        if _is_in(word, wanted) and (home := environment_of(package, folder)):
            yield maker(home)
    if _is_in("restic", wanted):
        if found := shutil.which("restic"):
            yield restic(found)
        else:
            print("restic is left out: it is not installed (apt-get install restic)")


def _is_in(word: str, wanted: set[str]) -> bool:
    return not wanted or word in wanted
