"""Bad keys: objects and documents that a check found to hold other bytes than they should.

`damaged/<key with %2f for />.json` says that a key is bad; a session counts it as absent and
writes it anew when it has the content. `damaged/...bytes` keeps what was found there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Backend
from podplanner.store.claims import new_id

PREFIX = "damaged/"
_LARGEST_KEPT = 32 * 2**20
# Bytes of what is set aside: no object is half as large.


def _escaped(key: str) -> str:
    return PREFIX + key.replace("/", "%2f")


@dataclass(slots=True)
class BadKeys:
    """Keys known to be bad."""

    keys: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    def mended(self, backend: Backend, key: str) -> None:
        """Take the word back that a key is bad."""
        backend.delete(_escaped(key) + ".json")
        self.keys.discard(key)

    def all_mended(self, backend: Backend, keys: Iterable[str]) -> None:
        """Take the word back of those of the keys that are said to be bad."""
        found = [key for key in keys if key in self.keys]
        backend.delete_all(_escaped(key) + ".json" for key in found)
        self.keys.difference_update(found)


def read_bad_keys(backend: Backend) -> BadKeys:
    """Return all keys that are known to be bad."""
    found = set()
    for info in backend.keys(PREFIX):
        name = info.key[len(PREFIX) :]
        if name.endswith(".json"):
            found.add(name.removesuffix(".json").replace("%2f", "/"))
    return BadKeys(found)


def mark_bad(backend: Backend, key: str) -> None:
    """Say that a key is bad."""
    backend.put(_escaped(key) + ".json", [b"{}"])


def set_aside(backend: Backend, key: str) -> None:
    """Keep what is under a bad key, before it is written anew; what cannot be read is not kept."""
    try:
        content = backend.get(key, limit=_LARGEST_KEPT)
    except (ObjectMissingError, ObjectCorruptError):
        return
    backend.put(f"{_escaped(key)}-{new_id()[:12]}.bytes", [content])


def clear_set_aside(backend: Backend, before: float) -> None:
    """Remove what was set aside before a time, by the store's clock."""
    old = [info.key for info in backend.keys(PREFIX) if info.time < before]
    backend.delete_all(key for key in old if key.endswith(".bytes"))
