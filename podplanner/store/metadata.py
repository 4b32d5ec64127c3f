"""What people say of a version: a model card's fields, hyperparameters, metrics, and `extra`.

The same metadata is always the same bytes: the fields have fixed shapes, numbers one form. Whole
numbers below 2^53 are integers; every other number is `{"decimal": "0.93"}`, exactly as written,
because no reader of JSON agrees with another about floating point.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from podplanner.errors import WrongUsageError
from podplanner.store.metadata_values import (
    DECIMAL,
    Value,
    check_size,
    check_values,
    is_decimal,
    of_file,
    read_word,
)

EXTRA = "extra"
"""Holds the keys that are no field."""

_TEXTS = (
    "description", "license", "license_name", "license_link", "library_name", "pipeline_tag",
    "base_model_relation", "new_version", "author", "homepage",
)  # fmt: skip
_LISTS = ("language", "tags", "base_model")
_OBJECTS = ("hyperparameters", "environment")
_DATASETS, _METRICS = "datasets", "metrics"
FIELDS = (*_TEXTS, *_LISTS, *_OBJECTS, _DATASETS, _METRICS)
"""The fields with a meaning of their own.

Source: the model card metadata of the Hugging Face Hub, without what only its pages use.
"""
_ELSEWHERE = {
    "parent": "Say `--parent NAME:VERSION`.",
    "code": "It is taken from the git checkout in which the push runs.",
    "code_revision": "It is taken from the git checkout in which the push runs.",
    "parameters": "They are counted from the tensors.",
    "time": "The store's clock says it.",
    "created": "The store's clock says it.",
}
"""What the store itself knows of a version, so that nobody can say otherwise."""
_DIGEST = re.compile(r"(sha256|blake3|sha512|sha1|md5):[0-9a-f]{32,128}")
_DATASET_KEYS = frozenset({"name", "digest", "url", "revision", "split", "license", "note"})
_SECRET_KEY = re.compile(r"(?i)(secret|passwor[dt]|passwd|credential|api_?key|private_?key|token)$")
_PART_OF_A_TEXT = re.compile(r"(?i)\b(bos|cls|eos|image|mask|pad|sep|special|unk)_token$")
# What tokenizers call the words that they add: `pad_token = "<pad>"` gives nothing away.
_SECRET_VALUE = re.compile(
    r"hf_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16}"
    r"|xox[abp]-[A-Za-z0-9-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
# How tokens of Hugging Face, OpenAI, GitHub, Amazon and Slack begin, and a private key in PEM.

Metadata = dict[str, Value]


class Line(NamedTuple):
    """One value of metadata with its place."""

    key: str
    """Dotted: `metrics.accuracy`, `datasets[0].name`."""
    value: str
    """As text."""


def split_meta(values: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which of the values of `--meta` are `key=value`, and which name files.

    >>> split_meta(["card.toml", "metrics.accuracy=0.93"])
    (['metrics.accuracy=0.93'], ['card.toml'])
    """
    words = [value for value in values if _is_word(value)]
    return words, [value for value in values if not _is_word(value)]


def _is_word(value: str) -> bool:
    key, mark, _ = value.partition("=")
    return bool(mark) and "/" not in key and "\\" not in key


def merge_meta(parts: Sequence[Mapping[str, Value]], words: Sequence[str]) -> Metadata:
    """Return the metadata that files and words say together; words win over files.

    Args:
        parts: What each file says, in order; a later one wins over an earlier one.
        words: `key=value` with dotted keys.

    Raises:
        WrongUsageError: A field has a shape that it cannot have, a word is said twice, a key is
            nearly a field's name, or all of it is too large.
    """
    said: Metadata = {}
    for part in parts:
        for key, value in part.items():
            _merge(said if key in FIELDS or key == EXTRA else _extra(said), key, value)
    for word in _together(words):
        _put(said, word.key.split("."), word.value)
    normal = {key: _normal_field(key, value) for key, value in sorted(said.items())}
    normal = {key: value for key, value in normal.items() if value not in ("", [], {})}
    check_values(normal, "metadata")
    check_size(msgspec.json.encode(normal, order="sorted"))
    return normal


