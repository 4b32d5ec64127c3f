"""Everything that can be said of a pod ahead of buying it, gathered once: `outlook_of`.

What cannot be said is a `Lack`: why not, and what would mend it.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod
from podplanner.catalog.prices import Site, Tariff
from podplanner.planning.bandwidth import Bandwidth, bandwidth_of
from podplanner.planning.capacity import (
    Capacity,
    CapacityError,
    Holdings,
    capacity_of,
    holdings_of,
)
from podplanner.planning.durability.answer import Answer, Question, answer
from podplanner.planning.durability.rate import AnnualFailureRate
from podplanner.planning.durability.rebuild import (
    DurationError,
    Rebuild,
    drive_share_of,
    rebuild_of,
    stated_rebuild,
)
from podplanner.planning.durability.spread import groups_of
from podplanner.planning.ownership import Asked, Gathered, ownership_of
from podplanner.planning.placement import Misfit, Placement, place
from podplanner.planning.power import PodPower, power_of
from podplanner.planning.running_cost import CloudCost, RunningCost, cloud_cost, running_cost
from podplanner.planning.spin_up import AT_ONCE, SpinUp
from podplanner.planning.topology import Gap


@dataclass(frozen=True, slots=True)
class Lack:
    """Why something cannot be said, and what would mend that: a clause and a sentence."""

    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says beside the list.

    Attributes:
        asked: Years, pods, layout, and what replaces figures of the list.
        site: What power and space cost.
        tariff: The cloud to set beside.
        egress_percent: Of what is kept, how much is read out of the cloud each month.
        rebuild_h: From a failure to whole redundancy; None: from the drive's size and speed.
        spin_up: How the drives start.
    """

    asked: Asked
    site: Site
    tariff: Tariff
    egress_percent: Decimal
    rebuild_h: float | None = None
    spin_up: SpinUp = AT_ONCE

    @property
    def layout(self) -> DriveLayout | None:
        """Return how the data drives are grouped."""
        return self.asked.layout

    @property
    def pods(self) -> int:
        """Return how many pods alike there are."""
        return self.asked.pods


@dataclass(frozen=True, slots=True)
class Durability:
    """How likely loss is: the question that pod and wishes put, and its answer."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a pod will do, and what it costs; of several pods, `power` to `placement` are of one.

    Attributes:
        cloud: None where its currency is another, or what is kept is unknown.
        no_cloud: Why there is none; None where there is one.
    """

    pod: Pod
    wishes: Wishes
    holdings: Holdings | Lack
    power: PodPower | Lack
    bandwidth: Bandwidth | Lack
    placement: Placement | Lack
    capacity: Capacity | Lack
    durability: Durability | Lack
    gathered: Gathered
    cost: RunningCost
    cloud: CloudCost | None
    no_cloud: Lack | None


def outlook_of(pod: Pod, wishes: Wishes) -> Outlook:
    """Return everything that can be said of a pod, and of the rest why it cannot.

    Raises:
        PriceError: The list has negative prices; see `ownership_of`.
        ValueError: A wish cannot be (negative, no years); see `running_cost`.
    """
    held = _holdings(pod)
    gathered = ownership_of(pod, wishes.site, wishes.asked)
    cost = running_cost(gathered.ownership)
    cloud = _cloud(gathered, wishes)
    power, bandwidth = power_of(pod, wishes.spin_up), bandwidth_of(pod)
    return Outlook(
        pod=pod,
        wishes=wishes,
        holdings=held,
        power=_lack(power) if isinstance(power, Gap) else power,
        bandwidth=_lack(bandwidth) if isinstance(bandwidth, Gap) else bandwidth,
        placement=_placement(pod, wishes),
        capacity=_capacity(held, wishes),
        durability=_durability(pod, held, gathered.rate, wishes),
        gathered=gathered,
        cost=cost,
        cloud=None if isinstance(cloud, Lack) else cloud,
        no_cloud=cloud if isinstance(cloud, Lack) else None,
    )


def priced(pod: Pod, drive_price: Decimal | None) -> Pod:
    """Return a pod whose data drives that its list does not have cost what the catalog says.

    Args:
        pod: Perhaps from `filling.with_drives`.
        drive_price: Of one of them, instead of the catalog's.
    """
    listed = {line.id for line in pod.bill.lines}
    items = tuple(
        item
        if item.line.id in listed or item not in pod.data_drives
        else _priced(item, drive_price, pod.bill.currency)
        for item in pod.items
    )
    return replace(pod, items=items)


