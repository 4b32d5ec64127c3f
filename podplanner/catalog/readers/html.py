"""Tables in HTML pages."""

import re

from lxml import etree
from lxml import html as lxml_html

from podplanner.catalog.readers.grid import Grid, GridRow

_LOOKS = re.compile(r"<\s*(?:table|tr|td)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# XML has no such characters, and the parser refuses them.
_MAX_SPAN = 200


def looks_like_html(text: str) -> bool:
    """Return whether `text` holds an HTML table."""
    return _LOOKS.search(text) is not None


def grids_of_html(text: str) -> list[Grid]:
    """Return every table that holds no other table, with spans filled in."""
    try:
        plain = re.sub(r"^\s*<\?xml[^>]*\?>", "", _CONTROL.sub(" ", text))
        page = lxml_html.document_fromstring(plain)
    except (etree.ParserError, ValueError):
        return []
    etree.strip_elements(page, "script", "style", "noscript", "template", with_tail=False)
    tables = [table for table in page.iter("table") if table.find(".//table") is None]
    found = [Grid.of(_rows(table)) for table in tables]
    return [grid for grid in found if grid.rows]


def _rows(table: lxml_html.HtmlElement) -> list[GridRow]:
    rows: list[GridRow] = []
    hanging: dict[int, tuple[int, str]] = {}
    for number, element in enumerate(table.iter("tr"), 1):
        cells: list[str] = []
        spans, hanging = hanging, {}
        for cell in element.iterchildren("td", "th"):
            _fill(cells, spans, hanging)
            words = _text(cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for offset in range(across):
                if down > 1:
                    hanging[len(cells)] = (down - 1, words if offset == 0 else "")
                cells.append(words if offset == 0 else "")
        _fill(cells, spans, hanging)
        if any(cell.strip() for cell in cells):
            rows.append(GridRow(getattr(element, "sourceline", None) or number, tuple(cells)))
    return rows


def _fill(
    cells: list[str], spans: dict[int, tuple[int, str]], hanging: dict[int, tuple[int, str]]
) -> None:
    """Put the cells that hang down from rows above where they belong."""
    while len(cells) in spans:
        left, words = spans[len(cells)]
        if left > 1:
            hanging[len(cells)] = (left - 1, words)
        cells.append(words)


def _span(cell: lxml_html.HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if re.fullmatch(r"[0-9]{1,5}", value) else 1


def _text(cell: lxml_html.HtmlElement) -> str:
    for line_break in cell.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    return " ".join(str(cell.text_content()).split())
