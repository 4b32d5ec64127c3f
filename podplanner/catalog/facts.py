"""Figures of an item: the catalog part's, else what the line itself prints.

Every function returns None where neither says anything.
"""

import re
from decimal import Decimal

from podplanner.catalog.parts import Adapter, Backplane, Board, Chassis, Drive, Fan, Memory
from podplanner.catalog.pod import Item, Pod, count, pieces
from podplanner.catalog.vocabulary import fold

_PORTS = re.compile(r"\b(\d{1,2})[\s-]*(?:x\s*)?(?:ports?|bays?)\b", re.IGNORECASE)
_WIRES = re.compile(r"\b(\d)[\s-]*(?:wires?|pins?)\b", re.IGNORECASE)
_WAYS = re.compile(r"\b1\s*x\s*(\d)\b", re.IGNORECASE)
_SIZE = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s*(TB|GB)(?![\w/])", re.IGNORECASE)
_PACKED = re.compile(r"\b(\d{1,2})\s*[x×]\s*(\d+(?:[.,]\d+)?)\s*(TB|GB)\b", re.IGNORECASE)
_FACTOR = {"TB": 10**12, "GB": 10**9}


def printed_sizes(text: str) -> list[int]:
    """Return every size that a text prints, in bytes, decimal; `2 x 4 GB` counts as 4 GB.

    >>> printed_sizes('WD1600BPVT 160GB 2.5" and 4 TB')
    [160000000000, 4000000000000]
    """
    sizes = [(Decimal(m[1].replace(",", ".")), m[2].upper()) for m in _SIZE.finditer(text)]
    return [int(number * _FACTOR[unit]) for number, unit in sizes]


def packed_sizes(text: str) -> tuple[int, int] | None:
    """Return (pieces, bytes of one) where a text prints a set such as `4x16GB`."""
    if (match := _PACKED.search(text)) is None:
        return None
    return int(match[1]), int(Decimal(match[2].replace(",", ".")) * _FACTOR[match[3].upper()])


def ports(item: Item) -> int | None:
    """Return the drives that a backplane takes, or the ports that an adapter gives."""
    if isinstance(item.part, Backplane | Adapter) and item.part.ports is not None:
        return item.part.ports
    match = _PORTS.search(item.line.description) or _PORTS.search(item.line.title)
    return int(match[1]) if match else None


def sockets(item: Item) -> int | None:
    """Return the sockets of one adapter or the host sockets of one backplane.

    Several links may come on one socket: four on a mini-SAS one.
    """
    if isinstance(item.part, Adapter):
        return ports(item) if item.part.connectors is None else item.part.connectors
    if isinstance(item.part, Backplane):
        stated = item.part.host_connectors
        return item.part.host_ports if stated is None else stated
    return ports(item) if item.kind == "adapter" else None


def host_ports(item: Item) -> int | None:
    """Return the links to the host that one backplane needs."""
    if isinstance(item.part, Backplane):
        return item.part.host_ports
    return None


def wires(item: Item) -> int | None:
    """Return the wires of a fan."""
    if isinstance(item.part, Fan) and item.part.wires is not None:
        return item.part.wires
    match = _WIRES.search(item.line.text)
    return int(match[1]) if match else None


def ways(item: Item) -> int | None:
    """Return the contacts that a connector housing takes (`1x3`: 3)."""
    match = _WAYS.search(item.line.text)
    return int(match[1]) if match else None


def memory_size(item: Item) -> int | None:
    """Return the bytes of one memory module; memory is sold in binary sizes (`4GB` is 4 GiB)."""
    if isinstance(item.part, Memory) and item.part.capacity is not None:
        return item.part.capacity
    if (packed := packed_sizes(item.line.text)) is not None:
        return binary(packed[1])
    sizes = printed_sizes(item.line.description) or printed_sizes(item.line.title)
    return binary(min(sizes)) if sizes else None


def binary(printed: int) -> int:
    """Return the binary size that memory makers mean by a decimal one.

    >>> binary(4 * 10**9) == 4 * 2**30
    True
    """
    return printed * 2**30 // 10**9


def drive_size(item: Item) -> int | None:
    """Return the bytes of one drive, by its label."""
    if isinstance(item.part, Drive) and item.part.capacity is not None:
        return item.part.capacity
    sizes = printed_sizes(item.line.title) or printed_sizes(item.line.description)
    return sizes[0] if sizes else None


def data_bays(pod: Pod) -> int | None:
    """Return the bays for data drives: the chassis' own figure, else backplanes x ports."""
    chassis = pod.chassis
    if chassis and isinstance(chassis.part, Chassis) and chassis.part.data_bays is not None:
        return chassis.part.data_bays
    return backplane_places(pod)


def backplane_places(pod: Pod) -> int | None:
    """Return the drives that all backplanes take together; None when one figure is missing."""
    backplanes = pod.of_kind("backplane")
    quantity = count(backplanes)
    if not backplanes or quantity is None or any(ports(item) is None for item in backplanes):
        return None
    return int(sum((i.quantity or 0) * (ports(i) or 0) for i in backplanes))


def raw_bytes(pod: Pod) -> int | None:
    """Return what all data drives hold by their labels; None when one is unknown."""
    drives = pod.data_drives
    if not drives or any(d.quantity is None or drive_size(d) is None for d in drives):
        return None
    return int(sum((d.quantity or 0) * (drive_size(d) or 0) for d in drives))


def board(pod: Pod) -> Board | None:
    """Return the part that the one board is; None where there is none, or several."""
    boards = pod.of_kind("board")
    part = boards[0].part if len(boards) == 1 else None
    return part if isinstance(part, Board) else None


def memory_slots(pod: Pod) -> int | None:
    """Return the memory slots of the one board."""
    part = board(pod)
    return part.memory_slots if part else None


def free_sata_ports(pod: Pod) -> int | None:
    """Return the board's SATA ports that boot drives leave free."""
    part = board(pod)
    boots = pieces(tuple(item for item in pod.boot_drives if needs_data_cable(item)))
    if part is None or part.sata_ports is None or boots is None:
        return None
    return max(part.sata_ports - boots, 0)


def needs_data_cable(item: Item) -> bool:
    """Return whether a boot drive hangs on a SATA port: not on a slot of the board, nor on USB."""
    if isinstance(item.part, Drive) and item.part.form_factor is not None:
        return item.part.form_factor != "M.2" and item.part.interface != "NVMe"
    return not any(word in fold(item.line.text) for word in ("m.2", "nvme", "emmc", "usb"))
