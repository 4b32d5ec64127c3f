"""The tables about drives (`bom/drives/*.toml`), read once."""

import re
from functools import cache
from typing import Annotated, Literal, TypeVar

import tomli
from pydantic import BeforeValidator, Field

from podplanner.catalog.strict import Strict
from podplanner.drives.decoding.layouts import Layout
from podplanner.drives.signals import Signal
from podplanner.resources import data_dir

Kind = Literal["hdd", "ssd", "any"]


def _compiled(value: object) -> object:
    return re.compile(value, re.IGNORECASE) if isinstance(value, str) else value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compiled)]


class Meaning(Strict):
    """What one attribute counts."""

    number: int
    kind: Kind = "any"
    name: Pattern | None = None
    signal: Signal
    layout: Layout
    most: int | None = None
    """A larger value is a filler."""

    def fits(self, number: int, name: str, kind: Kind) -> bool:
        """Return whether the attribute of a drive is meant."""
        return (
            self.number == number
            and self.kind in (kind, "any")
            and (self.name is None or self.name.match(name) is not None)
        )


class Maker(Strict):
    """What a maker does differently."""

    name: str
    kind: Kind = "any"
    model: Pattern
    family: Pattern | None = None
    drop: tuple[int, ...] = ()
    packed: tuple[Meaning, ...] = ()
    source: str

    def made(self, model: str, family: str, kind: Kind) -> bool:
        """Return whether a drive is theirs."""
        by_family = self.family is not None and self.family.search(family) is not None
        return self.kind in (kind, "any") and (by_family or self.model.search(model) is not None)


class Source(Strict):
    """Which attribute of which drives an entry is about."""

    number: int | None = None
    name: Pattern
    model: Pattern | None = None
    known: bool = False
    """Only where the model is in smartctl's database."""

    def fits(self, number: int, name: str, model: str, known: bool) -> bool:
        """Return whether the attribute of a drive is meant."""
        return (
            self.number in (None, number)
            and self.name.match(name) is not None
            and (self.model is None or self.model.search(model) is not None)
            and (known or not self.known)
        )


class WearSource(Source):
    """Where wear is counted."""

    reads: Literal["left-value", "left-raw", "used-raw"]
    source: str


class WrittenSource(Source):
    """Where host writes are counted."""

    unit_bytes: int


class Volume(Strict):
    """What looks like a drive and is none."""

    model: Pattern | None = None
    device: Pattern | None = None
    words: str
    source: str


class _Attributes(Strict):
    source: str
    attribute: tuple[Meaning, ...]


class _Makers(Strict):
    maker: tuple[Maker, ...]


class _Wear(Strict):
    wear: tuple[WearSource, ...]


class _Written(Strict):
    source: str
    written: tuple[WrittenSource, ...]


class _Volumes(Strict):
    volume: Annotated[tuple[Volume, ...], Field(min_length=1)]


_Table = TypeVar("_Table", bound=Strict)


def _read(name: str, form: type[_Table]) -> _Table:
    path = data_dir("bom") / "drives" / f"{name}.toml"
    return form.model_validate(tomli.loads(path.read_text(encoding="utf-8")))


@cache
def meanings() -> tuple[Meaning, ...]:
    """Return what attributes count, of all makers."""
    return _read("attributes", _Attributes).attribute


@cache
def makers() -> tuple[Maker, ...]:
    """Return the makers who do something differently."""
    return _read("makers", _Makers).maker


@cache
def wear_sources() -> tuple[WearSource, ...]:
    """Return where wear is counted, the surest first."""
    return _read("wear", _Wear).wear


@cache
def written_sources() -> tuple[WrittenSource, ...]:
    """Return where host writes are counted, the surest first."""
    return _read("written", _Written).written


@cache
def volumes() -> tuple[Volume, ...]:
    """Return what looks like a drive and is none."""
    return _read("volumes", _Volumes).volume
