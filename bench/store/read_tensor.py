"""Read one tensor twice from a cold disk and print the seconds that the second time took.

Usage: python read_tensor.py safetensors FILE NAME | podplanner STORE NAME

The first time imports what is needed. Before each, the system is made to forget what it keeps of
the files in memory.
"""

import sys
import time
from pathlib import Path

import numpy as np
from processes import forget_pages


def by_safetensors(where: str, name: str) -> np.ndarray:
    import ml_dtypes  # noqa: F401  safetensors looks bf16 up there
    from safetensors import safe_open

    with safe_open(where, framework="np") as file:
        return file.get_tensor(name)


def by_podplanner(where: str, name: str) -> np.ndarray:
    from podplanner.store import open_store

    return open_store(where, read_only=True).tensors("bench")[name].numpy()


def main() -> None:
    how, where, name = sys.argv[1:]
    read = by_safetensors if how == "safetensors" else by_podplanner
    for _ in range(2):
        forget_pages(Path(where))
        began = time.perf_counter()
        array = read(where, name)
        took = time.perf_counter() - began
        assert array.nbytes == 8 * 2**20, array.nbytes
    print(took)


if __name__ == "__main__":
    main()
