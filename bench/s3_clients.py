"""Compare ways to move 8 MiB objects to and from a bucket: what a request costs its client.

Usage: python bench/s3_clients.py [--folder DIR] [--runs 5] [--objects 64] [--json FILE]

The ways: boto3's client; boto3's signer and connections without its client, which is what
podplanner does; obstore; s5cmd for its speed. Each measurement is a process of its own against a
SeaweedFS on this machine; its start and one request to warm up are left out, but for s5cmd, where
they count. What is compared takes turns; medians are shown.
"""

import argparse
import json
import mmap
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

SIZE = 8 * 2**20
GB, MB, MIB = 10**9, 10**6, 2**20
BUCKET = "bench"
AT_ONCE = (4, 8)
_HEADS = 20
# So many heads for each object: one takes less than a millisecond.


@dataclass(frozen=True, slots=True)
class Way:
    """A way to do one thing."""

    do: str
    """`put`, `get` or `head`."""
    client: str
    check: str
    """What goes with a body: `none`, `crc32`, `md5`, `sha256`; or what is done with what came:
    `none` or `blake3`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one measurement took."""

    wall_s: float
    cpu_s: float
    rss_bytes: int


WAYS = (
    Way("put", "boto3", "none"),
    Way("put", "boto3", "crc32"),
    Way("put", "boto3", "md5"),
    Way("put", "boto3", "sha256"),
    Way("put", "signer", "none"),
    Way("put", "signer", "crc32"),
    Way("put", "signer", "md5"),
    Way("put", "signer", "sha256"),
    Way("put", "obstore", "none"),
    Way("put", "obstore", "sha256"),
    Way("put", "s5cmd", "none"),
    Way("get", "boto3", "none"),
    Way("get", "boto3", "blake3"),
    Way("get", "signer", "none"),
    Way("get", "signer", "blake3"),
    Way("get", "obstore", "none"),
    Way("get", "obstore", "blake3"),
    Way("get", "s5cmd", "none"),
    Way("head", "boto3", "none"),
    Way("head", "signer", "none"),
    Way("head", "obstore", "none"),
)
NAMES = {
    "boto3": "boto3",
    "signer": "boto3's signer and connections",
    "obstore": "obstore",
    "s5cmd": "s5cmd, whole process",
}


# --- one measurement, in a process of its own ---


def measure_one(way: Way, at_once: int, objects: int) -> Cost:
    """Do one thing with all objects, and return what it took."""
    work = _WORKS[way.client](way)
    work(0)
    again = _HEADS if way.do == "head" else 1
    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(work, [number for number in range(objects) for _ in range(again)]):
            pass
    return Cost(
        time.perf_counter() - began,
        time.process_time() - cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def key_of(way: Way, number: int) -> str:
    return f"{'put' if way.do == 'put' else 'get'}/{number}"


class _Buffers(threading.local):
    """A buffer for each thread, used again for every object."""

    def __init__(self) -> None:
        self.view = memoryview(mmap.mmap(-1, SIZE))


def boto3_work(way: Way) -> Callable[[int], None]:
    import base64
    import hashlib
    import zlib

    import boto3
    from blake3 import blake3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        config=Config(
            max_pool_connections=max(AT_ONCE),
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path", "payload_signing_enabled": way.check == "sha256"},
        ),
    )
    body = os.urandom(SIZE)
    words: dict[str, Callable[[], dict[str, str]]] = {
        "none": dict,
        "sha256": dict,
        "crc32": lambda: {"ChecksumCRC32": _base64(zlib.crc32(body).to_bytes(4, "big"))},
        "md5": lambda: {"ContentMD5": _base64(hashlib.md5(body).digest())},
    }

    def _base64(content: bytes) -> str:
        return base64.b64encode(content).decode()

    def put(number: int) -> None:
        client.put_object(Bucket=BUCKET, Key=key_of(way, number), Body=body, **words[way.check]())

    def get(number: int) -> None:
        answer = client.get_object(
            Bucket=BUCKET, Key=key_of(way, number), Range=f"bytes=0-{SIZE - 1}"
        )
        content = answer["Body"].read()
        assert len(content) == SIZE
        if way.check == "blake3":
            blake3(content).digest()

    def head(number: int) -> None:
        client.head_object(Bucket=BUCKET, Key=key_of(way, number))

    return {"put": put, "get": get, "head": head}[way.do]


