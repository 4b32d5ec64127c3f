"""Deleting versions, and taking a deletion back.

A deleted version keeps its record, its notes and its place in the history; its aliases go. Its
content stays until a collection gives it up, which is decided once, against an undelete.
"""

from podplanner.errors import ConflictError, ObjectMissingError, UnknownNameError, WrongUsageError
from podplanner.store.names import ModelName, Reference
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot
from podplanner.store.side_by_side import calls_at_once, side_by_side
from podplanner.store.tables import ObjectKey


def delete(root: StoreRoot, reference: Reference, *, force: bool = False) -> Version:
    """Delete a version and return it.

    Args:
        root: The store.
        reference: The version by its number, or by an alias with `force`.
        force: Delete it although aliases name it; they are taken away.

    Raises:
        WrongUsageError: The reference does not say which version.
        UnknownNameError: There is no such version, or it is deleted already.
        ConflictError: An alias names it.
    """
    refs = root.refs
    if reference.version is None and reference.alias is None:
        raise WrongUsageError(
            f"{reference} does not say which version to delete",
            hint=f"Write `{reference}:NUMBER`; `podplanner model list {reference}` lists them.",
        )
    version = _to_delete(root, reference, force=force)
    model, number = version.model, version.number
    names = _names_of(root, model, number)
    if names and not force:
        raise ConflictError(
            f"{model}:{number} is named by {', '.join(names)}",
            hint="Let the alias name another version, or delete with `--force`.",
        )
    refs.bury(model, number)
    for alias in names:
        _take_away(root, model, alias, number)
    return version


def _to_delete(root: StoreRoot, reference: Reference, *, force: bool) -> Version:
    """Return the version; a deleted one only if its deletion was not finished."""
    try:
        return root.refs.resolve(reference)
    except UnknownNameError:
        model, number = reference.model, reference.version
        if number is None or not force or number not in root.refs.index(model).deleted:
            raise
        if not _names_of(root, model, number):
            raise
        return root.refs.version(model, number)


def _names_of(root: StoreRoot, model: ModelName, number: int) -> list[str]:
    return sorted(alias for alias, named in root.refs.aliases(model).items() if named == number)


def _take_away(root: StoreRoot, model: ModelName, alias: str, number: int) -> None:
    """Take an alias away, unless somebody has moved it meanwhile."""
    try:
        root.refs.move_alias(model, alias, None, expected=number, check=True)
    except ConflictError:
        return


def undelete(root: StoreRoot, reference: Reference) -> Version:
    """Take the deletion of a version back and return it; one that is not deleted stays.

    Raises:
        WrongUsageError: The reference does not give the number.
        UnknownNameError: There never was such a version.
        ConflictError: A collection has given its content up.
        ObjectMissingError: Something of it is lost; it stays deleted.
    """
    model, number = reference.model, reference.version
    if number is None:
        raise WrongUsageError(
            f"{reference} does not say which version to undelete",
            hint=f"Write `{model}:NUMBER`; `podplanner model list --deleted {model}` lists them.",
        )
    index = root.refs.index(model)
    version = root.refs.version(model, number, index)
    if not version.deleted:
        return version
    if number not in index.swept:
        _demand_whole(root, version)
        if root.refs.unbury(model, number):
            return root.refs.version(model, number)
    raise ConflictError(
        f"{model}:{number} cannot come back: a collection has given its content up",
        hint="Push it again from where it came from.",
    )


def _demand_whole(root: StoreRoot, version: Version) -> None:
    """Refuse to bring back what is not all there."""
    opened = root.open(version)
    at_once = calls_at_once(root.backend)
    documents = list(dict.fromkeys(key.key for key in opened.document_keys()))
    found = side_by_side(root.backend.head, documents, at_once)
    for key, info in zip(documents, found, strict=True):
        if info is None:
            raise _lost(version, key)
    seen: set[ObjectKey] = set()
    for number in range(opened.table_count()):
        _, places = opened.tables(number)
        new = [(name.key, size) for name, size in places.all_objects() if name not in seen]
        seen.update(name for name, _ in places.all_objects())
        heads = side_by_side(lambda one: root.backend.head(one[0]), new, at_once)
        for (key, size), info in zip(new, heads, strict=True):
            if info is None or info.size != size:
                raise _lost(version, key)


def _lost(version: Version, key: str) -> ObjectMissingError:
    return ObjectMissingError(
        f"{version} stays deleted: {key} is lost or not as long as it was",
        hint="Push it again from where it came from, or copy it from another store.",
    )
