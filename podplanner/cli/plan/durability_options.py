"""What the options of `plan durability` mean, read into one question."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Drive
from podplanner.catalog.readers.source import load
from podplanner.cli.plan.choices import drive_bytes_option, drive_option, layout_option
from podplanner.errors import FormatError, WrongUsageError
from podplanner.planning.durability.answer import Question
from podplanner.planning.durability.losses import Stress, read_error_probability
from podplanner.planning.durability.rate import (
    AnnualFailureRate,
    RateError,
    rate_of_drive,
    read_rate,
    read_share,
)
from podplanner.planning.durability.rebuild import (
    DurationError,
    Rebuild,
    drive_share_of,
    read_hours,
    read_speed,
    rebuild_of,
    stated_rebuild,
)
from podplanner.planning.durability.report_file import read_report
from podplanner.planning.durability.spread import Spread, groups_of, plain_groups

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Options that say which drives form which groups."""

    data: int | None
    parity: int | None
    groups: int | None
    layout: str | None
    drives: int | None
    pods: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Options that say how long a rebuild takes."""

    rebuild: str | None
    rate: str | None
    delay: str | None


@dataclass(frozen=True, slots=True)
class Correlated:
    """Options that make it worse."""

    ure: str | None
    batch: float
    common_cause: str
    pod_loss: str


@dataclass(frozen=True, slots=True)
class Asked:
    """All options but those of the simulation, as they were typed."""

    shape: Shape
    waiting: Waiting
    correlated: Correlated
    drive: str | None
    drive_bytes: str | None
    afr: str | None
    afr_from: Path | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A question, and what of its options is printed beside the answer.

    Attributes:
        read_bytes: Bytes that the rebuild of one drive reads; None when they do not matter.
    """

    question: Question
    layout: DriveLayout | None
    drive: Drive | None
    drive_bytes: int | None
    read_bytes: int | None


def ask(asked: Asked) -> Settled:
    """Return the question that the options put.

    Raises:
        PodplannerError: One of them cannot be, or they do not go together.
    """
    layout, spread, per_pod = _spread(asked.shape)
    drive = None if asked.drive is None else drive_option(asked.drive)
    size = _drive_bytes(asked.drive_bytes, drive)
    rebuild = _rebuild(asked.waiting, layout, drive, size, per_pod, asked.shape.pods)
    data = layout.data if layout is not None else spread.drives - spread.parity
    read = None if size is None else data * size
    question = Question(
        spread, asked.shape.pods, _rate(asked, drive), rebuild, _stress(asked, drive, read)
    )
    return Settled(question, layout, drive, size, read)


def _spread(shape: Shape) -> tuple[DriveLayout | None, Spread, int]:
    for option, value, least in (
        ("--data", shape.data, 1), ("--parity", shape.parity, 0), ("--groups", shape.groups, 1),
        ("--drives", shape.drives, 1), ("--pods", shape.pods, 1),
    ):  # fmt: skip
        if value is not None and not least <= value <= _MOST:
            raise WrongUsageError(
                f"{option} {value}: it is at least {least} and at most {_MOST:,}",
                hint="Give a whole number.",
            )
    if shape.layout is not None:
        return _layout(shape, shape.layout)
    if shape.data is None or shape.parity is None:
        raise WrongUsageError(
            "which drives protect each other is not said",
            hint="Give --data 17 --parity 3, or --layout raidz2:15x3.",
        )
    if shape.drives is not None:
        raise WrongUsageError(
            "--drives goes with --layout", hint="Say --groups N with --data and --parity."
        )
    if shape.data + shape.parity > _MOST_IN_GROUP:
        raise WrongUsageError(
            f"--data {shape.data} --parity {shape.parity}: a group has at most "
            f"{_MOST_IN_GROUP:,} drives",
            hint="Give the drives of one group; --groups says how many there are.",
        )
    try:
        spread = plain_groups(
            data=shape.data, parity=shape.parity, groups=shape.groups or 1, pods=shape.pods
        )
    except ValueError as error:
        raise WrongUsageError(
            f"--pods {shape.pods}: {error}", hint="Give at most one pod for each drive of a group."
        ) from error
    return None, spread, spread.drives * spread.count


_MOST_IN_GROUP = 1_000


