"""Options of `load` that models which come whole do not have."""

from podplanner.errors import WrongUsageError
from podplanner.models.adapter import ReadOptions


def refuse_options(options: ReadOptions, what: str) -> None:
    """Refuse options that only tensors and modules have.

    Raises:
        WrongUsageError: There is one.
    """
    if options.into is not None or options.factory is not None:
        raise WrongUsageError(f"{what} comes whole", hint="Leave `into` and `factory` out.")
    if options.framework is not None:
        raise WrongUsageError(f"{what} has one framework", hint="Leave `framework` out.")
    if options.device not in (None, "cpu"):
        raise WrongUsageError(f"{what} is loaded on the processor", hint="Leave `device` out.")
