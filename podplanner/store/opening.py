"""Opening a store by its address."""

from os import PathLike, environ
from pathlib import Path

from podplanner.store.lease import LEASE_SECONDS
from podplanner.store.locate import find_address, open_backend, parse_address
from podplanner.store.root import open_root
from podplanner.store.store import Store


def open_store(
    address: str | PathLike[str] | None = None,
    *,
    read_only: bool = False,
    lease_seconds: float = LEASE_SECONDS,
) -> Store:
    """Open a store.

    Args:
        address: A directory, `file:///path` or `s3://bucket/prefix`; by default what
            `PODPLANNER_STORE` or the nearest `podplanner.toml` says.
        read_only: Refuse every write, whatever the store would permit.
        lease_seconds: After so long a silence a collection takes a push of this store for dead.

    Raises:
        NoStoreError: None is named, or there is none at the address.
        FormatVersionError: It is of a newer format than this podplanner reads.

    Example:
        store = open_store("/mnt/pod/models")
        store.push("out/checkpoint", "team/cat", alias="prod")
        store.pull("team/cat:prod", "/srv/model")
    """
    given = None if address is None else str(address)
    found = find_address(given, environ, Path.cwd())
    backend = open_backend(parse_address(found), read_only=read_only)
    return Store(open_root(backend, lease_seconds=lease_seconds))
