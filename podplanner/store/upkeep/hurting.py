"""Whom damage hurts."""

from collections.abc import Iterable, Iterator
from operator import itemgetter

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.epochs import key_of_row, row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.root import StoreRoot
from podplanner.store.upkeep.examining import Examined, examine_all
from podplanner.store.upkeep.tables import Tables, for_tables, together


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
    rows = frozenset(row_of(key) for word in bad if (key := DocumentKey.from_key(word)) is not None)
    for some in together(root, examine_all(root)):
        tables.look(some)
        for version in some:
            keys = set(version.damaged)
            keys |= {key_of_row(row).key for row in rows.intersection(version.rows())}
            for key in version.place_tables:
                keys |= tables.of(key)
            if keys:
                yield version, frozenset(keys)


class _BadObjects:
    """Which bad objects a place table names; read once each."""

    def __init__(self, root: StoreRoot, bad: frozenset[str]) -> None:
        self._root = root
        self._tables = Tables(root)
        self._bad = bad
        self._of: dict[bytes, frozenset[str]] = {}
        self._anything = any(key.startswith("objects/") for key in bad)

    def look(self, versions: Iterable[Examined]) -> None:
        """Read the tables of versions that have not been read."""
        if not self._anything:
            return
        new = [
            (key, pieces)
            for version in versions
            for key, pieces in zip(version.place_tables, version.pieces, strict=True)
            if self._tables.is_new(key)
        ]
        found = for_tables(self._root, lambda table: self._named(table[0]), new, itemgetter(1))
        for (key, _), named in zip(new, found, strict=True):
            if named:
                self._of[row_of(key)] = named

    def of(self, key: DocumentKey) -> frozenset[str]:
        """Return the bad objects that a table names, after `look`."""
        return self._of.get(row_of(key), frozenset())

    def _named(self, key: DocumentKey) -> frozenset[str]:
        try:
            table = self._tables.places(key)
        except (ObjectMissingError, ObjectCorruptError):
            return frozenset()
        return frozenset({name.key for name, _ in table.all_objects()} & self._bad)
