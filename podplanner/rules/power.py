"""PWR: do the supplies start all drives, carry them at work, and what does losing one cost?"""

from collections.abc import Iterator

from podplanner.catalog.pod import Item, Pod
from podplanner.planning.budgets import Budget, Check, Quantity
from podplanner.planning.power import PodPower, power_of
from podplanner.planning.power_limits import SURGE_CARRIED, SURGE_FAILED, Standing
from podplanner.planning.spin_up import BY_BACKPLANE
from podplanner.planning.topology import Basis
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import percentage, plain

_SEVERITIES = {
    Standing.ERROR: Severity.ERROR,
    Standing.WARNING: Severity.WARNING,
    Standing.UNKNOWN: Severity.UNKNOWN,
}


def _power(pod: Pod) -> PodPower | None:
    """Return the power of a pod with data drives and supplies."""
    found = power_of(pod)
    return found if isinstance(found, PodPower) and found.drives else None


def _supply(pod: Pod) -> Item:
    return pod.of_kind("supply")[0]


def said(check: Check, budget: Budget) -> str:
    """Return a check in words: `supply 1: 25 drives take 54 A of 60 A at 12 V, 90 %`."""
    unit, count = check.unit, len(budget.bays)
    when = {
        Quantity.START_12V: "at 12 V while they start",
        Quantity.START_5V: "at 5 V while they start",
        Quantity.START_WATTS: "while they start", Quantity.WORK_WATTS: "at work",
    }[check.quantity]  # fmt: skip
    at_least = "at least " if check.drives.missing else ""
    words = (
        f"{budget.name}: {count} drives take {at_least}{plain(check.drives.known)} {unit} {when}"
    )
    rest = check.whole.known - check.drives.known
    if rest:
        place = ", if it hangs here," if budget.floating.known else ""
        words += f", with the rest of the pod{place} {plain(check.whole.known)} {unit}"
    if check.rating is not None and check.share is not None:
        words += f", of {plain(check.rating)} {unit} ({percentage(check.share)})"
    return words


def _findings(pod: Pod, quantity: Quantity, rating: str, fix: str) -> Iterator[Finding]:
    """Yield what one quantity of every budget comes to, where that is not in order."""
    power = _power(pod)
    for budget in power.budgets if power else ():
        check = budget.check(quantity)
        if budget.less_one or check.standing is Standing.OK:
            continue
        severity = _SEVERITIES[check.standing]
        words = said(check, budget)
        if severity is Severity.UNKNOWN:
            yield Finding.unknown(_supply(pod), words, wants=_wants(check, rating))
        else:
            yield Finding(_supply(pod), f"{words}{_limit(check)}", fix=fix, severity=severity)


def _wants(check: Check, rating: str) -> str:
    """Return the facts that a check lacks, the rating first, and no more than three others."""
    missing = list(check.whole.missing)
    wants = [rating] if check.rating is None else []
    if check.rating is not None and check.limits.between is Standing.UNKNOWN and not missing:
        wants.append("where the supply's over-current protection acts")
    wants += missing[:3]
    return ", ".join(wants) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")


def _limit(check: Check) -> str:
    """Return where the limit of a check lies, in words."""
    if check.quantity is Quantity.WORK_WATTS:
        return ""
    if check.quantity is Quantity.START_WATTS:
        return (
            f"; a supply of 850 W was seen to start drives at {percentage(SURGE_CARRIED)} of its "
            f"watts and to fail at {percentage(SURGE_FAILED)}"
        )
    limits = check.limits
    return f"; protection acts between {percentage(limits.fine)} and {percentage(limits.fatal)}"


def twelve_volts_start_the_drives(pod: Pod) -> Iterator[Finding]:
    """The 12 V rail of every supply starts the drives that hang on it, all at once.

    Why it matters: a motor takes four times its current while it starts. A supply that trips takes
    all of its drives down together, at every start.

    Fails when: the current lies above the over-current band of the rail (`overload_to`); a warning
    when it lies in the band. Unknown when the rail, its band where it matters, or a start current
    is not stated. Board, processor, fans and cards are counted on 12 V; where nobody says on which
    of several supplies they hang, they make no more than a warning.
    """
    yield from _findings(
        pod, Quantity.START_12V, "the 12 V rail of the supply", _stagger(pod, Quantity.START_12V)
    )


def five_volts_start_the_drives(pod: Pod) -> Iterator[Finding]:
    """The 5 V rail of every supply starts the drives that hang on it.

    Why it matters: the electronics of all drives wake up together, and 5 V rails are often small.

    Fails when: the current lies above the over-current band of the rail; a warning when it lies in
    the band. Unknown when the rail, its band where it matters, or a start current is not stated.
    """
    yield from _findings(
        pod, Quantity.START_5V, "the 5 V rail of the supply", "Choose a supply with more at 5 V."
    )


def watts_start_the_drives(pod: Pod) -> Iterator[Finding]:
    """The start of all drives at once is no more than the supply's rated watts.

    Why it matters: a supply has a limit for all rails together. Measured: one of 850 W started 50
    drives (113 % of its watts) and did not start 60 (136 %), one of 950 W started 60 (122 %).

    Fails when: the start takes more than 136 % of the rated watts; a warning above 100 %. Unknown
    when the rated watts or a draw is not stated.
    """
    yield from _findings(
        pod, Quantity.START_WATTS, "the rated watts of the supply",
        _stagger(pod, Quantity.START_WATTS),
    )  # fmt: skip


