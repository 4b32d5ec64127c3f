"""Bills of materials: what a parts list says, kept apart from what we make of it.

Every amount is kept with the digits that were printed: `Decimal("269.00")` has a printing step
of 0.01, and the checks reason with that step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.strict import Strict
from podplanner.units.money import Money, trimmed

SCHEMA = "podplanner/bill/1"

MAX_DIGITS = 18
# An amount or a count beyond 10**18, or finer than 10**-18, is a misread cell, not a purchase.


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file: rows and columns count from 1, None is unknown."""

    file: str
    row: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Write `pods.csv, row 5, column 3`, leaving out what is unknown."""
        row = "" if self.row is None else f", row {self.row}"
        return f"{self.file}{row}" + ("" if self.column is None else f", column {self.column}")


def in_range(number: Decimal) -> bool:
    """Return whether a finite number has at most 18 digits before its point and 18 behind it."""
    exponent = int(number.as_tuple().exponent)
    return -MAX_DIGITS <= exponent < MAX_DIGITS and number.adjusted() < MAX_DIGITS


def _number(value: Any) -> Any:  # noqa: ANN401
    """Take numbers as TOML, JSON or a person writes them, exactly, and refuse the rest."""
    if isinstance(value, bool):
        raise ValueError("write a number, not true or false")
    if isinstance(value, list | tuple):
        raise ValueError("write a number, not a list")
    if isinstance(value, float):
        value = repr(value)
    try:
        number = value if isinstance(value, Decimal) else Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value} is not a number")
    if not in_range(number):
        raise ValueError("the number is out of range")
    return number


Exact = Annotated[Decimal, BeforeValidator(_number)]
"""A decimal number that keeps the digits as written."""
Count = Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
"""How many, or how much, of a thing: never negative, and may be a fraction (half a roll)."""
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""


class Reading(Strict):
    """Another way in which a printed row can be read as well as the one that was kept."""

    title: str
    quantity: Count
    unit_price: Exact | None = None
    total: Exact | None = None


class Line(Strict):
    """A part, or free text, with what the list says of its quantity and price."""

    id: str = Field(pattern=r"^[^\s.:=]+$")
    """What links and commands call the line: no spaces, and none of the signs `.`, `:`, `=`."""
    part: str | None = None
    """SKU of the catalog part that this line is."""
    matched: Literal["exact", "likely"] | None = None
    """How sure an automatic match is; None when a person wrote `part`."""
    title: str = ""
    description: str = ""
    maker: str | None = None
    mpn: str | None = None
    """The part number as printed."""
    category: str | None = None
    section: str | None = None
    quantity: Count | None = None
    unit: str | None = None
    """What the quantity counts, where that is not pieces (`m`, `roll`)."""
    unit_price: Exact | None = None
    discount_percent: Exact | None = None
    total: Exact | None = None
    currency: CurrencyCode | None = None
    """Only where it differs from the bill's."""
    approximate: bool = False
    """The list itself calls the amount approximate (`~350`)."""
    price_date: date | None = None
    vendor: str | None = None
    link: str | None = None
    note: str = ""
    spares: Count | None = None
    """Further pieces to buy for the whole order, however many pods it is for."""
    bill: str | None = None
    """Path of another bill, relative to this one, of which `quantity` are bought."""
    contents: "BillOfMaterials | None" = Field(default=None, exclude=True)
    """That other bill, once read; never written."""
    readings: tuple[Reading, ...] = ()
    place: Place | None = Field(default=None, exclude=True)

    @property
    def name(self) -> str:
        """Return what to call the line in a sentence."""
        return self.title or self.description or self.part or self.id

    @property
    def text(self) -> str:
        """Return everything that the list says about what the line is."""
        return " ".join(t for t in (self.title, self.description, self.maker, self.mpn) if t)

    @property
    def computed(self) -> Decimal | None:
        """Return quantity x unit price, less the line's discount; None where one is unknown."""
        if self.quantity is None or self.unit_price is None:
            return None
        gross = self.quantity * self.unit_price
        if self.discount_percent is None:
            return trimmed(gross)
        return trimmed(gross * (100 - self.discount_percent) / 100)

    @property
    def amount(self) -> Decimal | None:
        """Return what the line costs: the stated total, else quantity x unit price."""
        return self.total if self.total is not None else self.computed


