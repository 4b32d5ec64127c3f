"""Rows of ATA attribute tables, packed as the makers pack them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One row; `string` None: smartctl prints the raw value as it is.

    `prefailure`: the maker takes a failure of it for a failing drive.
    """

    number: int
    name: str
    raw: int = 0
    value: int = 100
    threshold: int = 0
    string: str | None = None
    prefailure: bool = False


def table(
    rows: Collection[Row], *, below: Collection[int] = (), was_below: Collection[int] = ()
) -> dict[str, Any]:
    """Return the block `ata_smart_attributes`.

    Attributes of `below` are at their threshold now, those of `was_below` were so in the past.
    """
    found = []
    for row in rows:
        threshold = row.threshold or (10 if row.number in (*below, *was_below) else 0)
        value = max(threshold - 1, 1) if row.number in below else row.value
        worst = max(threshold - 1, 1) if row.number in (*below, *was_below) else row.value
        flags = (0x33 if row.prefailure else 0x32)  # fmt: skip
        found.append(
            {
                "id": row.number,
                "name": row.name,
                "value": value,
                "worst": worst,
                "thresh": threshold,
                "when_failed": "now" if row.number in below
                else "past" if row.number in was_below else "",
                "flags": {
                    "value": flags,
                    "string": "PO--CK " if row.prefailure else "-O--CK ",
                    "prefailure": row.prefailure,
                    "updated_online": True,
                    "performance": False,
                    "error_rate": False,
                    "event_count": True,
                    "auto_keep": True,
                },
                "raw": {"value": row.raw, "string": row.string or str(row.raw)},
            }
        )  # fmt: skip
    return {"ata_smart_attributes": {"revision": 16, "table": found}}


def words(low: int, middle: int = 0, high: int = 0) -> int:
    """Return three 16-bit words as one raw value, the first one lowest."""
    return low | middle << 16 | high << 32


def errors_and_operations(errors: int, operations: int) -> int:
    """Return Seagate's rates: errors in the high 16 bits, operations in the low 32."""
    return errors << 32 | operations


def temperature_range(now: int, low: int, high: int) -> int:
    """Return a temperature with the extremes of its life in higher words (WD, HGST, Toshiba)."""
    return words(now, low, high)


def head_hours(hours: int, minutes: int = 8, milliseconds: int = 8_635) -> int:
    """Return Seagate's hours of heads in flight: hours low, then minutes and milliseconds.

    That is smartctl's `msec24hour32`: hours in the low 32 bits, milliseconds of the hour above.
    """
    return ((minutes * 60_000 + milliseconds) << 32) | hours
