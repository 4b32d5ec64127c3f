"""Which figures of a pod's parts its bandwidth rests on, and which of them are assumptions."""

from collections.abc import Iterator, Mapping

from podplanner.catalog.pod import Pod

_USED: Mapping[str, tuple[str, ...]] = {
    "drive": ("sustained_rate", "interface", "interface_rate"),
    "backplane": (
        "ports", "host_ports", "host_connectors", "fanout", "interface", "drive_rate", "host_rate",
    ),
    "adapter": (
        "ports", "connectors", "interface", "port_rate", "fis_switching", "pcie_lanes",
        "pcie_generation", "pcie_size",
    ),
    "board": (
        "slots", "chipset_lanes", "chipset_generation", "sata_ports", "sata_rate", "fis_switching",
        "lan_ports", "lan_rate",
    ),
    "nic": ("ports", "gigabits", "pcie_lanes", "pcie_generation"),
}  # fmt: skip
"""Kind -> the figures that `plan bandwidth` reads."""


def assumed_figures(pod: Pod) -> Iterator[str]:
    """Yield a sentence for every part some of whose figures are assumptions."""
    for part in {item.part.sku: item.part for item in pod.items if item.part}.values():
        assumed = [name for name in _USED.get(part.kind, ()) if name in part.assumptions]
        if assumed:
            names = ", ".join(name.replace("_", " ") for name in assumed)
            yield f"Assumed of {part.sku}: {names} (its part file says why)."
