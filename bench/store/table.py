"""A table that is printed as Markdown, so that a document can take it as it is."""

from collections.abc import Sequence


class Table:
    """Rows of words."""

    def __init__(self, headings: Sequence[str]) -> None:
        self._rows: list[Sequence[str]] = [headings, ["---"] * len(headings)]

    def add(self, row: Sequence[str]) -> None:
        self._rows.append(row)

    def __str__(self) -> str:
        return "\n".join("| " + " | ".join(row) + " |" for row in self._rows)
