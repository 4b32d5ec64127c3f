"""A pod with other drives than its list has: what it would do if they were bought."""

from dataclasses import replace

from podplanner.catalog import facts
from podplanner.catalog.bill import Line
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod


def with_drives(pod: Pod, drive: Drive, count: int | None) -> Pod | None:
    """Return `pod` with `count` drives of one model in place of the data drives of its list.

    Args:
        pod: Is not changed.
        drive: The model.
        count: How many, at least 1; None: one for every data bay.

    Returns:
        None where every bay is meant and their number is unknown, or there is none.
    """
    number = facts.data_bays(pod) if count is None else count
    if not number:
        return None
    kept = tuple(item for item in pod.items if item not in pod.data_drives)
    line = Line(
        id=_free_id(pod), title=drive.title, part=drive.sku, quantity=number, category="drive"
    )  # fmt: skip
    return replace(pod, items=(*kept, Item(len(pod.items) + 1, line, drive, drive.kind)))


def _free_id(pod: Pod) -> str:
    taken, name = {item.line.id for item in pod.items}, "planned_drive"
    while name in taken:
        name += "_"
    return name
