"""Tables in Markdown, and the forum code that build sites export."""

import re

from podplanner.catalog.readers.grid import Grid, GridRow

_RULE = re.compile(r"^\s*\|?\s*:?-{1,}:?\s*(?:\|\s*:?-{1,}:?\s*)*\|?\s*$")
_BBCODE = re.compile(r"\[/?(?:b|i|u|s|url|color|size|table|tr|td|quote|list)(?:=[^\]]*)?\]", re.I)


def strip_forum_code(text: str) -> str:
    """Return `text` without BBCode such as `[b]`, keeping its words."""
    return _BBCODE.sub("", text)


def grids_of_markdown(text: str) -> list[Grid]:
    """Return every table with a rule such as `|---|---|` under its headings."""
    lines = text.split("\n")
    rules = [
        i for i, line in enumerate(lines)
        if "|" in line and _RULE.match(line) and i and "|" in lines[i - 1]
    ]  # fmt: skip
    return [_table(lines, rule) for rule in rules] or _wiki(text.split("\n"))


def _wiki(lines: list[str]) -> list[Grid]:
    """Return the tables of Jira and Confluence: `||Item||Qty||` over `|Fan|3|`."""
    found: list[Grid] = []
    for number, line in enumerate(lines):
        words = line.strip()
        if not (words.startswith("||") and words.endswith("||") and len(words) > 4):
            continue
        rows = [GridRow(number + 1, _cells(words.replace("||", "|")))]
        for below, row in enumerate(lines[number + 1 :], number + 2):
            if not row.lstrip().startswith("|"):
                break
            rows.append(GridRow(below, _cells(row.replace("||", "|"))))
        found.append(Grid.of(rows))
    return found


def _table(lines: list[str], rule: int) -> Grid:
    rows = [GridRow(rule, _cells(lines[rule - 1]))]
    for number, line in enumerate(lines[rule + 1 :], rule + 2):
        if "|" not in line:
            break
        rows.append(GridRow(number, _cells(line)))
    return Grid.of(rows, _heading_above(lines, rule - 1))


def _heading_above(lines: list[str], row: int) -> str:
    """Return the words of the nearest heading (`## Storage`) above a table and below the last."""
    for line in reversed(lines[:row]):
        if line.lstrip().startswith("#"):
            return _plain(line.strip().strip("#").strip())
        if "|" in line:
            break
    return ""


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return tuple(_plain(cell) for cell in re.split(r"(?<!\\)\|", inner))


def _plain(cell: str) -> str:
    """Return the words of inline Markdown: links by their text, no emphasis, no escapes."""
    if not any(mark in cell for mark in "[]*_`\\<&"):
        return cell.strip()
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parseInline(cell.strip().replace("\\|", "|"))
    words = []
    for token in tokens[0].children or []:
        if token.type in ("text", "code_inline"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or token.content.lower().startswith("<br"):
            words.append(" ")
        elif token.type == "image":
            words.append(token.content)
    return " ".join("".join(words).split())
