"""A store in a directory with every feature of its format, and what must be read from it.

Nearly all is made by what users call. Only what a crash, a fault or a day of waiting leaves behind
is brought about: files are made older, an object is lost, a push stops.
"""

import hashlib
import json
import os
import pickle
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from support import store_writer
from support.model_files import gguf_file, npy_file, quantised, torch_file, weight
from support.stores import noise, safetensors

from podplanner.errors import BackendUnavailableError
from podplanner.store import Store
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.bad_keys import mark_bad
from podplanner.store.claims import new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.names import ModelName
from podplanner.store.records import VERSION_FORMAT, VersionRecord
from podplanner.store.root import make_root, open_root
from podplanner.store.session import Session

DAY = 86_400.0
BLOCK = 65_536
Files = dict[str, bytes]
Expected = dict[str, Any]


class _Breaking(DirectoryBackend):
    """Cannot write manifests."""

    def put(self, key, parts):
        if key.startswith("manifests/"):
            raise BackendUnavailableError("the cable is out")
        super().put(key, parts)


class FeatureStore:
    """A store in `folder` that is made from what is written below `sources`."""

    def __init__(self, folder: Path, sources: Path) -> None:
        self.folder = folder
        self.store = Store(make_root(DirectoryBackend(folder)))
        self.sources = sources
        self.expected: Expected = {}
        head = sources / ".git" / "HEAD"
        head.parent.mkdir(parents=True)
        head.write_text("0123456789abcdef0123456789abcdef01234567\n")

    def push(self, name: str, files: Files, *, folders=(), run=(), **options: Any) -> None:
        """Push files, and remember them."""
        source = self.sources / f"{len(list(self.sources.iterdir())):03}"
        for path, content in files.items():
            _write(source / path, content)
        for path in folders:
            (source / path).mkdir(parents=True)
        for path in run:
            (source / path).chmod(0o755)
        done = self.store.push(source, name, threads=1, **options)
        self.remember(done.model, done.version, files, folders=folders, run=run)

    def remember(self, model: str, number: int, files: Files, *, folders=(), run=()) -> None:
        self.model(model)["versions"][str(number)] = {
            "files": {
                path: {
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "executable": path in run,
                }
                for path, content in sorted(files.items())
            },
            "folders": sorted(folders),
            "metadata": {},
            "notes": [],
        }

    def model(self, name: str) -> Expected:
        return self.expected.setdefault(
            name, {"aliases": {}, "history": {}, "versions": {}, "deleted": [], "void": []}
        )

    def age(self, days: float, prefix: str = "") -> None:
        """Let everything below a prefix have been written so many days ago."""
        then = time.time() - days * DAY
        for path in self.folder.rglob("*"):
            if path.is_file() and str(path.relative_to(self.folder)).startswith(prefix):
                os.utime(path, (then, then))

    def lose(self, model: str) -> None:
        """Lose the objects of a model's latest version."""
        root = self.store.root
        opened = root.open(root.refs.latest(ModelName.parse(model)))
        for key in {place.object.key for _, place in opened.rows() if place is not None}:
            (self.folder / key).unlink()


def _write(path: Path, content: bytes) -> None:
    """Write a file; where `sparse` is in its name, blocks of zeros become holes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for at in range(0, len(content), BLOCK):
            block = content[at : at + BLOCK]
            if "sparse" in path.name and not any(block):
                file.seek(len(block), os.SEEK_CUR)
            else:
                file.write(block)
        file.truncate(len(content))


def bf16(values: np.ndarray) -> bytes:
    return (values.astype(np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()


def build(folder: Path, sources: Path, private_key: Path | None = None) -> Expected:
    """Make the store and return what it holds, by model and version."""
    made = FeatureStore(folder, sources)
    _collected(made)
    _grown(made, private_key)
    _mended(made)
    _cut_short(made)
    _epochs(made)
    _broken_off(made)
    return made.expected


def _collected(made: FeatureStore) -> None:
    """A deleted version is swept, and its content lies under keys of an epoch."""
    files = {"w.npy": npy_file(np.arange(120, dtype="<i4").reshape(10, 12)), "note": b"kept\n"}
    made.push("z", files)
    made.store.delete("z:1")
    made.age(3)
    assert made.store.gc(grace_s=DAY).epoch == 1
    made.push("z", files)
    made.age(2, "gc/")
    assert made.store.gc(grace_s=DAY).freed_objects
    made.model("z")["deleted"] = [1]
    del made.model("z")["versions"]["1"]


def _weights(step: int, *, seed: int = 11, few: bool = False) -> bytes:
    """Return tensors as they are after so many steps of training; few: of few values."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.02, 33_000)
    if few:
        values = np.round(values, 2)
    for _ in range(step):
        values = values * (1 + rng.normal(0, 0.003, len(values)))
    return safetensors(
        {
            "model.embed.weight": ("BF16", (330, 100), bf16(values)),
            "model.norm.weight": ("F32", (10,), np.ones(10, "<f4").tobytes()),
            "model.none": ("F32", (0, 4), b""),
        },
        step=str(step),
    )


