"""Reading a source and storing what is new; or, for a trial, counting it."""

from contextlib import closing
from functools import partial
from os import cpu_count

from podplanner.errors import NoSpaceError, SourceChangedError
from podplanner.store.backend import Traits
from podplanner.store.claims import new_id, who_am_i
from podplanner.store.clock import written
from podplanner.store.code_revision import code_revision
from podplanner.store.pickles import PickleFindings, refuse_unsafe
from podplanner.store.presence import Presence
from podplanner.store.pushing.assembling import Assembly
from podplanner.store.pushing.bases import Bases
from podplanner.store.pushing.hashing import Hasher
from podplanner.store.pushing.known import Known
from podplanner.store.pushing.placing import Count, CountingPlacer, StoringPlacer
from podplanner.store.pushing.work import PushWork
from podplanner.store.reader import located
from podplanner.store.records import VERSION_FORMAT, VersionRecord
from podplanner.store.refs import Version
from podplanner.store.results import Pushed
from podplanner.store.session import Session
from podplanner.store.worktree import SourceFile

_MOST_THREADS = 4
# More do not help: hashing and writing are quicker than disks by then.
_REQUESTS = 8
# Of a remote backend: enough to fill a link, and few enough for 300 MB of memory.
_REMEMBER_BYTES = 256 * 2**20
# Of files read; after so many the stat cache learns of them, so that a second run of a push that
# was killed need not hash them again.
_FACTS_BYTES = 4 * 2**20
# Of what it is to learn: after so many too, so that they need little memory.
_FACTS_HEAD = 512
# Bytes in memory of a file's facts beside its pieces.


def count(work: PushWork) -> Pushed | None:
    """Count what would be stored: for a trial, and when space may be short."""
    free = work.root.backend.free_bytes()
    if not work.options.dry_run and (free is None or free >= work.scan.total_bytes):
        return None
    work.progress.begin("comparing", files=len(work.scan.files), size=work.scan.total_bytes)
    counted = Count()
    known = _known(work, Presence(work.root.backend))
    try:
        with Assembly(work.scan, work.options.metadata) as assembly:
            _hash(work, assembly, CountingPlacer(known, counted))
            manifest = assembly.manifest()
    finally:
        known.close()
    if not work.options.dry_run:
        if free is not None and counted.new_bytes > free:
            _tell_short(work, free, counted.new_bytes)
        return None
    latest = work.latest
    same = latest is not None and manifest.digest.hex() == latest.record.manifest
    if latest is not None and same and not work.options.new_version:
        return work.as_it_is(latest, new_bytes=counted.new_bytes, stored_bytes=0)
    return Pushed(
        work.model.shown,
        work.root.refs.index(work.model).highest + 1,
        created=True,
        manifest=manifest.digest.hex(),
        files=len(work.scan.files),
        total_bytes=work.scan.total_bytes,
        new_bytes=counted.new_bytes,
        stored_bytes=counted.new_bytes,
        left_out=work.scan.left_out,
        free_bytes=free,
    )


def _tell_short(work: PushWork, free: int, needed: int) -> None:
    """Refuse to begin what cannot fit; warn where only the encoding knows whether it does."""
    words = (
        f"{work.root.backend.address} has {free:,} bytes free, and this push would "
        f"store up to {needed:,}"
    )
    if work.encoding == "raw" and not work.options.delta:
        raise NoSpaceError(
            words, hint="Free space with `podplanner store gc`, or use `--encoding fast`."
        )
    work.progress.warn(f"{words} before they are encoded")


def _known(work: PushWork, presence: Presence) -> Known:
    known = Known(presence, work.root.reader, work.cache)
    known.learn_logs()
    for version in {str(one): one for one in (work.parent, work.latest) if one}.values():
        if (opened := work.opened(version)) is not None:
            known.learn_version(opened)
    return known


def _hash(work: PushWork, assembly: Assembly, placer: StoringPlacer | CountingPlacer) -> None:
    """Read, or recall, every file, and put its rows in order."""
    threads = work.options.threads or _thread_count(work.root.backend.traits)
    hasher = Hasher(
        placer,
        opener=work.source.open,
        threads=threads,
        progress=work.progress,
        judge=partial(_judge, work),
    )

    def flush() -> None:
        hasher.wait()
        if isinstance(placer, StoringPlacer):
            placer.flush()

    fresh: dict[SourceFile, bytes] = {}
    read = waiting = 0
    work.ask_anew()
    # Closed at once when something fails, so that no thread goes on storing after that.
    with closing(hasher.rows(work.scan.files, work.fact)) as rows:
        for part in rows:
            assembly.add(part, flush)
            if part.facts is not None and work.source.remembered:
                fresh[part.source] = facts = part.facts.encode()
                read += part.source.identity.size
                waiting += len(facts) + _FACTS_HEAD
            if read >= _REMEMBER_BYTES or waiting >= _FACTS_BYTES:
                work.stats.put_many(fresh, work.scan.time)
                fresh, read, waiting = {}, 0, 0
    assembly.end(flush)
    work.stats.put_many(fresh, work.scan.time)


def _thread_count(traits: Traits) -> int:
    """Return how many spans are in work at once."""
    if traits.at_once:
        return min(_REQUESTS, traits.at_once)
    # One more than processors: while one waits for the disk, the others hash.
    return min(_MOST_THREADS, (cpu_count() or 1) + 1)


def _judge(work: PushWork, path: str, pickle: tuple[str, ...] | None) -> None:
    """Refuse a file whose pickles could do harm when loaded, unless they are allowed."""
    if pickle is not None:
        found = PickleFindings.of_words(pickle)
        refuse_unsafe({path: found}, allow=work.options.allow_pickle)


def store(work: PushWork) -> Pushed:
    """Store what is new and publish the version."""
    work.progress.begin("pushing", files=len(work.scan.files), size=work.scan.total_bytes)
    root = work.root
    with Session(
        root.backend,
        work.model,
        what="push",
        lease_seconds=root.lease_seconds,
        single_writer=root.policy.single_writer,
    ) as session:
        known = _known(work, session.presence)
        try:
            return _in_session(work, session, known)
        finally:
            known.close()


def _in_session(work: PushWork, session: Session, known: Known) -> Pushed:
    counted = Count()
    placer = StoringPlacer(
        session,
        known,
        policy=work.encoding,
        bases=_bases(work, session),
        count=counted,
        progress=work.progress,
    )
    with Assembly(work.scan, work.options.metadata) as assembly:
        try:
            _hash(work, assembly, placer)
        finally:
            placer.flush_log()
        _same_source(work)
        manifest = assembly.manifest()
        latest = work.root.refs.latest(work.model)
        same = latest is not None and manifest.digest.hex() == latest.record.manifest
        if latest is not None and same and not work.options.new_version:
            _heal(work, latest, session, known, assembly, placer)
            return work.as_it_is(
                latest, new_bytes=counted.new_bytes, stored_bytes=session.written_bytes
            )
        layout = assembly.store(session, placer, work.root.backend)
    work.progress.begin("publishing", files=None, size=None)
    push_id = new_id()
    when = written(work.root.backend.now())
    who = who_am_i()
    code = code_revision(work.source.place)

    def record(number: int) -> VersionRecord:
        return VersionRecord(
            format=VERSION_FORMAT,
            model=work.model.shown,
            number=number,
            push_id=push_id,
            time=when,
            who=who,
            manifest=manifest.digest.hex(),
            layout=layout.word,
            files=len(work.scan.files),
            total_bytes=work.scan.total_bytes,
            new_bytes=counted.new_bytes,
            stored_bytes=session.written_bytes,
            parent=None if work.parent is None else str(work.parent),
            code=code,
        )

    made = session.publish(record)
    version = work.root.refs.version(work.model, made.number)
    _learn(work, version)
    _mend(work, known)
    work.finish(version)
    return Pushed(
        made.model,
        made.number,
        created=True,
        manifest=made.manifest,
        files=made.files,
        total_bytes=made.total_bytes,
        new_bytes=made.new_bytes,
        stored_bytes=made.stored_bytes,
        left_out=work.scan.left_out,
    )


def _bases(work: PushWork, session: Session) -> Bases | None:
    if not work.options.delta or work.parent is None:
        return None
    parent = work.opened(work.parent)
    return None if parent is None else Bases(work.root.backend, session.presence, parent)


def _same_source(work: PushWork) -> None:
    """Refuse to publish when the source is not what it was when the push began."""
    again = work.look()
    if (again.files, again.folders) == (work.scan.files, work.scan.folders):
        return
    before = {file.path: file.identity for file in work.scan.files}
    after = {file.path: file.identity for file in again.files}
    paths = sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    named = ", ".join(paths[:3]) or "a folder"
    raise SourceChangedError(
        f"{work.source} changed while it was pushed: {named}",
        hint="Run the command again when nothing writes to it any more.",
    )


def _learn(work: PushWork, version: Version) -> None:
    """Put the new version's pieces into the cache."""
    opened = work.root.open(version)
    renamed = opened.layout.renamed
    for ref, place_ref in zip(opened.manifest.tables, opened.layout.tables, strict=True):
        pieces = located("tables", ref.table, renamed)
        places = located("tables", place_ref.table, renamed)
        if not work.cache.has(pieces, places):
            work.cache.add(pieces, places, work.root.reader.pieces(pieces))


def _heal(
    work: PushWork,
    latest: Version,
    session: Session,
    known: Known,
    assembly: Assembly,
    placer: StoringPlacer,
) -> None:
    """Give the latest version, which is this content, a layout that is whole again."""
    if not work.is_whole(latest):
        layout = assembly.store(session, placer, work.root.backend)
        if layout.word == latest.layout:
            # Only documents were lost, or what is stored anew is just as it was.
            session.settle()
        else:
            session.relay(latest, layout, why="push")
    _mend(work, known)


def _mend(work: PushWork, known: Known) -> None:
    """Give other versions back what this push has stored anew, in other objects."""
    if not known.absent_objects:
        return
    presence = Presence(work.root.backend)
    lost = {key for key in known.absent_objects if not presence.is_there(key)}
    if lost:
        from podplanner.store.upkeep.mending import mend

        mend(work.root, frozenset(lost), progress=work.progress)
