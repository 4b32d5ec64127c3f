"""The way to a gateway of a cluster: what goes over it is counted, and it ends with the gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from support.engines.faults import Limit
from support.engines.ports import LOOPBACK
from support.engines.proxy import FaultProxy

_LOOK_S = 0.1
_LOOK_SOON_S = 0.02


@dataclass(frozen=True, slots=True)
class Moved:
    """What went over a way."""

    put: int = 0
    """Bytes that were sent to be stored."""
    got: int = 0
    """Bytes that were read."""
    answers: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(self.put + other.put, self.got + other.got, self.answers + other.answers)


class Way:
    """A proxy before a gateway, at an address that stays the same.

    A proxy alone would take the connections that a dead gateway refuses, and to a client these
    are two things: what was refused has not been done.
    """

    def __init__(self, gateway: str, *, bytes_per_s: float) -> None:
        """Open it.

        Args:
            gateway: Its endpoint, `http://host:port`.
            bytes_per_s: What goes over it at most, so that there is a middle to kill in, however
                fast the machine.
        """
        self._gateway = gateway
        self._limit = Limit(bytes_per_s)
        self._earlier = Moved()
        self._proxy: FaultProxy | None = None
        self._port = 0
        self.open()

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def open(self) -> None:
        """Take connections, again or for the first time."""
        if self._proxy is None:
            proxy = FaultProxy(self._gateway, port=self._port)
            proxy.add(self._limit)
            self._proxy, self._port = proxy, proxy.port

    def close(self) -> None:
        """Refuse connections from now on, as the gateway does."""
        if self._proxy is not None:
            proxy, self._proxy = self._proxy, None
            proxy.close()
            self._earlier += _moved_over(proxy)

    def forget(self) -> None:
        """Begin to count again."""
        self._earlier = Moved()
        if self._proxy is not None:
            self._proxy.forget()

    def moved(self) -> Moved:
        """Return what went over it since `forget`."""
        proxy = self._proxy
        return self._earlier if proxy is None else self._earlier + _moved_over(proxy)


def moved_over(ways: Iterable[Way]) -> Moved:
    """Return what went over several ways together."""
    return sum((way.moved() for way in ways), Moved())


class StandStill:
    """How long nothing moves at a stretch, watched while it is entered."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = ways
        self.longest_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> StandStill:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        moved, since = None, time.monotonic()
        while not self._ended.wait(_LOOK_S):
            now = moved_over(self._ways)
            if now != moved:
                moved, since = now, time.monotonic()
            self.longest_s = max(self.longest_s, time.monotonic() - since)


def wait_until(true: Callable[[], bool]) -> None:
    """Look again and again until something is true."""
    while not true():
        time.sleep(_LOOK_SOON_S)


def _moved_over(proxy: FaultProxy) -> Moved:
    seen = proxy.seen
    return Moved(
        put=sum(one.sent for one in seen if one.request.method == "PUT"),
        got=sum(one.received for one in seen if one.request.method == "GET"),
        answers=sum(one.status is not None for one in seen),
    )
