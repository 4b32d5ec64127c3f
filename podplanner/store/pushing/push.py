"""Push: a directory becomes a version."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import cpu_count
from pathlib import Path
from typing import Any

from podplanner.errors import NoSpaceError, SourceChangedError
from podplanner.store.claims import new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.code_revision import code_revision
from podplanner.store.names import ModelName, Reference, alias_of
from podplanner.store.pickles import PickleFindings, refuse_unsafe
from podplanner.store.policy import EncodingPolicy
from podplanner.store.presence import Presence
from podplanner.store.progress import Progress, Silent
from podplanner.store.pushing.assembling import Assembly, manifest_of_facts
from podplanner.store.pushing.bases import Bases
from podplanner.store.pushing.cache import PieceCache
from podplanner.store.pushing.facts import FileFacts
from podplanner.store.pushing.hashing import Hasher
from podplanner.store.pushing.known import Known
from podplanner.store.pushing.placing import Count, CountingPlacer, StoringPlacer
from podplanner.store.reader import OpenVersion, located
from podplanner.store.records import VERSION_FORMAT, VersionRecord
from podplanner.store.refs import Version
from podplanner.store.results import LeftOut, Pushed
from podplanner.store.root import StoreRoot
from podplanner.store.session import Session
from podplanner.store.worktree import Scan, SourceFile
from podplanner.store.worktree.scan import scan
from podplanner.store.worktree.stat_cache import StatCache

_MOST_THREADS = 4
# More do not help: hashing and writing are quicker than disks by then.
_FACTS_AT_ONCE = 256
# Files whose facts are fetched in one question to the stat cache.
_REMEMBER_BYTES = 256 * 2**20
# Of files read; after so many the stat cache learns of them, so that a second run of a push that
# was killed need not hash them again.


@dataclass(frozen=True, slots=True)
class PushOptions:
    """How to push."""

    parent: Reference | None = None
    alias: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    encoding: EncodingPolicy | None = None
    delta: bool = False
    exclude: Sequence[str] = ()
    follow_links: bool = False
    new_version: bool = False
    allow_pickle: bool = False
    rehash: bool = False
    dry_run: bool = False
    threads: int | None = None
    before_alias: Callable[[Version], None] | None = None
    """Called with the new version before the alias moves: signing goes here."""


def push(
    root: StoreRoot,
    source: Path,
    name: str,
    options: PushOptions | None = None,
    progress: Progress | None = None,
) -> Pushed:
    """Store a directory, or a file, as the next version of a model.

    Args:
        root: The store.
        source: A directory or a file.
        name: The model.
        options: How to push.
        progress: Hears how far it is.

    Raises:
        SourceChangedError: Something in the source changed meanwhile; nothing was published.
        NoSpaceError: The store is full, or would be; what was stored is kept for a second run.
        UnsafeContentError: A path or a pickle could do harm.
    """
    return _Push(root, source, ModelName.parse(name), options or PushOptions(), progress).run()


class _Push:
    """One push: what it knows, in the order in which it learns it."""

    def __init__(
        self,
        root: StoreRoot,
        source: Path,
        model: ModelName,
        options: PushOptions,
        progress: Progress | None,
    ) -> None:
        self._root = root
        self._source = source
        self._options = options
        self._progress = progress or Silent()
        self._alias = None if options.alias is None else alias_of(options.alias)
        self._scan = self._look()
        self._latest = root.refs.latest(model)
        self._model = model if self._latest is None else ModelName.parse(self._shown(model))
        self._parent = (
            root.refs.resolve(options.parent) if options.parent is not None else self._latest
        )
        self._stats = StatCache.open(root.id)
        self._cache = PieceCache(root.id)
        self._remembered: dict[str, FileFacts] = {}
        self._asked: set[str] = set()

    def _shown(self, model: ModelName) -> str:
        """Return the model's name in the case in which it was first used."""
        return model.shown if self._latest is None else self._latest.record.model

    def _look(self) -> Scan:
        options = self._options
        return scan(self._source, exclude=options.exclude, follow_links=options.follow_links)

    def _fact(self, file: SourceFile) -> FileFacts | None:
        """Return what the stat cache knows of a file; asked in the order of the files."""
        if self._options.rehash:
            return None
        found = self._remembered.pop(file.path, None)
        if found is None and file.path not in self._asked:
            start = bisect_left(self._scan.files, file.path, key=lambda one: one.path)
            some = self._scan.files[start : start + _FACTS_AT_ONCE]
            self._asked = {one.path for one in some}
            self._remembered = {
                path: facts
                for path, blob in self._stats.get_many(some).items()
                if (facts := FileFacts.decode(blob)) is not None
            }
            found = self._remembered.pop(file.path, None)
        return found

    def _facts(self) -> Iterator[tuple[SourceFile, FileFacts]]:
        """Yield what is known of each file, up to the first that is not known."""
        self._asked = set()
        for file in self._scan.files:
            facts = self._fact(file)
            if facts is None:
                return
            yield file, facts

    def run(self) -> Pushed:
        """Push."""
        try:
            self._progress.begin(
                "checking", files=len(self._scan.files), size=self._scan.total_bytes
            )
            return self._unchanged() or self._counted() or self._stored()
        finally:
            self._cache.close()
            self._stats.close()

    # Without reading a file

    def _unchanged(self) -> Pushed | None:
        """Answer the latest version, if every file is known and it is just that."""
        if self._latest is None or self._options.new_version:
            return None
        if self._latest.record.files != len(self._scan.files):
            return None
        manifest = manifest_of_facts(self._facts(), self._scan.folders, self._options.metadata)
        if manifest.digest.hex() != self._latest.record.manifest:
            return None
        if not self._is_whole(self._root.open(self._latest)):
            return None
        self._progress.advance(size=self._scan.total_bytes, files=len(self._scan.files))
        return self._as_it_is(self._latest, new_bytes=0, stored_bytes=0)

    def _is_whole(self, version: OpenVersion) -> bool:
        """Return whether every object of a version is there, with its length."""
        presence = Presence(self._root.backend)
        seen = set()
        for number in range(version.table_count()):
            _, places = version.tables(number)
            for key, size in places.all_objects():
                if key not in seen and not presence.is_usable(key, size, settled=True):
                    return False
                seen.add(key)
        return True

    def _as_it_is(self, version: Version, *, new_bytes: int, stored_bytes: int) -> Pushed:
        """Answer a version that is there already; the alias moves all the same."""
        if not self._options.dry_run:
            self._finish_version(version)
        return Pushed(
            version.record.model,
            version.number,
            created=False,
            manifest=version.record.manifest,
            files=version.record.files,
            total_bytes=version.record.total_bytes,
            new_bytes=new_bytes,
            stored_bytes=stored_bytes,
            left_out=self._left_out(),
            free_bytes=self._root.backend.free_bytes() if self._options.dry_run else None,
        )

    def _finish_version(self, version: Version) -> None:
        if self._options.before_alias is not None:
            self._options.before_alias(version)
        if self._alias is not None:
            self._root.refs.move_alias(self._model, self._alias, version.number)

    def _left_out(self) -> tuple[LeftOut, ...]:
        return tuple(LeftOut(one.path, one.why) for one in self._scan.left_out)

    # Reading, and storing nothing

    def _counted(self) -> Pushed | None:
        """Count what would be stored: for a trial, and when space may be short."""
        free = self._root.backend.free_bytes()
        if not self._options.dry_run and (free is None or free >= self._scan.total_bytes):
            return None
        self._progress.begin("comparing", files=len(self._scan.files), size=self._scan.total_bytes)
        count = Count()
        known = self._known(Presence(self._root.backend))
        try:
            with Assembly(self._scan, self._options.metadata) as assembly:
                self._hash(assembly, CountingPlacer(known, count))
                manifest = assembly.manifest()
        finally:
            known.close()
        if not self._options.dry_run:
            if free is not None and count.new_bytes > free:
                raise NoSpaceError(
                    f"{self._root.backend.address} has {free:,} bytes free, and this push would "
                    f"store up to {count.new_bytes:,}",
                    hint="Free space with `podplanner store gc`, or use `--encoding fast`.",
                )
            return None
        latest = self._latest
        same = latest is not None and manifest.digest.hex() == latest.record.manifest
        if latest is not None and same and not self._options.new_version:
            return self._as_it_is(latest, new_bytes=count.new_bytes, stored_bytes=0)
        return Pushed(
            self._model.shown,
            self._root.refs.index(self._model).highest + 1,
            created=True,
            manifest=manifest.digest.hex(),
            files=len(self._scan.files),
            total_bytes=self._scan.total_bytes,
            new_bytes=count.new_bytes,
            stored_bytes=count.new_bytes,
            left_out=self._left_out(),
            free_bytes=free,
        )

    def _known(self, presence: Presence) -> Known:
        known = Known(presence, self._root.reader, self._cache)
        known.learn_logs()
        for version in {str(one): one for one in (self._parent, self._latest) if one}.values():
            known.learn_version(self._root.open(version))
        return known

    def _hash(self, assembly: Assembly, placer: StoringPlacer | CountingPlacer) -> None:
        """Read, or recall, every file, and put its rows in order."""
        threads = self._options.threads or min(_MOST_THREADS, cpu_count() or 1)
        hasher = Hasher(placer, threads=threads, progress=self._progress, judge=self._judge)
        flush = placer.flush if isinstance(placer, StoringPlacer) else None
        fresh: dict[SourceFile, bytes] = {}
        read = 0
        self._asked = set()
        for part in hasher.rows(self._scan.files, self._fact):
            assembly.add(part, flush)
            if part.facts is not None:
                fresh[part.source] = part.facts.encode()
                read += part.source.identity.size
            if read >= _REMEMBER_BYTES:
                self._stats.put_many(fresh, self._scan.time)
                fresh, read = {}, 0
        assembly.end(flush)
        self._stats.put_many(fresh, self._scan.time)

    def _judge(self, path: str, pickle: tuple[str, ...] | None) -> None:
        """Refuse a file whose pickles could do harm when loaded, unless they are allowed."""
        if pickle is not None:
            found = PickleFindings.of_words(pickle)
            refuse_unsafe({path: found}, allow=self._options.allow_pickle)

    # Reading and storing

    def _stored(self) -> Pushed:
        """Store what is new and publish the version."""
        self._progress.begin("pushing", files=len(self._scan.files), size=self._scan.total_bytes)
        root = self._root
        with Session(
            root.backend, self._model, what="push", lease_seconds=root.lease_seconds
        ) as session:
            known = self._known(session.presence)
            try:
                return self._in_session(session, known)
            finally:
                known.close()

    def _in_session(self, session: Session, known: Known) -> Pushed:
        count = Count()
        placer = StoringPlacer(
            session,
            known,
            policy=self._options.encoding or self._root.policy.encoding,
            bases=self._bases(session),
            count=count,
        )
        with Assembly(self._scan, self._options.metadata) as assembly:
            try:
                self._hash(assembly, placer)
            finally:
                placer.flush_log()
            self._same_source()
            manifest = assembly.manifest()
            latest = self._root.refs.latest(self._model)
            same = latest is not None and manifest.digest.hex() == latest.record.manifest
            if latest is not None and same and not self._options.new_version:
                self._heal(latest, session, known, assembly, placer)
                return self._as_it_is(
                    latest, new_bytes=count.new_bytes, stored_bytes=session.written_bytes
                )
            layout = assembly.store(session, placer, self._root.backend)
        self._progress.begin("publishing", files=None, size=None)
        push_id = new_id()
        when = written(self._root.backend.now())
        who = who_am_i()
        code = code_revision(self._source)

        def record(number: int) -> VersionRecord:
            return VersionRecord(
                format=VERSION_FORMAT,
                model=self._model.shown,
                number=number,
                push_id=push_id,
                time=when,
                who=who,
                manifest=manifest.digest.hex(),
                layout=layout.word,
                files=len(self._scan.files),
                total_bytes=self._scan.total_bytes,
                new_bytes=count.new_bytes,
                stored_bytes=session.written_bytes,
                parent=None if self._parent is None else str(self._parent),
                code=code,
            )

        made = session.publish(record)
        version = self._root.refs.version(self._model, made.number)
        self._learn(version)
        self._mend(known)
        self._finish_version(version)
        return Pushed(
            made.model,
            made.number,
            created=True,
            manifest=made.manifest,
            files=made.files,
            total_bytes=made.total_bytes,
            new_bytes=made.new_bytes,
            stored_bytes=made.stored_bytes,
            left_out=self._left_out(),
        )

    def _bases(self, session: Session) -> Bases | None:
        if not self._options.delta or self._parent is None:
            return None
        return Bases(self._root.backend, session.presence, self._root.open(self._parent))

    def _same_source(self) -> None:
        """Refuse to publish when the source is not what it was when the push began."""
        again = self._look()
        if (again.files, again.folders) == (self._scan.files, self._scan.folders):
            return
        before = {file.path: file.identity for file in self._scan.files}
        after = {file.path: file.identity for file in again.files}
        paths = sorted(
            path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
        )
        named = ", ".join(paths[:3]) or "a folder"
        raise SourceChangedError(
            f"{self._source} changed while it was pushed: {named}",
            hint="Run the command again when nothing writes to it any more.",
        )

    def _learn(self, version: Version) -> None:
        """Put the new version's pieces into the cache."""
        opened = self._root.open(version)
        renamed = opened.layout.renamed
        for ref, place_ref in zip(opened.manifest.tables, opened.layout.tables, strict=True):
            pieces = located("tables", ref.table, renamed)
            places = located("tables", place_ref.table, renamed)
            if not self._cache.has(pieces, places):
                self._cache.add(pieces, places, self._root.reader.pieces(pieces))

    def _heal(
        self,
        latest: Version,
        session: Session,
        known: Known,
        assembly: Assembly,
        placer: StoringPlacer,
    ) -> None:
        """Give the latest version, which is this content, a layout that is whole again."""
        if not known.absent_objects and not session.written_objects:
            return
        opened = self._root.open(latest)
        if not self._is_whole(opened):
            layout = assembly.store(session, placer, self._root.backend)
            session.relay(latest, layout, why="push")
        self._mend(known)

    def _mend(self, known: Known) -> None:
        """Give other versions back what this push has stored anew, in other objects."""
        presence = Presence(self._root.backend)
        lost = {key for key in known.absent_objects if not presence.is_there(key)}
        if lost:
            from podplanner.store.upkeep.mending import mend

            mend(self._root, frozenset(lost), progress=self._progress)
