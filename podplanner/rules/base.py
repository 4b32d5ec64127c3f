"""Rules: what a check is, what it says, and how all of them are run."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from podplanner.catalog.bill import Place
from podplanner.catalog.pod import Item, Pod
from podplanner.units.money import exactly


class Severity(StrEnum):
    """How bad a finding is; only errors fail a check unless it is strict."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    UNKNOWN = "unknown"


_ORDER = {
    Severity.ERROR: 0,
    Severity.WARNING: 1,
    Severity.UNKNOWN: 2,
    Severity.NOTE: 3,
}


@dataclass(frozen=True, slots=True)
class Repair:
    """A change of one field that mends a finding.

    Attributes:
        choice: The word by which a person chooses it; empty where there is nothing to choose.
        field: The field of the line.
        value: Its new value: an amount, or words.
        safe: Whether it may be made without asking.
    """

    choice: str
    field: str
    value: Decimal | str
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says: about one item or the whole bill, what is wrong, what would mend it."""

    item: Item | None
    message: str
    fix: str = ""
    severity: Severity | None = None
    """None: the severity of the rule."""
    field: str | None = None
    """The field of the line that is meant, for pointing at its column."""
    count: int = 1
    """How many places this one finding stands for."""
    place: Place | None = None
    """Where it stands, when that is neither the line nor the bill (a charge, a link)."""
    repairs: tuple["Repair", ...] = ()
    """What would mend it: one safe repair, or several of which a person must choose one."""

    @classmethod
    def unknown(cls, item: Item | None, message: str, *, wants: str) -> "Finding":
        """Return that nothing can be said, and the fact that is wanted for saying it."""
        return cls(item, message, fix=f"State {wants}.", severity=Severity.UNKNOWN)

    def located(self, bill_columns: dict[str, int], file: str) -> Place:
        """Return the file, row and column of what is meant, as far as they are known."""
        at = self.place or (self.item.line.place if self.item else None)
        if at is None:
            return Place(file)
        if self.field is None or at.column is not None:
            return at
        return replace(at, column=bill_columns.get(self.field))


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with its code and its usual severity; the docstring of `check` is its page."""

    code: str
    severity: Severity
    check: Callable[[Pod], Iterator[Finding]]

    @property
    def title(self) -> str:
        """Return the first line of the rule's documentation."""
        return (self.check.__doc__ or self.code).splitlines()[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding with its rule and its settled severity."""

    rule: Rule
    finding: Finding
    severity: Severity


def named(items: Sequence[Item]) -> str:
    """Return the first few of several items by position and name, and how many more there are."""
    shown = ", ".join(f"{item.position} {item.line.name[:40]}" for item in items[:3])
    return shown + (f" and {len(items) - 3} more" if len(items) > 3 else "")


@exactly
def run(rules: Iterable[Rule], pod: Pod) -> tuple[Verdict, ...]:
    """Return everything that `rules` find in `pod`: the worst first, else in their order."""
    verdicts = (
        Verdict(rule, finding, finding.severity or rule.severity)
        for rule in rules
        for finding in rule.check(pod)
    )
    return tuple(sorted(verdicts, key=lambda verdict: _ORDER[verdict.severity]))


def tally(verdicts: Iterable[Verdict]) -> dict[Severity, int]:
    """Return how many findings there are of each severity; every severity is there."""
    counts = dict.fromkeys(Severity, 0)
    for verdict in verdicts:
        counts[verdict.severity] += 1
    return counts
