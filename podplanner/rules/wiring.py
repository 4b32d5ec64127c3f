"""LNK: do the connections of the list lead from something to something?"""

from collections.abc import Iterator

from podplanner.catalog.links import items_by_id, read_end, spelt_out
from podplanner.catalog.parts import Chassis
from podplanner.catalog.pod import Pod
from podplanner.rules.base import Finding, Rule, Severity


def links_lead_somewhere(pod: Pod) -> Iterator[Finding]:
    """Both ends of every link exist.

    Why it matters: power and bandwidth are computed along these links.

    Fails when: an end names no line, a piece beyond the quantity, or a port that is not there.
    """
    by_id = items_by_id(pod)
    for number, link in enumerate(pod.bill.links, 1):
        for text in (link.start, link.end, link.power):
            if text is not None and isinstance(wrong := read_end(text, by_id), str):
                yield Finding(None, f"link {number}: {wrong}", fix="Correct the link.")


def ports_are_used_once(pod: Pod) -> Iterator[Finding]:
    """No port carries two links.

    Why it matters: one socket takes one plug.

    Fails when: two links begin at the same port, or two feed the same piece with data.
    """
    seen: dict[str, int] = {}
    for number, link in enumerate(pod.bill.links, 1):
        ends = [spelt_out(link.start)] if link.start and ":" in link.start else []
        ends += [f"data into {spelt_out(link.end)}"] if link.start else []
        ends += [f"power into {spelt_out(link.end)}"] if link.power else []
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
