"""A pod's bandwidth in sentences, the same for the terminal, the checks and the page."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby

from podplanner.planning.bandwidth import Bandwidth, Outcome, Question, Scenario
from podplanner.planning.chain import OUTWARD, Step
from podplanner.planning.loads import LinkLoad

_FINE = 100 * 10**6
# Below 100 MB/s a tenth is shown: 16.7 and 33.3 MB/s are told apart, and 984.6 is 985.

_BRIEF = 3
# Answers that stand on one line of a drawing on a phone.


def say_rate(rate: int | None) -> str:
    """Return bytes per second in MB/s (10**6 bytes), without the unit.

    >>> say_rate(16_666_666), say_rate(60_000_000), say_rate(2_700_000_000), say_rate(None)
    ('16.7', '60', '2,700', 'unknown')
    """
    if rate is None:
        return "unknown"
    step = Decimal(1) if rate >= _FINE else Decimal("0.1")
    shown = (Decimal(rate) / 10**6).quantize(step, rounding=ROUND_HALF_UP)
    return f"{shown:,f}".removesuffix(".0")


def say_drives(drives: Fraction) -> str:
    """Return how many drives a link has: `5 drives`, `1 drive`, `7.5 drives`."""
    number = f"{float(drives):g}"
    return f"{number} drive" if number == "1" else f"{number} drives"


def say_load(load: LinkLoad) -> str:
    """Return a link and what it gives: `the backplane link of backplane 1 (300 MB/s for ...)`."""
    what = f"{say_rate(load.rate)} MB/s for {say_drives(load.drives)}"
    if load.oversubscription is not None and load.oversubscription > 1:
        what += f", which read {say_rate(load.demand)}"
    return f"the {load.link.step} of {load.link.subject} ({what})"


def headlines(bandwidth: Bandwidth) -> tuple[str, str]:
    """Return a sentence on what reaches the host, and one on what reaches the network."""
    host = _headline("host", bandwidth.host, bandwidth.least_host, bandwidth.host_is_certain)
    network = bandwidth.stage(Step.NETWORK)
    if network is None or network.capacity is not None:
        return host, _headline(
            "network", bandwidth.network, bandwidth.least_network, bandwidth.network_is_certain
        )
    ports = ", ".join(dict.fromkeys(load.link.subject for load in network.loads))
    return host, f"What reaches the network is unknown: the network ports of {ports} are not known."


def _headline(to: str, outcome: Outcome, least: Outcome | None, certain: bool) -> str:
    if outcome.total is None:
        return (
            f"What reaches the {to} is unknown: neither the links nor the drives have known rates."
        )
    most = "" if certain else "at most "
    words = (
        f"{most}{say_rate(outcome.per_drive)} MB/s a drive and {say_rate(outcome.total)} MB/s in "
        f"all reach the {to}: "
    )
    if outcome.limit is None:
        words += "no link holds the drives back" if certain else "no known link holds them back"
    else:
        words += f"the narrowest is {say_load(outcome.limit)}"
    if not certain and least is not None and least.total is not None:
        words += (
            f". With the worst of what is missing it is {say_rate(least.per_drive)} MB/s a drive "
            f"and {say_rate(least.total)} MB/s in all"
        )
    return f"{words[:1].upper()}{words[1:]}."


def about(question: Question) -> str:
    """Return what a question is about: `adapter's PCIe link of X, 3 times, each for 15 drives`."""
    what = f"{question.step} of {question.subject}"
    if question.step is Step.SWITCHING:
        what = f"switching of the ports of {question.subject}"
    if question.step in (*OUTWARD, Step.CHIPSET) or question.links == 1:
        return f"{what}, for {say_drives(question.drives)}"
    return f"{what}, {question.links} times, each for {say_drives(question.drives)}"


def answers(question: Question) -> tuple[str, ...]:
    """Return what each value of a missing figure would lead to, a clause each, alike ones joined.

    `x1: 16.7 (PCIe 1) or 33.3 MB/s a drive (PCIe 2), not limiting from PCIe 3`.
    """
    if not question.scenarios:
        return ("what it leads to cannot be said",)
    rows = [(first, list(group)) for first, group in groupby(question.scenarios, _first)]
    found: list[str] = []
    for first, group in rows:
        if not any(scenario.limits for scenario in group):
            rest = " and more" if first != rows[-1][0] and question.scenarios[0].second else ""
            found.append(f"{first}{rest}: not limiting")
            break
        found.append(f"{first}: {_row(question, group)}")
    return tuple(found)


def _first(scenario: Scenario) -> str:
    return scenario.first


def _row(question: Question, group: Sequence[Scenario]) -> str:
    limiting = [scenario for scenario in group if scenario.limits]
    figures = [_figure(question, scenario) for scenario in limiting]
    if group[0].second:
        figures = [f"{f} ({s.second})" for f, s in zip(figures, limiting, strict=True)]
    words = " or ".join(figures) + " MB/s a drive"
    free = [scenario.second for scenario in group if not scenario.limits]
    return f"{words}, not limiting from {free[0]} on" if free else words


def _figure(question: Question, scenario: Scenario) -> str:
    to_host = scenario.limits_host and question.step not in OUTWARD
    return say_rate((scenario.host if to_host else scenario.network).per_drive)


def brief(question: Question) -> str:
    """Return the answers in figures alone, in MB/s a drive: `x1: 16.7 or 33.3, x4: not limiting`.

    Where they are many, the first and the last.
    """
    found: list[str] = []
    for first, group in groupby(question.scenarios, _first):
        figures = [_figure(question, scenario) for scenario in group if scenario.limits]
        found.append(f"{first}: {' or '.join(figures) or 'not limiting'}")
        if not figures:
            break
    if len(found) > _BRIEF:
        found = [found[0], "...", found[-1]]
    return ", ".join(found) or "rate unknown"


def wish(question: Question) -> str:
    """Return what must be stated: `State X and Y.`."""
    *most, last = question.wants
    return f"State {', '.join(most)} and {last}." if most else f"State {last}."
