"""Dated prices beside those of parts: what clouds ask, and what power and rack space cost."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated

import tomli
from pydantic import Field, TypeAdapter, model_validator

from podplanner.catalog.bill import CurrencyCode, Exact
from podplanner.catalog.strict import Strict
from podplanner.resources import data_dir
from podplanner.units.quantity import Bytes

NotNegative = Annotated[Exact, Field(ge=0)]


class Band(Strict):
    """A price of one unit, for what lies above the band before and up to its own end."""

    price: NotNegative
    up_to: Bytes | None = None
    """None: without end."""


class Tariff(Strict):
    """What a cloud asks for keeping data a month and for reading it out."""

    name: str
    currency: CurrencyCode
    day: date
    source: str
    sources: Mapping[str, str] = Field(default_factory=dict)
    unit: Bytes
    """Bytes that one price is for."""
    storage: tuple[Band, ...]
    egress: tuple[Band, ...] = ()

    @model_validator(mode="after")
    def _bands_rise_and_end_open(self) -> "Tariff":
        for bands in (self.storage, self.egress):
            ends = [band.up_to for band in bands]
            closed = [end for end in ends[:-1] if end is not None]
            if bands and (ends[-1] is not None or len(closed) != len(ends) - 1):
                raise ValueError("only the last band has no end")
            if closed != sorted(set(closed)):
                raise ValueError("each band ends above the one before")
        return self


def flat(name: str, currency: str, day: date, storage: Decimal, egress: Decimal) -> Tariff:
    """Return a tariff of one's own: one price a decimal GB and month, one a GB read out."""
    return Tariff(
        name=name, currency=currency, day=day, source="given on the command line",
        unit=10**9, storage=(Band(price=storage),), egress=(Band(price=egress),),
    )  # fmt: skip


class Site(Strict):
    """What a place for pods costs."""

    name: str
    currency: CurrencyCode
    day: date
    kwh: NotNegative
    """Of one kilowatt-hour."""
    pue: Annotated[Exact, Field(ge=1)]
    """Power usage effectiveness: power of the whole site over that of its machines."""
    rack_unit_month: NotNegative
    """Of one rack unit for one month."""
    sources: Mapping[str, str] = Field(default_factory=dict)
    assumptions: Mapping[str, str] = Field(default_factory=dict)


_TARIFFS: TypeAdapter[dict[str, Tariff]] = TypeAdapter(dict[str, Tariff])
_SITES: TypeAdapter[dict[str, Site]] = TypeAdapter(dict[str, Site])


def _read(name: str) -> object:
    return tomli.loads((data_dir("bom") / "prices" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def tariffs() -> Mapping[str, Tariff]:
    """Return the shipped tariffs of clouds by name."""
    return _TARIFFS.validate_python(_read("cloud"))


@cache
def typical_site() -> Site:
    """Return the shipped prices of power and space, for where nobody says theirs."""
    return _SITES.validate_python(_read("site"))["typical"]
