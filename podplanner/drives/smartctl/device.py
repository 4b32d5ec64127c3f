"""What smartctl is asked about: the name of a device, and how the drive is attached to it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from podplanner.drives.reading import Protocol
from podplanner.errors import WrongUsageError

_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_,+/.-]{0,63}")
# What smartctl(8) lists under -d: `sat`, `megaraid,14`, `sat+megaraid,3`, `aacraid,0,0,1`,
# `areca,2/1`, `usbjmicron,p,x,1`, `jmb39x-q,0`. None begins with a dash.
_LONGEST_NAME = 4_096
# PATH_MAX of Linux.


@dataclass(frozen=True, slots=True)
class Device:
    """One drive's address: several drives may share a name, and differ by type.

    Attributes:
        name: `/dev/sda`; as smartctl takes it.
        type: Its `-d`; None: smartctl finds out by itself.
        info: How smartctl names it for people; empty: as `name`.
        error: Why it could not be opened; empty: it could, or that was not tried.
    """

    name: str
    type: str | None = None
    protocol: Protocol = Protocol.UNKNOWN
    info: str = ""
    error: str = ""


def sources_of(devices: Sequence[Device]) -> tuple[str, ...]:
    """Return what each device's reading is called, no two the same.

    That is its name; with its type where the type says which of several drives it is.

    >>> sources_of((Device("/dev/sda", "sat"), Device("/dev/bus/0", "megaraid,3")))
    ('/dev/sda', '/dev/bus/0 -d megaraid,3')
    """
    named = Counter(device.name for device in devices)
    return tuple(
        f"{device.name} -d {device.type}"
        if device.type is not None and ("," in device.type or named[device.name] > 1)
        else device.name
        for device in devices
    )


def devices_of(names: Sequence[str], types: Sequence[str] = ()) -> tuple[Device, ...]:
    """Return every device that is meant by names and types as they were typed, each once.

    One type goes to all names; several to one name are as many drives behind it.

    Raises:
        WrongUsageError: A name or type that smartctl would take for an option, or that cannot be
            one; several types for several names.
    """
    for name in names:
        _refuse_bad_name(name)
    for type_ in types:
        if not _TYPE.fullmatch(type_):
            raise WrongUsageError(
                f"--type {type_!r} is no type of device",
                hint="Give one as smartctl's -d takes it: sat, nvme, megaraid,3.",
            )
    one_type = dict.fromkeys(types)
    if len(one_type) > 1 and len(dict.fromkeys(names)) > 1:
        raise WrongUsageError(
            f"{len(one_type)} types and {len(dict.fromkeys(names))} devices: "
            "which belongs to which is not said",
            hint="Name one device with several types, or several devices with one.",
        )
    return tuple(
        Device(name, type_) for name in dict.fromkeys(names) for type_ in one_type or [None]
    )


def _refuse_bad_name(name: str) -> None:
    if not name.strip():
        raise WrongUsageError("an empty name is no device", hint="Name a drive, such as /dev/sda.")
    if name.startswith("-"):
        raise WrongUsageError(
            f"{name!r} would be an option to smartctl, not a device",
            hint="Name a drive, such as /dev/sda.",
        )
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise WrongUsageError(
            f"{name[:40]!r} is no name of a device: it is too long, or not printable",
            hint="Name a drive, such as /dev/sda.",
        )
