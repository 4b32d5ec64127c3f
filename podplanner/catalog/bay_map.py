"""Bay maps: which bay of a pod holds which drive; docs/bay-map.md is the specification.

Planning writes them with the serial numbers left empty, a person (or a tool) fills those in, and
whoever has to find a drive reads them.
"""

from typing import Annotated, Any, Literal

import tomli
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.strict import Strict
from podplanner.errors import FormatError

SCHEMA = "podplanner/bay-map/1"

Number = Annotated[int, Field(ge=1, le=10_000)]
"""Numbers count from 1; a pod with more bays than 10,000 is a misread file."""


def _filled_in(value: Any) -> Any:  # noqa: ANN401
    """Take words that are still to be filled in as unknown."""
    return (value.strip() or None) if isinstance(value, str) else value


Blank = Annotated[str | None, BeforeValidator(_filled_in)]


def _layout(value: Any) -> Any:  # noqa: ANN401
    return read_layout(value).written if isinstance(value, str) else value


class MappedBay(Strict):
    """One bay, what it is for, and the drive in it."""

    number: Number
    """Through the backplanes in their order."""
    backplane: Number | None = None
    """None: its drive is cabled alone."""
    place: Number
    """On that backplane."""
    cables: tuple[Number, ...] = ()
    """Data cables, of which any one suffices; empty: unknown."""
    adapters: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Adapters, of which any one suffices, 0 the board's own ports; empty: unknown."""
    supplies: tuple[Number, ...] = ()
    """Supplies, of which any one suffices; empty: unknown."""
    role: Literal["data", "spare", "empty"] | None = None
    """What the bay is for; None: nobody has said."""
    group: Number | None = None
    """Of data only."""
    member: Number | None = None
    """In its group; of data only."""
    drive: str | None = None
    """SKU of the drive that the list has for it."""
    serial: Blank = None
    """Serial number of the drive that is in it, as on its label; `""` is to be filled in."""
    path: Blank = None
    """Name under /dev/disk/by-path by which the system sees the bay; `""` is to be filled in."""
    slot: Blank = None
    """Slot of an enclosure, `enclosure/slot` by the names under /sys/class/enclosure; the id of the
    enclosure may stand for its name. `""` is to be filled in."""

    @model_validator(mode="after")
    def _only_data_has_a_group(self) -> "MappedBay":
        if (self.role == "data") != (self.group is not None and self.member is not None):
            raise ValueError("`group` and `member` belong to a bay with the role `data`, both")
        if self.role == "empty" and self.serial is not None:
            raise ValueError("an empty bay has no serial number")
        return self


class BayMap(Strict):
    """The bays of one pod, each once."""

    format: Literal["podplanner/bay-map/1"] = Field(alias="schema")
    title: str = ""
    """What the pod is called."""
    layout: Annotated[str | None, BeforeValidator(_layout)] = None
    """How the drives are grouped (`raidz2:15x3`)."""
    chassis: str | None = None
    """SKU of the case."""
    bays: tuple[MappedBay, ...] = Field(default=(), alias="bay")

    @model_validator(mode="after")
    def _nothing_twice(self) -> "BayMap":
        for name, found in (
            ("number", [bay.number for bay in self.bays]),
            ("serial", [bay.serial for bay in self.bays if bay.serial]),
            ("path", [bay.path for bay in self.bays if bay.path]),
            ("slot", [bay.slot for bay in self.bays if bay.slot]),
            ("group and member", [(b.group, b.member) for b in self.bays if b.group]),
            ("backplane and place", [(b.backplane, b.place) for b in self.bays if b.backplane]),
        ):
            seen: set[object] = set()
            for value in found:
                if value in seen:
                    raise ValueError(f"two bays have the same {name}: {value}")
                seen.add(value)
        return self

    def at(self, serial: str) -> MappedBay | None:
        """Return the bay of the drive with a serial number; None: it is in none of them."""
        return next((bay for bay in self.bays if bay.serial == serial), None)

    def numbered(self, number: int) -> MappedBay | None:
        """Return the bay of a number; None: there is none."""
        return next((bay for bay in self.bays if bay.number == number), None)


def bay_map_of_toml(text: str, file: str) -> BayMap:
    """Return the bay map that a text holds.

    Raises:
        FormatError: It is no TOML, or no bay map; the message names the bay and the key.
    """
    hint = "docs/bay-map.md specifies the format; `podplanner plan place --bay-map` writes it."
    try:
        return BayMap.model_validate(tomli.loads(text))
    except tomli.TOMLDecodeError as error:
        raise FormatError(f"{file} is no TOML: {error}", hint=hint) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        raise FormatError(f"{file}{', ' + where if where else ''}: {words}", hint=hint) from error
