"""How models of hard drives write their tracks: bom/drives/smr.toml, with its sources."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal

import tomli
from pydantic import Field, StringConstraints

from podplanner.catalog.strict import Strict
from podplanner.resources import data_dir


class RecordingFamily(Strict):
    """Models that write alike."""

    title: str
    models: Annotated[str, StringConstraints(min_length=4)]
    """Regular expression for the whole number of a model."""
    recording: Literal["CMR", "SMR"]
    source: Annotated[str, StringConstraints(min_length=10)]


class _Families(Strict):
    format: Literal["podplanner/drive-recording/1"] = Field(alias="schema")
    families: Annotated[tuple[RecordingFamily, ...], Field(alias="family")]


@cache
def recording_families() -> tuple[RecordingFamily, ...]:
    """Return all families, in the order in which they are tried."""
    text = (data_dir("bom") / "drives" / "smr.toml").read_text(encoding="utf-8")
    return _Families.model_validate(tomli.loads(text)).families


def family_of(model: str) -> RecordingFamily | None:
    """Return the family of a model as a drive states it; None: no table has it."""
    for number in model_numbers(model):
        for family in recording_families():
            if re.fullmatch(family.models, number):
                return family
    return None


def model_numbers(model: str) -> Iterator[str]:
    """Yield what in a drive's statement of its model may be the number that the maker sells it by.

    >>> list(model_numbers("WDC WD60EFAX-68SHWN0"))
    ['WDC', 'WD60EFAX']
    """
    for word in model.upper().split()[:_MOST_WORDS]:
        if number := word.partition("-")[0]:
            yield number[:_LONGEST]


_MOST_WORDS = 12
_LONGEST = 40
# A model has 40 characters in ATA and NVMe (IDENTIFY), 16 in SCSI; whatever is longer is made up.
