"""The whole way of a model: trained in this process, pulled and used in another.

Every example has a `train(store)` that saves a model, and an `infer(store)` that answers with it:

    python examples/machine_learning.py                 both, with a store in a temporary folder
    python examples/machine_learning.py train STORE     one of them, with a store that is there
    python examples/machine_learning.py infer STORE

What training printed stays on this side; inference sees only the store.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Step = Callable[[str], None]


def main(train: Step, infer: Step) -> None:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["train", store]:
            train(store)
        case ["infer", store]:
            infer(store)
        case []:
            with tempfile.TemporaryDirectory() as folder:
                whole_way(Path(folder) / "store")
        case _:
            sys.exit(__doc__)


def whole_way(store: Path) -> None:
    """Make a store, train, and infer twice, each time in a process of its own."""
    run("-m", "podplanner", "store", "init", str(store), "--json")
    script = sys.argv[0]
    print(run(script, "train", str(store)), end="", flush=True)
    first, second = run(script, "infer", str(store)), run(script, "infer", str(store))
    print(first, end="")
    if first != second:
        sys.exit("two processes with one frozen model gave two answers")
    print("a second process gave the same answers, bit for bit")


def run(*words: str) -> str:
    """Run Python in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, *words], check=False, stdout=subprocess.PIPE, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout
