"""Push: a directory becomes a version."""

from pathlib import Path

from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.pushing.making import manifest_of_facts
from podplanner.store.pushing.sources import Source
from podplanner.store.pushing.work import PushOptions, PushWork
from podplanner.store.results import Pushed
from podplanner.store.root import StoreRoot


def push(
    root: StoreRoot,
    source: Path | Source,
    name: str,
    options: PushOptions | None = None,
    progress: Progress | None = None,
) -> Pushed:
    """Store a directory, a file, or files in memory as the next version of a model.

    Args:
        root: The store.
        source: A directory, a file, or another source.
        name: The model.
        options: How to push.
        progress: Hears how far it is.

    Raises:
        SourceChangedError: Something in the source changed meanwhile; nothing was published.
        NoSpaceError: The store is full, or would be; what was stored is kept for a second run.
        UnsafeContentError: A path or a pickle could do harm.
    """
    work = PushWork(root, source, ModelName.parse(name), options or PushOptions(), progress)
    try:
        work.progress.begin("checking", files=len(work.scan.files), size=work.scan.total_bytes)
        if (same := _unchanged(work)) is not None:
            return same
        # What reads and stores is imported when there is something to read.
        from podplanner.store.pushing.storing import count, store

        return count(work) or store(work)
    finally:
        work.close()


def _unchanged(work: PushWork) -> Pushed | None:
    """Answer the latest version, if every file is known and it is just that."""
    if work.latest is None or work.options.new_version:
        return None
    if work.latest.record.files != len(work.scan.files):
        return None
    # Only the digest is kept: a manifest of very many files is large.
    made = manifest_of_facts(work.facts(), work.scan.folders, work.options.metadata).digest
    if made.hex() != work.latest.record.manifest:
        return None
    if not work.is_whole(work.latest):
        return None
    work.progress.advance(size=work.scan.total_bytes, files=len(work.scan.files))
    return work.as_it_is(work.latest, new_bytes=0, stored_bytes=0)
