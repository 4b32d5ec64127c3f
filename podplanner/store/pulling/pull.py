"""Pulling: a version into a directory, every piece verified before it is written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import NamedTuple

from podplanner.errors import WrongUsageError
from podplanner.store.backend import Traits
from podplanner.store.names import Reference
from podplanner.store.progress import Progress, Silent
from podplanner.store.pulling.board import Board
from podplanner.store.pulling.chunks import Chunk, chunks
from podplanner.store.pulling.earlier import Earlier, find_earlier
from podplanner.store.pulling.fetching import Fetch
from podplanner.store.pulling.known import add_known
from podplanner.store.pulling.local import Copy, Judge, Resume
from podplanner.store.pulling.selection import (
    Selection,
    real_strangers,
    refuse_hidden_pickle,
    refuse_pickles,
    select,
)
from podplanner.store.pulling.writers import Writers
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.jobs import jobs
from podplanner.store.reading.opening import open_version
from podplanner.store.reading.workers import Work, thread_count, work_off, work_off_together
from podplanner.store.refs import Version
from podplanner.store.results import Pulled
from podplanner.store.root import StoreRoot
from podplanner.store.worktree.destination import Overwrite
from podplanner.store.worktree.finishing import Placed
from podplanner.store.worktree.placing import Plan, prepare
from podplanner.store.worktree.records import recall, remember_pull
from podplanner.store.worktree.writer import FileWriter


def pull(
    root: StoreRoot,
    reference: Reference,
    dest: Path,
    *,
    files: Sequence[str] = (),
    force: bool = False,
    exact: bool = False,
    swap: bool = False,
    allow_pickle: bool = False,
    check_signature: Callable[[Version], object] | None = None,
    dry_run: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Write a version into a directory; no file gets its name before it is whole and verified.

    What was written is kept when the pull ends early, by an error or by Ctrl-C; the same pull
    later verifies it and goes on.

    Args:
        root: The store.
        reference: The version.
        dest: The directory; made if it is not there.
        files: Patterns of the only files to pull, as `selection.select` takes them.
        force: Replace files that differ from the version's.
        exact: Remove files that the version does not have.
        swap: Build a new directory and exchange it for `dest` in one step.
        allow_pickle: Pull pickles that could run code when they are loaded.
        check_signature: Raises SignatureError when the version is not signed as it should be.
        dry_run: Say what would be read and written, and write nothing.
        threads: That read, verify and write; by default two, at a bucket eight.
        progress: Hears how far it is.

    Raises:
        UnknownNameError: There is no such version, or a pattern fits no file.
        UnsafeContentError: A path or a pickle could do harm.
        ConflictError: Files in `dest` are in the way.
        NoSpaceError: There is not enough space, or not any more.
        ObjectMissingError: The store has lost an object; names it, the file and the version.
        ObjectCorruptError: The store holds wrong bytes; likewise.
    """
    if files and exact:
        raise WrongUsageError(
            "`--exact` removes what a version does not have, and `--file` pulls a part of one",
            hint="Say one of the two.",
        )
    version = open_version(root, reference)
    if check_signature is not None:
        check_signature(version.version)
    heard = progress or Silent()
    selection = select(version, files)
    refuse_pickles(version, selection, allow=allow_pickle, progress=heard)
    plan = prepare(
        dest,
        selection.files,
        selection.folders,
        manifest=version.layout.manifest,
        overwrite=Overwrite(force=force, exact=exact, swap=swap),
    )
    with plan:
        earlier = find_earlier(plan.dest, root.id, version.layout.manifest, root.reader)
        with nullcontext() if earlier is None else closing(earlier):
            crews = _Crews.of(threads, root.backend.traits)
            one = _Pull(version, selection, plan, earlier, crews, heard)
            one.judge(thorough=force or swap)
            plan.require_no_conflicts()
            if dry_run:
                return one.answer(one.missing_bytes(), free_bytes=plan.free_bytes())
            look = None if allow_pickle else one.refuse_hidden_pickle
            return one.answer(one.run(root.id, look))


