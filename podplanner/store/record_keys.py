"""Keys of the records below `models/`."""

from podplanner.store.names import ModelName

MODELS = "models/"


def versions_prefix(model: ModelName) -> str:
    """Return the folder of a model's version records."""
    return f"{MODELS}{model.key}/versions/"


def record_key(model: ModelName, number: int) -> str:
    """Return the key of a version's record."""
    return f"{versions_prefix(model)}{number:010d}.json"


def relayout_key(model: ModelName, number: int, k: int) -> str:
    """Return the key of a further layout of a version."""
    return f"{versions_prefix(model)}{number:010d}.layout-{k}.json"


def tombstone_key(model: ModelName, number: int) -> str:
    """Return the key of a version's tombstone."""
    return f"{versions_prefix(model)}{number:010d}.deleted.json"


def swept_key(model: ModelName, number: int) -> str:
    """Return the key that says that a deleted version's content has been given up."""
    return f"{versions_prefix(model)}{number:010d}.swept.json"


def aliases_prefix(model: ModelName) -> str:
    """Return the folder of a model's aliases."""
    return f"{MODELS}{model.key}/aliases/"


def alias_prefix(model: ModelName, alias: str) -> str:
    """Return the folder of the moves of an alias."""
    return f"{aliases_prefix(model)}{alias}/"


def all_notes_prefix(model: ModelName) -> str:
    """Return the folder of the notes on all versions of a model."""
    return f"{MODELS}{model.key}/notes/"


def notes_prefix(model: ModelName, number: int) -> str:
    """Return the folder of the notes on one version."""
    return f"{all_notes_prefix(model)}{number:010d}/"