def _stagger(pod: Pod, quantity: Quantity) -> str:
    """Return what would mend a start that is too much, with what staggering brings."""
    staggered = power_of(pod, BY_BACKPLANE)
    other = "Choose a larger supply."
    if not isinstance(staggered, PodPower) or not staggered.topology.backplanes:
        return f"Start the drives in groups, or {other[0].lower()}{other[1:]}"
    checks = [budget.check(quantity) for budget in staggered.budgets if not budget.less_one]
    most = max(checks, key=lambda check: check.drives.known)
    return (
        f"Start one backplane after the other: the drives take {plain(most.drives.known)} "
        f"{most.unit} at most then. Or {other[0].lower()}{other[1:]}"
    )


def watts_carry_the_work(pod: Pod) -> Iterator[Finding]:
    """Every supply carries its drives, and what else hangs on it, at work.

    Why it matters: what a supply gives for a second it does not give for years.

    Fails when: the drives at work and the rest of the pod take more than the rated watts. Unknown
    when the rated watts or a draw is not stated.
    """
    yield from _findings(
        pod, Quantity.WORK_WATTS, "the rated watts of the supply", "Choose a larger supply."
    )


def losing_a_supply_is_survived(pod: Pod) -> Iterator[Finding]:
    """The pod runs on when one supply fails.

    Why it matters: two supplies without a common bus are no redundancy: with twice the parts, one
    of them fails twice as often, and each takes its backplanes down. The list should not look safer
    than it is.

    Fails when: several supplies are separate, or each is wired to backplanes of its own: the
    finding names those that each one stops. On a common bus, when the others cannot start or carry
    everything. Unknown when neither bus nor wiring is stated, or when a figure is not.
    """
    power = _power(pod)
    if power is None or len(power.topology.supplies) < 2:
        return
    less = next((budget for budget in power.budgets if budget.less_one), None)
    if less is not None:
        yield from _without_one(pod, less)
        return
    stops = "; ".join(
        f"{budget.name} stops {len(budget.bays)} drives ({_bays(budget)})"
        for budget in power.budgets
    )
    if power.basis is Basis.UNKNOWN:
        stops = "which drives each one stops is not known"
    if power.shared is None and power.basis in (Basis.ASSUMED, Basis.UNKNOWN):
        yield Finding.unknown(
            _supply(pod), f"whether the supplies share one bus is not known; if not, {stops}",
            wants="`shared_supplies` of the chassis, or `redundant` of the supplies",
        )  # fmt: skip
    else:
        yield Finding(
            _supply(pod), f"the supplies are no redundancy: {stops}",
            fix="Place the drives of each group so that either loss is survived, or choose "
            "supplies on one bus.",
        )  # fmt: skip


def _bays(budget: Budget) -> str:
    """Return the backplanes of a budget, or its bays where drives have none."""
    if budget.backplanes:
        return f"backplanes {', '.join(map(str, budget.backplanes))}"
    return f"bays {', '.join(map(str, budget.bays[:12]))}" + (" ..." if budget.bays[12:] else "")


def _without_one(pod: Pod, less: Budget) -> Iterator[Finding]:
    for check in less.checks:
        if check.standing is Standing.OK:
            continue
        words = said(check, less)
        if check.standing is Standing.UNKNOWN:
            yield Finding.unknown(
                _supply(pod), f"whether the others carry on is not known; {words}",
                wants=_wants(check, "the ratings of the supplies"),
            )  # fmt: skip
        else:
            yield Finding(_supply(pod), f"when one supply fails: {words}{_limit(check)}",
                          fix="Add a supply, or choose larger ones.")  # fmt: skip


def what_feeds_what_is_stated(pod: Pod) -> Iterator[Finding]:
    """The list says what hangs on which supply.

    Why it matters: what each supply carries, and which drives it stops, depends on it.

    Fails when: several separate supplies are listed without links: a note when the default of the
    case is used. Unknown when not even that is there: backplanes are taken as split evenly then, so
    that one supply has the larger half; or when the list has no data drives to feed.
    """
    found = power_of(pod)
    if not isinstance(found, PodPower):
        if pod.of_kind("supply"):
            yield Finding.unknown(_supply(pod), found.reason, wants=found.wants)
        return
    if not found.drives:
        yield Finding.unknown(
            _supply(pod), "what the supplies carry is not known: the list has no data drives",
            wants="the data drives, or see `plan power --drive`",
        )  # fmt: skip
        return
    if len(found.topology.supplies) < 2 or found.shared or found.basis is Basis.STATED:
        return
    spread = "; ".join(f"{b.name}: {len(b.bays)} drives, {_bays(b)}" for b in found.budgets)
    if found.basis is Basis.DEFAULT:
        yield Finding(
            _supply(pod), f"the default of the case is used: {spread}",
            fix='Write `[[link]] to = "backplane.1"`, `power = "psu.1"` to say otherwise.',
            severity=Severity.NOTE,
        )  # fmt: skip
    elif found.basis is Basis.ASSUMED:
        yield Finding.unknown(
            _supply(pod), f"what hangs on which supply is assumed: {spread}",
            wants='it by links: `[[link]] to = "backplane.1"`, `power = "psu.1"`',
        )  # fmt: skip
    else:
        yield Finding.unknown(_supply(pod), "what hangs on which supply is not known",
                              wants="a `power` link of every backplane")  # fmt: skip


RULES = (
    Rule("PWR001", Severity.ERROR, twelve_volts_start_the_drives),
    Rule("PWR002", Severity.ERROR, five_volts_start_the_drives),
    Rule("PWR003", Severity.ERROR, watts_start_the_drives),
    Rule("PWR004", Severity.ERROR, watts_carry_the_work),
    Rule("PWR005", Severity.WARNING, losing_a_supply_is_survived),
    Rule("PWR006", Severity.UNKNOWN, what_feeds_what_is_stated),
)
