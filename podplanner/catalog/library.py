"""The catalog: every known part by its number, from the shipped folder and the user's own."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import tomli
from pydantic import ValidationError

from podplanner.catalog.naming import normal
from podplanner.catalog.parts import PART, Part
from podplanner.errors import FormatError, UnknownNameError
from podplanner.resources import data_dir


def own_parts_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the user's own parts; they override shipped ones by SKU.

    `PODPLANNER_PARTS`, else `podplanner/parts` under the user's data folder.
    """
    environ = os.environ if environ is None else environ
    if named := environ.get("PODPLANNER_PARTS"):
        return Path(named)
    data = environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "podplanner" / "parts"


def read_part(file: Path) -> Part:
    """Return the part that a file describes.

    Raises:
        FormatError: No TOML, or no part; the message names the file and the key.
    """
    try:
        return PART.validate_python(tomli.loads(file.read_text(encoding="utf-8")))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise FormatError(f"{file} is no part file: {error}", hint="Correct the file.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(p) for p in first["loc"]) or "file"
        raise FormatError(
            f"{file}: {key}: {first['msg'].removeprefix('Value error, ')}",
            hint="See docs/parts-list.md for the keys of a part.",
        ) from error


def read_parts(folders: Iterable[Path]) -> dict[str, Part]:
    """Return every part in `folders` by SKU; a later folder overrides an earlier one."""
    parts: dict[str, Part] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.toml")):
            part = read_part(file)
            parts[part.sku] = part
    return parts


@cache
def library() -> Mapping[str, Part]:
    """Return the catalog of this machine by SKU: shipped parts, and the user's own over them."""
    return {**_shipped(), **read_parts([own_parts_dir()])}


@cache
def _shipped() -> Mapping[str, Part]:
    return read_parts([data_dir("bom") / "parts"])


def find_part(parts: Mapping[str, Part], name: str) -> Part:
    """Return the part with that number, in any spelling; aliases count.

    Raises:
        UnknownNameError: There is none; the hint names the nearest ones.
    """
    if name in parts:
        return parts[name]
    wanted = normal(name)
    for part in parts.values():
        if wanted in (normal(part.sku), *map(normal, part.aliases)):
            return part
    near = list(nearest(parts, name))[:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else "`podplanner bom parts WORD` searches."
    raise UnknownNameError(f"there is no part {name!r} in the catalog", hint=hint)


def nearest(parts: Mapping[str, Part], name: str) -> Iterator[str]:
    """Yield numbers that resemble `name`, the most alike first."""
    from difflib import get_close_matches

    by_normal = {normal(part.sku): part.sku for part in parts.values()}
    for match in get_close_matches(normal(name), by_normal, n=3, cutoff=0.6):
        yield by_normal[match]


def search(parts: Mapping[str, Part], words: Iterable[str]) -> list[Part]:
    """Return the parts in whose number, title, maker or kind every word occurs."""
    wanted = [word.casefold() for word in words]
    found = []
    for part in parts.values():
        text = " ".join((part.sku, *part.aliases, part.title, part.maker or "", part.kind))
        text = f"{text} {normal(text)}".casefold()
        if all(word in text for word in wanted):
            found.append(part)
    return sorted(found, key=lambda part: (part.kind, part.sku))
