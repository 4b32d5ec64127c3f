"""A link of limited speed between clients and the engine: two ends in two network namespaces."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

NAMESPACE = "podplanner-bench"
_HERE, _THERE = "ppbench0", "ppbench1"
_SERVER, _CLIENT = "10.213.77.1", "10.213.77.2"


@dataclass(frozen=True, slots=True)
class Link:
    """Where the engine listens, and what is written before a command that runs at the far end."""

    host: str
    before: tuple[str, ...]


class NoLinkError(RuntimeError):
    """The system does not let us make one: it takes root, `ip` and `tc`."""


@contextmanager
def limited(bytes_per_second: int) -> Iterator[Link]:
    """Make a link that carries so many bytes a second each way, and remove it at the end.

    Raises:
        NoLinkError: It cannot be made here.
    """
    _remove()
    bits = str(8 * bytes_per_second)
    shape = ("root", "tbf", "rate", bits, "burst", "1mb", "latency", "20ms")
    there = ("ip", "netns", "exec", NAMESPACE)
    try:
        for words in (
            ("ip", "netns", "add", NAMESPACE),
            ("ip", "link", "add", _HERE, "type", "veth", "peer", "name", _THERE),
            ("ip", "link", "set", _THERE, "netns", NAMESPACE),
            ("ip", "addr", "add", f"{_SERVER}/30", "dev", _HERE),
            ("ip", "link", "set", _HERE, "up"),
            (*there, "ip", "addr", "add", f"{_CLIENT}/30", "dev", _THERE),
            (*there, "ip", "link", "set", _THERE, "up"),
            (*there, "ip", "link", "set", "lo", "up"),
            ("tc", "qdisc", "add", "dev", _HERE, *shape),
            (*there, "tc", "qdisc", "add", "dev", _THERE, *shape),
        ):
            _do(words)
        yield Link(_SERVER, there)
    finally:
        _remove()


def _do(words: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoLinkError(f"{words[0]}: {error.strerror}") from error
    if done.returncode:
        raise NoLinkError(f"{' '.join(words)}: {done.stderr.strip()}")


def _remove() -> None:
    """Remove what an earlier run may have left; the near end goes with the far one."""
    for words in (("ip", "link", "del", _HERE), ("ip", "netns", "del", NAMESPACE)):
        try:
            subprocess.run(words, capture_output=True, check=False)
        except OSError:
            return
