"""`plan capacity`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod
from podplanner.cli.bom.opening import Json
from podplanner.cli.console import emit, percent, show, table, wrapped
from podplanner.cli.plan.choices import (
    LayoutWords,
    bytes_option,
    drive_bytes_option,
    drive_option,
    layout_option,
)
from podplanner.cli.plan.opening import open_planned
from podplanner.errors import WrongUsageError
from podplanner.planning.capacity import (
    Capacity,
    CapacityError,
    SettingError,
    capacity_of,
    default_drives,
    drive_bytes,
    holdings_of,
)
from podplanner.units.sizes import tebibytes, terabytes

DriveSku = Annotated[
    str | None, typer.Option("--drive", metavar="SKU", help="Every data drive is this part.")
]
DriveBytes = Annotated[
    str | None,
    typer.Option("--drive-bytes", metavar="SIZE",
                 help="Size of every data drive: 1000000000000 (bytes), 1TB or 1TiB."),
]  # fmt: skip
Drives = Annotated[
    int | None,
    typer.Option("--drives", metavar="N", min=1,
                 help="Data drives of all pods together; by default what the layout takes."),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be reckoned, settled from options and list."""

    layout: DriveLayout
    drives: int
    drive_bytes: int
    assumptions: tuple[str, ...]


def capacity(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Parts list: its layout and data drives are taken."),
    ] = None,
    layout: LayoutWords = None,
    drives: Drives = None,
    drive: DriveSku = None,
    size: DriveBytes = None,
    pods: Annotated[
        int, typer.Option("--pods", metavar="N", min=1, help="Pods alike that hold the drives.")
    ] = 1,
    ashift: Annotated[
        int, typer.Option("--ashift", metavar="N", help="ZFS: 2^N bytes a sector, 9 to 16.")
    ] = 12,
    record_size: Annotated[
        str, typer.Option("--record-size", metavar="SIZE", help="ZFS: recordsize of the data.")
    ] = "128KiB",
    whole_disk: Annotated[
        bool, typer.Option("--whole-disk", help="ZFS: take off the partitions it makes on a disk.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how much a drive layout stores.

    Step by step: what all drives hold, what the layer offers, and how much of it to fill.

    \b
    Examples:
      podplanner plan capacity --layout raidz2:15x3 --drive-bytes 4TB
      podplanner plan capacity pod.toml --layout mdraid6:15x3
      podplanner plan capacity --layout ceph-ec:8+3 --drives 540 --pods 12 --drive-bytes 20TB --json
    """
    wanted = _request(file, layout, drives, drive, size, pods)
    record = bytes_option("--record-size", record_size)
    try:
        found = capacity_of(
            wanted.layout, drives=wanted.drives, drive_bytes=wanted.drive_bytes, pods=pods,
            ashift=ashift, record_bytes=record, whole_disk=whole_disk,
        )  # fmt: skip
    except CapacityError as error:
        raise _impossible(error) from error
    assumptions = (*wanted.assumptions, *found.assumptions)
    if as_json:
        emit("plan-capacity", {
            "layout": wanted.layout.written, "drives": wanted.drives,
            "drive_bytes": wanted.drive_bytes, "pods": pods,
            "raw_bytes": found.raw_bytes, "usable_bytes": found.usable_bytes,
            "recommended_bytes": found.recommended_bytes,
            "steps": [{"name": step.name, "bytes": step.bytes} for step in found.steps],
            "assumptions": list(assumptions),
        })  # fmt: skip
        return
    _show(wanted, pods, found, assumptions)


def _impossible(error: CapacityError) -> WrongUsageError:
    if isinstance(error, SettingError):
        return WrongUsageError(str(error), hint="Change --ashift or --record-size.")
    return WrongUsageError(
        str(error), hint="Change --layout, --drives, --drive or --drive-bytes, or --pods."
    )


def _request(
    file: str | None, layout: str | None, drives: int | None, drive: str | None, size: str | None,
    pods: int,
) -> _Request:  # fmt: skip
    if drive is not None and size is not None:
        raise WrongUsageError(
            "--drive and --drive-bytes both say how large a drive is", hint="Give one of them."
        )
    pod = None if file is None else open_planned(file)
    chosen = _layout(layout, pod)
    try:
        if drive is not None:
            stated = drive_bytes(drive_option(drive))
            assumed = (stated.assumption,) if stated.assumption else ()
            return _Request(chosen, _drives(drives, chosen, pods), stated.bytes, assumed)
        if size is not None:
            given = drive_bytes_option(size)
            return _Request(chosen, _drives(drives, chosen, pods), given, ())
        if pod is None:
            raise WrongUsageError(
                "how large is a drive?",
                hint="Give --drive-bytes 4TB, --drive SKU, or a parts list with data drives.",
            )
        held = holdings_of(pod)
    except CapacityError as error:
        raise WrongUsageError(
            str(error), hint="Give --drives and --drive-bytes, or correct the list."
        ) from error
    number = held.in_pods(pods) if drives is None else drives
    return _Request(chosen, number, held.drive_bytes, held.assumptions)


def _layout(written: str | None, pod: Pod | None) -> DriveLayout:
    if written is None and pod is not None:
        written = pod.bill.layout
    if written is None:
        raise WrongUsageError(
            "no drive layout is given",
            hint="Give --layout, such as raidz2:15x3, or write `layout` into the list.",
        )
    return layout_option(written)


def _drives(given: int | None, layout: DriveLayout, pods: int) -> int:
    number = default_drives(layout, pods) if given is None else given
    if number is None:
        raise WrongUsageError(
            f"{layout} spreads over any number of drives: how many are there?",
            hint="Give --drives, of all pods together.",
        )
    return number


def _show(wanted: _Request, pods: int, found: Capacity, assumptions: tuple[str, ...]) -> None:
    where = "" if pods == 1 else f" in {pods} pods"
    show(f"{wanted.layout}: {wanted.drives:,} x {wanted.drive_bytes:,} bytes{where}")
    show()
    rows = [
        (step.name, f"{step.bytes:,}", f"{terabytes(step.bytes):.2f}",
         f"{tebibytes(step.bytes):.2f}", percent(found.share(step)))
        for step in found.steps
    ]  # fmt: skip
    show(table(rows, ("step", "bytes left", "TB", "TiB", "of raw"), right=(1, 2, 3, 4)))
    show()
    show(f"usable       {found.usable_bytes:,} bytes")
    show(f"recommended  {found.recommended_bytes:,} bytes")
    show()
    for assumption in assumptions:
        show("- " + wrapped(assumption, 2))
