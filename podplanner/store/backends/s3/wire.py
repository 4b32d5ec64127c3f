"""Signed requests for single objects, by boto3's own signer and connections.

Boto3's client takes 2 ms of Python for each request and copies bodies; see docs/adr.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from typing_extensions import Buffer

from podplanner.store.backends.s3.faults import Refusal, Request, refused, translated
from podplanner.store.backends.s3.settings import Access

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

    @property
    def size(self) -> int | None:
        """How long the body is, in bytes; None where the answer does not say."""
        word = self.headers.get("content-length", "")
        return int(word) if word.isdigit() else None

    def read(self, limit: int) -> bytes:
        """Return the body, as far as `limit` bytes."""
        return bytes(self._response.raw.read(limit, decode_content=False))

    def read_into(self, buffer: memoryview) -> int:
        """Fill a buffer from the body, and return how many bytes there were."""
        raw, done = self._response.raw, 0
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
            accepted: Answers other than 2xx that are no error.

        Raises:
            StoreError: As `refused` and `translated` say.
        """
        with translated(request):
            response = self._access.http.send(
                self._prepared(method, path, headers or {}, parts, signed=signed)
            )
        raw = response.raw
        whole = False
        try:
            with translated(request):
                if 200 <= response.status_code < 300 or response.status_code in accepted:
                    yield Answer(response)
                else:
                    raise refused(_refusal(response), request)
            whole = not raw.length_remaining
        finally:
            if not whole:
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
    ) -> "AWSPreparedRequest":
        from botocore.awsrequest import AWSRequest

        body = b"".join(parts) if signed or len(parts) > _MOST_PARTS else list(parts)
        request = AWSRequest(
            method,
            self._access.base_url + quote(path, safe="/~"),
            headers=dict(headers),
            data=body if isinstance(body, bytes) else b"",
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


def _refusal(response: "AWSResponse") -> Refusal:
    """Return what an answer says that is no success."""
    content = response.raw.read(_ERROR_BYTES, decode_content=False)
    found = dict(_ERROR_PART.findall(content.decode("utf-8", "replace")))
    return Refusal(response.status_code, found.get("Code", ""), found.get("Message", ""))


_ERROR_PART = re.compile(r"<(Code|Message)>([^<]{0,500})</")
# The two elements of the document, which is flat; it comes from outside, so no parser is let at it.
