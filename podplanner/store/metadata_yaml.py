"""YAML as model cards use it: plain values only, read by YAML 1.2's rules.

`language: no` is Norwegian here, and `12:30` a text: YAML 1.1 makes false and 750 of them. Anchors
and tags are refused, so that a few lines cannot become a gigabyte, or an object.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore

from podplanner.errors import FormatError
from podplanner.store.metadata_values import Value, number

_INTEGER_OR_FLOAT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
# YAML 1.2.2, section 10.3: the core schema, without octal and hexadecimal.
_DEEPEST = 20


def load(text: str) -> Value:
    """Return the value of the one document that a text holds.

    Raises:
        FormatError: It is no YAML, or uses what is refused here.
    """
    try:
        return _load(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise FormatError(f"the front matter of the model card is no YAML: {error}") from error


def _load(events: Iterator[Any]) -> Value:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            value = _value(next(events), events, _DEEPEST)
            next(events)
            if not isinstance(next(events), yaml.StreamEndEvent):
                raise FormatError("the front matter of the model card holds two documents")
            return value
    return None


def _value(event: Any, events: Iterator[Any], left: int) -> Value:  # noqa: ANN401  PyYAML's
    where = f"line {event.start_mark.line + 2} of the model card"
    # Counted from 0, and behind the line `---`.
    if left < 0:
        raise FormatError(f"{where} is nested too deep")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise FormatError(f"{where} uses an anchor (& or *)", hint="Write the value out.")
    if getattr(event, "tag", None) not in (None, "!"):
        raise FormatError(f"{where} uses a tag ({event.tag})", hint="Write a plain value.")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return list(_items(events, left))
    found: dict[str, Value] = {}
    items = _items(events, left)
    for key in items:
        name = _name(key, where)
        if name in found:
            raise FormatError(f"{where}: {name} is there twice")
        found[name] = next(items)
    return found


def _items(events: Iterator[Any], left: int) -> Iterator[Value]:
    for event in events:
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            return
        yield _value(event, events, left - 1)


def _name(key: Value, where: str) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    if isinstance(key, str | int):
        return str(key)
    raise FormatError(f"{where} has a key that is no text")


def _scalar(text: str) -> Value:
    if text in _NOTHING:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return number(text) if _INTEGER_OR_FLOAT.fullmatch(text) else text
