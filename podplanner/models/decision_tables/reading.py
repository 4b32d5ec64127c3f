"""Texts that hold rules: JSON, TOML or DMN, told apart by how they begin."""

import json
import tomllib
from decimal import Decimal
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.decision_tables.documents import from_document
from podplanner.models.decision_tables.original import Original
from podplanner.models.decision_tables.rule_base import RuleBase
from podplanner.models.decision_tables.table import DecisionTable
from podplanner.models.decision_tables.values import number

_LONGEST = 16 * 2**20
# Characters; 10,000 rules take 3 MB.


def read_rules(text: str) -> DecisionTable | RuleBase:
    """Return the rules that a text describes.

    Raises:
        FormatError: It cannot be read, or contradicts itself.
        UnsafeContentError: XML that declares a document type.
    """
    if len(text) > _LONGEST:
        raise FormatError(f"the rules are longer than {_LONGEST:,} characters")
    text = text.removeprefix("\ufeff")
    begins = text.lstrip()[:1]
    if begins == "<":
        from podplanner.models.decision_tables.dmn import parse_dmn

        return parse_dmn(text)
    if begins == "{":
        return from_document(_json(text), Original("json", text))
    return from_document(_toml(text), Original("toml", text))


def _json(text: str) -> Any:
    try:
        return json.loads(
            text,
            parse_float=number,
            parse_int=number,
            parse_constant=_refuse,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the rules are no JSON: {error}", hint="Mend the file.") from error


def _toml(text: str) -> Any:
    try:
        return _exact(tomllib.loads(text, parse_float=Decimal))
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FormatError(
            f"the rules are no TOML: {error}", hint="Mend the file, or give JSON or DMN."
        ) from error


def _exact(value: Any) -> Any:
    """Return what TOML gave with whole numbers exact too."""
    if isinstance(value, dict):
        return {key: _exact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_exact(one) for one in value]
    return number(str(value)) if isinstance(value, int) and not isinstance(value, bool) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")
