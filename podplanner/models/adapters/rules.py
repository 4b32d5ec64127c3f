"""Rules as data: one JSON file that equal rules share, and beside it the text they came from."""

import sys
from dataclasses import replace
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.plain_options import file_of, refuse_options
from podplanner.models.stored import StoredModel
from podplanner.store.pushing.sources import Content

FILE = "rules.json"


class RulesAdapter:
    """A table or a base of rules of `podplanner.models.decision_tables`; needs no package."""

    kind = "rules"
    package: str | None = None

    def fits(self, model: object) -> bool:
        """Return whether it is a decision table or a base of rules."""
        home = sys.modules.get("podplanner.models.decision_tables")
        return home is not None and isinstance(model, home.DecisionTable | home.RuleBase)

    def write(self, model: Any) -> Written:
        """Return the rules in their own form, and the text that they were read from."""
        text = model.to_json()
        files: dict[str, Content] = {FILE: _bytes(text)}
        if model.original is not None and model.original.text != text:
            files[f"original.{model.original.suffix}"] = _bytes(model.original.text)
        return Written(
            files=files,
            library="podplanner",
            class_name=f"{type(model).__module__}.{type(model).__qualname__}",
            details={"file": FILE, "rules": len(model.rules)},
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has a file of rules, or a decision model."""
        return any(_is_rules(path) for path in stored.paths)

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the rules; nothing in them can be changed."""
        from podplanner.models.decision_tables.reading import read_rules

        refuse_options(options, "rules")
        found = [path for path in stored.paths if _is_rules(path)]
        path = options.path or (found[0] if len(found) == 1 else "")
        path = path or file_of(stored, options, FILE, ".dmn")
        try:
            rules = read_rules(stored.text(path))
        except FormatError as error:
            raise type(error)(
                f"{path} of {stored.origin.reference}: {error.message}", hint=error.hint
            ) from error
        return rules if "kind" not in stored.saved else replace(rules, original=_original(stored))


def _original(stored: StoredModel) -> Any:
    """Return the text that saved rules were read from, to be kept when they are saved again."""
    from podplanner.models.decision_tables.original import SUFFIXES, Original

    for suffix in SUFFIXES:
        if f"original.{suffix}" in stored.paths:
            return Original(suffix, stored.text(f"original.{suffix}"))
    return None


def _is_rules(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name == FILE or (name.endswith(".dmn") and name != "original.dmn")


def _bytes(text: str) -> list[memoryview]:
    try:
        return [memoryview(text.encode("utf-8"))]
    except UnicodeEncodeError as error:
        raise FormatError(
            f"a text of the rules has half a character in it: {text[error.start]!a}",
            hint="Write both halves, or none.",
        ) from error


ADAPTER = RulesAdapter()
