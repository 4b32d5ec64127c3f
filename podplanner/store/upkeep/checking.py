"""Checking a store: every byte against its name, every reference against what is there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from podplanner.errors import ConflictError, NotPermittedError
from podplanner.store.bad_keys import BadKeys, mark_bad, read_bad_keys
from podplanner.store.epochs import AnyKey, key_of_row
from podplanner.store.progress import Progress
from podplanner.store.reader import Reader
from podplanner.store.refs import Refs
from podplanner.store.results import Checked, Problem
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import ObjectKey
from podplanner.store.unreadable import UnreadableOnceBackend
from podplanner.store.upkeep.decoding import decode_all
from podplanner.store.upkeep.examining import examine_all
from podplanner.store.upkeep.hurting import hurt_by
from podplanner.store.upkeep.looking import TableLook
from podplanner.store.upkeep.partitions import KEY_BYTES, ROW_BYTES, Partitions
from podplanner.store.upkeep.references import need_of
from podplanner.store.upkeep.tables import together
from podplanner.store.upkeep.unused import Lying, lying_by_part
from podplanner.store.upkeep.verifying import Kind, verify_all


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
    root = _patient_once(root)
    run = _Check(root, progress, quick=quick)
    with Partitions() as needed:
        run.examine(needed)
        run.compare(needed)
    if deep:
        run.decode_all()
    problems = run.problems()
    if problems and (repair or repair_from is not None):
        from podplanner.store.upkeep.repairing import repair_problems

        other = None if repair_from is None else _patient_once(repair_from)
        left = repair_problems(root, other, problems, progress)
        problems = [replace(one, repaired=one.object not in left) for one in problems]
    return Checked(
        ok=all(problem.repaired for problem in problems),
        objects=run.objects,
        bytes=run.bytes,
        problems=tuple(problems),
    )


def _patient_once(root: StoreRoot) -> StoreRoot:
    """Return a store that is not asked a second time for what it could not read."""
    backend = UnreadableOnceBackend(root.backend)
    return StoreRoot(backend, root.policy, Reader(backend), Refs(backend), root.lease_seconds)


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
        look = TableLook(self._root)
        for some in together(self._root, examine_all(self._root)):
            for version in some:
                if version.newer:
                    self._progress.warn(f"{version} was not checked: {version.newer}")
                for key, kind in version.damaged.items():
                    self._found(key, kind, is_here=kind != "lost")
                needed.add(b"".join(map(need_of, version.rows())))
                self._progress.advance(files=1)
            for looked in look.at(some):
                needed.add(looked.rows)
                for key, kind in looked.damaged.items():
                    self._found(key, kind, is_here=kind != "lost")

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
        backend = self._root.backend
        for number, lying in lying_by_part(backend):
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
            missed = [key_of_row(row).key for row in sizes]
            heads = side_by_side(backend.head, missed, calls_at_once(backend))
            for key, info in zip(missed, heads, strict=True):
                if info is None:
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
        for key in decode_all(self._root, frozenset(self._wrong), self._progress):
            # The objects are as their names say, so it is the table that is wrong.
            self._found(key.key, "flipped", is_here=False)

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
