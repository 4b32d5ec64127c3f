"""Soak the store: many processes at once, killed and stopped at random, with faults in between.

Usage: python tests/soak/store_soak.py [--runs 1000] [--seed N] [--folder DIR]

A run is one process that does one thing to a store that others use at the same moment: pushes,
pulls, deletes, undeletes, moves an alias, collects, checks. Some are killed with SIGKILL after a
random time, some stopped with SIGSTOP for longer than their lease lasts and then let go on, some
work on a backend that fails as disks do. After every batch all that was promised is checked:

- every version that a push reported, and nobody was asked to delete, is there, and so is every
  version that a listing shows; each reads back exactly as one of the models that were pushed, and
  a reported one as the model of its push;
- a pull that reported success wrote just those bytes;
- on a store of its own, what was reported before a power cut is there after it, where the disk
  forgets what was not settled and fsyncs fail;
- at the end, when all leases have run out, collections leave no object, document, lease or
  temporary file that no version needs, and every version still reads back.

It prints one line a batch and exits 1 at the first broken promise, with the seed that repeats it
(as far as the scheduling of processes can be repeated).
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.backends import Fault, FaultyBackend, NoFaults, Plan, Seeded
from support.stores import noise, safetensors

from podplanner.errors import PodplannerError, UnknownNameError
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.digest import digest_of
from podplanner.store.names import ModelName
from podplanner.store.root import StoreRoot, make_root, open_root
from podplanner.store.store import Store

LEASE_S = 1.0
STOPPED_S = 4.0
# Longer than a lease, and long enough for a collection to delete what is then two seconds old.
MODELS = ("team/cat", "dog")
CONTENTS = 8
WORKERS = 4
BATCH = 12
BATCHES_A_STORE = 8
POWER_CUTS = 3
# After each batch, on a store of their own.
RATES = {
    Fault.NO_SPACE: 0.01,
    Fault.IO_ERROR: 0.005,
    Fault.LOST_REPLY: 0.02,
    Fault.LOST_REQUEST: 0.02,
    Fault.SHORT_WRITE: 0.01,
    Fault.FAILED_FSYNC: 0.005,
}


def content(number: int) -> dict[str, bytes]:
    """Return the files of one of the models; they share much, and have something of their own."""
    own = noise(700_000, 1000 + number)
    common = noise(900_000, 7)
    tensors = {
        "common": ("F32", (450, 500), common),
        "own": ("F32", (350, 500), own),
    }
    return {
        "model.safetensors": safetensors(tensors),
        "config.json": json.dumps({"number": number}).encode(),
        "blob.bin": noise(400_000, 8) + noise(200_000 + 1000 * number, 2000 + number),
        "empty": b"",
    } | {f"small/{n}.txt": noise(3000, 10 * number + n % 3) for n in range(12)}


def fingerprint(files: dict[str, bytes]) -> str:
    """Return a digest of a tree."""
    parts = [f"{path}\0{len(files[path])}\0".encode() + files[path] for path in sorted(files)]
    return digest_of(*parts).hex()


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a directory."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@dataclass
class Place:
    """Where a soak works."""

    folder: Path
    number: int = 0

    @property
    def store(self) -> Path:
        return self.folder / f"store-{self.number}"

    @property
    def ledger(self) -> Path:
        return self.folder / f"ledger-{self.number}"

    def source(self, number: int) -> Path:
        return self.folder / "sources" / str(number)


@dataclass
class Order:
    """What one run does, chosen before it is started."""

    what: str
    seed: int
    faulty: bool
    kill_after: float | None = None
    """Seconds until the process is killed from outside."""
    signal_at: int | None = None
    """Of its calls to the backend: before this one the process sends itself `signal`."""
    signal: int = signal.SIGKILL
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)


def report(place: Place, **words: object) -> None:
    """Write one line into the ledger, in one write: what is written is promised."""
    line = (json.dumps(words) + "\n").encode()
    descriptor = os.open(place.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)


class Signalled:
    """A plan of faults that, at one call, stops or kills the process itself."""

    def __init__(self, inner: Plan, order: Order) -> None:
        self._inner = inner
        self._order = order
        self._calls = 0

    def fault(self, method: str, key: str) -> Fault | None:
        self._calls += 1
        if self._calls == self._order.signal_at:
            os.kill(os.getpid(), self._order.signal)
        return self._inner.fault(method, key)


def opened(place: Place, order: Order) -> Store:
    plan = Signalled(Seeded(order.seed, RATES) if order.faulty else NoFaults(), order)
    backend = FaultyBackend(DirectoryBackend(place.store), plan)
    return Store(open_root(backend, lease_seconds=LEASE_S))


def push(place: Place, order: Order) -> None:
    number = order.rng.randrange(CONTENTS)
    name = order.rng.choice(MODELS)
    done = opened(place, order).push(
        place.source(number), name, new_version=order.rng.random() < 0.5, threads=2
    )
    report(place, what="push", model=done.model, version=done.version, content=number)


def pull(place: Place, order: Order) -> None:
    name = order.rng.choice(MODELS)
    target = place.folder / "pulled" / f"{order.seed}"
    done = opened(place, order).pull(name, target)
    print_of = fingerprint(tree(target))
    report(place, what="pull", model=name, version=done.version, content=print_of)
    shutil.rmtree(target)


def delete(place: Place, order: Order) -> None:
    store = opened(place, order)
    name = order.rng.choice(MODELS)
    live = store.root.refs.index(ModelName.parse(name)).live
    if len(live) > 2:
        number = order.rng.choice(live)
        report(place, what="delete", model=name, version=number)
        store.delete(f"{name}:{number}", force=True)


def undelete(place: Place, order: Order) -> None:
    store = opened(place, order)
    name = order.rng.choice(MODELS)
    deleted = sorted(store.root.refs.index(ModelName.parse(name)).deleted)
    if deleted:
        store.undelete(f"{name}:{order.rng.choice(deleted)}")


def alias(place: Place, order: Order) -> None:
    store = opened(place, order)
    name = order.rng.choice(MODELS)
    live = store.root.refs.index(ModelName.parse(name)).live
    if live:
        store.alias(f"{name}:{order.rng.choice(live)}", "prod")


def collect(place: Place, order: Order) -> None:
    # Epochs that stay open for a while: pushes begin while keys are listed.
    opened(place, order).gc(grace_s=order.rng.choice((0.0, 0.0, 0.3, 1.0, 3.0)))


def undo(place: Place, order: Order) -> None:
    from podplanner.store.epochs import list_epochs

    store = opened(place, order)
    epochs = [one.number for one in list_epochs(store.root.backend)]
    if epochs:
        store.gc(undo=epochs[-1])


DEEDS: dict[str, tuple[int, Callable[[Place, Order], None]]] = {
    "push": (8, push),
    "collect": (4, collect),
    "delete": (3, delete),
    "pull": (3, pull),
    "undelete": (1, undelete),
    "alias": (1, alias),
    "undo": (1, undo),
}


def start(place: Place, order: Order) -> int:
    """Start a run in a process of its own, and return the process's number."""
    process = os.fork()
    if process:
        return process
    status = 0
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        DEEDS[order.what][1](place, order)
    except PodplannerError:
        status = 3
    except BaseException:  # noqa: BLE001  a bug: the parent tells
        traceback.print_exc()
        status = 70
    finally:
        os._exit(status)


