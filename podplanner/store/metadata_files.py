"""Files of metadata: JSON, TOML, and the front matter of a model card."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import tomli

from podplanner.errors import FileAccessError, FormatError, PodplannerError, WrongUsageError
from podplanner.store.metadata import Metadata, merge_meta
from podplanner.store.metadata_values import Value, of_file, of_json

_LARGEST_FILE = 2**20
# Bytes: metadata may be 64 KiB, and a model card has its text beside it.
_FENCE = "---"


def parse_meta(words: Sequence[str], files: Sequence[Path]) -> Metadata:
    """Return the metadata that words and files say; words win over files.

    Args:
        words: `key=value`, as `--meta` takes them.
        files: `.json`, `.toml`, or a model card (`.md`) with YAML between two lines of `---`;
            a later file wins over an earlier one.

    Raises:
        FileAccessError: A file cannot be read.
        FormatError: A file is not what its ending says.
        WrongUsageError: What is said cannot be kept.
    """
    parts: list[dict[str, Value]] = []
    for file in files:
        reader = _READERS.get(file.suffix.lower())
        if reader is None:
            raise WrongUsageError(
                f"{file}: metadata is read from .json, .toml and .md files",
                hint="For a single value write KEY=VALUE.",
            )
        try:
            parts.append(_part(file, reader))
        except WrongUsageError as error:
            raise FormatError(f"{file}: {error.message}", hint=error.hint) from error
    return merge_meta(parts, words)


def _part(file: Path, reader: "Callable[[str], Value]") -> dict[str, Value]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise FileAccessError(
            f"cannot read {file}: {(error.strerror or '').lower()}",
            hint="Check the path; for a single value write KEY=VALUE.",
        ) from error
    if len(content) > _LARGEST_FILE:
        raise FormatError(f"{file} is too large for metadata (over {_LARGEST_FILE} bytes)")
    try:
        read = reader(content.decode("utf-8-sig"))
    except PodplannerError:
        raise
    except ValueError as error:  # UnicodeDecodeError, JSON's and TOML's own are ValueErrors
        raise FormatError(f"{file} cannot be read: {error}") from error
    if not isinstance(read, dict):
        raise FormatError(f"{file} must hold keys and values")
    return read


def _toml(text: str) -> Value:
    return of_file(tomli.loads(text, parse_float=Decimal))


def _card(text: str) -> Value:
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        raise FormatError(
            "a model card begins with a line `---`, YAML and another line `---`; this one does not",
            hint="Give the metadata in a .toml or .json file.",
        )
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise FormatError("the front matter of the model card has no end (a line `---`)")
    return of_file(_yaml("\n".join(lines[1:end])) or {})


def _yaml(text: str) -> Value:
    try:
        from podplanner.store import metadata_yaml
    except ImportError as error:
        raise FormatError(
            "reading a model card needs PyYAML, which is not installed",
            hint="Install it (`pip install pyyaml`), or give a .toml or .json file.",
        ) from error
    return metadata_yaml.load(text)


_READERS: dict[str, Callable[[str], Value]] = {
    ".json": of_json,
    ".toml": _toml,
    ".md": _card,
    ".markdown": _card,
}
