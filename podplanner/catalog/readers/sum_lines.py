"""Lines of text that are a total or a charge: `Total$1,942.59`, `Shipping: 12,00 €`."""

import re

from podplanner.catalog.readers.amounts import is_amount
from podplanner.catalog.readers.grid import GridRow
from podplanner.catalog.readers.sums import label_of

_MONEY_AT_END = re.compile(
    r"(?P<label>.*?)\s*(?P<amount>[-(]?\s*(?:[A-Z]{0,3}[$€£]|USD|EUR|GBP|CHF)?\s?"
    r"-?\d[\d.,'’ ]*\)?\s*(?:€|£|EUR|USD|GBP|CHF)?)\s*$"
)
_LONGEST_LABEL = 160


def sum_row(words: str, number: int) -> GridRow | None:
    """Return a total or charge row, `Total$1,942.59`, as cells under our headings."""
    words = " ".join(words.split())
    if len(words) > _LONGEST_LABEL:
        return None
    match = _MONEY_AT_END.fullmatch(words)
    if match is None or not match["label"].strip(" :\t"):
        return None
    label = match["label"].strip(" :\t")
    if label_of(label) is None or not is_amount(match["amount"]):
        return None
    return GridRow(number, (label, "", "", "", match["amount"].strip()))
