"""JSON documents of a store, read by docs/store-format.md alone."""

import json
import re
from typing import Any

from support.second_encodings import RefusedError, require
from support.second_tables import TooNewError

MOST_INTEGER = (1 << 53) - 1

FIELDS = {
    "store": "id created encoding piece_bytes shared single_writer",
    "version": (
        "model number push_id time who manifest layout files total_bytes new_bytes stored_bytes"
        " parent code void previous proof"
    ),
    "relayout": "layout time why",
    "manifest": "files folders tables metadata",
    "tensors": "names dtypes shapes offsets lengths fortran",
    "layout": "manifest tables stored_bytes renamed",
    "alias": "version push_id time who",
    "note": "kind values manifest time who",
    "tombstone": "id time who",
    "fate": "what id time who",
    "lease": "id what model who started started_s seconds counter epoch",
    "relayout-intent": "key before record",
    "dead": "id who time",
    "epoch-end": "what id time",
    "epoch-closed": "id time",
}
BELOW_MODELS = {"version", "relayout", "alias", "note", "tombstone", "fate"}
# Fields that came later are passed over in these.
FILE = "path size pieces executable format tensors pickle sha256"
TENSORS = "count parameters table"
PIECES = "bytes pieces table"
PLACES = "pieces table"


def parse(content: bytes, kind: str) -> dict[str, Any]:
    """Return the fields of a document of `podplanner/<kind>/1`."""
    try:
        document = json.loads(
            content,
            parse_int=_integer,
            parse_float=_refuse,
            parse_constant=_refuse,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as broken:
        raise RefusedError(f"no document: {broken}") from broken
    require(isinstance(document, dict), "no document")
    form = str(document.get("format"))
    if form != f"podplanner/{kind}/1":
        newer = re.fullmatch(rf"podplanner/{kind}/([1-9][0-9]*)", form)
        raise (TooNewError if newer else RefusedError)(f"{form} instead of podplanner/{kind}/1")
    if document.get("requires"):
        raise TooNewError(f"needs {document['requires']}")
    described = f"format requires {FIELDS[kind]}"
    known = {name: document[name] for name in described.split() if name in document}
    check_fields(known if kind in BELOW_MODELS else document, described)
    return document


def check_fields(document: dict[str, Any], described: str) -> None:
    """Refuse an object without a field that is described, or with one that is not."""
    differing = document.keys() ^ set(described.split())
    require(not differing, f"lacks or has {sorted(differing)}")


def _integer(digits: str) -> int:
    number = int(digits)
    if abs(number) > MOST_INTEGER:
        _refuse(digits)
    return number


def _refuse(number: str) -> None:
    raise ValueError(f"the number {number}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found
