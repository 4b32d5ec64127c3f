"""Free ports on loopback for the engines that tests start."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

_RANGE = range(10_000, 32_000)
# Below the range from which Linux numbers outgoing connections (32768 up): an engine that was
# killed must find its own ports free when it starts again.

_MOST_TRIES = 1_000


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that nothing listened on a moment ago.

    Another process may take one before the caller does: whoever starts an engine on them tries
    again with others when it cannot bind.
    """
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(_RANGE, _MOST_TRIES):
            if len(found) == count:
                return found
            listener = held.enter_context(socket.socket())
            # What was left waiting by a closed connection does not keep an engine from binding.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
    raise RuntimeError(f"no {count} free ports between {_RANGE.start} and {_RANGE.stop}")
