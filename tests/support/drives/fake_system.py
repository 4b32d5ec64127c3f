"""A machine in a folder: /dev and /sys as Linux lays them out, with drives that are plain files."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class System:
    """A folder to pass as `--root`."""

    root: Path

    def drive(
        self, name: str, serial: str | None = None, *, path: str | None = None,
        model: str = "ST4000DM000-1F2168", size: int = 1 << 20,
    ) -> Path:  # fmt: skip
        """Plug a drive in; what it holds is a sparse file."""
        file = self.root / "dev" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.truncate(size)
        folder = self.root / "sys" / "block" / name
        device = folder / "device"
        device.mkdir(parents=True)
        (folder / "size").write_text(f"{size // 512}\n")
        if name.startswith("nvme"):
            (device / "model").write_text(f"{model:<40}\n")
            if serial is not None:
                (device / "serial").write_text(f"{serial:<20}\n")
        else:
            (device / "model").write_text(f"{model[:16]:<16}\n")
            if serial is not None:
                page = f"{serial:>20}".encode()
                (device / "vpd_pg80").write_bytes(b"\0\x80\0" + bytes([len(page)]) + page)
            if serial is not None:
                self.link("by-id", f"ata-{model}_{serial}".replace(" ", "_"), name)
        if path is not None:
            self.link("by-path", path, name)
        return file

    def link(self, kind: str, link: str, name: str) -> None:
        """Make a link as udev does: of two drives of one name the last has it."""
        folder = self.root / "dev" / "disk" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / link).unlink(missing_ok=True)
        (folder / link).symlink_to(f"../../{name}")

    def slot(
        self, enclosure: str, slot: str, name: str | None = None, *, number: int = 0,
        identity: str | None = "0x500304801f2a3b7f",
    ) -> Path:  # fmt: skip
        """Add a slot of an enclosure, with a drive in it or none; return its light."""
        top = self.root / "sys" / "class" / "enclosure" / enclosure
        folder = top / slot
        folder.mkdir(parents=True)
        (top / "power").mkdir(exist_ok=True)
        (top / "components").write_text("24\n")
        if identity is not None:
            (top / "id").write_text(f"{identity}\n")
        for file, text in (("status", "OK"), ("slot", str(number)), ("locate", "0"),
                           ("fault", "0"), ("type", "array device")):  # fmt: skip
            (folder / file).write_text(f"{text}\n")
        if name is not None:
            block = self.root / "sys" / "devices" / name / "block" / name
            block.mkdir(parents=True)
            (folder / "device").symlink_to(block.parent.parent)
        return folder / "locate"

    def unplug(self, name: str) -> None:
        """Pull a drive: its device, its folder and its links go."""
        (self.root / "dev" / name).unlink()
        folder = self.root / "sys" / "block" / name
        folder.rename(folder.parent.parent / f"gone-{name}-{os.getpid()}")
        for link in (self.root / "dev" / "disk").rglob("*"):
            if link.is_symlink() and link.readlink().name == name:
                link.unlink()
