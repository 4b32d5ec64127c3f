"""The one error of decoding: the stored form is not what an encoder writes."""

from podplanner.errors import ObjectCorruptError


def damaged(why: str) -> ObjectCorruptError:
    """Return the error for a stored form that does not decode."""
    return ObjectCorruptError(
        f"the stored form of a piece does not decode: {why}",
        hint="Run `podplanner store check --repair-from OTHER` to mend it from a second store.",
    )