def metadata_of(values: Mapping[str, Any]) -> Metadata:
    """Return metadata that a program says, in the one form in which it is kept.

    Raises:
        WrongUsageError: As `merge_meta`; or it holds what cannot be kept.
    """
    said = of_file(dict(values))
    return merge_meta([said] if isinstance(said, dict) else [], ())


def parse_values(words: Sequence[str]) -> Metadata:
    """Return the values of a note: `key=value`, dotted keys, any key.

    Raises:
        WrongUsageError: A word is no `key=value`, is said twice, or cannot be kept.
    """
    if not words:
        raise WrongUsageError("a note needs at least one value", hint="Write KEY=VALUE.")
    said: Metadata = {}
    for word in _together(words):
        _put_at(said, word.key.split("."), word.value)
    return note_values(said)


def note_values(values: Mapping[str, Any]) -> Metadata:
    """Return the values of a note as they are kept: any keys, numbers exact.

    Raises:
        WrongUsageError: There are none, or one cannot be kept.
    """
    said = of_file(dict(values))
    if not isinstance(said, dict) or not said:
        raise WrongUsageError("a note needs at least one value", hint="Write KEY=VALUE.")
    check_values(said, "note")
    check_size(msgspec.json.encode(said, order="sorted"))
    return said


class _Word(NamedTuple):
    key: str
    value: Value


def _together(words: Sequence[str]) -> list[_Word]:
    """Return what words say; those of a list add up, others may be said once."""
    said: dict[str, Value] = {}
    for word in words:
        key, mark, text = word.partition("=")
        key = key.strip()
        if not mark or not all(part.strip() == part != "" for part in key.split(".")):
            raise WrongUsageError(
                f"{word!r} is no KEY=VALUE", hint="Write for example metrics.accuracy=0.93."
            )
        value = read_word(text)
        if key in (*_LISTS, _DATASETS):
            value = _as_list(key, value)
            before = said.get(key, [])
            said[key] = [*before, *value] if isinstance(before, list) else value
        elif key in said:
            raise WrongUsageError(f"{key} is said twice", hint="Say it once.")
        else:
            said[key] = value
    return [_Word(key, value) for key, value in said.items()]


def _put(said: Metadata, path: list[str], value: Value) -> None:
    """Put a word's value where its key belongs: in a field, or under `extra`."""
    first = path[0]
    _refuse_elsewhere(first)
    if first not in FIELDS and first != EXTRA:
        near = get_close_matches(first.lower(), FIELDS, n=1, cutoff=0.8)
        if near:
            raise WrongUsageError(
                f"there is no field {first!r}",
                hint=f"Did you mean {near[0]}? A field of your own is {EXTRA}.{first}=...",
            )
        path = [EXTRA, *path]
    if first == _METRICS and len(path) > 1 and isinstance(said.get(first), list):
        del said[first]  # a card names its metrics; a word gives one's value
    _put_at(said, path, value)


def _put_at(place: Metadata, path: list[str], value: Value) -> None:
    for index, part in enumerate(path[:-1]):
        inner = place.setdefault(part, {})
        if not isinstance(inner, dict) or is_decimal(inner):
            raise WrongUsageError(
                f"{'.'.join(path[: index + 1])} has a value and cannot hold {path[index + 1]} too",
                hint="Give the value, or the parts.",
            )
        place = inner
    place[path[-1]] = value


def _extra(said: Metadata) -> Metadata:
    extra = said.setdefault(EXTRA, {})
    if not isinstance(extra, dict):
        raise WrongUsageError(f"{EXTRA} must hold keys and values")
    return extra


def _merge(place: Metadata, key: str, value: Value) -> None:
    """Put a value in its place; objects are merged key by key."""
    there = place.get(key)
    if isinstance(there, dict) and isinstance(value, dict) and not is_decimal(value):
        for name, inner in value.items():
            _merge(there, name, inner)
    else:
        place[key] = value


