"""MNT: does everything go into its place, and does what holds it bear it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from podplanner.catalog import facts
from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Accessory, Backplane, Board, Chassis, Drive, Supply
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.catalog.vocabulary import fold
from podplanner.planning.topology import Topology, topology_of
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import plain


@dataclass(frozen=True, slots=True)
class Rack:
    """The room that a rack has for one pod; None: nobody asked.

    Attributes:
        depth: From the front posts to what is behind, in millimetres.
        units: Free height in rack units.
    """

    depth: Decimal | None = None
    units: int | None = None


def _chassis(pod: Pod) -> Chassis | None:
    part = pod.chassis.part if pod.chassis else None
    return part if isinstance(part, Chassis) else None


_INCHES = {"3.5in": Decimal("3.5"), "2.5in": Decimal("2.5"), "U.2": Decimal("2.5")}
# U.2 drives have the 2.5 in form (SFF-8639, SFF-8201). An M.2 drive goes into no bay.


def drives_fit_their_bays(pod: Pod) -> Iterator[Finding]:
    """Every data drive is of a form that its bay takes.

    Why it matters: a 3.5 in drive does not go into a 2.5 in bay. The other way round it does, with
    a bracket.

    Fails when: a drive is larger than the bays, or an M.2 module. Unknown when the form of the
    drive, or of the bays, is not stated.
    """
    topology, said = topology_of(pod), set[tuple[int, str | None]]()
    if not isinstance(topology, Topology):
        return
    case = _chassis(pod)
    for bay in topology.filled:
        plane = topology.backplanes[bay.backplane - 1].item.part if bay.backplane else None
        room = plane.bay_form if isinstance(plane, Backplane) else None
        room = room or (case.bay_form if case else None)
        item = bay.drive
        if item is None or (item.position, room) in said:
            continue
        said.add((item.position, room))
        form = item.part.form_factor if isinstance(item.part, Drive) else None
        if form == "M.2":
            yield Finding(item, "an M.2 drive goes into no bay", fix="Choose drives for bays.")
        elif form is None or room is None:
            yield Finding.unknown(
                item, "whether the drive fits its bay is not known",
                wants="the form factor of the drive" if form is None else "the form of the bays",
            )  # fmt: skip
        elif _INCHES[form] > _INCHES[room]:
            yield Finding(item, f"the drive is {form}, the bays take {room}",
                          fix="Choose smaller drives, or another chassis.")  # fmt: skip


def bays_suffice(pod: Pod) -> Iterator[Finding]:
    """There is a bay for every data drive, and a place for every boot drive.

    Why it matters: a drive without a bay lies loose in the case, or stays in its box.

    Fails when: there are more data drives than bays, more boot drives than boot bays, or more M.2
    boot drives than the board has slots. Unknown when one of these figures is not stated, or when a
    boot drive is not of 2.5 in.
    """
    drives, bays = pod.data_drives, facts.data_bays(pod)
    number = pieces(drives)
    if drives and (number is None or bays is None):
        yield Finding.unknown(drives[0], "whether there is a bay for every data drive is not known",
                              wants="the number of drives, and the chassis' bays")  # fmt: skip
    elif drives and number is not None and bays is not None and number > bays:
        yield Finding(
            drives[0], f"there are {number} data drives and {bays} bays",
            fix="Correct the quantity; spares on the shelf go into `spares`.", field="quantity",
        )  # fmt: skip
    yield from _boot_drives_have_places(pod)


def _boot_drives_have_places(pod: Pod) -> Iterator[Finding]:
    modules = tuple(item for item in pod.boot_drives if _form(item) == "M.2")
    others = tuple(
        item for item in pod.boot_drives
        if _form(item) != "M.2" and not {"usb", "emmc"} & set(fold(item.line.text).split())
    )  # fmt: skip
    board, case = facts.board(pod), _chassis(pod)
    slots, bays = board.m2_slots if board else None, case.boot_bays if case else None
    yield from _boot_places(modules, slots, "M.2 slots of the board")
    yield from _boot_places(others, bays, "boot bays of the chassis")
    for item in others if bays is not None else ():
        if _form(item) not in ("2.5in", "U.2"):
            yield Finding.unknown(
                item, "whether the boot drive fits a boot bay, which takes 2.5 in drives, is not "
                "known", wants="a boot drive of 2.5 in or M.2, or its form factor",
            )  # fmt: skip


def _form(item: Item) -> str | None:
    """Return the form of a boot drive: its part's, else what its line prints."""
    if isinstance(item.part, Drive) and item.part.form_factor is not None:
        return item.part.form_factor
    text = fold(item.line.text)
    if any(word in text for word in ("m.2", "nvme")):
        return "M.2"
    return next((f"{size}in" for size in ("2.5", "3.5") if size in text), None)


