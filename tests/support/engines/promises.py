"""What holds of a store in an engine at every moment, whatever is being killed."""

from __future__ import annotations

import filecmp
from pathlib import Path

from support.engines.engine import KEYS, READ_WRITE, REGION

from podplanner.errors import BackendUnavailableError, UnknownNameError
from podplanner.store.backends.s3 import S3Backend, S3Settings
from podplanner.store.backends.s3.settings import Keys
from podplanner.store.root import open_root
from podplanner.store.store import Store


def backend_at(address: str, endpoint: str) -> S3Backend:
    """Return a place in a bucket, without patience: a dead engine is known at once."""
    keys = KEYS[READ_WRITE]
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    settings = S3Settings(
        endpoint=endpoint, region=REGION, keys=Keys(keys.access_key, keys.secret_key)
    )
    return S3Backend(bucket, prefix, settings)


def store_at(address: str, endpoint: str) -> Store:
    """Return the store there, without patience.

    Raises:
        BackendUnavailableError: The engine does not answer.
    """
    return Store(open_root(backend_at(address, endpoint)))


def demand_no_half_version(address: str, endpoint: str, model: str, *, at_most: int) -> None:
    """Find the last versions that are seen whole; an engine that does not answer shows none.

    Args:
        address: The store's.
        endpoint: The engine's.
        model: Whose versions.
        at_most: A higher number cannot be there yet.
    """
    try:
        store = store_at(address, endpoint)
        numbers = [one.record.number for one in store.versions(model, limit=2)]
        assert all(number <= at_most for number in numbers), numbers
        for number in numbers:
            assert not store.verify(f"{model}:{number}").bad
    except (BackendUnavailableError, UnknownNameError):
        # It is down, as it should be, or there is no version yet.
        return


def demand_no_half_pull(dest: Path, model: Path) -> None:
    """Find a directory that is pulled complete, or not there."""
    if dest.exists():
        demand_equal(dest, model)


def demand_equal(one: Path, other: Path) -> None:
    """Find the same files in two directories, byte by byte."""
    names = sorted(path.name for path in other.iterdir())
    assert sorted(path.name for path in one.iterdir()) == names
    match, mismatch, errors = filecmp.cmpfiles(one, other, names, shallow=False)
    assert not mismatch, f"{mismatch} differ"
    assert not errors, f"{errors} cannot be compared"
    assert len(match) == len(names)
