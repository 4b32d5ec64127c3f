"""Checking a store: every byte against its name, every reference against what is there."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from podplanner.errors import (
    ConflictError,
    NotPermittedError,
    ObjectCorruptError,
    ObjectMissingError,
)
from podplanner.store.bad_keys import BadKeys, mark_bad, read_bad_keys
from podplanner.store.epochs import AnyKey, key_of_row
from podplanner.store.progress import Progress
from podplanner.store.reader import DocumentKey
from podplanner.store.results import Checked, Problem
from podplanner.store.root import StoreRoot
from podplanner.store.stored import read_piece
from podplanner.store.tables import NO_OBJECT, RAW, ObjectKey, PieceTable, PlaceTable
from podplanner.store.upkeep.examining import Examined, Tables, examine_all, kind_of
from podplanner.store.upkeep.hurting import hurt_by
from podplanner.store.upkeep.partitions import KEY_BYTES, ROW_BYTES, Partitions
from podplanner.store.upkeep.references import document_row, table_rows
from podplanner.store.upkeep.unused import Lying, lying_by_part
from podplanner.store.upkeep.verifying import Kind, verify_all

T = TypeVar("T")


def check(
    root: StoreRoot,
    *,
    repair: bool = False,
    repair_from: StoreRoot | None = None,
    quick: bool = False,
    deep: bool = False,
    progress: Progress,
) -> Checked:
    """Read a whole store and say what is lost or wrong, and whom it hurts.

    What is bad is marked where that is permitted, so that the next push that has its content
    writes it anew.

    Args:
        root: The store.
        repair: Mend from what the store itself has.
        repair_from: Mend from this second store too.
        quick: Look at lengths only, and read no object.
        deep: Also decode every piece of every version: that finds layouts made by a bad writer.
        progress: Hears how far it is.

    Raises:
        ConflictError: The second store is this very store.
        BackendUnavailableError: The store cannot be reached any more.
    """
    if repair_from is not None and repair_from.backend.address == root.backend.address:
        raise ConflictError(
            f"{root.backend.address} cannot be mended from itself",
            hint="Name another store that has the same models.",
        )
    run = _Check(root, progress, quick=quick)
    with Partitions() as needed:
        run.examine(needed)
        run.compare(needed)
    if deep:
        run.decode_all()
    problems = run.problems()
    if problems and (repair or repair_from is not None):
        from podplanner.store.upkeep.repairing import repair_problems

        left = repair_problems(root, repair_from, problems, progress)
        problems = [replace(one, repaired=one.object not in left) for one in problems]
    return Checked(
        ok=all(problem.repaired for problem in problems),
        objects=run.objects,
        bytes=run.bytes,
        problems=tuple(problems),
    )


@dataclass(slots=True)
class _Wrong:
    kind: Kind
    is_here: bool
    """Whether something lies under the key, so that it can be marked."""


class _Check:
    """One check: gathers what is wrong."""

    def __init__(self, root: StoreRoot, progress: Progress, *, quick: bool) -> None:
        self.objects = 0
        self.bytes = 0
        self._root = root
        self._progress = progress
        self._quick = quick
        self._wrong: dict[str, _Wrong] = {}
        self._marked: BadKeys = read_bad_keys(root.backend)

    def _found(self, key: str, kind: Kind, *, is_here: bool) -> None:
        self._wrong.setdefault(key, _Wrong(kind, is_here))

    # What versions need

    def examine(self, needed: Partitions) -> None:
        """Read the documents of every version and gather what they need."""
        self._progress.begin("reading tables", files=None, size=None)
        tables = Tables(self._root)
        for version in examine_all(self._root):
            if version.newer:
                self._progress.warn(f"{version} was not checked: {version.newer}")
            for key, kind in version.damaged.items():
                self._found(key, kind, is_here=kind != "lost")
            needed.add(b"".join(document_row(key) for key in version.documents()))
            self._examine_tables(version, tables, needed)
            self._progress.advance(files=1)

    def _examine_tables(self, version: Examined, tables: Tables, needed: Partitions) -> None:
        for key in version.place_tables():
            if tables.is_new(key):
                rows = self._reading(key, lambda key: table_rows(self._root, key))
                needed.add(rows or b"")
        pairs = zip(version.piece_tables(), version.place_tables(), strict=False)
        for pieces_key, places_key in pairs:
            if tables.is_new(pieces_key, places_key):
                pieces = self._reading(pieces_key, tables.pieces)
                places = self._reading(places_key, tables.places)
                if pieces is not None and places is not None and not _agree(pieces, places):
                    self._found(places_key.key, "flipped", is_here=True)

    def _reading(self, key: DocumentKey, read: Callable[[DocumentKey], T]) -> T | None:
        """Return what was read; None, and a problem, where it cannot be."""
        try:
            return read(key)
        except (ObjectMissingError, ObjectCorruptError) as error:
            kind = kind_of(self._root, key, error)
            self._found(key.key, kind, is_here=kind != "lost")
            return None

    # What is there

    def compare(self, needed: Partitions) -> None:
        """Compare what is needed with what is there, and read all of that."""
        self._progress.begin("checking objects", files=None, size=None)
        for verdict in verify_all(self._root.backend, self._to_read(needed)):
            key = verdict.key.key
            self._progress.advance(size=verdict.size, files=1)
            if verdict.why:
                self._progress.warn(verdict.why)
            if verdict.kind is None:
                self._absolve(key)
            elif verdict.kind != "lost":
                # What was there when it was listed, and is needed, is found to be lost below.
                self._found(key, verdict.kind, is_here=True)

    def _to_read(self, needed: Partitions) -> Iterator[tuple[AnyKey, int]]:
        """Yield what is to be read; note what is not there or has another length."""
        for number, lying in lying_by_part(self._root.backend):
            rows = needed.part(number).rows.tobytes()
            sizes = {
                rows[at : at + KEY_BYTES]: int.from_bytes(
                    rows[at + KEY_BYTES : at + KEY_BYTES + 4], "big"
                )
                for at in range(0, len(rows), ROW_BYTES)
            }
            for one in lying:
                size = sizes.pop(one.row, None)
                yield from self._readable(one, size)
            for row in sizes:
                key = key_of_row(row).key
                if self._root.backend.head(key) is None:
                    self._found(key, "lost", is_here=False)

    def _readable(self, one: Lying, size: int | None) -> Iterator[tuple[AnyKey, int]]:
        key = key_of_row(one.row)
        if isinstance(key, ObjectKey):
            self.objects += 1
            self.bytes += one.info.size
            if size is not None and one.info.size < size:
                self._found(key.key, "truncated", is_here=True)
                return
            if self._quick:
                if size is not None and one.info.size != size:
                    self._found(key.key, "flipped", is_here=True)
                return
        yield key, one.info.size

    def _absolve(self, key: str) -> None:
        """Take back the word that a key is bad: it has been written anew since."""
        if key in self._marked:
            with contextlib.suppress(NotPermittedError):
                self._marked.mended(self._root.backend, key)

    # What can be decoded

    def decode_all(self) -> None:
        """Decode every piece of every version, each place once."""
        self._progress.begin("decoding pieces", files=None, size=None)
        tables = Tables(self._root)
        for version in examine_all(self._root):
            for pieces_key, places_key in zip(
                version.piece_tables(), version.place_tables(), strict=False
            ):
                if tables.is_new(pieces_key, places_key) and not (
                    {pieces_key.key, places_key.key} & self._wrong.keys()
                ):
                    self._decode(tables.pieces(pieces_key), places_key, tables.places(places_key))

    def _decode(self, pieces: PieceTable, key: DocumentKey, places: PlaceTable) -> None:
        for piece, place in zip(pieces, places, strict=True):
            if place is None or place.object.key in self._wrong:
                continue
            if place.base is not None and place.base.object.key in self._wrong:
                continue
            try:
                read_piece(self._root.backend, piece, place)
            except (ObjectMissingError, ObjectCorruptError):
                # The object is as its name says, so it is the table that is wrong.
                self._found(key.key, "flipped", is_here=False)
            self._progress.advance(size=piece.length)

    # The answer

    def problems(self) -> list[Problem]:
        """Mark what is bad and return it with the versions that it hurts."""
        if not self._wrong:
            return []
        self._progress.begin("looking whom it hurts", files=None, size=None)
        hurt = hurt_by(self._root, frozenset(self._wrong))
        found = []
        for key, wrong in sorted(self._wrong.items()):
            versions = hurt.get(key, ())
            if not versions and wrong.kind == "lost":
                # It went with its versions, by a collection that ran meanwhile.
                continue
            if wrong.is_here:
                with contextlib.suppress(NotPermittedError):
                    mark_bad(self._root.backend, key)
            found.append(Problem(wrong.kind, key, tuple(versions)))
        return found


def _agree(pieces: PieceTable, places: PlaceTable) -> bool:
    """Return whether two tables can belong together."""
    return len(pieces) == len(places) and all(
        encoding != RAW or index == NO_OBJECT or stored == length
        for length, index, stored, encoding in zip(
            pieces.lengths, places.object, places.stored, places.encoding, strict=True
        )
    )
