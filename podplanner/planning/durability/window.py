"""The window model: the year is cut into rebuild windows that know nothing of each other.

Source: github.com/Backblaze/erasure-coding-durability (2018), whose script this follows; its
arithmetic loses digits once `1 - p` rounds to 1, which logarithms avoid here.
"""

from functools import lru_cache
from math import comb, exp, expm1, log, log1p

HOURS_A_YEAR = 8760.0
# 365 days, as the source counts.
_EVEN = 0.5
# Of loss and survival in a window, the smaller is summed: the other would be 1 less rounding.


def window_hazard(
    *, drives: int, parity: int, afr: float, rebuild_h: float, read_error: float = 0.0
) -> float:
    """Return the cumulative hazard of a year, -ln(1 - loss), of one group.

    Loss is more than `parity` failures within one window of `rebuild_h` hours; with exactly
    `parity` failures, a read error of the rebuild is a loss too.

    Args:
        drives: Drives of the group, data and parity together.
        parity: Less than `drives`.
        afr: Failures per drive-year, above 0.
        rebuild_h: Above 0.
        read_error: Probability that a rebuild without redundancy meets a read error.
    """
    windows = HOURS_A_YEAR / rebuild_h
    rate = afr / windows
    beyond = parity + 1
    if not parity:
        # Any failure is a loss, and leaves nothing to rebuild: the windows play no part.
        return drives * afr
    if beyond > drives * -expm1(-rate):
        loss = _above(drives, beyond, rate, read_error)
        if loss < _EVEN:
            return windows * -log1p(-loss)
    return windows * _hazard_when_likely(drives, beyond, rate, read_error)


def _above(drives: int, beyond: int, rate: float, read_error: float) -> float:
    """Return the probability of loss in a window: terms that grow smaller, added from the largest.

    Binomial, with ln(1 - p) = -rate exactly; a read error adds its share of `beyond` - 1 failures.
    """
    fails = -expm1(-rate)
    odds = fails / exp(-rate)
    first = exp(_log_choices(drives, beyond) + beyond * log(fails) - rate * (drives - beyond))
    total = term = 1.0
    for failed in range(beyond, drives):
        term *= (drives - failed) / (failed + 1) * odds
        total += term
        if term < 1e-17 * total:
            break
    if read_error:
        total += read_error * beyond / ((drives - beyond + 1) * odds)
    return first * total


def _hazard_when_likely(drives: int, beyond: int, rate: float, read_error: float) -> float:
    """Return -ln(survival) of a window in which loss is likelier than not, from the survivals."""
    fails = -expm1(-rate)
    back = exp(-rate) / fails
    last = beyond - 1
    logarithm = _log_choices(drives, last) + last * log(fails) - rate * (drives - last)
    total, term = 1.0 - read_error, 1.0
    for failed in range(last, 0, -1):
        term *= failed / (drives - failed + 1) * back
        total += term
        if term < 1e-17 * total:
            break
    return -(logarithm + log(total)) if total else float("inf")


@lru_cache(maxsize=4096)
def _log_choices(drives: int, chosen: int) -> float:
    """Return ln of a binomial coefficient; from whole numbers, for lgamma loses digits."""
    return log(comb(drives, chosen))
