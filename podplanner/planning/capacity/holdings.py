"""The data drives that a parts list buys: how many, and how large in bytes."""

from dataclasses import dataclass

from podplanner.catalog.facts import drive_size
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.planning.capacity.result import CapacityError


@dataclass(frozen=True, slots=True)
class DriveSize:
    """The bytes of one drive.

    Attributes:
        assumption: How the figure was come by where no exact one is stated; else empty.
    """

    bytes: int
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Holdings:
    """The data drives of one pod, as if all were as small as the smallest."""

    drives: int
    drive_bytes: int
    assumptions: tuple[str, ...]

    def in_pods(self, pods: int) -> int:
        """Return the drives of several such pods."""
        return self.drives * pods


def drive_bytes(drive: Drive) -> DriveSize:
    """Return the size of a drive of the catalog: exact where stated, else by its label.

    Raises:
        CapacityError: It states neither.
    """
    if drive.exact_bytes is not None:
        return DriveSize(drive.exact_bytes, _assumed(drive, "exact_bytes"))
    if drive.capacity is None:
        raise CapacityError(f"the size of {drive.sku} is not known")
    return _by_label(drive.sku, drive.capacity)


def _assumed(drive: Drive, figure: str) -> str:
    """Return the catalog's reason why a figure of a drive is assumed; empty when it is not."""
    why = drive.assumptions.get(figure)
    return f"{drive.sku}: its size is assumed, {why.rstrip('.')}." if why else ""


def _by_label(name: str, size: int) -> DriveSize:
    # IDEMA LBA1-03 and SFF-8447 give every label a little more than it says, never less.
    return DriveSize(
        size, f"{name} is taken at its label, {size:,} bytes; its exact size is not known."
    )


def holdings_of(pod: Pod) -> Holdings:
    """Return the data drives that a list buys for one pod.

    Raises:
        CapacityError: It has none, or their number or size is not known.
    """
    items = pod.data_drives
    number = pieces(items)
    if number is None:
        raise CapacityError("the list does not say how many data drives it buys")
    if number < 1:
        raise CapacityError("the list has no data drives")
    sizes = [_item_size(item) for item in items]
    smallest = min(size.bytes for size in sizes)
    assumptions = list(dict.fromkeys(size.assumption for size in sizes if size.assumption))
    if len({size.bytes for size in sizes}) > 1:
        assumptions.append(
            f"The drives are of several sizes: all are taken as {smallest:,} bytes, the smallest."
        )
    return Holdings(number, smallest, tuple(assumptions))


def _item_size(item: Item) -> DriveSize:
    if isinstance(item.part, Drive) and (item.part.exact_bytes or item.part.capacity):
        return drive_bytes(item.part)
    if (size := drive_size(item)) is None:
        raise CapacityError(f"the size of {item.line.name} is not known")
    return _by_label(item.line.name, size)
