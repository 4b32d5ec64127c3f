"""Where the system sees its drives: names by path, slots of enclosures, serial numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from podplanner.drives.bays.ports import is_shared

_CONTROLLER = re.compile(r"(/dev/nvme\d+)(n\d+)?")


@dataclass(frozen=True, slots=True)
class SeenDrive:
    """A drive as the kernel lists it, without asking the drive.

    Attributes:
        device: `/dev/sda`.
        serial, model: What the kernel read when the drive came; None where it keeps none.
    """

    device: str
    serial: str | None = None
    model: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of an enclosure.

    Attributes:
        enclosure: Its name (`0:0:24:0`), which may change at every start.
        identity: Its `id` (`0x500304801f2a3b7f`), which stays; None where it tells none.
        name: The slot's folder (`Slot 04`, `ArrayDevice03`, `4`), unique in its enclosure.
        device: The drive in it; None: none, or the enclosure does not say.
        locate: File that turns its light on and off; None where there is none.
    """

    enclosure: str
    identity: str | None
    name: str
    device: str | None = None
    locate: Path | None = None

    @property
    def written(self) -> str:
        """Return it as a bay map has it, by the name that stays where there is one."""
        return f"{self.identity or self.enclosure}/{self.name}"

    def is_called(self, written: str) -> bool:
        """Return whether a bay map means this slot."""
        names = (self.enclosure, self.identity)
        return any(name is not None and f"{name}/{self.name}" == written for name in names)


@dataclass(frozen=True, slots=True)
class Places:
    """What the system says of where its drives are.

    Attributes:
        links: Name under /dev/disk/by-path -> device.
        slots: In the order of enclosures and slots.
        drives: In the order of devices.
        names: Other names of devices (`/dev/disk/by-id/...`) -> device.
    """

    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    slots: tuple[Slot, ...] = ()
    drives: tuple[SeenDrive, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def device_of(self, name: str) -> str:
        """Return the device of a name: of a link its target, of an NVMe controller its disk."""
        device = self.names.get(name, name)
        if (found := _CONTROLLER.fullmatch(device)) and found[2] is None:
            known = {*self.links.values(), *(drive.device for drive in self.drives)}
            return next((d for d in sorted(known) if d.startswith(f"{device}n")), device)
        return device

    def paths_of(self, device: str) -> tuple[str, ...]:
        """Return the names by path of a device that mean no other one, the fullest first."""
        device = self.device_of(device)
        found = (name for name, target in self.links.items() if target == device)
        alone = (name for name in found if not is_shared(name, self.links))
        return tuple(sorted(alone, key=lambda name: (-len(name), name)))

    def path_of(self, device: str) -> str | None:
        """Return the name by path to note for a device; None where it has none of its own."""
        return next(iter(self.paths_of(device)), None)

    def slot_of(self, device: str) -> Slot | None:
        """Return the slot that says it holds a device."""
        device = self.device_of(device)
        return next((slot for slot in self.slots if slot.device == device), None)

    def drive(self, device: str) -> SeenDrive | None:
        """Return what the kernel lists of a device; None: it lists no such drive."""
        device = self.device_of(device)
        return next((drive for drive in self.drives if drive.device == device), None)


NOWHERE = Places()
"""Of drives of another machine: recordings have no places here."""
