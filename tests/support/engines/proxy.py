"""A proxy before an engine that does to chosen requests what networks and servers do."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from weakref import WeakSet

from support.engines.engine import KEYS
from support.engines.faults import Answer, CutError, Fault, Request, Rule, always
from support.engines.ports import LOOPBACK
from support.engines.signing import signed_again

_BLOCK = 256 * 1024
_PATIENCE_S = 120
# The engine's own time; what a client waits for is the client's business.

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_LAST_CHUNK = b"0\r\n\r\n"
_NO_BODY = {204, 304}


@dataclass(slots=True)
class Seen:
    """One request that came, and how far it got. What a client has got is counted here before."""

    request: Request
    status: int | None = None
    """None where the client got no answer."""
    sent: int = 0
    """Bytes of the request's body that went on to the engine."""
    received: int = 0
    """Bytes of the answer's body that went to the client."""


class FaultProxy:
    """Listens on a port of its own and passes requests to an engine, HTTP/1.1 both ways.

    The `Host` header stays as the client signed it, so signatures hold. A request that a fault
    changes is signed again with the keys that the test engines use.
    """

    def __init__(self, endpoint: str, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        """Listen at once.

        Args:
            endpoint: The engine's, `http://host:port`.
            tls: What `tls.Authority.server` returns, to be reached by https.
            port: Where to listen; 0: where nobody does.
        """
        self.closing = threading.Event()
        self._rules: list[Rule] = []
        self._seen: list[Seen] = []
        self._lock = threading.Lock()
        self._server = _Server(self, endpoint, tls, port)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"{self._scheme}://{LOOPBACK}:{self.port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def add(
        self,
        fault: Fault,
        when: Callable[[Request], bool] = always,
        *,
        times: int | None = None,
    ) -> Rule:
        """Let a fault happen to requests from now on; several may happen to one, in this order.

        Args:
            fault: What happens.
            when: To which requests.
            times: To so many of them; for ever when None.
        """
        rule = Rule(fault, when, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Let nothing more happen."""
        with self._lock:
            self._rules.clear()

    @property
    def seen(self) -> list[Seen]:
        """Return the requests that came, in that order."""
        with self._lock:
            return [replace(seen) for seen in self._seen]

    def forget(self) -> None:
        """Begin to count again."""
        with self._lock:
            self._seen.clear()

    def counts(self) -> Counter[str]:
        """Return how many requests of each method came."""
        return Counter(seen.request.method for seen in self.seen)

    def sent(self, method: str | None = None) -> int:
        """Return the bytes of bodies that went to the engine, of one method or of all."""
        return sum(seen.sent for seen in self.seen if method in (None, seen.request.method))

    def received(self, method: str | None = None) -> int:
        """Return the bytes of bodies that came from it."""
        return sum(seen.received for seen in self.seen if method in (None, seen.request.method))

    def faults_for(self, request: Request) -> list[Fault]:
        """Return what happens to a request, and count it as met."""
        with self._lock:
            rules = list(self._rules)
        return [rule.fault for rule in rules if rule.meets(request)]

    def note(self, seen: Seen) -> None:
        """Remember a request that has come."""
        with self._lock:
            self._seen.append(seen)

    def close(self) -> None:
        """Stop listening and end what is under way."""
        # Before those who wait are let go: what they hold back is not to be sent first.
        self._server.cut_all()
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.cut_all()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """Accepts connections, one thread for each; `server_close` waits for all of them."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self, proxy: FaultProxy, endpoint: str, tls: ssl.SSLContext | None, port: int
    ) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.proxy = proxy
        self.engine = urlsplit(endpoint)
        self._tls = tls
        self._open: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()

    def finish_request(self, request, client_address) -> None:
        if self._tls is not None:
            request = self._tls.wrap_socket(
                request, server_side=True, do_handshake_on_connect=False
            )
        self.hold(request)
        with request:
            try:
                if self._tls is not None:
                    # In the connection's own thread: who says nothing keeps nobody waiting.
                    request.do_handshake()
            except OSError:
                return
            super().finish_request(request, client_address)

    def hold(self, connection: socket.socket) -> None:
        """Remember a connection that must end when the proxy does."""
        with self._lock:
            self._open.add(connection)

    def cut_all(self) -> None:
        """End all connections, of clients and to the engine."""
        with self._lock:
            for connection in list(self._open):
                # A socket that is not connected any more is as good as shut.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address) -> None:
        """Let a client that went away be; a fault in the proxy itself is a test's failure."""
        raise


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, and one to the engine for as long."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        engine = self.server.engine
        self._engine = http.client.HTTPConnection(
            engine.hostname, engine.port, timeout=_PATIENCE_S, blocksize=_BLOCK
        )

    def finish(self) -> None:
        self._engine.close()
        super().finish()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            # The client has gone, or the proxy is closing.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what came through is in `FaultProxy.seen`."""

    def handle_expect_100(self) -> bool:
        """Wait with it until it is known whether the body is wanted."""
        return True

    def _relay(self) -> None:
        request = Request(self.command, self.path, tuple(self.headers.items()))
        self._seen = Seen(request)
        self.server.proxy.note(self._seen)
        try:
            self._answer(request, self.server.proxy.faults_for(request))
        except (CutError, OSError, http.client.HTTPException):
            self._cut()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _relay  # noqa: N815

    def _answer(self, request: Request, faults: list[Fault]) -> None:
        closing = self.server.proxy.closing
        for fault in faults:
            if (refusal := fault.arrive(request, closing)) is not None:
                # The body was not read, so the connection cannot go on.
                self.close_connection = True
                self._send_head(refusal)
                if request.method != "HEAD":
                    self.wfile.write(refusal.body or b"")
                return
        forwarded = request
        for fault in faults:
            forwarded = fault.change(forwarded)
        if forwarded != request:
            secrets = {keys.access_key: keys.secret_key for keys in KEYS.values()}
            forwarded = replace(forwarded, headers=signed_again(forwarded, secrets))
        self._forward(forwarded, faults)
        self._pass_back(request, faults)

    def _forward(self, request: Request, faults: list[Fault]) -> None:
        expects = request.header("Expect") is not None
        if self._engine.sock is None:
            self._engine.connect()
            self.server.hold(self._engine.sock)
        self._engine.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers:
            if name.lower() != "expect":
                self._engine.putheader(name, value)
        self._engine.endheaders()
        if expects:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = (request.header("Transfer-Encoding") or "").lower() == "chunked"
        length = int(request.header("Content-Length") or 0)
        blocks = self._chunks() if chunked else self._blocks(length)
        for fault in faults:
            blocks = fault.upload(blocks, self.server.proxy.closing)
        for block in blocks:
            self._engine.send(_framed(block) if chunked else block)
            self._seen.sent += len(block)
        if chunked:
            self._engine.send(_LAST_CHUNK)

    def _pass_back(self, request: Request, faults: list[Fault]) -> None:
        response = self._engine.getresponse()
        answer = Answer(response.status, response.reason, tuple(response.getheaders()))
        for fault in faults:
            answer = fault.answer(answer, self.server.proxy.closing)
        has_body = request.method != "HEAD" and answer.status not in _NO_BODY
        chunked = has_body and response.chunked
        if response.will_close:
            self.close_connection = True
        self._send_head(answer)
        blocks = iter(lambda: response.read1(_BLOCK), b"")
        for fault in faults:
            blocks = fault.download(blocks, self.server.proxy.closing)
        for block in blocks:
            self._seen.received += len(block)
            self.wfile.write(_framed(block) if chunked else block)
        if response.length:
            raise ConnectionResetError("the engine went away in the middle of a body")
        response.close()
        if chunked:
            self.wfile.write(_LAST_CHUNK)

    def _send_head(self, answer: Answer) -> None:
        self._seen.status = answer.status
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        lines += [f"{name}: {value}" for name, value in answer.headers if name != "Connection"]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def _blocks(self, length: int) -> Iterator[bytes]:
        """Read a body of known length from the client, as it comes."""
        left = length
        while left:
            block = self.rfile.read1(min(_BLOCK, left))
            if not block:
                raise ConnectionResetError("the client went away in the middle of a body")
            left -= len(block)
            yield block

    def _chunks(self) -> Iterator[bytes]:
        """Read a body in chunks from the client, without its trailing headers."""
        while size := int(self._line().split(b";")[0], 16):
            yield self.rfile.read(size)
            self._line()
        while self._line().strip():
            pass

    def _line(self) -> bytes:
        line = self.rfile.readline()
        if not line:
            raise ConnectionResetError("the client went away in the middle of a body")
        return line

    def _cut(self) -> None:
        """End the client's connection at once, as a server that dies does."""
        self.close_connection = True
        self._engine.close()
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


def _framed(block: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(block), block)