def _boot_places(items: tuple[Item, ...], places: int | None, what: str) -> Iterator[Finding]:
    number = pieces(items)
    if not items:
        return
    if places is None or number is None:
        yield Finding.unknown(
            items[0], f"whether the boot drives find a place is not known: {what} are not stated",
            wants=f"the number of boot drives, and the {what}",
        )  # fmt: skip
    elif number > places:
        yield Finding(items[0], f"{number} boot drives and {places} {what}",
                      fix="Choose boot drives of another form.")  # fmt: skip


def board_fits_the_chassis(pod: Pod) -> Iterator[Finding]:
    """The board is of a form that the chassis takes.

    Why it matters: a board whose holes are elsewhere cannot be screwed down.

    Fails when: the chassis does not name the board's form. Unknown when one of the two is not
    stated.
    """
    chassis, case = pod.chassis, _chassis(pod)
    for item in pod.of_kind("board") if chassis else ():
        form = item.part.form_factor if isinstance(item.part, Board) else None
        if form is None or case is None or not case.board_forms:
            yield Finding.unknown(
                item, "whether the board fits the chassis is not known",
                wants="the board's form factor" if form is None else "the chassis' board forms",
            )  # fmt: skip
        elif normal(form) not in {normal(taken) for taken in case.board_forms}:
            yield Finding(
                item, f"the board is {form}, the chassis takes {', '.join(case.board_forms)}",
                fix="Choose another board or chassis.",
            )  # fmt: skip


def supplies_fit_the_chassis(pod: Pod) -> Iterator[Finding]:
    """The supplies are of the chassis' form, and there are places for all, and for the fans.

    Why it matters: a supply of another form does not slide in, and a fan without a place cools
    nothing.

    Fails when: a supply has another form than the chassis takes, or there are more supplies or
    fans than places. Unknown when one of these figures is not stated.
    """
    chassis, case = pod.chassis, _chassis(pod)
    if chassis is None:
        return
    wanted = case.supply_form if case else None
    for item in pod.of_kind("supply"):
        form = item.part.form if isinstance(item.part, Supply) else None
        if form is None or wanted is None:
            yield Finding.unknown(
                item, "whether the supply's form fits the chassis is not known",
                wants="the form of the supply" if form is None else "the chassis' supply form",
            )  # fmt: skip
        elif normal(form) != normal(wanted):
            yield Finding(item, f"the supply is {form}, the chassis takes {wanted}",
                          fix="Choose a supply of that form.")  # fmt: skip
    yield from _places(pod.of_kind("supply"), case.supply_places if case else None, "supplies")
    yield from _places(pod.of_kind("fan"), case.fan_places if case else None, "fans")


def _places(items: tuple[Item, ...], places: int | None, what: str) -> Iterator[Finding]:
    number = pieces(items)
    if not items:
        return
    if places is None or number is None:
        yield Finding.unknown(items[0], f"whether there are places for all {what} is not known",
                              wants=f"the number of {what}, and of their places")  # fmt: skip
    elif number > places:
        yield Finding(
            items[0], f"there are {plain(number)} {what}, the chassis has {places} places",
            fix="Correct the quantity.", field="quantity",
        )  # fmt: skip


def what_comes_with_the_case_is_listed(pod: Pod) -> Iterator[Finding]:
    """Backplanes and fans that come with the case stand in the list.

    Why it matters: no check sees what is not listed: the drives of a case whose backplanes are
    missing count as cabled one by one, and its fans draw nothing.

    Fails when: the case states parts that come with it, and the list has fewer of them: what the
    checks say of them is unknown.
    """
    case, chassis = _chassis(pod), pod.chassis
    if case is None or chassis is None or chassis.quantity is None:
        return
    for sku, number in case.included.items():
        listed = tuple(i for i in pod.items if i.part is not None and i.part.sku == sku)
        have, want = pieces(listed), int(number * chassis.quantity)
        if have is not None and have < want:
            yield Finding.unknown(
                chassis, f"{want} x {sku} come with the case, the list has {have}",
                wants=f"them in the list: `podplanner bom add FILE {sku}x{want - have}`, at a "
                "price of 0",
            )  # fmt: skip