def _refuse_elsewhere(key: str) -> None:
    if key in _ELSEWHERE:
        raise WrongUsageError(
            f"{key} is not said in metadata, the store knows it", hint=_ELSEWHERE[key]
        )


# --- the shape of each field ---


def _normal_field(key: str, value: Value) -> Value:
    if key in _TEXTS:
        return _as_text(key, value)
    if key in _LISTS:
        return [_as_text(key, item) for item in _as_list(key, value)]
    if key == _DATASETS:
        return [_as_dataset(item) for item in _as_list(key, value)]
    if key == _METRICS and isinstance(value, list):
        return [_as_text(key, item) for item in value]
    if not isinstance(value, dict) or is_decimal(value):
        raise WrongUsageError(
            f"{key} must hold keys and values", hint=f"Write for example {key}.name=value."
        )
    return value


def _as_text(key: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if is_decimal(value):
        return str(value[DECIMAL])
    raise WrongUsageError(f"{key} must be text", hint=f"Write {key}=TEXT.")


def _as_list(key: str, value: Value) -> list[Value]:
    """Return a list; a text of several words is parted at its commas."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, dict) and key == _DATASETS and not is_decimal(value):
        return [value]
    return [_as_text(key, value)]


def _as_dataset(value: Value) -> Value:
    """Return a dataset as an object: `squad`, `squad@sha256:3f2a...`, or keys and values."""
    if isinstance(value, str):
        name, mark, pin = value.rpartition("@")
        return _as_dataset(
            {"name": name, "digest": pin} if mark and ":" in pin else {"name": value}
        )
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"]:
        raise WrongUsageError(
            "a dataset needs a name", hint="Write datasets=NAME or datasets=NAME@sha256:DIGEST."
        )
    if strange := sorted(set(value) - _DATASET_KEYS):
        raise WrongUsageError(
            f"a dataset has no {strange[0]!r}",
            hint=f"It may have {', '.join(sorted(_DATASET_KEYS))}.",
        )
    digest = value.get("digest")
    if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest.lower())):
        raise WrongUsageError(
            f"{digest!r} is no digest of a dataset",
            hint="Write its kind and its hex digits: sha256:3f2a...",
        )
    texts = {key: _as_text(f"datasets.{key}", inner) for key, inner in value.items()}
    if "digest" in texts:
        texts["digest"] = texts["digest"].lower()
    return dict(texts)


# --- showing ---


def lines(metadata: Mapping[str, Value]) -> Iterator[Line]:
    """Yield all values as text, in order of their keys."""
    yield from _lines("", dict(metadata))


def _lines(key: str, value: Any) -> Iterator[Line]:  # noqa: ANN401  read from a manifest
    if isinstance(value, dict) and not is_decimal(value):
        for name, inner in sorted(value.items()):
            yield from _lines(f"{key}.{name}" if key else name, inner)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield Line(key, ", ".join(value))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _lines(f"{key}[{index}]", inner)
    else:
        yield Line(key, _word(value))


def _word(value: Any) -> str:  # noqa: ANN401
    if is_decimal(value):
        return str(value[DECIMAL])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def plain(value: Any) -> Any:  # noqa: ANN401  JSON's own types
    """Return metadata for `--json`: exact numbers are strings there, as money is."""
    if is_decimal(value):
        return value[DECIMAL]
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def suspected_secrets(metadata: Mapping[str, Value]) -> tuple[str, ...]:
    """Return keys whose values look like passwords or tokens, to warn of.

    Nothing is filtered: only the user knows. All who read the store read its metadata.
    """
    return tuple(
        line.key
        for line in lines(metadata)
        if line.value
        and (
            _SECRET_VALUE.search(line.value)
            or (
                _SECRET_KEY.search(line.key)
                and not _PART_OF_A_TEXT.search(line.key)
                and not line.value.isdigit()
            )
        )
    )
