"""One thread for each multiplication of matrices: equal sums in equal order, and no waiting."""

import os

_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def one_thread() -> None:
    """Let libraries that multiply matrices use one thread, here and in processes started here.

    It holds for those that are imported later. With matrices as small as these, threads wait for
    each other longer than they work: on 2 cores that others use too, training took 26 s with two
    threads and 1.3 s with one.
    """
    for name in _VARIABLES:
        os.environ.setdefault(name, "1")
