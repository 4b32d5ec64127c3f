"""LNK: do the connections of the list lead from something to something?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from podplanner.catalog import facts
from podplanner.catalog.parts import Chassis
from podplanner.catalog.pod import Item, Pod
from podplanner.rules.base import Finding, Rule, Severity

_END = re.compile(r"(?P<id>[^.:\s]+)(?:\.(?P<piece>\d+))?(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a link: a line, the piece of it (from 1), and its port (from 1)."""

    item: Item
    piece: int
    port: int | None


def _end(text: str, by_id: dict[str, Item]) -> _End | str:
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
    ports = facts.ports(item)
    if port is not None and item.kind == "adapter" and ports is not None and not 1 <= port <= ports:
        return f"{text}: {match['id']!r} has {ports} ports"
    return _End(item, piece, port)


def _spelt_out(text: str) -> str:
    """Return an end with its piece: `card:1` is `card.1:1`."""
    match = _END.fullmatch(text)
    if match is None:
        return text
    port = f":{match['port']}" if match["port"] else ""
    return f"{match['id']}.{match['piece'] or 1}{port}"


def links_lead_somewhere(pod: Pod) -> Iterator[Finding]:
    """Both ends of every link exist.

    Why it matters: power and bandwidth are computed along these links.

    Fails when: an end names no line, a piece beyond the quantity, or a port that is not there.
    """
    by_id = {item.line.id: item for item in pod.items}
    for number, link in enumerate(pod.bill.links, 1):
        for text in (link.start, link.end, link.power):
            if text is not None and isinstance(wrong := _end(text, by_id), str):
                yield Finding(None, f"link {number}: {wrong}", fix="Correct the link.")


def ports_are_used_once(pod: Pod) -> Iterator[Finding]:
    """No port carries two links.

    Why it matters: one socket takes one plug.

    Fails when: two links begin at the same port, or two feed the same piece with data.
    """
    seen: dict[str, int] = {}
    for number, link in enumerate(pod.bill.links, 1):
        ends = [_spelt_out(link.start)] if link.start and ":" in link.start else []
        ends += [f"data into {_spelt_out(link.end)}"] if link.start else []
        ends += [f"power into {_spelt_out(link.end)}"] if link.power else []
        for end in ends:
            first = seen.setdefault(end, number)
            if first != number:
                yield Finding(None, f"links {first} and {number} both use {end}",
                              fix="Correct one of them.")  # fmt: skip


def default_wiring_is_used(pod: Pod) -> Iterator[Finding]:
    """The list says which backplane hangs on which supply.

    Why it matters: each supply is a budget of its own, and losing one stops its backplanes.

    Fails when: the list has no `power` links; the chassis' default wiring is used then, or, where
    there is none, the wiring is unknown.
    """
    supplies, backplanes = pod.of_kind("supply"), pod.of_kind("backplane")
    several = any(item.quantity is None or item.quantity > 1 for item in supplies) or (
        len(supplies) > 1
    )
    if not backplanes or not supplies or not several or any(link.power for link in pod.bill.links):
        return
    part = pod.chassis.part if pod.chassis else None
    if isinstance(part, Chassis) and part.default_wiring:
        said = "; ".join(
            f"supply {wiring.supply}: backplanes {', '.join(map(str, wiring.backplanes))}"
            for wiring in part.default_wiring
        )
        yield Finding(
            pod.chassis, f"no power links are given: the default of {part.sku} is used ({said})",
            fix='Write `[[link]] to = "backplane.1"`, `power = "psu.1"` to say otherwise.',
        )  # fmt: skip
    else:
        yield Finding.unknown(
            backplanes[0], "which backplane hangs on which supply is not known",
            wants='it by links: `[[link]] to = "backplane.1"`, `power = "psu.1"`',
        )  # fmt: skip


RULES = (
    Rule("LNK001", Severity.ERROR, links_lead_somewhere),
    Rule("LNK002", Severity.ERROR, ports_are_used_once),
    Rule("LNK003", Severity.NOTE, default_wiring_is_used),
)
