"""FIT: what holds and joins fans, backplanes and supplies, counted against them."""

from collections.abc import Iterator

from podplanner.catalog import facts
from podplanner.catalog.parts import Backplane
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.catalog.vocabulary import fold
from podplanner.rules.base import Finding, Rule, Severity

_MOUNTS_A_FAN = 4
# A fan has a hole in each corner.


def _uncounted(item: Item, what: str) -> Finding:
    return Finding.unknown(item, f"whether the {what} suffice is not known", wants="the quantities")


def fan_wires_have_terminals(pod: Pod) -> Iterator[Finding]:
    """There is a crimp terminal for every fan wire.

    Why it matters: fans without connectors do not turn, and terminals come in small bags.

    Fails when: terminals and fans x wires differ. Unknown when the wires of a fan are not stated.
    """
    fans, terminals = pod.of_kind("fan"), pod.of_kind("terminal")
    if not fans or not terminals:
        return
    have, number = pieces(terminals), pieces(fans)
    if have is None or number is None or any(facts.wires(fan) is None for fan in fans):
        yield Finding.unknown(
            terminals[0], "whether the terminals suffice is not known",
            wants="the quantities, and the wires of the fan",
        )  # fmt: skip
        return
    need = sum(int(fan.quantity or 0) * (facts.wires(fan) or 0) for fan in fans)
    if have != need:
        yield Finding(
            terminals[0], f"the fans have {need} wires, the list has {have} terminals",
            fix=f"Order {need}.", field="quantity",
        )  # fmt: skip


def fans_have_housings(pod: Pod) -> Iterator[Finding]:
    """There is a connector housing for every fan, with room for its wires.

    Why it matters: terminals without a housing are bare contacts.

    Fails when: housings and fans differ in number, or a housing takes fewer wires than a fan has.
    Unknown when a quantity is not stated.
    """
    fans, housings = pod.of_kind("fan"), pod.of_kind("housing")
    need, have = pieces(fans), pieces(housings)
    if not fans or not housings:
        return
    if need is None or have is None:
        yield _uncounted(housings[0], "housings")
        return
    if have != need:
        yield Finding(
            housings[0], f"there are {need} fans and {have} connector housings",
            fix=f"Order {need}.", field="quantity",
        )  # fmt: skip
    wires, ways = facts.wires(fans[0]), facts.ways(housings[0])
    if wires is not None and ways is not None and ways < wires:
        yield Finding(housings[0], f"the housing takes {ways} wires, the fan has {wires}",
                      fix="Choose a housing with more ways.")  # fmt: skip


def fans_have_mounts(pod: Pod) -> Iterator[Finding]:
    """There are four mounts for every fan.

    Why it matters: a fan that is held at two corners rattles, and vibration slows drives.

    Fails when: the list has fan mounts, and not four a fan. Unknown when a quantity is not stated.
    """
    fans, mounts = pod.of_kind("fan"), pod.of_kind("fan_mount")
    number, have = pieces(fans), pieces(mounts)
    if not fans or not mounts:
        return
    if number is None or have is None:
        yield _uncounted(mounts[0], "fan mounts")
        return
    if have != number * _MOUNTS_A_FAN:
        yield Finding(
            mounts[0], f"{number} fans need {number * _MOUNTS_A_FAN} mounts, the list has {have}",
            fix=f"Order {number * _MOUNTS_A_FAN}.", field="quantity",
        )  # fmt: skip


def backplanes_have_screws(pod: Pod) -> Iterator[Finding]:
    """There are enough screws for the backplanes.

    Why it matters: a loose backplane breaks connectors when a drive is pulled.

    Fails when: the screws that the list gives for backplanes are not backplanes x screws of one.
    Unknown when the screws of one backplane are not stated.
    """
    backplanes = pod.of_kind("backplane")
    screws = tuple(
        i for i in (*pod.of_kind("screw"), *pod.of_kind("standoff"))
        if "backplane" in fold(i.line.text)
    )  # fmt: skip
    have, number = pieces(screws), pieces(backplanes)
    if not backplanes or not screws or have is None or number is None:
        return
    parts = [i.part.screws if isinstance(i.part, Backplane) else None for i in backplanes]
    if len(set(parts)) != 1 or parts[0] is None:
        yield Finding.unknown(
            screws[0], f"{have} screws for {number} backplanes", wants="the screws of one backplane"
        )
    elif have != number * parts[0]:
        yield Finding(
            screws[0],
            f"{number} backplanes with {parts[0]} screws each need {number * parts[0]}, "
            f"the list has {have}",
            fix=f"Order {number * parts[0]}.", field="quantity",
        )  # fmt: skip


def supplies_have_dampeners(pod: Pod) -> Iterator[Finding]:
    """There is a vibration dampener for every power supply.

    Why it matters: one undamped supply shakes the whole chassis.

    Fails when: the list has dampeners for supplies, and fewer than supplies. Unknown when a
    quantity is not stated.
    """
    supplies = pod.of_kind("supply")
    dampeners = tuple(
        i for i in pod.of_kind("dampener")
        if any(word in fold(i.line.text) for word in ("power supply", "psu", "netzteil"))
    )  # fmt: skip
    need, have = pieces(supplies), pieces(dampeners)
    if not supplies or not dampeners:
        return
    if need is None or have is None:
        yield _uncounted(dampeners[0], "dampeners")
    elif have < need:
        yield Finding(
            dampeners[0], f"there are {need} power supplies and {have} dampeners",
            fix=f"Order {need}.", field="quantity",
        )  # fmt: skip


RULES = (
    Rule("FIT007", Severity.WARNING, fan_wires_have_terminals),
    Rule("FIT008", Severity.WARNING, fans_have_housings),
    Rule("FIT009", Severity.WARNING, fans_have_mounts),
    Rule("FIT010", Severity.WARNING, backplanes_have_screws),
    Rule("FIT011", Severity.WARNING, supplies_have_dampeners),
)
