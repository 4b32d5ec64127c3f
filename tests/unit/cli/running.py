"""Run the command line in this process, and see what `main` gives: status, output, errors."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podplanner.cli.app import main
from podplanner.resources import data_dir

PASTED = data_dir("bom") / "pods" / "storage-pod-3.0.txt"
POD = data_dir("bom") / "pods" / "storage-pod-3.0.toml"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the one JSON object that standard output holds; fail when it holds more."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    out, err = io.BytesIO(), io.BytesIO()
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", newline="", write_through=True)
    try:
        yield out, err
    finally:
        # Detached, so that collecting the wrappers does not close the buffers that are read.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            stream.detach()
        sys.stdin, sys.stdout, sys.stderr = kept


def podplanner(*words: object, stdin: bytes = b"") -> Done:
    """Run `podplanner WORDS`; an error that is none of ours shows itself."""
    kept = sys.argv
    sys.argv = ["podplanner", *(str(word) for word in words)]
    status: object = 0
    with _streams(stdin) as (out, err):
        try:
            main()
        except SystemExit as left:
            status = left.code
        finally:
            sys.argv = kept
    return Done(int(str(status or 0)), out.getvalue().decode(), err.getvalue().decode())


def bom(*words: object, stdin: bytes = b"") -> Done:
    """Run `podplanner bom WORDS`."""
    return podplanner("bom", *words, stdin=stdin)


def findings(file: object, *words: object) -> list[dict[str, Any]]:
    """Return the findings that `bom check --json` has of a file."""
    return list(bom("check", file, "--json", *words).json["findings"])


def new_pod(name: str = "pod.toml") -> Path:
    """Make a list from the shipped pod, here."""
    done = bom("new", name, "--from", "storage-pod-3.0")
    assert done.status == 0, done.err
    return Path(name)
