"""The plan of a pod: everything a page or a file says of it, in words and figures."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from podplanner.catalog.pod import Item, Pod
from podplanner.planning.bandwidth import Bandwidth
from podplanner.planning.durability.answer import nines_of
from podplanner.planning.outlook import Lack, Outlook
from podplanner.report.assumed import assumed_parts
from podplanner.report.plan_ownership import ownership_section
from podplanner.report.plan_power import missing_for_power, power_section
from podplanner.report.plan_sections import (
    CHOSEN,
    bandwidth_section,
    capacity_section,
    durability_section,
    placement_section,
)
from podplanner.report.plan_values import (
    BandwidthSection,
    CapacitySection,
    Card,
    DurabilitySection,
    ListSection,
    OwnershipSection,
    PlanReport,
    PowerSection,
    UnknownEntry,
)
from podplanner.report.values import BillReport, Fact, Figure, FindingEntry, SeverityCount
from podplanner.report.wording import UNKNOWN, listed, money_words
from podplanner.rules.base import Severity
from podplanner.units.money import Money

__all__ = ["PlanReport", "plan_report_of"]

_NONE_FOUND = "none"


def plan_report_of(outlook: Outlook, checked: BillReport, listing: BillReport) -> PlanReport:
    """Return the plan of a pod.

    Args:
        outlook: Everything that was reckoned of it.
        checked: The report of its list with the findings of `plan check`.
        listing: The same with those of `bom check`.
    """
    capacity, durability = capacity_section(outlook), durability_section(outlook)
    bandwidth, power = bandwidth_section(outlook), power_section(outlook)
    ownership = ownership_section(outlook)
    placement = placement_section(outlook)
    return PlanReport(
        title=listing.title,
        made_on=listing.made_on,
        facts=tuple(_facts(outlook, listing)),
        note=listing.note,
        cards=tuple(
            _cards(outlook, capacity, durability, bandwidth, power, ownership, checked.counts)
        ),
        counts=checked.counts,
        findings=tuple(_of(checked.findings, unknown=False)),
        unchecked=tuple(_of(checked.findings, unknown=True)),
        placement=placement,
        bare="" if placement.drawing else listing.drawing.top or "",
        capacity=capacity,
        durability=durability,
        bandwidth=bandwidth,
        power=power,
        ownership=ownership,
        list=ListSection(listing.counts, listing.findings),
        assumed=tuple(assumed_parts(item.part for item in outlook.pod.items if item.part)),
        granted=tuple(_granted(outlook.pod, listing)),
        unknown=tuple(_unknown(outlook, listing)),
    )


def _of(findings: Iterable[FindingEntry], *, unknown: bool) -> Iterator[FindingEntry]:
    for finding in findings:
        if (finding.severity == Severity.UNKNOWN.value) is unknown:
            yield finding


def _facts(outlook: Outlook, bill: BillReport) -> Iterator[Fact]:
    yield from (fact for fact in bill.facts if fact.label != "Lines")
    pods = outlook.wishes.pods
    if pods > 1:
        yield Fact("Pods", f"{pods:,} alike")
    yield Fact("Data drives", _drives(outlook.pod))
    layout = outlook.wishes.layout
    yield Fact("Drive layout", layout.written if layout else UNKNOWN)
    if bill.currency_words:
        yield Fact("Currency", bill.currency_words)


def _drives(pod: Pod) -> str:
    names = tuple(
        f"{UNKNOWN if item.quantity is None else f'{item.quantity:f}'} × "
        f"{item.part.sku if item.part else item.line.name}"
        for item in pod.data_drives
    )
    return listed(names) if names else "none in the list"


# --- What to see first ---


def _cards(
    outlook: Outlook, capacity: CapacitySection, durability: DurabilitySection,
    bandwidth: BandwidthSection, power: PowerSection, ownership: OwnershipSection,
    counts: tuple[SeverityCount, ...],
) -> Iterator[Card]:  # fmt: skip
    usable = f"usable {capacity.usable.words} of {capacity.raw.words} raw, before fill advice"
    yield Card("recommended_bytes", "To store", capacity.recommended, capacity.missing or usable)
    yield _nines_card(outlook, durability)
    yield Card("network_rate", "To the network", bandwidth.network,
               bandwidth.missing or _network_note(outlook, bandwidth))  # fmt: skip
    yield _wall_card(power)
    yield Card("per_tb_month", f"Per TB kept and month, {ownership.currency}",
               ownership.per_tb_month, _cost_note(ownership))  # fmt: skip
    yield _findings_card(counts)


def _nines_card(outlook: Outlook, section: DurabilitySection) -> Card:
    label, found = "Nines of durability a year", outlook.durability
    chosen = next(model for model in section.models if model.name == CHOSEN)
    if isinstance(found, Lack):
        return Card("nines", label, chosen.nines, section.missing)
    others = [f"{row.model} {'no end' if row.nines is None else row.nines}"
              for row in nines_of(found.answer) if row.model != CHOSEN]  # fmt: skip
    interval = f", {chosen.interval} within the failure rate's interval" if chosen.interval else ""
    return Card("nines", label, chosen.nines,
                f"{CHOSEN} model{interval}; {', '.join(others)}")  # fmt: skip


def _network_note(outlook: Outlook, section: BandwidthSection) -> str:
    found = outlook.bandwidth
    if isinstance(found, Lack) or section.network.words == UNKNOWN:
        return section.headlines[-1]
    limit = found.limiting
    if limit is None:
        return "no link holds the drives back" if found.network_is_certain else "the drives' most"
    return f"narrowest: {limit.link.step} of {limit.link.subject}"


def _wall_card(power: PowerSection) -> Card:
    if power.missing:
        return Card("watts", "At the wall", Figure(UNKNOWN, None), power.missing)
    start, active, idle = power.wall
    return Card("watts", "At the wall, drives at work", active.watts,
                f"{idle.watts.words} {idle.state}; {start.watts.words} {start.state}")  # fmt: skip


def _cost_note(section: OwnershipSection) -> str:
    if section.missing:
        return section.missing
    if section.per_tb_month.value is None:
        return f"{section.total.words} over {section.years}; what can be kept is not known"
    cloud = "" if section.cloud is None else f"; {section.cloud.name}: " \
        f"{section.cloud.per_tb_month.words}"  # fmt: skip
    return f"{section.total.words} over {section.years}{cloud}"


def _findings_card(counts: tuple[SeverityCount, ...]) -> Card:
    found = [count for count in counts if count.count and count.severity != Severity.NOTE.value]
    words = found[0].words if found else _NONE_FOUND
    value = Decimal(found[0].count) if found else Decimal(0)
    rest = ", ".join(count.words for count in found[1:])
    return Card("findings", "Findings of the check", Figure(words, value),
                f"and {rest}" if rest else "")  # fmt: skip


# --- What it rests on ---


def _granted(pod: Pod, bill: BillReport) -> Iterator[str]:
    """Yield what was taken for granted of the list; assumed figures of parts have their table."""
    of_parts = {
        f"{item.part.sku}, {figure.replace('_', ' ')}: {why}"
        for item in pod.items if item.part
        for figure, why in item.part.assumptions.items()
    }  # fmt: skip
    yield from (words for words in bill.assumed if words not in of_parts)
    listed_ids = {line.id for line in pod.bill.lines}
    for item in pod.data_drives:
        if item.line.id not in listed_ids:
            yield _planned(item, pod.bill.currency)


def _planned(item: Item, currency: str | None) -> str:
    """Return that a line of drives is planned alone, and where its price comes from."""
    name, price, part = item.line.part or item.line.name, item.line.unit_price, item.part
    words = f"{name} is planned, and not in the list"
    if price is None:
        return f"{words}; its price is not known."
    words += f"; one costs {money_words(Money(price, currency))}"
    if part is None or price != part.price:
        return f"{words}, as given."
    return f"{words}, the catalog's price of {part.price_date} ({part.price_source})."


def _unknown(outlook: Outlook, bill: BillReport) -> Iterator[UnknownEntry]:
    topics = (
        ("The list", bill.unknown),
        ("Capacity", _reason(outlook.capacity)),
        ("Durability", _reason(outlook.durability)),
        ("Placement", _reason(outlook.placement)),
        ("Bandwidth", _wanted(outlook.bandwidth)),
        ("Power", _reason(outlook.power) if isinstance(outlook.power, Lack)
         else missing_for_power(outlook.power)),
        ("Running cost", outlook.gathered.unknown),
    )  # fmt: skip
    for topic, facts in topics:
        if facts:
            yield UnknownEntry(topic, tuple(f"{fact[:1].upper()}{fact[1:]}" for fact in facts))


def _reason(found: object) -> tuple[str, ...]:
    return (found.reason,) if isinstance(found, Lack) else ()


def _wanted(found: Bandwidth | Lack) -> tuple[str, ...]:
    if isinstance(found, Lack):
        return (found.reason,)
    return tuple(dict.fromkeys(want for question in found.questions for want in question.wants))
