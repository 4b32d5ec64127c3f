"""TXT: does the text of the list say what its author wrote?"""

import re
from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.matching import alternates
from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Accessory, Part
from podplanner.catalog.pod import Item, Pod
from podplanner.rules.base import Finding, Repair, Rule, Severity

_INCH_AS_EURO = re.compile(r"(?<![\d.,])(\d{1,3})5€")
# A double prime (U+2033) is E2 80 B3 in UTF-8. Lists that went through two wrong encodings show
# its rest as `5€` behind the number: 12 inches become `125€`.
_TOKEN = re.compile(r"[\w-]+")
_INCH_MM = Decimal("25.4")


def text_is_garbled(pod: Pod) -> Iterator[Finding]:
    """Text was not spoilt by a wrong encoding.

    Why it matters: `125€` for 12 inches is read as a price, and garbled part numbers find
    nothing.

    Fails when: a title or description holds sequences that only a wrong encoding makes, or a
    euro sign behind a number where an inch mark belongs. The inch mark is a safe repair where
    the part is known to have that length.
    """
    for item in pod.items:
        for field in ("title", "description"):
            text = getattr(item.line, field)
            if text.isascii():
                continue
            mended, why, safe = _mended(text, item, pod.bill.currency)
            if mended == text:
                if "\ufffd" in text:
                    yield Finding(item, f"the {field} has lost a character (\ufffd)",
                                  fix="Type it anew.", field=field)  # fmt: skip
                continue
            repair = Repair("" if safe else field, field, mended, safe=safe)
            yield Finding(
                item,
                why,
                fix=f"It should probably read {mended!r}.",
                field=field,
                repairs=(repair,),
            )


def _mended(text: str, item: Item, currency: str | None) -> tuple[str, str, bool]:
    """Return the text as it was meant, what is wrong with it, and whether that is sure."""
    from ftfy import fix_encoding

    fixed = fix_encoding(text)
    if fixed != text:
        return fixed, "the text went through a wrong encoding", True
    match = _INCH_AS_EURO.search(text)
    if match is None or currency == "EUR":
        return text, "", False
    inches = Decimal(match[1])
    sure = _length_mm(item.part) == inches * _INCH_MM
    mended = f'{text[: match.start()]}{match[1]}"{text[match.end() :]}'
    why = f'`{match[0]}` is a garbled inch mark: {match[1]}"'
    if sure and item.part is not None:
        why += f" (the {item.part.sku} is {match[1]} in long)"
    return mended, why, sure


def _length_mm(part: Part | None) -> Decimal | None:
    return part.length if isinstance(part, Accessory) else None


def letter_for_zero(pod: Pod) -> Iterator[Finding]:
    """Part numbers have zeros where their maker has zeros.

    Why it matters: a number with a letter O for a zero finds nothing in any shop.

    Fails when: a number in the list holds a letter O and, with a zero in its place, is a known
    part. Where no such part is known, nothing is said.
    """
    for item in pod.items:
        if item.part is None:
            continue
        known = {normal(number) for number in (item.part.sku, *item.part.aliases)}
        for field in ("mpn", "title", "description"):
            text = getattr(item.line, field) or ""
            for token in _TOKEN.findall(text):
                meant = token.replace("O", "0")
                if meant == token or not any(c.isdigit() for c in token):
                    continue
                if normal(token) in known or not _is_known(normal(meant), known):
                    continue
                mended = text.replace(token, meant)
                yield Finding(
                    item,
                    f"{token} has a letter O for a zero: {item.part.sku} is a known part",
                    fix=f"Write {meant}.", field=field,
                    repairs=(Repair("", field, mended, safe=True),),
                )  # fmt: skip


def _is_known(number: str, known: set[str]) -> bool:
    """Return whether a number is a known one, up to a suffix of one letter."""
    return number in known or (number[-1:].isalpha() and number[:-1] in known)


def two_numbers_in_one(pod: Pod) -> Iterator[Finding]:
    """A field holds one part number.

    Why it matters: an order needs one of them, and the shop will choose.

    Fails when: a field prints two alternates in one number, such as `G1238M(OR E)12B1`.
    """
    for item in pod.items:
        both = alternates(f"{item.line.mpn or ''} {item.line.title} {item.line.description}")
        if both is not None:
            yield Finding(
                item, f"two part numbers in one: {both[0]} or {both[1]}",
                fix="Write the one that you buy.", field="description",
            )  # fmt: skip


def title_is_missing(pod: Pod) -> Iterator[Finding]:
    """Every line says what it is.

    Why it matters: a number without a name cannot be checked by a person.

    Fails when: a line has neither title nor description nor part.
    """
    for item in pod.items:
        line = item.line
        if not (line.title or line.description or line.part or line.mpn or line.bill):
            yield Finding(item, "the line does not say what it is", fix="Write a title.",
                          field="title")  # fmt: skip


RULES = (
    Rule("TXT001", Severity.WARNING, text_is_garbled),
    Rule("TXT002", Severity.NOTE, letter_for_zero),
    Rule("TXT003", Severity.NOTE, two_numbers_in_one),
    Rule("TXT004", Severity.WARNING, title_is_missing),
)
