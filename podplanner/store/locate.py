"""The address book: from what a person types, or has set up, to a backend."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

from podplanner.errors import NoStoreError, NotPermittedError, WrongUsageError
from podplanner.store.backend import Backend, is_key
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.project import FILE as PROJECT_FILE
from podplanner.store.project import bucket_settings, project_stores

VARIABLE = "PODPLANNER_STORE"
"""Environment variable that names a store."""
_MAKE_ONE = "Make one with `podplanner store init DIR`, and name it with --store DIR."

_NETWORK_GRACE_S = 600.0
# Ten times what NFS remembers by default.
_BUCKET_GRACE_S = 600.0
# The gateways of one bucket may have clocks of their own, and lists that come late.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# As S3 has it: also a name of a host.


@dataclass(frozen=True, slots=True)
class DirectoryAddress:
    """A store in a directory."""

    path: Path
    """Absolute; not looked at yet."""

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A store in a bucket, below a prefix that may be empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


Address = DirectoryAddress | BucketAddress
"""Where a store is."""


def find_address(given: str | None, environ: Mapping[str, str], cwd: Path) -> str:
    """Return the address of the store that is meant.

    What is given wins, then the environment, then the nearest `podplanner.toml` at or above the
    working directory (`store = "..."`, or `[store]` with `address = "..."`; a relative path there
    is relative to that file). A file that names no store does not end the search.

    Args:
        given: What the command was told; None or empty: nothing.
        environ: Environment variables.
        cwd: The working directory.

    Raises:
        NoStoreError: Nothing names one.
        FormatError: A `podplanner.toml` cannot be read, or names a store by no string.
    """
    named = given or environ.get(VARIABLE)
    if named:
        return named
    for project in project_stores(cwd):
        if (named := project.address) is not None:
            return named if _is_url(named) else str(project.file.parent / Path(named).expanduser())
    raise NoStoreError(
        f"no store is named: not by --store, nor {VARIABLE}, nor a {PROJECT_FILE} from {cwd} up",
        hint=_MAKE_ONE,
    )


def parse_address(word: str, *, cwd: Path | None = None) -> Address:
    """Return what an address says.

    Args:
        word: A path, `file:///path`, or `s3://bucket/prefix`.
        cwd: The folder to which a relative path is relative; None: the working directory.

    Raises:
        WrongUsageError: It is of a kind that is not known, or says no place.
    """
    if "\0" in word or not word.strip():
        raise WrongUsageError(f"{word!r} is no address of a store", hint=_MAKE_ONE)
    if not _is_url(word):
        return DirectoryAddress((cwd or Path.cwd()) / Path(word).expanduser())
    from urllib.parse import unquote, urlsplit  # Rarely needed.

    parts = urlsplit(word)
    if parts.scheme == "s3":
        return _bucket_address(word)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not path:
        raise WrongUsageError(
            f"{word!r} is no address of a store",
            hint="Write a directory's path, file:///path with three slashes, or s3://bucket.",
        )
    if parts.query or parts.fragment or "\0" in path:
        raise WrongUsageError(
            f"{word!r} has a question mark, a hash sign or a NUL in it",
            hint="Write a directory's plain path instead.",
        )
    return DirectoryAddress(Path(path))


def _bucket_address(word: str) -> BucketAddress:
    rest = word.partition("://")[2]
    if "@" in rest:
        # It may be a key that stands there: it is not repeated.
        raise WrongUsageError(
            "the address of a bucket has an @ in it",
            hint="Credentials do not belong there: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
        )
    bucket, _, prefix = rest.partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise WrongUsageError(
            f"{bucket!r} is no name of a bucket",
            hint="Write s3://bucket/prefix; the engine's own address goes into "
            "PODPLANNER_S3_ENDPOINT.",
        )
    prefix = prefix.strip("/")
    if prefix and not is_key(prefix):
        raise WrongUsageError(
            f"{prefix!r} cannot be a store's place in a bucket",
            hint="Use lower-case letters, digits, `.`, `_`, `-`, and single slashes between names.",
        )
    return BucketAddress(bucket, prefix)


def open_backend(
    address: Address, *, read_only: bool = False, make: bool = False, retry: bool = True
) -> Backend:
    """Return the backend at an address.

    A bucket is not looked at before the first request.

    Args:
        address: Where it is.
        read_only: Whether every write is refused, whatever the place would permit.
        make: Whether to make the directory if it is not there; a bucket is never made.
        retry: Whether a bucket that does not answer is asked again for a while.

    Raises:
        NoStoreError: The directory is not there.
        NotPermittedError: It cannot be made or looked at.
        WrongUsageError: An environment variable, or a project's file, says nonsense about buckets.
        FormatError: A project's file cannot be read, or holds a key.
    """
    backend: Backend
    if isinstance(address, BucketAddress):
        backend = _bucket(address, retry=retry)
    else:
        _demand_folder(address.path, make=make)
        backend = DirectoryBackend(address.path)
    return ReadOnlyBackend(backend) if read_only else backend


def _bucket(address: BucketAddress, *, retry: bool) -> Backend:
    # Slow to import, and most stores are directories.
    from podplanner.store.backends.retrying import RetryingBackend
    from podplanner.store.backends.s3 import S3Backend, S3Settings

    project = bucket_settings(address.bucket, Path.cwd())
    backend = S3Backend(address.bucket, address.prefix, S3Settings.of_environment(environ, project))
    return RetryingBackend(backend) if retry else backend


def _demand_folder(path: Path, *, make: bool) -> None:
    try:
        if make:
            path.mkdir(parents=True, exist_ok=True)
        is_folder = path.is_dir()
    except FileExistsError:
        is_folder = False
    except OSError as error:
        doing, how = ("make", "write") if make else ("open", "read")
        raise NotPermittedError(
            f"cannot {doing} {path}: {(error.strerror or '').lower()}",
            hint=f"Name a directory that you may {how}, or ask its owner.",
        ) from error
    if not is_folder and make:
        raise NoStoreError(
            f"{path} is no directory", hint="Name a new or an empty directory for the store."
        )
    if not is_folder:
        found = "is no directory" if path.exists() else "is not there"
        raise NoStoreError(
            f"{path} {found}",
            hint=f"Is it mounted? `podplanner store init {path}` makes a new store there."
            if found == "is not there"
            else "Name the store's directory.",
        )


def least_grace_s(address: str) -> float:
    """Return the shortest grace time that a collection may have at an address, in seconds.

    At a bucket, its gateways may differ in what they know and what time they have. Clients of file
    servers remember what they have seen of a folder for a minute (acdirmax of
    Linux' NFS, 60 s): a push there may see the list of an epoch, and a collector a lease, late.
    """
    if isinstance(parse_address(address), BucketAddress):
        return _BUCKET_GRACE_S
    from podplanner.store.backends.directory.mounts import NETWORK, mount_of

    mount = mount_of(address)
    return _NETWORK_GRACE_S if mount is not None and mount.kind in NETWORK else 0.0


def _is_url(word: str) -> bool:
    scheme, colon, _ = word.partition("://")
    return bool(colon) and scheme.replace("+", "").isalnum()
