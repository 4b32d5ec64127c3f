"""What a proxy can do to a request and its answer, each as a network or a server does it."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

Headers = tuple[tuple[str, str], ...]

_AMZ_DATE = "%Y%m%dT%H%M%SZ"

_PACE_S = 0.05
# The longest pause of a limited connection, well below any stall time-out.


class CutError(Exception):
    """The connection to the client is cut here."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the client sent it."""

    method: str
    target: str
    headers: Headers

    @property
    def path(self) -> str:
        """Bucket and key, decoded: `/pods/some/key`."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> Mapping[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        found = [value for known, value in self.headers if known.lower() == name.lower()]
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers of an answer, and its body where it did not come from the engine."""

    status: int
    reason: str
    headers: Headers
    body: bytes | None = None


class Fault:
    """What happens to a request; every step does nothing unless a fault says so."""

    def arrive(self, request: Request, closing: threading.Event) -> Answer | None:
        """Look at a request before anything is forwarded; an answer here is the only one.

        Raises:
            CutError: The client's connection ends without an answer.
        """
        return None

    def change(self, request: Request) -> Request:
        """Return what is forwarded; it is signed again where it was changed."""
        return request

    def upload(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        """Pass on the body of the request."""
        return blocks

    def answer(self, answer: Answer, closing: threading.Event) -> Answer:
        """Return the head that the client gets; the engine has done its work by now.

        Args:
            answer: Status and headers from the engine.
            closing: Set when the proxy ends.

        Raises:
            CutError: The answer is lost.
        """
        return answer

    def download(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        """Pass on the body of the answer."""
        return blocks


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """Answer with an error of S3 and forward nothing."""

    status: int
    code: str
    message: str = "made up by a proxy"

    def arrive(self, request: Request, closing: threading.Event) -> Answer:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{self.message}</Message>"
            "<RequestId>0</RequestId></Error>"
        ).encode()
        headers = (("Content-Type", "application/xml"), ("Content-Length", str(len(body))))
        return Answer(self.status, HTTPStatus(self.status).phrase, headers, body)


SLOW_DOWN = Refuse(503, "SlowDown")
INTERNAL_ERROR = Refuse(500, "InternalError")
ACCESS_DENIED = Refuse(403, "AccessDenied")


class LoseRequest(Fault):
    """Cut the connection; the engine never hears of the request."""

    def arrive(self, request: Request, closing: threading.Event) -> None:
        raise CutError


class LoseAnswer(Fault):
    """Cut the connection once the engine has done what was asked."""

    def answer(self, answer: Answer, closing: threading.Event) -> Answer:
        raise CutError


class Stall(Fault):
    """Take the request and never answer; the engine never hears of it."""

    def arrive(self, request: Request, closing: threading.Event) -> None:
        closing.wait()
        raise CutError


class StallAnswer(Fault):
    """Let the engine do what was asked, and never answer."""

    def answer(self, answer: Answer, closing: threading.Event) -> Answer:
        closing.wait()
        raise CutError


@dataclass(frozen=True, slots=True)
class CutUpload(Fault):
    """Cut the connection after so many bytes of the request's body went to the engine."""

    after: int

    def upload(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        yield from _first(blocks, self.after)
        raise CutError


@dataclass(frozen=True, slots=True)
class CutDownload(Fault):
    """Cut the connection after so many bytes of the answer's body."""

    after: int

    def download(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        yield from _first(blocks, self.after)
        raise CutError


@dataclass(frozen=True, slots=True)
class StallDownload(Fault):
    """Send nothing more after so many bytes of the answer's body, and keep the connection."""

    after: int

    def download(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        yield from _first(blocks, self.after)
        closing.wait()
        raise CutError


@dataclass(frozen=True, slots=True)
class FlipByte(Fault):
    """Flip the lowest bit of one byte of the answer's body."""

    at: int

    def download(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        start = 0
        for block in blocks:
            if start <= self.at < start + len(block):
                changed = bytearray(block)
                changed[self.at - start] ^= 1
                yield bytes(changed)
            else:
                yield block
            start += len(block)


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """Wait before the request is forwarded, as a long way to the engine does."""

    seconds: float

    def arrive(self, request: Request, closing: threading.Event) -> None:
        closing.wait(self.seconds)


class Limit(Fault):
    """Let through so many bytes a second, over all connections and both ways together."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._lock = threading.Lock()
        self._free_at = 0.0

    def upload(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        return self._paced(blocks, closing)

    def download(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        return self._paced(blocks, closing)

    def _paced(self, blocks: Iterator[bytes], closing: threading.Event) -> Iterator[bytes]:
        step = max(1, int(self._bytes_per_s * _PACE_S))
        for block in blocks:
            for start in range(0, len(block), step):
                piece = block[start : start + step]
                with self._lock:
                    now = time.monotonic()
                    passed_at = max(now, self._free_at) + len(piece) / self._bytes_per_s
                    self._free_at = passed_at
                closing.wait(passed_at - now)
                yield piece


@dataclass(frozen=True, slots=True)
class Strip(Fault):
    """Drop a header of the request, as an engine does that does not know it."""

    header: str

    def change(self, request: Request) -> Request:
        return replace(request, headers=_without(request.headers, self.header))


@dataclass(frozen=True, slots=True)
class StripAnswer(Fault):
    """Drop a header of the answer."""

    header: str

    def answer(self, answer: Answer, closing: threading.Event) -> Answer:
        return replace(answer, headers=_without(answer.headers, self.header))


@dataclass(frozen=True, slots=True)
class ServerClock(Fault):
    """Let the engine's clock seem off: it sees the client's as wrong, and dates answers by its own.

    Dates inside the body of an answer, as in listings, stay.
    """

    ahead_s: float

    def change(self, request: Request) -> Request:
        headers = tuple(
            (name, self._seen(value) if name.lower() == "x-amz-date" else value)
            for name, value in request.headers
        )
        return replace(request, headers=headers)

    def answer(self, answer: Answer, closing: threading.Event) -> Answer:
        dates = {"date", "last-modified"}
        headers = tuple(
            (name, self._dated(value) if name.lower() in dates else value)
            for name, value in answer.headers
        )
        return replace(answer, headers=headers)

    def _seen(self, value: str) -> str:
        sent = datetime.strptime(value, _AMZ_DATE).replace(tzinfo=UTC)
        return (sent - timedelta(seconds=self.ahead_s)).strftime(_AMZ_DATE)

    def _dated(self, value: str) -> str:
        true = parsedate_to_datetime(value)
        return format_datetime(true + timedelta(seconds=self.ahead_s), usegmt=True)


def always(request: Request) -> bool:
    """Match every request."""
    return True


def of(method: str, path: str = "", **query: str) -> Callable[[Request], bool]:
    """Match requests of one method whose path contains `path` and whose query has `query`."""
    return lambda request: (
        request.method == method and path in request.path and query.items() <= request.query.items()
    )


def sometimes(share: float, seed: int) -> Callable[[Request], bool]:
    """Match a share of the requests, 0 to 1, the same ones for the same seed and order."""
    chance = random.Random(seed)
    return lambda request: chance.random() < share


@dataclass(slots=True)
class Rule:
    """A fault, the requests that it is for, and how often it still happens."""

    fault: Fault
    when: Callable[[Request], bool] = always
    times: int | None = None
    """None is for ever."""
    hits: int = 0
    """How many requests it has met."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def meets(self, request: Request) -> bool:
        """Say whether the fault happens to a request, and count it."""
        with self._lock:
            if self.times is not None and self.hits >= self.times:
                return False
            if not self.when(request):
                return False
            self.hits += 1
            return True


def _first(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    left = count
    for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return


def _without(headers: Headers, name: str) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() != name.lower())
