"""A bay map's file with other drives in it: comments, order and spelling stay where they can."""

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from podplanner.catalog.bay_map import BayMap, MappedBay, bay_map_of_toml
from podplanner.catalog.writers.toml_bay_map import write_bay_map
from podplanner.errors import FormatError

_FILLED_IN = ("serial", "path", "slot")
# What is learnt of a bay; the rest is of the plan.


def rewritten(text: str, changed: BayMap) -> str:
    """Return the file `text` with what is known of the drives as in `changed`.

    Comments stay. Where the two differ in more than serial numbers, paths, slots and roles, or the
    text is laid out so that a table cannot be changed alone, all of it is written anew.

    Args:
        text: A bay map as it was read.
        changed: The same bays, with other drives in them.
    """
    try:
        document = tomlkit.parse(text)
        tables = document.get("bay")
        if isinstance(tables, AoT):
            for table in tables:
                bay = changed.numbered(int(table["number"]))
                if bay is not None:
                    _fill(table, bay)
        edited = tomlkit.dumps(document)
        if bay_map_of_toml(edited, "") == changed:
            return edited
    except (TOMLKitError, FormatError, KeyError, TypeError, ValueError):
        pass  # what the reader took and this library does not, is laid out anew
    return write_bay_map(changed)


def _fill(table: Table, bay: MappedBay) -> None:
    for key in _FILLED_IN:
        now = getattr(bay, key) or ""
        before = str(table.get(key, ""))
        if now != before.strip() and (now or key in table):
            table[key] = now
    if bay.role is None and "role" in table:
        del table["role"]
