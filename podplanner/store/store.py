"""The Python API: an open store and what can be done with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podplanner.store.names import ModelName, Reference, alias_of
from podplanner.store.policy import EncodingPolicy
from podplanner.store.progress import Progress, Silent
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot

if TYPE_CHECKING:
    from podplanner.store.comparing import Comparison
    from podplanner.store.history import Event
    from podplanner.store.listing import Shown
    from podplanner.store.pushing.sources import Source
    from podplanner.store.reading import LazyTensor, StoredFile
    from podplanner.store.results import (
        Checked,
        Collected,
        Copied,
        ModelSummary,
        Pulled,
        Pushed,
        Stats,
        Verified,
        VersionSummary,
    )

AnyPath = str | PathLike[str]


class Store:
    """An open store; every method may be called from several threads."""

    def __init__(self, root: StoreRoot) -> None:
        self.root = root

    @property
    def address(self) -> str:
        """The address by which a person names it."""
        return self.root.backend.address

    def push(
        self,
        source: "AnyPath | Source",
        name: str,
        *,
        parent: str | None = None,
        alias: str | None = None,
        meta: Mapping[str, Any] | None = None,
        encoding: EncodingPolicy | None = None,
        delta: bool = False,
        exclude: Sequence[str] = (),
        follow_links: bool = False,
        new_version: bool = False,
        allow_pickle: bool = False,
        rehash: bool = False,
        dry_run: bool = False,
        threads: int | None = None,
        sign_with: AnyPath | None = None,
        progress: Progress | None = None,
    ) -> "Pushed":
        """Store a directory, or a file, as the next version of a model.

        A push of what the latest version is makes none and answers that one.

        Args:
            source: A directory, a file, or files in memory (`MemoryFiles`).
            name: The model, `cat` or `team/cat`.
            parent: The version that it was made from, `name:3`; by default the latest.
            alias: Let this alias name the version afterwards.
            meta: Metadata: model card fields, anything else under `extra`; floats are kept as
                the decimal number that Python prints.
            encoding: `raw` or `fast`; by default the store's policy.
            delta: Store tensors as differences from the parent's where that is much smaller.
            exclude: Patterns, as in `.gitignore`, of what to leave out.
            follow_links: Store what symbolic links point to.
            new_version: Make a version even where the latest is the same.
            allow_pickle: Take pickles that could run code when they are loaded.
            rehash: Read every file, however sure its times are that it is unchanged.
            dry_run: Say what would be stored, and store nothing.
            threads: That read, hash and write; by default one more than processors, at most 4.
            sign_with: A private key (PEM) that signs the version.
            progress: Hears how far it is.

        Raises:
            SourceChangedError: Something in the source changed meanwhile.
            UnsafeContentError: A path or a pickle could do harm.
            NoSpaceError: The store is full, or would be.
            LeaseLostError: A collection took this push for dead.
        """
        from podplanner.store.pushing import PushOptions, push

        if meta:
            from podplanner.store.metadata import metadata_of

            meta = metadata_of(meta)
        options = PushOptions(
            parent=None if parent is None else Reference.parse(parent),
            alias=alias,
            metadata=meta or {},
            encoding=encoding,
            delta=delta,
            exclude=exclude,
            follow_links=follow_links,
            new_version=new_version,
            allow_pickle=allow_pickle,
            rehash=rehash,
            dry_run=dry_run,
            threads=threads,
            before_alias=None if sign_with is None else self._signer(Path(sign_with)),
        )
        chosen = Path(source) if isinstance(source, str | PathLike) else source
        return push(self.root, chosen, name, options, progress)

    def _signer(self, key: Path) -> Callable[[Version], None]:
        from podplanner.store.signatures import signer

        return signer(self.root, key)

    def pull(
        self,
        reference: str,
        dest: AnyPath,
        *,
        files: Sequence[str] = (),
        force: bool = False,
        exact: bool = False,
        swap: bool = False,
        allow_pickle: bool = False,
        require_signature: AnyPath | None = None,
        dry_run: bool = False,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> "Pulled":
        """Write a version into a directory, every byte verified before it gets its final name.

        Args:
            reference: `name`, `name:3` or `name:prod`.
            dest: The directory; made if it is not there.
            files: Patterns of the only files to pull.
            force: Replace files that differ from the version's.
            exact: Remove files that the version does not have.
            swap: Build a new directory and exchange it for `dest` in one step.
            allow_pickle: Pull pickles that could run code when they are loaded.
            require_signature: A public key (PEM) whose signature the version must have.
            dry_run: Say what would be read and written, and write nothing.
            threads: That read, verify and write.
            progress: Hears how far it is.

        Raises:
            UnknownNameError: There is no such version, or a pattern fits no file.
            ObjectMissingError, ObjectCorruptError: The store is damaged; nothing wrong is left.
            OutputError, SignatureError: Files are in the way; that key has not signed it.
        """
        from podplanner.store.pulling import pull

        check = None
        if require_signature is not None:
            from podplanner.store.signatures import checker

            check = checker(self.root, Path(require_signature))
        return pull(
            self.root,
            Reference.parse(reference),
            Path(dest),
            files=files,
            force=force,
            exact=exact,
            swap=swap,
            allow_pickle=allow_pickle,
            check_signature=check,
            dry_run=dry_run,
            threads=threads,
            progress=progress or Silent(),
        )

    def open(self, reference: str, path: str) -> "StoredFile":
        """Return a file of a version, open for reading; every byte that it gives is verified."""
        from podplanner.store.reading import open_file

        return open_file(self.root, Reference.parse(reference), path)

    def cat(self, reference: str, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file of a version, verified."""
        from podplanner.store.reading import cat

        return cat(self.root, Reference.parse(reference), path)

    def tensors(self, reference: str, path: str | None = None) -> "Mapping[str, LazyTensor]":
        """Return the tensors of a version by name; each is read when it is asked for.

        Args:
            reference: The version.
            path: Only those of this file.
        """
        from podplanner.store.reading import tensors

        return tensors(self.root, Reference.parse(reference), path)

    def verify(self, reference: str, *, progress: Progress | None = None) -> "Verified":
        """Read and verify every byte of a version, and write nothing."""
        from podplanner.store.reading import verify

        return verify(self.root, Reference.parse(reference), progress or Silent())

    def models(self) -> "list[ModelSummary]":
        """Return all models with a version, by name."""
        from podplanner.store.listing import models

        return models(self.root)

    def versions(
        self, name: str, *, limit: int | None = 50, deleted: bool = False
    ) -> "list[VersionSummary]":
        """Return the versions of a model, the newest first."""
        from podplanner.store.listing import versions

        return versions(self.root, ModelName.parse(name), limit=limit, deleted=deleted)

    def show(self, reference: str) -> "Shown":
        """Return all that is known of a version."""
        from podplanner.store.listing import show

        return show(self.root, Reference.parse(reference))

    def diff(self, old: str, new: str) -> "Comparison":
        """Return what changed from one version to another, of any two models."""
        from podplanner.store.listing import diff

        return diff(self.root, Reference.parse(old), Reference.parse(new))

    def log(self, name: str) -> "list[Event]":
        """Return what happened to a model, the last first."""
        from podplanner.store.history import history

        return history(self.root, ModelName.parse(name))

    def alias(
        self, reference: str, alias: str, *, expected: int | None = None, check: bool = False
    ) -> int | None:
        """Let an alias name a version and return the number that it named before.

        Args:
            reference: The version.
            alias: The alias.
            expected: Where `check` is set: the number that it must name now; None: none.
            check: Whether `expected` counts.

        Raises:
            ConflictError: It names another version than expected.
        """
        version = self.root.refs.resolve(Reference.parse(reference))
        return self.root.refs.move_alias(
            version.model, alias_of(alias), version.number, expected=expected, check=check
        )

    def remove_alias(
        self, name: str, alias: str, *, expected: int | None = None, check: bool = False
    ) -> int | None:
        """Take an alias away and return the number that it named."""
        move = self.root.refs.move_alias
        return move(ModelName.parse(name), alias_of(alias), None, expected=expected, check=check)

    def note(self, reference: str, values: Mapping[str, Any]) -> None:
        """Write down what was found of a version after its push, such as metrics.

        Args:
            reference: The version.
            values: Names and values; floats are kept as the decimal number that Python prints.

        Raises:
            WrongUsageError: A value cannot be kept.
        """
        from podplanner.store.notes import add_values

        add_values(self.root, self.root.refs.resolve(Reference.parse(reference)), values)

    def delete(self, reference: str, *, force: bool = False) -> Version:
        """Delete a version; it can be undeleted until a collection has given it up.

        Args:
            reference: The version, by its number.
            force: Delete it although an alias names it.
        """
        from podplanner.store.upkeep import delete

        return delete(self.root, Reference.parse(reference), force=force)

    def undelete(self, reference: str) -> Version:
        """Take a deletion back; ConflictError where a collection has given up the content."""
        from podplanner.store.upkeep import undelete

        return undelete(self.root, Reference.parse(reference))

    def check(
        self,
        *,
        repair: bool = False,
        repair_from: "Store | None" = None,
        deep: bool = False,
        progress: Progress | None = None,
    ) -> "Checked":
        """Read every object and document, and say what is lost or wrong and whom it hurts.

        Args:
            repair: Mend from what the store itself has.
            repair_from: Mend from a second store too.
            deep: Also decode every piece of every version.
            progress: Hears how far it is.
        """
        from podplanner.store.upkeep import check

        return check(
            self.root,
            repair=repair or repair_from is not None,
            repair_from=None if repair_from is None else repair_from.root,
            deep=deep,
            progress=progress or Silent(),
        )

    def gc(
        self,
        *,
        grace_s: float = 86_400.0,
        keep_last: int | None = None,
        keep_alias: bool = False,
        keep_days: float | None = None,
        undo: int | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> "Collected":
        """Free what no version needs: mark it now, delete it after the grace time.

        Args:
            grace_s: How long what is marked can still be undone or undeleted, in seconds.
            keep_last: Delete versions but the last so many of each model.
            keep_alias: Keep versions that an alias names.
            keep_days: Keep versions younger than so many days.
            undo: Take this epoch back instead.
            dry_run: Say what would be done, and do nothing.
            progress: Hears how far it is.
        """
        from podplanner.store.locate import least_grace_s
        from podplanner.store.upkeep import collect, undo_epoch

        if undo is not None:
            return undo_epoch(self.root, undo)
        return collect(
            self.root,
            grace_s=grace_s,
            least_grace_s=least_grace_s(self.address),
            keep_last=keep_last,
            keep_alias=keep_alias,
            keep_days=keep_days,
            dry_run=dry_run,
            progress=progress or Silent(),
        )

    def stats(self, *, progress: Progress | None = None) -> "Stats":
        """Return what the store holds."""
        from podplanner.store.upkeep import stats

        return stats(self.root, progress=progress or Silent())

    def copy_to(
        self,
        target: "Store",
        references: Sequence[str] = (),
        *,
        aliases: bool = False,
        renumber: bool = False,
        progress: Progress | None = None,
    ) -> "list[Copied]":
        """Copy versions to another store, sending only what it does not have.

        Args:
            target: The other store.
            references: Models (all their versions) and versions; none: everything.
            aliases: Copy aliases too.
            renumber: Give a version the next free number where its own is taken.
            progress: Hears of it.

        Raises:
            ConflictError: A number is taken by another version.
        """
        from podplanner.store.upkeep import copy

        return copy(
            self.root,
            target.root,
            references=[Reference.parse(word) for word in references],
            aliases=aliases,
            renumber=renumber,
            progress=progress or Silent(),
        )