def _grown(made: FeatureStore, private_key: Path | None) -> None:
    """A model with every kind of file, in six versions."""
    files = {
        "model.safetensors": _weights(0),
        "config.json": json.dumps({"layers": 2, "names": ["ä", "猫"]}).encode(),
        "empty.bin": b"",
        "array.npy": npy_file(np.asfortranarray(np.arange(60, dtype="<f8").reshape(6, 10))),
        "tiny.gguf": gguf_file(
            [
                weight("a", (8, 8), seed=1, dtype="F32"),
                quantised("b", (64,), seed=2, dtype="GGML:Q4_0"),
            ]
        ),
        "old.pt": torch_file([noise(256, 5)], pickle=pickle.dumps(OrderedDict(a=1), protocol=2)),
        "run.sh": b"#!/bin/sh\nexec true\n",
        "logs/train.log": b"".join(b"step %06d loss 0.5\n" % number for number in range(8_000)),
        "sparse.bin": noise(4_096, 3) + bytes(30 * BLOCK - 4_096) + b"end",
        "żółć/日本語/猫 🐈.txt": "naïve\n".encode(),
    }
    more = {"folders": ["checkpoints/none yet"], "run": ["run.sh"]}
    meta = {
        "description": "Sorts pictures of cats.",
        "tags": ["cats", "猫"],
        "metrics": {"accuracy": 0.93, "samples": 1000},
        "extra": {"seed": -7, "quick": True, "big": 2**60, "lists": [[1], {"a": "b"}]},
    }
    made.push("Team/Cat", files, alias="prod", meta=meta, **more)
    files = files | {"model.safetensors": _weights(1)}
    made.push("team/cat", files, alias="prod", encoding="fast", delta=True, **more)
    made.store.alias("team/cat:1", "test")
    made.store.note("team/cat:2", {"metrics": {"accuracy": 0.94}, "by": "us"})
    made.store.note("team/cat:2", {"metrics": {"recall": 1}, "by": "them"})
    files = files | {"model.safetensors": _weights(2), "config.json": b"{}"}
    made.push("team/cat", files, encoding="fast", delta=True, sign_with=private_key, **more)
    made.store.delete("team/cat:1", force=True)
    made.store.undelete("team/cat:1")
    made.push("team/cat", {"soon gone.txt": b"gone\n"})
    made.store.delete("team/cat:4")
    cat = made.model("Team/Cat")
    _void(made, 5)
    made.push("team/cat", files, new_version=True, parent="team/cat:3", alias="prod", **more)
    cat["deleted"], cat["void"] = [4], [5]
    del cat["versions"]["4"]
    cat["aliases"] = {"prod": 6}
    cat["history"] = {"prod": [6, 2, 1], "test": [None, 1]}
    exact = meta | {
        "metrics": {"accuracy": {"decimal": "0.93"}, "samples": 1000},
        "extra": meta["extra"] | {"big": {"decimal": str(2**60)}},
    }
    cat["versions"]["1"]["metadata"] = exact
    cat["versions"]["2"]["notes"] = [
        {"metrics": {"accuracy": {"decimal": "0.94"}}, "by": "us"},
        {"metrics": {"recall": 1}, "by": "them"},
    ]


def _void(made: FeatureStore, number: int) -> None:
    """A push dies between its decision and its record, and a collection ends it."""
    root = open_root(DirectoryBackend(made.folder))
    model = ModelName.parse("Team/Cat")
    session = Session(root.backend, model)
    session.lease.commit(
        VersionRecord(
            format=VERSION_FORMAT,
            model=model.shown,
            number=number,
            push_id=new_id(),
            time=written(root.backend.now()),
            who=who_am_i(),
        )
    )
    session.lease.stop_renewing()
    made.age(3, f"leases/{session.lease.id}")
    made.store.gc(grace_s=DAY)


def _mended(made: FeatureStore) -> None:
    """What was lost is given back in another encoding, twice; what was torn, under its own key."""
    files = {"w.safetensors": _weights(0, seed=12, few=True)}
    made.push("mended/one", files, encoding="fast")
    for encoding in ("raw", "fast"):
        made.lose("mended/one")
        made.push("mended/one", files, encoding=encoding, rehash=True)
    files = {"a.txt": b"torn once\n"}
    made.push("torn", files)
    root = made.store.root
    _, place = next(iter(root.open(root.refs.latest(ModelName.parse("torn"))).rows()))
    path = made.folder / place.object.key
    path.chmod(0o644)
    path.write_bytes(b"torn")
    mark_bad(root.backend, place.object.key)
    made.push("torn", files, rehash=True)
    assert path.read_bytes() == b"torn once\n"


def _cut_short(made: FeatureStore) -> None:
    """Tables end wherever they end: here after two pieces."""
    pieces = {
        "a.bin": [b"one", noise(600, 8), b"three"],
        "b.bin": [b"one"],
        "c.bin": [],
        "d.bin": [b"two", b"one", b"four"],
    }
    store_writer.push(made.store.root, "made/tables", pieces, table_pieces=2)
    made.remember("made/tables", 1, {path: b"".join(parts) for path, parts in pieces.items()})


def _epochs(made: FeatureStore) -> None:
    """Of what is unused one epoch is undone, another open."""
    made.age(3, "objects/")
    made.age(3, "layouts/")
    undone = made.store.gc(grace_s=DAY).epoch
    made.store.gc(undo=undone)
    assert made.store.gc(grace_s=DAY).epoch == undone + 1


def _broken_off(made: FeatureStore) -> None:
    """A push stops before its manifest is stored; its lease and its log stay."""
    source = made.sources / "broken off"
    _write(source / "a.txt", b"half a push\n")
    store = Store(open_root(_Breaking(made.folder)))
    try:
        store.push(source, "never")
    except BackendUnavailableError:
        return
    raise AssertionError("the push went through")
