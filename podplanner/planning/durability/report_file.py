"""The failure rate in a file that `drive report` writes, of which only the `afr` part is read.

    {"schema": "podplanner/drive-report/1",
     "afr": {"failures": 12, "drive_days": 250000}}

or, where the counts are not known, `"afr": {"estimate": 0.0175, "low": 0.009, "high": 0.031}`.
Rates are failures per drive-year. Other keys of the file are not looked at.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from podplanner.planning.durability.rate import (
    HIGHEST,
    AnnualFailureRate,
    RateError,
    rate_of_counts,
)


class _Rate(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, strict=True)

    failures: int | None = Field(default=None, ge=0)
    drive_days: int | None = Field(default=None, ge=1)
    estimate: float | None = Field(default=None, ge=0, le=HIGHEST)
    low: float | None = Field(default=None, ge=0, le=HIGHEST)
    high: float | None = Field(default=None, ge=0, le=HIGHEST)


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    # The key is `schema`, a name that pydantic keeps for itself.
    written_as: Literal["podplanner/drive-report/1"] = Field(alias="schema")
    afr: _Rate


def read_report(text: str, name: str) -> AnnualFailureRate:
    """Return the failure rate of a report, counts before estimates.

    Args:
        text: The whole file, JSON.
        name: Of the file, for messages and for the rate's `source`.

    Raises:
        RateError: It is no such report, or its figures contradict each other.
    """
    try:
        rate = _Report.model_validate_json(text).afr
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RateError(f"{place}: {first['msg']}") from error
    if rate.failures is not None and rate.drive_days is not None:
        said = f"{rate.failures:,} failures in {rate.drive_days:,} drive days ({name})"
        return rate_of_counts(rate.failures, rate.drive_days, said)
    if rate.estimate is None:
        raise RateError("afr: give failures and drive_days, or estimate with low and high")
    if (rate.low is None) != (rate.high is None):
        raise RateError("afr: low and high belong together")
    ends = (rate.low, rate.estimate, rate.high)
    if rate.low is not None and list(ends) != sorted(end for end in ends if end is not None):
        raise RateError("afr: low, estimate and high are not in this order")
    return AnnualFailureRate(rate.estimate, rate.low, rate.high, f"the report {name}")