def signer_work(way: Way) -> Callable[[int], None]:
    """Podplanner's own requests, with and without what else it does."""
    from podplanner.store.backends.s3.checksums import check_headers
    from podplanner.store.backends.s3.faults import Request
    from podplanner.store.backends.s3.settings import S3Settings, connect
    from podplanner.store.backends.s3.wire import Wire
    from podplanner.store.digest import digest_of

    wire = Wire(connect(BUCKET, S3Settings()))
    request = Request(f"s3://{BUCKET}", "move", "an object", os.environ["AWS_ENDPOINT_URL"])
    body = os.urandom(SIZE)
    buffers = _Buffers()

    def put(number: int) -> None:
        key = key_of(way, number)
        headers = check_headers(way.check, [body]) if way.check in ("crc32", "md5") else {}
        signed = way.check == "sha256"
        with wire.send("PUT", key, request, headers=headers, parts=[body], signed=signed):
            pass

    def get(number: int) -> None:
        key = key_of(way, number)
        ranges = {"range": f"bytes=0-{SIZE - 1}"}
        with wire.send("GET", key, request, headers=ranges) as answer:
            assert answer.read_into(buffers.view) == SIZE
        if way.check == "blake3":
            digest_of(buffers.view)

    def head(number: int) -> None:
        with wire.send("HEAD", key_of(way, number), request):
            pass

    return {"put": put, "get": get, "head": head}[way.do]


def obstore_work(way: Way) -> Callable[[int], None]:
    import obstore
    from blake3 import blake3
    from obstore.store import S3Store

    options = (
        {"checksum_algorithm": "SHA256"} if way.check == "sha256" else {"unsigned_payload": True}
    )
    store = S3Store(
        BUCKET,
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        client_options={"allow_http": True},
        **options,
    )
    body = os.urandom(SIZE)

    def put(number: int) -> None:
        obstore.put(store, key_of(way, number), body, use_multipart=False)

    def get(number: int) -> None:
        content = obstore.get_range(store, key_of(way, number), start=0, length=SIZE)
        assert len(content) == SIZE
        if way.check == "blake3":
            blake3(content).digest()

    def head(number: int) -> None:
        obstore.head(store, key_of(way, number))

    return {"put": put, "get": get, "head": head}[way.do]


_WORKS = {"boto3": boto3_work, "signer": signer_work, "obstore": obstore_work}


# --- all measurements ---


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "podplanner-bench"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--objects", type=int, default=64)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        do, client, check, at_once, objects = asked.one
        cost = measure_one(Way(do, client, check), int(at_once), int(objects))
        print(json.dumps(asdict(cost)))
        return
    bench = Bench(asked.folder, asked.objects)
    found: dict[tuple[Way, int], list[Cost]] = {}
    for number in range(asked.runs):
        print(f"run {number + 1} of {asked.runs}", file=sys.stderr)
        for way, at_once, cost in bench.round(backwards=number % 2 == 1):
            found.setdefault((way, at_once), []).append(cost)
    for words in tables(found, asked.objects):
        print(words, end="\n\n")
    if asked.json:
        rows = [
            {**asdict(way), "at_once": at_once, "objects": asked.objects,
             "runs": [asdict(cost) for cost in costs]}
            for (way, at_once), costs in found.items()
        ]  # fmt: skip
        asked.json.write_text(json.dumps(rows, indent=2))


