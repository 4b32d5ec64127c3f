"""Signed requests for single objects, by boto3's own signer and connections.

Boto3's client takes 2 ms of Python for each request and copies bodies; see docs/adr.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from http.client import HTTPResponse
from typing import TYPE_CHECKING
from urllib.parse import quote

from typing_extensions import Buffer

from podplanner.store.backends.s3.faults import Refusal, Request, not_s3, refused
from podplanner.store.backends.s3.settings import Access
from podplanner.store.backends.s3.translating import translated

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

_MOST_PARTS = 8
# More are joined: each part is a call to the system of its own.
_ERROR_BYTES = 64 * 2**10
# Of an answer that is no success: longer ones are not read.


class Answer:
    """An answer whose body has not been read."""

    def __init__(self, response: "AWSResponse") -> None:
        self._response = response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.is_read = False
        """Whether the whole body has been read, past what urllib3 knows of."""

    @property
    def size(self) -> int | None:
        """How long the body is, in bytes; None where the answer does not say."""
        word = self.headers.get("content-length", "")
        return int(word) if word.isdigit() else None

    def refusal(self) -> Refusal:
        """Return what an answer says that is no success; its body is read."""
        return _read_refusal(self._response)

    def read(self, limit: int) -> bytes:
        """Return the body, as far as `limit` bytes."""
        return bytes(self._response.raw.read(limit, decode_content=False))

    def read_into(self, buffer: memoryview) -> int:
        """Fill a buffer from the body, and return how many bytes there were.

        Bytes go from the connection into the buffer, where urllib3 lets its own response be
        reached; by copies of 1 MiB where it does not. The first takes a quarter less time.
        """
        raw, done = self._response.raw, 0
        direct = getattr(raw, "_fp", None)
        if isinstance(direct, HTTPResponse):
            while done < len(buffer) and (got := direct.readinto(buffer[done:])):
                done += got
            self.is_read = done == self.size
            return done
        for chunk in raw.stream(_CHUNK, decode_content=False):
            room = len(buffer) - done
            if len(chunk) > room:
                chunk = chunk[:room]
            buffer[done : done + len(chunk)] = chunk
            done += len(chunk)
            if done == len(buffer):
                break
        return done


_CHUNK = 2**20
# Copied from the library's buffer while it is in the processor's cache.


class Wire:
    """Sends requests for the objects of one bucket; usable from several threads."""

    def __init__(self, access: Access) -> None:
        from botocore.auth import S3SigV4Auth
        from botocore.config import Config

        self._access = access
        self._sign = S3SigV4Auth
        self._signing = Config(s3={"payload_signing_enabled": True})
        self._not_signing = Config(s3={"payload_signing_enabled": False})

    @contextmanager
    def send(
        self,
        method: str,
        path: str,
        request: Request,
        *,
        headers: Mapping[str, str] | None = None,
        parts: Sequence[Buffer] = (),
        signed: bool = False,
        claimed: bytes | None = None,
        accepted: Sequence[int] = (),
    ) -> Iterator[Answer]:
        """Send a request and give the answer, whose connection is used again at the end.

        Args:
            method: `GET`, `HEAD`, `PUT` or `DELETE`.
            path: The key in the bucket.
            request: For messages.
            headers: Beside those of the signature.
            parts: The body.
            signed: Whether the signature covers the body.
            claimed: What a signature that covers the body says that it is; None: what it is.
            accepted: Answers other than 2xx that are no error.

        Raises:
            StoreError: As `refused` and `translated` say.
        """
        with translated(request):
            response = self._access.http.send(
                self._prepared(method, path, headers or {}, parts, signed=signed, claimed=claimed)
            )
        raw = response.raw
        whole = False
        try:
            with translated(request):
                answer = Answer(response)
                if response.status_code in accepted:
                    yield answer
                elif not 200 <= response.status_code < 300:
                    raise refused(self._refusal(response, method, path, request), request)
                elif _is_foreign(response, method):
                    raise not_s3(request, response.status_code)
                else:
                    yield answer
            whole = answer.is_read or not raw.length_remaining
        finally:
            if whole:
                # One without a body ends when that is read; until then its connection refuses the
                # next request, which another thread may send at once.
                raw.drain_conn()
            else:
                # What is left of the body would be taken for the next answer.
                raw.close()
            raw.release_conn()

    def _prepared(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        parts: Sequence[Buffer],
        *,
        signed: bool,
        claimed: bytes | None,
    ) -> "AWSPreparedRequest":
        from botocore.awsrequest import AWSRequest

        body = b"".join(parts) if signed or len(parts) > _MOST_PARTS else list(parts)
        request = AWSRequest(
            method,
            self._access.base_url + quote(path, safe="/~"),
            headers=dict(headers),
            data=claimed or (body if isinstance(body, bytes) else b""),
            stream_output=True,
        )
        request.context["client_config"] = self._signing if signed else self._not_signing
        # Frozen anew each time: they may be short-lived ones, renewed meanwhile.
        keys = self._access.credentials.get_frozen_credentials()
        self._sign(keys, "s3", self._access.region).add_auth(request)
        if method == "PUT":
            size = len(body) if isinstance(body, bytes) else sum(memoryview(p).nbytes for p in body)
            request.headers["Content-Length"] = str(size)
        request.data = body
        return request.prepare()

    def _refusal(
        self, response: "AWSResponse", method: str, path: str, request: Request
    ) -> Refusal:
        """Return what an answer says that is no success."""
        if method != "HEAD" or _is_page(response):
            return _read_refusal(response)
        if response.status_code in _SILENT:
            # The answer to a HEAD has no body, and so no reason: that to a GET has.
            with self.send(
                "GET", path, request, headers={"range": "bytes=0-0"}, accepted=_ANY_REFUSAL
            ) as answer:
                if answer.status in _SILENT:
                    return answer.refusal()
        return Refusal(response.status_code, "")


_SILENT = (301, 307, 400, 401, 403)
# Statuses that have many reasons.
_ANY_REFUSAL = range(300, 600)


def _read_refusal(response: "AWSResponse") -> Refusal:
    content = response.raw.read(_ERROR_BYTES, decode_content=False)
    found = dict(_ERROR_PART.findall(content.decode("utf-8", "replace")))
    code = unescape(found.get("Code", ""))
    return Refusal(
        status=response.status_code,
        code=code,
        message=unescape(found.get("Message", "")),
        region=found.get("Region") or response.headers.get("x-amz-bucket-region", ""),
        is_foreign=_is_page(response) or (not code and response.status_code in _SAID),
    )


_ERROR_PART = re.compile(r"<(Code|Message|Region)>([^<]{0,500})</")
# Elements of the document, which is flat; it comes from outside, so no parser is let at it.
_SAID = (400, 404, 405)
# An engine that answers one of these to anything but a HEAD says why.


def _is_foreign(response: "AWSResponse", method: str) -> bool:
    """Return whether a success is none: a page of some other server's, which no store keeps."""
    return _is_page(response) and (method in ("GET", "HEAD") or "etag" not in response.headers)


def _is_page(response: "AWSResponse") -> bool:
    return "text/html" in response.headers.get("content-type", "")
