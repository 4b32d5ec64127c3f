"""How the store `v1` beside this file was made, once.

Usage, in the root of a checkout: PYTHONPATH=tests python tests/data/stores/make_v1.py FOLDER

It makes another store of the same kind in an empty folder, to look at. It does not touch `v1`,
which is kept as it was written when the format was new: README.md says why.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from support.expectations import tree_digest
from support.feature_store import build

from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.doctor import examine


def main(target: Path) -> None:
    """Make `target`/v1, `target`/v1.json and `target`/v1.pem."""
    if target.exists() and any(target.iterdir()):
        raise SystemExit(f"{target} is not empty")
    store = target / "v1"
    store.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        _be_nobody(Path(folder))
        private = Path(folder) / "private.pem"
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(private))
        _openssl("ec", "-in", str(private), "-pubout", "-out", str(target / "v1.pem"))
        expected = build(store, Path(folder) / "sources", private)
    examine(DirectoryBackend(store))
    known = {"tree": tree_digest(store), "models": expected}
    text = json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True)
    (target / "v1.json").write_text(text + "\n", encoding="utf-8")


def _be_nobody(home: Path) -> None:
    """Write no name of a person or a machine into records, and use no caches of theirs."""
    os.environ.update(dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "keeper"))
    os.environ["XDG_CACHE_HOME"] = str(home / "cache")
    socket.gethostname = lambda: "pod"


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
