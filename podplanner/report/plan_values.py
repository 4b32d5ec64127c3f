"""What the plan of a pod holds: words to print, each with the exact value behind it.

Every section is there, always: what of it cannot be said is a sentence in `missing`.
"""

from dataclasses import dataclass
from datetime import date

from podplanner.report.bandwidth_rows import BandwidthRow
from podplanner.report.placement_text import FailureRow
from podplanner.report.values import Fact, Figure, FindingEntry, SeverityCount


@dataclass(frozen=True, slots=True)
class Card:
    """A figure to see first, with what it rests on."""

    key: str
    label: str
    figure: Figure
    note: str


@dataclass(frozen=True, slots=True)
class BarEntry:
    """One bar of a chart: words above, and the bar as inline SVG without words."""

    label: str
    words: str
    bar: str


@dataclass(frozen=True, slots=True)
class FailureEntry:
    """What is lost with a part; `severity` is how bad that is, as of a finding."""

    row: FailureRow
    severity: str


@dataclass(frozen=True, slots=True)
class PlacementSection:
    """Where the drives sit.

    Attributes:
        missing: Why there is no placement; empty where there is one.
        drawing: As SVG; empty where the case cannot be drawn.
        undrawn: Why not; empty where it is drawn.
        bays: The same in lines of words, where it is not drawn.
        proof: Why no placement does better, a sentence each.
        notes: What was assumed, a sentence each.
    """

    missing: str
    drawing: str
    undrawn: str
    bays: str
    proof: tuple[str, ...]
    failures: tuple[FailureEntry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepEntry:
    """What is left of the raw bytes after one deduction."""

    name: str
    size: Figure
    terabytes: str
    tebibytes: str
    share: Figure


@dataclass(frozen=True, slots=True)
class CapacitySection:
    """How much the layout stores; figures are bytes."""

    missing: str
    raw: Figure
    usable: Figure
    recommended: Figure
    steps: tuple[StepEntry, ...]
    chart: tuple[BarEntry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """Loss within a year by one model.

    Attributes:
        loss: Probability; None: unknown.
        nines: In words; `no end` where nothing fails.
        interval: Nines at both ends of the failure rate's 95 % interval; empty without one.
    """

    name: str
    meaning: str
    loss: float | None
    loss_words: str
    nines: Figure
    interval: str


@dataclass(frozen=True, slots=True)
class DurabilitySection:
    """How likely data is lost.

    Attributes:
        facts: Groups, failure rate, rebuild.
        chart: Nines against rebuild time and failure rate, as SVG; empty where nothing fails.
    """

    missing: str
    facts: tuple[Fact, ...]
    models: tuple[ModelEntry, ...]
    chart: str
    chart_note: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionEntry:
    """A figure that is missing on the way of the data, with what each value would lead to."""

    about: str
    answers: tuple[str, ...]
    wish: str


@dataclass(frozen=True, slots=True)
class BandwidthSection:
    """The way of the data; figures are bytes per second.

    Attributes:
        headlines: What reaches the host, and what the network.
    """

    missing: str
    headlines: tuple[str, ...]
    host: Figure
    network: Figure
    drawing: str
    rows: tuple[BandwidthRow, ...]
    questions: tuple[QuestionEntry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """One load of a supply against its rating.

    Attributes:
        supply: One, or several on one bus.
        drives: Of the data drives alone.
        whole: With everything else that hangs, or may hang, there.
        share: Of the rating.
        standing: In words; `severity` is how bad it is, as of a finding, or `ok`.
    """

    supply: str
    feeds: str
    quantity: str
    drives: Figure
    whole: Figure
    rating: Figure
    share: Figure
    severity: str
    standing: str


@dataclass(frozen=True, slots=True)
class WallEntry:
    """What the pod takes from the wall in one state; watts."""

    state: str
    watts: Figure


@dataclass(frozen=True, slots=True)
class SourcedFigure:
    """A figure of a drive with its source, or why it is assumed."""

    part: str
    name: str
    figure: Figure
    source: str


@dataclass(frozen=True, slots=True)
class PowerSection:
    """What the supplies carry."""

    missing: str
    summary: str
    checks: tuple[CheckEntry, ...]
    chart: tuple[BarEntry, ...]
    wall: tuple[WallEntry, ...]
    wall_note: str
    figures: tuple[SourcedFigure, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CostItemEntry:
    """One share of the cost of owning, and how it was reckoned."""

    name: str
    amount: Figure
    share: Figure
    reckoned: str


@dataclass(frozen=True, slots=True)
class SwingEntry:
    """The total when one input is a fifth lower, and a fifth higher."""

    name: str
    low: Figure
    high: Figure


@dataclass(frozen=True, slots=True)
class CloudEntry:
    """What a cloud asks for the same data and time."""

    name: str
    day: date
    source: str
    storage: Figure
    egress: Figure
    egress_label: str
    total: Figure
    per_tb_month: Figure


@dataclass(frozen=True, slots=True)
class OwnershipSection:
    """What owning costs.

    Attributes:
        missing: What the total lacks, a sentence; empty when it is whole.
        shares: Chart of the items, empty when the total is unknown.
        tornado: Chart of the swings, the strongest first.
        swing_words: How far each input is moved for them.
        no_cloud: Why no cloud is set beside; empty where one is.
        beside: Chart of owning and cloud, per TB kept and month; empty when one is unknown.
    """

    missing: str
    years: str
    currency: str
    items: tuple[CostItemEntry, ...]
    total: Figure
    per_tb_month: Figure
    shares: tuple[BarEntry, ...]
    swings: tuple[SwingEntry, ...]
    tornado: tuple[BarEntry, ...]
    swing_words: str
    cloud: CloudEntry | None
    no_cloud: str
    beside: tuple[BarEntry, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedFigure:
    """A figure of a part and its value in words; empty where it is no single one."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """Figures of a part for which no source was found, and the one reason given for them."""

    figures: tuple[NamedFigure, ...]
    why: str


@dataclass(frozen=True, slots=True)
class AssumedPart:
    """All that is assumed of one part.

    Attributes:
        day: When it was assumed; None: not stated.
        number: How many figures that is, in words.
    """

    part: str
    title: str
    day: date | None
    number: str
    assumptions: tuple[Assumption, ...]


@dataclass(frozen=True, slots=True)
class UnknownEntry:
    """The facts that nobody states, and what they are wanted for."""

    topic: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListSection:
    """What `bom check` says of the list itself.

    Attributes:
        counts: How many findings of each severity.
    """

    counts: tuple[SeverityCount, ...]
    findings: tuple[FindingEntry, ...]


@dataclass(frozen=True, slots=True)
class PlanReport:
    """Everything that is said of a pod before it is bought.

    Attributes:
        facts: Source, dates, drives, layout.
        findings: Of `plan check`, those that say something.
        unchecked: Of `plan check`, those that could not be made for lack of facts.
        assumed: Figures of parts that are assumed, part by part.
        granted: What else was taken for granted of the list, a sentence each.
        bare: The pod from above as SVG where there is no placement; empty where it cannot be drawn.
    """

    title: str
    made_on: date
    facts: tuple[Fact, ...]
    note: str
    cards: tuple[Card, ...]
    counts: tuple[SeverityCount, ...]
    findings: tuple[FindingEntry, ...]
    unchecked: tuple[FindingEntry, ...]
    placement: PlacementSection
    bare: str
    capacity: CapacitySection
    durability: DurabilitySection
    bandwidth: BandwidthSection
    power: PowerSection
    ownership: OwnershipSection
    list: ListSection
    assumed: tuple[AssumedPart, ...]
    granted: tuple[str, ...]
    unknown: tuple[UnknownEntry, ...]
