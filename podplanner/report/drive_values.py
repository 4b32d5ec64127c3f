"""What the page of a pod's drives holds: words to print, each with the exact value behind it.

Every section is there, always: what of it cannot be said is a sentence in `missing`. `severity`
names the colours of a verdict on a page: `error`, `warning`, `unknown`, `note` or `ok`.
"""

from dataclasses import dataclass
from datetime import datetime

from podplanner.drives.arrays.state import Array
from podplanner.drives.pulling.card import Card
from podplanner.drives.reading import DriveReading
from podplanner.report.values import Fact


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many drives have one verdict."""

    verdict: str
    severity: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """How many drives with such a value were seen to fail.

    Attributes:
        said: Values, rate and interval, in a sentence.
        words: The values alone.
        source: Who counted, and when.
        yearly, low, high: Failures per drive-year.
        failures, drive_days: What was counted; None: the source gives the rate alone.
    """

    said: str
    words: str
    source: str
    yearly: float
    low: float | None
    high: float | None
    failures: int | None
    drive_days: int | None


@dataclass(frozen=True, slots=True)
class EvidenceEntry:
    """One thing that was seen of a drive.

    Attributes:
        cause: What it speaks about; `about` says it in words.
        signal: By which `drive ack` names it; empty: none.
    """

    verdict: str
    severity: str
    cause: str
    about: str
    words: str
    signal: str
    value: int | None
    before: int | None
    accepted: bool
    risk: RiskEntry | None


@dataclass(frozen=True, slots=True)
class Point:
    """One value at one time (UTC)."""

    at: datetime
    value: int


@dataclass(frozen=True, slots=True)
class TrendEntry:
    """How one figure of a drive went.

    Attributes:
        words: The first, the last and what lies between, in a sentence.
        accepted: Value that the user accepted; None: none was.
        limit: At which something happens; None: nothing is known to.
        chart: Inline SVG; empty where there is too little to draw, or too much for one page.
    """

    signal: str
    label: str
    words: str
    points: tuple[Point, ...]
    accepted: int | None
    limit: int | None
    chart: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedEntry:
    """A value that the user accepted.

    Attributes:
        standing: What became of it since, in words; `severity` is how that looks on a page.
    """

    anchor: str
    drive: str
    signal: str
    label: str
    value: int
    value_words: str
    at: datetime
    day: str
    note: str
    standing: str
    severity: str


@dataclass(frozen=True, slots=True)
class DriveEntry:
    """One drive, as the page has it.

    Attributes:
        raw: What it said of itself, as it came: for other tools, never for a page.
        anchor: Its id in the page, made of its place in the round alone.
        place: Its bay in words, or the device.
        name: What is on its label: the serial number, else how it was asked for.
        model: Empty: unknown.
        temperature, power_on, read: In words; `unknown` where there is no value.
        heat: Severity of its warmth; empty: it is no matter.
        facts: Everything else that is known of it.
        notes: What its history tells, and what smartctl had to say.
        silent: It did not answer, or could not be judged; `why` and `last_seen` say more.
    """

    raw: DriveReading
    anchor: str
    place: str
    bay: int | None
    name: str
    model: str
    verdict: str
    severity: str
    reason: str
    temperature: str
    temperature_c: int | None
    limit_c: int | None
    heat: str
    power_on: str
    read: str
    last_seen: str
    last_seen_at: datetime | None
    silent: bool
    why: str
    facts: tuple[Fact, ...]
    evidence: tuple[EvidenceEntry, ...]
    trends: tuple[TrendEntry, ...]
    accepted: tuple[AcceptedEntry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One thing to do: by hand, or a command to type; `command` is empty where it is by hand."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class CardEntry:
    """The card of `drive next`: the drive to see to first.

    Attributes:
        raw: As it came: for other tools, never for a page.
        place: Its bay in words, else its device; `name` is what its label says.
        safety: Whether it may be pulled; `safety_severity` is how that looks on a page.
        why_safe: The reason for `safety`.
        why: Why it is this drive, a sentence each.
        facts: Where it is, beside what, in which group, and the spare.
        steps: To replace it; `after`: to check when it is replaced.
        based_on: Where the state of the arrays was read.
    """

    raw: Card
    place: str
    name: str
    verdict: str
    severity: str
    safety: str
    safety_severity: str
    why_safe: str
    why: tuple[str, ...]
    facts: tuple[Fact, ...]
    steps: tuple[StepEntry, ...]
    after: tuple[StepEntry, ...]
    based_on: str


@dataclass(frozen=True, slots=True)
class NextSection:
    """What to do first.

    Attributes:
        sentence: What it comes to.
        card: None: there is no drive to pull; `nothing` says what that means.
        others: Drives that need doing something about, the worst first.
    """

    sentence: str
    card: CardEntry | None
    nothing: str
    others: tuple[DriveEntry, ...]


@dataclass(frozen=True, slots=True)
class PictureSection:
    """The chassis seen from above; `undrawn` says why there is no picture."""

    drawing: str
    undrawn: str


@dataclass(frozen=True, slots=True)
class TemperatureSection:
    """How warm the drives are, against their own limits.

    Attributes:
        headlines: The hottest, and the one nearest to its limit.
        unsaid: Drives that do not say their temperature, in a sentence; empty: all do.
    """

    missing: str
    headlines: tuple[str, ...]
    chart: str
    chart_note: str
    hottest: DriveEntry | None
    unsaid: str


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group of drives of which some may go before data does.

    Attributes:
        standing: How many more may go, in words.
        members: Those that are not simply online, a sentence each.
    """

    name: str
    kind: str
    drives: int
    standing: str
    severity: str
    rebuild: str
    members: tuple[str, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArrayEntry:
    """One pool, md device or cluster; `raw` is as it came, for other tools."""

    raw: Array
    name: str
    kind: str
    notes: tuple[str, ...]
    groups: tuple[GroupEntry, ...]


@dataclass(frozen=True, slots=True)
class ArraySection:
    """The state of the arrays; `trouble` is what could not be read of it."""

    missing: str
    source: str
    arrays: tuple[ArrayEntry, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetSection:
    """The failure rate that was seen on these drives.

    Attributes:
        missing: Why there is none; empty where there is one.
        estimate, low, high: Failures per drive-year; None: unknown.
        facts: What was counted.
        notes: How, and how far it can be trusted.
    """

    missing: str
    words: str
    failures: int | None
    drive_days: int | None
    estimate: float | None
    low: float | None
    high: float | None
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriveReport:
    """Everything that is said of the drives of a pod.

    Attributes:
        drives: The worst first.
        troubled: Those of them that are not OK, with all that was seen of them.
        fine: Those that are OK.
        silent: Those that did not answer or could not be judged.
        notes: Of the round itself.
    """

    title: str
    made_at: datetime
    made_words: str
    read_at: datetime
    verdict: str
    severity: str
    facts: tuple[Fact, ...]
    counts: tuple[VerdictCount, ...]
    first: NextSection
    picture: PictureSection
    drives: tuple[DriveEntry, ...]
    troubled: tuple[DriveEntry, ...]
    fine: tuple[DriveEntry, ...]
    silent: tuple[DriveEntry, ...]
    temperatures: TemperatureSection
    arrays: ArraySection
    accepted: tuple[AcceptedEntry, ...]
    fleet: FleetSection
    notes: tuple[str, ...]
