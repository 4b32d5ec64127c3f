"""Options of `load` that make no sense for models that are plain text."""

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions
from podplanner.models.stored import StoredModel


def refuse_options(options: ReadOptions, what: str) -> None:
    """Refuse all options but `path` and `trainable`.

    Raises:
        WrongUsageError: Another one is given.
    """
    given = {
        "into": options.into, "factory": options.factory, "device": options.device,
        "framework": options.framework, "trusted": options.trusted or None,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None:
            raise WrongUsageError(
                f"`{name}` makes no sense for {what}: no framework is needed to load it",
                hint=f"Leave out `{name}`.",
            )


def file_of(stored: StoredModel, options: ReadOptions, *suffixes: str) -> str:
    """Return the path of the file to load: what is asked for, what was saved, or the only one.

    Raises:
        FormatError: There is none, or more than one.
    """
    path = options.path or stored.saved.get("file") or stored.the_one(*suffixes)
    if not isinstance(path, str):
        raise FormatError(
            f"{stored.origin.reference} does not say which file to load",
            hint="Name it with `path=`.",
        )
    return path
