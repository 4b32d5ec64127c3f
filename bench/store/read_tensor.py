"""Read one tensor and print the seconds that it took, imports left out.

Usage: python read_tensor.py safetensors FILE NAME | podplanner STORE NAME
"""

import sys
import time

how, where, name = sys.argv[1:]
if how == "safetensors":
    import ml_dtypes  # noqa: F401  safetensors looks bf16 up there
    from safetensors import safe_open

    began = time.perf_counter()
    with safe_open(where, framework="np") as file:
        array = file.get_tensor(name)
else:
    import numpy as np

    from podplanner.store import open_store

    began = time.perf_counter()
    array = np.asarray(open_store(where, read_only=True).tensors("bench")[name])
took = time.perf_counter() - began
assert array.nbytes == 8 * 2**20, array.nbytes
print(took)
