"""Values of options on the place and the time of pods: years, watts, PUE, clouds."""

from datetime import date
from decimal import Decimal

from podplanner.catalog.prices import Tariff, flat, tariffs
from podplanner.cli.bom.choices import amount_option, percent_option
from podplanner.errors import ConflictError, UnknownNameError, WrongUsageError
from podplanner.planning.ownership import PriceError

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
        WrongUsageError: It is no number, below 1, or more than any site takes.
    """
    pue = number_option("--pue", written)
    if pue is not None and not 1 <= pue <= _MOST_PUE:
        raise WrongUsageError(
            f"--pue {written}: a site takes 1 to {_MOST_PUE} times what its machines take",
            hint="Write a number such as 1.58.",
        )
    return pue


def tariff_option(name: str, price: str | None, egress: str, currency: str | None) -> Tariff:
    """Return the shipped tariff that `--cloud` names, or one's own of `--cloud-price`.

    Raises:
        UnknownNameError: There is no such tariff.
        WrongUsageError: A price is none, or `--egress-price` stands alone.
    """
    if price is not None:
        storage = amount_option("--cloud-price", price, currency) or Decimal(0)
        out = amount_option("--egress-price", egress, currency) or Decimal(0)
        return flat("your own price", currency or "USD", date.today(), storage, out)
    if egress != "0":
        raise WrongUsageError(
            "--egress-price goes with --cloud-price", hint="Give both, or neither."
        )
    known = tariffs()
    if name not in known:
        raise UnknownNameError(
            f"there is no tariff {name!r}", hint=f"Shipped are {', '.join(known)}."
        )
    return known[name]


_MOST_EGRESS = 100_000
# Percent a month: a thousandfold of what is kept is a slip of the finger.


def egress_option(written: str) -> Decimal:
    """Return the percent of what is kept that `--egress-share` says is read out each month.

    Raises:
        WrongUsageError: It is no percentage.
    """
    share = percent_option("--egress-share", written)
    if share is None or share > _MOST_EGRESS:
        raise WrongUsageError(
            f"--egress-share {written}: give a percentage", hint="Write it like 10."
        )
    return share


def number_option(option: str, written: str | None) -> Decimal | None:
    """Return a number that is not negative; `W` may stand behind it.

    Raises:
        WrongUsageError: It is none.
    """
    if written is None:
        return None
    return amount_option(option, written.strip().removesuffix("W").strip())


def negative_prices(error: PriceError) -> ConflictError:
    """Return the error that says which prices of a list keep its cost from being reckoned."""
    return ConflictError(
        f"the cost cannot be reckoned: {error}",
        hint="Correct the prices of the list; a discount may be negative, the rest may not.",
    )
