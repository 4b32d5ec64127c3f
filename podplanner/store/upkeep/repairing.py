"""Repairing what a check has found."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from podplanner.errors import ObjectCorruptError, ObjectMissingError, StoreError, UnknownNameError
from podplanner.store.backend import Backend
from podplanner.store.bad_keys import BadKeys, set_aside
from podplanner.store.documents import encode, pack
from podplanner.store.names import ModelName
from podplanner.store.progress import Progress
from podplanner.store.reader import DocumentKey
from podplanner.store.record_keys import MODELS, record_key
from podplanner.store.records import VersionRecord, proven
from podplanner.store.results import Problem
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep.finding import find_document
from podplanner.store.upkeep.mending import mend, restore
from podplanner.store.upkeep.verifying import verify_document, verify_object

_LAYOUT = re.compile(rb'"layout":"([0-9a-f]{64}(?:-[0-9]+)?)"')


def repair_problems(
    root: StoreRoot, other: StoreRoot | None, problems: Sequence[Problem], progress: Progress
) -> frozenset[str]:
    """Mend what can be mended and return the keys for which that was impossible.

    What is bad and needed by nothing is set aside.
    """
    bad = {problem.object for problem in problems}
    if other is not None:
        bad -= {key for key in bad if _restore_record(root, other, key)}
        bad -= {key for key in bad if _restore_document(root, other, key)}
    left = mend(root, frozenset(bad), other=other, progress=progress)
    for key in bad - left:
        if _is_bad_still(root.backend, key):
            set_aside(root.backend, key)
            root.backend.delete(key)
            BadKeys().mended(root.backend, key)
    return left


def _restore_document(root: StoreRoot, other: StoreRoot, word: str) -> bool:
    """Write a document anew that the second store has; return whether it has it."""
    key = DocumentKey.from_key(word)
    if key is None:
        return False
    try:
        found = find_document(other.backend, key.kind, key.digest)
        if found is None:
            return False
        content = other.reader.content(found)
    except (ObjectMissingError, ObjectCorruptError):
        return False
    restore(root, word, pack(content))
    return True


def _restore_record(root: StoreRoot, other: StoreRoot, word: str) -> bool:
    """Write a version's record anew, if the second store has that version.

    What is left of the damaged record must show that it is the same one: its manifest, or the id
    of its push. Of a record of which nothing is there, a layout of the same manifest must be here.
    """
    if not word.startswith(MODELS):
        return False
    folder, _, name = word[len(MODELS) :].partition("/versions/")
    digits = name.removesuffix(".json")
    model = ModelName.from_key(folder)
    if not digits.isdigit() or record_key(model, int(digits)) != word:
        return False
    try:
        record = other.refs.record(model, int(digits))
    except (StoreError, UnknownNameError):
        return False
    damaged = _left_of(root.backend, word)
    marks = [mark.encode() for mark in (record.manifest, record.push_id) if mark]
    if damaged and not any(mark in damaged for mark in marks):
        return False
    named = [record.layout, *(found.decode() for found in _LAYOUT.findall(damaged))]
    layouts = list(dict.fromkeys(chain(named, () if damaged else _all_layouts(root))))
    belongs = side_by_side(
        lambda layout: _belongs(root, layout, record), layouts, calls_at_once(root.backend)
    )
    for layout, does in zip(layouts, belongs, strict=True):
        if does:
            whole = proven(msgspec.structs.replace(record, layout=layout))
            restore(root, word, encode(whole))
            return True
    return False


def _left_of(backend: Backend, word: str) -> bytes:
    """Return what is there of a damaged record; nothing of one that is lost or cannot be read."""
    try:
        return backend.get(word)
    except (ObjectMissingError, ObjectCorruptError):
        return b""


def _all_layouts(root: StoreRoot) -> Iterator[str]:
    """Yield every layout that is here, as records name it."""
    for info in root.backend.keys("layouts/"):
        key = DocumentKey.from_key(info.key)
        if key is not None:
            yield key.word


def _belongs(root: StoreRoot, layout: str, record: VersionRecord) -> bool:
    """Return whether a layout is here and is one of the version's."""
    try:
        return root.reader.layout(layout).manifest == record.manifest
    except (ObjectMissingError, ObjectCorruptError):
        return False


def _is_bad_still(backend: Backend, word: str) -> bool:
    """Return whether something lies under a key that is not as the key says."""
    if word.startswith("objects/"):
        key = ObjectKey.from_key(word)
        info = backend.head(word)
        if key is None or info is None:
            return False
        return verify_object(backend, key, info.size) is not None
    document = DocumentKey.from_key(word)
    if document is None or backend.head(word) is None:
        return False
    return verify_document(backend, document) is not None
