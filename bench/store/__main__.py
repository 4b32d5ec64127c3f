"""Measure the store beside `cp` and beside other stores, on models that are made for it.

Usage: python bench/store [--folder DIR] [--runs 5] [--peers] [--only ROW,ROW ...]

Every time is of a whole process, start of Python included; `cp` is `cp -r --reflink=never` and
then `sync -f`; ours includes its own fsyncs. Runs of what is compared take turns, and medians are
shown. New bytes do not depend on the machine. DIR (by default `podplanner-bench` in the folder for
temporary files) keeps the models, so that a second call need not make them again; it takes about
25 GB, `--peers` 20 GB more. Rows: push, pull, again, new, tune, reuse, memory, tensor, list.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import rows
from peers import dvc, mlflow, modelstore, ours, ready, restic
from table import Table

ROWS = {
    "push": rows.first_push,
    "pull": rows.first_pull,
    "again": rows.push_again,
    "new": rows.new_bytes,
    "tune": rows.fine_tune,
    "reuse": rows.pull_over,
    "memory": rows.memory,
    "tensor": rows.one_tensor,
    "list": rows.long_list,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "podplanner-bench"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", action="store_true", help="also measure other stores")
    parser.add_argument("--only", default=",".join(ROWS), help="rows, with commas between")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    table = Table(["what", "podplanner", "beside it", "ratio", "aim"])
    for word in asked.only.split(","):
        print(f"measuring: {word}", file=sys.stderr)
        for row in ROWS[word](asked.folder, asked.runs):
            table.add(row)
    print(table)
    if asked.peers:
        home = ready(asked.folder)
        everybody = [ours(), restic(), dvc(home), mlflow(home), modelstore(home)]
        print()
        print(rows.beside(asked.folder, asked.runs, everybody))


if __name__ == "__main__":
    main()
