"""The root of a store: its backend, its policy, and making and opening one."""

from dataclasses import dataclass

from podplanner.errors import (
    ConflictError,
    NoStoreError,
    ObjectCorruptError,
    ObjectMissingError,
)
from podplanner.store import policy as policies
from podplanner.store.backend import Backend
from podplanner.store.claims import claim, new_id
from podplanner.store.clock import written
from podplanner.store.documents import decode, encode
from podplanner.store.lease import LEASE_SECONDS
from podplanner.store.policy import EncodingPolicy, Shared, StorePolicy
from podplanner.store.reader import OpenVersion, Reader
from podplanner.store.refs import Refs, Version


@dataclass(frozen=True, slots=True)
class StoreRoot:
    """An open store: what every part of the store works on."""

    backend: Backend
    policy: StorePolicy
    reader: Reader
    refs: Refs
    lease_seconds: float = LEASE_SECONDS

    @property
    def id(self) -> str:
        """The store's id, 32 hex digits."""
        return self.policy.id

    def open(self, version: Version) -> OpenVersion:
        """Return a version with its documents read."""
        return self.reader.open(version)


def open_root(backend: Backend, *, lease_seconds: float = LEASE_SECONDS) -> StoreRoot:
    """Open the store that a backend holds.

    Raises:
        NoStoreError: There is none.
        FormatVersionError: It is of a newer format.
    """
    try:
        content = backend.get(policies.KEY)
    except ObjectMissingError as error:
        raise NoStoreError(
            f"there is no store at {backend.address}",
            hint=f"Make one with `podplanner store init {backend.address}`.",
        ) from error
    what = f"the store at {backend.address}"
    try:
        policy = decode(content, StorePolicy, what=what, expected=policies.FORMAT)
    except ObjectCorruptError as error:
        # No command can go on from here: the id and the policy stand nowhere else.
        raise ObjectCorruptError(
            error.message,
            hint="Put `store.json` back from a backup: it is written once, and short.",
        ) from error
    return StoreRoot(backend, policy, Reader(backend), Refs(backend), lease_seconds)


def make_root(
    backend: Backend,
    *,
    encoding: EncodingPolicy = "raw",
    shared_group: bool = False,
    single_writer: bool = False,
) -> StoreRoot:
    """Make a store and return it open.

    Raises:
        ConflictError: There is a store already.
    """
    policy = StorePolicy(
        format=policies.FORMAT,
        id=new_id(),
        created=written(backend.now()),
        encoding=encoding,
        shared=Shared(group=shared_group),
        single_writer=single_writer,
    )
    if not claim(backend, policies.KEY, encode(policy)):
        raise ConflictError(
            f"there is a store already at {backend.address}",
            hint="Use it as it is: its policy is written once and stays.",
        )
    return open_root(backend)
