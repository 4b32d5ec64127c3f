"""CPU: do processor, board and cooler go together?"""

from collections.abc import Iterator

from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Accessory, Board, Chassis, Processor
from podplanner.catalog.pod import Item, Pod
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import plain


def _board(pod: Pod) -> Item | None:
    boards = pod.of_kind("board")
    return boards[0] if len(boards) == 1 else None


def _socket(item: Item | None) -> str | None:
    part = item.part if item else None
    return part.socket if isinstance(part, Board | Processor) else None


def _accessory(item: Item) -> Accessory | None:
    return item.part if isinstance(item.part, Accessory) else None


def sockets_agree(pod: Pod) -> Iterator[Finding]:
    """The processor fits the socket of the board.

    Why it matters: a processor goes into one socket and no other.

    Fails when: the sockets of the two differ. Unknown when one of them is not stated.
    """
    board = _board(pod)
    for item in pod.of_kind("cpu") if board else ():
        mine, its = _socket(item), _socket(board)
        if mine is None or its is None:
            yield Finding.unknown(item, "whether the processor fits the board is not known",
                                  wants="the sockets of processor and board")  # fmt: skip
        elif normal(mine) != normal(its):
            yield Finding(item, f"the processor is made for {mine}, the board has {its}",
                          fix="Choose a processor for the board's socket.")  # fmt: skip


def processor_is_cooled(pod: Pod) -> Iterator[Finding]:
    """The processor has a cooler.

    Why it matters: without one it turns itself off within seconds.

    Fails when: none comes with it, and the list has none. Unknown when the list has none, and
    whether one comes with it is not stated.
    """
    if pod.of_kind("cooler"):
        return
    for item in pod.of_kind("cpu"):
        comes = item.part.cooler_included if isinstance(item.part, Processor) else None
        if comes is None:
            yield Finding.unknown(
                item, "the list has no cooler; whether one comes with the processor is not known",
                wants="a cooler, or that one comes with the processor",
            )  # fmt: skip
        elif not comes:
            yield Finding(item, "no cooler comes with the processor, and the list has none",
                          fix="Add a cooler for its socket.")  # fmt: skip


def cooler_suits_the_processor(pod: Pod) -> Iterator[Finding]:
    """The cooler fits the socket and takes the heat away.

    Why it matters: one for another socket cannot be mounted; one that is too small lets the
    processor slow down, or turn off.

    Fails when: the cooler names other sockets, or less than the processor's TDP. Unknown when one
    of these figures is not stated.
    """
    cpus = pod.of_kind("cpu")
    for item in pod.of_kind("cooler") if len(cpus) == 1 else ():
        cooler, cpu = _accessory(item), cpus[0]
        yield from _socket_of_cooler(item, cooler, _socket(cpu) or _socket(_board(pod)))
        tdp = cpu.part.tdp if isinstance(cpu.part, Processor) else None
        most = cooler.tdp_max if cooler else None
        if tdp is None or most is None:
            yield Finding.unknown(
                item, "whether the cooler takes the processor's heat away is not known",
                wants="the cooler's most watts, and the processor's TDP",
            )  # fmt: skip
        elif tdp > most:
            yield Finding(
                item, f"the processor gives off {plain(tdp)} W, the cooler takes {plain(most)} W",
                fix="Choose a larger cooler.",
            )  # fmt: skip


def _socket_of_cooler(
    item: Item, cooler: Accessory | None, socket: str | None
) -> Iterator[Finding]:
    if cooler is None or not cooler.sockets or socket is None:
        yield Finding.unknown(item, "whether the cooler fits the processor's socket is not known",
                              wants="the sockets of cooler and processor")  # fmt: skip
    elif normal(socket) not in {normal(known) for known in cooler.sockets}:
        yield Finding(
            item, f"the cooler fits {', '.join(cooler.sockets)}, the processor needs {socket}",
            fix="Choose a cooler for that socket.",
        )  # fmt: skip


def cooler_fits_the_chassis(pod: Pod) -> Iterator[Finding]:
    """The cooler is no higher than the chassis allows.

    Why it matters: the lid does not close over a cooler that is too high.

    Fails when: the cooler is higher than the room above the board. Unknown when one of the two is
    not stated.
    """
    chassis = pod.chassis
    for item in pod.of_kind("cooler") if chassis else ():
        cooler, part = _accessory(item), chassis.part if chassis else None
        height = cooler.height if cooler else None
        room = part.cooler_height if isinstance(part, Chassis) else None
        if height is None or room is None:
            yield Finding.unknown(
                item, "whether the cooler fits under the lid is not known",
                wants="the cooler's height" if height is None else "the chassis' cooler height",
            )  # fmt: skip
        elif height > room:
            yield Finding(
                item, f"the cooler is {plain(height)} mm high, the chassis has {plain(room)} mm",
                fix="Choose a lower cooler.",
            )  # fmt: skip


RULES = (
    Rule("CPU001", Severity.ERROR, sockets_agree),
    Rule("CPU002", Severity.ERROR, processor_is_cooled),
    Rule("CPU003", Severity.ERROR, cooler_suits_the_processor),
    Rule("CPU004", Severity.ERROR, cooler_fits_the_chassis),
)
