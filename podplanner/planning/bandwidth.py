"""What the links of a pod give its drives when all of them work, and which link is the narrowest.

A figure that is missing is tried at every value that it may have: where one of them would hold the
drives back, the answer is "at most", and says what must be stated.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from podplanner.catalog.pod import Pod
from podplanner.planning.capacities import Alternative
from podplanner.planning.chain import OUTWARD, Chain, Link, Step
from podplanner.planning.chaining import chain_of
from podplanner.planning.loads import (
    LinkLoad,
    Stage,
    loads_of,
    narrowest_outlet,
    network_rate,
    stages_of,
)
from podplanner.planning.sharing import Flow, Share, fair_shares
from podplanner.planning.topology import Basis, Gap


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all drives get together when all of them work, in bytes per second, rounded down.

    Attributes:
        total: Of all drives; None: unknown.
        per_drive: Of the drive that gets the least; None: unknown.
        limit: The narrowest link of the step that holds most drives back; None: no known link holds
            a drive back.
    """

    total: int | None
    per_drive: int | None
    limit: LinkLoad | None


@dataclass(frozen=True, slots=True)
class DriveRate:
    """What the drive of one bay gives the host when all of them work.

    Attributes:
        reads: What it reads in sequence at most, in bytes per second; None: unknown.
        rate: What it gives, in bytes per second, rounded down; None: unknown.
        limit: The link that holds it back; None: it gives what it reads, or it is unknown.
    """

    bay: int
    reads: int | None
    rate: int | None
    limit: LinkLoad | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """What would come out if a missing figure had one of its values.

    Attributes:
        first: What it would be, in words: `x4`.
        second: The rest of it: `PCIe 2`; may be empty.
        rate: What one link carries then, in bytes per second.
        host: What the host gets then.
        network: What the network gets then.
        limits_host: Whether the host gets less than without that link.
        limits_network: Whether the network gets less than without that link.
    """

    first: str
    second: str
    rate: int
    host: Outcome
    network: Outcome
    limits_host: bool
    limits_network: bool

    @property
    def limits(self) -> bool:
        """Return whether the link would hold anything back."""
        return self.limits_host or self.limits_network


@dataclass(frozen=True, slots=True)
class Question:
    """A figure that is missing, with all that depends on it.

    Attributes:
        subject: The part that it is about.
        links: How many links depend on it.
        drives: The most drives on one of them.
        wants: What must be stated, in words.
        scenarios: One for each value that it may have; empty: nothing is known of it.
    """

    step: Step
    subject: str
    links: int
    drives: Fraction
    wants: tuple[str, ...]
    scenarios: tuple[Scenario, ...]

    @property
    def matters(self) -> bool:
        """Return whether a value that it may have would hold anything back."""
        return not self.scenarios or any(scenario.limits for scenario in self.scenarios)

    @property
    def matters_to_host(self) -> bool:
        """Return whether a value that it may have would hold back what comes to the host."""
        if self.step in OUTWARD:
            return False
        return not self.scenarios or any(scenario.limits_host for scenario in self.scenarios)


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """What a pod's links give its drives. Rates are bytes per second.

    Attributes:
        drives: What each bay that counts gives the host at most when all work.
        demand: What the drives read together at most; None: unknown.
        stages: The chain, from the drives to the network.
        host: What reaches the host at most.
        network: What reaches the network at most.
        least_host: What reaches the host if every missing figure has its least value; None:
            unknown.
        least_network: The same for the network.
        questions: The missing figures that matter.
        settled: The missing figures that do not, whatever they are.
        basis: What the wiring rests on.
        notes: What was assumed, a sentence each.
    """

    drives: tuple[DriveRate, ...]
    demand: int | None
    stages: tuple[Stage, ...]
    host: Outcome
    network: Outcome
    least_host: Outcome | None
    least_network: Outcome | None
    questions: tuple[Question, ...]
    settled: tuple[Question, ...]
    basis: Basis
    notes: tuple[str, ...]

    @property
    def limiting(self) -> LinkLoad | None:
        """Return the link that holds the pod's total to the network back; None: none is known."""
        return self.network.limit

    @property
    def host_is_certain(self) -> bool:
        """Return whether no missing figure could lower what reaches the host."""
        return not any(question.matters_to_host for question in self.questions)

    @property
    def network_is_certain(self) -> bool:
        """Return whether no missing figure could lower what reaches the network."""
        return not self.questions

    def stage(self, step: Step) -> Stage | None:
        """Return the links of one step; None: the way has none."""
        return next((stage for stage in self.stages if stage.step is step), None)


def bandwidth_of(pod: Pod) -> Bandwidth | Gap:
    """Return what a pod's links give its drives, or what is missing for saying anything.

    The drives read in sequence, all at once, and share every link fairly; nothing but the rate of
    the links and of the drives is counted (no packet headers, no seeks, no processor).
    """
    chain = chain_of(pod)
    return chain if isinstance(chain, Gap) else _Evaluation(chain).bandwidth()


