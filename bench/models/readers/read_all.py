"""Read all tensors, clone and sum each, and print what it took as JSON.

Usage: python read_all.py podplanner STORE | safetensors FOLDER | boto3 BUCKET/PREFIX FOLDER

Nothing is counted but what lies between the store's address and the last sum: imports are done.
"""

import json
import mmap
import resource
import sys
import time
from pathlib import Path

import boto3
import numpy
import safetensors.torch
import torch

from podplanner.models import loading
from podplanner.store import backends, open_store
from podplanner.store.reading import whole

MEMORY = 5 * 2**30
# Bytes that the tensors and their clones take, at most.


def main() -> None:
    assert all((numpy, loading, backends, whole)), "imported beforehand"
    if sys.argv[2].startswith("s3://"):
        import podplanner.store.backends.retrying
        import podplanner.store.backends.s3.backend  # noqa: F401
    have_memory()
    how = {"podplanner": by_podplanner, "safetensors": by_safetensors, "boto3": by_boto3}
    before = cpu()
    began = time.perf_counter()
    tensors = how[sys.argv[1]](*sys.argv[2:])
    total = 0.0
    for name in sorted(tensors):
        total += float(tensors[name].clone().sum())
    wall = time.perf_counter() - began
    print(json.dumps({"wall_s": wall, "cpu_s": cpu() - before, "answer": f"{total:.9g}"}))


def by_podplanner(address: str) -> dict[str, torch.Tensor]:
    store = open_store(address, read_only=True)
    stored = loading.open_stored(store, "bench")
    return {name: tensor.torch() for name, tensor in stored.tensors().items()}


def by_safetensors(folder: str) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for path in sorted(Path(folder).glob("*.safetensors")):
        found |= safetensors.torch.load_file(path)
    return found


def by_boto3(place: str, folder: str) -> dict[str, torch.Tensor]:
    bucket, prefix = place.split("/")
    client = boto3.client("s3")
    Path(folder).mkdir(parents=True)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    for page in pages:
        for item in page["Contents"]:
            name = item["Key"].rpartition("/")[2]
            client.download_file(bucket, item["Key"], str(Path(folder) / name))
    return by_safetensors(folder)


def have_memory() -> None:
    """Fill memory and free it, so that a virtual machine's host has given it."""
    pages = mmap.mmap(-1, MEMORY, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages.madvise(mmap.MADV_HUGEPAGE)
    numpy.frombuffer(pages, numpy.uint8)[:: mmap.PAGESIZE] = 1


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
