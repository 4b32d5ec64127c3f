"""Noting: the notes and signatures of copied versions, copied too."""

from podplanner.store.claims import claim
from podplanner.store.documents import decode
from podplanner.store.names import ModelName
from podplanner.store.record_keys import all_notes_prefix, notes_prefix
from podplanner.store.records import NOTE_FORMAT, NoteRecord
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side


class Notes:
    """The notes on all versions of one model in two stores, from a listing of each."""

    def __init__(self, source: StoreRoot, target: StoreRoot, model: ModelName) -> None:
        self._source = source.backend
        self._target = target.backend
        self._model = model
        self._here: dict[str, list[str]] = {}
        prefix = all_notes_prefix(model)
        for info in self._source.keys(prefix):
            digits, slash, name = info.key[len(prefix) :].partition("/")
            if slash:
                self._here.setdefault(digits, []).append(name)
        self._there = {info.key for info in self._target.keys(prefix)} if self._here else set()

    def copy(self, number: int, to: int) -> None:
        """Copy the notes on a version that the target does not have.

        Args:
            number: Of the version in the source.
            to: The same in the target.
        """
        here, there = notes_prefix(self._model, number), notes_prefix(self._model, to)
        names = self._here.get(f"{number:010d}", ())
        missing = [name for name in names if there + name not in self._there]

        def bring(name: str) -> None:
            content = self._source.get(here + name)
            decode(content, NoteRecord, what=here + name, expected=NOTE_FORMAT)
            claim(self._target, there + name, content)

        at_once = max(calls_at_once(self._source), calls_at_once(self._target))
        for _ in side_by_side(bring, missing, at_once):
            continue
