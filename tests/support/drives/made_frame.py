"""What every document of smartctl has in common: the block about smartctl itself, and the device.

All drives that are made here are invented: models follow the makers' patterns, serial numbers are
computed from the device's name, and no value was read from a real drive.
"""

import zlib
from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]
Version = tuple[int, int]

NEWEST: Version = (7, 5)
NOON = 1_767_268_800
"""2026-01-01 12:00 UTC, when made documents were read unless one says otherwise."""

_REVISIONS = {0: "4883", 1: "5022", 2: "5155", 3: "5338", 4: "5530", 5: "5714"}
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def frame(
    device: str,
    *,
    version: Version | None,
    exit_status: int,
    local_time: int | None = NOON,
    messages: Sequence[tuple[str, str]] = (),
    options: Sequence[str] = ("--json", "--xall"),
) -> Document:
    """Return what stands in front of every document; `version` None: a wrapper took it away.

    `messages` are pairs of a text and a severity (`information`, `warning`, `error`).
    """
    found: Document = {"json_format_version": [1, 0]}
    if version is not None:
        block: Document = {"version": list(version)}
        if version >= (7, 4):
            block["pre_release"] = False
        block |= {
            "svn_revision": _REVISIONS.get(version[1], "5714"),
            "platform_info": "x86_64-linux-6.1.0-30-amd64",
            "build_info": "(local build)",
            "argv": ["smartctl", *options, device],
        }
        if messages:
            block["messages"] = [{"string": text, "severity": kind} for text, kind in messages]
        found["smartctl"] = block | {"exit_status": exit_status}
    if local_time is not None:
        found["local_time"] = {"time_t": local_time, "asctime": "Thu Jan  1 12:00:00 2026 UTC"}
    return found


def device_block(device: str, kind: str, protocol: str) -> Document:
    """Return the block `device`."""
    info = f"{device} [SAT]" if kind.startswith("sat") else device
    return {"device": {"name": device, "info_name": info, "type": kind, "protocol": protocol}}


def support_block(version: Version | None) -> Document:
    """Return the block `smart_support`, which 7.2 and older did not write."""
    if version is None or version < (7, 3):
        return {}
    return {"smart_support": {"available": True, "enabled": True}}


def invented_serial(seed: str, pattern: str) -> str:
    """Return a serial number of a maker's form: `#` in `pattern` is a letter or a figure."""
    state = zlib.crc32(seed.encode()) or 1
    found = ""
    for mark in pattern:
        if mark == "#":
            state = (state * 1_103_515_245 + 12_345) % 2**31
            found += _ALPHABET[(state >> 8) % len(_ALPHABET)]
        else:
            found += mark
    return found


def capacity_block(capacity: int, logical: int = 512) -> Document:
    """Return the block `user_capacity`, in bytes and blocks."""
    return {
        "user_capacity": {"blocks": capacity // logical, "bytes": capacity},
        "logical_block_size": logical,
    }
