"""Tell what a recording of an array's state is, by its content."""

import re
from collections.abc import Mapping

ZPOOL_JSON, ZPOOL_TEXT, MDSTAT = "zpool-json", "zpool-text", "mdstat"
_OBJECTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("ceph-status", frozenset({"health", "pgmap", "osdmap"})),
    ("ceph-osd-dump", frozenset({"osds", "pools", "max_osd"})),
    ("ceph-osd-df", frozenset({"nodes", "stray", "summary"})),
    ("ceph-osd-tree", frozenset({"nodes", "stray"})),
    ("ceph-pgs", frozenset({"pg_stats"})),
    ("ceph-destroyable", frozenset({"safe_to_destroy", "active"})),
)
"""Ceph's documents by keys that the same document of a drive does not have."""
_ENTRIES: tuple[tuple[str, frozenset[str]], ...] = (
    ("ceph-pools", frozenset({"pool_name", "min_size"})),
    ("ceph-osd-metadata", frozenset({"id", "osd_objectstore"})),
    ("ceph-devices", frozenset({"devid", "daemons"})),
)
"""The same of lists, by keys of their first entry."""
_POOL = re.compile(r"^ {0,7}pool: \S.*\n(?:.*\n)*? {0,7}state: ", re.MULTILINE)
_MD = re.compile(r"^(?:Personalities :|md\S* : (?:active|inactive|broken)\b)", re.MULTILINE)
_MOST = 4_096
# Characters that are looked at: both formats say who they are in their first lines.


def kind_of(document: object) -> str | None:
    """Return which tool a JSON document is of; None: of none that tells of arrays.

    >>> kind_of({"pools": {}, "output_version": {"command": "zpool status"}})
    'zpool-json'
    """
    if isinstance(document, Mapping):
        if _is_zpool(document):
            return ZPOOL_JSON
        return next((kind for kind, keys in _OBJECTS if keys <= document.keys()), None)
    if isinstance(document, list) and document and isinstance(document[0], Mapping):
        return next((kind for kind, keys in _ENTRIES if keys <= document[0].keys()), None)
    return None


def text_kind_of(text: str) -> str | None:
    """Return which tool a text is of (`zpool-text`, `mdstat`); None: of none."""
    start = text[:_MOST].expandtabs(8)
    if _POOL.search(start):
        return ZPOOL_TEXT
    return MDSTAT if _MD.search(start) else None


def _is_zpool(document: Mapping[object, object]) -> bool:
    version, pools = document.get("output_version"), document.get("pools")
    if isinstance(version, Mapping):
        return version.get("command") == "zpool status"
    return isinstance(pools, Mapping) and any(
        isinstance(pool, Mapping) and "vdevs" in pool for pool in pools.values()
    )