def _layout(shape: Shape, written: str) -> tuple[DriveLayout, Spread, int]:
    for option, value in (
        ("--data", shape.data), ("--parity", shape.parity), ("--groups", shape.groups)
    ):  # fmt: skip
        if value is not None:
            raise WrongUsageError(
                f"{option} and --layout say the same thing twice", hint="Give one of them."
            )
    layout = layout_option(written)
    drives = shape.drives
    if drives is None:
        if layout.drives is None:
            raise WrongUsageError(
                f"--layout {layout} spreads over any number of drives",
                hint="Say how many there are in all pods, with --drives.",
            )
        drives = layout.drives * shape.pods
    if drives % shape.pods:
        raise WrongUsageError(
            f"--drives {drives} --pods {shape.pods}: the pods would not be alike",
            hint="Give a multiple of the pods.",
        )
    try:
        return (
            layout,
            groups_of(layout, drives=drives // shape.pods, pods=shape.pods),
            drives // shape.pods,
        )
    except ValueError as error:
        raise WrongUsageError(
            f"--drives {drives}: {error}", hint="Give more drives, or a smaller layout."
        ) from error


def _drive_bytes(written: str | None, drive: Drive | None) -> int | None:
    if written is not None:
        return drive_bytes_option(written)
    return None if drive is None else (drive.exact_bytes or drive.capacity)


def _rate(asked: Asked, drive: Drive | None) -> AnnualFailureRate:
    if asked.afr is not None and asked.afr_from is not None:
        raise WrongUsageError("--afr and --afr-from say the same thing", hint="Give one of them.")
    if asked.afr is not None:
        return AnnualFailureRate(rate_option("--afr", asked.afr), None, None, "--afr")
    if asked.afr_from is not None:
        source = load(asked.afr_from)
        try:
            return read_report(source.data.decode("utf-8-sig", "replace"), source.name)
        except RateError as error:
            raise FormatError(
                f"{source.name} is no drive report: {error}",
                hint='It needs {"schema": "podplanner/drive-report/1", '
                '"afr": {"failures": 12, "drive_days": 250000}}.',
            ) from error
    if drive is not None and (known := rate_of_drive(drive)) is not None:
        return known
    whose = "" if drive is None else f" of {drive.sku}"
    raise WrongUsageError(f"the failure rate{whose} is not known", hint="Give it with --afr 1.57%.")


def rate_option(option: str, written: str) -> float:
    """Return the failures per drive-year that an option gives, or say what is wrong."""
    try:
        return read_rate(written)
    except RateError as error:
        raise WrongUsageError(
            f"{option} {written}: {error}",
            hint="Write failures per drive-year as 1.57% or 0.0157.",
        ) from error


def hours_option(option: str, written: str) -> float:
    """Return the hours that an option gives, or say what is wrong."""
    try:
        return read_hours(written)
    except DurationError as error:
        raise WrongUsageError(
            f"{option} {written}: {error}", hint="Write it as 6.5d, 156h, 2h30m or 90m."
        ) from error


def _rebuild(
    waiting: Waiting, layout: DriveLayout | None, drive: Drive | None, size: int | None,
    drives: int, pods: int,
) -> Rebuild:  # fmt: skip
    if waiting.rebuild is not None:
        if waiting.rate is not None or waiting.delay is not None:
            raise WrongUsageError(
                "--rebuild is the whole time from the failure on",
                hint="Give --rebuild, or --rebuild-rate with --delay.",
            )
        try:
            return stated_rebuild(hours_option("--rebuild", waiting.rebuild))
        except DurationError as error:
            raise WrongUsageError(
                f"--rebuild {waiting.rebuild}: {error}", hint="Give less than a year."
            ) from error
    delay = None if waiting.delay is None else hours_option("--delay", waiting.delay)
    if waiting.rate is not None:
        try:
            rate = read_speed(waiting.rate)
        except ValueError as error:
            raise WrongUsageError(
                f"--rebuild-rate {waiting.rate}: {error}", hint="Write it as 100MB/s."
            ) from error
        assumed: tuple[str, ...] = ()
    elif drive is not None and (share := drive_share_of(drive)) is not None:
        rate, assumed = share
    else:
        raise WrongUsageError(
            "how long a rebuild takes is not said",
            hint="Give --rebuild 3d, or --rebuild-rate 100MB/s with the size of a drive.",
        )
    if size is None:
        raise WrongUsageError(
            "the size of a drive is not known", hint="Give --drive-bytes 20TB, or --drive SKU."
        )
    try:
        return rebuild_of(
            layout, drive_bytes=size, rate=rate, drives=drives, pods=pods, delay_h=delay,
            assumed=assumed,
        )  # fmt: skip
    except DurationError as error:
        raise WrongUsageError(
            f"the rebuild cannot be reckoned: {error}", hint="Give a higher --rebuild-rate."
        ) from error


def _stress(asked: Asked, drive: Drive | None, read: int | None) -> Stress:
    options = asked.correlated
    if not (options.batch >= 1 and isfinite(options.batch)):
        raise WrongUsageError(
            f"--batch-factor {options.batch:g}: it is at least 1, which is no effect",
            hint="Give how many times as often the others fail.",
        )
    try:
        common = read_share(options.common_cause)
    except RateError as error:
        raise WrongUsageError(
            f"--common-cause {options.common_cause}: {error}", hint="Write a share: 1% or 0.01."
        ) from error
    errors = None if options.ure is None else _errors_per_bit(options.ure, drive)
    if errors and read is None:
        raise WrongUsageError(
            "--ure needs the size of a drive", hint="Give --drive-bytes 20TB, or --drive SKU."
        )
    chance = read_error_probability(read, errors) if errors and read is not None else 0.0
    return Stress(chance, options.batch, common, rate_option("--pod-loss", options.pod_loss))


def _errors_per_bit(written: str, drive: Drive | None) -> float:
    if written == "stated":
        if drive is None or drive.unrecoverable is None:
            raise WrongUsageError(
                "--ure stated: no drive states it", hint="Give --drive SKU, or a number: 1e-15."
            )
        return float(drive.unrecoverable)
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not 0 <= value < _MOST_ERRORS:
        raise WrongUsageError(
            f"--ure {written}: it is errors per bit read, from 0 to {_MOST_ERRORS:g}",
            hint="Write 1e-15 (one error in 10^15 bits), or `stated` for the data sheet's.",
        )
    return value


_MOST_ERRORS = 1e-6
# Data sheets say 1e-14 to 1e-17. 15 instead of 1e-15 is a slip of the finger.
