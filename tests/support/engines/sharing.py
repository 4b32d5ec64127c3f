"""One engine for all the workers of a test run, kept by a process of its own.

Each worker holds a shared lock on a file while it uses the engine. The keeper waits for the
exclusive lock: it gets it when the last worker has let go, or was killed, and ends the engine.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.engines.ceph import Ceph
from support.engines.engine import Engine
from support.engines.seaweedfs import SeaweedFs

_SERVERS = {server.NAME: server for server in (SeaweedFs, Ceph)}
_TESTS = Path(__file__).resolve().parents[2]


@contextmanager
def shared_engine(name: str, directory: Path) -> Iterator[Engine]:
    """Use the engine that all workers of a run share; the first one starts it.

    Args:
        name: Which engine.
        directory: A folder that all workers of the run see, and no other run.

    Raises:
        RuntimeError: It did not come up; the message ends with its log.
    """
    home = directory / f"shared-{name}"
    home.mkdir(exist_ok=True)
    # Waits while a keeper ends its engine; the answer is gone then, and another is started.
    with _locked(home / "users", fcntl.LOCK_SH):
        with _locked(home / "starting", fcntl.LOCK_EX):
            answer = home / "engine.json"
            if not answer.exists():
                _start_keeper(name, home)
            engine = Engine.from_json(answer.read_text())
        yield engine


def _start_keeper(name: str, home: Path) -> None:
    log = home / "keeper.log"
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-m", "support.engines.sharing", name, str(home)],
            cwd=_TESTS,
            env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            start_new_session=True,
        )
    if done.returncode:
        raise RuntimeError(f"the shared {name} did not start:\n{log.read_text()[-4000:]}")


@contextmanager
def _locked(path: Path, how: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        # Said aloud: a process that a test forked may hold a copy of the descriptor.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _keep(name: str, home: Path, ready: int) -> None:
    """Start the engine, say so through the pipe `ready`, and end it when nobody uses it."""
    answer = home / "engine.json"
    with (home / "users").open("a") as users, _SERVERS[name]() as server:
        unfinished = answer.with_suffix(".new")
        unfinished.write_text(server.engine.to_json())
        unfinished.replace(answer)
        os.write(ready, b"+")
        os.close(ready)
        fcntl.flock(users, fcntl.LOCK_EX)
        # The lock is held until the engine is gone: who comes now waits, and starts another.
        answer.unlink()


def main(name: str, home: Path) -> int:
    """Leave a keeper behind once its engine serves; return 1 when it does not come up."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return 0 if os.read(reading, 1) else 1
    os.close(reading)
    _keep(name, home, writing)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
