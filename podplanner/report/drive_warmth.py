"""How warm the drives of a pod are, against their own limits."""

from collections.abc import Iterator, Sequence

from podplanner.report.drive_chart import MOST_SPOTS, Spot, temperature_chart
from podplanner.report.drive_values import DriveEntry, TemperatureSection
from podplanner.report.drive_words import believed
from podplanner.report.wording import listed, plural


def temperature_section(drives: Sequence[DriveEntry]) -> TemperatureSection:
    """Return how warm drives are, in whatever order they come."""
    warm = [d for d in drives if believed(d.temperature_c)]
    cold = [d for d in drives if not believed(d.temperature_c)]
    unsaid = ""
    if cold:
        names = listed(tuple(drive.place for drive in cold), 12)
        unsaid = f"{plural(len(cold), 'drive')} without a temperature: {names}."
    if not warm:
        return TemperatureSection("No drive says how warm it is.", (), "", "", None, unsaid)
    hottest = max(warm, key=lambda d: d.temperature_c or 0)
    limited = [d for d in warm if believed(d.limit_c)]
    nearest = min(limited, key=_room, default=None)
    drawn = sorted(sorted(warm, key=_nearness)[:MOST_SPOTS], key=_standing)
    marked = {hottest.anchor} if nearest is None else {hottest.anchor, nearest.anchor}
    foot = "drives by name" if all(drive.bay is None for drive in drawn) else "bay"
    chart = temperature_chart(
        [_spot(drive, marked) for drive in drawn], name="temperatures",
        title="Temperature of each drive against its own limit",
        description=" ".join(_headlines(hottest, nearest)), foot=foot,
    )  # fmt: skip
    note = "Dots: temperature now. Bars above them: the limit that the drive itself gives."
    if len(drawn) < len(warm):
        note += f" Drawn are the {len(drawn)} drives nearest to their limits."
    return TemperatureSection("", tuple(_headlines(hottest, nearest)), chart, note, hottest, unsaid)


def _room(drive: DriveEntry) -> int:
    """Return how many degrees are left to the limit."""
    return (drive.limit_c or 0) - (drive.temperature_c or 0)


def _nearness(drive: DriveEntry) -> tuple[bool, int]:
    known = believed(drive.limit_c)
    return not known, _room(drive) if known else -(drive.temperature_c or 0)


def _standing(drive: DriveEntry) -> tuple[bool, int, str]:
    """Order drives by bay; those without one stand behind, by device."""
    return drive.bay is None, drive.bay or 0, drive.place


def _spot(drive: DriveEntry, marked: set[str]) -> Spot:
    words = f"{drive.place}: {drive.temperature_c} °C" if drive.anchor in marked else ""
    limit = drive.limit_c if believed(drive.limit_c) else None
    return Spot(drive.bay, drive.temperature_c or 0, limit, drive.heat, words)


def _headlines(hottest: DriveEntry, nearest: DriveEntry | None) -> Iterator[str]:
    yield f"The hottest is {_at(hottest)} with {hottest.temperature}."
    if nearest is None:
        yield "No drive says at which temperature it may still work."
        return
    room = _room(nearest)
    if nearest is hottest:
        where = f"{-room} °C above its limit" if room < 0 else \
            f"nearest to its limit, {room} °C below it"  # fmt: skip
        yield f"It is also {where}."
    elif room < 0:
        yield f"Above its limit by {-room} °C is {_at(nearest)} ({nearest.temperature})."
    else:
        yield f"Nearest to its limit is {_at(nearest)}, {room} °C below it ({nearest.temperature})."


def _at(drive: DriveEntry) -> str:
    return drive.place if drive.place == drive.name else f"{drive.place} ({drive.name})"
