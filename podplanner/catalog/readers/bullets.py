"""Lists with one part a line: `- 2x Drive X - $95.00 each = $190.00`."""

import re

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.readers.grid import Grid, GridRow
from podplanner.catalog.readers.sum_lines import sum_row
from podplanner.catalog.readers.table import bill_of_grid
from podplanner.catalog.vocabulary import kind_of_words

_NAMED = re.compile(r"(?P<kind>[^\W\d_][\w /-]{1,24}?)\s*:\s+")
_BULLET = re.compile(
    r"^\s*(?:[-*•–]|\d+[.)])?\s*(?:(?P<quantity>\d+(?:[.,]\d+)?)\s*[x×]\s+)?(?P<rest>.+)$"
)
_PRICES = re.compile(
    r"(?P<lead>=|@|à|at|total|:|-|–|—|for|je|each)?\s*(?P<money>(?:US)?[$€£]\s?\d[\d.,'’]*|\d[\d.,'’]*\s?(?:€|EUR|USD|GBP|CHF))"
    r"\s*(?P<trail>each|ea\.?|apiece|per\s+\w+|/\s*(?:ea|each|pc|piece|unit|stk)\.?|je\s+\w+|"
    r"pro\s+st\w+|[x×]\s*(?P<times>\d+)|total)?",
    re.IGNORECASE,
)


def bullet_bill(text: str, file: str) -> BillOfMaterials | None:
    """Return the bill that a list such as `- 2x Drive X - $95.00 each = $190.00` is."""
    rows: list[GridRow] = []
    lines = 0
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if (
            summed := sum_row(words.lstrip("-*• ").replace("**", ""), number)
        ) is not None and lines:
            rows.append(summed)
            continue
        row = _bullet(words, number)
        if row is not None:
            rows.append(row)
            lines += 1
    if lines < 2:
        return None
    head = GridRow(0, ("item", "category", "quantity", "unit price", "total"))
    counted = any(row.text(2) for row in rows)
    if counted and not any(row.text(3) for row in rows):
        # One price a line: whether it is for one piece is settled by what adds up.
        rows = [GridRow(row.number, (*row.cells[:3], row.cells[4])) for row in rows]
        head = GridRow(0, ("item", "category", "quantity", "price"))
    return bill_of_grid(Grid.of([head, *rows]), file)


def _bullet(words: str, number: int) -> GridRow | None:
    match = _BULLET.match(words)
    if match is None or len(words) > 200 or (words[:1].isalpha() and words.endswith(".")):
        return None
    rest, quantity = match["rest"], match["quantity"]
    prices = list(_PRICES.finditer(rest))
    named = _NAMED.match(rest)
    category = named["kind"] if named and kind_of_words(named["kind"]) and prices else ""
    is_bullet = words[:1] in "-*•–" or quantity is not None or bool(category)
    if not is_bullet or (not prices and quantity is None):
        return None
    title = rest[: prices[0].start()].rstrip(" -–—:@(=,") if prices else rest
    if category and named:
        title = title[named.end() :].strip()
    unit = total = ""
    for price in prices:
        trail, lead = (price["trail"] or "").lower(), (price["lead"] or "").lower()
        if price["times"]:
            quantity = quantity or price["times"]
            unit = price["money"]
        elif lead in ("=", "total") or trail == "total":
            total = price["money"]
        elif trail or lead in ("@", "à", "at", "je", "each"):
            unit = price["money"]
        elif len(prices) > 1:
            unit, total = (price["money"], total) if not unit else (unit, price["money"])
        else:
            total = price["money"]
    if not title or not any(c.isalpha() for c in title):
        return None
    return GridRow(number, (title.strip("* "), category, quantity or "", unit, total))
