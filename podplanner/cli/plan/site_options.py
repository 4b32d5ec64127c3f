"""Values of options on the place and the time of pods: years, watts, PUE."""

from decimal import Decimal

from podplanner.cli.bom.choices import amount_option
from podplanner.errors import WrongUsageError

_MOST_YEARS = 50
# Nobody keeps a server that long: a larger number is a slip of the finger.
_MOST_PUE = 10
# Nor does a site take ten times what its machines take.


def years_option(written: str) -> Decimal:
    """Return the years that `--years` gives.

    Raises:
        WrongUsageError: It is no number above 0, or no span in which anybody keeps a server.
    """
    years = number_option("--years", written)
    if years is None or not 0 < years <= _MOST_YEARS:
        raise WrongUsageError(
            f"--years {written}: give more than 0 and at most {_MOST_YEARS} years",
            hint="Write a number such as 5.",
        )
    return years


def pue_option(written: str | None) -> Decimal | None:
    """Return the power usage effectiveness that `--pue` gives; 1 or more.

    Raises:
        WrongUsageError: It is no number, or below 1.
    """
    pue = number_option("--pue", written)
    if pue is not None and not 1 <= pue <= _MOST_PUE:
        raise WrongUsageError(
            f"--pue {written}: the whole site takes as much as its machines, or more",
            hint="Give 1 or more, such as 1.58.",
        )
    return pue


def number_option(option: str, written: str | None) -> Decimal | None:
    """Return a number that is not negative; `W` may stand behind it.

    Raises:
        WrongUsageError: It is none.
    """
    if written is None:
        return None
    return amount_option(option, written.strip().removesuffix("W").strip())
