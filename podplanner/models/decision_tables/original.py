"""The text that rules were read from: kept for people, never read again by the program."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Suffix: TypeAlias = Literal["json", "toml", "dmn"]
SUFFIXES: tuple[Suffix, ...] = ("json", "toml", "dmn")


@dataclass(frozen=True, slots=True)
class Original:
    """A text and its form."""

    suffix: Suffix
    text: str
