"""A bay map as a file, with the serial numbers left open for a person to fill in."""

from collections.abc import Iterator, Sequence

from podplanner.catalog.bay_map import SCHEMA, BayMap, MappedBay
from podplanner.catalog.writers.toml_bill import quoted


def write_bay_map(found: BayMap) -> str:
    """Return a bay map as docs/bay-map.md specifies it; what is unknown is left out."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: BayMap) -> Iterator[str]:
    yield f"schema = {quoted(SCHEMA)}"
    if found.title:
        yield f"title = {quoted(found.title)}"
    for key, value in (("layout", found.layout), ("chassis", found.chassis)):
        if value is not None:
            yield f"{key} = {quoted(value)}"
    for bay in found.bays:
        yield from ("", "[[bay]]", *_bay(bay))


def _bay(bay: MappedBay) -> Iterator[str]:
    yield f"number = {bay.number}"
    if bay.backplane is not None:
        yield f"backplane = {bay.backplane}"
    yield f"place = {bay.place}"
    for key, numbers in (
        ("cables", bay.cables), ("adapters", bay.adapters), ("supplies", bay.supplies),
    ):  # fmt: skip
        if numbers:
            yield f"{key} = {_list(numbers)}"
    if bay.role is not None:
        yield f"role = {quoted(bay.role)}"
    if bay.role == "data":
        yield from (f"group = {bay.group}", f"member = {bay.member}")
    if bay.drive is not None:
        yield f"drive = {quoted(bay.drive)}"
    if bay.role != "empty":
        yield f"serial = {quoted(bay.serial or '')}"
    yield f"path = {quoted(bay.path or '')}"
    if bay.slot is not None:
        yield f"slot = {quoted(bay.slot)}"


def _list(numbers: Sequence[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"
