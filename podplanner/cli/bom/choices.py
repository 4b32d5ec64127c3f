"""Values of options that say more than a word: drives, percentages, amounts."""

import re
from decimal import Decimal

from podplanner.catalog.library import find_part, library
from podplanner.catalog.parts import Drive
from podplanner.catalog.readers.amounts import NotANumberError, amount_of
from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.planning.cost import DriveChoice

_SIZED = re.compile(
    r"(?:(?P<count>\d+)[x×*])?(?P<size>\d+(?:\.\d+)?)\s*(?P<unit>TB|GB)@(?P<price>.+)", re.I
)
_SIZE_ALONE = re.compile(r"(?:\d+[x×*])?\d+(?:\.\d+)?\s*(?:TB|GB)", re.IGNORECASE)
_COUNTED = re.compile(r"(?P<count>\d+)[x×*](?P<sku>.+)", re.IGNORECASE)
_LIKE = "Write a number such as 12.50."
_UNITS = {"TB": 10**12, "GB": 10**9}


def drive_choice(written: str, currency: str | None) -> DriveChoice:
    """Return the drives that `45x4TB@120`, `4TB@120`, `45xSKU` or `SKU` mean.

    The price of a part is the catalog's, where it has one in `currency`.

    Raises:
        UnknownNameError: The part is not in the catalog.
        WrongUsageError: The part is no drive, or an amount cannot be read.
    """
    if (sized := _SIZED.fullmatch(written.strip())) is not None:
        capacity = int(Decimal(sized["size"]) * _UNITS[sized["unit"].upper()])
        price = amount_option("--drives", sized["price"], currency)
        name = f"{sized['size']} {sized['unit'].upper()} drives"
        return DriveChoice(name, _count(sized["count"]), price, capacity)
    count = None
    try:
        part = find_part(library(), written)
    except UnknownNameError:
        if _SIZE_ALONE.fullmatch(written.strip()):
            raise WrongUsageError(
                f"--drives {written}: a size needs a price", hint="Write it as 4TB@120."
            ) from None
        if (counted := _COUNTED.fullmatch(written.strip())) is None:
            raise
        count, part = _count(counted["count"]), find_part(library(), counted["sku"])
    if not isinstance(part, Drive):
        raise WrongUsageError(
            f"--drives {written}: {part.sku} is no drive", hint="`bom parts drive` lists drives."
        )
    known = part.price is not None and part.price_currency == currency
    return DriveChoice(part.title, count, part.price if known else None, part.capacity)


def _count(written: str | None) -> int | None:
    return None if written is None else int(written)


def amount_option(option: str, written: str | None, currency: str | None = None) -> Decimal | None:
    """Return the amount that an option gives; None when it is not given.

    Raises:
        WrongUsageError: It is no amount of 0 or more, or in another currency than the list.
    """
    if written is None:
        return None
    try:
        amount = amount_of(written)
    except NotANumberError as error:
        raise WrongUsageError(f"{option} {written}: {error}", hint=_LIKE) from error
    if amount.currency is not None and not amount.assumed and amount.currency != currency:
        raise WrongUsageError(
            f"{option} {written}: the list is in {currency or 'no stated currency'}",
            hint="Give the amount in the currency of the list.",
        )
    value = amount.value
    if value is None or value < 0:
        raise WrongUsageError(f"{option} {written}: give an amount of 0 or more", hint=_LIKE)
    return value


def percent_option(option: str, written: str | None) -> Decimal | None:
    """Return the percentage that an option gives, `8.25` or `8.25%`."""
    return amount_option(option, written.removesuffix("%").strip() if written else written)