def play(place: Place, orders: list[Order], tally: Counter[str]) -> None:
    """Run orders, `WORKERS` at once, with the signals that they are to get."""
    waiting = list(orders)
    running: dict[int, tuple[Order, float, str]] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            order = waiting.pop()
            running[start(place, order)] = (order, time.monotonic(), "")
        for process, (order, began, state) in list(running.items()):
            age = time.monotonic() - began
            if order.kill_after is not None and age > order.kill_after:
                os.kill(process, signal.SIGKILL)
            if state == "stopped" and age > STOPPED_S:
                os.kill(process, signal.SIGCONT)
                running[process] = (order, began, "going on")
            ended, status = os.waitpid(process, os.WNOHANG | os.WUNTRACED)
            if not ended:
                continue
            if os.WIFSTOPPED(status):
                running[process] = (order, time.monotonic(), "stopped")
                continue
            del running[process]
            if os.WIFSIGNALED(status):
                tally["killed"] += 1
            elif os.WEXITSTATUS(status) == 0:
                tally[f"{order.what} done"] += 1
            elif os.WEXITSTATUS(status) == 3:
                tally[f"{order.what} refused"] += 1
            else:
                raise SystemExit(f"a run ended with a traceback: {order}")
            tally["stopped"] += state == "going on"
        stopped = any(state == "stopped" for _, _, state in running.values())
        if stopped and not waiting and len(running) < WORKERS:
            # Who is stopped must find that the others went on: its lease runs out, and what it
            # relied on is deleted.
            seed = random.randrange(2**31)
            waiting.append(
                Order(random.choice(("collect", "collect", "delete")), seed, faulty=False)
            )
            tally["beside a stopped one"] += 1
            time.sleep(0.1)
        time.sleep(0.002)