class _Crews(NamedTuple):
    """How many threads do what."""

    local: int
    """That read and write on this machine."""
    fetching: int
    together: bool
    """Whether both are at work at the same time: those that fetch mostly wait for a server."""

    @classmethod
    def of(cls, asked: int | None, traits: Traits) -> "_Crews":
        """Return what suits a backend."""
        local, fetching = thread_count(asked, Traits()), thread_count(asked, traits)
        return cls(local, fetching, together=traits.is_remote and fetching > 1)


class _Pull:
    """One pull at work."""

    def __init__(
        self,
        version: OpenVersion,
        selection: Selection,
        plan: Plan,
        earlier: Earlier | None,
        crews: _Crews,
        progress: Progress,
    ) -> None:
        self._version = version
        self._selection = selection
        self._plan = plan
        self._earlier = earlier
        self._crews = crews
        self._progress = progress
        files = version.manifest.files
        self._paths = {number: files[number].path for number in selection.numbers}
        self._firsts = {
            number: first
            for number, (_, first) in enumerate(version.manifest.starts())
            if number in self._paths
        }
        self._sizes = {files[number].path: files[number].size for number in selection.numbers}
        self._board = Board(version, selection.numbers)
        self._here = bytearray()
        self._kept: list[str] = []

    def judge(self, *, thorough: bool) -> None:
        """Tell the plan which files in the destination are those of the version already.

        Args:
            thorough: Whether files that differ will be replaced: what they have in common with
                the version is then found too.
        """
        plan = self._plan
        to_judge = {one.path for one in plan.to_judge}
        among = frozenset(
            number
            for number, path in self._paths.items()
            if path in (plan.present if thorough else to_judge)
        )
        judge = Judge(
            plan, self._paths, len(self._board.done), thorough=thorough, progress=self._progress
        )
        if among:
            size = sum(self._version.manifest.files[number].size for number in among)
            self._progress.begin("comparing", files=len(among), size=size)
            rest = among
            if thorough and self._earlier is not None:
                rest = self._compare_unknown(judge, among, to_judge, self._earlier)
            self._work(chunks(self._version, rest), judge.worker)
        self._here = judge.here
        for number in sorted(among):
            path = self._paths[number]
            if path not in to_judge:
                continue
            if number in judge.unequal:
                plan.differs(path)
            else:
                plan.keep(path)
                self._kept.append(path)
                pieces = self._version.manifest.files[number].pieces
                self._board.drop(number, self._firsts[number], pieces)

    def _compare_unknown(
        self, judge: Judge, among: frozenset[int], to_judge: set[str], earlier: Earlier
    ) -> frozenset[int]:
        """Compare, in files that an earlier pull left, only what it cannot have put there.

        Most files that will be replaced are known as such by that, and need no reading: what is
        copied from them is verified then. A file that is to be kept is read, every byte.

        Returns:
            The files that must be read.
        """
        paths = self._paths
        told = frozenset(number for number in among if paths[number] in earlier.untouched)
        add_known(self._version, judge.skip, earlier)
        self._work(chunks(self._version, told), judge.worker)
        judge.skip[:] = judge.here
        replaced = (n for n in told if n in judge.unequal or paths[n] not in to_judge)
        return among.difference(replaced)

    def missing_bytes(self) -> int:
        """Return how many stored bytes must be read from the store, as far as is known."""
        missing = jobs(self._version, self._said_to_be_here())
        return sum(want.row.place.stored for job in missing for want in job.wants())

    def _said_to_be_here(self) -> bytearray:
        """Return, for each row, whether it is done or should be found on this machine."""
        rows = bytearray(a | b for a, b in zip(self._board.done, self._here, strict=True))
        if self._earlier is not None:
            add_known(self._version, rows, self._earlier)
        return rows

    def refuse_hidden_pickle(self, path: str, writer: FileWriter) -> None:
        """Refuse a file that is whole, where it holds a pickle that the manifest hides."""
        refuse_hidden_pickle(self._sizes[path], path, writer)

    def run(self, store: str, look: Callable[[str, FileWriter], None] | None) -> int:
        """Write what is not there, put it in place, and return the bytes that were fetched.

        Args:
            store: The store's id.
            look: Raises to refuse a file that is whole.
        """
        plan = self._plan
        if plan.busy:
            self._progress.warn("another pull to the same directory seems to be under way")
        writers = Writers(plan, self._progress, look)
        try:
            fetched = self._write(writers)
        except BaseException:
            writers.close()
            if not self._board.marked:
                plan.discard()
            raise
        placed = plan.commit()
        if placed.left_behind is not None:
            self._progress.warn(f"{placed.left_behind} could not be removed: remove it by hand")
        self._remember(placed, store)
        return fetched

    def _remember(self, placed: Placed, store: str) -> None:
        """Note what was put where, for later pulls; of a part of a version, beside the rest."""
        plan, manifest = self._plan, self._version.layout.manifest
        known = recall(plan.dest)
        identities = dict(placed.identities)
        if known is not None and (known.manifest, known.store) == (manifest, store):
            identities = {**known.identities, **identities}
        remember_pull(plan.dest, manifest, store, identities)

    def _write(self, writers: Writers) -> int:
        """Write all files that are not there, and return the bytes that were fetched."""
        plan, board, progress = self._plan, self._board, self._progress
        remaining = {one.path for one in plan.remaining()}
        numbers = frozenset(n for n, path in self._paths.items() if path in remaining)
        progress.begin("pulling", files=len(numbers), size=self._needed(numbers))
        plan.begin()
        resume = Resume(writers, self._paths, board, progress)
        self._work(chunks(self._version, numbers), resume.worker)
        plan.require_space(self._needed(numbers))
        if self._earlier is None:
            numbers = frozenset(n for n in numbers if self._paths[n] in plan.present)
        copy = Copy(plan, writers, self._paths, board, self._here, self._earlier, progress)
        fetch = Fetch(self._version, writers, self._paths, board, self._earlier, progress)
        if numbers:
            self._copy_and_fetch(chunks(self._version, numbers), copy, fetch)
        # What is not here, and what was said to be here and is not.
        work_off(jobs(self._version, board.done), fetch.worker, self._crews.fetching)
        for one in plan.remaining():
            # Empty files, and those that are one hole.
            writers.finish(one.path)
        return fetch.fetched_bytes

    def _copy_and_fetch(self, tasks: Iterator[Chunk], copy: Copy, fetch: Fetch) -> None:
        """Copy what is here; meanwhile fetch what is known to be missing, from a far store."""
        if not self._crews.together:
            self._work(tasks, copy.worker)
            return
        missing = jobs(self._version, self._said_to_be_here())
        work_off_together(
            (
                Work(tasks, copy.worker, self._crews.local),
                Work(missing, fetch.worker, self._crews.fetching),
            )
        )

    def _needed(self, numbers: frozenset[int]) -> int:
        """Return how many bytes are still to be written."""
        return sum(self._board.needed[number] for number in numbers)

    def _work(
        self, tasks: Iterator[object], make_worker: Callable[[], Callable[..., None]]
    ) -> None:
        work_off(tasks, make_worker, self._crews.local)

    def answer(self, fetched: int, *, free_bytes: int | None = None) -> Pulled:
        """Return what was done."""
        record = self._version.version.record
        return Pulled(
            model=record.model,
            version=record.number,
            manifest=self._version.layout.manifest,
            files=len(self._selection.files),
            bytes=self._selection.size,
            fetched_bytes=fetched,
            kept=tuple(self._kept),
            strangers=real_strangers(self._version.manifest, self._plan.strangers),
            free_bytes=free_bytes,
        )