class Bench:
    """Measures all ways, each round on a new engine."""

    def __init__(self, folder: Path, objects: int) -> None:
        here = Path(__file__).resolve().parent
        sys.path += [str(here / "s3"), str(here / "store"), str(here.parent / "tests")]
        from installing import environment_of

        self._folder = folder
        self._objects = objects
        folder.mkdir(parents=True, exist_ok=True)
        homes = {name: environment_of(name, folder) for name in ("obstore", "s5cmd")}
        self._homes = {name: home for name, home in homes.items() if home}
        self._ways = [
            way for way in WAYS if way.client in ("boto3", "signer") or way.client in self._homes
        ]

    def round(self, *, backwards: bool) -> Iterator[tuple[Way, int, Cost]]:
        """Yield each way's cost, measured once."""
        from engine import SeaweedFs, environment

        files = self._files()
        with SeaweedFs(self._folder / "engine") as engine:
            env = environment(engine.endpoint)
            self._s5cmd(engine.endpoint, env, "cp", f"{files}/", f"s3://{BUCKET}/get/")
            for at_once in AT_ONCE:
                for way in reversed(self._ways) if backwards else self._ways:
                    if way.client == "s5cmd":
                        cost = self._by_s5cmd(way, at_once, engine.endpoint, env, files)
                    else:
                        cost = self._by_python(way, at_once, env)
                    yield way, at_once, cost

    def _by_python(self, way: Way, at_once: int, env: dict[str, str]) -> Cost:
        home = self._homes.get(way.client)
        python = str(home / "bin" / "python") if home else sys.executable
        words = (way.do, way.client, way.check, str(at_once), str(self._objects))
        done = subprocess.run(
            [python, __file__, "--one", *words],
            env={**os.environ, **env}, stdout=subprocess.PIPE, check=True, text=True,
        )  # fmt: skip
        return Cost(**json.loads(done.stdout))

    def _by_s5cmd(
        self, way: Way, at_once: int, endpoint: str, env: dict[str, str], files: Path
    ) -> Cost:
        with tempfile.TemporaryDirectory(dir=self._folder) as target:
            # One request for each object, as of the others.
            parts = ("-c", "1", "-p", "16")
            there = f"s3://{BUCKET}/{'put' if way.do == 'put' else 'get'}/"
            where = (f"{files}/", there) if way.do == "put" else (f"{there}*", f"{target}/")
            return self._s5cmd(endpoint, env, "cp", *parts, *where, workers=at_once)

    def _s5cmd(self, endpoint: str, env: dict[str, str], *words: str, workers: int = 8) -> Cost:
        from processes import run

        home = self._homes["s5cmd"]
        binary = str(next(home.glob("lib/python*/site-packages/s5cmd/bin/s5cmd")))
        command = [binary, "--endpoint-url", endpoint, "--numworkers", str(workers), *words]
        done = run(command, env=env)
        return Cost(done.wall_s, done.cpu_s, done.rss_bytes)

    def _files(self) -> Path:
        folder = self._folder / f"objects-{self._objects}"
        if not folder.is_dir():
            making = folder.with_name(f"{folder.name}.making")
            making.mkdir(exist_ok=True)
            for number in range(self._objects):
                (making / str(number)).write_bytes(os.urandom(SIZE))
            making.rename(folder)
        return folder


def tables(found: dict[tuple[Way, int], list[Cost]], objects: int) -> Iterator[str]:
    """Yield a table for each of what was done, as Markdown."""
    from table import Table

    whole = objects * SIZE
    for do, check in (("put", "checksum"), ("get", "hashed"), ("head", "")):
        cells = [f"MB/s at {n} at once" for n in AT_ONCE] if do != "head" else []
        unit = "s/GB" if do != "head" else "ms a request"
        heads = ["client", *([check] if check else []), *cells]
        table = Table([*heads, *(f"CPU {unit} at {n} at once" for n in AT_ONCE), "MiB of memory"])
        for way in dict.fromkeys(way for way, _ in found if way.do == do):
            costs = [found[way, n] for n in AT_ONCE]
            walls = [statistics.median(one.wall_s for one in some) for some in costs]
            cpus = [statistics.median(one.cpu_s for one in some) for some in costs]
            if do == "head":
                shown = [f"{1000 * cpu / (objects * _HEADS):.2f}" for cpu in cpus]
            else:
                shown = [f"{whole / MB / wall:.0f}" for wall in walls]
                shown += [f"{cpu / (whole / GB):.2f}" for cpu in cpus]
            memory = max(one.rss_bytes for some in costs for one in some) / MIB
            name = [NAMES[way.client], *([way.check] if check else [])]
            table.add([*name, *shown, f"{memory:.0f}"])
        yield f"{do.upper()}:\n\n{table}"


if __name__ == "__main__":
    main()
