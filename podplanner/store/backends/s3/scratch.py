"""Objects that are only tried: each is remembered, so that all of them are removed again."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from podplanner.errors import PodplannerError
from podplanner.store.backends.s3.backend import S3Backend
from podplanner.store.backends.s3.settings import AT_ONCE
from podplanner.store.backends.s3.translating import translated
from podplanner.store.backends.s3.wire import Wire
from podplanner.store.claims import new_id

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

FOLDER = "doctor/"
TRY = "try-"
"""What the names of tried objects and folders begin with, in the folder of the reports."""
_DELETED_AT_ONCE = 1000
# Versions of one request, as S3 has it.
_LATE_S = 1.0
# An engine that has a whole body commits it within that time.

T = TypeVar("T")


class Scratch:
    """A folder of its own below the prefix of a store, in which things are tried."""

    def __init__(self, backend: S3Backend) -> None:
        """Choose the folder; nothing is sent."""
        self.backend = backend
        self.wire = Wire(backend.access)
        self.folder = f"{backend.tries}-{new_id()[:8]}/"
        self.keeps_versions = False
        """Whether the bucket has been seen to keep what is deleted."""
        self.trouble: PodplannerError | None = None
        """Why something stayed."""
        self._root = f"{backend.prefix}/" if backend.prefix else ""
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def key(self, name: str) -> str:
        """Return a key in the folder, which is removed at the end."""
        key = self.folder + name
        with self._lock:
            self._keys.add(key)
        return key

    def forget(self, key: str) -> None:
        """Let be what was not written."""
        with self._lock:
            self._keys.discard(key)

    def path(self, key: str) -> str:
        """Return what a key is in the bucket."""
        return self._root + key

    def side_by_side(self, work: Callable[[T], object], items: Iterable[T]) -> None:
        """Do something for all items, as many at once as requests may be under way."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(work, items))

    def clear(self) -> None:
        """Remove all that was tried; never raises, so that it hides no other error."""
        try:
            self._remove()
            if self.keeps_versions:
                self._remove_versions()
        except PodplannerError as error:
            self.trouble = error

    def _remove(self) -> None:
        if not (keys := sorted(self._keys)):
            return
        try:
            self.backend.delete_all(keys)
        except PodplannerError:
            # It may not know how to delete many at once.
            self.side_by_side(self.backend.delete, keys)

    def _remove_versions(self) -> None:
        client, bucket = self.backend.access.client, self.backend.bucket
        with translated(self.backend.asked("delete", self.folder)):
            found = self._versions()
            while some := list(islice(found, _DELETED_AT_ONCE)):
                client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})

    def _versions(self) -> Iterator["ObjectIdentifierTypeDef"]:
        pages = self.backend.access.client.get_paginator("list_object_versions").paginate(
            Bucket=self.backend.bucket, Prefix=self._root + self.backend.tries
        )
        for page in pages:
            for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield {"Key": version["Key"], "VersionId": version["VersionId"]}


@contextmanager
def scratch(backend: S3Backend) -> Iterator[Scratch]:
    """Give a folder to try things in, and remove them at the end, whatever happens."""
    folder = Scratch(backend)
    try:
        yield folder
    except BaseException:
        folder.clear()
        # An object whose writing was broken off here may still be made there.
        time.sleep(_LATE_S)
        raise
    finally:
        folder.clear()
