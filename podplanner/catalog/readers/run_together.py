"""Rows whose columns run together, `i3-21001$114.00$114.00`: the split is solved, not guessed.

Every way to cut quantity, unit price and total off the end of a row is tried; the one in which
quantity x unit price meets the total exactly is taken, else one that rounding explains, else the
only one that is possible, with its error. Where two are equally good, both are kept.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from podplanner.catalog.arithmetic import Agreement, agreement
from podplanner.catalog.readers.amounts import Amount, NotANumberError, amount_of, number_of
from podplanner.catalog.readers.headings import Role

_MONEY_FIRST = re.compile(r"[-+(]?\s?(?:US|CA?|AU?|NZ|HK|S|R)?[$€£¥₹]\s?[-+]?\d[\d,.'’]*\)?\s*$")
_MONEY_CODE = re.compile(r"(?<![A-Za-z])(?:USD|EUR|GBP|CHF|CAD|AUD)\s?\d[\d,.'’]*\s*$")
_UNITS_AFTER = r"(?:€|£|\$|EUR|USD|GBP|CHF|CAD|AUD|zł|kr\.?)"
_MONEY_LAST = re.compile(rf"(?P<digits>\d[\d.,'’ ]*?)\s?{_UNITS_AFTER}\s*$")
_SIGN_BEHIND = re.compile(rf"\d\s?{_UNITS_AFTER}\s*$")
_PLAIN = re.compile(r"(?P<digits>\d[\d.,'’]*)\s*$")
_LEADING = re.compile(r"\s*(\d[\d.,]{0,11})")
_QUANTITY = re.compile(r"(?P<digits>\d[\d.,]*|[.,]\d+)\s*[x×]?\s*$")
_WELL_FORMED = re.compile(r"(?:0|[1-9]\d*|[1-9]\d{0,2}(?:[,.'’ ]\d{3})+)?(?:[.,]\d{1,4})?")
_TWO_DECIMALS = re.compile(r".*[.,]\d\d")


_LONGEST_ROW = 500
_LONGEST_RUN = 24
# No row of a list is longer, and no run of digits that holds a quantity and a price.


class Fit(IntEnum):
    """How well a split fits; the smaller the better."""

    EXACT = 0
    ROUNDED = 1
    UNCHECKED = 2
    """There is nothing to check it by: no total, or no unit price."""
    COARSE = 3
    """The total is whole, and rounding it to whole units explains the difference."""
    DIFFERENT = 4


@dataclass(frozen=True, slots=True)
class Split:
    """One way to read a row.

    Attributes:
        seam: How natural the cut before the numbers is: 0 at a space, 1 after a letter or a
            bracket, 2 inside a run of digits.
    """

    title: str
    quantity: Decimal | None
    unit_price: Amount | None
    total: Amount | None
    fit: Fit
    seam: int


def splits_of(row: str, order: Sequence[Role], *, leading: bool = False) -> list[Split]:
    """Return the best ways to split `row`, the most natural first; several only if equally good.

    Args:
        row: One line of text.
        order: The numeric columns from left to right.
        leading: The quantity stands before the name.
    """
    if len(row) > _LONGEST_ROW:
        return []
    found: dict[tuple[str, Decimal | None, Decimal | None, Decimal | None], Split] = {}
    row = row.rstrip()
    # A row puts its signs before all numbers or behind all of them; else `€1` could be cut out
    # of `110.00€110.00€`.
    behind = _SIGN_BEHIND.search(row) is not None
    tail = tuple(role for role in order if not (leading and role is Role.QUANTITY))
    cuts = _cuts(row, tail, behind=behind)
    for title, cut in _with_leading(cuts) if leading else cuts:
        split = _weigh(title, cut)
        if split is not None:
            key = (split.title, split.quantity, _value(split.unit_price), _value(split.total))
            found.setdefault(key, split)
    if not found:
        return []
    best = min(_rank(s) for s in found.values())
    equal = [s for s in found.values() if _rank(s) == best]
    if equal[0].fit is Fit.DIFFERENT or any(s.seam == 0 for s in equal):
        natural = min(s.seam for s in equal)
        equal = [s for s in equal if s.seam == natural]
    return sorted(equal, key=lambda s: (s.seam, len(s.title)))[:6]


def _value(amount: Amount | None) -> Decimal | None:
    return None if amount is None else amount.value


def _rank(split: Split) -> tuple[int, int]:
    """Return how good a split is, the smaller the better: how it fits, then how it looks.

    A unit price with fewer decimals than its total (`$1` or `$0.0` before `$82.00`) was cut in
    two: rounding explains nothing then, since anything would be near enough to it.
    """
    unit, total = _decimals(split.unit_price), _decimals(split.total)
    torn = unit is not None and total is not None and unit < min(total, 2)
    odd = sum(decimals not in (None, 0, 2) for decimals in (unit, total))
    odd += split.quantity is not None and split.quantity != int(split.quantity)
    fit = split.fit + len(Fit) if torn and split.fit is not Fit.EXACT else split.fit
    return int(fit), odd + 2 * torn


def _decimals(amount: Amount | None) -> int | None:
    if amount is None or amount.value is None:
        return None
    return max(-int(amount.value.as_tuple().exponent), 0)


def _cuts(
    text: str, order: tuple[Role, ...], *, behind: bool
) -> Iterator[tuple[str, dict[Role, str]]]:
    """Yield (what is left as title, role -> digits) for every way to cut the numbers off."""
    if not order:
        if text.strip():
            yield text, {}
        return
    role = order[-1]
    tokens = _last_quantity(text) if role is Role.QUANTITY else _last_money(text, behind=behind)
    for rest, token in tokens:
        for title, cut in _cuts(rest, order[:-1], behind=behind):
            yield title, {**cut, role: token}


def _with_leading(
    cuts: Iterable[tuple[str, dict[Role, str]]],
) -> Iterator[tuple[str, dict[Role, str]]]:
    """Yield every way to take the quantity off the front of the title."""
    for title, cut in cuts:
        match = _LEADING.match(title)
        for size in range(1, len(match[1]) + 1) if match else ():
            token = match[1][:size] if match else ""
            if _WELL_FORMED.fullmatch(token) and not token.endswith((".", ",")):
                rest = title.lstrip()[size:].lstrip(" x×\t")
                yield rest, {**cut, Role.QUANTITY: token}


def _last_money(text: str, *, behind: bool) -> Iterator[tuple[str, str]]:
    for pattern in () if behind else (_MONEY_FIRST, _MONEY_CODE):
        if (match := pattern.search(text)) is not None:
            yield text[: match.start()], match[0].strip()
            return
    match = _MONEY_LAST.search(text)
    tail = text[match.end("digits") :] if match else ""
    if match is None:
        match = _PLAIN.search(text)
    if match is None:
        return
    digits = match["digits"]
    start = match.start("digits")
    for offset in range(max(len(digits) - _LONGEST_RUN, 0), len(digits)):
        token = digits[offset:]
        if token[0] in ".,'’ " or not _WELL_FORMED.fullmatch(token.strip()):
            continue
        if not tail.strip() and not _TWO_DECIMALS.fullmatch(token):
            continue
        yield text[: start + offset], f"{token}{tail}".strip()


def _last_quantity(text: str) -> Iterator[tuple[str, str]]:
    match = _QUANTITY.search(text)
    if match is None:
        return
    digits, start = match["digits"], match.start("digits")
    for offset in range(max(len(digits) - _LONGEST_RUN, 0), len(digits)):
        token = digits[offset:]
        if token.endswith((".", ",")) or not _WELL_FORMED.fullmatch(token):
            continue
        if token[0] in ",'’":
            continue
        yield text[: start + offset], token


def _weigh(title: str, cut: dict[Role, str]) -> Split | None:
    name = title.strip(" \t-–:|")
    if not name or not any(c.isalpha() for c in name):
        return None
    try:
        quantity = number_of(cut[Role.QUANTITY]) if Role.QUANTITY in cut else None
        unit = amount_of(cut[Role.UNIT_PRICE]) if Role.UNIT_PRICE in cut else None
        total = amount_of(cut[Role.TOTAL]) if Role.TOTAL in cut else None
    except NotANumberError:
        return None
    if (unit and unit.value is None) or (total and total.value is None):
        return None
    fit = Fit.UNCHECKED
    if (
        quantity is not None
        and unit
        and total
        and unit.value is not None
        and total.value is not None
    ):
        fit = _FITS[agreement(quantity, unit.value, total.value)]
        if fit is Fit.DIFFERENT and total.value == int(total.value):
            coarse = agreement(quantity, unit.value, total.value, total_step=Decimal(1))
            fit = Fit.DIFFERENT if coarse is Agreement.DIFFERENT else Fit.COARSE
    return Split(name, quantity, unit, total, fit, _seam(title, cut))


_FITS = {
    Agreement.EXACT: Fit.EXACT,
    Agreement.ROUNDED: Fit.ROUNDED,
    Agreement.DIFFERENT: Fit.DIFFERENT,
}


def _seam(title: str, cut: dict[Role, str]) -> int:
    if title != title.rstrip():
        return 0
    first = next((t for r, t in cut.items() if r is Role.QUANTITY), "")
    if first and not title[-1].isdigit():
        return 1
    return 2 if title[-1].isdigit() else 1
