"""Whom damage hurts."""

from collections.abc import Iterator

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.epochs import row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.root import StoreRoot
from podplanner.store.upkeep.examining import Examined, Tables, examine_all


def hurt_by(root: StoreRoot, bad: frozenset[str]) -> dict[str, list[str]]:
    """Return for each bad key the live versions that need it, in order of the store.

    A piece stored as a difference needs the object of its base too.
    """
    found: dict[str, list[str]] = {}
    for version, keys in hurt_versions(root, bad):
        for key in sorted(keys):
            found.setdefault(key, []).append(version.shown)
    return found


def hurt_versions(
    root: StoreRoot, bad: frozenset[str]
) -> Iterator[tuple[Examined, frozenset[str]]]:
    """Yield every live version that needs bad keys, with those keys."""
    tables = _BadObjects(root, bad)
    for version in examine_all(root):
        keys = set(version.damaged)
        keys |= {key.key for key in version.documents()} & bad
        for key in version.place_tables():
            keys |= tables.of(key)
        if keys:
            yield version, frozenset(keys)


class _BadObjects:
    """Which bad objects a place table names; read once each."""

    def __init__(self, root: StoreRoot, bad: frozenset[str]) -> None:
        self._tables = Tables(root)
        self._bad = bad
        self._of: dict[bytes, frozenset[str]] = {}
        self._anything = any(key.startswith("objects/") for key in bad)

    def of(self, key: DocumentKey) -> frozenset[str]:
        if not self._anything:
            return frozenset()
        if self._tables.is_new(key):
            found = self._look(key)
            if found:
                self._of[row_of(key)] = found
        return self._of.get(row_of(key), frozenset())

    def _look(self, key: DocumentKey) -> frozenset[str]:
        try:
            table = self._tables.places(key)
        except (ObjectMissingError, ObjectCorruptError):
            return frozenset()
        return frozenset({name.key for name, _ in table.all_objects()} & self._bad)