def rails_bear_the_weight(pod: Pod) -> Iterator[Finding]:
    """The rails bear the chassis with its drives.

    Why it matters: 45 drives weigh more than the chassis; a pod that is pulled out on rails that
    are too weak comes down.

    Fails when: chassis and drives alone weigh more than the rails carry; board, supplies and cables
    come on top and are not counted. A note says by how much they fit. Unknown when the weight of
    the chassis or of a drive, or what the rails carry, is not stated.
    """
    rails, chassis = pod.of_kind("rail"), pod.chassis
    if not rails or chassis is None:
        return
    loads = [r.part.load_max if isinstance(r.part, Accessory) else None for r in rails]
    known = [load for load in loads if load is not None]
    case = _chassis(pod)
    summands = [(Decimal(1), case.weight if case else None)]
    for item in pod.data_drives:
        weight = item.part.weight if isinstance(item.part, Drive) else None
        summands.append((item.quantity or Decimal(0), None if item.quantity is None else weight))
    least = sum((number * (weight or 0) for number, weight in summands), Decimal(0))
    words = " + ".join(
        f"{plain(number)} x {plain(weight)}" for number, weight in summands if weight is not None
    )
    said = f"chassis and drives weigh {plain(least)} kg ({words or 'unknown'})"
    if known and least > min(known):
        yield Finding(rails[0], f"{said}, the rails carry {plain(min(known))} kg",
                      fix="Choose stronger rails.")  # fmt: skip
    elif len(known) < len(loads) or any(weight is None for _, weight in summands):
        yield Finding.unknown(
            rails[0], f"whether the rails bear the pod is not known; at least {said}",
            wants="what the rails carry, and the weight of chassis and drives",
        )  # fmt: skip
    else:
        yield Finding(
            rails[0], f"{said}, the rails carry {plain(min(known))} kg; board, supplies and cables "
            "are not counted", fix="Nothing to mend.", severity=Severity.NOTE,
        )  # fmt: skip


def rack_rules(rack: Rack) -> tuple[Rule, ...]:
    """Return the rule that compares a chassis with the room of a rack."""

    def chassis_fits_the_rack(pod: Pod) -> Iterator[Finding]:
        """The chassis is no deeper and no higher than the rack has room for.

        Why it matters: a chassis that is deeper than the rack keeps its door open, and its cables
        come on top.

        Fails when: the chassis is deeper than `--rack-depth`, or higher than `--rack-units`.
        Without these options a note says what it takes. Unknown when an option is given and the
        chassis does not state its figure.
        """
        chassis, case = pod.chassis, _chassis(pod)
        if chassis is None:
            return
        depth, units = (case.depth, case.rack_units) if case else (None, None)
        for room, mine, what, unit in (
            (rack.depth, depth, "deep", "mm"), (rack.units, units, "high", "U"),
        ):  # fmt: skip
            if room is None:
                continue
            if mine is None:
                yield Finding.unknown(chassis, f"how {what} the chassis is, is not known",
                                      wants="its depth and rack units")  # fmt: skip
            elif mine > room:
                yield Finding(
                    chassis, f"the chassis is {plain(mine)} {unit} {what}, the rack has room for "
                    f"{plain(room)} {unit}", fix="Choose another chassis, or another rack.",
                )  # fmt: skip
        if rack == Rack() and depth is not None and units is not None:
            yield Finding(
                chassis, f"the chassis takes {units} U and a depth of {plain(depth)} mm, cables on "
                "top", fix="Give --rack-depth and --rack-units to compare.",
                severity=Severity.NOTE,
            )  # fmt: skip

    return (Rule("MNT007", Severity.ERROR, chassis_fits_the_rack),)


RULES = (
    Rule("MNT001", Severity.ERROR, drives_fit_their_bays),
    Rule("MNT002", Severity.ERROR, bays_suffice),
    Rule("MNT003", Severity.ERROR, board_fits_the_chassis),
    Rule("MNT004", Severity.ERROR, supplies_fit_the_chassis),
    Rule("MNT005", Severity.UNKNOWN, what_comes_with_the_case_is_listed),
    Rule("MNT006", Severity.ERROR, rails_bear_the_weight),
)