def power_cuts(place: Place, rng: random.Random, count: int) -> list[str]:
    """Push and cut the power, again and again; return the promises that are broken, in words.

    What was not settled is forgotten, or not, as chance has it; some fsyncs fail.
    """
    folder = place.folder / f"power-{rng.randrange(2**31)}"
    folder.mkdir()
    backend = FaultyBackend(DirectoryBackend(folder))
    make_root(backend)
    published: dict[int, int] = {}
    found: list[str] = []
    for _ in range(count):
        backend.plan = Seeded(
            rng.randrange(2**31), {Fault.FAILED_FSYNC: 0.2, Fault.LOST_REPLY: 0.02}
        )
        number = rng.randrange(CONTENTS)
        try:
            done = Store(open_root(backend, lease_seconds=LEASE_S)).push(
                place.source(number), "team/cat", new_version=True
            )
            published[done.version] = number
        except PodplannerError:
            pass
        backend.plan = NoFaults()
        backend.crash(survives=lambda key: rng.random() < 0.3)
        root = open_root(DirectoryBackend(folder))
        for version in root.refs.versions(ModelName.parse("team/cat")):
            mark = read_back(root, f"team/cat:{version.number}", found)
            wanted = published.get(version.number)
            if wanted is not None and mark != fingerprint(content(wanted)):
                found.append(f"version {version.number} is not the model of its push")
        live = set(root.refs.index(ModelName.parse("team/cat")).live)
        found += [f"version {n} is lost after a power cut" for n in published if n not in live]
    if not found:
        shutil.rmtree(folder)
    return found


def ledger(place: Place) -> list[dict[str, object]]:
    if not place.ledger.exists():
        return []
    return [json.loads(line) for line in place.ledger.read_text().splitlines()]


def broken(place: Place, prints: dict[str, int]) -> list[str]:
    """Return the promises that are broken, in words."""
    root = open_root(DirectoryBackend(place.store))
    lines = ledger(place)
    may_be_gone = {(one["model"], one["version"]) for one in lines if one["what"] == "delete"}
    found: list[str] = []
    contents: dict[tuple[str, int], str] = {}
    for name in MODELS:
        model = ModelName.parse(name)
        for version in root.refs.versions(model):
            mark = read_back(root, f"{name}:{version.number}", found)
            if mark is not None:
                contents[name, version.number] = mark
                if mark not in prints:
                    found.append(f"{name}:{version.number} is no model that was pushed")
    for one in lines:
        key = (str(one["model"]), int(str(one["version"])))
        if one["what"] == "push":
            if key in contents:
                if prints.get(contents[key]) != one["content"]:
                    found.append(f"{key} is not the model of its push")
            elif key not in may_be_gone:
                found.append(f"{key} was reported and is lost")
        elif one["what"] == "pull":
            if one["content"] not in prints:
                found.append(f"a pull of {key} wrote something else")
            elif key in contents and contents[key] != one["content"]:
                found.append(f"a pull of {key} wrote another version")
    return found


