"""One push: what was asked for, what the source is, and what is known of it."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from podplanner.errors import ObjectCorruptError, ObjectMissingError, WrongUsageError
from podplanner.store.names import ModelName, Reference, alias_of
from podplanner.store.policy import EncodingPolicy
from podplanner.store.presence import Presence
from podplanner.store.progress import Progress, Silent
from podplanner.store.pushing.cache import PieceCache
from podplanner.store.pushing.facts import FileFacts
from podplanner.store.pushing.sources import FolderSource, Source
from podplanner.store.reader import OpenVersion
from podplanner.store.refs import Version
from podplanner.store.results import Pushed
from podplanner.store.root import StoreRoot
from podplanner.store.worktree import Scan, SourceFile
from podplanner.store.worktree.stat_cache import StatCache

_FACTS_AT_ONCE = 256
# Files whose facts are fetched in one question to the stat cache.
_FACTS_BYTES = 4 * 2**30
# Of those files together, unless it is one: their facts are 1 MB of a GiB cut by content.


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


class PushWork:
    """One push: what was asked for, what the source is, and what is known of it."""

    def __init__(
        self,
        root: StoreRoot,
        source: Path | Source,
        model: ModelName,
        options: PushOptions,
        progress: Progress | None,
    ) -> None:
        self.root = root
        self.options = options
        self.source = _source(source, options)
        self.progress = progress or Silent()
        self.alias = None if options.alias is None else alias_of(options.alias)
        self.scan = self.look()
        self.latest = root.refs.latest(model)
        self.model = model if self.latest is None else ModelName.parse(self._shown(model))
        self.parent = (
            root.refs.resolve(options.parent) if options.parent is not None else self.latest
        )
        self.stats = StatCache.open(root.id)
        self.cache = PieceCache(root.id)
        self._remembered: dict[str, FileFacts] = {}
        self._asked: set[str] = set()

    def _shown(self, model: ModelName) -> str:
        """Return the model's name in the case in which it was first used."""
        return model.shown if self.latest is None else self.latest.record.model

    @property
    def encoding(self) -> EncodingPolicy:
        """How pieces are encoded: as asked for, or as the store was made for."""
        return self.options.encoding or self.root.policy.encoding

    def look(self) -> Scan:
        """Scan the source, now."""
        return self.source.look()

    def fact(self, file: SourceFile) -> FileFacts | None:
        """Return what the stat cache knows of a file; asked in the order of the files."""
        if self.options.rehash or not self.source.remembered:
            return None
        found = self._remembered.pop(file.path, None)
        if found is None and file.path not in self._asked:
            start = bisect_left(self.scan.files, file.path, key=lambda one: one.path)
            some = _first_files(self.scan.files[start : start + _FACTS_AT_ONCE])
            self._asked = {one.path for one in some}
            self._remembered = {
                path: facts
                for path, blob in self.stats.get_many(some).items()
                if (facts := FileFacts.decode(blob)) is not None
            }
            found = self._remembered.pop(file.path, None)
        return found

    def ask_anew(self) -> None:
        """Begin again with the first file."""
        self._asked = set()

    def facts(self) -> Iterator[tuple[SourceFile, FileFacts]]:
        """Yield what is known of each file, up to the first that is not known."""
        self.ask_anew()
        for file in self.scan.files:
            facts = self.fact(file)
            if facts is None:
                return
            yield file, facts

    def close(self) -> None:
        """Close the caches."""
        self.cache.close()
        self.stats.close()

    def opened(self, version: Version) -> OpenVersion | None:
        """Return a version read; None when its documents are lost or damaged.

        A push needs no older version: it only saves work, and may be what heals it.
        """
        try:
            return self.root.open(version)
        except (ObjectMissingError, ObjectCorruptError):
            return None

    def is_whole(self, version: Version) -> bool:
        """Return whether a version's documents are good and its objects there, by length."""
        opened = self.opened(version)
        try:
            return opened is not None and self._has_all(opened)
        except (ObjectMissingError, ObjectCorruptError):
            return False

    def _has_all(self, version: OpenVersion) -> bool:
        presence = Presence(self.root.backend)
        for document in set(version.document_keys()):
            # Read, so that a flipped bit is found: these are small.
            if document.key in presence.bad or not self.root.reader.content(document):
                return False
        if presence.takes_for_granted():
            return True
        seen = set()
        for number in range(version.table_count()):
            _, places = version.tables(number)
            for key, size in places.all_objects():
                if key not in seen and not presence.is_usable(key, size, settled=True):
                    return False
                seen.add(key)
        return True

    def as_it_is(self, version: Version, *, new_bytes: int, stored_bytes: int) -> Pushed:
        """Answer a version that is there already; the alias moves all the same."""
        if not self.options.dry_run:
            self.finish(version)
        return Pushed(
            version.record.model,
            version.number,
            created=False,
            manifest=version.record.manifest,
            files=version.record.files,
            total_bytes=version.record.total_bytes,
            new_bytes=new_bytes,
            stored_bytes=stored_bytes,
            left_out=self.scan.left_out,
            free_bytes=self.root.backend.free_bytes() if self.options.dry_run else None,
        )

    def finish(self, version: Version) -> None:
        """Do what is to be done with the version: sign it, move the alias."""
        if self.options.before_alias is not None:
            self.options.before_alias(version)
        if self.alias is not None:
            self.root.refs.move_alias(self.model, self.alias, version.number)


def _source(source: Path | Source, options: PushOptions) -> Source:
    if isinstance(source, Path):
        return FolderSource(source, exclude=options.exclude, follow_links=options.follow_links)
    if options.exclude or options.follow_links:
        raise WrongUsageError(
            "files in memory have no links to follow, and none is left out",
            hint="Give just the files that are to be stored.",
        )
    return source


def _first_files(files: Sequence[SourceFile]) -> Sequence[SourceFile]:
    """Return the first of some files, at least one, up to `_FACTS_BYTES` of them."""
    total = 0
    for number, file in enumerate(files):
        total += file.identity.size
        if number and total > _FACTS_BYTES:
            return files[:number]
    return files