class Section(Strict):
    """A named group of lines, with the subtotal that the list prints for it."""

    name: str
    stated_total: Exact | None = None
    place: Place | None = Field(default=None, exclude=True)


class Charge(Strict):
    """Shipping, tax, a fee or a discount: in the total, not among the parts."""

    kind: Literal["shipping", "tax", "fee", "discount", "rounding"]
    title: str
    amount: Exact | None = None
    """Negative for a discount."""
    percent: Exact | None = None
    currency: CurrencyCode | None = None
    section: str | None = None
    included: bool = False
    """Already inside the other amounts (`incl. 19 % VAT`): said, not added."""
    place: Place | None = Field(default=None, exclude=True)


class Link(Strict):
    """A connection between two lines: data, power, or both.

    An end is `id`, `id.N` (the Nth piece, from 1) or `id.N:P` (its port P).
    """

    start: str | None = Field(default=None, alias="from")
    end: str = Field(alias="to")
    power: str | None = None

    @model_validator(mode="after")
    def _joins_something(self) -> "Link":
        if self.start is None and self.power is None:
            raise ValueError("a link needs `from` or `power` beside `to`")
        return self


class Quote(Strict):
    """What one vendor asks for one part on one day."""

    part: str = Field(min_length=1)
    """Part number, or the id of a line."""
    vendor: str | None = None
    day: date | None = Field(default=None, alias="date")
    valid_until: date | None = None
    currency: CurrencyCode | None = None
    unit_price: Annotated[Decimal, BeforeValidator(_number), Field(ge=0)]
    minimum: Count = Decimal(1)
    """Smallest quantity at this price: a price break, or a minimum order."""
    pack: Annotated[Decimal, BeforeValidator(_number), Field(gt=0)] = Decimal(1)
    """Sold in multiples of this many; `unit_price` is still per piece."""
    lead_days: int | None = Field(default=None, ge=0)
    link: str | None = None
    superseded: bool = False
    """A price that the line had before a quote replaced it: kept for the record, not weighed."""
    place: Place | None = Field(default=None, exclude=True)


def _layout(value: Any) -> Any:  # noqa: ANN401
    """Write a layout in its usual form; pydantic turns the error of a wrong one into words."""
    return read_layout(value).written if isinstance(value, str) else value


class BillOfMaterials(Strict):
    """A parts list as it was read: lines, charges and what it states of its own sums."""

    format: Literal["podplanner/bill/1"] = Field(default="podplanner/bill/1", alias="schema")
    title: str = ""
    currency: CurrencyCode | None = None
    currency_assumed: bool = False
    """The list shows a bare `$`, which is taken for USD."""
    day: date | None = Field(default=None, alias="date")
    source: str = ""
    note: str = ""
    layout: Annotated[str | None, BeforeValidator(_layout)] = None
    """How the data drives are grouped for redundancy (`raidz2:15x3`); see `drive_layout`."""
    stated_total: Exact | None = None
    stated_lines: Exact | None = None
    """What the lines added up to when `stated_total` was printed; the editing commands write it
    before the first change, so that an outdated total is not taken for a wrong one."""
    lines: tuple[Line, ...] = Field(default=(), alias="line")
    sections: tuple[Section, ...] = Field(default=(), alias="section")
    charges: tuple[Charge, ...] = Field(default=(), alias="charge")
    links: tuple[Link, ...] = Field(default=(), alias="link")
    quotes: tuple[Quote, ...] = Field(default=(), alias="quote")
    file: str = Field(default="", exclude=True)
    """The file that this was read from, as the user named it."""
    columns: dict[str, int] = Field(default_factory=dict, exclude=True)
    """Field of a line -> the column of the table it was read from, counted from 1."""
    notices: tuple[str, ...] = Field(default=(), exclude=True)
    """What the reader wants a person to know: decisions it took, columns it left alone."""

    def currency_of(self, item: Line | Charge) -> str | None:
        """Return the currency of a line or a charge: its own, else the bill's."""
        return item.currency or self.currency

    def amounts(self) -> Iterator[Money]:
        """Yield what every line with a known cost costs, and every charge that is added."""
        for line in self.lines:
            if line.amount is not None:
                yield Money(line.amount, self.currency_of(line))
        for charge in self.charges:
            if charge.amount is not None and not charge.included:
                yield Money(charge.amount, self.currency_of(charge))