def read_back(root: StoreRoot, reference: str, found: list[str]) -> str | None:
    """Return the fingerprint of a version, every piece verified."""
    from support.stores import contents

    try:
        return fingerprint(contents(root, reference))
    except UnknownNameError:
        return None
    except PodplannerError as error:
        found.append(f"{reference} cannot be read: {error}")
        return None


def leftovers(place: Place) -> list[str]:
    """Collect until nothing more goes, and return what no version needs and is there still."""
    root = open_root(DirectoryBackend(place.store), lease_seconds=LEASE_S)
    store = Store(root)
    time.sleep(2 * LEASE_S + 2.1)
    # After that all leases have run out, and the last objects are older than the clock's grain.
    for begun in place.store.glob("leases/*/begun"):
        if not begun.stat().st_size:
            # Torn at its first byte: such a lease counts for ten minutes, and they are over.
            os.utime(begun, (0, 0))
    for _ in range(3):
        store.gc(grace_s=0.0)
    needed = {"store.json"}
    for name in MODELS:
        for version in root.refs.versions(ModelName.parse(name)):
            opened = root.open(version)
            needed |= {key.key for key in opened.document_keys()}
            for number in range(opened.table_count()):
                needed |= {key.key for key, _ in opened.tables(number)[1].all_objects()}
    kept = ("models/", "gc/", "damaged/")
    return [
        info.key
        for info in root.backend.keys("")
        if info.key not in needed and not info.key.startswith(kept) and "/commit-" not in info.key
    ]


def choose(rng: random.Random) -> Order:
    weights = [weight for weight, _ in DEEDS.values()]
    order = Order(
        rng.choices(list(DEEDS), weights)[0], rng.randrange(2**31), faulty=rng.random() < 0.25
    )
    chance = rng.random()
    if chance < 0.1:
        order.kill_after = rng.random() * 0.1
    elif chance < 0.25:
        order.signal_at = round(1.5 ** rng.uniform(1, 12))
    elif chance < (0.4 if order.what == "push" else 0.28):
        order.signal_at, order.signal = round(1.5 ** rng.uniform(1, 12)), signal.SIGSTOP
    return order


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="podplanner-soak-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    rng = random.Random(asked.seed)
    place = Place(folder)
    prints = {}
    for number in range(CONTENTS):
        files = content(number)
        prints[fingerprint(files)] = number
        for path, body in files.items():
            target = place.source(number) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
    (folder / "pulled").mkdir()
    tally: Counter[str] = Counter()
    done = batch = 0
    began = time.monotonic()
    while done < asked.runs:
        if batch % BATCHES_A_STORE == 0:
            place.number += 1
            place.store.mkdir()
            make_root(DirectoryBackend(place.store))
        orders = [choose(rng) for _ in range(min(BATCH, asked.runs - done))]
        play(place, orders, tally)
        done += len(orders)
        batch += 1
        wrong = broken(place, prints) + power_cuts(place, rng, POWER_CUTS)
        tally["power cut"] += POWER_CUTS
        if batch % BATCHES_A_STORE == 0 or done >= asked.runs:
            left = leftovers(place)
            wrong += [f"left over: {key}" for key in left[:20]] + broken(place, prints)
            if not wrong:
                shutil.rmtree(place.store)
        print(f"{done} runs, {time.monotonic() - began:.0f} s, store {place.number}", flush=True)
        if wrong:
            print("\n".join(wrong))
            raise SystemExit(f"broken with --seed {asked.seed}; the store is {place.store}")
    print(", ".join(f"{word}: {count}" for word, count in sorted(tally.items())))
    print(f"{done} passed, 0 failed")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
