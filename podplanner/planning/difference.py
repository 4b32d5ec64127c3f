"""Two bills compared: what was added, what went, what changed, and what each costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from podplanner.catalog.naming import normal
from podplanner.catalog.pod import Item, Pod
from podplanner.catalog.vocabulary import fold
from podplanner.units.money import exactly

_FIELDS = ("part", "title", "description", "quantity", "unit_price", "discount_percent", "total",
           "currency", "section", "vendor")  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a line before and after, as text; None where it was absent."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one line.

    Attributes:
        before: What it cost; 0 when it is new, None when unknown.
        after: What it costs; 0 when it is gone, None when unknown.
        difference: The change in cost; None when one side is unknown.
    """

    kind: Literal["added", "gone", "changed"]
    id: str
    name: str
    fields: tuple[FieldChange, ...]
    before: Decimal | None
    after: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two bills compared; costs are None when they are unknown or in different currencies."""

    currency: str | None
    changes: tuple[Change, ...]
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Return what the cost changes by."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@exactly
def compare(old: Pod, new: Pod) -> Difference:
    """Return what changed from `old` to `new`.

    Lines are the same when they have the same id and a part or title in common, else the same
    part, else the same words; what is left was added or went.
    """
    pairs = _pairs(old, new)
    comparable = old.bill.currency == new.bill.currency
    changes: list[Change] = []
    for before, after in pairs:
        change = _change(before, after)
        if change is not None:
            changes.append(change if comparable else _without_cost(change))
    charges = tuple(_charge_changes(old, new))
    changes += charges if comparable else (_without_cost(change) for change in charges)
    return Difference(
        new.bill.currency if comparable else None,
        tuple(changes),
        _cost(old) if comparable else None,
        _cost(new) if comparable else None,
    )


def _cost(pod: Pod) -> Decimal | None:
    """Return what the lines with a known amount and the charges cost, in the bill's currency."""
    amounts = list(pod.bill.amounts())
    if any(money.currency != pod.bill.currency for money in amounts):
        return None
    return sum((money.amount for money in amounts), Decimal(0))


def _keys(item: Item) -> tuple[tuple[str, ...], ...]:
    """Return what tells that two lines are the same, the surest first."""
    line = item.line
    part = normal(line.part or line.mpn or "")
    words = fold(f"{line.title} {line.description}")
    section = line.section or ""
    return (
        ("id", line.id, part or words, section),
        ("part", part, section) if part else ("words", words, section),
        ("part", part) if part else ("words", words),
        ("title", fold(line.title)),
        ("id", line.id),
    )  # fmt: skip


def _pairs(old: Pod, new: Pod) -> list[tuple[Item | None, Item | None]]:
    left, right = list(old.items), list(new.items)
    partner: dict[int, Item] = {}
    for level in range(len(_keys(left[0])) if left else 0):
        waiting: dict[tuple[str, ...], list[Item]] = {}
        for item in left:
            waiting.setdefault(_keys(item)[level], []).append(item)
        for item in list(right):
            same = waiting.get(_keys(item)[level])
            if same:
                found = same.pop(0)
                partner[item.position] = found
                left.remove(found)
                right.remove(item)
    pairs: list[tuple[Item | None, Item | None]] = [
        (partner.get(item.position), item) for item in new.items
    ]
    return [*pairs, *((item, None) for item in left)]


def _change(before: Item | None, after: Item | None) -> Change | None:
    if before is None and after is not None:
        amount = after.line.amount
        return Change("added", after.line.id, after.line.name, (), Decimal(0), amount, amount)
    if after is None and before is not None:
        amount = before.line.amount
        gone = None if amount is None else -amount
        return Change("gone", before.line.id, before.line.name, (), amount, Decimal(0), gone)
    if before is None or after is None:
        return None
    fields = tuple(
        FieldChange(name, _text(b), _text(a))
        for name in _FIELDS
        if _differ(b := getattr(before.line, name), a := getattr(after.line, name))
    )
    if not fields:
        return None
    was, now = before.line.amount, after.line.amount
    moved = before.line.currency != after.line.currency
    difference = None if was is None or now is None or moved else now - was
    return Change("changed", after.line.id, after.line.name, fields, was, now, difference)


def _charge_changes(old: Pod, new: Pod) -> Iterator[Change]:
    """Yield what happened to shipping, tax, fees and discounts, found by kind and title."""
    before, after = _charges(old), _charges(new)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        kind: Literal["added", "gone", "changed"] = "changed"
        if was is None:
            kind = "added"
        elif now is None:
            kind = "gone"
        one, two = was or Decimal(0), now or Decimal(0)
        fields = (FieldChange("amount", _text(was), _text(now)),) if kind == "changed" else ()
        yield Change(kind, key[0], key[1], fields, one, two, two - one)


def _charges(pod: Pod) -> dict[tuple[str, str], Decimal]:
    """Return what each charge adds, by its kind and title."""
    found: dict[tuple[str, str], Decimal] = {}
    for charge in pod.bill.charges:
        if charge.amount is not None and not charge.included:
            key = (charge.kind, charge.title)
            found[key] = found.get(key, Decimal(0)) + charge.amount
    return found


def _differ(before: object, after: object) -> bool:
    return (
        (before or None) != (after or None) if not isinstance(before, Decimal) else before != after
    )


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _without_cost(change: Change) -> Change:
    return Change(change.kind, change.id, change.name, change.fields, change.before, change.after,
                  None)  # fmt: skip
