"""The port of the backends on a bucket of any engine that speaks S3."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import cached_property
from itertools import islice

from typing_extensions import Buffer

from podplanner.errors import (
    BackendUnavailableError,
    ObjectCorruptError,
    ObjectMissingError,
    OutcomeUnknownError,
    PodplannerError,
    WrongUsageError,
)
from podplanner.store.backend import DOCUMENT_LIMIT, Cleared, ObjectInfo, Traits, is_key
from podplanner.store.backends.s3.checksums import BodyCheck, check_headers, wrong_crc32
from podplanner.store.backends.s3.faults import Refusal, Request, refused
from podplanner.store.backends.s3.listing import Lister
from podplanner.store.backends.s3.settings import AT_ONCE, Access, S3Settings, connect
from podplanner.store.backends.s3.translating import translated
from podplanner.store.backends.s3.wire import Answer, Wire
from podplanner.store.claims import new_id
from podplanner.store.examination import Result, SecondUser

_CLOCK_KEY = "store.json"
# Whose head is asked for to know the time: it is there in every store, and any answer has a date.
_SIGNED_BYTES = 64 * 2**10
# Records, leases and most documents: the signature covers them, at no price that is felt.
_DELETED_AT_ONCE = 1000
# Keys of one request, as S3 has it.
_KNOWN_DURABLE = 100_000
# Keys that are remembered to have been taken by the engine: 20 MB.


class S3Backend:
    """Objects of a bucket, below a prefix.

    Whoever may read and list may pull; nothing is written before the first write. A request is
    never sent twice; what an engine has acknowledged is durable. No object is put in parts.
    """

    def __init__(self, bucket: str, prefix: str = "", settings: S3Settings | None = None) -> None:
        """Name a place in a bucket; nothing is sent.

        Args:
            bucket: Its name.
            prefix: What the keys of the store begin with, without slashes at its ends.
            settings: How the bucket is reached.
        """
        self.bucket = bucket
        self.prefix = prefix
        self.settings = settings or S3Settings()
        self.tries = f"doctor/try-{new_id()}"
        """What the keys of all begin with that this backend only tries."""
        self._root = f"{prefix}/" if prefix else ""
        self._lock = threading.Lock()
        self._durable: set[str] = set()

    @property
    def address(self) -> str:
        """The address, `s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def traits(self) -> Traits:
        """Requests wait for a server: many are made at once, and none that need not be."""
        return Traits(at_once=AT_ONCE, is_remote=True)

    @cached_property
    def access(self) -> Access:
        """How the bucket is reached, found out at the first request."""
        return connect(self.bucket, self.settings)

    @cached_property
    def _wire(self) -> Wire:
        return Wire(self.access)

    @cached_property
    def _lister(self) -> Lister:
        return Lister(self.access.client, self.bucket, self._root)

    def get(self, key: str, *, limit: int = DOCUMENT_LIMIT) -> bytes:
        """Return the whole of a small object."""
        request = self._request("read", key)
        with self._wire.send("GET", self._root + key, request) as answer:
            size = answer.size
            if size is not None and size > limit:
                raise ObjectCorruptError(f"{key!r} holds {size} bytes, more than {limit}")
            content = answer.read(limit + 1)
        if len(content) > limit:
            raise ObjectCorruptError(f"{key!r} holds more than {limit} bytes")
        if size is not None and len(content) < size:
            raise _cut_off(request)
        return content

    def read_into(self, key: str, offset: int, buffer: memoryview) -> None:
        """Fill the whole buffer with the object's bytes from `offset`."""
        request = self._request("read", key)
        view = buffer.cast("B")
        if not len(view):
            self._demand(key)
            return
        last = offset + len(view) - 1
        ranges = {"range": f"bytes={offset}-{last}"}
        with self._wire.send(
            "GET", self._root + key, request, headers=ranges, accepted=(416,)
        ) as answer:
            size = answer.size
            if answer.status == 416 or (size is not None and size < len(view)):
                raise ObjectCorruptError(f"{key!r} ends before byte {last + 1}")
            if not _is_range(answer, offset):
                raise BackendUnavailableError(
                    f"cannot {request}: the engine gives other bytes than it is asked for",
                    hint="Run `podplanner store doctor`: it may not know ranges.",
                )
            if answer.read_into(view) < len(view):
                raise _cut_off(request)

    def head(self, key: str) -> ObjectInfo | None:
        """Return size and time of an object, or None when there is none."""
        request = self._request("look at", key)
        with self._wire.send("HEAD", self._root + key, request, accepted=(404,)) as answer:
            if answer.status == 404:
                return None
            return ObjectInfo(key, answer.size or 0, _time(answer, "last-modified"))

    def put(self, key: str, parts: Sequence[Buffer]) -> None:
        """Write an object of these parts, joined, with a checksum that the engine looks at."""
        request = self._request("write", key)
        # Views of nothing cannot be cast.
        views = [view.cast("B") for part in parts if (view := memoryview(part)).nbytes]
        small = sum(len(view) for view in views) <= _SIGNED_BYTES
        headers = check_headers("md5" if small else self._body_check, views)
        with self._wire.send(
            "PUT", self._root + key, request, headers=headers, parts=views, signed=small
        ):
            self._is_durable(key)

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object if there is none under the key: one signed conditional PUT."""
        request = self._request("create", key)
        # SeaweedFS looks at this one, and not at the digest of the signature.
        headers = {"if-none-match": "*", **check_headers("md5", [content])}
        try:
            with self._wire.send(
                "PUT", self._root + key, request,
                headers=headers, parts=[content], signed=True, accepted=(412,),
            ) as answer:  # fmt: skip
                if answer.status == 412:
                    return False
        except OutcomeUnknownError:
            raise
        except BackendUnavailableError as error:
            if _was_sent(error):
                raise OutcomeUnknownError(error.message, hint=error.hint) from error
            raise
        self._is_durable(key)
        return True

    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""
        request = self._request("delete", key)
        with self._wire.send("DELETE", self._root + key, request, accepted=(404,)):
            self._is_gone(key)

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove objects, a thousand with one request."""
        waiting = iter(keys)
        while some := list(islice(waiting, _DELETED_AT_ONCE)):
            self._delete_some(some)

    def _delete_some(self, keys: list[str]) -> None:
        request = self._request("delete", keys[0])
        for key in keys:
            _check(key)
        with translated(request):
            answer = self.access.client.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": self._root + key} for key in keys], "Quiet": True},
            )
        for key in keys:
            self._is_gone(key)
        for failed in answer.get("Errors", []):
            code = failed.get("Code", "")
            if code != "NoSuchKey":
                status = 403 if code == "AccessDenied" else 500
                refusal = Refusal(status, code, failed.get("Message", ""))
                key = failed.get("Key", "").removeprefix(self._root)
                raise refused(refusal, self._request("delete", key))

    def keys(self, prefix: str, *, after: str = "") -> Iterator[ObjectInfo]:
        """Yield all objects whose key begins with `prefix`, in order of their keys."""
        _check_prefix(prefix)
        found = self._lister.keys(prefix, after)
        request = self.asked("list", prefix)
        while True:
            with translated(request):
                info = next(found, None)
            if info is None:
                return
            if is_key(info.key):
                yield info

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below `prefix` that have keys below them, sorted.

        SeaweedFS keeps folders whose keys have been removed for a while.
        """
        _check_prefix(prefix)
        with translated(self.asked("list", prefix)):
            found = self._lister.folders(prefix)
        yield from (name for name in found if is_key(name))

    def settle(self, keys: Iterable[str]) -> None:
        """Find that the objects are there: what an engine has acknowledged is durable."""
        asked = [key for key in keys if key not in self._durable]
        if not asked:
            return
        with ThreadPoolExecutor(min(AT_ONCE, len(asked))) as pool:
            list(pool.map(self._demand, asked))

    def now(self) -> float:
        """Return the time by the engine's own clock, to the second."""
        request = self._request("look at", _CLOCK_KEY)
        with self._wire.send("HEAD", self._root + _CLOCK_KEY, request, accepted=(404,)) as answer:
            told = _time(answer, "date")
        if not told:
            raise BackendUnavailableError(
                f"cannot know the time in {self.address}: the answer has no date",
                hint="Is there a proxy before the engine that takes the header `Date` out?",
            )
        return told

    def free_bytes(self) -> int | None:
        """Return None: S3 has no such question."""
        return None

    def clear_leftovers(self, before: float) -> Cleared:
        """Find nothing: no object is put in parts, and a PUT that breaks leaves nothing."""
        return Cleared(0, 0)

    def examine(self, second_user: SecondUser | None) -> Iterator[Result]:
        """Yield what can be wrong with the bucket."""
        from podplanner.store.backends.s3 import examining

        if second_user is not None:
            raise WrongUsageError(
                f"{self.address} is no directory that users of this machine share",
                hint="Leave --as out: who may write to a bucket is a matter of its access keys.",
            )
        return examining.examine(self)

    def prove_creation(self) -> Result:
        """Say whether one of several writers wins."""
        from podplanner.store.backends.s3 import examining

        return examining.prove_creation(self)

    @cached_property
    def _body_check(self) -> BodyCheck:
        """What goes with the body of a data object.

        CRC-32 where the engine has refused a wrong one just now; some take whatever is sent.
        """
        key = f"{self.tries}-checksum"
        content = b"a body for a checksum that is wrong"
        request = self._request("write", key)
        try:
            with self._wire.send(
                "PUT", self._root + key, request,
                headers=wrong_crc32(content), parts=[content], accepted=(400,),
            ) as answer:  # fmt: skip
                if answer.status == 400:
                    return "crc32"
            self.delete(key)
        except PodplannerError:
            # Whoever may not write there learns it by the body itself.
            return "md5"
        return "md5"

    def _request(self, doing: str, key: str) -> Request:
        _check(key)
        return self.asked(doing, key)

    def asked(self, doing: str, key: str) -> Request:
        """Return what is asked, for messages."""
        return Request(self.address, doing, key, self.access.endpoint)

    def _demand(self, key: str) -> None:
        if self.head(key) is None:
            raise ObjectMissingError(f"no object {key!r} in {self.address}")

    def _is_durable(self, key: str) -> None:
        with self._lock:
            if len(self._durable) < _KNOWN_DURABLE:
                self._durable.add(key)

    def _is_gone(self, key: str) -> None:
        with self._lock:
            self._durable.discard(key)


def _check(key: str) -> None:
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a store")


def _check_prefix(prefix: str) -> None:
    if prefix and not (prefix.endswith("/") and is_key(prefix[:-1])):
        raise ValueError(f"{prefix!r} is no prefix of keys: it must be empty or end in a slash")


def _time(answer: Answer, header: str) -> float:
    """Return a time of an answer's headers, in seconds since 1970; 0 where there is none."""
    try:
        return parsedate_to_datetime(answer.headers.get(header, "")).timestamp()
    except (TypeError, ValueError):
        return 0.0


def _is_range(answer: Answer, offset: int) -> bool:
    """Return whether an answer begins with the byte that was asked for."""
    if answer.status == 206:
        begins = answer.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        return begins == str(offset)
    return offset == 0


def _cut_off(request: Request) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"cannot {request}: the answer broke off",
        hint="Look at the engine's own log, then run the command again.",
    )


def _was_sent(error: BackendUnavailableError) -> bool:
    """Return whether a request that failed may have been carried out."""
    from botocore.exceptions import (
        ConnectTimeoutError,
        EndpointConnectionError,
        ProxyConnectionError,
    )

    never = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
    return not isinstance(error.__cause__, never)
