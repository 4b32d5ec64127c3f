"""The lineage of a version: what it was made from, and that again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from podplanner.errors import ObjectCorruptError, UnknownNameError, WrongUsageError
from podplanner.store.backend import Backend
from podplanner.store.names import ModelName, Reference
from podplanner.store.records import VersionRecord
from podplanner.store.refs import Refs, Version
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.version_index import VersionIndex

_ANCESTORS = 100
# A lineage may go on for as long as there are versions; each one is a read.


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A version from which another was made."""

    reference: str
    """`name:number`."""
    state: Literal["live", "deleted", "unknown"]
    """Unknown: the store has no such version; it may be another store's."""
    time: str | None
    """When it was pushed."""


def lineage(backend: Backend, version: Version) -> Iterator[Ancestor]:
    """Yield the parent of a version, the parent of that, and so on; 100 at most."""
    seen = {f"{version.model.key}:{version.number}"}
    records = _Records(backend)
    word = version.record.parent
    while word is not None and len(seen) <= _ANCESTORS:
        try:
            reference = Reference.parse(word)
        except WrongUsageError:
            # The record says nonsense; what came before it stands.
            return
        key = f"{reference.model.key}:{reference.version}"
        if reference.version is None or key in seen:
            return
        seen.add(key)
        try:
            parent = records.find(reference.model, reference.version)
        except UnknownNameError:
            yield Ancestor(word, "unknown", None)
            return
        deleted = parent.number in records.index(reference.model).deleted
        yield Ancestor(word, "deleted" if deleted else "live", parent.time)
        word = parent.parent


class _Records:
    """Reads records one after the other, and many ahead where each is a request.

    Who is read next stands in the record, but most versions are made from the one before them.
    """

    def __init__(self, backend: Backend) -> None:
        self._refs = Refs(backend)
        self._at_once = calls_at_once(backend)
        self._indexes: dict[str, VersionIndex] = {}
        self._ahead: dict[tuple[str, int], VersionRecord] = {}
        self._last = ("", 0)

    def index(self, model: ModelName) -> VersionIndex:
        """Return what there is of a model, listed once."""
        if model.key not in self._indexes:
            self._indexes[model.key] = self._refs.index(model)
        return self._indexes[model.key]

    def find(self, model: ModelName, number: int) -> VersionRecord:
        """Return the record of a version.

        Raises:
            UnknownNameError: There is none, or the number is void.
        """
        record = self._ahead.pop((model.key, number), None)
        if record is None:
            self._read_ahead(model, number)
            record = self._refs.record(model, number)
        self._last = (model.key, number)
        if record.void:
            raise UnknownNameError(f"{model}:{number} is out of use")
        return record

    def _read_ahead(self, model: ModelName, number: int) -> None:
        """Read the records before one, if the lineage has been going from each to the last."""
        numbers = self.index(model).numbers
        before = [one for one in numbers if one < number][-self._at_once + 1 :]
        after = next((one for one in numbers if one > number), None)
        if self._at_once == 1 or self._last != (model.key, after):
            return

        def read(one: int) -> VersionRecord | None:
            try:
                return self._refs.record(model, one)
            except (UnknownNameError, ObjectCorruptError):
                # Told when it turns out to be an ancestor.
                return None

        for record in side_by_side(read, reversed(before), self._at_once):
            if record is not None:
                self._ahead[model.key, record.number] = record
