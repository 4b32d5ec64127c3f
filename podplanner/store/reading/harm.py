"""What harm to the store means for a file of a version: one error that names all three."""

from podplanner.errors import ObjectCorruptError, ObjectMissingError, StoreError
from podplanner.store.paths import printable
from podplanner.store.tables import ObjectKey

_HINT = (
    "Run `podplanner store check` to see what else is hurt, and "
    "`podplanner store check --repair-from OTHER` to mend it from a second store."
)


class WrongBytesError(ObjectCorruptError):
    """An object holds other bytes than the piece that should be in it."""

    def __init__(self, key: ObjectKey) -> None:
        super().__init__(f"{key.key} holds other bytes than it should", hint=_HINT)


def harmed(error: StoreError, version: object, path: str) -> StoreError:
    """Return the error of an object that is lost or wrong, told of the file that needs it.

    Args:
        error: What reading a piece raised.
        version: As a person names it, `team/cat:3`.
        path: The file's path in the version.
    """
    kind = ObjectMissingError if isinstance(error, ObjectMissingError) else ObjectCorruptError
    return kind(f"{printable(path)} of {version} is hurt: {error.message}", hint=_HINT)
