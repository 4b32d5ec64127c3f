"""Listing a bucket in the order of the port, whatever order the engine has.

S3 lists keys by their bytes. Engines that keep folders (SeaweedFS) list folder by folder, `a/b`
before `a-b`, and `StartAfter` follows that order there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from podplanner.store.backend import ObjectInfo

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef


class Lister:
    """Asks for pages of listings."""

    def __init__(self, client: "S3Client", bucket: str, root: str) -> None:
        """Name what is listed.

        Args:
            client: Boto3's.
            bucket: Its name.
            root: What all keys begin with: empty, or with a slash at its end.
        """
        self._client = client
        self._bucket = bucket
        self._root = root

    def keys(self, prefix: str, after: str) -> Iterator[ObjectInfo]:
        """Yield all objects below a prefix and after a key, in order.

        Times are whole seconds, as in the headers of an answer: some engines say more in lists.
        """
        found = (
            ObjectInfo(key, item["Size"], float(int(item["LastModified"].timestamp())))
            for page in self._pages(prefix, _safe_start(prefix, after), "")
            for item in page.get("Contents", [])
            if (key := item["Key"].removeprefix(self._root)) > after
        )
        return in_order(found, len(prefix))

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly below a prefix, sorted."""
        begins = len(self._root) + len(prefix)
        return sorted(
            {
                item["Prefix"][begins:].rstrip("/")
                for page in self._pages(prefix, "", "/")
                for item in page.get("CommonPrefixes", [])
            }
        )

    def _pages(
        self, prefix: str, start: str, delimiter: str
    ) -> Iterator["ListObjectsV2OutputTypeDef"]:
        options: dict[str, Any] = {"Delimiter": delimiter} if delimiter else {}
        if start:
            options["StartAfter"] = self._root + start
        while True:
            page = self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=self._root + prefix, **options
            )
            yield page
            if not page.get("IsTruncated"):
                return
            options.pop("StartAfter", None)
            options["ContinuationToken"] = page["NextContinuationToken"]


def _safe_start(prefix: str, after: str) -> str:
    """Return a key after which every engine yields all that is after the one that is meant.

    An engine that lists folder by folder takes all of the folder `a/` for being before `a-b`. So
    it is asked for what is after a key just before `a`.
    """
    if not after.startswith(prefix):
        return ""
    name = after[len(prefix) :].partition("/")[0]
    stem = name
    for sign in "-.%":
        stem = stem.partition(sign)[0]
    if len(stem) < 2:
        return ""
    return prefix + stem[:-1] + chr(ord(stem[-1]) - 1) + "~"


def in_order(found: Iterable[ObjectInfo], begins: int) -> Iterator[ObjectInfo]:
    """Yield what is listed by bytes, or folder by folder, in the order of the bytes.

    Little is held back: what lies below one name, and beside it under longer names.

    Args:
        found: In one of the two orders.
        begins: How many characters all keys have in common.
    """
    waiting: list[ObjectInfo] = []
    name = None
    for info in found:
        first = info.key[begins:].partition("/")[0]
        if first != name:
            name = first
            waiting.sort(key=_key_of)
            # Whatever comes from now on has a name that is not before this one.
            ready = bisect_left(waiting, info.key[:begins] + first, key=_key_of)
            yield from waiting[:ready]
            del waiting[:ready]
        waiting.append(info)
    yield from sorted(waiting, key=_key_of)


def _key_of(info: ObjectInfo) -> str:
    return info.key
