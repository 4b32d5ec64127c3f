"""Continuous-time Markov chains of failures and repairs: how likely is loss within a time.

The states are the failed drives of a group, 0 to parity, and loss. Nothing here subtracts numbers
that are nearly equal, so a loss of 1e-80 has as many right digits as one of 0.5.
"""

from collections.abc import Sequence
from math import ceil, exp, expm1, isfinite, log, log1p, log2, sqrt
from operator import mul

_DEGREES = 10
# Coefficients beyond are below 0.1^10 / 10! of the first where `_SEPARATED` holds.
_SEPARATED = 0.1
_NEGLECTED = 1e-13
_CERTAIN = 50.0
# exp(-50) is 2e-22: what survives that many mean times to loss is not seen beside 1.
_MOST_STEPS = 20_000_000


def chain_hazard(births: Sequence[float], deaths: Sequence[float], time: float) -> float:
    """Return the cumulative hazard -ln(1 - P), P being loss within `time` from all healthy.

    The time to loss is a sum of independent exponential times whose rates are the eigenvalues of
    the chain (Keilson 1971). Where the smallest is far from the rest, which is so when repair is
    much faster than failure, its exponential alone is left after a few repair times; elsewhere
    the chain is stepped through (uniformization).

    Args:
        births: Rate from each state to the next, the last one into loss; all above 0.
        deaths: Rate from each state to the one before; the first is not used.
        time: In the unit of the rates.
    """
    coefficients = _coefficients(births, deaths)
    mean = coefficients[1]
    if not isfinite(mean):
        return 0.0
    if time > _CERTAIN * mean:
        # The hazard of such a sum of times only grows: beyond its mean it is above 1 / mean.
        return time / mean
    slowest = _smallest_root(coefficients)
    if slowest is not None and _alone(births, deaths, slowest, time):
        return slowest * time + log1p(-_shortfall(coefficients, slowest))
    return _stepped(births, deaths, time)


def _coefficients(births: Sequence[float], deaths: Sequence[float]) -> list[float]:
    """Return the first coefficients of 1 / E[exp(-s T)], T the time to loss; all are positive.

    With f_i for the time to state i: b_i (f_i+1 - f_i) = s f_i + d_i (f_i - f_i-1), f_0 = 1.
    The coefficient of s is the mean time to loss.
    """
    states = len(births)
    size = min(states, _DEGREES) + 1
    whole = [1.0] + [0.0] * (size - 1)
    step = [0.0] * size
    for state in range(states):
        birth, death = births[state], deaths[state]
        for degree in range(min(state + 1, size - 1), 0, -1):
            step[degree] = (whole[degree - 1] + death * step[degree]) / birth
            whole[degree] += step[degree]
    return whole


def _smallest_root(coefficients: Sequence[float]) -> float | None:
    """Return the smallest eigenvalue, or None when the next one is not far away.

    Newton's method from 1 / mean, which lies below it; the polynomial has real roots only.
    """
    mean = coefficients[1]
    root = 1.0 / mean
    if len(coefficients) == 2:
        return root
    if not coefficients[2] * root * root < _SEPARATED:
        return None
    for _ in range(60):
        value = slope = 0.0
        for coefficient in reversed(coefficients):
            slope = value - slope * root
            value = coefficient - value * root
        # Of p(-x): value is p(-x), slope is p'(-x), so the next x is x + p / p'.
        change = value / slope
        root += change
        if abs(change) <= 4e-16 * root:
            break
    return root if coefficients[2] * root * root < _SEPARATED else None


def _shortfall(coefficients: Sequence[float], root: float) -> float:
    """Return 1 - root p'(-root), without the 1: what the later stages delay the loss."""
    total, power = 0.0, root
    for degree in range(2, len(coefficients)):
        power *= -root
        total -= (degree - 1) * coefficients[degree] * power
    return total


def _alone(births: Sequence[float], deaths: Sequence[float], root: float, time: float) -> bool:
    """Return whether after `time` nothing but the slowest exponential is left.

    With R the time of the other stages, what is neglected is E[(R - time)+], in shares of `time`,
    and that is at most E[exp(s R)] exp(-s time) / (e s time) for every s below their rates
    (Chernoff). A Sturm sequence says whether s is below them.
    """
    if len(births) == 1:
        return True
    # With two states, read errors turn a part of the repairs into losses: they leave all the same.
    repair = deaths[1] + (births[1] if len(births) == 2 else 0.0)
    for share in (0.85, 0.6):
        trial = share * repair
        if trial <= 2 * root:
            continue
        others = _others(births, deaths, root, trial)
        if others is not None and exp(-trial * time) < _NEGLECTED * 2.7 * trial * time * others:
            return True
    return False


