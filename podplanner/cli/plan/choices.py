"""Values of options that `plan` commands share: layouts, sizes, drives, ways of starting."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.drive_layout import EXAMPLES, DriveLayout, LayoutError, read_layout
from podplanner.catalog.library import find_part, library
from podplanner.catalog.parts import Drive
from podplanner.errors import WrongUsageError
from podplanner.planning.capacity import LEAST_DRIVE
from podplanner.planning.spin_up import SpinUp, SpinUpError, read_spin_up
from podplanner.units.sizes import SizeError, read_size

LayoutWords = Annotated[
    str | None,
    typer.Option("--layout", metavar="LAYOUT",
                 help="Drive layout (raidz2:15x3, ceph-ec:8+3, ...); the list's own if absent."),
]  # fmt: skip

SpinUpWords = Annotated[
    str,
    typer.Option("--spin-up", metavar="HOW",
                 help="at-once, backplane (one after the other), or so many drives at a time."),
]  # fmt: skip


def layout_option(written: str) -> DriveLayout:
    """Return the layout that `--layout` names.

    Raises:
        WrongUsageError: The words are no layout, or no such layout can be.
    """
    try:
        return read_layout(written)
    except LayoutError as error:
        said = str(error).removeprefix(f"{written}: ").partition("; write it like")[0]
        raise WrongUsageError(
            f"--layout {written}: {said}",
            hint=f"Write it like {', '.join(EXAMPLES[:-1])} or {EXAMPLES[-1]}.",
        ) from error


def bytes_option(option: str, written: str) -> int:
    """Return the bytes that an option gives: `1000000000000`, `1TB` or `1 TiB`; more than 0.

    Raises:
        WrongUsageError: It is no size above 0, or could be one of two.
    """
    hint = "Write it as 1000000000000 (bytes), 1TB (10^12 bytes) or 1TiB (2^40 bytes)."
    try:
        size = read_size(written)
    except SizeError as error:
        raise WrongUsageError(f"{option} {written}: {error}", hint=hint) from error
    if size == 0:
        raise WrongUsageError(f"{option} {written}: give more than 0 bytes", hint=hint)
    return size


def drive_bytes_option(written: str) -> int:
    """Return the size of one drive that `--drive-bytes` gives.

    Raises:
        WrongUsageError: It is no size, or none that a drive has.
    """
    size = bytes_option("--drive-bytes", written)
    if size < LEAST_DRIVE:
        raise WrongUsageError(
            f"--drive-bytes {written}: no drive is below 64 MiB ({LEAST_DRIVE:,} bytes)",
            hint="Write the unit: 4TB is 4 x 10^12 bytes.",
        )
    return size


def drive_option(sku: str) -> Drive:
    """Return the drive of the catalog that `--drive` names.

    Raises:
        UnknownNameError: The part is not in the catalog.
        WrongUsageError: The part is no drive.
    """
    part = find_part(library(), sku)
    if not isinstance(part, Drive):
        raise WrongUsageError(
            f"--drive {sku}: {part.sku} is no drive",
            hint="`podplanner bom parts drive` lists them.",
        )
    return part


def spin_up_option(written: str) -> SpinUp:
    """Return the way in which `--spin-up` starts the drives.

    Raises:
        WrongUsageError: The words say none.
    """
    try:
        return read_spin_up(written)
    except SpinUpError as error:
        raise WrongUsageError(
            f"--spin-up {written}: {error}", hint="Write at-once, backplane or a number such as 5."
        ) from error


def picture_option(option: str, path: Path) -> Path:
    """Return the file for a picture that an option names.

    Raises:
        WrongUsageError: Its name is not that of an SVG file: viewers go by the name.
    """
    if path.suffix.lower() != ".svg":
        raise WrongUsageError(f"{option} {path}: pictures are SVG", hint="Name it like name.svg.")
    return path
