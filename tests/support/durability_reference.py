"""Losses computed another way, with far more digits than doubles have."""

from decimal import Decimal, localcontext
from math import comb

DIGITS = 260
# Enough that a loss of 1e-150 keeps a hundred digits through any cancellation below.


def window_loss(drives, parity, afr, rebuild_h, read_error=0.0):
    """The published formula, as it is published, in decimals."""
    with localcontext() as context:
        context.prec = DIGITS
        windows = Decimal(8760) / Decimal(rebuild_h)
        alive = (-Decimal(afr) / windows).exp()
        fails = 1 - alive
        beyond = sum(
            comb(drives, k) * fails**k * alive ** (drives - k)
            for k in range(parity + 1, drives + 1)
        )
        if parity:
            exactly = comb(drives, parity) * fails**parity * alive ** (drives - parity)
            beyond += Decimal(read_error) * exactly
        survives = 1 - beyond
        return 1 - (windows * survives.ln()).exp() if survives > 0 else Decimal(1)


def chain_loss(births, deaths, time=1.0):
    """One entry of exp(Q t): Taylor's series of Q t / 2^s, squared s times."""
    size = len(births) + 1
    with localcontext() as context:
        context.prec = DIGITS
        rates = [[Decimal(0)] * size for _ in range(size)]
        for state, (up, down) in enumerate(zip(births, deaths, strict=True)):
            rates[state][state + 1] += Decimal(up)
            rates[state][state] -= Decimal(up)
            if state:
                rates[state][state - 1] += Decimal(down)
                rates[state][state] -= Decimal(down)
        largest = max(-rates[state][state] for state in range(size)) * Decimal(time)
        halvings = max(0, int(largest).bit_length() + 40)
        scale = Decimal(time) / 2**halvings
        step = [[rate * scale for rate in row] for row in rates]
        unit = [[Decimal(int(i == j)) for j in range(size)] for i in range(size)]
        result, term = unit, unit
        for power in range(1, 40):
            term = [[value / power for value in row] for row in _times(term, step)]
            result = [
                [a + b for a, b in zip(x, y, strict=True)]
                for x, y in zip(result, term, strict=True)
            ]
        for _ in range(halvings):
            result = _times(result, result)
        return result[0][-1]


def _times(left, right):
    columns = list(zip(*right, strict=True))
    return [
        [sum((a * b for a, b in zip(row, column, strict=True) if a and b), Decimal(0))
         for column in columns]
        for row in left
    ]  # fmt: skip


def group_chain(drives, parity, afr, rebuild_h, *, serial, batch=1.0, read_error=0.0):
    """Births and deaths of a group, exact fractions of the doubles that are given."""
    mu = Decimal(8760) / Decimal(rebuild_h)
    births, deaths = [], []
    for down in range(parity + 1):
        births.append(Decimal(drives - down) * Decimal(afr) * (Decimal(batch) if down else 1))
        deaths.append(Decimal(min(down, 1) if serial else down) * mu)
    if parity:
        births[-1] += deaths[-1] * Decimal(read_error)
        deaths[-1] *= 1 - Decimal(read_error)
    return births, deaths
