"""A pod with another layout than its list states: what it would be if it were grouped so."""

from dataclasses import replace

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod


def with_layout(pod: Pod, layout: DriveLayout) -> Pod:
    """Return `pod` under `layout`; it is not changed itself."""
    return replace(pod, bill=pod.bill.model_copy(update={"layout": layout.written}))