class _Evaluation:
    """Tries a chain at its known capacities, and at every value that a missing one may have."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._loads = loads_of(chain)
        self._rates = [link.capacity.rate for link in chain.links]
        self._to_host = self._outcome(self._rates)
        self._to_network = self._outward(self._rates)

    def bandwidth(self) -> Bandwidth:
        """Return all of it."""
        chain = self._chain
        questions = tuple(self._questions())
        open_ones = tuple(question for question in questions if question.matters)
        least = [link.capacity.least for link in chain.links]
        blind = any(not question.scenarios for question in open_ones)
        return Bandwidth(
            drives=self._drives(),
            demand=_demand(chain.flows),
            stages=stages_of(chain, self._loads),
            host=self._to_host,
            network=self._to_network,
            least_host=None if blind else self._outcome(least),
            least_network=None if blind else self._outward(least),
            questions=open_ones,
            settled=tuple(question for question in questions if not question.matters),
            basis=chain.basis,
            notes=chain.notes,
        )

    def _drives(self) -> tuple[DriveRate, ...]:
        shares = fair_shares(self._chain.flows, self._rates)
        return tuple(
            DriveRate(
                bay.number,
                flow.wish,
                None if share.rate is None else int(share.rate),
                None if share.limit is None else self._loads[share.limit],
            )
            for bay, flow, share in zip(self._chain.bays, self._chain.flows, shares, strict=True)
        )

    def _outcome(self, rates: Sequence[int | None]) -> Outcome:
        return self._summed(fair_shares(self._chain.flows, rates))

    def _outward(self, rates: Sequence[int | None]) -> Outcome:
        """Return what reaches the network: all its ways together are one more shared link."""
        outlet = len(rates)
        way = ((outlet, Fraction(1)),)
        flows = [Flow((*flow.links, *way), flow.wish) for flow in self._chain.flows]
        shares = fair_shares(flows, [*rates, network_rate(self._chain, rates)])
        if all(share.limit != outlet for share in shares):
            return self._summed(shares)
        narrow = self._loads[narrowest_outlet(self._chain, rates)]
        found = [share.rate for share in shares if share.rate is not None]
        return Outcome(int(sum(found)), int(min(found)), narrow)

    def _summed(self, shares: Sequence[Share]) -> Outcome:
        rates = [share.rate for share in shares if share.rate is not None]
        if len(rates) < len(shares):
            return Outcome(None, None, None)
        return Outcome(int(sum(rates)), int(min(rates)), self._limit(shares))

    def _limit(self, shares: Sequence[Share]) -> LinkLoad | None:
        """Return the narrowest link of the step that holds most drives back; None: none does."""
        holders = [self._loads[share.limit] for share in shares if share.limit is not None]
        if not holders:
            return None
        step = Counter(load.link.step for load in holders).most_common(1)[0][0]
        found = (load for load in holders if load.link.step is step)
        return min(found, key=lambda load: load.per_drive or 0)

    # --- What is missing ---

    def _questions(self) -> Iterator[Question]:
        """Yield one question for each part and step: cards that are alike ask the same."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for index, link in enumerate(self._chain.links):
            if not link.capacity.is_known:
                groups.setdefault(_asked(link), []).append(index)
        for indexes in groups.values():
            links = [self._chain.links[index] for index in indexes]
            wants = [want for link in links for want in link.capacity.wants]
            yield Question(
                step=links[0].step,
                subject=links[0].subject,
                links=len(links),
                drives=max(self._loads[index].drives for index in indexes),
                wants=tuple(dict.fromkeys(wants)),
                scenarios=tuple(self._scenarios(indexes)),
            )

    def _scenarios(self, indexes: Sequence[int]) -> Iterator[Scenario]:
        enough: int | None = None
        for alternative in self._chain.links[indexes[0]].capacity.alternatives:
            host, network = self._to_host, self._to_network
            if enough is None or alternative.rate < enough:
                rates = self._tried(indexes, alternative)
                host, network = self._outcome(rates), self._outward(rates)
            scenario = Scenario(
                alternative.first, alternative.second, alternative.rate, host, network,
                limits_host=_is_less(host, self._to_host),
                limits_network=_is_less(network, self._to_network),
            )  # fmt: skip
            if not scenario.limits:
                # A link that is wider than one that holds nothing back holds nothing back.
                enough = alternative.rate if enough is None else min(enough, alternative.rate)
            yield scenario

    def _tried(self, indexes: Sequence[int], alternative: Alternative) -> list[int | None]:
        """Return the rates of all links if those at `indexes` were as in one alternative."""
        rates = list(self._rates)
        for index in indexes:
            # Links that are alike have the same alternatives, each for its own lanes.
            options = self._chain.links[index].capacity.alternatives
            rates[index] = next(o.rate for o in options if o.name == alternative.name)
        return rates


def _asked(link: Link) -> tuple[object, ...]:
    """Return what a link's missing figures are about: one chipset link serves both ways."""
    options = tuple(alternative.name for alternative in link.capacity.alternatives)
    if link.step in (Step.CHIPSET, Step.OUTWARD):
        return Step.CHIPSET, link.subject, options
    return link.step, link.subject, link.capacity.wants, options


def _is_less(tried: Outcome, known: Outcome) -> bool:
    """Return whether less comes out than as far as is known, in all or for one drive."""
    if tried.total is None or tried.per_drive is None:
        return False
    if known.total is None or known.per_drive is None:
        return True
    return tried.total < known.total or tried.per_drive < known.per_drive


def _demand(flows: Sequence[Flow]) -> int | None:
    wishes = [flow.wish for flow in flows if flow.wish is not None]
    return sum(wishes) if len(wishes) == len(flows) else None
