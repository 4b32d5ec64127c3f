"""Notes: what was found of a version after its push."""

from collections.abc import Mapping
from typing import Any

from podplanner.store.claims import who_am_i
from podplanner.store.clock import written
from podplanner.store.metadata import note_values
from podplanner.store.records import NOTE_FORMAT, NoteRecord
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot


def add_values(root: StoreRoot, version: Version, values: Mapping[str, Any]) -> None:
    """Write values down, such as metrics.

    Raises:
        WrongUsageError: There are none, or one cannot be kept.
    """
    note = NoteRecord(
        format=NOTE_FORMAT,
        kind="values",
        values=note_values(values),
        manifest=version.record.manifest,
        time=written(root.backend.now()),
        who=who_am_i(),
    )
    root.refs.add_note(version, note)
