"""The figures of parts that are assumed, each with its value and the reason that was given."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import get_args

from podplanner.catalog.parts import Drive, Part, Share
from podplanner.report.plan_values import AssumedPart, Assumption, NamedFigure
from podplanner.report.wording import money_words, plural
from podplanner.units.money import Money
from podplanner.units.numbers import percentage, plain
from podplanner.units.quantity import (
    Amps,
    Bytes,
    BytesPerSecond,
    Gigabits,
    Kilograms,
    Millimetres,
    Volts,
    Watts,
    say_bytes,
)

_UNITS = (
    (Watts, "W"), (Amps, "A"), (Volts, "V"), (Millimetres, "mm"), (Gigabits, "Gb/s"),
    (Kilograms, "kg"),
)  # fmt: skip


def assumed_parts(parts: Iterable[Part]) -> Iterator[AssumedPart]:
    """Yield what is assumed of each of `parts`, each part once, in their order."""
    for part in {part.sku: part for part in parts}.values():
        if not part.assumptions:
            continue
        by_reason: dict[str, list[NamedFigure]] = {}
        for name, why in part.assumptions.items():
            figure = NamedFigure(name.replace("_", " "), figure_words(part, name))
            by_reason.setdefault(why, []).append(figure)
        yield AssumedPart(
            part.sku, part.title, part.assumed_on, plural(len(part.assumptions), "figure"),
            tuple(Assumption(tuple(figures), why) for why, figures in by_reason.items()),
        )  # fmt: skip


def figure_words(part: Part, name: str) -> str:
    """Return a figure of a part as a person writes it; empty where it is no single one."""
    value = getattr(part, name, None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int):
        return _number(part, name, value)
    if isinstance(value, tuple) and all(isinstance(word, str) for word in value):
        return ", ".join(value)
    return value if isinstance(value, str) else ""


def _number(part: Part, name: str, value: Decimal | int) -> str:
    if name == "price":
        return money_words(Money(Decimal(value), part.price_currency))
    kind = _kind(part, name)
    if kind is Bytes:
        # Memory is sold in binary sizes, drives in decimal ones.
        return (
            say_bytes(int(value))
            if isinstance(part, Drive)
            else f"{plain(Decimal(value) / 2**30)} GiB"
        )
    if kind is BytesPerSecond:
        return f"{plain(Decimal(value) / 10**6)} MB/s"
    if kind is Share:
        return percentage(Decimal(value))
    unit = next((unit for known, unit in _UNITS if kind is known), "")
    # Errors per bit have no use for three decimals.
    words = f"{value:E}" if isinstance(value, Decimal) and 0 < value < _TINY else plain(value, 3)
    return f"{words} {unit}" if unit else words


_TINY = Decimal("0.001")


def _kind(part: Part, name: str) -> object:
    """Return the sort of quantity that a field of a part holds."""
    known = (Bytes, BytesPerSecond, Share, *(kind for kind, _ in _UNITS))
    field = type(part).__annotations__.get(name)
    return next((kind for kind in known if kind in (field, *get_args(field))), None)
