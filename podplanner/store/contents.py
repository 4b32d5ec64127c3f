"""What a store's place holds at its top: the names that a store has there, and others."""

from collections.abc import Iterable

from podplanner.store.examination import Figure, Result

STORE = "store.json"
FOLDERS = frozenset(
    {"objects", "tables", "manifests", "layouts", "models", "leases", "gc", "damaged", "doctor"}
)
_NAMED = 3
# Of the strangers; all are counted.


def judge_contents(names: Iterable[str]) -> Result:
    """Name what lies beside the folders of a store.

    Args:
        names: Of objects at the top of a place, and of folders there with a slash at their end.
    """
    strangers = [name for name in names if name.rstrip("/") not in FOLDERS and name != STORE]
    figures = (Figure("count", len(strangers)),)
    if not strangers:
        words = "there is nothing beside what a store is made of"
        return Result("contents", "ok", words, "", figures)
    more = " ..." if len(strangers) > _NAMED else ""
    words = f"no store made {', '.join(strangers[:_NAMED])}{more}"
    hint = "Move them out: a store's folder is the store's alone."
    return Result("contents", "warning", words, hint, figures)
