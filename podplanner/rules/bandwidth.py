"""BWD: do the links keep up with the drives?"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.pod import Item, Pod
from podplanner.planning.bandwidth import Bandwidth, Question, bandwidth_of
from podplanner.planning.bandwidth_words import (
    about,
    answers,
    say_load,
    say_rate,
    wish,
)
from podplanner.planning.chain import OUTWARD, Step
from podplanner.planning.loads import LinkLoad, Stage
from podplanner.planning.topology import Gap
from podplanner.rules.base import Finding, Rule, Severity

_NOTABLE = Decimal(2)
# The inner tracks of a hard drive read about half as fast as the outer ones, for which the rate
# stands: a link that gives half of it holds back the outer half of a drive, and no more.


def links_keep_up_with_drives(pod: Pod) -> Iterator[Finding]:
    """The links of each backplane carry what its drives read.

    Why it matters: a scrub and a rebuild read all drives from end to end, at the rate of the
    narrowest link, and data is at risk for as long as a rebuild takes.

    Fails when: a drive port, or a link that the drives of a backplane share, holds them back to
    less than half of what they read in sequence (less than all of it is a note); unknown when the
    drives' rate is not stated, or a link's, or how its ports switch, and could make that so. A list
    without data drives and backplanes has no links to speak of.
    """
    bandwidth = _bandwidth(pod)
    if bandwidth is None:
        return
    if isinstance(bandwidth, Gap):
        yield Finding.unknown(
            _first(pod, "backplane", "adapter", "drive"),
            f"what the links carry cannot be said: {bandwidth.reason}", wants=bandwidth.wants,
        )  # fmt: skip
        return
    if bandwidth.demand is None:
        yield Finding.unknown(
            _first(pod, "drive", "backplane"),
            "whether the links keep up with the drives is unknown: what the drives read is not "
            f"stated ({_most(bandwidth)})",
            wants="the drives, and the sustained rate of each",
        )
    steps = (Step.PORT, Step.UPLINK, Step.SWITCHING)
    yield from _found(pod, bandwidth, steps, "backplane", fix=(
        "Use backplanes with more or faster links to the host, or count on this rate."
    ))  # fmt: skip


def cards_have_links_as_wide_as_their_drives(pod: Pod) -> Iterator[Finding]:
    """The PCI Express link of each adapter carries what arrives at it.

    Why it matters: a card in a narrow slot works, is seen by nobody, and slows every drive behind
    it to a fraction.

    Fails when: the link, which is the lesser of card and slot in lanes and generation, holds its
    drives back to less than half of what they read (less than all of it is a note); unknown when
    card or slot is not stated and some link that it may have would hold the drives back.
    """
    bandwidth = _bandwidth(pod)
    if isinstance(bandwidth, Bandwidth):
        yield from _found(pod, bandwidth, (Step.ADAPTER,), "adapter", fix=(
            "Put the card into a wider slot, or spread its drives over more cards."
        ))  # fmt: skip


def chipset_carries_what_hangs_behind_it(pod: Pod) -> Iterator[Finding]:
    """The link between chipset and CPU carries what hangs behind the chipset.

    Why it matters: the board's SATA ports and some of its slots share this one link, which no list
    of ports and lanes shows.

    Fails when: it holds the drives behind it back to less than half of what they read (less than
    all of it is a note); unknown when the link, or which slots hang behind the chipset, is not
    stated and could hold them back.
    """
    bandwidth = _bandwidth(pod)
    if isinstance(bandwidth, Bandwidth):
        yield from _found(pod, bandwidth, (Step.CHIPSET,), "board", fix=(
            "Move cards to slots at the CPU, or choose a board with a wider link."
        ))  # fmt: skip


def network_is_as_fast_as_the_drives(pod: Pod) -> Iterator[Finding]:
    """The network takes what reaches the host.

    Why it matters: clients never see more than the network carries; what the drives read beyond it
    serves scrubs and rebuilds alone.

    Fails when: the network ports, the PCI Express link of their card, or the chipset link on the
    way out carries less than what the drives bring to the host; unknown when ports, rate or link
    is not stated.
    """
    bandwidth = _bandwidth(pod)
    if not isinstance(bandwidth, Bandwidth):
        return
    item = _first(pod, "nic", "board")
    for question in bandwidth.questions:
        if question.step in OUTWARD:
            yield _unknown(item, question)
    limit, host = bandwidth.network.limit, bandwidth.host
    if limit is None or limit.link.step not in OUTWARD or host.total is None:
        return
    certain = "" if bandwidth.host_is_certain else "up to "
    yield Finding(
        item,
        f"the {limit.link.step} of {limit.link.subject} lets "
        f"{say_rate(bandwidth.network.total)} MB/s through, "
        f"{say_rate(bandwidth.network.per_drive)} a drive, where {certain}"
        f"{say_rate(host.total)} MB/s reach the host",
        fix="Add faster network ports if clients must see more.",
    )


def _bandwidth(pod: Pod) -> Bandwidth | Gap | None:
    """Return what the links carry; None where the list has nothing that hangs on any."""
    return bandwidth_of(pod) if pod.data_drives or pod.of_kind("backplane") else None


def _found(
    pod: Pod, bandwidth: Bandwidth, steps: tuple[Step, ...], kind: str, *, fix: str
) -> Iterator[Finding]:
    """Yield what holds the drives back at some steps, and what may for all that is stated."""
    item = _first(pod, kind, "board")
    for question in bandwidth.questions:
        if question.step in steps:
            yield _unknown(item, question)
    for stage in bandwidth.stages:
        if stage.step in steps and (over := _over(bandwidth, stage)):
            yield _narrow(over, item, fix)


def _unknown(item: Item | None, question: Question) -> Finding:
    words = f"it is open whether this holds the drives back: {about(question)} ("
    wants = wish(question).removeprefix("State ").removesuffix(".")
    return Finding.unknown(item, f"{words}{'; '.join(answers(question))})", wants=wants)


def _over(bandwidth: Bandwidth, stage: Stage) -> list[LinkLoad]:
    """Return the oversubscribed links of a step that hold drives back."""
    holders = {drive.limit.link.name for drive in bandwidth.drives if drive.limit in stage.loads
               and drive.limit is not None}  # fmt: skip
    return [load for load in stage.loads if load.link.name in holders and load.oversubscription]


def _narrow(over: list[LinkLoad], item: Item | None, fix: str) -> Finding:
    """Return the finding of a step: its worst link, and how many others there are."""
    worst = max(over, key=lambda load: load.oversubscription or 0)
    ratio = worst.oversubscription or Decimal(0)
    alike = sum(1 for load in over if load.oversubscription == worst.oversubscription)
    often = f", and so on {alike} times" if alike > 1 else ""
    if fewer := len(over) - alike:
        others = "1 other such link holds its" if fewer == 1 else (
            f"{fewer} other such links hold their"
        )  # fmt: skip
        often += f"; {others} drives back less"
    return Finding(
        item,
        f"{say_load(worst)} leaves {say_rate(worst.per_drive)} MB/s a drive, {ratio} times less "
        f"than wanted{often}",
        fix=fix, severity=Severity.WARNING if ratio > _NOTABLE else Severity.NOTE,
    )  # fmt: skip


def _most(bandwidth: Bandwidth) -> str:
    if bandwidth.host.total is None:
        return "and no link on their way has a known rate"
    at_most = say_rate(bandwidth.host.per_drive)
    return f"the links give each of {len(bandwidth.drives)} drives at most {at_most} MB/s"


def _first(pod: Pod, *kinds: str) -> Item | None:
    """Return the first line of the first of several kinds that the list has."""
    for kind in kinds:
        found = pod.data_drives if kind == "drive" else pod.of_kind(kind)
        if found:
            return found[0]
    return None


RULES = (
    Rule("BWD001", Severity.WARNING, links_keep_up_with_drives),
    Rule("BWD002", Severity.WARNING, cards_have_links_as_wide_as_their_drives),
    Rule("BWD003", Severity.WARNING, chipset_carries_what_hangs_behind_it),
    Rule("BWD004", Severity.NOTE, network_is_as_fast_as_the_drives),
)
