"""Ends of links: which piece of which line, and which of its ports, `card.2:1` means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from podplanner.catalog import facts
from podplanner.catalog.pod import Item, Pod

_END = re.compile(r"(?P<id>[^.:\s]+)(?:\.(?P<piece>\d{1,9}))?(?::(?P<port>\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: a line, the piece of it (from 1), and its port (from 1)."""

    item: Item
    piece: int
    port: int | None


def items_by_id(pod: Pod) -> Mapping[str, Item]:
    """Return the items of a pod by the id of their line."""
    return {item.line.id: item for item in pod.items}


def read_end(text: str, by_id: Mapping[str, Item]) -> End | str:
    """Return the end that `text` names, or what is wrong with it."""
    match = _END.fullmatch(text)
    if match is None:
        return f"{text!r} is no end of a link; write `id`, `id.2` or `id.2:1`"
    item = by_id.get(match["id"])
    if item is None:
        return f"there is no line {match['id']!r}"
    piece = int(match["piece"] or 1)
    port = int(match["port"]) if match["port"] else None
    if item.quantity is not None and not 1 <= piece <= item.quantity:
        return f"{text}: line {match['id']!r} has {item.quantity:f} pieces"
    sockets = facts.sockets(item) if item.kind == "adapter" else None
    if port is not None and sockets is not None and not 1 <= port <= sockets:
        return f"{text}: {match['id']!r} has {sockets} ports"
    return End(item, piece, port)


def spelt_out(text: str) -> str:
    """Return an end with its piece: `card:1` is `card.1:1`."""
    match = _END.fullmatch(text)
    if match is None:
        return text
    port = f":{match['port']}" if match["port"] else ""
    return f"{match['id']}.{match['piece'] or 1}{port}"
