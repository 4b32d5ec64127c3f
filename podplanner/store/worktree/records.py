"""Records of what this user pulled where, so that a later pull need not fetch it again.

A record is a hint: whoever takes content from an old pull verifies it. Where the state folder
cannot be written there are no records, and nothing else is lost.
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from podplanner.store.digest import digest_of
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.user_folders import make_private, state_folder

FORMAT = "podplanner/pulled/1"
_MOST = 500
# Records that are kept; a user pulls to far fewer places, and each may take some MB.
_NAME_BYTES = 16
# Of the digest of the directory's path.


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """`pulls/<digest of the path>.json`."""

    format: str
    dest: str
    manifest: str
    store: str
    files: dict[str, FileIdentity]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was pulled to a directory last."""

    manifest: str
    """Digest of the manifest, hex."""
    store: str
    """The store's id."""
    identities: Mapping[str, FileIdentity]
    """What each file of the version was when it was put there, by its path."""


def remember_pull(
    dest: Path,
    manifest: str,
    store: str,
    identities: Mapping[str, FileIdentity],
    *,
    folder: Path | None = None,
) -> None:
    """Note what was pulled to a directory; what was noted of it before is replaced.

    Args:
        dest: The directory.
        manifest: Digest of the manifest, hex.
        store: The store's id.
        identities: Of all files that are there now, by path (`Placed.identities`).
        folder: The state folder; None: this user's.
    """
    place = _folder(folder)
    if place is None or not make_private(place):
        return
    real = os.path.realpath(dest)
    record = _Record(
        format=FORMAT,
        dest=os.fsencode(real).decode("utf-8", "backslashreplace"),
        manifest=manifest,
        store=store,
        files=dict(identities),
    )
    new = place / f"{secrets.token_hex(8)}.new"
    try:
        new.write_bytes(msgspec.json.encode(record))
        new.replace(place / _name(real))
    except OSError:
        with suppress(OSError):
            new.unlink()
        return
    _forget_old(place)


def recall(dest: Path, *, folder: Path | None = None) -> Pulled | None:
    """Return what was pulled to a directory last; None when nothing is known of it."""
    place = _folder(folder)
    if place is None:
        return None
    try:
        content = (place / _name(os.path.realpath(dest))).read_bytes()
        record = msgspec.json.decode(content, type=_Record)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
    if record.format != FORMAT:
        return None
    return Pulled(record.manifest, record.store, record.files)


def _folder(folder: Path | None) -> Path | None:
    base = folder or state_folder()
    return None if base is None else base / "pulls"


def _name(real: str) -> str:
    return digest_of(os.fsencode(real))[:_NAME_BYTES].hex() + ".json"


def _forget_old(place: Path) -> None:
    """Remove the oldest records beyond those that are kept."""
    with suppress(OSError):
        names = os.listdir(place)  # noqa: PTH208
        if len(names) > _MOST:
            times = []
            for name in names:
                with suppress(OSError):
                    times.append(((place / name).stat().st_mtime, name))
            for _, name in sorted(times)[: len(names) - _MOST]:
                with suppress(OSError):
                    (place / name).unlink()
