"""How many drives with such values were seen to fail: bom/drives/rates.toml, with its sources."""

from functools import cache
from typing import Annotated, Literal

import tomli
from pydantic import Field

from podplanner.catalog.strict import Strict
from podplanner.drives.assessment import Risk
from podplanner.drives.signals import Signal
from podplanner.resources import data_dir


class _Rate(Strict):
    """Failures per drive-year of the drives whose count lay in a range."""

    low: Annotated[int, Field(ge=0)]
    """The least count."""
    high: Annotated[int, Field(ge=0)] | None = None
    """The largest; None: any."""
    grew: bool | None = None
    """Of drives whose count grew within 60 days, or did not; None: of both together."""
    yearly: Annotated[float, Field(ge=0)]
    yearly_low: Annotated[float, Field(ge=0)] | None = None
    yearly_high: Annotated[float, Field(ge=0)] | None = None
    failures: int = 0
    drive_days: int = 0

    def holds(self, count: int) -> bool:
        """Return whether a count lies in the range."""
        return self.low <= count and (self.high is None or count <= self.high)


class _Table(Strict):
    signal: Signal
    source: str
    noun: str
    """What is counted, as it stands after the range (`reallocated sectors`)."""
    rates: Annotated[tuple[_Rate, ...], Field(alias="rate")]


class _Tables(Strict):
    format: Literal["podplanner/drive-rates/1"] = Field(alias="schema")
    tables: Annotated[tuple[_Table, ...], Field(alias="table")]


@cache
def _tables() -> tuple[_Table, ...]:
    text = (data_dir("bom") / "drives" / "rates.toml").read_text(encoding="utf-8")
    return _Tables.model_validate(tomli.loads(text)).tables


def risk_at(signal: Signal, count: int, *, grew: bool | None) -> Risk | None:
    """Return what became of drives with such a count; None where nobody counted.

    Args:
        signal: What is counted.
        count: How many.
        grew: It grew within the last 60 days; None: nothing is known of it from before.
    """
    rows = [
        (rate, table)
        for table in _tables()
        if table.signal is signal
        for rate in table.rates
        if rate.holds(count) and rate.grew in (grew, None)
    ]
    rows.sort(key=lambda row: row[0].grew is None)
    if not rows:
        return None
    rate, table = rows[0]
    return Risk(
        rate.yearly, rate.yearly_low, rate.yearly_high, rate.failures, rate.drive_days,
        _words(rate, table.noun), table.source,
    )  # fmt: skip


def _words(rate: _Rate, noun: str) -> str:
    if rate.high is None:
        span = f"{rate.low:,} or more"
    elif rate.high == rate.low:
        span = f"{rate.low:,}"
    else:
        span = f"{rate.low:,} to {rate.high:,}"
    course = {None: "", True: ", growing", False: ", not growing"}[rate.grew]
    return f"{span} {noun}{course}"
