"""Making manifests, from what has been read or from what is remembered."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podplanner.store import manifest as manifests
from podplanner.store.digest import SIZE, digest_of
from podplanner.store.documents import encode
from podplanner.store.manifest import FileEntry, Manifest, TableRef
from podplanner.store.pushing.ends import ends_after_file
from podplanner.store.pushing.facts import FileFacts
from podplanner.store.tables import PieceTable
from podplanner.store.worktree import SourceFile


@dataclass(frozen=True, slots=True)
class MadeManifest:
    """A manifest with the bytes that it is known by."""

    manifest: Manifest
    content: bytes
    digest: bytes


def make_manifest(
    entries: Sequence[FileEntry],
    folders: Sequence[str],
    tables: Sequence[TableRef],
    metadata: Mapping[str, Any],
) -> MadeManifest:
    """Return the manifest of these files and tables."""
    manifest = Manifest(
        format=manifests.FORMAT,
        files=tuple(entries),
        folders=tuple(folders),
        tables=tuple(tables),
        metadata=dict(metadata),
    )
    content = encode(manifest)
    return MadeManifest(manifest, content, digest_of(content))


def table_ref(table: PieceTable) -> TableRef:
    """Return what a manifest says of a table."""
    return TableRef(
        table=digest_of(table.encode()).hex(), pieces=len(table), bytes=sum(table.lengths)
    )


def manifest_of_facts(
    files: Iterable[tuple[SourceFile, FileFacts]],
    folders: Sequence[str],
    metadata: Mapping[str, Any],
) -> MadeManifest:
    """Return the manifest of files all of which are known, without reading any."""
    entries: list[FileEntry] = []
    tables: list[TableRef] = []
    lengths = array("Q")
    digests = bytearray()

    def end(size: int) -> None:
        table = PieceTable(lengths[:size], bytes(digests[: size * SIZE]))
        tables.append(table_ref(table))
        del lengths[:size]
        del digests[: size * SIZE]

    for file, facts in files:
        summary = facts.summary
        entries.append(summary.entry(file.path, file.identity.size, executable=file.executable))
        lengths.extend(facts.lengths_column())
        digests += facts.digests
        for size in ends_after_file(len(lengths)):
            end(size)
    if lengths:
        end(len(lengths))
    return make_manifest(entries, folders, tables, metadata)