def _priced(item: Item, price: Decimal | None, currency: str | None) -> Item:
    part = item.part
    if price is None and part is not None and part.price_currency == currency:
        price = part.price
    return replace(item, line=item.line.model_copy(update={"unit_price": price}))


_NO_LAYOUT = Lack(
    "no drive layout is given", "Give --layout, or write `layout` at the top of the list."
)


def _lack(gap: Gap) -> Lack:
    return Lack(gap.reason, f"State {gap.wants}.")


def _placement(pod: Pod, wishes: Wishes) -> Placement | Lack:
    layout = wishes.layout
    if layout is None:
        return _NO_LAYOUT
    found = place(pod, layout, pods=wishes.pods if layout.is_cluster else 1)
    if isinstance(found, Gap):
        return _lack(found)
    return Lack(found.reason, found.fix) if isinstance(found, Misfit) else found


def _holdings(pod: Pod) -> Holdings | Lack:
    try:
        return holdings_of(pod)
    except CapacityError as error:
        return Lack(str(error), "Add data drives to the list, or give --drive.")


def _capacity(held: Holdings | Lack, wishes: Wishes) -> Capacity | Lack:
    layout = wishes.layout
    if layout is None:
        return _NO_LAYOUT
    if isinstance(held, Lack):
        return held
    try:
        return capacity_of(
            layout, drives=held.in_pods(wishes.pods), drive_bytes=held.drive_bytes,
            pods=wishes.pods,
        )  # fmt: skip
    except CapacityError as error:
        return Lack(str(error), "Choose another layout, or other drives.")


# --- Durability ---


def _durability(
    pod: Pod, held: Holdings | Lack, rate: AnnualFailureRate | None, wishes: Wishes
) -> Durability | Lack:
    layout = wishes.layout
    if layout is None:
        return _NO_LAYOUT
    if isinstance(held, Lack):
        return held
    if rate is None:
        return Lack("the failure rate of the drives is not known", "Give --afr.")
    rebuild = _rebuild(pod, layout, held, wishes)
    if isinstance(rebuild, Lack):
        return rebuild
    try:
        spread = groups_of(layout, drives=held.drives, pods=wishes.pods)
    except ValueError as error:
        return Lack(str(error), "Choose another layout, or other drives.")
    question = Question(spread, wishes.pods, rate, rebuild)
    return Durability(question, answer(question))


def _rebuild(pod: Pod, layout: DriveLayout, held: Holdings, wishes: Wishes) -> Rebuild | Lack:
    try:
        if wishes.rebuild_h is not None:
            return stated_rebuild(wishes.rebuild_h)
        share = _rebuild_rate(pod)
        if share is None:
            return Lack("how fast a drive rebuilds is not known", "Give --rebuild.")
        rate, assumed = share
        return rebuild_of(
            layout, drive_bytes=held.drive_bytes, rate=rate, drives=held.drives,
            pods=wishes.pods, assumed=assumed,
        )  # fmt: skip
    except DurationError as error:
        return Lack(f"the rebuild cannot be reckoned: {error}", "Give --rebuild.")


def _rebuild_rate(pod: Pod) -> tuple[float, tuple[str, ...]] | None:
    """Return what the slowest data drive gives a rebuild; None where one does not say."""
    shares = [
        drive_share_of(item.part) if isinstance(item.part, Drive) else None
        for item in pod.data_drives
    ]
    known = [share for share in shares if share is not None]
    return min(known) if known and len(known) == len(shares) else None


# --- The cloud ---


def _cloud(gathered: Gathered, wishes: Wishes) -> CloudCost | Lack:
    kept, tariff = gathered.ownership.stored_bytes, wishes.tariff
    if not kept:
        return Lack("what can be kept is not known", "Give a layout and data drives.")
    if gathered.currency not in (None, tariff.currency):
        return Lack(
            f"{tariff.name} is priced in {tariff.currency}, the list in {gathered.currency}",
            "Give the price of a cloud in that currency.",
        )
    return cloud_cost(
        tariff, stored_bytes=kept, egress_bytes_month=int(kept * wishes.egress_percent / 100),
        years=wishes.asked.years,
    )  # fmt: skip
