"""Measure how quickly models come out of a store into memory, beside other ways.

Usage: python bench/models load [--folder DIR] [--runs 5] [--only hot,cold,bucket] [--json FILE]
       python bench/models first [--folder DIR] [--runs 7] [--json FILE]

`load`: all tensors of a version of 2.05 GiB (two shards in bf16) become tensors of torch, and every
one is cloned and summed; beside `safetensors.torch.load_file` of the same files on the same disk,
and, from a bucket, beside boto3's `download_file` to the disk and then `load_file`. Measured inside
a process each, from opening the store to the last sum, imports done. Cold: the system's cache of
files is dropped before (root); hot: all files were read before.

`first`: from the start of a process to the first answer of a model of 100 MB, whole processes timed
from outside; beside MLflow's and modelstore's `load`, installed in an environment of their own,
which uses this one's PyTorch and scikit-learn.

What is compared takes turns, in the other order every second time; medians are shown, and how busy
the machine was. Before each load, as much memory as it takes is filled and freed by the process
itself: a virtual machine may have given it back to its host, and fetching it costs more than all
else. DIR (by default `podplanner-bench` in the folder for temporary files) keeps the models: 15 GB.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "store"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "s3"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

import first
import load
from figures import Figure, table

_RUNS = {"load": 5, "first": 7}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=list(_RUNS))
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "podplanner-bench"
    )
    parser.add_argument("--runs", type=int)
    parser.add_argument("--only", default=",".join(load.PLACES), help="of load, commas between")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    runs = asked.runs or _RUNS[asked.what]
    figures: list[Figure]
    if asked.what == "load":
        figures = list(load.measured(asked.folder, runs, asked.only.split(",")))
    else:
        figures = list(first.measured(asked.folder, runs))
    print(table(figures))
    words = json.dumps([one.as_json() for one in figures], indent=2)
    print(words)
    if asked.json:
        asked.json.write_text(words)


if __name__ == "__main__":
    main()