def _others(
    births: Sequence[float], deaths: Sequence[float], root: float, trial: float
) -> float | None:
    """Return the product of 1 - trial / rate over all rates but `root`; None if one is lower."""
    before, now, changes = 0.0, 1.0, 0
    step = 0.0
    for birth, death in zip(births, deaths, strict=True):
        step = (death * step - trial * now) / birth
        before, now = now, now + step
        if (now < 0) != (before < 0):
            changes += 1
    if changes != 1 or not isfinite(now):
        return None
    return -now * root / (trial - root)


def _stepped(births: Sequence[float], deaths: Sequence[float], time: float) -> float:
    """Return the hazard by uniformization; every number in it is positive, so none cancels.

    The chain takes a step at each event of a Poisson process of the largest rate; of loss and of
    survival, the smaller one makes the result.
    """
    states = len(births)
    fastest = max(birth + death for birth, death in zip(births, deaths, strict=True))
    mean = fastest * time
    up = [birth / fastest for birth in births]
    down = [death / fastest for death in deaths]
    stay = [max(0.0, (fastest - b - d) / fastest) for b, d in zip(births, deaths, strict=True)]
    if states**2 * log(mean + 2) < mean:
        loss, survival = _squared(up, down, stay, mean)
    elif mean * states > _MOST_STEPS:
        raise ValueError("failures and repairs are too many in a year to be followed one by one")
    else:
        loss, survival = _summed(up, down, stay, mean)
    return -log1p(-loss) if loss < survival else -log(survival)


def _summed(
    up: Sequence[float], down: Sequence[float], stay: Sequence[float], mean: float
) -> tuple[float, float]:
    """Return loss and survival, summed over the number of steps.

    The Poisson weights begin at 1 where they matter, and are divided by their sum in the end: of
    exp and lgamma, many steps would leave too few digits.
    """
    last = len(up) - 1
    begin = max(0, int(mean - 12 * sqrt(mean) - 20))
    now = [1.0] + [0.0] * last
    lost = loss = survival = weights = 0.0
    weight, step = 1.0, 0
    while True:
        if step >= begin:
            alive = sum(now)
            loss += weight * lost
            survival += weight * alive
            weights += weight
            # What follows is a series whose terms shrink by `mean / step` or faster, from here.
            rest = weight * (step + 1) / (step + 1 - mean) if step > mean + last + 10 else 1e300
            if rest * lost < 1e-15 * loss and rest * alive < 1e-15 * survival:
                break
            if not weight:
                break
            weight *= mean / (step + 1)
        lost += now[last] * up[last]
        now = [
            now[i] * stay[i]
            + (now[i - 1] * up[i - 1] if i else 0.0)
            + (now[i + 1] * down[i + 1] if i < last else 0.0)
            for i in range(last + 1)
        ]
        step += 1
    return loss / weights, survival / weights


def _squared(
    up: Sequence[float], down: Sequence[float], stay: Sequence[float], mean: float
) -> tuple[float, float]:
    """Return loss and survival where the steps are many: a short time, doubled again and again."""
    states = len(up)
    doublings = max(0, ceil(log2(mean)))
    short = mean / 2**doublings
    table = []
    for start in range(states):
        now = [0.0] * (states + 1)
        now[start] = 1.0
        row, weight = now.copy(), 1.0
        for step in range(1, states + 30):
            now = [
                (now[i] * stay[i] if i < states else now[i])
                + (now[i - 1] * up[i - 1] if i else 0.0)
                + (now[i + 1] * down[i + 1] if i + 1 < states else 0.0)
                for i in range(states + 1)
            ]
            weight *= short / step
            row = [total + weight * value for total, value in zip(row, now, strict=True)]
        table.append(_summing_to_one(row))
    table.append([0.0] * states + [1.0])
    for _ in range(doublings):
        columns = list(zip(*table, strict=True))
        table = [
            _summing_to_one([sum(map(mul, row, column)) for column in columns]) for row in table
        ]
    return table[0][-1], sum(table[0][:-1])


def _summing_to_one(row: list[float]) -> list[float]:
    """Return probabilities with their rounding taken out, before doubling doubles it."""
    total = sum(row)
    return [value / total for value in row]


def probability(hazard: float) -> float:
    """Return the probability of at least one event, of its cumulative hazard."""
    return -expm1(-hazard)
