"""FIT: do the counts of a pod's parts agree with each other?

The counts come from the list itself and from the parts' figures. A rule that has nothing to
compare stays silent; one that has, and lacks a fact, says unknown and names it.
"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog import facts
from podplanner.catalog.parts import Board, Chassis
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.catalog.vocabulary import fold, kinds
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.quantity import say_bytes

_ESSENTIAL = ("chassis", "supply", "board", "cpu", "memory")


def bays_meet_backplanes(pod: Pod) -> Iterator[Finding]:
    """The backplanes hold as many drives as the chassis has bays.

    Why it matters: a bay without a backplane port is empty for good; a port without a bay was
    paid for nothing.

    Fails when: the chassis' data bays differ from backplanes x ports. Unknown when the bays, the
    ports or the number of backplanes are not stated.
    """
    backplanes, chassis = pod.of_kind("backplane"), pod.chassis
    if not backplanes:
        return
    places = facts.backplane_places(pod)
    bays = chassis.part.data_bays if chassis and isinstance(chassis.part, Chassis) else None
    first = backplanes[0]
    if places is None:
        yield Finding.unknown(
            first, "how many drives the backplanes take together is not known",
            wants="the number of backplanes and the ports of each",
        )  # fmt: skip
    elif bays is None and chassis is not None:
        yield Finding.unknown(
            chassis, f"the backplanes take {places} drives; the bays of the chassis are not known",
            wants="the chassis' data bays",
        )  # fmt: skip
    elif bays is not None and bays != places:
        yield Finding(
            first, f"the chassis has {bays} data bays, the backplanes take {places} drives",
            fix="Correct the number of backplanes, or choose others.", field="quantity",
        )  # fmt: skip


def one_boot_drive(pod: Pod) -> Iterator[Finding]:
    """The operating system is on more than one drive.

    Why it matters: one boot drive is a single point of failure: the pod is down until it is
    replaced and set up anew.

    Fails when: the boot drives of the list are one piece.
    """
    if pieces(pod.boot_drives) == 1:
        yield Finding(
            pod.boot_drives[0], "there is one boot drive: when it fails, the pod is down",
            fix="Add a second one as a mirror, or accept the risk.", field="quantity",
        )  # fmt: skip


def data_drives_are_listed(pod: Pod) -> Iterator[Finding]:
    """The list has the drives that the pod is for.

    Why it matters: the drives are most of the cost of a pod, and a price without them is not
    the price of a pod.

    Fails when: the list has bays or backplanes and no data drive, or more data drives than bays.
    Unknown when the quantity of data drives is not stated.
    """
    bays, drives = facts.data_bays(pod), pod.data_drives
    if not drives and (bays is not None or pod.of_kind("backplane")):
        many = f"{bays} " if bays is not None else ""
        yield Finding(
            None, f"the {many}data drives are not in the list",
            fix="Add them with `podplanner bom add FILE SKUx"
            f"{bays or 'N'}`, or price them with `bom cost --drives`.",
        )  # fmt: skip
        return
    total = pieces(drives)
    if drives and bays is not None and total is None:
        yield Finding.unknown(
            drives[0], f"whether the data drives fit the {bays} bays is not known",
            wants="the quantity of data drives",
        )  # fmt: skip
    elif drives and total is not None and bays is not None and total > bays:
        yield Finding(
            drives[0], f"there are {total} data drives and {bays} bays",
            fix="Correct the quantity; spares go into `spares`.", severity=Severity.ERROR,
            field="quantity",
        )  # fmt: skip


def memory_fits_the_board(pod: Pod) -> Iterator[Finding]:
    """The board has a slot for every memory module, and takes their total.

    Why it matters: a module without a slot stays in its box.

    Fails when: there are more modules than slots, or more memory than the board takes. Unknown
    when the board's slots or the number of modules are not stated.
    """
    modules, boards = pod.of_kind("memory"), pod.of_kind("board")
    if not modules or len(boards) != 1:
        return
    number, slots = pieces(modules), facts.memory_slots(pod)
    if number is None or slots is None:
        yield Finding.unknown(
            boards[0], "whether the memory fits the board is not known",
            wants="the board's memory slots and the number of modules",
        )  # fmt: skip
    elif number > slots:
        yield Finding(
            modules[0], f"there are {number} memory modules and {slots} slots",
            fix="Choose fewer, larger modules.", severity=Severity.ERROR, field="quantity",
        )  # fmt: skip
    board = boards[0].part
    sizes = [facts.memory_size(item) for item in modules]
    if isinstance(board, Board) and board.memory_max is not None and None not in sizes:
        total = sum(int(i.quantity or 0) * (facts.memory_size(i) or 0) for i in modules)
        if total > board.memory_max:
            yield Finding(
                modules[0], f"the board takes {say_bytes(board.memory_max)} of memory, the list "
                f"has {say_bytes(total)}", fix="Choose smaller modules.", severity=Severity.ERROR,
            )  # fmt: skip


def title_states_the_sum(pod: Pod) -> Iterator[Finding]:
    """A title gives the size of one piece, as its description does.

    Why it matters: `8GB` over two modules of 4 GB is right for the pair; read as one piece it
    orders half as much, or twice.

    Fails when: the title states quantity x the size of one piece. A note, not a fault.
    """
    for item in (*pod.of_kind("memory"), *pod.data_drives):
        quantity = item.quantity
        titled = facts.printed_sizes(item.line.title)
        if not titled or quantity is None or quantity < 2:
            continue
        packed = facts.packed_sizes(item.line.text)
        described = facts.printed_sizes(item.line.description)
        one = packed[1] if packed else (described[0] if described else None)
        if one is not None and one != titled[0] and one * quantity == titled[0]:
            yield Finding(
                item,
                f"the title says {say_bytes(titled[0])}, which is all {quantity:f} of "
                f"{say_bytes(one)} together",
                fix="Nothing to mend.", field="title",
            )  # fmt: skip


def places_in_the_chassis_suffice(pod: Pod) -> Iterator[Finding]:
    """The chassis has a place for every fan and supply.

    Why it matters: what has no place cannot be built in.

    Fails when: there are more fans or supplies than the chassis has places. Unknown is not said:
    most makers do not print it.
    """
    chassis = pod.chassis
    if chassis is None or not isinstance(chassis.part, Chassis):
        return
    for kind, places in (
        ("fan", chassis.part.fan_places),
        ("supply", chassis.part.supply_places),
        ("backplane", chassis.part.backplanes),
    ):
        items = pod.of_kind(kind)
        number = pieces(items)
        if items and places is not None and number is not None and number > places:
            yield Finding(
                items[0], f"there are {number} of {kinds()[kind].label.lower()}, the chassis has "
                f"{places} places", fix="Correct the quantity.", field="quantity",
            )  # fmt: skip


def nothing_essential_is_missing(pod: Pod) -> Iterator[Finding]:
    """The list of a pod has a case, a supply, a board, a processor and memory.

    Why it matters: one forgotten part stops the build, however small its price.

    Fails when: a list that has at least three of these lacks another.
    """
    missing = [kind for kind in _ESSENTIAL if not pod.of_kind(kind)]
    if 0 < len(missing) <= len(_ESSENTIAL) - 3:
        names = ", ".join(kinds()[kind].label.lower() for kind in missing)
        yield Finding(None, f"the list has no {names}", fix="Add it, or buy it elsewhere.")


def duplicate_lines(pod: Pod) -> Iterator[Finding]:
    """Each part stands in the list once.

    Why it matters: a part that is listed twice is easily bought twice.

    Fails when: two lines of one section have the same part, or the same words.
    """
    seen: dict[tuple[str | None, str], Item] = {}
    for item in pod.items:
        name = item.line.part if item.line.matched != "likely" else None
        key = (item.line.section, name or fold(item.line.text))
        if not key[1]:
            continue
        first = seen.setdefault(key, item)
        if first is not item:
            total = Decimal(0)
            for quantity in (first.quantity, item.quantity):
                total += quantity or 0
            yield Finding(
                item, f"the same as line {first.position} ({first.line.name[:40]}); together "
                f"{total:f}", fix="Make it one line, or say in the title what differs.",
            )  # fmt: skip


RULES = (
    Rule("FIT001", Severity.WARNING, bays_meet_backplanes),
    Rule("FIT005", Severity.WARNING, one_boot_drive),
    Rule("FIT006", Severity.WARNING, data_drives_are_listed),
    Rule("FIT012", Severity.ERROR, memory_fits_the_board),
    Rule("FIT013", Severity.NOTE, title_states_the_sum),
    Rule("FIT014", Severity.WARNING, places_in_the_chassis_suffice),
    Rule("FIT015", Severity.WARNING, nothing_essential_is_missing),
    Rule("FIT016", Severity.WARNING, duplicate_lines),
)
