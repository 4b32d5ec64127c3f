"""All tensors of a large version into memory: from a directory, hot and cold, and from a bucket."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from data import write_base
from engine import BUCKET, SeaweedFs, environment
from figures import Figure, Sample, in_turn
from processes import forget_pages, podplanner, run

PLACES = ("hot", "cold", "bucket")
_READER = Path(__file__).resolve().parent / "readers" / "read_all.py"
_UPLOAD = """
import sys, boto3
from pathlib import Path
client = boto3.client("s3")
for path in Path(sys.argv[2]).glob("*.safetensors"):
    client.upload_file(str(path), sys.argv[1], f"plain/{path.name}")
"""


def measured(folder: Path, runs: int, places: Sequence[str]) -> Iterator[Figure]:
    """Measure, and yield the figures of each place.

    Args:
        folder: Keeps the models and stores.
        runs: Of each way.
        places: Of `PLACES`.
    """
    base = write_base(folder)
    stores = {encoding: _pushed(base, folder, encoding) for encoding in ("raw", "fast")}
    for place in places:
        if place == "bucket":
            yield from _from_bucket(base, folder, runs)
        else:
            prepare = _warm if place == "hot" else _forget
            yield from _from_disk(base, stores, f"2.05 GiB, {place}", runs, prepare)


def _from_disk(
    base: Path,
    stores: dict[str, Path],
    what: str,
    runs: int,
    prepare: Callable[[Path], None],
) -> list[Figure]:
    def way(how: str, place: Path) -> Callable[[], Sample]:
        def once() -> Sample:
            prepare(place)
            return _read(how, str(place))

        return once

    ways = {
        "safetensors": way("safetensors", base),
        "podplanner, raw": way("podplanner", stores["raw"]),
        "podplanner, fast": way("podplanner", stores["fast"]),
    }
    return in_turn(what, runs, ways, "safetensors")


def _from_bucket(base: Path, folder: Path, runs: int) -> Iterator[Figure]:
    with SeaweedFs(folder / "engine") as engine:
        env = environment(engine.endpoint) | {"XDG_CACHE_HOME": str(folder / "bucket-cache")}
        run([sys.executable, "-c", _UPLOAD, BUCKET, str(base)], env=env)
        for encoding in ("raw", "fast"):
            store = f"s3://{BUCKET}/{encoding}"
            podplanner("store", "init", store, env=env)
            words = ("model", "push", str(base), "bench", "--encoding", encoding)
            podplanner(*words, "--store", store, env=env)
        target = folder / "downloaded"

        def theirs() -> Sample:
            shutil.rmtree(target, ignore_errors=True)
            os.sync()
            try:
                return _read("boto3", f"{BUCKET}/plain", str(target), env=env)
            finally:
                shutil.rmtree(target, ignore_errors=True)

        def ours(encoding: str) -> Callable[[], Sample]:
            return lambda: _read("podplanner", f"s3://{BUCKET}/{encoding}", env=env)

        ways = {
            "boto3, then safetensors": theirs,
            "podplanner, raw": ours("raw"),
            "podplanner, fast": ours("fast"),
        }
        yield from in_turn("2.05 GiB, SeaweedFS on loopback", runs, ways, "boto3, then safetensors")


def _read(how: str, *words: str, env: dict[str, str] | None = None) -> Sample:
    done = run([sys.executable, str(_READER), how, *words], env=env)
    found = json.loads(done.out)
    return Sample(found["wall_s"], found["cpu_s"], found["answer"], done.rss_bytes)


def _pushed(base: Path, folder: Path, encoding: str) -> Path:
    """Return a store that has the model, made when it is not there."""
    store = folder / f"loaded-{encoding}"
    done = store.with_name(f"{store.name}.done")
    if not done.exists():
        shutil.rmtree(store, ignore_errors=True)
        podplanner("store", "init", str(store))
        words = ("model", "push", str(base), "bench", "--encoding", encoding)
        podplanner(*words, "--store", str(store))
        os.sync()
        done.touch()
    return store


def _warm(folder: Path) -> None:
    """Have the files below a folder in the system's cache."""
    script = 'find "$1" -type f -exec cat {} + > /dev/null'
    subprocess.run(["sh", "-c", script, "sh", str(folder)], check=True)


def _forget(folder: Path) -> None:
    """Have the system's cache hold nothing of the files below a folder."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        forget_pages(folder)
