"""A project's file: which store it uses, and how the bucket of that store is reached."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podplanner.errors import FormatError

FILE = "podplanner.toml"
"""Names the store of a project: of the folder it is in, and of all below it."""
_SETTINGS = ("endpoint", "region", "addressing", "ca_bundle")
_CREDENTIALS = re.compile(r"key|secret|token|password|credential|profile|user", re.IGNORECASE)
# Names under which a key might stand: the file is shared with everybody who has the project.


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """How a bucket is reached, as a project's file says; None: it does not say."""

    endpoint: str | None = None
    """The URL of the engine."""
    region: str | None = None
    addressing: str | None = None
    """`path`, `virtual` or `auto`; not looked at yet."""
    ca_bundle: str | None = None
    """A file of certificates to trust; absolute."""


@dataclass(frozen=True, slots=True)
class ProjectStore:
    """What one file says of a store."""

    file: Path
    address: str | None
    """As it is written; a relative path is relative to the file."""
    bucket: BucketSettings


def project_stores(cwd: Path) -> Iterator[ProjectStore]:
    """Yield what the files of the projects around a folder say of stores, the nearest first.

    Raises:
        FormatError: A file cannot be read, says something else than what is known, or holds a key.
    """
    for folder in (cwd, *cwd.parents):
        file = folder / FILE
        if file.is_file() and (found := _read(file)) is not None:
            yield found


def bucket_settings(bucket: str, cwd: Path) -> BucketSettings:
    """Return how a bucket is reached, as the nearest file says that speaks of it.

    A file speaks of the bucket that its address names; one with settings and no address speaks of
    every bucket.

    Raises:
        FormatError: As for `project_stores`.
    """
    for found in project_stores(cwd):
        named = found.address
        if found.bucket == BucketSettings():
            continue
        if named is None or re.fullmatch(rf"s3://{re.escape(bucket)}(?:/.*)?", named):
            return found.bucket
    return BucketSettings()


def _read(file: Path) -> ProjectStore | None:
    import tomllib  # Only where there is such a file.

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormatError(
            f"{file} cannot be read: {error}", hint="Mend the file, or name the store with --store."
        ) from error
    store = content.get("store")
    if store is None:
        return None
    if not isinstance(store, dict):
        return ProjectStore(file, _address(file, store), BucketSettings())
    _demand_known(file, store)
    named = store.get("address")
    settings = {name: _setting(file, name, store[name]) for name in _SETTINGS if name in store}
    if "ca_bundle" in settings:
        settings["ca_bundle"] = str(file.parent / Path(settings["ca_bundle"]).expanduser())
    return ProjectStore(
        file,
        None if named is None else _address(file, named),
        BucketSettings(**settings),
    )


def _demand_known(file: Path, store: dict[str, Any]) -> None:
    for name in store:
        if name in ("address", *_SETTINGS):
            continue
        if _CREDENTIALS.search(name):
            # What stands there is not repeated.
            raise FormatError(
                f"{file} has {name!r} in [store], and credentials do not belong into a file that "
                "others read",
                hint="Take it out, and out of the project's history too, with a new key in its "
                "place. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
            )
        raise FormatError(
            f"{file} has {name!r} in [store], which means nothing",
            hint=f"Write address, {', '.join(_SETTINGS)}.",
        )


def _address(file: Path, named: object) -> str:
    if not isinstance(named, str) or not named:
        raise FormatError(
            f"{file} names a store by no string: {named!r}",
            hint='Write `store = "/path/to/store"` before the first table.',
        )
    return named


def _setting(file: Path, name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise FormatError(
            f"{file} has a {name} that is no string: {value!r}",
            hint=f'Write it in quotes, as in `{name} = "..."`.',
        )
    return value
